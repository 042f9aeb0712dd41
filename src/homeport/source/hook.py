"""The proc-receive hook: watches a run that the daemon owns, and reports how it ended.

It is run by git with a bare Python (`-I -S`): the standard library only, and little of it, since a
push waits for its start. When the client goes away, the hook ends and the run goes on.

It speaks the protocol of githooks(5), "proc-receive": packets of four hex digits of length and
the payload, in sections that end with `0000`.
"""

import json
import os
import socket
import sys
from collections.abc import Iterator
from typing import BinaryIO

_NO_DAEMON = "homeport does not answer"


def main() -> None:
    """Speak with git on standard input and output, with the daemon on its socket."""
    read, write = sys.stdin.buffer, sys.stdout.buffer
    offered = b" ".join(_section(read)).decode()
    options = [word for word in ("push-options", "atomic") if word in offered]
    _send(write, [("version=1\0" + " ".join(options)).encode()])
    updates = [_update(line) for line in _section(read)]
    pushed = [line.decode() for line in _section(read)] if "push-options" in options else []
    results = _ask(sys.argv[1], updates, pushed)
    _send(write, [_report(update["ref"], results) for update in updates])


def _section(stream: BinaryIO) -> Iterator[bytes]:
    """Packets up to a flush."""
    while True:
        size = int(stream.read(4) or b"0", 16)
        if size == 0:
            return
        yield stream.read(size - 4).rstrip(b"\n")


def _send(stream: BinaryIO, packets: list[bytes]) -> None:
    for packet in packets:
        stream.write(b"%04x%s" % (len(packet) + 4, packet))
    stream.write(b"0000")
    stream.flush()


def _update(line: bytes) -> dict[str, str]:
    old, new, ref = line.decode(errors="surrogateescape").split(" ", 2)
    return {"ref": ref, "old": old, "new": new}


def _report(ref: str, results: dict[str, str]) -> bytes:
    refused = results.get(ref, "the run goes on, but homeport stopped telling of it")
    return (f"ng {ref} {refused}" if refused else f"ok {ref}").encode(errors="surrogateescape")


def _ask(path: str, updates: list[dict[str, str]], options: list[str]) -> dict[str, str]:
    """Post the updates; ref -> reason it was refused, "" for accepted. Lines go to the person."""
    app = os.path.basename(os.path.abspath(os.environ.get("GIT_DIR", "."))).removesuffix(".git")  # noqa: PTH100, PTH119 - pathlib costs 5 ms
    by = os.environ.get("REMOTE_USER", "")
    question = {"app": app, "by": by, "updates": updates, "options": options}
    try:
        lines = _post(path, json.dumps(question).encode())
        return _results(lines)
    except OSError as error:
        _tell(f"error: {_NO_DAEMON} at {path}: {error.strerror}")
        _tell("hint: on the box itself: homeport up --detach")
        return {update["ref"]: _NO_DAEMON for update in updates}


def _results(lines: Iterator[bytes]) -> dict[str, str]:
    results = {}
    for line in lines:
        found = json.loads(line)
        if "line" in found:
            _tell(found["line"])
        elif "ref" in found:
            results[found["ref"]] = found.get("refused", "")
        elif "error" in found:
            _tell(f"error: {found['error']['message']}")
            _tell(f"hint: {found['error']['hint']}")
    return results


def _tell(text: str) -> None:
    """A line for the person; git shows it as `remote: text` at once."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _post(path: str, body: bytes) -> Iterator[bytes]:
    """HTTP/1.0, so that the answer is neither chunked nor kept open: lines until it closes."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(path)
        head = f"POST /api/pushes HTTP/1.0\r\nHost: homeport\r\nContent-Length: {len(body)}\r\n"
        connection.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
        stream = connection.makefile("rb")
        while stream.readline().strip():
            pass  # the head of the answer; what it says stands in the lines, too
        yield from (line for line in stream if line.strip())


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        # The client has gone: the daemon goes on, and there is nobody left to tell.
        os._exit(1)
