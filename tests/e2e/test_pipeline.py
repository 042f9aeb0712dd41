"""`.travis.yml`, from a push to what is published and live."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.e2e.conftest import started
from tests.e2e.forge import running_forge
from tests.e2e.house import DOCKERFILE, App, House, docker, eventually

pytestmark = [pytest.mark.engine, pytest.mark.e2e]


def piped(app: App, text: str, message: str = "with jobs", **files: str) -> None:
    """Commit a `.travis.yml` beside a Dockerfile."""
    plain = {"Dockerfile": DOCKERFILE.format(version="1", more="")}
    app.commit({".travis.yml": text, **plain, **files}, message)


def test_a_commit_goes_live_once_its_jobs_have_passed(app: App) -> None:
    piped(app, 'language: generic\nenv:\n - WORD=one\n - WORD=two\nscript: echo "said $WORD"\n')
    said = app.push().stderr
    assert {"one", "two"} == set(re.findall(r"\[\d+\.\d\] said (\w+)", said))
    assert 2 == len(re.findall(r"job \d+\.\d passed", said))
    assert "1" == app.house.get(app.host).body


def test_a_job_that_fails_keeps_the_commit_from_going_live(app: App) -> None:
    app.live("0")
    piped(app, "language: generic\nscript:\n - exit_with() { return 5; }\n - exit_with\n")
    done = app.push(check=False)
    assert 1 == done.returncode
    assert re.search(r"Run \d+ failed: job \d+\.1 failed", done.stderr)
    assert "0" == app.house.get(app.host).body


def test_a_job_that_may_fail_and_stages_in_their_order(app: App) -> None:
    text = """
language: generic
jobs:
  allow_failures: [{env: MAY=1}]
  include:
    - {stage: first, script: echo first >&2}
    - {stage: first, env: MAY=1, script: 'false'}
    - {stage: second, script: echo second}
"""
    piped(app, text)
    said = app.push().stderr
    assert said.index("first") < said.index("] second")
    assert "1" == app.house.get(app.host).body


def test_a_stage_after_one_that_failed_does_not_run(app: App) -> None:
    text = """
language: generic
jobs:
  include:
    - {stage: first, script: 'false'}
    - {stage: second, script: echo never}
"""
    piped(app, text)
    said = app.push(check=False).stderr
    assert "cancelled" in said
    assert "] never" not in said


def test_a_job_has_the_checkout_its_git_and_its_variables(app: App) -> None:
    text = """
language: generic
script:
  - test "$(git rev-parse HEAD)" = "$TRAVIS_COMMIT"
  - test "$PWD" = "$TRAVIS_BUILD_DIR"
  - echo "branch $TRAVIS_BRANCH of $TRAVIS_REPO_SLUG job $TRAVIS_JOB_NUMBER $TRAVIS_PULL_REQUEST"
  - echo "$TRAVIS_COMMIT_MESSAGE"
"""
    piped(app, text, "a message; $(id) `id`")
    said = app.push().stderr
    number = app.runs()[0]["number"]
    assert f"branch main of {app.name} job {number}.1 false" in said
    assert "a message; $(id) `id`" in said
    before = app.git("rev-parse", "HEAD").stdout
    piped(app, 'language: generic\nscript: echo "range $TRAVIS_COMMIT_RANGE"\n')
    assert (
        f"] range {before[:12]}...{app.git('rev-parse', 'HEAD').stdout[:12]}" in app.push().stderr
    )


MATRIX = """
sudo:
  - required
services:
  - docker
language: generic
script:
  - docker run --rm --privileged multiarch/qemu-user-static:register --reset
  - docker build -t demo-site:$DOCKER_TAG -f $DOCKERFILE .
after_success:
  # push docker image
  - >
    if [ "$DOCKER_PUSH" == "yes" ] && [ "$TRAVIS_BRANCH" == "main" ]; then
      docker login -u="rycus86" -p="$DOCKER_PASSWORD"
      docker tag demo-site:$DOCKER_TAG {app}/site:$DOCKER_TAG
      docker push {app}/site:$DOCKER_TAG
    else
      echo 'Not pushing to Docker Hub'
    fi
env:
  matrix:
  - DOCKER_TAG=latest  DOCKERFILE=Dockerfile
  - DOCKER_TAG=armhf   DOCKERFILE=Dockerfile.armhf   DOCKER_PUSH=yes
  - DOCKER_TAG=aarch64 DOCKERFILE=Dockerfile.aarch64 DOCKER_PUSH=yes
"""


def test_what_jobs_push_is_published_when_all_have_passed(app: App) -> None:
    other = DOCKERFILE.format(version="arm", more="")
    piped(app, MATRIX.replace("{app}", app.name), **{"Dockerfile.armhf": other})
    failing = app.push(check=False).stderr  # there is no Dockerfile.aarch64
    assert re.search(r"Run \d+ failed: job \d+\.3 failed", failing)
    assert not [t for t in app.house.data("image", "list") if t["repository"] == f"{app.name}/site"]
    app.commit({"Dockerfile.aarch64": other, "platforms.txt": ""}, "the third")
    said = app.push(check=False).stderr
    assert "Not pushing to Docker Hub" in said
    assert 2 == said.count("staged until this run has passed")
    found = app.house.data("image", "list", f"{app.name}/site")
    assert {"armhf", "aarch64"} == {tag["tag"] for tag in found}


KEEPS = """
language: generic
services: docker
cache: {directories: [images]}
before_install: if [ -f images/base.tar.gz ]; then zcat images/base.tar.gz | docker load; fi
install: docker image inspect -f there base || docker build -t base -f Dockerfile.base .
script:
  - docker build -t site -f Dockerfile.site .
  - docker run -d -p 8000:80 site
  - curl -sf --retry 5 --retry-connrefused http://localhost:8000/
before_cache: mkdir -p images; docker save base | gzip > images/base.tar.gz
"""


def test_an_image_is_built_upon_one_that_a_run_before_left_in_the_cache(app: App) -> None:
    base = "FROM busybox:stable\nRUN echo of the base > /index.html\n"
    site = "FROM base\nCMD httpd -f -p 80 -h /\n"
    piped(app, KEEPS, **{"Dockerfile.base": base, "Dockerfile.site": site})
    first = app.push().stderr
    app.commit({"more": ""})
    again = app.push().stderr
    assert (False, True) == tuple("] Loaded image: base:latest" in said for said in (first, again))
    assert (True, True) == tuple("] of the base" in said for said in (first, again))


DEPLOYS = """
language: generic
services: docker
script: docker build -q -t site .
before_deploy: docker tag site {app}/site:$TRAVIS_BRANCH
deploy:
  - provider: script
    script: docker push {app}/site:$TRAVIS_BRANCH
    on:
      repo: me/site
      condition: $TRAVIS_OS_NAME = linux
  - {provider: script, script: exit 1, on: {branch: other}}
  - {provider: heroku, app: mine}
after_deploy: echo "deployed $TRAVIS_BRANCH"
"""


def test_a_deployment_by_a_script_is_carried_out_where_the_file_says(app: App) -> None:
    piped(app, DEPLOYS.replace("{app}", app.name))
    said = app.push().stderr
    assert "deploy: heroku is not carried out: homeport deploys what passed" in said
    assert "] deployed main" in said
    assert "Skipping a deployment, because this branch is not permitted: main." in said
    found = app.house.data("image", "list", f"{app.name}/site")
    assert ["main"] == [tag["tag"] for tag in found]


def test_a_file_that_cannot_be_read_is_told_with_its_line(app: App) -> None:
    piped(app, "language: generic\nscript: [a\n")
    said = app.push(check=False).stderr
    assert re.search(r"\.travis\.yml:\d+:\d+", said)


PUSHES = """
language: generic
services: docker
script:
  - docker build -q -t {name}:1 .
  - docker login -u me -p whatever {registry}
  - docker push {name}:1
  - docker manifest create {name}:all {name}:1 && docker manifest push {name}:all
  - test -e passes
"""


def test_what_jobs_push_goes_to_the_registry_of_its_name_where_the_app_may(
    app: App, own_house: House
) -> None:
    """Another box stands for Docker Hub."""
    there = own_house.app()
    registry = f"127.0.0.1:{own_house.registry_port}"
    name = f"{registry}/{there.name}/site"
    login = ("registry", "login", registry, "-u", "me", "--password-stdin", "--app", app.name)
    assert 2 == app.house.homeport(*login, stdin="hp_wrong", check=False).returncode
    app.house.homeport(*login, stdin=there.token)
    piped(app, PUSHES.format(name=name, registry=registry))
    assert f"staged and goes to {registry} then" in app.push(check=False).stderr
    assert not own_house.data("image", "list", f"{there.name}/site")  # the job failed
    app.commit({"passes": ""})
    said = app.push().stderr
    assert f"pushed to {name}:1" in said
    assert f"pushed to {name}:all" in said
    here = app.house.data("image", "list", f"127.0.0.1-{own_house.registry_port}/{there.name}/site")
    found = own_house.data("image", "list", f"{there.name}/site")
    digests = [{t["tag"]: t["digest"] for t in tags} for tags in (here, found)]
    assert digests[0]["1"] == digests[1]["1"]
    assert ["1", "all"] == sorted(digests[0]) == sorted(digests[1])
    assert not docker("images", "-q", f"{name}:1")
    # Without a login it is published here alone, and the commit is live all the same.
    app.house.homeport("registry", "logout", registry, "--app", app.name)
    app.commit({"more": ""})
    assert "goes to" not in app.push().stderr
    gone = app.house.homeport("registry", "logout", registry, "--app", app.name, check=False)
    assert (2, True) == (gone.returncode, "has no login for" in gone.stderr)


@pytest.mark.parametrize(
    ("kind", "said"), [("folder", "is no file"), ("link", "is a link to no file of this commit")]
)
def test_a_commit_whose_file_is_none_does_not_go_live_untested(
    app: App, kind: str, said: str
) -> None:
    if kind == "link":
        (app.folder / ".travis.yml").symlink_to("/etc/passwd")
    app.version("1")
    if kind == "folder":
        app.commit({".travis.yml/x": ""})
    done = app.push(check=False)
    assert re.search(rf"Run \d+ failed: \.travis\.yml: {said}", done.stderr)


def test_a_file_may_be_a_link_within_the_commit(app: App) -> None:
    (app.folder / ".travis.yml").symlink_to("ci/jobs.yml")
    app.commit({"ci/jobs.yml": "language: generic\nscript: echo linked\n"})
    app.live("1")
    assert "linked" in app.house.homeport("run", "logs", str(app.runs()[0]["number"])).stdout


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("install: exit_with() { return 4; }; exit_with", "it ended with status 4 in install"),
        ("script: ['false', 'true']\nafter_script: 'true'", "it ended with status 1 in script"),
        ("script: 'true'\nafter_success: exit 3", "it ended with status 3 in after_success"),
        ("install: 'true'", "no script was run"),
    ],
)
def test_a_job_that_did_not_pass_says_where(app: App, text: str, reason: str) -> None:
    piped(app, f"language: generic\n{text}\n")
    app.push(check=False)
    (job,) = app.house.data("run", "jobs", str(app.runs()[0]["number"]))
    assert reason == job["reason"]


def test_no_jobs_for_a_branch_that_the_file_leaves_out(app: App) -> None:
    piped(app, "language: generic\nbranches: {only: [other]}\nscript: 'false'\n")
    assert "no jobs" in app.push().stderr


def test_a_commit_that_says_skip_ci_is_stored_and_does_not_go_live(app: App) -> None:
    app.live("0")
    piped(app, "language: generic\nscript: echo it ran\n", "words only [skip ci]")
    said = app.push().stderr
    assert "it is stored, and no more" in said
    assert "] it ran" not in said
    assert ("passed", "0") == (app.runs()[0]["state"], app.house.get(app.host).body)
    app.house.homeport("deploy", app.name)
    assert "1" == app.house.get(app.host).body


def test_nothing_of_the_jobs_is_left(app: App) -> None:
    piped(app, "language: generic\nscript: docker run -d busybox:stable sleep 600\n")
    app.push()
    label = f"label=homeport.run={app.runs()[0]['number']}"
    eventually(lambda: "" == docker("ps", "-aq", "--filter", label))
    eventually(lambda: [] == list((app.house.state / "jobs").glob("*")))


def test_each_job_has_a_log_of_its_own_that_is_read_by_offset_and_by_phase(app: App) -> None:
    text = """
language: generic
env: [WORD=one, WORD=two]
install: echo "made $WORD"
script: printf 'said %s' "$WORD"
"""
    piped(app, text)
    app.push()
    house, number = app.house, str(app.runs()[0]["number"])
    jobs = house.data("run", "jobs", number)
    assert [(f"{number}.1", "passed"), (f"{number}.2", "passed")] == [
        (job["number"], job["state"]) for job in jobs
    ]
    whole = house.homeport("run", "logs", number, "--job", f"{number}.2").stdout
    assert "made two\n" in whole
    assert "made one" not in whole
    phases = house.data("run", "logs", number, "--job", "2", "--folded")
    assert ["install", "script"] == [phase["name"] for phase in phases]
    start = phases[0]["start"]
    part = house.homeport("run", "logs", number, "--job", "2", "--offset", str(start)).stdout
    assert part == whole[start:]
    found = house.data("run", "search", app.name, "SAID TWO")
    assert [int(number)] == sorted({hit["run"] for hit in found})


def test_a_secret_is_given_to_jobs_and_shown_nowhere(app: App) -> None:
    house, value = app.house, "s3cr3t value & more"
    house.homeport("secret", "set", app.name, "DOCKER_PASSWORD", stdin=f"{value}\n")
    assert ["DOCKER_PASSWORD"] == [s["name"] for s in house.data("secret", "list", app.name)]
    text = """
language: generic
script:
  - test "$DOCKER_PASSWORD" = "s3cr3t value"" & more"
  - echo "it is $DOCKER_PASSWORD"
  - echo "$DOCKER_PASSWORD" | base64
  - env | grep DOCKER_PASSWORD
"""
    piped(app, text)
    said = app.push().stderr
    log = house.homeport("run", "logs", str(app.runs()[0]["number"])).stdout
    for shown in (said, log, house.homeport("events", "--json").stdout):
        assert value not in shown
        assert "czNjcjN0" not in shown
    assert "it is [secure]" in said
    house.homeport("secret", "rm", app.name, "DOCKER_PASSWORD")
    assert [] == house.data("secret", "list", app.name)


def test_a_value_that_is_encrypted_for_the_app_is_opened_for_its_jobs_alone(app: App) -> None:
    house = app.house
    line = house.homeport("secret", "encrypt", app.name, "TOKEN", stdin="open s3same\n").stdout
    again = house.homeport("secret", "encrypt", app.name, "TOKEN", stdin="open s3same\n").stdout
    assert line != again
    text = f"""
language: generic
env:
  global:
    - {line.strip()}
    - OTHER: {{secure: "bm90IGZvciB0aGlzIGFwcA=="}}
script:
  - test "$TOKEN" = "open s3""same"
  - echo "it is $TOKEN, and ${{OTHER:-none}}"
"""
    piped(app, text)
    said = app.push().stderr
    assert "it is [secure], and none" in said
    assert "a secure value is not for this app" in said
    none: list[object] = []
    assert none == house.data("secret", "list", app.name)
    other = house.app()
    piped(other, text)
    assert 1 == other.push(check=False).returncode


def test_a_job_has_its_submodules_and_one_that_cannot_be_fetched_is_told(
    app: App, tmp_path: Path
) -> None:
    with running_forge(tmp_path) as forge:
        bare = forge.repository("me/part")
        part = App(app.house, "part", "", "", tmp_path / "part")
        part.commit({"inside": "of the submodule\n"})
        part.git("push", "-q", str(bare), "main")
        url = forge.url("me/part")
        app.git("submodule", "add", "-q", url, "part")
        piped(app, "language: generic\nscript: cat part/inside; git submodule status\n")
        said = app.push().stderr
        assert "] of the submodule" in said
    piped(app, "language: generic\nscript: cat part/inside\n")
    assert "the submodules could not be fetched" in app.push(check=False).stderr
    piped(app, "language: generic\ngit: {submodules: false}\nscript: ls part\n")
    assert "jobs" in app.push().stderr


WITH_PART = DOCKERFILE.format(version="{version}", more="COPY part /part\n{more}")


def test_what_goes_live_has_its_submodules(app: App, tmp_path: Path) -> None:
    def live(version: str, more: str) -> None:
        text = WITH_PART.format(version=version, more=more)
        app.commit({"Dockerfile": text})
        app.push()
        assert version == app.house.get(app.host).body

    with running_forge(tmp_path) as forge:
        bare = forge.repository("me/part")
        part = App(app.house, "part", "", "", tmp_path / "part")
        part.commit({"inside": "one\n"})
        part.git("push", "-q", str(bare), "main")
        app.git("submodule", "add", "-q", forge.url("me/part"), "part")
        live("1", "RUN grep one /part/inside && test ! -e /part/.git\n")
        part.commit({"inside": "two\n"})
        part.git("push", "-q", str(bare), "main")
        app.git("submodule", "update", "-q", "--remote")
        live("2", "RUN grep two /part/inside\n")
    live("3", "RUN grep two /part/inside\n")  # it did not move: it is not fetched again
    app.git("rm", "-qf", "part")
    app.commit({"part/inside": "our own now\n"})
    live("4", "RUN grep own /part/inside && test ! -e /part/more\n")


def test_a_run_of_the_box_is_replayed_on_the_working_tree(app: App) -> None:
    piped(app, 'language: generic\nscript: echo "run $TRAVIS_BUILD_NUMBER on $TRAVIS_BRANCH"\n')
    app.push()
    number = str(app.runs()[0]["number"])
    app.git("checkout", "-q", "-b", "elsewhere")
    done = app.house.homeport("pipeline", "run", "--from-run", number, str(app.folder))
    assert f"[{number}.1] run {number} on main" in done.stderr
    assert f"{number}.1" in done.stdout


def test_what_passed_before_is_not_run_again_where_the_box_believes_it(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    settings = {"HOMEPORT_SKIP_PASSED": "on"}
    for house in started(House(tmp_path_factory.mktemp("believes"), settings)):
        app = house.app()
        text = 'language: generic\nscript: echo it ran; test "$TRAVIS_BRANCH" = main\n'
        piped(app, text)
        assert "] it ran" in app.push().stderr
        first = app.runs()[0]["number"]
        app.git("commit", "-q", "--allow-empty", "-m", "the same files")
        again = app.push().stderr
        assert "] it ran" not in again
        page = f"http://127.0.0.1:{house.git_port}/runs/{first}/{first}.1"
        assert f"the same passed as job {first}.1 ({page})" in again
        jobs = house.data("run", "jobs", str(first + 1))
        assert [f"{first}.1"] == [job["proof"] for job in jobs]
        house.homeport("secret", "set", app.name, "KEY", stdin="changed")
        app.git("commit", "-q", "--allow-empty", "-m", "another secret")
        assert "] it ran" in app.push().stderr


def test_a_cache_is_kept_from_run_to_run_and_a_workspace_from_stage_to_stage(app: App) -> None:
    text = """
language: generic
cache: {directories: [kept]}
jobs:
  include:
    - stage: build
      script: mkdir -p kept; cat kept/before || true; date +%s%N >kept/before; cp kept/before made
      workspaces: {create: {name: built, paths: [made]}}
    - stage: use
      script: echo "it is $(cat made)"
      cache: false
      workspaces: {use: built}
"""
    piped(app, text)
    first = app.push().stderr
    made = re.findall(r"it is (\d{10,})", first)
    assert 1 == len(made)
    piped(app, text, again="")
    second = app.push().stderr
    assert f"] {made[0]}" in second
    assert made != re.findall(r"it is (\d{10,})", second)
    eventually(lambda: not list((app.house.state / "jobs").glob("*")))


SERVICE = """
FROM busybox:stable
CMD nc -ll -p 6379 -e true & exec nc -ll -p 11211 -e echo "it answers"
"""


def test_a_service_answers_on_the_localhost_of_its_job(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("served")
    name = f"hptest-{folder.parent.name}-service:latest"
    (folder / "Dockerfile").write_text(SERVICE)
    docker("build", "-q", "-t", name, str(folder))
    settings = {"HOMEPORT_SERVICE_IMAGES": f"memcached={name}, redis={name}"}
    try:
        for house in started(House(folder, settings)):
            app = house.app()
            piped(
                app, "language: generic\nservices: memcached\nscript: cat </dev/tcp/localhost/11211"
            )
            said = app.push().stderr
            assert f"memcached ({name}) answers at 127.0.0.1:11211" in said
            assert "] it answers" in said
            label = f"label=homeport.run={app.runs()[0]['number']}"
            assert "" == docker("ps", "-aq", "--filter", label)
            text = "language: generic\nservices: redis\nscript: redis-cli --version\n"
            text += "after_success: echo sees $(docker ps -aq | wc -l) of docker ps\n"
            piped(app, text)
            said = app.push().stderr
            assert "] redis-cli " in said  # it came when it was asked for
            assert "] sees 0 of docker ps" in said
    finally:
        docker("image", "rm", "-f", name)
