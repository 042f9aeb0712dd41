"""`homeport gen` in docker-gen's place, with a real nginx and real containers."""

from __future__ import annotations

import asyncio
import re
import signal
from pathlib import Path

from homeport.proxy.gen.template import ready_template
from tests.engine.gen_lab import NAMES, Lab, answer, answers, holds, lab
from tests.eventually import eventually

__all__ = ["lab"]  # a fixture


async def nginx(lab: Lab, *binds: str) -> str:
    """An nginx that holds no socket; its address."""
    name = await lab.start("nginx", "nginx:stable", HostConfig={"Binds": list(binds)})
    return await lab.address(name)


async def test_nginx_serves_what_starts_and_no_more_what_stops(lab: Lab) -> None:
    template = lab.file("nginx.tmpl", ready_template("nginx"))
    conf = lab.folder / "conf.d"
    conf.mkdir()
    address = await nginx(lab, f"{conf}:/etc/nginx/conf.d")
    watch = ("-notify-sighup", f"{lab.project}-nginx", "-watch", "-only-exposed")
    async with lab.gen(*watch, template, conf / "default.conf") as program:
        await program.says("Watching docker events")
        assert 503 == (await answer(address, "a.example"))[0]

        one = await lab.app("one", "a.example, b.example")
        await answers(address, "a.example", (200, "one"))
        await lab.app("two", "b.example", env={"VIRTUAL_PATH": "/two"})
        await answers(address, "b.example", (200, "one"))
        await eventually(lambda: _answers(address, "b.example", "/two", 404))

        await lab.docker.stop(one, grace=0)
        await eventually(lambda: _answers(address, "a.example", "/", 503))
    assert 0 == program.status
    assert re.search(r"Generated '.*default.conf' from \d containers", program.said)


async def _answers(address: str, host: str, path: str, status: int) -> bool:
    return status == (await answer(address, host, path))[0]


async def test_one_container_that_asks_for_what_cannot_be_takes_nobody_with_it(lab: Lab) -> None:
    conf = lab.folder / "conf.d"
    conf.mkdir()
    address = await nginx(lab, f"{conf}:/etc/nginx/conf.d")
    template = lab.file("nginx.tmpl", ready_template("nginx"))
    await lab.app("bad", "x.example; } server { listen 80; server_name a.example")
    watch = ("-notify-sighup", f"{lab.project}-nginx", "-watch")
    async with lab.gen(*watch, template, conf / "default.conf"):
        await lab.app("good", "a.example")
        await answers(address, "a.example", (200, "good"))
    refused = re.findall(r"# refused: (\S+): VIRTUAL_HOST", (conf / "default.conf").read_text())
    assert [f"{lab.project}-bad"] == refused


async def test_a_file_that_nginx_mounts_by_itself_is_written_in_place(lab: Lab) -> None:
    template = lab.file("nginx.tmpl", ready_template("nginx"))
    conf = lab.file("default.conf")
    address = await nginx(lab, f"{conf}:/etc/nginx/conf.d/default.conf")
    before = conf.stat().st_ino
    watch = ("-notify-sighup", f"{lab.project}-nginx", "-watch")
    async with lab.gen(*watch, template, conf):
        await lab.app("one", "a.example")
        await answers(address, "a.example", (200, "one"))
    assert before == conf.stat().st_ino


async def test_an_event_costs_one_call_however_many_containers_there_are(lab: Lab) -> None:
    template, out = lab.file("names.tmpl", NAMES), lab.folder / "out"
    sleeping = [await lab.start(f"c{n}", "busybox:stable", "sleep", "60") for n in range(8)]
    async with lab.gen("-watch", template, out) as program:
        await program.says("Watching docker events")
        await holds(out, *(f"{name} " for name in sleeping))
        await _renamed(lab, sleeping, 7, out)  # all events from before have been seen then
        lab.door.asked.clear()
        await _renamed(lab, sleeping, 0, out)
    # Whether an event is of ours is asked by the filter: other tests' containers make events, too.
    assert 1 == sum(path != "/containers/json" for path in lab.door.asked), lab.door.asked


async def _renamed(lab: Lab, names: list[str], number: int, out: Path) -> None:
    before, names[number] = names[number], f"{names[number]}-renamed"
    await lab.docker.rename(before, names[number])
    await holds(out, *(f"{name} " for name in names))


async def test_a_lost_stream_of_events_is_picked_up_at_once_with_a_fresh_list(lab: Lab) -> None:
    template, out = lab.file("names.tmpl", NAMES), lab.folder / "out"
    async with lab.gen("-watch", template, out) as program:
        await program.says("Watching docker events")
        lab.door.close()
        name = await lab.app("meanwhile", "a.example")
        await program.says("looking again")
        lab.door.open()
        opened = asyncio.get_running_loop().time()
        await holds(out, f"{name} a.example")
        took = asyncio.get_running_loop().time() - opened
    assert took < 5  # docker-gen sleeps for 10


async def test_who_could_not_be_told_is_told_once_he_is_there(lab: Lab) -> None:
    template, out = lab.file("names.tmpl", NAMES), lab.folder / "out"
    reader = f"{lab.project}-reader"
    async with lab.gen("-watch", "-notify-sighup", reader, template, out) as program:
        await lab.app("one", "a.example")
        await program.says(
            f"Could not notify container:{reader}, trying again: Cannot kill container"
        )
        trap = "trap 'echo told' HUP; while :; do sleep 0.1; done"
        await lab.start("reader", "busybox:stable", "sh", "-c", trap)
        await eventually(lambda: _said(lab, reader, "told"))


async def _said(lab: Lab, container: str, line: str) -> bool:
    return line in await lab.docker.tail(container)


async def test_a_command_that_fails_is_told_and_run_again(lab: Lab) -> None:
    template, out, flag = lab.file("names.tmpl", NAMES), lab.folder / "out", lab.folder / "flag"
    command = f"echo tried; test -e {flag}"
    async with lab.gen("-watch", "-notify-output", "-notify", command, template, out) as program:
        await lab.app("one", "a.example")
        await program.says("trying again: 'echo tried; test -e")
        flag.touch()
        told = program.said.count("]: tried")
        await program.says("]: tried", times=told + 1)
    assert 1 == program.said.count("trying again")


async def test_several_containers_are_told_by_name_and_by_filter_with_their_signal(
    lab: Lab,
) -> None:
    template, out = lab.file("names.tmpl", NAMES), lab.folder / "out"
    trap = "trap 'echo HUP' HUP; trap 'echo USR1' USR1; echo ready; while :; do sleep 0.1; done"
    names = [
        await lab.start(name, "busybox:stable", "sh", "-c", trap, Labels=labels)
        for name, labels in {
            "hup": lab.labels,
            "usr": lab.labels,
            "filtered": lab.labels | {"reads": lab.project},
        }.items()
    ]
    for name in names:
        await eventually(lambda name=name: _said(lab, name, "ready"))  # type: ignore[misc]
    await lab.run(
        *("-notify-sighup", names[0], "-notify-container", names[1], "-notify-signal", "10"),
        *("-notify-filter", f"label=reads={lab.project}", template, out),
    )
    for name, line in zip(names, ("HUP", "USR1", "USR1"), strict=True):
        await eventually(lambda name=name, line=line: _said(lab, name, line))  # type: ignore[misc]


async def test_a_template_that_breaks_leaves_the_file_as_it_was_until_it_is_mended(
    lab: Lab,
) -> None:
    template, out = lab.file("names.tmpl", NAMES), lab.folder / "out"
    async with lab.gen("-watch", template, out) as program:
        one = await lab.app("one", "a.example")
        await holds(out, f"{one} a.example")
        template.write_text("{{ nobody }}")
        two = await lab.app("two", "b.example")
        await program.says(f"{out} stays as it was: {template}:1: 'nobody' is undefined")
        assert f"{one} a.example\n" == out.read_text()
        template.write_text(NAMES)  # it is looked at again by itself
        await holds(out, f"{one} a.example", f"{two} b.example")
        template.write_text("mended")
        program.process.send_signal(signal.SIGHUP)
        await holds(out, "mended")


async def test_changes_that_come_together_make_one_file(lab: Lab) -> None:
    template, out = lab.file("names.tmpl", NAMES), lab.folder / "out"
    async with lab.gen("-watch", "-wait", "700ms:5s", template, out) as program:
        await program.says("Watching docker events")
        names = await asyncio.gather(*(lab.app(f"a{n}", f"{n}.example") for n in range(3)))
        await holds(out, *(f"{name} {n}.example" for n, name in enumerate(names)))
    assert 2 == program.said.count("Generated")  # the empty one, and this


async def test_stopped_exposed_and_published_choose_the_containers(lab: Lab) -> None:
    template = lab.file("names.tmpl", NAMES)
    plain = await lab.start("plain", "busybox:stable", "sleep", "60")
    exposed = await lab.app("exposed", "e")
    published = await lab.app(
        "published", "p", HostConfig={"PortBindings": {"5000/tcp": [{"HostIp": "127.0.0.1"}]}}
    )
    stopped = await lab.app("stopped", "s")
    await lab.docker.stop(stopped, grace=0)
    shown = {
        (): {plain, exposed, published},
        ("-only-exposed",): {exposed, published},
        ("-only-published=true",): {published},
        ("-include-stopped",): {plain, exposed, published, stopped},
        ("-include-stopped=false", "-keep-blank-lines"): {plain, exposed, published},
    }
    found = {
        options: {
            line.split()[0]
            for line in (await lab.run(*options, template)).printed.split("\n")
            if line
        }
        for options in shown
    }
    assert shown == found


async def test_a_configuration_file_generates_several_files(lab: Lab) -> None:
    template = lab.file("names.tmpl", NAMES)
    ours = f'{{ label = ["com.docker.compose.project={lab.project}"] }}'
    config = lab.file(
        "gen.toml",
        f"""
[[config]]
template = "{template}"
dest = "{lab.folder}/one"
containerfilter = {ours}
notifycmd = "echo first"
notifyoutput = true

[[config]]
Template = "{template}"
Dest = "{lab.folder}/two"
ContainerFilter = {ours}
onlyexposed = true
""",
    )
    await lab.start("plain", "busybox:stable", "sleep", "60")
    app = await lab.app("app", "a.example")
    program = await lab.run("-config", config)
    assert (0, True) == (program.status, "[echo first]: first" in program.said)
    files = [(lab.folder / name).read_text() for name in ("one", "two")]
    assert (2, f"{app} a.example\n") == (files[0].count("\n"), files[1])


async def test_diff_shows_what_would_change_and_changes_nothing(lab: Lab) -> None:
    template, out = lab.file("names.tmpl", NAMES), lab.file("out", "before\n")
    app = await lab.app("app", "a.example")
    program = await lab.run("-diff", template, out)
    assert ["-before", f"+{app} a.example"] == program.printed.splitlines()[3:]
    assert "before\n" == out.read_text()


async def test_an_engine_that_is_down_is_waited_for_by_who_watches_and_by_nobody_else(
    lab: Lab,
) -> None:
    template, out = lab.file("names.tmpl", NAMES), lab.folder / "out"
    app = await lab.app("one", "a.example")
    lab.door.close()
    once = await lab.run(template, out)
    assert (3, False) == (once.status, out.exists())
    assert "error: the Docker Engine does not answer" in once.said
    async with lab.gen("-watch", template, out) as program:
        await program.says("Nothing is listed yet: the Docker Engine does not answer")
        lab.door.open()
        await holds(out, f"{app} a.example")


async def test_at_intervals_everybody_is_told_though_nothing_changed(lab: Lab) -> None:
    template, out = lab.file("names.tmpl", NAMES), lab.folder / "out"
    arguments = ("-interval", "1", "-notify-output", "-notify", "echo again", template, out)
    async with lab.gen(*arguments) as program:
        await program.says("[echo again]: again", times=3)
        app = await lab.app("late", "a.example")
        await holds(out, f"{app} a.example")
    assert 2 == program.said.count("Generated")


async def test_a_file_that_nginx_refuses_is_put_back_and_nobody_is_told(lab: Lab) -> None:
    conf = lab.folder / "conf.d"
    conf.mkdir()
    await nginx(lab, f"{conf}:/etc/nginx/conf.d")
    raw = "{% for c in containers %}# {{ c.Env.VIRTUAL_HOST }}\n{{ c.Env.RAW }}\n{% endfor %}"
    template, out = lab.file("raw.tmpl", raw), conf / "default.conf"
    watch = ("-watch", "-only-exposed", "-notify-sighup", f"{lab.project}-nginx")
    async with lab.gen(*watch, "-check", "nginx -t", template, out) as program:
        await lab.app("good", "good", env={"RAW": "server_tokens off;"})
        await program.says("from 2 containers")
        await program.says("Sent container", times=program.said.count("Generated"))
        assert "# good" in out.read_text()
        told, before = program.said.count("Sent container"), out.read_text()
        await lab.app("bad", "bad", env={"RAW": "no_such_thing;"})
        await program.says(f"{out} stays as it was: 'nginx -t' refused it: ")
        await program.says('unknown directive "no_such_thing"')
        assert (before, told) == (out.read_text(), program.said.count("Sent container"))


async def test_a_check_that_fails_here_leaves_no_file_where_there_was_none(lab: Lab) -> None:
    template, out = lab.file("names.tmpl", "text"), lab.folder / "out"
    program = await lab.run(
        "-check", f"grep -q other {out} || {{ echo no other; false; }}", template, out
    )
    assert (1, False) == (program.status, out.exists())
    assert "refused it: no other" in program.said
