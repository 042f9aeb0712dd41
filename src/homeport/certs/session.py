"""What is said to an ACME server, and what goes wrong, as Problems: on top of the acme library."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from acme import challenges, client, errors, messages
from cryptography.hazmat.primitives.asymmetric import ec
from josepy.errors import Error as JoseError
from josepy.json_util import field
from josepy.jwa import ES256, RS256
from josepy.jwk import JWKEC, JWKRSA

from homeport import __version__
from homeport.certs.keys import PrivateKey, signing_request
from homeport.certs.model import Problem, Window

_PATIENCE = 20  # seconds for one answer
_NONCES = 10  # attempts with a fresh one each: a server may refuse every fifth
_FIRST, _LONGEST = 0.05, 5.0  # seconds between two looks at the same thing


class Failed(Exception):
    """An order failed; `problem` says why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


class _Network(client.ClientNetwork):
    """Remembers Retry-After, which the library's errors do not carry; is patient with nonces."""

    wait: float = 0.0  # what the latest answer asks for

    def _send_request(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:
        response = super()._send_request(method, url, *args, **kwargs)
        self.wait = _seconds(response.headers.get("Retry-After", ""))
        return response

    def post(self, *args: Any, **kwargs: Any) -> requests.Response:
        for _ in range(_NONCES):
            with contextlib.suppress(_BadNonceError):
                return self._once(*args, **kwargs)
        return self._post_once(*args, **kwargs)

    def _once(self, *args: Any, **kwargs: Any) -> requests.Response:
        try:
            return self._post_once(*args, **kwargs)
        except messages.Error as error:
            if error.code == "badNonce":
                raise _BadNonceError from error
            raise


class _BadNonceError(Exception):
    """The server wants another nonce."""


class _NewOrder(messages.Order):
    """An order that may say which certificate it replaces: RFC 9773, 5."""

    replaces: str | None = field("replaces", omitempty=True)


class Session(client.ClientV2):
    """One account at one server. Everything raises Failed."""

    net: _Network

    def __init__(self, directory: str, key: PrivateKey, *, ca_file: str = "") -> None:
        curve = isinstance(key, ec.EllipticCurvePrivateKey)
        network = _Network(
            JWKEC(key=key) if curve else JWKRSA(key=key),
            alg=ES256 if curve else RS256,
            verify_ssl=ca_file or True,  # type: ignore[arg-type]  # requests takes a file as well
            user_agent=f"homeport/{__version__}",
            timeout=_PATIENCE,
        )
        with typed("account", network):
            super().__init__(self.get_directory(directory, network), network)

    def register(self, email: str, binding: tuple[str, str] | None = None) -> str:
        """Open an account, or find that of the key; its URL. It agrees to the server's terms."""
        with typed("account", self.net):
            more: dict[str, Any] = {"terms_of_service_agreed": True}
            if email:
                more["contact"] = (f"mailto:{email}",)
            if binding:
                assert self.net.key
                more["external_account_binding"] = messages.ExternalAccountBinding.from_data(
                    self.net.key.public_key(), *binding, self.directory
                )
            try:
                return str(self.new_account(messages.NewRegistration(**more)).uri)
            except errors.ConflictError as known:
                self.use(known.location)
                return known.location

    def use(self, url: str) -> None:
        """Speak for an account that was opened before."""
        self.net.account = messages.RegistrationResource(uri=url, body=messages.Registration())

    def place(
        self, names: tuple[str, ...], *, profile: str, replaces: str
    ) -> messages.OrderResource:
        """Place an order."""
        with typed("order", self.net):
            known = [messages.Identifier(typ=messages.IDENTIFIER_FQDN, value=n) for n in names]
            more = {"profile": profile} if profile else {}
            if replaces and "renewalInfo" in self.directory.to_partial_json():
                more["replaces"] = replaces
            response = self._post(self.directory["newOrder"], _NewOrder(identifiers=known, **more))
            body = messages.Order.from_json(response.json())
            return messages.OrderResource(body=body, uri=response.headers["Location"])

    def order(self, url: str) -> messages.OrderResource:
        """What became of an order."""
        with typed("order", self.net):
            body = messages.Order.from_json(self._post_as_get(url).json())
            return messages.OrderResource(body=body, uri=url)

    def authorization(self, url: str) -> messages.AuthorizationResource:
        """What has to be proved for a name, or was."""
        with typed("challenge", self.net):
            return self._authzr_from_response(self._post_as_get(url), uri=url)

    def ready(self, challenge: messages.ChallengeBody) -> None:
        """The proof can be looked at."""
        with typed("challenge", self.net):
            assert self.net.key
            self.answer_challenge(challenge, challenge.response(self.net.key))

    def proof(self, challenge: messages.ChallengeBody, name: str) -> tuple[str, str]:
        """Token and content for HTTP-01; name and value of the record for DNS-01."""
        assert self.net.key
        if isinstance(challenge.chall, challenges.DNS01):
            value = challenge.chall.validation(self.net.key)
            return challenge.chall.validation_domain_name(name), value
        assert isinstance(challenge.chall, challenges.HTTP01)
        return challenge.chall.encode("token"), challenge.chall.validation(self.net.key)

    def finalize(
        self, order: messages.OrderResource, key: PrivateKey, names: tuple[str, ...]
    ) -> None:
        """Ask for the certificate."""
        with typed("certificate", self.net):
            request = messages.CertificateRequest(csr=signing_request(key, names))
            self._post(order.body.finalize, request)

    def download(self, url: str) -> bytes:
        """The certificate with its chain."""
        with typed("certificate", self.net):
            return self._post_as_get(url).text.encode()

    def window(self, renewal_id: str, now: float) -> Window:
        """When the server wants a certificate to be renewed: RFC 9773."""
        again = now + 6 * 3600.0
        base = self.directory.to_partial_json().get("renewalInfo")
        if not base:
            return Window(ask_again=again)
        with typed("certificate", self.net):
            response = self.net.get(f"{base}/{renewal_id}")
            said = messages.RenewalInfo.from_json(response.json()).suggested_window
            ask_again = now + self.net.wait if self.net.wait else again
            return Window(
                start=said.start.timestamp(), end=said.end.timestamp(), ask_again=ask_again
            )

    def pauses(self, deadline: float) -> Iterator[None]:
        """Between two looks at the same thing: short ones first, then as the server asks.

        Raises:
            Failed: the deadline (on the monotonic clock) passed.
        """
        pause = _FIRST
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Failed(Problem(kind="deadline", detail="the server did not come to an end"))
            asked = self.net.wait if pause > 1 else 0.0
            time.sleep(min(max(pause, asked), left))
            yield
            pause = min(pause * 1.7, _LONGEST)


@contextlib.contextmanager
def typed(step: str, network: _Network) -> Iterator[None]:
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
    return Problem(kind=kind, detail=_plain(detail), host=named, after=after, step=step)


def _garbage(error: Exception, step: str) -> Problem:
    text = (
        f"the ACME server answers what is no answer: {_plain(str(error)) or type(error).__name__}"
    )
    return Problem(kind="garbage", detail=text, step=step)


def _down(error: Exception) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "the ACME server's own certificate is not trusted"
    if isinstance(error, requests.Timeout):
        return f"the ACME server did not answer within {_PATIENCE} s"
    return "the ACME server does not answer"


def _plain(text: str) -> str:
    """What a server says, in one line that is not too long."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]


def _seconds(text: str) -> float:
    """Retry-After: seconds, or a date."""
    if text.strip().isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return 0.0
