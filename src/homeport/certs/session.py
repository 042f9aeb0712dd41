"""What is said to an ACME server, and what goes wrong, as Problems: on top of the acme library."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin

import requests
from acme import challenges, client, errors, messages
from cryptography.hazmat.primitives.asymmetric import ec
from josepy.json_util import field
from josepy.jwa import ES256, RS256
from josepy.jwk import JWKEC, JWKRSA

from homeport import __version__
from homeport.certs.keys import PrivateKey, signing_request
from homeport.certs.model import Problem, Window
from homeport.certs.problems import PATIENCE, Failed, typed

_NONCES = 10  # attempts with a fresh one each: a server may refuse every fifth
_FIRST, _LONGEST = 0.05, 5.0  # seconds between two looks at the same thing
_DAY = 86400.0
_FURTHEST = 366 * _DAY  # that a server may ask for: beyond it is nonsense


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
            timeout=PATIENCE,
        )
        with typed("account", network):
            super().__init__(self.get_directory(directory, network), network)

    @property
    def identities(self) -> tuple[str, ...]:
        """The server's names in CAA records; none where it does not say."""
        with typed("account", self.net):
            return tuple(str(one).lower() for one in self.directory.meta.caa_identities or ())

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

    def download(self, url: str) -> tuple[bytes, tuple[str, ...]]:
        """The certificate with its chain, and the URLs of its other chains (RFC 8555, 7.4.2)."""
        with typed("certificate", self.net):
            response = self._post_as_get(url)
            others = (urljoin(url, one) for one in self._get_links(response, "alternate"))
            return response.text.encode(), tuple(others)

    def window(self, renewal_id: str, now: float) -> Window:
        """When the server wants a certificate to be renewed: RFC 9773."""
        again = now + 6 * 3600.0
        base = self.directory.to_partial_json().get("renewalInfo")
        if not base:
            return Window(ask_again=again)
        with typed("certificate", self.net):
            response = self.net.get(f"{base}/{renewal_id}")
            said = messages.RenewalInfo.from_json(response.json()).suggested_window
            if said.end <= said.start:  # 4.2: as good as no answer
                return Window(ask_again=again)
            if self.net.wait:  # 4.3.2: within reason
                again = now + min(max(self.net.wait, 60.0), _DAY)
            return Window(start=said.start.timestamp(), end=said.end.timestamp(), ask_again=again)

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


def _seconds(text: str) -> float:
    """Retry-After: seconds, or a date."""
    if text.strip().isdecimal():
        return min(float(text), _FURTHEST)
    try:
        left = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return 0.0
    return min(max(left, 0.0), _FURTHEST)
