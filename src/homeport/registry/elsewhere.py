"""Which image a tag of another registry names now: asked with HEAD, which is no pull.

Source: OCI distribution specification 1.1, "Checking if content exists"; distribution,
docs/spec/auth/token.md.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from homeport.errors import HomeportError, NotFound
from homeport.model.names import DIGEST
from homeport.registry.manifests import ANY

AGENT = "homeport"  # a registry that counts pulls need not count this
Login = tuple[str, str]  # user, password
_SECONDS = 15.0
_LARGEST = 1 << 20  # bytes of an answer
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


async def digest_of_tag(reference: str, login: Login | None = None) -> str:
    """The digest that a tag names in its registry.

    Args:
        reference: `ghcr.io/me/blog:latest`, `nginx`.
        login: who asks, where that is known.

    Raises:
        NotFound: the registry has no such tag.
        HomeportError: it does not answer, or not to us.
    """
    return await asyncio.to_thread(_digest, reference, login)


def address_of(reference: str) -> tuple[str, str, str]:
    """Where to ask: the registry's URL, the repository and the tag."""
    name, _, tag = reference.rpartition(":")
    if not name or "/" in tag:
        name, tag = reference, "latest"
    first, slash, rest = name.partition("/")
    if not slash or not ("." in first or ":" in first or first == "localhost"):
        return "https://registry-1.docker.io", name if slash else f"library/{name}", tag
    return f"{'http' if _is_here(first) else 'https'}://{first}", rest, tag


def _is_here(registry: str) -> bool:
    """Whether it is on this machine: the Engine asks for no TLS there."""
    host = registry.rpartition(":")[0] or registry
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _digest(reference: str, login: Login | None) -> str:
    url, repository, tag = address_of(reference)
    asked = f"{url}/v2/{repository}/manifests/{tag}"
    try:
        headers = _head(asked, {"Accept": ANY})
        if challenge := headers.get("www-authenticate"):
            shown = {"Accept": ANY, "Authorization": _authorization(challenge, login)}
            headers = _head(asked, shown)
    except urllib.error.HTTPError as error:
        with error:
            raise _refused(reference, error.code) from error
    except (OSError, ValueError) as error:
        raise HomeportError(f"the registry of {reference} does not answer: {error}") from error
    found = headers.get("docker-content-digest", "")
    if not DIGEST.fullmatch(found):
        raise HomeportError(f"the registry of {reference} names no digest")
    return found


def _refused(reference: str, status: int) -> HomeportError:
    if status == 404:
        return NotFound(f"there is no image {reference}")
    hint = "homeport registry login, where it is a private one"
    return HomeportError(f"the registry of {reference} answers {status}", hint=hint)


def _head(url: str, headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of an answer; of a 401 that says where to ask for a token, too."""
    headers = {"User-Agent": AGENT, **headers}
    request = urllib.request.Request(url, method="HEAD", headers=headers)  # noqa: S310 - http and https alone
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - http and https alone
            return {k.lower(): v for k, v in answer.headers.items()}
    except urllib.error.HTTPError as error:
        asks = error.headers.get("WWW-Authenticate")
        if error.code != 401 or not asks or "Authorization" in headers:
            raise
        with error:
            return {"www-authenticate": asks}


def _authorization(challenge: str, login: Login | None) -> str:
    kind, _, rest = challenge.partition(" ")
    if kind.lower() == "basic":
        return _basic(login or ("", ""))
    said = dict(_PARAMETER.findall(rest))
    realm = said.pop("realm", "")
    if urlsplit(realm).scheme not in ("http", "https"):
        raise ValueError(f"it asks for tokens at {realm[:80]!r}")
    wanted = urlencode({k: v for k, v in said.items() if k in ("service", "scope")})
    headers = {"Authorization": _basic(login)} if login else {}
    request = urllib.request.Request(f"{realm}?{wanted}", headers=headers)  # noqa: S310 - http and https alone
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310 - http and https alone
        found = json.loads(answer.read(_LARGEST))
    return f"Bearer {found.get('token') or found.get('access_token') or ''}"


def _basic(login: Login) -> str:
    return "Basic " + base64.b64encode(":".join(login).encode()).decode()
