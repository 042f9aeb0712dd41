"""External accounts: those that are named, and those that ZeroSSL gives for a key of its API."""

from __future__ import annotations

import base64
import binascii

import requests

from homeport.certs.asking import DIRECTORIES
from homeport.certs.model import Holder, Problem, Secrets, Server
from homeport.certs.problems import PATIENCE, Failed

Binding = tuple[str, str]  # key identifier, HMAC key


def binding_of(holder: Holder, secrets: Secrets, server: Server) -> Binding | None:
    """What a new account is bound to; None for nothing.

    Raises:
        Failed: the key is none, or ZeroSSL gives none.
    """
    if holder.key_id:
        return holder.key_id, _checked(secrets.binding)
    if holder.directory != DIRECTORIES["zerossl"]:
        return None
    if not secrets.zerossl and not holder.email:
        raise _refused("it wants an account with an e-mail address, or a key of its API")
    return _given(holder, secrets, server)


def _checked(key: str) -> str:
    """An HMAC key, which is base64url (RFC 8555, 7.3.4)."""
    try:
        if base64.b64decode(key + "=" * (-len(key) % 4), altchars=b"-_", validate=True):
            return key
    except (binascii.Error, ValueError):
        pass
    raise _failed("the HMAC key of the external account is no base64url")


def _given(holder: Holder, secrets: Secrets, server: Server) -> Binding:
    """By the key of the API, else by the address of e-mail alone, as acme.sh does."""
    where = "eab-credentials" if secrets.zerossl else "eab-credentials-email"
    try:
        answer = requests.post(
            f"{server.zerossl}/acme/{where}",
            params={"access_key": secrets.zerossl} if secrets.zerossl else None,
            data=None if secrets.zerossl else {"email": holder.email},
            timeout=PATIENCE,
        )
        found = answer.json()
        if found.get("success"):
            return str(found["eab_kid"]), str(found["eab_hmac_key"])
    except (requests.RequestException, ValueError, KeyError, AttributeError):
        # The reason names the URL, and that the key.
        raise _refused("its API does not answer as it should", "down") from None
    raise _refused("it takes no such " + ("key of its API" if secrets.zerossl else "address"))


def _refused(why: str, kind: str = "externalAccountRequired") -> Failed:
    return _failed(f"ZeroSSL gives no account: {why}", kind)


def _failed(text: str, kind: str = "externalAccountRequired") -> Failed:
    return Failed(Problem(kind=kind, detail=text, step="account"))
