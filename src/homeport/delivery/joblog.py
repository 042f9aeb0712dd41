"""Where the output of a job goes: to its own log as it is, to the run's line by line."""

from __future__ import annotations

from collections.abc import Iterable

from homeport.delivery.workshop import Memory
from homeport.pipeline.container import Lines
from homeport.pipeline.folds import readable


class JobLog:
    """Takes what a job prints."""

    def __init__(self, memory: Memory, run: int, job: str) -> None:
        self._memory, self._run, self._job = memory, run, job
        self._lines = Lines(lambda line: self._show([line]))

    def take(self, data: bytes) -> None:
        """Output, as it comes: a piece is written at once, however many lines it has."""
        self._memory.job_output(self._run, self._job, data)
        self._show(self._lines.feed(data))

    def end(self) -> None:
        """What is left without a newline."""
        self._lines.end()

    def _show(self, lines: Iterable[str]) -> None:
        shown = [f"       [{self._job}] {text}" for line in lines for text in readable(line)]
        if shown:
            self._memory.output(self._run, "\n".join(shown))
