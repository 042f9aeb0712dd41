"""What jobs in C and C++ are told of their compiler, and what brings it. Pure.

Source: travis-build, `script/c.rb` and `script/cpp.rb`.
"""

from __future__ import annotations

import re

from homeport.pipeline.bash.program import Variable
from homeport.pipeline.travis.model import Job

_DEFAULTS = {"c": "gcc", "cpp": "g++"}
_NAME = re.compile(r"[A-Za-z0-9_.+-]{1,60}")
_GNU, _CLANG = ("gcc", "g++"), ("clang", "clang++")


def compilers(job: Job) -> list[Variable]:
    """`CC` and `CXX`, where the file does not say them itself."""
    compiler = _compiler(job)
    if not compiler:
        return []
    names = {"CC": compiler}
    if job.language == "cpp":
        cc, cxx = _CLANG if compiler.startswith("clang") else _GNU
        names = {"CC": cc, "CXX": cxx, "CC_FOR_BUILD": cc, "CXX_FOR_BUILD": cxx}
    given = [Variable(name=key, value=f"${{{key}:-{value}}}") for key, value in names.items()]
    return [Variable(name="TRAVIS_COMPILER", value=compiler, literal=True), *given]


def compiler_packages(job: Job) -> list[str]:
    """The image of these languages has GNU's compilers; Travis has clang as well."""
    return ["clang"] if _compiler(job) in _CLANG else []


def _compiler(job: Job) -> str:
    default = _DEFAULTS.get(job.language, "")
    named = str(job.versions.get("compiler") or default)
    return named if default and _NAME.fullmatch(named) else default
