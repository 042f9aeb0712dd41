"""The keys of `.travis.yml`, what each may hold, and where it counts. Pure data.

Source: travis-yml's schema (`schema/def`), from which the order of the axes comes as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from homeport.pipeline.travis.kinds import Anything, Caches, Flag, Keys, Kind, Many, Text, Variables
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

# Each axis of the matrix, in the order in which they are multiplied, with the languages that know
# it; `env` is the last. None: every language.
AXES: Mapping[str, tuple[str, ...] | None] = {
    "os": None,
    "arch": None,
    "compiler": ("c", "cpp"),
    "osx_image": None,
    "jdk": ("android", "clojure", "groovy", "java", "ruby", "scala"),
    "crystal": ("crystal",),
    "dotnet": ("csharp",),
    "mono": ("csharp",),
    "solution": ("csharp",),
    "d": ("d",),
    "dart": ("dart",),
    "dart_task": ("dart",),
    "elixir": ("elixir",),
    "otp_release": ("elixir", "erlang"),
    "elm": ("elm",),
    "node_js": ("elm", "node_js"),
    "go": ("go",),
    "hhvm": ("hack",),
    "php": ("hack", "php"),
    "ghc": ("haskell",),
    "haxe": ("haxe",),
    "julia": ("julia",),
    "matlab": ("matlab",),
    "nix": ("nix",),
    "perl": ("perl",),
    "perl6": ("perl6",),
    "python": ("python",),
    "r": ("r",),
    "rvm": ("ruby", "objective-c"),
    "gemfile": ("ruby", "objective-c"),
    "xcode_scheme": ("objective-c",),
    "xcode_sdk": ("objective-c",),
    "rust": ("rust",),
    "scala": ("scala",),
    "smalltalk": ("smalltalk",),
    "smalltalk_config": ("smalltalk",),
    "smalltalk_vm": ("smalltalk",),
}
AXIS_ALIASES = {"node": "node_js", "ruby": "rvm", "rbenv": "rvm", "gemfiles": "gemfile"}
VERSIONS = tuple(axis for axis in AXES if axis not in ("os", "arch", "solution"))
# osx_image counts on macOS alone, arch on Linux alone.
AXIS_OS: Mapping[str, tuple[str, ...]] = {"osx_image": ("osx",), "arch": ("linux",)}

# What one language alone knows besides its axes.
LANGUAGE_KEYS: Mapping[str, tuple[str, ...]] = {
    "android": ("android",),
    "lein": ("clojure",),
    "with_content_shell": ("dart",),
    "elm_format": ("elm",),
    "elm_test": ("elm",),
    "gobuild_args": ("go",),
    "go_import_path": ("go",),
    "gimme_config": ("go",),
    "hxml": ("haxe",),
    "neko": ("haxe",),
    "npm_args": ("node_js",),
    "bundler_args": ("ruby", "objective-c"),
    "podfile": ("objective-c",),
    "xcode_destination": ("objective-c",),
    "xcode_project": ("objective-c",),
    "xcode_workspace": ("objective-c",),
    "xctool_args": ("objective-c",),
    "composer_args": ("php",),
    "virtualenv": ("python",),
    "sbt_args": ("scala",),
    "smalltalk_edge": ("smalltalk",),
    **dict.fromkeys(
        (
            "r_packages",
            "r_binary_packages",
            "r_github_packages",
            "apt_packages",
            "bioc_packages",
            "brew_packages",
            "bioc",
            "bioc_check",
            "bioc_required",
            "bioc_use_devel",
            "cran",
            "disable_homebrew",
            "latex",
            "pandoc",
            "pandoc_version",
            "r_build_args",
            "r_check_args",
            "r_check_revdep",
            "warnings_are_errors",
            "remotes",
            "repos",
        ),
        ("r",),
    ),
}
_LANGUAGE_ALIASES = {"virtual_env": "virtualenv", "use_bioc": "bioc_required"}

BRANCHES = Keys(
    fields={"only": TEXTS, "except": TEXTS}, aliases={"exclude": "except"}, prefix="only"
)
_DEPLOY = Keys(
    fields={
        "provider": TEXT,
        "on": Keys(
            fields=dict.fromkeys(("branch", "repo", "condition", "all_branches", "tags"), ANYTHING),
            prefix="branch",
        ),
    },
    aliases={"true": "on"},
    prefix="provider",
)

# What holds for a job as well as for the whole file.
_JOB: dict[str, Kind] = {
    "virt": ANYTHING,
    "addons": ANYTHING,
    "branches": BRANCHES,
    "cache": Caches(),
    "deploy": ANYTHING,
    "git": ANYTHING,
    "if": TEXT,
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
        aliases=AXIS_ALIASES | _LANGUAGE_ALIASES,
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

STAGES = Many(item=Keys(fields={"name": TEXT, "if": TEXT}, prefix="name"))

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
    aliases={"matrix": "jobs", "branch": "branches", **AXIS_ALIASES, **_LANGUAGE_ALIASES},
)


def languages_of(key: str) -> Sequence[str] | None:
    """The languages that know a key; None: all of them."""
    return AXES.get(key) or LANGUAGE_KEYS.get(key)


def _all_keys() -> frozenset[str]:
    entries = JOBS.fields["include"]
    assert isinstance(entries, Many)
    assert isinstance(entries.item, Keys)
    tables = (ROOT, JOBS, ENV, BRANCHES, entries.item)
    return ELSEWHERE.union(*(table.names for table in tables))


# A word that is a key somewhere is no typo of another.
ALL_KEYS = _all_keys()
