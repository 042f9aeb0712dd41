"""A figure with its target: what `script/bench` prints, and what it fails for."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number. Every figure is better the smaller it is."""

    name: str
    value: float
    unit: str
    limit: float
    detail: str = ""  # against what, how often, how far apart
    samples: Mapping[str, Sequence[float]] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether the target is met."""
        return self.value <= self.limit

    def __str__(self) -> str:
        verdict = "pass" if self.passed else "MISS"
        value, limit = f"{self.value:.4g} {self.unit}", f"{self.limit:g} {self.unit}"
        return f"{verdict}  {self.name:<34} {value:>11}  (at most {limit})  {self.detail}"

    def as_json(self) -> dict[str, Any]:
        """As `--json` writes it."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "limit": self.limit,
            "passed": self.passed,
            "detail": self.detail,
            "samples": {name: list(values) for name, values in self.samples.items()},
        }


def ratio(
    name: str,
    *,
    samples: Mapping[str, Sequence[float]],
    of: str,
    to: str,
    limit: float,
    note: str = "",
) -> Figure:
    """The ratio of the medians of two interleaved series, in seconds: `of` to the baseline `to`."""
    value = statistics.median(samples[of]) / statistics.median(samples[to])
    shown = ", ".join(f"{key} {spread(samples[key])}" for key in (of, to))
    detail = f"{shown}, {len(samples[of])} pairs{', ' if note else ''}{note}"
    return Figure(name=name, value=value, unit="x", limit=limit, detail=detail, samples=samples)


def median(name: str, samples: Sequence[float], *, limit: float, detail: str = "") -> Figure:
    """The median of a series in seconds."""
    detail = f"{spread(samples)}, {len(samples)} times{', ' if detail else ''}{detail}"
    return Figure(
        name=name,
        value=statistics.median(samples),
        unit="s",
        limit=limit,
        detail=detail,
        samples={name: samples},
    )


def spread(values: Sequence[float]) -> str:
    """The median and the range, in seconds: `0.98 s (0.90-1.14)`."""
    return f"{statistics.median(values):.3f} s ({min(values):.3f}-{max(values):.3f})"
