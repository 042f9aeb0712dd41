"""The floor of the web frameworks: uvicorn with 40 paths and no framework. Argument: PORT."""

from __future__ import annotations

import sys
from typing import Any

import uvicorn

BODY = b'{"name": "blog", "number": 1, "tags": ["a", "b"]}'


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer every path alike."""
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": BODY})


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", lifespan="off")
