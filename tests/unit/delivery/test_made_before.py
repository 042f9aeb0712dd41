"""An image that is used again: it may go while it is named."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from homeport.delivery.images import Recipe, made_before
from homeport.delivery.workshop import Workshop
from homeport.errors import NotFound
from homeport.model.app import App
from homeport.model.stack import Build
from tests.fake_engine import FakeDocker

RECIPE = Recipe(service="web", build=Build(context="."), tags=("blog-web:c2-2", "blog-web:latest"))


class Engine(FakeDocker):
    """One image with the same input; `tag` and `image` may find that it went."""

    gone_at: str = ""

    async def images(self, *, labels: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        return [{"Id": "sha256:one"}]

    async def tag(self, reference: str, repository: str, tag: str) -> None:
        if self.gone_at == "tag":
            raise NotFound(f"No such image: {reference}")
        if self.gone_at != "image":
            self.add_image(f"{repository}:{tag}")


async def found(gone_at: str) -> str:
    engine = Engine()
    engine.gone_at = gone_at
    shop = cast(Workshop, SimpleNamespace(docker=engine))
    return await made_before(shop, App(name="blog"), RECIPE, "mark")


async def test_it_gets_the_names_of_today() -> None:
    assert (await found("")).startswith("sha256:")


async def test_one_that_went_before_it_was_named_is_built_anew() -> None:
    assert "" == await found("tag")


async def test_one_that_went_while_it_was_named_is_built_anew() -> None:
    """The Engine says that it is named, and then that there is no such image."""
    assert "" == await found("image")
