"""Requests as people may see them. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping

from homeport.dns.ddclient.model import Message, Request

_PROOFS = {"authorization", "x-auth-key", "auth-api-token", "pddtoken", "x-nfsn-authentication"}
_SECRET_WORDS = ("password", "apikey")
_SECRET_URLS = ("dynurl", "urlv4", "urlv6")  # whoever knows one may change the record


def shown(request: Request | Message, redact: Callable[[str], str]) -> list[str]:
    """Lines: the request, its headers, its body; what proves who asks is left out."""
    if isinstance(request, Message):
        return _update(request)
    lines = [f"{request.method} {redact(request.url)}"]
    if request.login is not None or request.password is not None:
        lines.append("  Authorization: Basic ***")
    for name, value in request.headers:
        lines.append(f"  {name}: {'***' if name.lower() in _PROOFS else redact(value)}")
    return [*lines, f"  {redact(request.body)}"] if request.body else lines


def _update(message: Message) -> list[str]:
    lines = [f"UPDATE {message.zone} at {message.server}, key of {message.keyfile}"]
    for host, ttl in message.ttls.items():
        lines += [f"  delete {host}. {message.kind}"]
        lines += [f"  add {host}. {ttl} {message.kind} {message.address}"]
    return lines


def is_secret(key: str) -> bool:
    """Whether a keyword's value is nobody's business."""
    return any(word in key for word in _SECRET_WORDS) or key in _SECRET_URLS


def secrets_of(entries: Iterable[Mapping[str, str | None]]) -> set[str]:
    """Words that must never be told, from what is configured."""
    found: set[str] = set()
    for values in entries:
        for key, value in values.items():
            if value and is_secret(key) and not _is_key_file(key, values):
                found.add(_told_apart(value) if key in _SECRET_URLS else value)
        for login in ("login", "host"):  # he.net's login is the host
            found |= _proofs(values.get(login) or "", values.get("password") or "")
    return found


def _told_apart(url: str) -> str:
    """The secret part of an address: its query, else the last part of its path."""
    path, _, query = url.partition("?")
    return query or path.rstrip("/").rpartition("/")[2]


def _is_key_file(key: str, values: Mapping[str, str | None]) -> bool:
    """The password of nsupdate names a file."""
    return key == "password" and values.get("protocol") == "nsupdate"


def _proofs(login: str, password: str) -> set[str]:
    if not password:
        return set()
    # FreeDNS is asked with this in the place of login and password.
    pair = f"{login}|{password}".encode(errors="surrogateescape")
    return {f"{login}:{password}", hashlib.sha1(pair).hexdigest()}  # noqa: S324 - its API
