"""What is told, and to whom; no secret gets out, whoever says it."""

from __future__ import annotations

import base64
import html
import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

_HIDDEN = "***"
_SHORTEST = 3  # characters: a shorter secret would take every other word with it
# Words of every file and every sentence: who has one as a password keeps nothing by hiding it.
_NO_SECRETS = frozenset(("password", "login", "host", "unused", "token"))
_SECONDS = 30.0  # for sendmail


class Redactor:
    """Takes secrets out of texts, as they are and as they are written in requests."""

    def __init__(self) -> None:
        self._words: list[str] = []

    def learn(self, secrets: Iterable[str]) -> None:
        """Words that never appear."""
        words = set(self._words)
        for secret in secrets:
            if len(secret) >= _SHORTEST and secret not in _NO_SECRETS:
                words |= _spellings(secret)
        # The longest first: one may hold another.
        self._words = sorted(words, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for word in self._words:
            text = text.replace(word, _HIDDEN)
        return text


def _spellings(secret: str) -> set[str]:
    raw = secret.encode(errors="surrogateescape")
    return {
        secret,
        quote(raw),
        quote(raw, safe=""),
        quote(secret, safe="!$%&'()*+,-./:;=?@_~|[]{}\\^`", errors="surrogateescape"),
        quote_plus(raw),
        base64.b64encode(raw).decode(),
        # As an answer may repeat it: in JSON, in HTML, in quotes, in the wrong encoding.
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret),
        secret.replace("\\", "\\\\").replace("'", "\\'"),
        raw.decode("latin-1"),
    }


@dataclass(slots=True)
class Teller:
    """ddclient's words: SUCCESS and INFO on stdout, WARNING and FAILED on stderr."""

    debugs: bool = False
    verbose: bool = False
    quiet: bool = False
    mute: bool = False
    syslog: tuple[str, str] | None = None  # facility, priority
    redact: Redactor = field(default_factory=Redactor)
    told: list[str] = field(default_factory=list)
    failures: int = 0
    warned: set[str] = field(default_factory=set)  # in this round
    warned_before: set[str] = field(default_factory=set)

    def next_round(self) -> None:
        """What is still the same is not told again, unless with -verbose."""
        self.warned_before, self.warned = self.warned, set()

    def success(self, text: str) -> None:
        """A host has its address."""
        self._say("SUCCESS:", text)

    def info(self, text: str) -> None:
        """With -verbose."""
        if self.verbose:
            self._say("INFO:", text)

    def warning(self, text: str) -> None:
        """Something is odd."""
        self.warned.add(text)
        if text in self.warned_before and not self.verbose:
            return
        self._say("WARNING:", text, error=True)

    def failed(self, text: str) -> None:
        """Something did not work: the exit status says so, too."""
        self.failures += 1
        self._say("FAILED:", text, error=True)

    def debug(self, text: str) -> None:
        """With -debug."""
        if self.debugs:
            self._say("DEBUG:", text, kept=False)

    def _say(self, prefix: str, text: str, *, error: bool = False, kept: bool = True) -> None:
        if self.mute:
            return
        line = f"{prefix:<9} {_plain(self.redact(text))}"
        stream = sys.stderr if error else sys.stdout
        stream.write(f"{line}\n")
        stream.flush()
        if kept:
            self.told.append(line)
            if self.syslog:
                _to_syslog(self.syslog, line)


def _plain(text: str) -> str:
    """Without what a terminal would obey, and whatever bytes it had."""
    text = text.encode(errors="replace").decode()
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)


def _to_syslog(where: tuple[str, str], line: str) -> None:
    import syslog

    facility = getattr(syslog, f"LOG_{where[0].upper()}", syslog.LOG_DAEMON)
    priority = getattr(syslog, f"LOG_{where[1].upper()}", syslog.LOG_NOTICE)
    syslog.openlog("ddclient", syslog.LOG_PID, facility)
    syslog.syslog(priority, line)


def mail(recipients: str, lines: list[str], host: str) -> str:
    """Hand a report to sendmail; "" or what went wrong."""
    text = "\n".join(
        [f"To: {recipients}", f"Subject: status report from ddclient@{host}", "", *lines, ""]
    )
    words = ["sendmail", "-oi", "--", *recipients.replace(",", " ").split()]
    try:
        done = subprocess.run(
            words,
            input=text.encode(errors="replace"),
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"sendmail fails: {error}"
    return "" if not done.returncode else f"sendmail ends with status {done.returncode}"
