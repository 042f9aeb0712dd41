"""A push becomes live, or fails and says why; the old version serves until the new one does."""

from __future__ import annotations

import json
import re

from tests.e2e.house import Answer, App, House, docker
from tests.e2e.visitors import visitors

STOPPED_EARLY = "exited with status 3"


def test_a_push_goes_live_and_tells_what_it_does(app: App) -> None:
    """Stages, the build's own output, the plan's steps, the receipt; then the page."""
    commit = app.version("one")
    told = app.push().stderr
    for line in (
        rf"remote: -----> check out: {commit[:12]}",
        r"remote: +#\d+ \[1/1\] FROM .*homeport-test/app",
        r"remote: +build done in \d+\.\d\d s",
        r"remote: +#\d RenameContainer .*ready",
        rf"remote: -----> Live after \d+\.\d\d s: http://{app.host}:{app.house.port}",
        r"remote: +push to live +\d+\.\d\d s \(check out .*, build .*, roll out .*\)",
        r"remote: =====> Run \d+ live",
        r"\* \[new branch\] +main -> main",
    ):
        assert re.search(line, told), f"{line} is not in\n{told}"
    assert Answer(200, "one") == app.house.get(app.host)
    assert {"web-1": "running"} == app.containers()


def test_a_second_push_replaces_the_first_and_nothing_of_that_is_left(app: App) -> None:
    """The container's number goes on; the old one is drained and removed."""
    app.live("one")
    app.live("two")
    app.settled({"web-2": "running"})


def test_a_change_of_the_last_copy_builds_only_that_layer(app: App) -> None:
    """The layer cache is used."""
    text = "FROM homeport-test/app:latest\nENV VERSION=v\nRUN echo slow > /slow\nCOPY page /page\n"
    app.commit({"Dockerfile": text, "page": "one"})
    app.push()
    app.commit({"page": "two"})
    told = app.push().stderr
    assert re.search(r"remote: +#\d+ \[2/3\] RUN echo slow > /slow *\nremote: +#\d+ CACHED", told)
    # BuildKit takes FROM for cached or for done, as it comes.
    assert re.search("[12] of 3 steps cached", told)


def test_a_build_that_fails_fails_the_push_and_shows_its_last_lines(app: App) -> None:
    """The old version serves."""
    app.live("one")
    app.version("two", "RUN echo broken by design; exit 7\n")
    done = app.push(check=False)
    assert 1 == done.returncode
    assert "broken by design" in done.stderr
    assert re.search(
        r"! \[remote rejected\] main -> main \(run \d+ failed: .*exit code: 7", done.stderr
    )
    assert re.search(r"remote: +hint: ", done.stderr)
    assert Answer(200, "one") == app.house.get(app.host)


def test_a_container_that_exits_at_boot_is_told_at_once_with_its_last_lines(app: App) -> None:
    """Its log, its status, and the old version still there."""
    app.live("one")
    app.version("two", "ENV CRASH=3\n")
    done = app.push(check=False)
    assert 1 == done.returncode
    assert STOPPED_EARLY in done.stderr
    assert "crashing with status 3" in done.stderr
    assert Answer(200, "one") == app.house.get(app.host)
    app.settled({"web-1": "running"})
    (run, *_) = app.runs()
    assert "failed" == run["state"]


def test_a_commit_that_failed_can_be_pushed_again_and_corrected(app: App) -> None:
    """A refused push leaves the branch where it was."""
    app.live("one")
    app.version("two", "ENV CRASH=3\n")
    assert app.push(check=False).returncode == 1
    app.live("three")


def test_a_port_that_nobody_listens_on_is_told_with_the_one_that_somebody_does(
    app: App,
) -> None:
    """At the deadline, which the compose file sets."""
    compose = {
        "services": {
            "web": {
                "build": ".",
                "environment": {"VIRTUAL_HOST": app.host, "VIRTUAL_PORT": "9999"},
                "x-homeport": {"deadline": "1s"},
            }
        }
    }
    app.commit({"Dockerfile": "FROM homeport-test/app:latest\n", "compose.yaml": yaml(compose)})
    done = app.push(check=False)
    assert 1 == done.returncode
    assert "nothing accepts connections at its port 9999" in done.stderr
    assert "it listens on 5000: VIRTUAL_PORT, or EXPOSE" in done.stderr


def test_a_container_that_never_gets_healthy_fails_at_its_deadline(app: App) -> None:
    """And is taken away."""
    check = {"test": "exit 1", "interval": "1s", "retries": 1, "timeout": "1s"}
    service = {"build": ".", "healthcheck": check, "x-homeport": {"deadline": "2s"}}
    app.commit(
        {
            "Dockerfile": "FROM homeport-test/app:latest\n",
            "compose.yaml": yaml({"services": {"web": service}}),
        }
    )
    done = app.push(check=False)
    assert 1 == done.returncode
    assert "web-1.staged did not become healthy in 2 s" in done.stderr
    app.settled({})


def test_a_commit_without_dockerfile_and_compose_file_is_refused(app: App) -> None:
    """With what to add."""
    app.commit({"README": "nothing here"})
    done = app.push(check=False)
    assert 1 == done.returncode
    assert "neither a Dockerfile nor a compose file" in done.stderr
    assert "hint: add a Dockerfile" in done.stderr


def test_a_compose_file_that_does_not_parse_is_refused_with_its_line(app: App) -> None:
    """File and line."""
    app.commit({"compose.yaml": "services:\n  web:\n    image: [\n"})
    done = app.push(check=False)
    assert 1 == done.returncode
    assert re.search(r"compose\.yaml:\d+", done.stderr)


def test_what_compose_does_not_know_is_refused_with_its_field(app: App) -> None:
    """Compose's own schema."""
    app.commit({"compose.yaml": yaml({"services": {"web": {"imagee": "x"}}})})
    done = app.push(check=False)
    assert 1 == done.returncode
    assert "services.web" in done.stderr
    assert "imagee" in done.stderr


def test_what_the_engine_cannot_do_is_refused_before_anything_is_touched(app: App) -> None:
    """A secret of Swarm's."""
    compose = {
        "services": {"web": {"image": "busybox:stable", "secrets": ["key"]}},
        "secrets": {"key": {"external": True}},
    }
    app.commit({"compose.yaml": yaml(compose)})
    done = app.push(check=False)
    assert 1 == done.returncode
    assert "secret key is not a file of the repository" in done.stderr
    app.settled({})


def test_another_branch_is_stored_and_does_not_go_live(app: App) -> None:
    """It can be deployed by name."""
    app.live("one")
    app.git("switch", "-q", "-c", "topic")
    app.version("two")
    told = app.push("topic").stderr
    assert "topic is stored; main or master is what goes live" in told
    assert Answer(200, "one") == app.house.get(app.host)
    app.house.homeport("deploy", app.name, "--ref", "topic")
    assert Answer(200, "two") == app.house.get(app.host)


def test_a_force_push_goes_live(app: App) -> None:
    """History may be written anew: what is pushed is what runs."""
    app.live("one")
    app.live("two")
    app.git("reset", "-q", "--hard", "HEAD~1")
    app.version("three")
    assert app.push(check=False).returncode == 1  # git itself asks for --force
    app.push(options=("--force",))
    assert Answer(200, "three") == app.house.get(app.host)


def test_the_branch_that_is_live_cannot_be_deleted_and_another_can(app: App) -> None:
    """With the command that takes the app away."""
    app.live("one")
    done = app.push(":main", check=False)
    assert 1 == done.returncode
    assert "cannot be deleted" in done.stderr
    assert f"homeport app rm {app.name}" in done.stderr
    app.push("main:topic")
    assert "[deleted]" in app.push(":topic").stderr


def test_a_wrong_token_is_refused(app: App) -> None:
    """Before anything is received."""
    app.version("one")
    remote = app.remote.replace(app.token, "hp_wrong")
    done = app.git("push", remote, "main", check=False)
    assert 128 == done.returncode
    assert "Authentication failed" in done.stderr


def test_a_revoked_token_is_refused(app: App) -> None:
    """At once."""
    app.version("one")
    app.house.homeport("token", "revoke", app.name)
    assert "Authentication failed" in app.push(check=False).stderr


def test_a_host_that_another_app_has_is_refused_and_stays_where_it_is(
    house: House, app: App
) -> None:
    """Nothing of the second app is started."""
    app.live("one")
    other = house.app()
    environment = {"VIRTUAL_HOST": app.host}
    compose = {"services": {"web": {"image": "homeport-test/app", "environment": environment}}}
    other.commit({"compose.yaml": yaml(compose)})
    done = other.push(check=False)
    assert 1 == done.returncode
    assert f"{app.host} belongs to {app.name}" in done.stderr
    assert {} == other.containers()
    assert Answer(200, "one") == house.get(app.host)
    house.homeport("app", "rm", other.name, "--yes")


def yaml(found: object) -> str:
    """JSON is YAML."""
    import json

    return json.dumps(found, indent=2)


def test_a_compose_service_that_exposes_nothing_is_waited_for_at_its_images_port(
    app: App,
) -> None:
    """VIRTUAL_HOST alone: the image says where it listens, and nobody sees it boot."""
    service = {"build": ".", "environment": {"VIRTUAL_HOST": app.host}}
    app.commit({"compose.yaml": yaml({"services": {"web": service}})})
    app.version("one")
    app.push()
    app.version("two", "ENV BOOT=2\n")
    with visitors(app.house.port, app.host) as visits:
        app.push()
    assert [] == visits.failures
    assert Answer(200, "two") == app.house.get(app.host)


def test_a_host_that_cannot_be_is_refused_when_the_file_is_read(app: App) -> None:
    """With file and field, before anything is built."""
    service = {"image": "homeport-test/app", "environment": {"VIRTUAL_HOST": "h slow/x"}}
    app.commit({"compose.yaml": yaml({"services": {"web": service}})})
    done = app.push(check=False)
    assert 1 == done.returncode
    assert "compose.yaml:5: services.web.environment: VIRTUAL_HOST 'h slow/x' is no host" in (
        done.stderr
    )
    assert "-----> build" not in done.stderr


def test_a_stateful_service_that_fails_is_served_again_when_the_push_ends(app: App) -> None:
    """Its old container, with its data, under its own name."""
    volumes = ["data:/data"]
    service = {"build": ".", "volumes": volumes, "environment": {"VIRTUAL_HOST": app.host}}
    compose = {"services": {"web": service}, "volumes": {"data": {}}}
    app.commit({"compose.yaml": yaml(compose)})
    app.version("one")
    app.push()
    before = app.house.containers(app.name)
    app.version("two", "ENV CRASH=3\n")
    done = app.push(check=False)
    assert Answer(200, "one") == app.house.get(app.host)
    assert 1 == done.returncode
    assert before == app.house.containers(app.name)


def test_a_push_that_changes_nothing_but_a_mounted_file_is_seen(app: App) -> None:
    """The service's image and its lines in the file are as they were."""
    site = {
        "image": "homeport-test/app",
        "environment": {"VIRTUAL_HOST": app.host},
        "volumes": ["./site.conf:/site.conf:ro"],
    }
    compose = {"compose.yaml": json.dumps({"services": {"web": site}})}
    for text in ("one", "two"):
        app.commit({**compose, "site.conf": text}, text)
        app.push()
        (name,) = (name for name in app.containers() if "." not in name)
        assert text == docker("exec", f"{app.name}-{name}", "cat", "/site.conf")


def test_bind_mounted_data_in_the_checkout_outlives_every_push(app: App) -> None:
    """`./data:/data`: what is not git's stays."""
    service = {
        "build": ".",
        "volumes": ["./data:/data"],
        "environment": {"VIRTUAL_HOST": app.host},
    }
    app.commit({"compose.yaml": yaml({"services": {"web": service}}), ".dockerignore": "data\n"})
    app.version("one")
    app.push()
    docker("exec", f"{app.name}-web-1", "sh", "-c", "echo kept > /data/file")
    app.version("two")
    app.push()
    (name,) = app.house.containers(app.name)
    assert "kept\n" == docker("exec", name, "cat", "/data/file")
