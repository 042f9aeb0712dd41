"""The program of a job: pure, from its phases and variables to text.

Source: docs.travis-ci.com, "Job Lifecycle": what breaks a build, and what does not.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources

# In their order. What of them fails, and what that means, is the function that runs their commands.
_BEFORE = ("before_install", "install", "before_script")
PHASES = (
    *_BEFORE, "script", "before_cache", "after_success", "after_failure", "before_deploy", "deploy",
    "after_deploy", "after_script",
)  # fmt: skip
_SKIPPED = (["skip"], ["ignore"], ["true"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A variable: its value as it is written in the file, for bash to evaluate; or as it is."""

    name: str
    value: str
    secret: bool = False
    literal: bool = False

    @property
    def line(self) -> str:
        """The command that sets it."""
        value = shlex.quote(self.value) if self.literal else self.value or "''"
        return f"export {self.name}={value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """An archive that the job leaves, and what goes into it, as it is written in the file."""

    file: str
    names: Sequence[str]
    whatever: bool = False  # made though the job failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """Programs that ask a service: Travis has them, the image of a job may not."""

    package: str  # of Debian and Ubuntu
    programs: Sequence[str]
    told: Mapping[str, str] = field(default_factory=dict)  # where it is, in variables


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What a job does once it has passed; `reason`: why it does not, where that is known before."""

    commands: Sequence[str] = ()
    conditions: Sequence[str] = ()  # of bash, as they are written in the file
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a job does."""

    variables: Sequence[Variable] = ()
    phases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    packages: Sequence[str] = ()  # `addons.apt.packages`
    clients: Sequence[Clients] = ()
    display: str = ""  # a virtual one is "there" to be started, or "started"
    unpacks: Sequence[str] = ()  # archives that it starts with, where they are there
    packs: Sequence[Pack] = ()
    deployments: Sequence[Deployment] = ()  # none for a pull request


def program(work: Work) -> str:
    """The text that bash is given."""
    return "\n".join(
        [
            "#!/bin/bash",
            resources.files(__package__).joinpath("helpers.bash").read_text(),
            *_environment(work.variables),
            *_given(work),
            *(line for name in _BEFORE for line in _phase(work, name, "must")),
            *_phase(work, "script", "test"),
            *_script_result(),
            *_phase(work, "before_cache", "may"),
            *_packs(work, whatever=True),
            *_afterwards(work),
            "homeport_end",
            "",
        ]
    )


def _environment(variables: Iterable[Variable]) -> list[str]:
    """Each sees those before it. What is secret is never shown."""
    lines = ["homeport_phase env"]
    for variable in variables:
        lines.append(variable.line)
        if not (variable.literal or variable.secret):
            lines.append(f"printf '$ %s\\n' {shlex.quote(variable.line)}")
        if variable.secret:
            lines.append(f"printf '$ %s\\n' 'export {variable.name}=[secure]'")
    return lines


def _given(work: Work) -> list[str]:
    """What is there before the commands: kept folders, and packages of the system."""
    lines = [f"homeport_unpack {shlex.quote(file)}" for file in work.unpacks]
    lines += [f"homeport_clients {one.package} {' '.join(one.programs)}" for one in work.clients]
    if work.display:
        lines.append(f"homeport_display {work.display}")
    if work.packages:
        names = " ".join(map(shlex.quote, work.packages))
        install = f"apt-get update -qq && apt-get install -qq --no-install-recommends -y {names}"
        lines += ["homeport_fold start apt", f"homeport_must {shlex.quote(install)}"]
        lines += ["homeport_fold end apt"]
    return ["homeport_phase setup", *lines] if lines else []


def _packs(work: Work, *, whatever: bool) -> list[str]:
    return [
        f"homeport_pack {shlex.quote(pack.file)} {' '.join(map(shlex.quote, pack.names))}"
        for pack in work.packs
        if pack.whatever is whatever
    ]


def _phase(work: Work, name: str, how: str) -> list[str]:
    commands = list(work.phases.get(name) or ())
    if not commands or (commands in _SKIPPED and name != "script"):
        return []
    lines = [f"homeport_phase {name}"]
    for number, command in enumerate(commands, start=1):
        fold = name if len(commands) == 1 else f"{name}.{number}"
        run = f"homeport_{how} {shlex.quote(command)}"
        lines += [f"homeport_fold start {fold}", run, f"homeport_fold end {fold}"]
    return lines


def _script_result() -> list[str]:
    return ["export TRAVIS_TEST_RESULT=${TRAVIS_TEST_RESULT:-0}"]


def _afterwards(work: Work) -> list[str]:
    """`after_success` or `after_failure`, the deployment, and `after_script` in any case."""
    success = [*_packs(work, whatever=False), *_phase(work, "after_success", "may")]
    for deployment in work.deployments:
        success += _deploy(work, deployment)
    failure = _phase(work, "after_failure", "may")
    return [
        'if [ "$TRAVIS_TEST_RESULT" = 0 ]; then',
        *(success or [":"]),
        "else",
        *(failure or [":"]),
        "fi",
        *_phase(work, "after_script", "may"),
    ]


def _deploy(work: Work, deployment: Deployment) -> list[str]:
    """A deployment between its phases. A script runs beside: what it changes of bash is its own."""
    if deployment.reason:
        return [_skipping(deployment.reason)]
    lines = [*_phase(work, "before_deploy", "must"), "homeport_phase deploy"]
    lines.append("homeport_fold start deploy")
    lines += [f"homeport_must {_beside(one)} {shlex.quote(one)}" for one in deployment.commands]
    lines += ["homeport_fold end deploy", *_phase(work, "after_deploy", "may")]
    if not deployment.conditions:
        return lines
    # Through eval: one that is no condition breaks the deployment, and not the program.
    holds = " && ".join(f"eval {shlex.quote(f'[[ {one} ]]')}" for one in deployment.conditions)
    skipping = _skipping("a condition does not hold")
    return [f"if {holds}; then", *lines, "else", skipping, "fi"]


def _beside(command: str) -> str:
    """A command in a bash of its own; it may end in a comment."""
    return shlex.quote("(" + command + "\n)")


def _skipping(reason: str) -> str:
    return f"printf '%s\\n' {shlex.quote(f'Skipping a deployment, because {reason}.')}"
