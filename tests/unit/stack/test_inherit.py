"""Anonymous volumes: what is in them goes on to the successor."""

from __future__ import annotations

from typing import Any

from homeport.delivery.rollout import predicted_pause
from homeport.model.plan import CreateContainer
from homeport.model.stack import Order
from homeport.stack.inherit import heirlooms, inherited
from homeport.stack.plan import plan_up
from tests.unit.stack.builders import NEW, container, observed, service, stack

VOLUME = "a" * 64


def created(*found: Any) -> list[dict[str, Any]]:
    """The HostConfig of each container that the plan makes."""
    actions = (step.action for step in plan_up(*found).steps)
    return [dict(a.body["HostConfig"]) for a in actions if isinstance(a, CreateContainer)]


def test_a_named_volume_is_no_heirloom_and_a_path_that_is_mounted_anew_is_none() -> None:
    """Only what would be lost is inherited."""
    volumes = {"/data": VOLUME, "/named": "blog_data", "/bound": "b" * 64, "/tmp": "c" * 64}
    mounts = [{"Type": "tmpfs", "Target": "/tmp"}, {"Type": "volume", "Target": "/data"}]
    body = {"HostConfig": {"Binds": ["/srv:/bound:rw"], "Mounts": mounts}}
    assert {"/data": VOLUME} == heirlooms(container("db-1", "db", volumes=volumes), body)


def test_an_heirloom_takes_the_place_of_the_anonymous_mount() -> None:
    """The Engine refuses two mounts at one path."""
    body = {"HostConfig": {"Mounts": [{"Type": "volume", "Target": "/data"}]}}
    expected = {"HostConfig": {"Binds": [f"{VOLUME}:/data:rw"], "Mounts": []}}
    assert expected == inherited(body, {"/data": VOLUME})


def test_a_database_without_a_named_volume_stops_first_and_keeps_its_files() -> None:
    """An image's VOLUME, which no compose file mentions."""
    old = container("blog-db-1", "db", volumes={"/var/lib/db": VOLUME})
    found = (stack(service("db")), observed(old, images={"db:1": NEW}))
    assert [f"{VOLUME}:/var/lib/db:rw"] == created(*found)[0]["Binds"]
    pause = "about boot + 0.5 s: db (anonymous volume /var/lib/db)"
    assert pause == predicted_pause(plan_up(*found))


def test_each_replica_takes_over_from_one_and_a_further_one_from_nobody() -> None:
    """Two containers on the same files would destroy them."""
    old = container("blog-db-1", "db", volumes={"/var/lib/db": VOLUME})
    found = (stack(service("db", replicas=2)), observed(old, images={"db:1": NEW}))
    binds = [host.get("Binds") for host in created(*found)]
    assert [[f"{VOLUME}:/var/lib/db:rw"], None] == binds


def test_a_person_who_says_start_first_is_obeyed() -> None:
    """They may know that the volume is a cache."""
    old = container("blog-db-1", "db", volumes={"/cache": VOLUME})
    wanted = service("db", order=Order.START_FIRST, order_why="x-homeport says so")
    plan = plan_up(stack(wanted), observed(old, images={"db:1": NEW}))
    assert "0 s" == predicted_pause(plan)
