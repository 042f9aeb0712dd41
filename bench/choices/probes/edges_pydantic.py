"""Validation: pydantic. Arguments: FILE with a compose model, number of times to decode it."""

# mypy: disable-error-code="import-not-found,misc"
# Only .venv-choices has pydantic, so that its classes are of type Any.

from __future__ import annotations

import sys
import time
from pathlib import Path

import pydantic

from bench.choices.probes.report import report


class Depends(pydantic.BaseModel):
    condition: str
    required: bool = True
    restart: bool = False


class Healthcheck(pydantic.BaseModel):
    test: list[str] = []
    interval: str = ""
    timeout: str = ""
    retries: int = 3


class Port(pydantic.BaseModel):
    target: int
    published: str = ""
    protocol: str = "tcp"
    mode: str = "ingress"


class Mount(pydantic.BaseModel):
    type: str
    target: str
    source: str = ""
    read_only: bool = False


class Service(pydantic.BaseModel):
    image: str
    command: list[str] | None = None
    environment: dict[str, str | None] = {}
    depends_on: dict[str, Depends] = {}
    healthcheck: Healthcheck | None = None
    labels: dict[str, str] = {}
    networks: dict[str, None] = {}
    ports: list[Port] = []
    volumes: list[Mount] = []
    restart: str = "no"


class Model(pydantic.BaseModel):
    name: str
    services: dict[str, Service]


def main(file: str, times: int) -> None:
    """Decode the file again and again."""
    content = Path(file).read_bytes()
    start = time.perf_counter()
    for _ in range(times):
        model = Model.model_validate_json(content)
    report(decode=(time.perf_counter() - start) * 1000 / times, services=len(model.services))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
