"""What docker-gen's options, files and facts say, and what becomes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from homeport.errors import FileFault, RequestError
from homeport.proxy.gen.configfile import read_config
from homeport.proxy.gen.facts import Facts, Health, Image, Mount, Network, State, Strings
from homeport.proxy.gen.options import (
    TOGETHER,
    TemplateConfig,
    Wait,
    parse_duration,
    parse_filters,
    parse_wait,
    plain_booleans,
)
from homeport.proxy.gen.output import (
    chosen,
    difference,
    mounted_alone,
    own_id,
    path_on_machine,
    proxy_networks,
    without_blank_lines,
)
from homeport.proxy.gen.read import read_facts, split_image
from homeport.proxy.gen.sites import Location, Server, Site, Sites, quoted, read_sites
from homeport.proxy.gen.write import put

ID = "0123456789ab" + "c" * 52


def container(name: str, *networks: str, **change: Any) -> Facts:
    env = Strings(change.pop("env", {}))
    shown: dict[str, Any] = {
        "ID": name,
        "Name": name,
        "State": State(Running=True),
        "Env": env,
        "Networks": tuple(Network(Name=n, IP="10.0.0.2") for n in networks or ("web",)),
    }
    return Facts(**{**shown, **change})


# --- options ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("500ms:2s", Wait(least=0.5, most=2)),
        (" 1s : 1m30s ", Wait(least=1, most=90)),
        ("500ms", Wait(least=0.5, most=2)),
        ("0", Wait(least=0, most=0)),
        ("", TOGETHER),
    ],
)
def test_wait_is_the_least_and_the_most(text: str, expected: Wait) -> None:
    assert expected == parse_wait(text)


@pytest.mark.parametrize("text", ["2s:1s", "1", "soon", "1s:", ":1s", "-1s", "1s2"])
def test_a_wait_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(RequestError):
        parse_wait(text)


def test_durations_are_gos() -> None:
    assert [0.0015, 3723.5] == [parse_duration("1.5ms"), parse_duration("1h2m3.5s")]


def test_a_file_is_due_after_quiet_and_never_later_than_the_most() -> None:
    wait = Wait(least=1, most=3)
    assert [11, 12.5, 13] == [wait.due(10, 10), wait.due(10, 11.5), wait.due(10, 12.9)]


def test_flags_with_a_value_are_read_as_go_reads_them() -> None:
    flags, options = {"-watch", "--watch"}, {"-watch", "--watch", "-notify"}
    given = ["-watch=true", "--watch=0", "-notify", "-watch=1", "a.tmpl", "-watch=true"]
    expected = ["-watch", "-notify", "-watch=1", "a.tmpl", "-watch=true"]
    assert expected == plain_booleans(given, flags, options)
    with pytest.raises(RequestError, match="'maybe' is neither true nor false"):
        plain_booleans(["-watch=maybe"], flags, options)


def test_filters_of_one_name_are_alternatives() -> None:
    pairs = ["label=a=b", "label=c", "status=running"]
    assert {"label": ("a=b", "c"), "status": ("running",)} == parse_filters(pairs)
    with pytest.raises(RequestError, match="'label' is no NAME=VALUE"):
        parse_filters(["label"])


# --- the configuration file ---

WHOLE = """
[[config]]
template = "/a.tmpl"
dest = "/a"
watch = true
wait = "500ms:2s"
notifycmd = "reload"
notifyoutput = true
onlyexposed = true
interval = 5

[config.NotifyContainers]
nginx = 1
other = -1

[[config]]
Template = "/b.tmpl"
OnlyPublished = true
IncludeStopped = true
KeepBlankLines = true
NotifyContainersSignal = 10

[config.NotifyContainersFilter]
label = ["reads=this"]

[config.ContainerFilter]
label = ["web", "api"]
"""


def test_a_configuration_file_says_what_the_options_say() -> None:
    first = TemplateConfig(
        template="/a.tmpl",
        dest="/a",
        watch=True,
        wait=Wait(least=0.5, most=2),
        notify_command="reload",
        notify_output=True,
        only_exposed=True,
        interval=5,
        notify={"nginx": 1, "other": -1},
    )
    second = TemplateConfig(
        template="/b.tmpl",
        only_published=True,
        include_stopped=True,
        keep_blank_lines=True,
        notify_signal=10,
        notify_filter={"label": ("reads=this",)},
        containers={"label": ("web", "api")},
    )
    assert [first, second] == read_config(WHOLE, "gen.toml")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[[config]\n", "gen.toml:1:9: Expected ']]' at the end of an array declaration"),
        ("[[config]]\ndest = 'a'\n", "gen.toml:1: config: names no template"),
        (
            "[[config]]\ntemplate = 'a'\n[[config]]\nwatch = 'yes'\n",
            "gen.toml:4: watch: cannot be 'yes': a boolean is wanted",
        ),
        ("[[config]]\nTempalte = 'a'\n", "gen.toml:2: tempalte: is no key"),
        ("template = 'a'\n", "gen.toml:1: template: is no key"),
        (
            "[[config]]\ntemplate = 'a'\n[config.NotifyContainers]\nnginx = 'HUP'\n",
            "gen.toml:3: notifycontainers: cannot be {'nginx': 'HUP'}: a number is wanted",
        ),
        ("[[config]]\nwait = '9'\n", "gen.toml:2: wait: cannot be '9': '9' is no duration"),
    ],
)
def test_a_fault_in_it_is_told_with_its_line_and_key(text: str, fault: str) -> None:
    with pytest.raises(FileFault) as error:
        read_config(text, "gen.toml")
    assert fault == error.value.message


# --- the facts ---


def test_the_facts_are_those_of_docker_gen() -> None:
    endpoint = {"IPAddress": "172.18.0.2", "Gateway": "172.18.0.1", "IPPrefixLen": 16}
    found = read_facts(
        {
            "Id": ID,
            "Name": "/web",
            "Created": "2024-01-02T03:04:05Z",
            "State": {"Running": True, "Health": {"Status": "starting"}},
            "Config": {
                "Image": "registry:5000/me/site:1",
                "Hostname": "web",
                "Env": ["A=b=c", "EMPTY="],
                "Labels": None,
            },
            "HostConfig": {"NetworkMode": "web"},
            "NetworkSettings": {
                "IPAddress": "",
                "Ports": {
                    "80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}],
                    "53/udp": None,
                },
                "Networks": {"web": endpoint, "inside": {}},
            },
            "Mounts": [{"Source": "/srv", "Destination": "/data", "RW": True}],
        },
        internal={"inside"},
    )
    assert (("53", "udp", ""), ("80", "tcp", "8080")) == tuple(
        (a.Port, a.Proto, a.HostPort) for a in found.Addresses
    )
    assert [("inside", True), ("web", False)] == [(n.Name, n.Internal) for n in found.Networks]
    assert ("web", {"A": "b=c", "EMPTY": ""}, {}) == (found.Name, found.Env, found.Labels)
    assert ("starting", True) == (found.State.Health.Status, found.Volumes["/data"].ReadWrite)
    assert ["8080"] == [address.HostPort for address in found.PublishedAddresses]


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("busybox", Image(Repository="busybox")),
        ("rycus86/demo-site:armhf", Image(Registry="rycus86", Repository="demo-site", Tag="armhf")),
        ("box:5000/a/b:1", Image(Registry="box:5000", Repository="a/b", Tag="1")),
    ],
)
def test_an_image_is_taken_apart_as_docker_gen_does(reference: str, expected: Image) -> None:
    assert (expected, reference) == (split_image(reference), str(expected))


# --- what is shown, and what becomes of it ---


def test_the_newest_comes_first_and_options_choose() -> None:
    old, new = container("old", Created="1"), container("new", Created="2")
    stopped = container("stopped", Created="3", State=State())
    config = TemplateConfig(template="t")
    assert [new, old] == chosen([old, stopped, new], config)


def test_blank_lines_go() -> None:
    assert "a\n b\nc" == without_blank_lines("\na\n  \n b\n\t\nc")
    assert "a\f\nb\r\n" == without_blank_lines("a\f\n\r\nb\r\n")


def test_a_difference_is_that_of_diff() -> None:
    assert "" == difference("a\n", "a\n", "f")
    assert "--- f\n+++ f (new)\n@@ -1 +1 @@\n-a\n+b\n" == difference("a", "b\n", "f")


def test_the_proxys_networks_are_those_of_whoever_is_told_else_ours_else_all() -> None:
    every = [container("nginx", "a", "b"), container("ours", "c"), container("x", "d")]
    host = container("host", NetworkMode="host")
    found = [
        proxy_networks(every, told, own)
        for told, own in ((["nginx"], "ours"), (["gone"], "ours"), ([], ""), (["x"], ""))
    ]
    assert [["a", "b"], ["c"], None, ["d"]] == found
    assert proxy_networks([host], ["host"], "") is None


def test_our_own_container_is_found_in_cgroups_and_mounts() -> None:
    other = "f" * 64
    layers = f"1 2 0:1 / / rw - overlay overlay upperdir=/var/lib/docker/overlay2/{other}/diff\n"
    hosts = f"3 1 8:1 /var/lib/docker/containers/{ID}/hosts /etc/hosts rw - ext4 x\n"
    shm = f"9 1 0:5 / /var/lib/docker/containers/{other}/mounts/shm rw - tmpfs shm\n"
    assert ID == own_id("web", [f"5:cpu:/docker/{ID}\n"])
    assert ID == own_id("web", ["0::/\n", layers + hosts])
    assert "" == own_id("box", ["0::/user.slice\n", layers + shm])
    assert ID == own_id(ID[:12], [f"1:x:/{other}\n2:y:/docker/{ID}\n"])


def test_a_file_that_a_container_mounts_by_itself_is_known_by_its_path_on_the_machine() -> None:
    nginx = container("nginx", Mounts=(Mount(Source="/srv/conf/default.conf", Destination="/x"),))
    own = container("ours", Mounts=(Mount(Source="/srv/conf", Destination="/out"),))
    assert "/srv/conf/default.conf" == path_on_machine("/out/default.conf", own)
    assert ("/etc/x", "") == (path_on_machine("/etc/x", None), path_on_machine("/etc/x", own))
    assert mounted_alone("/srv/conf/default.conf", [nginx])
    assert not mounted_alone("/srv/conf", [nginx])


def test_a_file_is_replaced_whole_with_its_rights_or_written_over_in_place(tmp_path: Path) -> None:
    file, link = tmp_path / "f", tmp_path / "link"
    file.write_text("a long text")
    file.chmod(0o640)
    link.symlink_to(file)
    before = file.stat().st_ino
    put(link, b"new", mounted=True)
    assert (before, "new") == (file.stat().st_ino, file.read_text())
    put(link, b"newer", mounted=False)
    assert (True, "newer", 0o640) == (
        link.is_symlink(),
        file.read_text(),
        file.stat().st_mode & 0o777,
    )
    assert before != file.stat().st_ino
    assert ["f", "link"] == sorted(entry.name for entry in tmp_path.iterdir())


# --- sites ---


def test_containers_share_a_host_and_split_its_paths() -> None:
    one = container("one", env={"VIRTUAL_HOST": "a.example", "VIRTUAL_PORT": "5000"})
    two = container("two", env={"VIRTUAL_HOST": "a.example", "VIRTUAL_PORT": "5000"})
    api = container("api", env={"VIRTUAL_HOST": "a.example", "VIRTUAL_PATH": "/api"})
    servers = tuple(Server(address="10.0.0.2:5000", container=n) for n in ("one", "two"))
    root = Location(path="/", upstream="a.example-90d17dda", servers=servers, reasons=())
    below = (Server(address="10.0.0.2:80", container="api"),)
    found = read_sites([two, api, one], ["web"])
    locations = found.sites[0].locations
    assert (root, "/api", below) == (locations[0], locations[1].path, locations[1].servers)


def test_who_cannot_answer_is_named_with_the_reason() -> None:
    env = {"VIRTUAL_HOST": "a.example"}
    every = [
        container("away", "elsewhere", env=env),
        container("ill", env=env, State=State(Running=True, Health=Health(Status="unhealthy"))),
        container("off", env=env, State=State()),
    ]
    reasons = (
        "away: it shares no network with the proxy",
        "ill: its healthcheck says unhealthy",
        "off: it does not run",
    )
    location = Location(path="/", upstream="a.example-90d17dda", servers=(), reasons=reasons)
    site = Site(host="a.example", name="a.example", locations=(location,))
    assert Sites(sites=(site,), refused=()) == read_sites(every, ["web"])


def test_what_cannot_be_is_refused_and_takes_nobody_with_it() -> None:
    bad = container("bad", env={"VIRTUAL_HOST": 'x; } server { "', "VIRTUAL_PORT": "1"})
    good = container("good", env={"VIRTUAL_HOST": "good.example"})
    found = read_sites([bad, good, container("plain")], None)
    assert ["good.example"] == [site.host for site in found.sites]
    assert (
        "bad: VIRTUAL_HOST _x_ _ server _ __ is no host name: several names have commas between "
        "them",
    ) == found.refused


def test_a_quoted_value_cannot_end_its_string() -> None:
    assert '"a\\"; \\\\ #"' == quoted('a"; \\ #')
    for hostile in ("a\nb", "$request", "a\x00"):
        with pytest.raises(ValueError, match="cannot stand"):
            quoted(hostile)
