"""Pull requests: their jobs run on their commit, nothing is published, nothing goes live."""

from __future__ import annotations

from homeport.delivery.jobfile import read_pipeline
from homeport.delivery.pipeline import run_pipeline
from homeport.delivery.workshop import Workshop
from homeport.model.app import Run
from homeport.source import checkout


async def test_pull(shop: Workshop, run: Run) -> None:
    """Run the jobs of a pull request.

    Raises:
        HomeportError: one did not pass, or the file cannot be read.
    """
    app, tree = shop.memory.app(run.app), shop.state / "work" / ".pulls" / run.app
    await checkout.checkout(shop.repository(app.name), tree, run.commit)
    try:
        pipeline = await read_pipeline(
            shop, app, run, tree, lambda line: shop.memory.output(run.number, f"       {line}")
        )
        if pipeline:
            await run_pipeline(pipeline)
        else:
            shop.memory.output(run.number, "       there are no jobs to run")
    finally:
        checkout.forget(tree)
