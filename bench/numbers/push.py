"""Push to live, against the raw floor: a hook that builds, runs and reloads nginx."""

from __future__ import annotations

from bench.figure import Figure, ratio
from bench.floor import Floor
from bench.house import App, house
from bench.lab import say
from bench.pairs import interleaved

PAIRS, QUICK = 20, 5
LIMIT = 1.3


def measure(quick: bool) -> list[Figure]:
    """The same repository, pushed in turns to both; never the same version, or the
    one would find the layers of the other."""
    with house() as home:
        app, floor = home.app("push"), Floor(home.place)
        subjects = {
            "homeport": lambda: _push_home(app),
            "floor": lambda: floor.push(app.repository).seconds,
        }
        interleaved(subjects, 2)  # the first push fills caches, the second has an old container
        samples = interleaved(subjects, QUICK if quick else PAIRS, say)
    return [ratio("push to live", samples=samples, of="homeport", to="floor", limit=LIMIT)]


def _push_home(app: App) -> float:
    seconds = app.push().seconds
    app.settle()
    return seconds
