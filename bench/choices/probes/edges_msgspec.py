"""Validation: msgspec. Arguments: FILE with a compose model, number of times to decode it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import msgspec

from bench.choices.probes.report import report


class Depends(msgspec.Struct):
    condition: str
    required: bool = True
    restart: bool = False


class Healthcheck(msgspec.Struct):
    test: list[str] = []
    interval: str = ""
    timeout: str = ""
    retries: int = 3


class Port(msgspec.Struct):
    target: int
    published: str = ""
    protocol: str = "tcp"
    mode: str = "ingress"


class Mount(msgspec.Struct):
    type: str
    target: str
    source: str = ""
    read_only: bool = False


class Service(msgspec.Struct):
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


class Model(msgspec.Struct):
    name: str
    services: dict[str, Service]


def main(file: str, times: int) -> None:
    """Decode the file again and again."""
    content = Path(file).read_bytes()
    decoder = msgspec.json.Decoder(Model)
    start = time.perf_counter()
    for _ in range(times):
        model = decoder.decode(content)
    report(decode=(time.perf_counter() - start) * 1000 / times, services=len(model.services))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
