"""Whose names stay, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from homeport.daemon.living import LINGER, Living
from homeport.delivery.blueprint import Blueprint, to_json
from homeport.model.app import Release
from homeport.model.container import Container
from homeport.store.ledger import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty one."""
    made = Store(tmp_path)
    yield made
    made.close()


def container(name: str) -> Container:
    """A plain one, that stopped."""
    return Container(id=name, name=name, image="", image_id="", state="exited", labels={})


def test_a_container_that_is_gone_is_missed_for_ten_minutes(store: Store) -> None:
    """From the first look that misses it; one that was back meanwhile is missed anew."""
    now, there = [0.0], [container("plain")]
    living = Living(store, lambda: there, clock=lambda: now[0])

    def after(seconds: float) -> bool:
        now[0] += seconds
        return "plain" in living.looked()

    found = [after(5000.0)]
    there.clear()
    found += [after(5000.0), after(LINGER - 1)]
    there.append(container("plain"))
    found.append(after(9.0))
    there.clear()
    found += [after(9.0), after(LINGER - 1), after(2.0)]
    assert [True, True, True, True, True, True, False] == found


def test_an_app_that_was_removed_is_not_waited_for(store: Store) -> None:
    living = Living(store, tuple, clock=lambda: 0.0)
    store.apps.create("blog")
    found = ["blog" in living]
    store.apps.remove("blog")
    living.removed("blog")
    found.append("blog" in living)
    store.apps.create("blog")
    assert [True, False, True] == [*found, "blog" in living]


def test_an_app_asks_for_its_hosts_and_for_those_that_lead_to_them(store: Store) -> None:
    """As the release says that is live; each with what `x-homeport.dns` says."""
    service = {
        "image": "web",
        "environment": {"VIRTUAL_HOST": "blog.example.org"},
        "x-homeport": {"route": {"redirect_from": "www.example.org"}},
    }
    model = {"services": {"web": service}, "x-homeport": {"dns": {"zone": "Example.org."}}}
    found = Blueprint(app="blog", directory="/", model=model, hashes={"web": "0"})
    config = to_json(found, {})
    release = Release(app="blog", number=1, commit="c", images={}, config=config)
    store.apps.create("blog")
    store.releases.add(release)
    store.apps.set_current("blog", 1)
    store.apps.create("lost")
    store.apps.set_current("lost", 7)  # of which there is no release any more
    asked = Living(store, tuple).asked()
    hosts = ("blog.example.org", "www.example.org")
    assert {"blog": dict.fromkeys(hosts, ":example.org")} == asked
