"""The keys of `.travis.yml`, what each may hold, and where it counts. Pure data.

Source: travis-yml's schema (`schema/def`), from which the order of the axes comes as well.
"""

from __future__ import annotations

from collections.abc import Mapping

from homeport.pipeline.travis.axes import AXES, AXIS_ALIASES, LANGUAGE_ALIASES, LANGUAGE_KEYS
from homeport.pipeline.travis.kinds import (
    Anything,
    Caches,
    Condition,
    Flag,
    Keys,
    Kind,
    Many,
    Text,
    Variables,
)
from homeport.pipeline.travis.typos import ELSEWHERE


def _known(values: str, aliases: Mapping[str, str] | None = None) -> Text:
    """The values, and what else each is called."""
    known = {value: value for value in values.split()}
    for value, others in (aliases or {}).items():
        known |= dict.fromkeys(others.split(), value)
    return Text(known=known)


LANGUAGE = _known(
    "android c clojure cpp crystal csharp d dart elixir elm erlang generic go groovy hack haskell"
    " haxe java julia matlab nix node_js perl perl6 php python r ruby objective-c rust scala shell"
    " smalltalk",
    {
        "cpp": "c++",
        "go": "golang",
        "java": "jvm",
        "node_js": "javascript js node",
        "objective-c": "objective_c swift",
        "shell": "bash minimal sh",
    },
)
OS = _known(
    "linux osx windows freebsd linux-ppc64le",
    {"linux": "ubuntu", "osx": "mac macos macosx ios", "windows": "win", "freebsd": "bsd"},
)
ARCH = _known(
    "amd64 arm64 arm64-graviton2 ppc64le i386 s390x",
    {"amd64": "x86_64 x64", "ppc64le": "power ppc ppc64", "i386": "x86"},
)
DIST = _known("trusty precise xenial bionic focal jammy noble server-2016 rhel8")
SERVICE = _known(
    "cassandra couchdb docker elasticsearch memcached mongodb mysql neo4j postgresql rabbitmq redis"
    " riak xvfb",
    {
        "memcached": "memcache",
        "postgresql": "postgres",
        "rabbitmq": "rabbitmq-server",
        "redis": "redis-server",
    },
)

TEXT, FLAG, ANYTHING = Text(), Flag(), Anything()
TEXTS = Many(item=TEXT)

PHASES = (
    "before_install",
    "install",
    "before_script",
    "script",
    "before_cache",
    "after_success",
    "after_failure",
    "before_deploy",
    "after_deploy",
    "after_script",
)


BRANCHES = Keys(
    fields={"only": TEXTS, "except": TEXTS}, aliases={"exclude": "except"}, prefix="only"
)
ON = Keys(
    fields={"branch": ANYTHING, "tags": FLAG, "condition": ANYTHING}, prefix="branch", open=True
)
DEPLOY = Keys(
    fields={"provider": TEXT, "on": ON}, aliases={"true": "on"}, prefix="provider", open=True
)
GIT = Keys(
    fields=dict.fromkeys(
        (
            "strategy",
            "depth",
            "quiet",
            "submodules",
            "symlinks",
            "submodules_depth",
            "lfs_skip_smudge",
            "sparse_checkout",
            "autocrlf",
        ),
        ANYTHING,
    )
)
APT = Keys(fields={"packages": TEXTS, "sources": Many(item=ANYTHING)}, prefix="packages", open=True)
ADDONS = Keys(fields={"apt": APT, "apt_packages": TEXTS, "hosts": TEXTS}, open=True)

# What holds for a job as well as for the whole file.
_JOB: dict[str, Kind] = {
    "virt": ANYTHING,
    "addons": ADDONS,
    "branches": BRANCHES,
    "cache": Caches(),
    "deploy": Many(item=DEPLOY),
    "git": GIT,
    "if": Condition(),
    "services": Many(item=SERVICE),
    "group": TEXT,
    "workspaces": ANYTHING,
    "keys": TEXTS,
    **dict.fromkeys(PHASES, TEXTS),
}
_OF_LANGUAGES: dict[str, Kind] = dict.fromkeys(LANGUAGE_KEYS, ANYTHING)


def _entry(*more: str) -> Keys:
    """An item of `jobs.include`, `exclude` or `allow_failures`: an axis has one value there."""
    axes: dict[str, Kind] = dict.fromkeys(AXES, TEXT)
    # `strs` in the schema of an entry, and so a list even there.
    axes |= {"os": OS, "arch": ARCH, "dart_task": ANYTHING, "smalltalk_config": TEXTS}
    own: dict[str, Kind] = {"language": LANGUAGE, "dist": DIST, "sudo": FLAG, "vm": ANYTHING}
    own |= {"env": Variables(), "name": TEXT, "stage": TEXT}
    extra: dict[str, Kind] = {"allow_failure": FLAG, "branch": TEXT, "vault": ANYTHING}
    return Keys(
        fields={**own, **axes, **_OF_LANGUAGES, **_JOB, **{key: extra[key] for key in more}},
        aliases=AXIS_ALIASES | LANGUAGE_ALIASES,
        keeps_empty=True,
    )


JOBS = Keys(
    fields={
        "include": Many(item=_entry("allow_failure", "vault")),
        "exclude": Many(item=_entry()),
        "allow_failures": Many(item=_entry("branch")),
        "fast_finish": FLAG,
    },
    aliases={"allowed_failures": "allow_failures", "fast_failure": "fast_finish"},
    prefix="include",
)

ENV = Keys(
    fields={"global": Variables(), "jobs": Variables()}, aliases={"matrix": "jobs"}, prefix="jobs"
)

STAGES = Many(item=Keys(fields={"name": TEXT, "if": Condition()}, prefix="name"))

_AXES: dict[str, Kind] = dict.fromkeys(AXES, TEXTS)
_AXES |= {"os": Many(item=OS), "arch": Many(item=ARCH), "dart_task": Many(item=ANYTHING)}

ROOT = Keys(
    fields={
        "language": LANGUAGE,
        "dist": DIST,
        "stack": ANYTHING,
        "sudo": FLAG,
        "import": ANYTHING,
        "env": ENV,
        "stages": STAGES,
        "jobs": JOBS,
        "notifications": ANYTHING,
        "version": ANYTHING,
        "vm": ANYTHING,
        "conditions": TEXT,
        "filter_secrets": ANYTHING,
        "trace": ANYTHING,
        "perforce_test_path": ANYTHING,
        "vault": ANYTHING,
        **_AXES,
        **_OF_LANGUAGES,
        **_JOB,
    },
    aliases={"matrix": "jobs", "branch": "branches", **AXIS_ALIASES, **LANGUAGE_ALIASES},
)


def _all_keys() -> frozenset[str]:
    entries = JOBS.fields["include"]
    assert isinstance(entries, Many)
    assert isinstance(entries.item, Keys)
    tables = (ROOT, JOBS, ENV, BRANCHES, entries.item)
    return ELSEWHERE.union(*(table.names for table in tables))


# A word that is a key somewhere is no typo of another.
ALL_KEYS = _all_keys()
