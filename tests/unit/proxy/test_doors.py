"""For which names a handshake is answered before nginx has read of their hosts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from homeport.model.tls import Certificate
from homeport.proxy.dropin.arrivals import Arrivals
from homeport.proxy.dropin.doors import Doors, door_for, doors_of, written
from homeport.proxy.dropin.files import Files, look
from homeport.proxy.dropin.settings import read_settings
from tests.unit.proxy.dropin_cases import NOW, container, hosts_of


def certificates(**names: tuple[str, ...]) -> dict[str, Certificate]:
    every = {name.replace("_", "."): of for name, of in names.items()}
    return {name: Certificate(name=name, names=of, not_after=NOW + 1) for name, of in every.items()}


WILD = certificates(b_example=("b.example", "*.b.example"))
OWN = certificates(a_example=("a.example",))


def doors(found: dict[str, Certificate], *, files: Files | None = None, **env: str) -> Doors:
    return doors_of(found, settings=read_settings(env), files=files or Files(), now=NOW)


def flags(
    host: str, found: dict[str, Certificate], *, files: Files | None = None, **said: Any
) -> set[str]:
    """Of those that let somebody in, the ones of a host that nginx has not read of."""
    one = container("one", env={"VIRTUAL_HOST": host} | said)
    hosts, _ = hosts_of([one], certificates=found, files=files)
    known = Arrivals(read_settings({}).defaults)
    every = known.flags(hosts, {}, 1.0, doors(found, files=files))
    return {flag for flag in every if not flag.startswith("site.")}


def test_a_host_is_let_in_by_https_where_its_certificate_is_there() -> None:
    assert {"door.a.example"} == flags("a.example", OWN)
    assert {"door.x.b.example"} == flags("x.b.example", WILD)
    assert {"door.a.example", "http.a.example"} == flags(
        "a.example", OWN, HTTPS_METHOD="noredirect"
    )
    assert {"door.a.example"} == flags("a.example", OWN, HSTS="max-age=5")


@pytest.mark.parametrize(
    "said",
    [
        {"SSL_POLICY": "Mozilla-Modern"},
        {"VIRTUAL_PROTO": "https"},
        {"SERVER_TOKENS": "off"},
    ],
    ids="-".join,
)
def test_one_on_terms_of_its_own_waits_for_nginx(said: dict[str, Any]) -> None:
    assert set() == flags("a.example", OWN, **said)


def test_so_does_one_with_another_certificate_than_would_be_shown() -> None:
    assert set() == flags("x.b.example", WILD | certificates(x_b_example=("z.example",)))
    assert set() == flags("deep.x.b.example", WILD)  # no certificate is good for it
    assert set() == flags("c.example", certificates(default=("other.example",)))


def test_who_has_to_show_a_certificate_is_not_let_in() -> None:
    (one,) = OWN.values()
    asking = {"a.example": Certificate(name="a.example", names=one.names, not_after=NOW + 1)}
    assert {"door.a.example"} == flags("a.example", asking)
    asking["a.example"] = Certificate(
        name="a.example", names=one.names, not_after=NOW + 1, authority=True
    )
    assert set() == flags("a.example", asking)
    assert set() == flags("a.example", OWN, files=Files(vhosts=frozenset({"a.example"})))


def test_a_certificate_that_cannot_be_used_opens_nothing() -> None:
    expired = {"a.example": Certificate(name="a.example", names=("a.example",), not_after=NOW)}
    assert {} == doors(expired)
    assert {} == doors(OWN, DEFAULT_HOST="c.example")  # it answers for unknown names
    assert {} == doors(OWN, HOLD="0")
    assert {} == doors(OWN, files=Files(servers=True))
    odd = certificates(a_example=('a"; }', "~^x", "*", "1.2.3.4 ", "*.*.x", "", "a b"))
    assert {} == doors(odd)


def test_servers_of_the_administrator_are_seen(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    mine = tmp_path / "conf.d" / "mine.conf"
    for text, servers in {
        "client_max_body_size 1g;": False,
        "upstream a { server 127.0.0.1; }": False,
        "server {\n listen 80 default_server; return 418; }": True,
        "map $a $b { }server{ }": True,
    }.items():
        mine.write_text(text)
        assert servers == look(tmp_path).servers
    mine.rename(mine.with_name("default.conf"))  # ours
    assert look(tmp_path).servers is False


def test_names_of_hosts_need_no_door_and_single_names_come_first() -> None:
    found = doors(WILD | OWN | certificates(c_example=("c.example",)))
    assert [
        ("/etc/nginx/certs/c.example", ('"~^c\\.example$"',)),
        ("/etc/nginx/certs/b.example", ('"~^[^.]+\\.b\\.example$"', '"~^b\\.example$"')),
    ] == [(door.tls.certificate, door.names) for door in written(found, {"a.example"})]
    assert door_for("x.b.example", found) == door_for("b.example", found)
    assert door_for("deep.x.b.example", found) is None


def test_each_certificate_costs_nginx_time_so_that_many_have_no_door() -> None:
    many = certificates(**{f"n{number}_example": (f"n{number}.example",) for number in range(99)})
    assert 32 == len(written(doors(many), set()))
