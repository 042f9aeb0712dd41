"""Whatever goes wrong with an ACME server, as Problems."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Protocol

import requests
from acme import errors, messages
from josepy.errors import Error as JoseError

from homeport.certs.model import Problem

PATIENCE = 20  # seconds for one answer


class Failed(Exception):
    """An order failed; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


class _Answered(Protocol):
    """Who spoke to the server."""

    wait: float  # what the latest answer asks for


@contextlib.contextmanager
def typed(step: str, network: _Answered) -> Iterator[None]:
    """Whatever goes wrong in the block, as Failed."""
    try:
        yield
    except messages.Error as error:
        raise Failed(problem_of(error, step=step, after=network.wait)) from error
    except (requests.ConnectionError, requests.Timeout) as error:
        raise Failed(Problem(kind="down", detail=_down(error), step=step)) from error
    except errors.ClientError as error:
        raise Failed(_unreadable(error, step, network.wait)) from error
    except (errors.Error, JoseError, requests.RequestException, *_GARBAGE) as error:
        raise Failed(_garbage(error, step)) from error


# What comes of reading a document that is not what it should be.
_GARBAGE = (ValueError, KeyError, TypeError, AttributeError)


def _unreadable(error: errors.ClientError, step: str, after: float) -> Problem:
    """An answer that is no document of ACME's."""
    answered = error.args[0] if error.args else None
    if isinstance(answered, requests.Response) and answered.status_code >= 500:
        text = f"the ACME server answers {answered.status_code}"
        return Problem(kind="down", detail=text, after=after, step=step)
    return _garbage(error, step)


def problem_of(error: messages.Error, *, step: str, host: str = "", after: float = 0.0) -> Problem:
    """The server's problem document, RFC 8555, 6.7; of several, the first says it."""
    if error.subproblems:
        first = error.subproblems[0]
        named = first.identifier.value if first.identifier else host
        return problem_of(first, step=step, host=named, after=after)
    kind = error.code or (error.typ or "").rpartition(":")[2] or "garbage"
    named = error.identifier.value if error.identifier else host
    detail = error.detail or error.title or kind
    return Problem(kind=kind, detail=plain(detail), host=named, after=after, step=step)


def _garbage(error: Exception, step: str) -> Problem:
    text = f"the ACME server answers what is no answer: {plain(str(error)) or type(error).__name__}"
    return Problem(kind="garbage", detail=text, step=step)


def _down(error: Exception) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return _untrusted(str(error))
    if isinstance(error, requests.Timeout):
        return f"the ACME server did not answer within {PATIENCE} s"
    return "the ACME server does not answer"


def _untrusted(why: str) -> str:
    text = "the ACME server's own certificate is not trusted"
    if "not yet valid" in why or "has expired" in why:
        # Theirs is looked after better than most clocks.
        return f"{text} today: is the clock of this box right? It says {datetime.now(UTC):%F %H:%M}"
    return text


def plain(text: str) -> str:
    """What a server says, in one line that is not too long."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]
