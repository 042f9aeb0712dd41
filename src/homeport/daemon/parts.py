"""Parts of the daemon that are made of settings, and what it takes of the machine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from homeport.daemon.address import elsewhere_of, port_of
from homeport.daemon.core import Core
from homeport.daemon.images import Registrar
from homeport.delivery.workshop import Workshop
from homeport.pipeline.job_images import read_table
from homeport.settings import Settings


def workshop_of(core: Core, registrar: Registrar, go_back: Callable[[str, int], None]) -> Workshop:
    """What deliveries work with, from settings."""
    settings = core.settings
    return Workshop(
        docker=core.docker,
        mover=core.mover,
        memory=core.memory,
        state=settings.state,
        domain=settings.domain,
        scheme_port=port_of(settings),
        deadline=settings.deadline,
        drain=settings.drain,
        keep_releases=settings.keep_releases,
        sbom=settings.sbom == "on",
        test_deadline=settings.test_deadline,
        job_image=settings.job_image,
        job_images=read_table(settings.job_images),
        service_images=read_table(settings.service_images),
        job_deadline=settings.job_deadline,
        job_silence=settings.job_silence,
        jobs=settings.jobs,
        working=asyncio.Semaphore(settings.jobs),
        skip_passed=settings.skip_passed == "on",
        untested=settings.untested == "on",
        pages=elsewhere_of(settings) or settings.git_url,
        contained=settings.contained == "on",
        job_marker=job_marker(settings),
        opened=core.system.ready,
        registry=registrar.registry,
        published=registrar.answers,
        go_back=go_back,
        building=asyncio.Semaphore(settings.builds),
    )


def job_marker(settings: Settings) -> str:
    """What the names of all jobs of this homeport begin with."""
    return f"{settings.system_project}-job-"


def resident() -> int:
    """The memory of this process, in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
