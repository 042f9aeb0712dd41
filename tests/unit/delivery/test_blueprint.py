"""What a commit asks for."""

from __future__ import annotations

from homeport.delivery.blueprint import Blueprint


def test_each_release_asks_for_the_images_that_are_pulled_always_or_followed() -> None:
    """Not for those that are built here, and not for those that may stay as they are."""
    services = {
        "plain": {"image": "redis:7"},
        "always": {"image": "redis:7", "pull_policy": "always"},
        "watched": {"image": "me/app:1", "x-homeport": {"watch": True}},
        "built": {"image": "me/web", "build": {"context": "/src"}, "pull_policy": "always"},
    }
    found = Blueprint(
        app="blog",
        directory="/src",
        model={"services": services},
        hashes=dict.fromkeys(services, "1"),
        files=("/src/compose.yaml",),
    )
    assert {"always": "redis:7", "watched": "me/app:1"} == found.asked_for()
    assert {"watched": "me/app:1"} == found.watched()
