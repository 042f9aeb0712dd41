"""Ports that a job publishes."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.errors import Forbidden
from homeport.pipeline.gate.published import published, read_ports


def test_tcp_ports_that_are_named_are_the_jobs() -> None:
    bindings = {
        "80/tcp": [{"HostIp": "", "HostPort": "8080"}, {"HostIp": "127.0.0.1", "HostPort": "81"}],
        "443": [{"HostPort": "8443"}],
    }
    label, warning = published(bindings)
    assert ("8080:80 81:80 8443:443", "") == (label, warning)
    assert [(8080, 80), (81, 80), (8443, 443)] == read_ports(label)


def test_others_are_told_of() -> None:
    bindings = {"80/tcp": [{"HostPort": ""}], "53/udp": [{"HostPort": "53"}], "9/tcp": None}
    said = "80/tcp, 53/udp, 9/tcp: a job has TCP ports that it names, on its localhost"
    assert ("", f"not published: {said}") == published(bindings)


@pytest.mark.parametrize("port", ["0", "65536", "8000-8010", "-1", "1e3", "٣", "8080:1 1", "80\n"])
def test_what_is_no_port_is_none(port: str) -> None:
    assert "" == published({"80/tcp": [{"HostPort": port}]})[0]
    assert "" == published({f"{port}/tcp": [{"HostPort": "8080"}]})[0]


@pytest.mark.parametrize("odd", [7, "x", [7], [None], {}, [[]]])
def test_what_is_no_list_of_places_is_told_of(odd: Any) -> None:
    assert "" == published({"80/tcp": odd})[0]


def test_they_are_bounded() -> None:
    with pytest.raises(Forbidden):
        published({f"{n}/tcp": [{"HostPort": f"{n}"}] for n in range(1, 66)})
