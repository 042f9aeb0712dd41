"""Compose's hashes. Those in this file were written by the plugin, 2.26.1."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from homeport.stack.hashes import (
    RULES,
    explained,
    foreseen,
    go_json,
    hashed_text,
    rule_of,
    service_hash,
    shared_hash,
    up_hashes,
)

IDLE: dict[str, Any] = {
    "command": ["sleep", "600"],
    "entrypoint": None,
    "image": "busybox:stable",
    "networks": {"default": None},
}
# What `docker compose up` wrote; the model's own order is that of Go's struct.
HASH_OF_IDLE = "2aaae2717d1217ea10d6418d7f85ae6063aa802691665e3da04c1854dfe2c953"
# `env_file` with FOO=bar: what `config --format json` prints, what `up` writes, `--hash` says.
FROM_FILE = {
    "command": ["sleep", "600"],
    "entrypoint": None,
    "environment": {"FOO": "bar"},
    "image": "busybox:stable",
    "networks": {"default": None},
}
WRITTEN = "9d6d9cb94ea959767d3492516360be8d86abe1f2beb1200026ba7079a533c7c8"
ASKED = "59a5c0bc074b69fd0086ce88487c593d1fe5b9685650eed0510d357374750c15"
OPTIONAL = {"condition": "service_started", "required": False}
ID, OTHER = "1" * 64, "2" * 64


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_service_has_the_hash_that_compose_gives_it() -> None:
    assert HASH_OF_IDLE == service_hash(IDLE, {})


def test_an_env_file_is_hashed_as_the_environment_that_it_gives() -> None:
    assert {"web": WRITTEN} == up_hashes({"web": FROM_FILE}, {"web": ASKED}, env_files=True)


def test_an_answer_that_no_rule_explains_stands_where_no_file_is_named() -> None:
    assert {"web": ASKED} == up_hashes({"web": FROM_FILE}, {"web": ASKED}, env_files=False)


@pytest.mark.parametrize(
    "more",
    [
        {"build": {"context": "/blog"}},
        {"pull_policy": "always"},
        {"scale": 3},
        {"depends_on": {"absent": OPTIONAL}},
        {"x-homeport": {"hold": 3}},
    ],
)
def test_what_does_not_make_another_container_is_not_hashed(more: dict[str, Any]) -> None:
    assert HASH_OF_IDLE == service_hash({**IDLE, **more}, {})


def test_the_number_of_replicas_is_not_hashed_and_the_rest_of_deploy_is() -> None:
    deploy = {"replicas": 3, "placement": {}}
    assert '{"deploy":{"placement":{}}}' == hashed_text({"deploy": deploy}, {})


def test_a_service_that_is_there_stays_among_those_that_are_depended_on() -> None:
    """As the plugin wrote it for one of two that was there."""
    service = {
        "command": ["sleep", "600"],
        "depends_on": {"base": OPTIONAL, "off": OPTIONAL},
        **IDLE,
    }
    expected = "6145c8ada81925061f349333baec57994ed848e4af626c9414c47cb63b8c7f80"
    assert expected == service_hash(service, {"base": IDLE})


def test_a_key_that_was_changed_since_is_hashed_as_it_was_printed() -> None:
    service = {"security_opt": ["seccomp={}"], "user": "1"}
    changed = {**service, "x-printed": {"security_opt": ["seccomp:file.json"]}}
    expected = '{"security_opt":["seccomp:file.json"],"user":"1"}'
    assert expected == hashed_text(changed, {})


@pytest.mark.parametrize("key", ["network_mode", "ipc", "pid"])
def test_a_namespace_is_hashed_with_the_full_id_of_the_container(key: str) -> None:
    expected = sha256(f'{{"{key}":"container:{ID}"}}')
    assert expected == shared_hash(hashed_text({key: "service:db"}, {}), {"db": ID})


def test_what_is_no_service_is_hashed_as_it_stands() -> None:
    service = {"ipc": "shareable", "network_mode": "container:outer", "pid": "host"}
    assert sha256(go_json(service)) == service_hash(service, {})


def test_volumes_from_is_hashed_without_mode() -> None:
    service = {"volumes_from": ["db:ro", "container:outer:ro", "cache"]}
    expected = sha256(f'{{"volumes_from":["{ID}","outer","{OTHER}"]}}')
    assert expected == shared_hash(hashed_text(service, {}), {"db": ID, "cache": OTHER})


def test_a_service_has_no_hash_while_the_container_that_it_joins_is_not_there() -> None:
    assert "" == shared_hash(hashed_text({"pid": "service:db"}, {}), {})


def test_text_is_escaped_as_go_escapes_it() -> None:
    expected = '{"a":"\\u003c\\u003e\\u0026\\u2028\\u2029é\\"\\\\\\n","b":[0.5,1,null,true]}'
    assert expected == go_json({"a": '<>&\u2028\u2029é"\\\n', "b": [0.5, 1, None, True]})


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_of_the_plugin_is_told_by_its_own_answers(rule: frozenset[str]) -> None:
    """Later versions hash neither depends_on nor profiles."""
    web = {**IDLE, "depends_on": {"db": OPTIONAL}, "profiles": ["all"]}
    asked = {"web": service_hash(web, {"db": IDLE}, rule), "files": ASKED}
    services = {"web": web, "files": FROM_FILE, "db": IDLE}
    assert rule == rule_of(services, asked)
    assert asked["web"] == up_hashes(services, asked, env_files=True)["web"]


def test_what_the_plugin_says_of_a_changed_service_is_known_before_it_is_asked() -> None:
    known = explained({"web": IDLE}, {"web": HASH_OF_IDLE})
    assert known
    changed = {"web": {**IDLE, "image": "busybox:1"}, "more": IDLE}
    expected = {"web": service_hash(changed["web"], {}), "more": HASH_OF_IDLE}
    assert expected == foreseen(changed, known)


def test_of_a_key_that_it_was_not_seen_to_hash_nothing_is_known() -> None:
    known = explained({"web": IDLE}, {"web": HASH_OF_IDLE})
    assert known
    assert foreseen({"web": {**IDLE, "depends_on": {}}}, known) is None


def test_of_a_plugin_whose_answers_follow_no_rule_nothing_is_known() -> None:
    services = {"web": FROM_FILE, "idle": IDLE}
    assert explained(services, {"web": ASKED, "idle": HASH_OF_IDLE}) is None
