"""From a job of a file to what its container is told to do. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from homeport.model.pull import PullRequest
from homeport.pipeline import travis
from homeport.pipeline.bash.program import PHASES, Deployment, Pack, Variable, Work
from homeport.pipeline.compilers import compiler_packages, compilers
from homeport.pipeline.deployments import Place, deployments
from homeport.pipeline.keep import cached, created, used
from homeport.pipeline.limits import platform_of
from homeport.pipeline.services import services_of
from homeport.pipeline.travis.model import Job
from homeport.pipeline.variables import About, variables

INSIDE = "/homeport"  # where a job finds its program, and leaves what it made
KEPT = "cache.tar"  # in INSIDE: what a job keeps
CACHE = "/homeport-cache.tar"  # what one before it kept
WORKSPACES = "/homeport-workspaces"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What a job is run for: the same for all jobs of a run."""

    slug: str
    branch: str
    tag: str = ""
    commit: str
    message: str
    before: str = ""  # the commit that the branch named
    run: int
    arch: str = "amd64"  # of the box
    pull: PullRequest | None = None
    url: str = ""  # the page of the run; those of its jobs are below it
    live: bool = False  # whether what is pushed to this branch goes live
    deploys: bool = False  # whether `deploy:` is carried out: not for a working tree


def work_of(
    job: Job,
    occasion: Occasion,
    *,
    label: str,
    folder: str,
    secrets: Mapping[str, str],
    opened: Mapping[str, str] | None = None,
) -> Work:
    """The variables and commands of a job.

    Args:
        job: as the file has it.
        occasion: what it is run for.
        label: its number in the run, `12.1`.
        folder: where its checkout is, inside.
        secrets: name -> value; they are given to it, and shown nowhere.
        opened: what its encrypted variables say; those that are not here are left out.
    """
    about = About(
        slug=occasion.slug,
        branch=occasion.branch,
        tag=occasion.tag,
        commit=occasion.commit,
        message=occasion.message,
        before=occasion.before,
        run=occasion.run,
        number=label,
        name=job.name or "",
        stage=job.stage or "",
        language=job.language,
        versions=job.versions,
        arch=job.arch or occasion.arch,
        dist=job.dist or "focal",
        allow_failure=job.allow_failure,
        folder=folder,
        url=occasion.url,
        secure=bool(secrets or opened),
        **_pull(occasion.pull),
    )
    own = [Variable(name=n, value=v, literal=True, secret=True) for n, v in secrets.items()]
    phases = {phase: travis.commands(job, phase) for phase in PHASES}
    given = list(_given(job, opened or {}))
    clients = [one.clients for one in services_of(job.services, {}) if one.clients]
    told = [Variable(name=n, value=v, literal=True) for c in clients for n, v in c.told.items()]
    return Work(
        variables=[
            *variables(about),
            *told,
            *_of_platform(job, occasion),
            *own,
            *given,
            *compilers(job),
        ],
        phases=phases,
        packages=[*packages(job), *compiler_packages(job)],
        clients=clients,
        display=_display(job),
        unpacks=[CACHE, *(f"{WORKSPACES}/{name}.tar" for name in used(job))],
        packs=_packs(job),
        deployments=_deployments(job, occasion),
    )


def _deployments(job: Job, occasion: Occasion) -> list[Deployment]:
    if occasion.pull or not occasion.deploys:
        return []
    place = Place(branch=occasion.branch, tag=occasion.tag, live=occasion.live)
    return deployments(job, place)


def _display(job: Job) -> str:
    """`services: xvfb` starts one; commands that name it start it themselves."""
    if "xvfb" in job.services:
        return "started"
    said = (command for commands in job.phases.values() for command in commands)
    return "there" if any("xvfb" in command.lower() for command in said) else ""


def _of_platform(job: Job, occasion: Occasion) -> list[Variable]:
    """What a job of another architecture builds and runs is of its own, too."""
    platform = platform_of(job)
    if platform is None or platform.arch == occasion.arch:
        return []
    return [Variable(name="DOCKER_DEFAULT_PLATFORM", value=str(platform), literal=True)]


def _given(job: Job, opened: Mapping[str, str]) -> Iterator[Variable]:
    """The variables of the file; one whose name is encrypted as well is `NAME=VALUE` inside."""
    for one in job.env:
        plain = opened.get(one.value)
        if not one.encrypted:
            yield Variable(name=one.name, value=one.value)
        elif plain is not None:
            name, _, value = plain.partition("=") if one.name == "secure" else (one.name, "", plain)
            if _NAME.fullmatch(name):
                yield Variable(name=name, value=value, literal=True, secret=True)


def secret_values(opened: Mapping[str, str]) -> list[str]:
    """What must not be shown: an encrypted `NAME=VALUE` is as secret as its value alone."""
    values = (plain.partition("=")[2] for plain in opened.values())
    return [*opened.values(), *(value for value in values if value)]


def _pull(pull: PullRequest | None) -> dict[str, str]:
    """What a job is told of the pull request that it is run for."""
    if pull is None:
        return {}
    return {
        "event": "pull_request",
        "pull_request": str(pull.number),
        "pull_request_branch": pull.head,
        "pull_request_slug": pull.slug,
    }


def packages(job: Job) -> list[str]:
    """`addons.apt.packages`: what the system's own package manager brings."""
    apt = job.addons.get("apt")
    given = apt.get("packages") if isinstance(apt, Mapping) else apt
    names = [given] if isinstance(given, str) else given
    return [str(name) for name in names] if isinstance(names, Sequence) else []


def _packs(job: Job) -> list[Pack]:
    packs = [
        Pack(file=f"{INSIDE}/{workspace.name}.tar", names=workspace.paths)
        for workspace in created(job)
    ]
    if names := cached(job):
        packs.append(Pack(file=f"{INSIDE}/{KEPT}", names=names, whatever=True))
    return packs
