"""From "the new container is ready" to "the proxy answers from it"."""

from __future__ import annotations

from bench.figure import Figure, median
from bench.house import App, house
from bench.lab import say

PUSHES, QUICK = 10, 4
LIMIT = 0.2


def measure(quick: bool) -> list[Figure]:
    """The app answers when it began to listen: on the same clock as ours."""
    with house() as home:
        app = home.app("switch")
        app.push()
        found = [_once(app, number) for number in range(QUICK if quick else PUSHES)]
    worst = Figure(name="ready to routed, longest", value=max(found), unit="s", limit=LIMIT)
    return [median("ready to routed", found, limit=LIMIT), worst]


def _once(app: App, number: int) -> float:
    say(f"push {number + 1}")
    app.settle()
    answer = app.push().answer
    return answer.at - float(answer.body.split()[1])
