"""A certificate by ACME (RFC 8555): an order from its placing to the download. Synchronous."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec
from acme import messages

from homeport.certs.account import Account, Accounts
from homeport.certs.binding import binding_of
from homeport.certs.caa import Caa, Signer, why_forbidden
from homeport.certs.chains import choose
from homeport.certs.keys import PrivateKey, from_pem, new_key, to_pem, why_not
from homeport.certs.model import Holder, Problem, Secrets, Server, Wanted
from homeport.certs.orders import Order, Orders
from homeport.certs.problems import Failed, problem_of
from homeport.certs.proofs import Prover, prove
from homeport.certs.session import Session

_NONE = Secrets()
_TRIES = 3  # of an order whose answers are none
_MOST_CHAINS = 8  # of one certificate; Let's Encrypt has two
_OVER = (messages.STATUS_INVALID, messages.STATUS_DEACTIVATED, messages.STATUS_REVOKED)


CaaLookup = Callable[[str], tuple[str, tuple[Caa, ...]]]


class Issuer:
    """Gets certificates for one account; each order is remembered until its end."""

    def __init__(
        self, accounts: Accounts, orders: Orders, server: Server, caa: CaaLookup | None = None
    ) -> None:
        """`caa` looks up a name's CAA records; without it they are the server's to look at."""
        self._accounts, self._orders, self._server = accounts, orders, server
        self._caa = caa
        self._deadline = time.monotonic() + server.seconds

    def issue(
        self,
        wanted: Wanted,
        prover: Prover,
        *,
        replaces: str = "",
        key: PrivateKey | None = None,
    ) -> tuple[bytes, PrivateKey]:
        """A certificate with its chain, and its private key; call `forget` once they are kept.

        Args:
            wanted: what it is to be.
            prover: who shows that the names are ours.
            replaces: the renewal id of the one before.
            key: its private key, else a new one.

        Raises:
            Failed: there is none, and why.
        """
        session, account = self.session(wanted.holder, wanted.secrets)
        try:
            return self._issue(session, account, wanted, prover, replaces, key)
        except Failed as failed:
            if failed.problem.kind != "accountDoesNotExist":
                raise
        # The server forgot us; the key is good for a new account.
        session, account = self.session(wanted.holder, wanted.secrets, anew=True)
        return self._issue(session, account, wanted, prover, replaces, key)

    def forget(self, wanted: Wanted) -> None:
        """The certificate is kept: its order is over."""
        self._orders.forget(wanted.key)

    def session(
        self, holder: Holder, secrets: Secrets = _NONE, *, anew: bool = False
    ) -> tuple[Session, Account]:
        """Speak for the account, which is opened where there is none."""
        with self._accounts.only_one(holder):
            known = self._accounts.load(holder)
            key = from_pem(known.key.encode()) if known else new_key()
            session = Session(holder.directory, key, ca_file=self._server.ca_file)
            if known and known.url and not anew:
                session.use(known.url)
                return session, known
            account = Account(
                directory=holder.directory,
                email=holder.email,
                key_id=holder.key_id,
                key=to_pem(key).decode(),
            )
            self._accounts.save(account)  # before the server knows it
            binding = binding_of(holder, secrets, self._server)
            url = session.register(holder.email, binding)
            account = msgspec.structs.replace(account, url=url)
            self._accounts.save(account)
            return session, account

    # -- one order

    def _issue(
        self,
        session: Session,
        account: Account,
        wanted: Wanted,
        prover: Prover,
        replaces: str,
        given: PrivateKey | None,
    ) -> tuple[bytes, PrivateKey]:
        order, key = self._picked_up(session, account, wanted)
        key = key or given or new_key(wanted.key_type)
        if order is None:
            order = self._placed(session, account, wanted, replaces, key)
        try:
            return self._finished(session, order, key, wanted, prover), key
        except Failed as failed:
            if not self._may_go_on(wanted, failed.problem.kind):
                self._orders.forget(wanted.key)  # it is lost; a new one may fare better
            raise

    def _may_go_on(self, wanted: Wanted, kind: str) -> bool:
        """Whether the next attempt takes the same order: one that is signed counts as another."""
        kept = self._orders.load(wanted.key)
        if kind != "garbage" or kept is None:
            return kind in ("down", "deadline", "dns-provider")
        self._orders.save(wanted.key, msgspec.structs.replace(kept, tries=kept.tries + 1))
        return kept.tries < _TRIES

    def _picked_up(
        self, session: Session, account: Account, wanted: Wanted
    ) -> tuple[messages.OrderResource | None, PrivateKey | None]:
        """The order that an earlier process placed, where it is still good, and its key."""
        kept = self._orders.load(wanted.key)
        if (
            kept is None
            or not kept.url
            or kept.account != account.url
            or set(kept.names) != set(wanted.names)
        ):
            return None, None
        key = from_pem(kept.key.encode())
        try:
            order = session.order(kept.url)
        except Failed as failed:
            if failed.problem.kind == "down":
                raise
            return None, None
        if order.body.status in _OVER:
            return None, None
        return order, key

    def _placed(
        self,
        session: Session,
        account: Account,
        wanted: Wanted,
        replaces: str,
        key: PrivateKey,
    ) -> messages.OrderResource:
        self._check_caa(session, account, wanted)
        kept = Order(account=account.url, names=wanted.names, key=to_pem(key).decode())
        # A full disk fails here, and not when the server has counted an order.
        self._orders.save(wanted.key, kept)
        order = self._place(session, wanted, replaces)
        self._orders.save(wanted.key, msgspec.structs.replace(kept, url=order.uri))
        return order

    def _check_caa(self, session: Session, account: Account, wanted: Wanted) -> None:
        """Before an order, which the server would count as one that failed."""
        identities = session.identities
        if self._caa is None or not identities:
            return
        signer = Signer(identities=identities, account=account.url, proof=wanted.challenge)
        for name in wanted.names:
            where, records = self._caa(name)
            if why := why_forbidden(name, where, records, signer):
                raise Failed(Problem(kind="forbidden", detail=why, host=name))

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
            prove(session, order, wanted.challenge, prover, self._deadline)
            order = self._until(session, order, messages.STATUS_PENDING)
        if order.body.status == messages.STATUS_READY:
            session.finalize(order, key, wanted.names)
            order = self._until(session, order, messages.STATUS_READY, messages.STATUS_PROCESSING)
        elif order.body.status == messages.STATUS_PROCESSING:
            order = self._until(session, order, messages.STATUS_PROCESSING)
        return self._download(session, order.body.certificate or "", key, wanted)

    def _download(self, session: Session, url: str, key: PrivateKey, wanted: Wanted) -> bytes:
        """With that chain among several which is preferred; they are fetched only then."""
        chain, others = session.download(url)
        _check(chain, key, wanted)
        chains = [chain]
        for other in others[:_MOST_CHAINS] if wanted.chain else ():
            chains.append(session.download(other)[0])
            _check(chains[-1], key, wanted)
        return choose(chains, wanted.chain)

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


def _check(chain: bytes, key: PrivateKey, wanted: Wanted) -> None:
    """A server that answers with what was not asked for must not take the site down."""
    try:
        why = why_not(chain, key, wanted.names, time.time())
    except ValueError:
        why = "no certificate"
    if why:
        text = f"the ACME server sent {why}"
        raise Failed(Problem(kind="garbage", detail=text, step="certificate"))
