"""Who publishes: a queue for each app, in which the newest push of a branch wins."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Callable
from functools import partial

import msgspec

from homeport.delivery.describe import Describer
from homeport.delivery.jobfile import Skipped, read_pipeline
from homeport.delivery.orders import Order, first_of, pending
from homeport.delivery.pipeline import run_pipeline
from homeport.delivery.publish import with_patience
from homeport.delivery.published import NoRule, Product, products
from homeport.delivery.reading import NothingToBuild, read
from homeport.delivery.staging import Publication
from homeport.delivery.tests import run_tests
from homeport.delivery.workshop import Workshop
from homeport.errors import HomeportError
from homeport.events import BuildFinished, BuildQueued
from homeport.model.app import App, Run
from homeport.model.image import BuildState, ImageBuild
from homeport.source.submodules import checkout_whole


class Publisher:
    """Publishes what was pushed, one push of an app at a time, beside everything else."""

    def __init__(self, shop: Workshop, published: Callable[[], None] = lambda: None) -> None:
        """`published`: called after each, whatever came of it."""
        self._shop, self._published = shop, published
        self._describer = Describer(shop)
        self._waiting: dict[str, list[Order]] = {}
        self._current: dict[str, Order] = {}

    def order(self, app: App, run: Run) -> Order | None:
        """Publish what a run was pushed for; None where there is no registry."""
        if self._shop.registry is None:
            return None
        if under_way := self.of_run(run.number):
            return under_way
        build = self._shop.memory.add_build(pending(self._shop.memory.run(run.number)))
        self._shop.memory.record(
            BuildQueued(
                app=app.name,
                run=run.number,
                build=build.id,
                repository=build.repository,
                ref=run.ref,
                commit=run.commit,
            )
        )
        return self._add(Order(app=app, run=run, build=build))

    def failed(self, run: Run, reason: str) -> None:
        """Keep that the images of a run could not be built; maybe the disk is full."""
        self._published()
        if self._shop.registry is None or self.of_run(run.number):
            return
        build = self._shop.memory.add_build(pending(self._shop.memory.run(run.number)))
        self._finish(build, BuildState.FAILED, reason)

    def resume(self) -> None:
        """Go on with what was under way when the daemon ended: one order for each run."""
        runs: dict[int, ImageBuild] = {}
        for build in self._shop.memory.unfinished_builds():
            if build.run in runs or self._shop.registry is None:
                self._finish(build, BuildState.CANCELLED, "homeport was stopped")
            else:
                runs[build.run] = build
        for number, build in runs.items():
            run, app = self._shop.memory.run(number), self._shop.memory.app(build.app)
            self._add(Order(app=app, run=run, build=build))

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being published."""
        return not self._current

    def of_run(self, number: int) -> Order | None:
        """The order of a run, while it waits or is carried out."""
        everything = [*self._current.values(), *(o for w in self._waiting.values() for o in w)]
        return next((order for order in everything if order.run.number == number), None)

    async def cancel(self, number: int, why: str) -> None:
        """End the order of a run; every tag names what it did before."""
        order = self.of_run(number)
        if order is None:
            return
        if order.task is None:
            self._waiting[order.app.name].remove(order)
            self._drop(order, why)
            return
        order.task.cancel()
        await asyncio.gather(order.task, return_exceptions=True)
        self._finish(order.build, BuildState.CANCELLED, why)
        self._next(order.app.name)

    async def forget(self, app: str) -> None:
        """End everything for an app that is being removed."""
        for order in [*self._waiting.get(app, []), *filter(None, [self._current.get(app)])]:
            await self.cancel(order.run.number, "the app was removed")

    def _add(self, order: Order) -> Order:
        waiting = self._waiting.setdefault(order.app.name, [])
        for older in [o for o in waiting if o.run.ref == order.run.ref]:
            waiting.remove(older)
            self._drop(older, f"a newer push, run {order.run.number}, took its place")
        waiting.append(order)
        self._next(order.app.name)
        return order

    def _drop(self, order: Order, why: str) -> None:
        self._finish(order.build, BuildState.CANCELLED, why)
        order.done.set()

    def _next(self, app: str) -> None:
        waiting = self._waiting.get(app)
        if app in self._current or not waiting:
            return
        order = self._current[app] = waiting.pop(0)
        order.task = asyncio.create_task(self._carry_out(order), name=f"publish {order.run.number}")

    async def _carry_out(self, order: Order) -> None:
        """A daemon that ends cancels this: the order is taken up again when it starts."""
        try:
            await self._all(order)
        finally:
            order.done.set()
            del self._current[order.app.name]
        self._published()
        self._next(order.app.name)

    async def _all(self, order: Order) -> None:
        """Every image of a push; one that fails does not keep the others from being published."""
        first: ImageBuild | None = order.build
        try:
            wanted = await self._products(order)
        except (NothingToBuild, Skipped, NoRule) as error:
            self._nothing(order.build, error.message)
            return
        except HomeportError as error:
            order.fault = error
            self._finish(order.build, BuildState.FAILED, error.message)
            return
        if not wanted:
            self._nothing(order.build)
        for product in wanted:
            build = first or self._shop.memory.add_build(
                msgspec.structs.replace(order.build, id=0, state=BuildState.PENDING)
            )
            first = None
            await self._one(order, product, build)

    async def _products(self, order: Order) -> list[Product]:
        shop, app, run = self._shop, order.app, order.run
        tree = shop.build_tree(app.name)
        for warning in await checkout_whole(
            shop.repository(app.name), tree, run.commit, app.remote
        ):
            shop.memory.output(run.number, f"       warning: {warning}")
        blueprint = await read(shop, app, tree, warn=lambda _text: None)
        wanted = products(blueprint, app, run.ref)
        if wanted and run.kind == "build":  # what went live was tested before
            output = partial(self._shop.memory.output, run.number)

            def say(line: str) -> None:
                output(f"       {line}")

            if pipeline := await read_pipeline(shop, app, run, tree, say):
                await run_pipeline(pipeline)
            await run_tests(shop, app, run, blueprint, say)
        return wanted

    async def _one(self, order: Order, product: Product, build: ImageBuild) -> None:
        """Publish an image, whatever comes of it."""
        build = msgspec.structs.replace(
            build,
            repository=product.repository,
            state=BuildState.BUILDING,
            started_at=build.started_at or time.time(),
        )
        self._shop.memory.change_build(build)
        try:
            build = await self._attempt(order, product, build)
        except* HomeportError as group:
            fault = first_of(group)
            order.fault = fault
            self._finish(build, BuildState.FAILED, fault.message)
        except* Exception as group:
            self._shop.memory.output(build.run, "".join(traceback.format_exception(group)))
            self._finish(build, BuildState.FAILED, "homeport itself failed: see the log")
        else:
            self._finish(build, BuildState.SUCCESS)
            self._describer.add(build)

    async def _attempt(self, order: Order, product: Product, build: ImageBuild) -> ImageBuild:
        assert self._shop.registry
        publication = Publication(
            shop=self._shop,
            registry=self._shop.registry,
            app=order.app,
            run=order.run,
            product=product,
            tree=self._shop.build_tree(order.app.name),
        )
        return await with_patience(publication, build)

    def _nothing(self, build: ImageBuild, why: str = "") -> None:
        """Nothing is built of it: no news for badges and pages. `why`: where people may wonder."""
        self._shop.memory.drop_build(build)
        self._tell(build, "skipped", why, 0.0)

    def _finish(self, build: ImageBuild, state: BuildState, reason: str = "") -> None:
        now = time.time()
        build = msgspec.structs.replace(build, state=state, reason=reason, finished_at=now)
        self._shop.memory.change_build(build)
        self._tell(build, state, reason, now - (build.started_at or now))

    def _tell(self, build: ImageBuild, state: str, reason: str, seconds: float) -> None:
        self._shop.memory.record(
            BuildFinished(
                app=build.app,
                run=build.run,
                build=build.id,
                repository=build.repository,
                state=state,
                reason=reason,
                digest=build.digest,
                seconds=round(seconds, 3),
                reused=build.reused,
            )
        )
