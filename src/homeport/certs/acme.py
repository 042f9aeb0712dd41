"""A certificate by ACME (RFC 8555): an order from its placing to the download. Synchronous."""

from __future__ import annotations

import time
from typing import Protocol

import msgspec
from acme import challenges, messages

from homeport.certs.account import Account, Accounts
from homeport.certs.keys import PrivateKey, belongs, from_pem, new_key, to_pem
from homeport.certs.model import Problem, Server, Wanted
from homeport.certs.orders import Order, Orders
from homeport.certs.session import Failed, Session, problem_of

_KINDS = {"http": challenges.HTTP01, "dns": challenges.DNS01}
_OVER = (messages.STATUS_INVALID, messages.STATUS_DEACTIVATED, messages.STATUS_REVOKED)


class Prover(Protocol):
    """Who shows the server that a name is ours. What was shown may be shown again."""

    def show(self, challenge: str, place: str, content: str) -> None:
        """A file called `place` for http, a TXT record at `place` for dns.

        Raises:
            Failed: it could not be.
        """

    def hide(self, challenge: str, place: str, content: str) -> None:
        """It is needed no more; whatever goes wrong is not worth an order."""


class Issuer:
    """Gets certificates for one account; each order is remembered until its end."""

    def __init__(self, accounts: Accounts, orders: Orders, server: Server) -> None:
        self._accounts, self._orders, self._server = accounts, orders, server
        self._deadline = time.monotonic() + server.seconds

    def issue(
        self, wanted: Wanted, prover: Prover, *, replaces: str = ""
    ) -> tuple[bytes, PrivateKey]:
        """A certificate with its chain, and its private key; call `forget` once they are kept.

        Raises:
            Failed: there is none, and why.
        """
        session, account = self.session(wanted.directory, wanted.email)
        try:
            return self._issue(session, account, wanted, prover, replaces)
        except Failed as failed:
            if failed.problem.kind != "accountDoesNotExist":
                raise
        # The server forgot us; the key is good for a new account.
        session, account = self.session(wanted.directory, wanted.email, anew=True)
        return self._issue(session, account, wanted, prover, replaces)

    def forget(self, wanted: Wanted) -> None:
        """The certificate is kept: its order is over."""
        self._orders.forget(wanted.key)

    def session(self, directory: str, email: str, *, anew: bool = False) -> tuple[Session, Account]:
        """Speak for the account, which is opened where there is none."""
        with self._accounts.only_one(directory, email):
            known = self._accounts.load(directory, email)
            key = from_pem(known.key.encode()) if known else new_key()
            session = Session(directory, key, ca_file=self._server.ca_file)
            if known and known.url and not anew:
                session.use(known.url)
                return session, known
            account = Account(directory=directory, email=email, key=to_pem(key).decode())
            self._accounts.save(account)  # before the server knows it
            url = session.register(email, self._server.binding)
            account = msgspec.structs.replace(account, url=url)
            self._accounts.save(account)
            return session, account

    # -- one order

    def _issue(
        self, session: Session, account: Account, wanted: Wanted, prover: Prover, replaces: str
    ) -> tuple[bytes, PrivateKey]:
        order, key = self._picked_up(session, account, wanted)
        if order is None:
            order, key = self._placed(session, account, wanted, replaces)
        try:
            return self._finished(session, order, key, wanted, prover), key
        except Failed as failed:
            if failed.problem.kind not in ("down", "deadline", "dns-provider"):
                self._orders.forget(wanted.key)  # it is lost; a new one may fare better
            raise

    def _picked_up(
        self, session: Session, account: Account, wanted: Wanted
    ) -> tuple[messages.OrderResource | None, PrivateKey]:
        """The order that an earlier process placed, where it is still good."""
        kept = self._orders.load(wanted.key)
        if kept is None or kept.account != account.url or set(kept.names) != set(wanted.names):
            return None, new_key(wanted.key_type)
        key = from_pem(kept.key.encode())
        try:
            order = session.order(kept.url)
        except Failed as failed:
            if failed.problem.kind == "down":
                raise
            return None, key
        return (None if order.body.status in _OVER else order), key

    def _placed(
        self, session: Session, account: Account, wanted: Wanted, replaces: str
    ) -> tuple[messages.OrderResource, PrivateKey]:
        key = new_key(wanted.key_type)
        order = self._place(session, wanted, replaces)
        self._orders.save(
            wanted.key,
            Order(url=order.uri, account=account.url, names=wanted.names, key=to_pem(key).decode()),
        )
        return order, key

    def _place(self, session: Session, wanted: Wanted, replaces: str) -> messages.OrderResource:
        try:
            return session.place(wanted.names, profile=wanted.profile, replaces=replaces)
        except Failed as failed:
            # RFC 9773, 5: somebody replaced it already, or the server does not know it.
            if not replaces or failed.problem.kind in ("rateLimited", "down"):
                raise
            return session.place(wanted.names, profile=wanted.profile, replaces="")

    def _finished(
        self,
        session: Session,
        order: messages.OrderResource,
        key: PrivateKey,
        wanted: Wanted,
        prover: Prover,
    ) -> bytes:
        if order.body.status == messages.STATUS_PENDING:
            self._prove(session, order, wanted, prover)
            order = self._until(session, order, messages.STATUS_PENDING)
        if order.body.status == messages.STATUS_READY:
            session.finalize(order, key, wanted.names)
            order = self._until(session, order, messages.STATUS_READY, messages.STATUS_PROCESSING)
        elif order.body.status == messages.STATUS_PROCESSING:
            order = self._until(session, order, messages.STATUS_PROCESSING)
        chain = session.download(order.body.certificate or "")
        self._check(chain, key)
        return chain

    def _until(
        self, session: Session, order: messages.OrderResource, *unlike: messages.Status
    ) -> messages.OrderResource:
        """The order, once it is no longer in one of these states."""
        for _ in session.pauses(self._deadline):
            order = session.order(order.uri)
            if order.body.status == messages.STATUS_INVALID:
                error = order.body.error or messages.Error.with_code(
                    "malformed", detail="the order is invalid"
                )
                raise Failed(problem_of(error, step="certificate"))
            if order.body.status not in unlike:
                break
        return order

    def _check(self, chain: bytes, key: PrivateKey) -> None:
        """A server that answers with another's certificate must not take the site down."""
        try:
            good = belongs(chain, key)
        except ValueError:
            good = False
        if not good:
            text = "the ACME server sent what is no certificate for the key"
            raise Failed(Problem(kind="garbage", detail=text, step="certificate"))

    # -- proofs

    def _prove(
        self, session: Session, order: messages.OrderResource, wanted: Wanted, prover: Prover
    ) -> None:
        """Show a proof for each name that needs one, then wait for the server's verdict on all."""
        shown: list[tuple[str, str]] = []
        pending = []
        try:
            for url in order.body.authorizations:
                found = session.authorization(url)
                if found.body.status == messages.STATUS_PENDING:
                    pending.append((url, self._show(session, found, wanted, prover, shown)))
            for _, challenge in pending:
                session.ready(challenge)
            for url, _ in pending:
                self._verdict(session, url)
        finally:
            for place, content in shown:
                prover.hide(wanted.challenge, place, content)

    def _show(
        self,
        session: Session,
        found: messages.AuthorizationResource,
        wanted: Wanted,
        prover: Prover,
        shown: list[tuple[str, str]],
    ) -> messages.ChallengeBody:
        name = found.body.identifier.value
        kind = _KINDS[wanted.challenge]
        offered = [c for c in found.body.challenges if isinstance(c.chall, kind)]
        if not offered:
            text = f"the ACME server does not take {wanted.challenge}-01 for {name}"
            raise Failed(Problem(kind="malformed", detail=text, host=name, step="challenge"))
        place, content = session.proof(offered[0], name)
        shown.append((place, content))
        prover.show(wanted.challenge, place, content)
        return offered[0]

    def _verdict(self, session: Session, url: str) -> None:
        for _ in session.pauses(self._deadline):
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
