"""Web: FastAPI on uvicorn, 40 routes with a typed answer. Argument: PORT."""

# mypy: disable-error-code="import-not-found,misc"
# Only .venv-choices has FastAPI and pydantic, so that their classes are of type Any.

from __future__ import annotations

import sys

import fastapi
import pydantic
import uvicorn


class Shape(pydantic.BaseModel):
    """What a route answers."""

    name: str
    number: int
    tags: list[str]


async def show(name: str) -> Shape:
    """One route's work."""
    return Shape(name=name, number=1, tags=["a", "b"])


app = fastapi.FastAPI()
for index in range(40):
    app.add_api_route(f"/r{index}/{{name}}", show, response_model=Shape)

if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning")
