"""Ports that a job publishes."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.errors import Forbidden
from homeport.pipeline.gate.published import (
    PORTS,
    chosen,
    in_detail,
    in_list,
    is_open,
    published,
    read_ports,
)
from homeport.pipeline.gate.scope import BESIDE


def test_ports_are_said_by_a_label() -> None:
    bindings = {
        "80/tcp": [{"HostIp": "", "HostPort": "8080"}, {"HostIp": "127.0.0.1", "HostPort": "81"}],
        "443": [{"HostPort": "8443"}],
        "53/udp": [{"HostIp": "::", "HostPort": "5353"}],
        "90/tcp": [{"HostPort": "8000-8010"}],
        "91/tcp": [{"HostPort": ""}],
    }
    label, warning = published(bindings)
    said = "8080:80/tcp 127.0.0.1:81:80/tcp 8443:443/tcp 5353:53/udp 8000-8010:90/tcp 0:91/tcp"
    assert (said, "") == (label, warning)
    assert said == " ".join(map(str, read_ports(label)))


def test_all_that_an_image_exposes_is_published_on_request() -> None:
    bindings = {"80/tcp": [{"HostPort": "8080"}]}
    assert "8080:80/tcp 0:53/udp" == published(bindings, ["80/tcp", "53/udp"])[0]


def test_ports_that_are_left_open_are_those_that_no_other_container_has() -> None:
    others = ["8000:1/tcp 61000:2/tcp", "8001:1/udp"]
    label = "8080:80/tcp 0:81/tcp 0:82/tcp 0:83/udp 8000-8010:84/tcp 8000-8010:85/tcp"
    assert ("8080:80/tcp 61001:81/tcp 61002:82/tcp 61000:83/udp 8001:84/tcp 8002:85/tcp") == chosen(
        label, others
    )
    assert (True, False) == (is_open(label), is_open("8080:80/tcp"))


def test_a_range_may_be_full() -> None:
    with pytest.raises(Forbidden, match="its other containers have those ports"):
        chosen("8000-8001:80/tcp", ["8000:80/tcp", "8001:80/tcp"])


def test_what_the_engine_does_not_know_is_shown_to_the_job() -> None:
    labels = {PORTS: "8080:80/tcp 127.0.0.1:5353:53/udp"}
    exposed = [{"PrivatePort": 80, "Type": "tcp"}, {"PrivatePort": 9, "Type": "tcp"}]
    running = {"State": "running", "Labels": labels, "Ports": exposed}
    rows = [
        {"PrivatePort": 9, "Type": "tcp"},
        {"IP": "0.0.0.0", "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp"},
        {"IP": "127.0.0.1", "PrivatePort": 53, "PublicPort": 5353, "Type": "udp"},
    ]
    ended = running | {"State": "exited", "Ports": []}
    beside = {"State": "running", "Labels": {BESIDE: "redis"}, "Ports": []}
    assert [running | {"Ports": rows}, ended] == in_list([running, beside, ended])


@pytest.mark.parametrize("running", [True, False])
def test_a_container_in_detail_has_its_ports_while_it_runs(running: bool) -> None:
    found = in_detail(
        {
            "Config": {"Labels": {PORTS: "8080:80/tcp"}},
            "State": {"Running": running},
            "HostConfig": {"PortBindings": {}},
            "NetworkSettings": {"Ports": {"80/tcp": None, "9/tcp": None}},
        }
    )
    bound = {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}]}
    there = bound if running else {"80/tcp": None}
    told = (found["HostConfig"]["PortBindings"], found["NetworkSettings"]["Ports"])
    assert (bound, there | {"9/tcp": None}) == told


def test_others_are_told_of() -> None:
    bindings = {"80/sctp": [{"HostPort": "1"}], "x/tcp": [{"HostPort": "53"}], "9/tcp": None}
    said = "80/sctp, x/tcp: a job has TCP and UDP ports, on its localhost"
    assert ("", f"not published: {said}") == published(bindings)


@pytest.mark.parametrize("port", ["65536", "8010-8000", "-1", "1e3", "٣", "8080:1 1", "80\n"])
def test_what_is_no_port_is_none(port: str) -> None:
    assert "" == published({"80/tcp": [{"HostPort": port}]})[0]
    assert "" == published({f"{port}/tcp": [{"HostPort": "8080"}]})[0]


@pytest.mark.parametrize("odd", [7, "x", [7], [None], [[]], [{"HostPort": {}, "HostIp": 7}]])
def test_what_is_no_list_of_places_is_told_of(odd: Any) -> None:
    label, warning = published({"80/tcp": odd})
    assert ("", True) == (label, bool(warning)) or "0:80/tcp" == label


def test_they_are_bounded() -> None:
    with pytest.raises(Forbidden):
        published({f"{n}/tcp": [{"HostPort": f"{n}"}] for n in range(1, 66)})
