"""What a job asks for and does not get on this box: said, and not dropped in silence. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from homeport.errors import RequestError
from homeport.model.image import Platform, read_platform
from homeport.pipeline.deployments import is_script, left_out
from homeport.pipeline.services import is_known
from homeport.pipeline.travis.model import Git, Job

_OURS = ("linux", None)


def runs_here(job: Job) -> bool:
    """Whether a job can run at all: there is no macOS and no Windows in a container."""
    return job.os in _OURS


def platform_of(job: Job) -> Platform | None:
    """The platform that a job names (`arm64-graviton2` is arm64); None: the box's own.

    Raises:
        RequestError: it is none that Linux has.
    """
    return read_platform(job.arch.partition("-")[0]) if job.arch else None


def runs_on(can_run: Callable[[Platform], bool]) -> Callable[[Job], bool]:
    """Whether a job runs on a box that runs, or emulates, these platforms."""

    def runs(job: Job) -> bool:
        try:
            platform = platform_of(job)
        except RequestError:
            return False
        return runs_here(job) and (platform is None or can_run(platform))

    return runs


def told(
    jobs: Iterable[Job],
    *,
    opens: bool = False,
    runs: Callable[[Job], bool] = runs_here,
    deploys: bool = False,
) -> list[str]:
    """A sentence for each thing that is left out, each once.

    Args:
        jobs: those of a file.
        opens: whether there is a key that opens what is encrypted.
        runs: whether a job runs on this box.
        deploys: whether it is a push, of which scripts deploy.
    """
    found = (sentence for job in jobs for sentence in _of(job, opens, runs, deploys))
    return list(dict.fromkeys(found))


def untested(jobs: Sequence[Job], runs: Callable[[Job], bool]) -> str:
    """Why a file's jobs test nothing on this box; "" where one runs, or the file asks for none."""
    if not jobs or any(map(runs, jobs)):
        return ""
    wanted = {str(job.os) if not runs_here(job) else str(job.arch) for job in jobs}
    return f"no job of it runs on this box, which is not for {', '.join(sorted(wanted))}"


def _of(job: Job, opens: bool, runs: Callable[[Job], bool], deploys: bool) -> Iterator[str]:
    if not runs_here(job):
        yield f"jobs for {job.os} are not run: this box has Linux"
        return
    if not runs(job):
        yield f"jobs for {job.arch} are not run: this box has no emulator for it"
        return
    for service in job.services:
        if not is_known(service):
            yield f"the service {service} is not started"
    if not opens and any(variable.encrypted for variable in job.env):
        yield "encrypted variables are left out: homeport secret set gives jobs what they need"
    yield from _of_git(job.git)
    if not deploys and any(map(is_script, job.deploy)):
        yield "deploy: script is not carried out: that is for pushes"
    for provider in left_out(job):
        yield f"deploy: {provider} is not carried out: homeport deploys what passed"
    yield from _of_addons(job.addons)


def _of_git(git: Git) -> Iterator[str]:
    """What would make another checkout; `autocrlf: input` makes the same one."""
    plain = Git()
    named = ("submodules_depth", "strategy", "lfs_skip_smudge", "sparse_checkout")
    options = [name for name in named if getattr(git, name) != getattr(plain, name)]
    for option in [*options, *(["autocrlf"] if git.autocrlf == "true" else [])]:
        yield f"git: {option} is not carried out: a job has the checkout as git makes it"


def _of_addons(addons: Mapping[str, Any]) -> Iterator[str]:
    for addon in addons:
        if addon != "apt":
            yield f"the addon {addon} is not installed"
        elif set(_mapping(addons[addon])) - {"packages", "update"}:
            yield "the addon apt is not installed but for its packages"


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
