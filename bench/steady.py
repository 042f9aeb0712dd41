"""One visitor at a steady pace, in a process of its own: `python -m bench.steady PORT HOST RATE`.

Prints how long each request took, in seconds, from when it was due: one that waits for another is
late, too. Visitors come from other machines: this one goes before whatever else runs here, so that
its own waiting for the processor is not counted as the site's. Ends with its stdin.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator

from bench.lab import ROOT, environment
from bench.proc import goes_first


@contextlib.contextmanager
def visits(port: int, host: str, rate: int) -> Iterator[list[float]]:
    """Visit meanwhile; the times are there at the end."""
    argv = [sys.executable, "-m", "bench.steady", str(port), host, str(rate)]
    found: list[float] = []
    pipe = subprocess.PIPE
    with subprocess.Popen(
        argv, cwd=ROOT, env=environment(), stdin=pipe, stdout=pipe, text=True
    ) as visitor:
        try:
            yield found
            out, _ = visitor.communicate(timeout=60)
        except BaseException:
            visitor.kill()
            raise
    if visitor.returncode:
        raise RuntimeError("the live site did not answer every request")
    found += map(float, out.split())


def main(port: int, host: str, rate: int) -> None:
    """Visit until stdin ends."""
    goes_first(os.getpid())
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    due, took = time.monotonic(), list[float]()
    while not select.select([sys.stdin], [], [], max(0.0, due - time.monotonic()))[0]:
        connection.request("GET", "/", headers={"Host": host})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            sys.exit(f"the live site answered {answer.status}")
        took.append(time.monotonic() - due)
        due += 1 / rate
    # Not before the end: nobody reads until then, and a pipe that is full holds the next visit up.
    print(*took, sep="\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
