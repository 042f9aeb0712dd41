"""The services of a job, started beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from homeport.engine.docker import Docker
from homeport.errors import HomeportError
from homeport.pipeline.gate.scope import BESIDE, LABEL, Scope
from homeport.pipeline.image import ensure_image
from homeport.pipeline.services import Service

_WITHIN = 60  # seconds
# Asked from within the job, as its commands will ask. bash is there: the job runs in it.
_ANSWERS = (
    "for i in $(seq {tries}); do (exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null && exit 0;"
    " sleep 0.2; done; exit 1"
)


async def start_services(
    docker: Docker, scope: Scope, services: Iterable[Service], say: Callable[[str], None]
) -> None:
    """Start them all, and return once each answers.

    Raises:
        HomeportError: an image is not there, or one does not answer in time.
    """
    wanted = list(services)
    for service in wanted:
        await ensure_image(docker, service.image, say)
        name = f"{scope.prefix}service-{service.name}"
        await docker.create_container(name, _body(scope, service))
        await docker.start(name)
    for service in wanted:
        await _answered(docker, scope, service)
        say(f"{service.name} ({service.image}) answers at 127.0.0.1:{service.port}")


async def _answered(docker: Docker, scope: Scope, service: Service) -> None:
    script = _ANSWERS.format(tries=_WITHIN * 5, port=service.port)
    status, _ = await docker.run_in(scope.key, ["bash", "-c", script])
    if status:
        raise HomeportError(
            f"the service {service.name} did not answer at port {service.port} within {_WITHIN} s",
            hint=f"docker run {service.image} shows what it says",
        )


def _body(scope: Scope, service: Service) -> dict[str, object]:
    limits = scope.limits
    return {
        "Image": service.image,
        "Labels": {LABEL: scope.key, BESIDE: service.name},
        "Env": [f"{name}={value}" for name, value in service.env.items()],
        "HostConfig": {
            "NetworkMode": f"container:{scope.key}",
            "SecurityOpt": ["no-new-privileges"],
            "Memory": limits.memory,
            "MemorySwap": limits.memory,
            "NanoCpus": int(limits.cpus * 1e9),
            "CpuShares": limits.shares,
            "PidsLimit": limits.pids,
        },
    }
