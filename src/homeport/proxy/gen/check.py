"""Ask whoever reads the file whether it can be used, before it is used."""

from __future__ import annotations

from homeport.engine import process
from homeport.engine.docker import Docker
from homeport.errors import EngineError, NotFound
from homeport.proxy.gen.options import TemplateConfig
from homeport.proxy.gen.view import Tell


async def complaint(docker: Docker, config: TemplateConfig, tell: Tell) -> str:
    """What `-check` says against the file that stands there now; "" where it has no objection.

    It runs in the first container that is notified, else here. One that does not run has nothing
    to lose: what it begins with is told, and not checked.

    Raises:
        HomeportError: the Engine does not answer, or there is no shell.
    """
    if not config.notify:
        ended = await process.run(["/bin/sh", "-c", config.check])
        return ended.complaint if ended.status else ""
    container = next(iter(config.notify))
    try:
        status, output = await docker.run_in(container, ["sh", "-c", config.check])
    except (NotFound, EngineError) as error:
        tell(f"'{config.check}' was not run: {error.message}")
        return ""
    lines = output.decode(errors="replace").strip().splitlines()
    return (lines[0] if lines else f"it ended with status {status}") if status else ""
