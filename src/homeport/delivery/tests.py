"""A commit is tested before it goes live or is published, where it says how."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from homeport.delivery.blueprint import Blueprint
from homeport.delivery.hooks import Hooks
from homeport.delivery.workshop import Workshop
from homeport.model.app import App, Run
from homeport.pipeline.autotest import Autotest, autotest
from homeport.pipeline.hub import autotests_beside, project_of, variables
from homeport.source.history import subject
from homeport.source.submodules import checkout_whole


def tests_of(blueprint: Blueprint) -> list[Path]:
    """The test files beside the Dockerfiles of a commit, each once."""
    folders = []
    for build in blueprint.builds().values():
        dockerfile = Path(build.context) / (build.dockerfile or "Dockerfile")
        folders += [dockerfile.parent] if dockerfile.is_file() else []
    return [path for folder in dict.fromkeys(folders) for path in autotests_beside(folder)]


async def run_tests(
    shop: Workshop,
    app: App,
    run: Run,
    blueprint: Blueprint,
    say: Callable[[str], None],
    hooks: Sequence[Hooks] = (),
) -> None:
    """Run every test of a commit, in a checkout of their own, with the hooks beside it.

    Raises:
        HomeportError: one failed.
    """
    files = tests_of(blueprint)
    for one in hooks:
        await one.run("pre_test", "test")
    instead = [one.outside for one in hooks if one.has("test")]
    if files := [path for path in files if path.parent not in instead]:
        await _autotests(shop, app, run, blueprint, say, files)
    for one in hooks:
        await one.run("post_test")


async def _autotests(
    shop: Workshop,
    app: App,
    run: Run,
    blueprint: Blueprint,
    say: Callable[[str], None],
    files: Sequence[Path],
) -> None:
    tree = shop.build_tree(app.name)
    await checkout_whole(shop.repository(app.name), tree, run.commit, app.remote)
    message = await subject(shop.repository(app.name), run.commit)
    for path in files:
        known = variables(
            branch=run.ref.removeprefix("refs/heads/").removeprefix("refs/tags/"),
            commit=run.commit,
            message=message,
            repository=app.name,
            dockerfile="Dockerfile",
            tag="latest" if app.deploys(run.ref) else "test",
        )
        test = Autotest(
            file=tree / path.relative_to(blueprint.directory),
            project=project_of(app.name, run.number),
            variables=known,
            deadline=shop.test_deadline,
        )
        await autotest(shop.docker, test, say)
