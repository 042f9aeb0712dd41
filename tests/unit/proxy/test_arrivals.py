"""Who is answered before nginx has read of them."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from homeport.model.tls import Certificate
from homeport.proxy.dropin.arrivals import Arrivals
from homeport.proxy.dropin.files import Files
from homeport.proxy.dropin.model import Host, Tls
from homeport.proxy.dropin.settings import Settings, read_settings
from tests.unit.proxy.dropin_cases import NOW, container, hosts_of


def arrivals() -> Arrivals:
    return Arrivals(read_settings({}).defaults)


def hosts(*names: str, starting: tuple[str, ...] = (), **said: Any) -> tuple[Host, ...]:
    """One container for each name."""
    every = [container(name, env={"VIRTUAL_HOST": f"{name}.example"} | said) for name in names]
    return hosts_of(every, starting=starting)[0]


def read(*those: Host) -> dict[str, Host]:
    return {host.host: host for host in those}


def test_a_new_host_has_a_flag_until_nginx_has_read_of_it_for_a_while() -> None:
    known, now = arrivals(), hosts("a", "b")
    assert {"http.b.example", "site.b.example"} == known.flags(now, read(now[0]), 1.0)
    assert {"http.b.example", "site.b.example"} == known.flags(now, read(*now), 10.9)
    assert set() == known.flags(now, read(*now), 11.0)


def test_one_that_nobody_answers_for_or_that_has_gone_has_none() -> None:
    known = arrivals()
    assert set() == known.flags(hosts("a", starting=("a",)), {}, 1.0)
    assert {"http.a.example", "site.a.example"} == known.flags(hosts("a"), {}, 2.0)
    assert set() == known.flags(hosts("a", starting=("a",)), {}, 3.0)
    assert {"http.a.example", "site.a.example"} == known.flags(hosts("a"), {}, 4.0)
    assert set() == known.flags((), {}, 5.0)


def test_one_that_had_nobody_when_nginx_read_of_it_is_let_in_at_its_own_location() -> None:
    closed = hosts("a", starting=("a",), HTTPS_METHOD="nohttps", VIRTUAL_PATH="/x")
    ready = hosts("a", HTTPS_METHOD="nohttps", VIRTUAL_PATH="/x")
    (site,) = arrivals().flags(ready, read(*closed), 1.0)
    assert f"site.{ready[0].locations[0].hold}" == site


def test_another_reason_for_having_no_certificate_keeps_nobody_out() -> None:
    """It is a comment: its file may be looked at while nginx reads of the host."""
    (closed,), (ready,) = hosts("a", starting=("a",)), hosts("a")
    before, now = (
        replace(host, tls=Tls(why_not=why)) for host, why in ((closed, ""), (ready, "expired"))
    )
    assert "site.a.example" in arrivals().flags([now], read(before), 1.0)


def test_one_that_asks_for_something_else_now_waits_for_nginx() -> None:
    closed = hosts("a", starting=("a",))
    assert set() == arrivals().flags(hosts("a", VIRTUAL_PROTO="https"), read(*closed), 1.0)
    assert set() == arrivals().flags(hosts("a", HSTS="off"), read(*closed), 1.0)
    assert set() == arrivals().flags(hosts("a"), read(*hosts("a", VIRTUAL_PORT="81")), 1.0)


@pytest.mark.parametrize(
    "said",
    [
        {"SERVER_TOKENS": "off"},
        {"VIRTUAL_PATH": "= /x"},
        {"VIRTUAL_PATH": "~ ^/x"},
        {"VIRTUAL_PATH": "/%78"},
        {"VIRTUAL_DEST": "/x"},
        {"VIRTUAL_PROTO": "grpc"},
        {"VIRTUAL_HOST": "*.example"},
        {"VIRTUAL_HOST": "~^a"},
        {"VIRTUAL_HOST": "[fd00::1]"},
    ],
    ids=lambda said: "-".join(said.values()),
)
def test_what_is_a_hosts_own_is_for_nginx_to_read(said: dict[str, Any]) -> None:
    assert not [f for f in arrivals().flags(hosts("a", **said), {}, 1.0) if f.startswith("http.")]


@pytest.mark.parametrize(
    "files",
    [
        Files(vhosts=frozenset({"a.example"})),
        Files(vhosts=frozenset({"default_location"})),
        Files(vhosts=frozenset({"a.example_location_override"})),
    ],
    ids=lambda files: "".join(files.vhosts),
)
def test_so_are_the_administrators_files(files: Files) -> None:
    every = [container("a", env={"VIRTUAL_HOST": "a.example"})]
    known = arrivals()
    assert "http.a.example" in known.flags(hosts("a"), {}, 1.0)
    assert "http.a.example" not in known.flags(hosts_of(every, files=files)[0], {}, 2.0)


def test_who_is_led_to_https_is_for_nginx_to_lead() -> None:
    every = [container("a", env={"VIRTUAL_HOST": "a.example"})]
    certificates = {"a.example": Certificate(name="a.example", not_after=NOW + 1)}
    found, _ = hosts_of(every, certificates=certificates)
    assert {"site.a.example"} == arrivals().flags(found, {}, 1.0)


def test_where_nobody_can_wait_nobody_is_let_in() -> None:
    every = [container("a", env={"VIRTUAL_HOST": "a.example"})]
    found, _ = hosts_of(every, env={"HOLD": "0"})
    assert set() == Arrivals(Settings().defaults).flags(found, {}, 1.0)
