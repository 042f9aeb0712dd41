"""Engine client: docker-py. Arguments: LABEL, and `inspect` to inspect each container listed."""

# mypy: disable-error-code="import-not-found,import-untyped"
# Only .venv-choices has docker-py, which has no types.

from __future__ import annotations

import sys

import docker

from bench.choices.probes.report import report


def main(label: str, inspect: bool) -> None:
    """List, then inspect."""
    # Its low-level client: containers.list() of the other one inspects everything that it lists.
    client = docker.from_env().api
    found = client.containers(all=True, filters={"label": [label]})
    for container in found if inspect else ():
        client.inspect_container(container["Id"])
    report(containers=len(found))


if __name__ == "__main__":
    main(sys.argv[1], "inspect" in sys.argv[2:])
