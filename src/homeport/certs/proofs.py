"""Showing an ACME server that names are ours: RFC 8555, 8."""

from __future__ import annotations

from typing import Protocol

from acme import challenges, messages

from homeport.certs.model import Problem
from homeport.certs.problems import Failed, problem_of
from homeport.certs.session import Session

_KINDS = {"http": challenges.HTTP01, "dns": challenges.DNS01}


class Prover(Protocol):
    """Who shows the server that a name is ours. What was shown may be shown again."""

    def show(self, challenge: str, place: str, content: str) -> None:
        """A file called `place` for http, a TXT record at `place` for dns.

        Raises:
            Failed: it could not be.
        """

    def hide(self, challenge: str, place: str, content: str) -> None:
        """It is needed no more; whatever goes wrong is not worth an order."""


def prove(
    session: Session, order: messages.OrderResource, kind: str, prover: Prover, deadline: float
) -> None:
    """Show a proof for each name that needs one, then wait for the server's verdict on all.

    Raises:
        Failed: a name was not proved, or not before the deadline (on the monotonic clock).
    """
    shown: list[tuple[str, str]] = []
    pending = []
    try:
        for url in order.body.authorizations:
            found = session.authorization(url)
            if found.body.status == messages.STATUS_PENDING:
                pending.append((url, _show(session, found, kind, prover, shown)))
        for _, challenge in pending:
            session.ready(challenge)
        for url, _ in pending:
            _verdict(session, url, deadline)
    finally:
        for place, content in shown:
            prover.hide(kind, place, content)


def _show(
    session: Session,
    found: messages.AuthorizationResource,
    kind: str,
    prover: Prover,
    shown: list[tuple[str, str]],
) -> messages.ChallengeBody:
    name = found.body.identifier.value
    offered = [c for c in found.body.challenges if isinstance(c.chall, _KINDS[kind])]
    if not offered:
        text = f"the ACME server does not take {kind}-01 for {name}"
        raise Failed(Problem(kind="malformed", detail=text, host=name, step="challenge"))
    place, content = session.proof(offered[0], name)
    shown.append((place, content))
    prover.show(kind, place, content)
    return offered[0]


def _verdict(session: Session, url: str, deadline: float) -> None:
    for _ in session.pauses(deadline):
        found = session.authorization(url)
        if found.body.status == messages.STATUS_VALID:
            return
        if found.body.status != messages.STATUS_PENDING:
            raise Failed(_refused(found))


def _refused(found: messages.AuthorizationResource) -> Problem:
    """Why a name was not proved."""
    host = found.body.identifier.value
    error = next((c.error for c in found.body.challenges if c.error), None)
    if error is None:
        text = f"the ACME server did not accept the proof for {host}"
        return Problem(kind="unauthorized", detail=text, host=host, step="challenge")
    return problem_of(error, step="challenge", host=host)
