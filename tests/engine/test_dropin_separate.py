"""nginx in a container without a socket, and the generator beside it."""

from __future__ import annotations

from homeport.model.wish.options import LABEL
from tests.engine.dropin_lab import IMAGE, Dropin, house, image
from tests.engine.gen_lab import answers
from tests.eventually import eventually

__all__ = ["house", "image"]  # fixtures


async def test_nginx_without_a_socket_is_told_by_the_generator_beside_it(house: Dropin) -> None:
    """The generator is in no network of the applications: nginx alone reaches them."""
    labels = {**house.labels, f"{LABEL}nginx": ""}
    binds = [one for one in house.binds if "/etc/nginx/htpasswd" not in one]
    name = await house.start("nginx", "nginx:stable", Labels=labels, HostConfig={"Binds": binds})
    address = await house.address(name)
    house.proxy = await house.start(
        "generator",
        IMAGE,
        env={
            "DOCKER_HOST": "unix:///door/docker.sock",
            "DOCKER_CONTAINER_FILTERS": f"label=com.docker.compose.project={house.project}",
            "NGINX_CONTAINER": name,
        },
        HostConfig={
            "Binds": [f"{house.folder}:/door", *house.binds],
            "NetworkMode": "bridge",
        },
    )
    await house.says("Watching docker events")
    one = await house.app("one", "a.example")
    await answers(address, "a.example", (200, "one"))

    house.write("vhost.d/a.example", "no_such_directive on;\n")
    await house.says("a.example is not served: unknown directive")
    await house.app("two", "b.example")
    await answers(address, "b.example", (200, "two"))

    await house.docker.stop(one, grace=0)
    await eventually(lambda: _lacks(house, "upstream a.example"))


async def _lacks(house: Dropin, text: str) -> bool:
    return text not in house.conf
