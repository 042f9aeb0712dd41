"""`homeport proxy explain`: each thing that can stand between a name and a container, for real."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.e2e.house import Answer, House, docker, eventually


@dataclass(slots=True)
class Plain:
    """Containers that somebody started by hand, beside a homeport."""

    house: House
    name: str = field(default_factory=lambda: f"hpx-{uuid.uuid4().hex[:6]}")
    made: list[str] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"{self.name}.localhost"

    def run(self, *options: str, suffix: str = "", command: tuple[str, ...] = ()) -> str:
        """`docker run -d`; the container's name."""
        name = f"{self.name}{suffix}"
        docker("run", "-d", "--name", name, *options, *IMAGE, *command)
        self.made.append(name)
        return name

    def explain(self, host: str = "") -> dict[str, Any]:
        """What is said, as JSON, and by the exit status."""
        done = self.house.homeport("proxy", "explain", host or self.host, "--json", check=False)
        found: dict[str, Any] = json.loads(done.stdout)["explanation"]
        failed = any(one["verdict"] == "fail" for one in found["findings"])
        assert int(failed) == done.returncode
        return found

    def says(self, check: str, verdict: str, text: str) -> bool:
        """Whether a finding begins so."""
        found = self.explain()["findings"]
        shown = [(one["check"], one["verdict"], one["text"]) for one in found]
        return any((c, v) == (check, verdict) and t.startswith(text) for c, v, t in shown)

    def eventually_says(self, check: str, verdict: str, text: str) -> None:
        eventually(lambda: self.says(check, verdict, text), tell=self.explain)


IMAGE = ("homeport-test/app:latest",)


@pytest.fixture
def plain(house: House) -> Iterator[Plain]:
    made = Plain(house)
    yield made
    for name in made.made:
        docker("rm", "-f", "-v", name)


def virtual_host(plain: Plain) -> tuple[str, str]:
    return "-e", f"VIRTUAL_HOST={plain.host}"


def test_a_name_that_nobody_has_is_answered_as_visitors_are(plain: Plain) -> None:
    """It was said to answer what the first site does."""
    plain.run("-e", f"VIRTUAL_HOST={plain.host}")
    eventually(lambda: plain.explain()["answers"] == f"{plain.host} answers 200")
    nobody = f"nobody.{plain.host}"
    said = f"{nobody} answers 503: no container asks for {nobody} by VIRTUAL_HOST"
    assert said == plain.explain(nobody)["answers"]


def test_of_a_site_that_answers_every_step_is_shown(plain: Plain) -> None:
    plain.run(*virtual_host(plain), "-e", "VERSION=one")
    plain.eventually_says("container", "ok", f"{plain.name} answers at 172.")
    found = plain.explain()
    assert f"{plain.host} answers 200" == found["answers"]
    steps = [one["check"] for one in found["findings"] if one["verdict"] == "ok"]
    assert ["name", "port", "nginx", "route", "container", "answer"] == steps
    texts = [one["text"] for one in found["findings"]]
    assert Answer(200, "one") == plain.house.get(plain.host)
    assert f"{plain.host} is 127.0.0.1: this machine" == texts[0]
    assert texts[4].startswith(f"{plain.name} answers at 172.")
    assert ":5000 200" in texts[5]


def test_a_name_that_nobody_asks_for_is_told_with_those_that_are_like_it(plain: Plain) -> None:
    plain.run(*virtual_host(plain))
    eventually(lambda: 200 == plain.house.get(plain.host).status)
    found = plain.explain(plain.host.replace("hpx", "hpy"))
    route = next(one for one in found["findings"] if one["check"] == "route")
    assert f"no container asks for {plain.host.replace('hpx', 'hpy')}" in route["text"]
    assert plain.host in route["hint"]


def test_a_port_that_nobody_listens_on_is_told_with_the_one_that_somebody_does(
    plain: Plain,
) -> None:
    plain.run(*virtual_host(plain), "-e", "VIRTUAL_PORT=9999")
    text = f"{plain.name}: nothing accepts connections at its port 9999"
    plain.eventually_says("container", "fail", text)
    found = plain.explain()
    assert found["answers"].endswith(text)
    hints = [one["hint"] for one in found["findings"] if one["text"] == text]
    assert ["it listens on 5000: VIRTUAL_PORT or EXPOSE has to name that"] == hints


def test_a_container_in_no_network_is_told(plain: Plain) -> None:
    plain.run(*virtual_host(plain), "--network", "none")
    plain.eventually_says("container", "fail", f"{plain.name}: it shares no network with nginx")


def test_a_healthcheck_that_fails_is_told_with_what_it_printed(plain: Plain) -> None:
    check = ("--health-cmd", "echo the database is away; false", "--health-interval", "0.2s")
    plain.run(*virtual_host(plain), *check, "--health-retries", "1")
    text = f"{plain.name}: its healthcheck fails: the database is away"
    plain.eventually_says("container", "fail", text)


def test_a_container_that_exited_is_told_with_its_status(plain: Plain) -> None:
    plain.run(*virtual_host(plain), command=("sh", "-c", "exit 3"))
    plain.eventually_says("container", "fail", f"{plain.name}: it exited with status 3")


def test_a_value_that_cannot_be_is_told_by_the_one_container_that_has_it(plain: Plain) -> None:
    plain.run(*virtual_host(plain), "-e", "VERSION=good", suffix="-good")
    name = plain.run(*virtual_host(plain), "-e", "VIRTUAL_PORT=many", suffix="-bad")
    eventually(lambda: Answer(200, "good") == plain.house.get(plain.host))
    plain.eventually_says("container", "fail", f"{name}: VIRTUAL_PORT 'many' is no port")
    assert plain.says("container", "ok", f"{plain.name}-good answers at ")


def test_a_host_that_another_has_is_told(plain: Plain) -> None:
    first = plain.run(*virtual_host(plain), suffix="-first")
    eventually(lambda: 200 == plain.house.get(plain.host).status)
    second = plain.run(*virtual_host(plain), suffix="-second")
    text = f"{second}: {plain.host} belongs to {first}"
    plain.eventually_says("container", "fail", text)


def test_an_application_that_breaks_is_told_by_its_answer(plain: Plain) -> None:
    listen = "import socket; s = socket.create_server(('', 5000));\nwhile 1: s.accept()[0].close()"
    plain.run(*virtual_host(plain), command=("python3", "-c", listen))
    eventually(lambda: plain.house.get(plain.host, seconds=1).status in (0, 502, 503))
    found = plain.explain()
    assert [] != [one for one in found["findings"] if one["check"] == "answer"]


def test_people_read_lines_and_what_is_no_host_is_refused(plain: Plain) -> None:
    plain.run(*virtual_host(plain))
    plain.eventually_says("container", "ok", f"{plain.name} answers at 172.")
    lines = plain.house.homeport("proxy", "explain", plain.host.upper()).stdout.splitlines()
    assert f"{plain.host} answers 200" == lines[0]
    assert lines[1].startswith("ok    name ")
    assert lines[-1].endswith(f"ago  route {plain.host} -> {plain.name}")
    refused = plain.house.homeport("proxy", "explain", "a b;c", check=False)
    assert (2, True) == (refused.returncode, "is no host name" in refused.stderr)
