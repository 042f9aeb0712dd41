"""Every error that homeport raises, and the exit status that it ends a command with.

    HomeportError            1  the thing asked for failed (a build, a deploy)
    ├── RequestError         2  the request was wrong (usage, configuration)
    │   ├── FileFault        2  a file says something that cannot be: file, line, column, field
    │   ├── NotFound         2  what was named does not exist
    │   ├── Conflict         2  it exists already, or belongs to somebody else
    │   ├── Denied           2  the token is missing, wrong or revoked
    │   ├── Forbidden        2  who asks is known, and may not
    │   ├── ProviderRefused  2  a DNS provider knows who asks, and says no
    │   ├── HostRefused      2  a DNS provider takes who asks, and does not take a host
    │   └── TooLarge         2  the request is larger than what is taken
    └── Unavailable          3  something that homeport needs is missing or down
        ├── ProviderLimited  3  a DNS provider asks for patience
        ├── EngineDown       3  the Docker Engine does not answer
        └── DaemonDown       3  homeport's own daemon does not answer
    └── EngineError          1  the Docker Engine refused a call

A message is one sentence without a full stop; `hint` is what to do next.
"""

from __future__ import annotations


class HomeportError(Exception):
    """The thing asked for failed."""

    exit_status = 1
    http_status = 500

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class RequestError(HomeportError):
    """The request was wrong."""

    exit_status = 2
    http_status = 400


class NotFound(RequestError):
    """What was named does not exist."""

    http_status = 404


class Conflict(RequestError):
    """It exists already, or belongs to somebody else."""

    http_status = 409


class Denied(RequestError):
    """The token is missing, wrong or revoked."""

    http_status = 401


class Forbidden(RequestError):
    """Who asks is known, and may not."""

    http_status = 403


class TooLarge(RequestError):
    """The request is larger than what is taken."""

    http_status = 413


class ProviderRefused(RequestError):
    """A DNS provider knows who asks, and says no: nobody asks again until the zones change."""


class HostRefused(RequestError):
    """A DNS provider does not take one host: only that is not asked for again until they change."""


class FileFault(RequestError):
    """A file says something that cannot be.

    `line` and `column` count from 1; 0 where they are not known.
    """

    def __init__(
        self,
        message: str,
        *,
        file: str,
        line: int = 0,
        column: int = 0,
        field: str = "",
        hint: str = "",
    ) -> None:
        self.file, self.line, self.column, self.field = file, line, column, field
        self.said = message
        super().__init__(f"{self.place}: {message}", hint=hint)

    @property
    def place(self) -> str:
        """`FILE:LINE:COLUMN: FIELD`, as far as each is known."""
        numbers = "".join(f":{n}" for n in (self.line, self.column) if n)
        return f"{self.file}{numbers}" + (f": {self.field}" if self.field else "")


class Unavailable(HomeportError):
    """Something that homeport needs is missing or down."""

    exit_status = 3
    http_status = 503


class ProviderLimited(Unavailable):
    """A DNS provider asks for patience: `after` seconds."""

    def __init__(self, message: str, *, after: float, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.after = after


class EngineDown(Unavailable):
    """The Docker Engine does not answer."""


class DaemonDown(Unavailable):
    """homeport's own daemon does not answer."""


class EngineError(HomeportError):
    """The Docker Engine refused a call; `status` is its HTTP status."""

    def __init__(self, message: str, *, status: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status
