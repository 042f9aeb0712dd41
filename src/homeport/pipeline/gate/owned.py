"""Objects of the job's; those of others are not there for it, or may not be used. Pure."""

from __future__ import annotations

from homeport.errors import NotFound
from homeport.pipeline.gate.verdict import Facts, Found, Kind, Question, refused


def there(question: Question, facts: Facts) -> Found:
    """An object of the job's that a path names.

    Raises:
        NotFound: there is none, or it is another's.
    """
    found = facts.get(question)
    if not (found and found.own):
        raise NotFound(
            f"No such {_CALLED.get(question.kind, question.kind.value)}: {question.name}"
        )
    return found


_CALLED = {Kind.EXEC: "exec instance"}


def own_container(name: str, facts: Facts) -> Found:
    """A container of the job's.

    Raises:
        Forbidden: it is another's, or nobody's.
    """
    return _own(Question(Kind.CONTAINER, name), facts)


def own_network(name: str, facts: Facts) -> Found:
    """A network of the job's.

    Raises:
        Forbidden: it is another's, or nobody's.
    """
    return _own(Question(Kind.NETWORK, name), facts)


def _own(question: Question, facts: Facts) -> Found:
    found = facts.get(question)
    if not (found and found.own):
        raise refused(f"use {question.kind.value} {question.name[:60]}, which is not its own")
    return found
