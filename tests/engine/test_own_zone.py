"""TXT records by credentials that a container brings: in a process that ends, on a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from homeport.errors import HomeportError
from homeport.upkeep.own_zone import OwnZone
from tests.e2e.named import Named

NAME = "_acme-challenge.blog.example.org"


@pytest.fixture
def named(tmp_path: Path) -> Iterator[Named]:
    """A name server of `example.org`."""
    made = Named(tmp_path / "named")
    made.start()
    yield made
    made.stop()


def own(named: Named, **more: str) -> OwnZone:
    """By its key."""
    given = {"server": f"127.0.0.1:{named.port}", "key_name": "home", "key": named.key}
    return OwnZone("rfc2136", {**given, **more})


async def test_values_stand_beside_each_other_and_go_one_by_one(named: Named) -> None:
    zone = own(named)
    await zone.set_txt(NAME, "one")
    await zone.set_txt(NAME, "two")
    assert ['"one"', '"two"'] == named.ask(NAME, "TXT")
    await zone.remove_txt(NAME, "one")
    assert ['"two"'] == named.ask(NAME, "TXT")


async def test_the_zone_is_found_or_named(named: Named) -> None:
    await own(named, zone="example.org").set_txt(NAME, "one")
    assert ['"one"'] == named.ask(NAME, "TXT")
    with pytest.raises(HomeportError) as caught:
        await own(named).set_txt("_acme-challenge.blog.example.net", "one")
    assert "no zone holds _acme-challenge.blog.example.net" == caught.value.message


async def test_a_key_that_is_not_taken_is_told_and_never_shown(named: Named) -> None:
    with pytest.raises(HomeportError) as caught:
        await own(named, key="c2VjcmV0").set_txt(NAME, "one")
    assert caught.value.message.startswith("127.0.0.1 does not take the TSIG key: ")
    assert "c2VjcmV0" not in caught.value.message
