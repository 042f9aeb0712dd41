"""Web: Starlette and msgspec on uvicorn, 40 routes with a typed answer. Argument: PORT."""

from __future__ import annotations

import sys

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


class Shape(msgspec.Struct):
    """What a route answers."""

    name: str
    number: int
    tags: list[str]


async def show(request: Request) -> Response:
    """One route's work."""
    shape = Shape(name=request.path_params["name"], number=1, tags=["a", "b"])
    return Response(msgspec.json.encode(shape), media_type="application/json")


app = Starlette(routes=[Route(f"/r{index}/{{name}}", show) for index in range(40)])

if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")
