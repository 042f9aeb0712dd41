"""The chart of builds: how long each waited and how long it took, as an SVG of stacked bars.

Across, everything is in percent and upwards in pixels: the chart is as wide as a phone or a desk,
and its text stays as large as the page's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

from homeport.model.image import BuildState, ImageBuild
from homeport.web.pages.environment import render_template
from homeport.web.pages.words import duration, short_ref

HEIGHT = 150  # pixels from zero to the top
_FEWEST = 24  # bars that the chart has room for: two builds are not two walls
_LEAST = 2.0  # pixels of a time that is not zero
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600)  # seconds
_TICKS = 4


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One build: left edge and width in percent, heights in pixels from the line of zero."""

    title: str
    kind: str  # done, failed, cancelled, going
    left: float
    width: float
    queued: float
    built: float

    @property
    def middle(self) -> float:
        return round(self.left + self.width / 2, 3)


class Tick(msgspec.Struct, frozen=True):
    """A line of the axis."""

    label: str
    height: float


class Chart(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn."""

    description: str
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    height: int = HEIGHT


def waited(build: ImageBuild, now: float) -> float:
    """Seconds in the queue; until now while it is there."""
    return max(0.0, (build.started_at or build.finished_at or now) - build.queued_at)


def took(build: ImageBuild, now: float) -> float:
    """Seconds of building; until now while it goes on, 0 where it never began."""
    return max(0.0, (build.finished_at or now) - build.started_at) if build.started_at else 0.0


def svg(builds: Sequence[ImageBuild], *, now: float) -> str:
    """The SVG of these builds, newest first as they are listed: the newest is drawn rightmost."""
    return render_template("chart.svg.j2", chart=layout(builds, now=now))


def layout(builds: Sequence[ImageBuild], *, now: float) -> Chart:
    """Where everything is drawn."""
    longest = max((waited(b, now) + took(b, now) for b in builds), default=0.0)
    step = _step(longest)
    top = step * max(1, math.ceil(longest / step))
    slot = 100 / max(len(builds), _FEWEST)
    return Chart(
        description=_description(builds, now),
        bars=tuple(
            _bar(build, now, right=100 - slot * number, slot=slot, scale=HEIGHT / top)
            for number, build in reversed(list(enumerate(builds)))
        ),
        ticks=tuple(
            Tick(f"{seconds:,} s", round(HEIGHT * seconds / top, 1))
            for seconds in range(0, top + 1, step)
        ),
    )


def _step(longest: float) -> int:
    """Seconds from one line of the axis to the next: as few lines as can be read."""
    for step in _STEPS:
        if longest <= step * _TICKS:
            return step
    return _STEPS[-1] * math.ceil(longest / _STEPS[-1] / _TICKS)


def _bar(build: ImageBuild, now: float, *, right: float, slot: float, scale: float) -> Bar:
    return Bar(
        title=_title(build, now),
        kind=_kind(build.state),
        left=round(right - slot * 0.88, 3),
        width=round(slot * 0.76, 3),
        queued=_pixels(waited(build, now), scale),
        built=_pixels(took(build, now), scale),
    )


def _pixels(seconds: float, scale: float) -> float:
    return round(max(seconds * scale, _LEAST), 1) if seconds > 0 else 0.0


def _kind(state: BuildState) -> str:
    match state:
        case BuildState.SUCCESS:
            return "done"
        case BuildState.FAILED:
            return "failed"
        case BuildState.CANCELLED:
            return "cancelled"
        case BuildState.PENDING | BuildState.BUILDING:
            return "going"


def _title(build: ImageBuild, now: float) -> str:
    return (
        f"Build {build.id}, {short_ref(build.ref)}: {build.state}, "
        f"queued {duration(waited(build, now))}, took {duration(took(build, now))}"
    )


def _description(builds: Sequence[ImageBuild], now: float) -> str:
    """What the chart shows, for those who do not see it."""
    times = sorted(took(b, now) for b in builds if b.state is BuildState.SUCCESS)
    failed = sum(b.state is BuildState.FAILED for b in builds)
    half = (
        f", half of the successful ones within {duration(times[len(times) // 2])}" if times else ""
    )
    count = "1 build" if len(builds) == 1 else f"{len(builds)} builds"
    return f"{count}, {failed} failed{half}. The newest is on the right."
