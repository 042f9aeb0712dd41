"""What expands the matrix, and which language knows which key. Pure data.

Source: travis-yml's schema (`schema/def/lang`), and so is the order of the axes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
LANGUAGE_ALIASES = {"virtual_env": "virtualenv", "use_bioc": "bioc_required"}


def languages_of(key: str) -> Sequence[str] | None:
    """The languages that know a key; None: all of them."""
    return AXES.get(key) or LANGUAGE_KEYS.get(key)
