"""What goes wrong around the image homeport-proxy: the Engine, nginx, the swaps of containers."""

from __future__ import annotations

import asyncio
import hashlib
import re

import httpx

from tests.engine.conftest import LABEL
from tests.engine.dropin_lab import IMAGE, Dropin, house, image, visitors
from tests.eventually import eventually

__all__ = ["house", "image"]  # fixtures


async def test_an_event_costs_one_inspection_however_many_containers_there_are(
    house: Dropin,
) -> None:
    await house.run_proxy()
    for number in range(6):
        await house.app(f"c{number}", f"h{number}.example")
    await house.serves("h5.example", (200, "c5"))
    # Now and then everything is listed anew, which inspects all of them: not twice in a row.
    assert 1 in [await _inspected(house, number) for number in range(3)]


async def _inspected(house: Dropin, number: int) -> int:
    """How many containers are inspected when one of them gets another name."""
    house.door.asked.clear()
    await house.docker.rename(f"{house.project}-c0", f"{house.project}-c0-{number}")
    await eventually(lambda: _names(house, f"{house.project}-c0-{number}"))
    await house.docker.rename(f"{house.project}-c0-{number}", f"{house.project}-c0")
    await eventually(lambda: _names(house, f"{house.project}-c0"))
    inspected = re.compile(r"/containers/([0-9a-f]{64})/json")
    return len({found[1] for path in house.door.asked if (found := inspected.fullmatch(path))})


async def test_a_lost_stream_of_events_is_picked_up_at_once_with_a_fresh_list(
    house: Dropin,
) -> None:
    await house.run_proxy()
    await house.app("one", "a.example")
    await house.serves("a.example", (200, "one"))
    house.door.close()
    await house.app("meanwhile", "b.example")
    await house.says("looking again")
    assert (200, "one") == await house.asks("a.example")
    house.door.open()
    began = asyncio.get_running_loop().time()
    await house.serves("b.example", (200, "meanwhile"))
    assert asyncio.get_running_loop().time() - began < 15
    await house.says("Watching docker events", times=2)


async def test_what_was_served_last_is_served_when_it_starts_without_an_engine(
    house: Dropin,
) -> None:
    await house.run_proxy()
    address = await house.address(await house.app("one", "a.example"))
    await eventually(lambda: _routed(house, address))
    await house.serves("a.example", (200, "one"))
    house.door.close()
    await house.docker.restart(house.proxy, grace=3)
    await house.serves("a.example", (200, "one"))
    await house.app("later", "b.example")
    house.door.open()
    await house.serves("b.example", (200, "later"))


async def test_nginx_that_is_killed_is_there_again(house: Dropin) -> None:
    await house.run_proxy()
    await house.app("one", "a.example")
    await house.serves("a.example", (200, "one"))
    kill = "kill -9 $(cat /run/nginx.pid)"
    await house.docker.run_in(house.proxy, ["sh", "-c", kill])
    await house.says("nginx ended with status -9: starting it again")
    await house.serves("a.example", (200, "one"))
    await house.app("two", "b.example")
    await house.serves("b.example", (200, "two"))


async def test_a_file_for_all_hosts_that_nginx_cannot_have_lets_everything_stay(
    house: Dropin,
) -> None:
    await house.run_proxy()
    await house.app("one", "a.example")
    await house.serves("a.example", (200, "one"))
    house.write("vhost.d/default", "no_such_directive on;\n")
    await house.says("stays as it was: nginx cannot have it: unknown directive")
    assert (200, "one") == await house.asks("a.example")
    (house.folder / "vhost.d/default").unlink()
    await house.app("two", "b.example")
    await house.serves("b.example", (200, "two"))


async def test_a_new_host_is_served_before_nginx_has_read_of_it(house: Dropin) -> None:
    """Here nginx cannot: a file for all hosts has an error, so that every reload is refused."""
    await house.run_proxy()
    await house.app("late", "b.example", env={"BOOT": "8", "NETWORK_ACCESS": "internal"})
    await house.says("with 1 hosts")  # and nginx has read of it
    house.write("conf.d/bad.conf", "no_such_directive on;\n")
    await house.says("stays as it was: nginx cannot have it: unknown directive")
    name = await house.app("one", "a.example")
    await house.serves("a.example", (200, "one"))
    assert "x" == (await house.headers("a.example", Custom="x"))["Custom"]
    assert 503 == (await house.asks("a.example", "/.well-known/acme-challenge/x"))[0]
    assert 503 == (await house.asks("z.example"))[0]
    await house.app("three", "c.example", env={"VIRTUAL_PATH": "/headers"})
    await house.becomes("c.example", 200, "/headers")
    paths = ("/headers?a", "/", "/%68eaders", "//headers")  # nginx alone reads the others
    assert [200, 503, 503, 503] == [(await house.asks("c.example", path))[0] for path in paths]
    # It had nobody when nginx read of it; its own location lets visitors in.
    await house.serves("b.example", (200, "late"))
    await house.docker.remove_container(name, force=True)
    await house.becomes("a.example", 503)
    (house.folder / "conf.d/bad.conf").unlink()
    await house.app("two", "a.example")
    await eventually(lambda: _has(house, "upstream a.example"))
    await house.serves("a.example", (200, "two"))


async def test_so_is_one_for_those_within_and_one_for_those_who_know_a_password(
    house: Dropin,
) -> None:
    """Here nginx cannot, either: its own locations for newcomers ask who it is."""
    seen_from = "set_real_ip_from 0.0.0.0/0; real_ip_header X-Seen-From;\n"
    house.write("conf.d/seen.conf", seen_from)
    house.write("htpasswd/known.example", "anna:{PLAIN}secret\n")
    await house.run_proxy()
    await house.app("first", "first.example")
    await house.serves("first.example", (200, "first"))
    house.write("conf.d/bad.conf", "no_such_directive on;\n")
    await house.says("stays as it was: nginx cannot have it: unknown directive")
    await house.app("one", "inside.example", env={"NETWORK_ACCESS": "internal"})
    await house.app("two", "known.example")
    await house.becomes("inside.example", 200)
    await house.becomes("known.example", 401)
    asked = [
        ("inside.example", {"X-Seen-From": "10.1.2.3"}),
        ("inside.example", {"X-Seen-From": "203.0.113.7"}),
        ("known.example", {"Authorization": "Basic YW5uYTpzZWNyZXQ="}),
        ("known.example", {"Authorization": "Basic YW5uYTpndWVzc2Vk"}),
        ("other.example", {"Authorization": "Basic YW5uYTpzZWNyZXQ="}),
    ]
    assert [200, 403, 200, 401, 503] == [await _status(house, *one) for one in asked]


async def _status(house: Dropin, host: str, headers: dict[str, str]) -> int:
    address = await house.address(house.proxy)
    async with httpx.AsyncClient(trust_env=False) as client:
        found = await client.get(f"http://{address}/", headers={"Host": host, **headers})
        return found.status_code


async def test_a_full_disk_lets_everything_stay_and_is_gone_on_with(house: Dropin) -> None:
    folder = "/etc/nginx/conf.d"
    house.proxy = await house.start(
        "proxy",
        IMAGE,
        env={
            "DOCKER_HOST": "unix:///door/docker.sock",
            "DOCKER_CONTAINER_FILTERS": f"label={LABEL}={house.project}",
        },
        HostConfig={"Binds": [f"{house.folder}:/door"], "Tmpfs": {folder: "size=64k"}},
    )
    await house.app("one", "a.example")
    await house.serves("a.example", (200, "one"))
    await house.says("with 1 hosts")
    fill = ["sh", "-c", f"dd if=/dev/zero of={folder}/fill bs=1k count=100"]
    await house.docker.run_in(house.proxy, fill)
    await house.app("two", "b.example", env={"SERVER_TOKENS": "off"})  # nginx has to read that
    await house.says("default.conf cannot be written: No space left on device")
    assert [200, 503] == [(await house.asks(f"{name}.example"))[0] for name in "ab"]
    await house.docker.run_in(house.proxy, ["rm", f"{folder}/fill"])
    await house.serves("b.example", (200, "two"))


async def test_a_rolling_swap_gives_no_error(house: Dropin) -> None:
    """The new one beside the old, which is stopped when the new one is routed."""
    await house.run_proxy()
    await house.app("v1", "a.example")
    await house.serves("a.example", (200, "v1"))
    async with visitors(house, "a.example") as seen:
        for number in range(2, 5):
            name = await house.app(f"v{number}", "a.example")
            address = await house.address(name)
            await eventually(lambda address=address: _routed(house, address))  # type: ignore[misc]
            await house.docker.stop(f"{house.project}-v{number - 1}", grace=10)
    assert 0 == seen.failed, seen


async def test_one_that_listens_late_gets_no_request_until_it_does(house: Dropin) -> None:
    await house.run_proxy()
    await house.app("v1", "a.example")
    await house.serves("a.example", (200, "v1"))
    async with visitors(house, "a.example") as seen:
        name = await house.app("v2", "a.example", env={"BOOT": "6"})
        address = await house.address(name)
        await eventually(lambda: _routed(house, address))
        await house.docker.stop(f"{house.project}-v1", grace=10)
        await asyncio.sleep(0.3)
    assert 0 == seen.failed, seen


async def test_a_container_that_is_recreated_in_place_gives_no_error(house: Dropin) -> None:
    """Stopped, removed and run again, as `docker compose up --force-recreate` does: three times."""
    await house.run_proxy()
    await house.app("app", "a.example")
    await house.serves("a.example", (200, "app"))
    async with visitors(house, "a.example") as seen:
        for number in range(3):
            await house.docker.stop(f"{house.project}-app", grace=5)
            await house.docker.remove_container(f"{house.project}-app", force=True)
            env = {"BOOT": "0.5", "STATUS": "200", "RUN": str(number)}
            address = await house.address(await house.app("app", "a.example", env=env))
            await eventually(lambda address=address: _routed(house, address))  # type: ignore[misc]
            await asyncio.sleep(0.3)
    assert 0 == seen.failed, (seen, await house.output())


async def test_one_that_is_killed_and_run_again_gives_no_error(house: Dropin) -> None:
    await house.run_proxy()
    name = await house.app("app", "a.example")
    await house.serves("a.example", (200, "app"))
    async with visitors(house, "a.example") as seen:
        await house.docker.remove_container(name, force=True)
        address = await house.address(await house.app("app", "a.example", env={"BOOT": "1"}))
        await eventually(lambda: _routed(house, address))
        await asyncio.sleep(0.3)
    assert 0 == seen.failed, (seen, await house.output())


async def test_a_body_that_waits_arrives_whole_and_nobody_waits_for_ever(house: Dropin) -> None:
    await house.run_proxy(HOLD="4")
    name = await house.app("app", "a.example")
    await house.serves("a.example", (200, "app"))
    await house.docker.remove_container(name, force=True)
    address, body = await house.address(house.proxy), b"x" * 900_000
    async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
        asking = client.post(f"http://{address}/", headers={"Host": "a.example"}, content=body)
        waiting = asyncio.create_task(asking)
        await asyncio.sleep(0.5)
        await house.app("app", "a.example")
        found = await waiting
        digest = hashlib.sha256(body).hexdigest()
        assert (200, f"{digest} {len(body)}") == (found.status_code, found.text)

        await house.docker.remove_container(name, force=True)
        began = asyncio.get_running_loop().time()
        found = await client.get(f"http://{address}/", headers={"Host": "a.example"})
        took = asyncio.get_running_loop().time() - began
    assert (503, True) == (found.status_code, took < 15)
    await eventually(lambda: _lacks(house, "upstream a.example"))


async def test_who_waits_is_let_in_by_the_same_door(house: Dropin) -> None:
    """A password is asked for before anybody waits."""
    house.write("htpasswd/a.example", "anna:{PLAIN}secret\n")
    await house.run_proxy()
    name = await house.app("app", "a.example")
    address = await house.address(name)
    await eventually(lambda: _routed(house, address))  # nobody waits for one that never was ready
    await house.becomes("a.example", 401)
    await house.docker.remove_container(name, force=True)
    await eventually(lambda: _holds(house))
    assert 401 == (await house.asks("a.example"))[0]


async def _holds(house: Dropin) -> bool:
    return "try_files /.homeport/nobody @hold_a.example;" in house.conf


async def _has(house: Dropin, text: str) -> bool:
    return text in house.conf


async def _lacks(house: Dropin, text: str) -> bool:
    return text not in house.conf


async def _routed(house: Dropin, address: str) -> bool:
    return f"server {address}:5000" in house.conf


async def test_changes_under_load_break_no_connection(house: Dropin) -> None:
    await house.run_proxy()
    await house.app("one", "a.example")
    await house.app("other", "b.example")
    await house.serves("b.example", (200, "other"))
    async with visitors(house, "a.example") as seen:
        for number in range(10):
            await house.app(f"more-{number}", f"h{number}.example")
            await eventually(lambda number=number: _has(house, f"upstream h{number}.example"))  # type: ignore[misc]
            await house.serves(f"h{number}.example", (200, f"more-{number}"))
    assert 0 == seen.failed, seen


async def _started(house: Dropin) -> int:
    """How many workers nginx has started, once it starts no more: it reads files later."""
    seen, now = -1, 0
    while seen != now:
        await asyncio.sleep(0.5)
        seen, now = now, (await house.output()).count("start worker process ")
    return now


async def test_a_name_that_stands_in_a_comment_alone_costs_no_reload(house: Dropin) -> None:
    await house.run_proxy()
    name = await house.app("one", "a.example")
    address = await house.address(name)
    await eventually(lambda: _routed(house, address))
    await house.says("with 1 hosts")
    before = await _started(house)
    for number in range(3):
        await house.docker.rename(name, f"{house.project}-one-{number}")
        name = f"{house.project}-one-{number}"
        await eventually(lambda name=name: _names(house, name))  # type: ignore[misc]
    assert before == await _started(house)
    assert (200, "one") == await house.asks("a.example")


async def _names(house: Dropin, name: str) -> bool:
    return f"# Container: {name}\n" in house.conf


async def test_an_application_cannot_send_a_request_where_it_likes(house: Dropin) -> None:
    """It knows the words by which a request that waited goes on."""
    await house.run_proxy()
    said = "add_header X-Accel-Redirect @live_a.example;"
    said += " add_header X-Homeport-Upstream 127.0.0.1:80;"
    conf = f"server {{ listen 80; location / {{ {said} return 200 x; }} }}"
    script = f"echo '{conf}' >/etc/nginx/conf.d/default.conf; exec nginx -g 'daemon off;'"
    env = {"VIRTUAL_HOST": "a.example"}
    await house.start("evil", "nginx:stable", "sh", "-c", script, env=env)
    await house.becomes("a.example", 403)
