"""Which events a person is sent word of, in which words, and as which request. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import msgspec

from homeport import events as e
from homeport.errors import RequestError
from homeport.tell import tell

_NTFY = "ntfy+"
_TOLD = 2000  # characters of a notice's text
_FAILED = ("failed", "interrupted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a person is told."""

    title: str
    text: str
    event: e.Event
    urgent: bool = False  # something does not work; otherwise it is good to know


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where notices go. `url` may hold a secret, and is never shown."""

    url: str = field(repr=False)
    ntfy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A POST, whole. It may hold secrets, and is never shown."""

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes


def read_addresses(text: str) -> tuple[Address, ...]:
    """The addresses of a list of URLs: `ntfy+https://ntfy.example/topic, https://hook.example/x`.

    Raises:
        RequestError: one is no URL. It is not quoted: it may hold a secret.
    """
    given = [part.strip() for part in text.split(",") if part.strip()]
    return tuple(_address(number, one) for number, one in enumerate(given, 1))


def notice_of(event: e.Event, broken: Collection[str]) -> Notice | None:
    """What to say of an event; None where nobody wants to be told.

    Args:
        event: what happened.
        broken: the apps whose last run failed: that they are live again is news.
    """
    match event:
        case e.RunFinished(state="live") if event.app in broken:
            return _notice(event, f"{event.app} is live again")
        case e.RunFinished() if event.state in _FAILED:
            return _notice(event, f"{event.app} did not go live", urgent=True)
        case e.TakenBack():
            return _notice(event, f"{event.app} went back to release {event.to}", urgent=True)
        case e.BuildFinished(state="failed") if event.app not in broken:  # else it was told why
            return _notice(event, f"{event.repository} is not published", urgent=True)
        case _:
            return _of_the_box(event)


def becomes_broken(event: e.Event) -> bool | None:
    """Whether an app's last run failed, by this event; None where it says nothing of that."""
    if not isinstance(event, e.RunFinished):
        return None
    if event.state in _FAILED:
        return True
    return False if event.state == "live" else None


def request_of(address: Address, notice: Notice) -> Request:
    """The POST that sends a notice.

    Source: docs.ntfy.sh/publish. Elsewhere one JSON object in which each service finds its
    own key: `text` (Slack, Mattermost, Rocket.Chat), `content` (Discord), `message` (Gotify).
    """
    if address.ntfy:
        return _ntfy(address, notice)
    event = msgspec.to_builtins(notice.event)
    told = f"{notice.title}\n{notice.text}"
    body = {
        "title": notice.title,
        "message": notice.text,
        "text": told,
        "content": told,
        "priority": 8 if notice.urgent else 4,
        "event": type(notice.event).__name__,
        "fields": event,
    }
    url, headers = _without_login(address.url)
    headers |= {"Content-Type": "application/json", "User-Agent": "homeport"}
    return Request(url=url, headers=headers, body=msgspec.json.encode(body))


def _address(number: int, text: str) -> Address:
    ntfy = text.startswith(_NTFY)
    url = text.removeprefix(_NTFY)
    try:
        where = urlsplit(url)
        fits = where.scheme in ("http", "https") and bool(where.hostname) and where.port != 0
    except ValueError:
        fits = False
    if not fits or re.search(r"[\x00-\x20\x7f]", url) or not url.isascii():
        hint = "https://..., or ntfy+https://HOST/TOPIC, parted by commas"
        raise RequestError(f"notify: address {number} is no URL", hint=hint)
    return Address(url=url, ntfy=ntfy)


def _notice(event: e.Event, title: str, *, urgent: bool = False) -> Notice:
    lines = (line.strip() for line in tell(event).splitlines())
    text = "\n".join(re.sub(r"^[-=]+> ", "", line) for line in lines)
    return Notice(title=title, text=text[:_TOLD] or title, event=event, urgent=urgent)


def _of_the_box(event: e.Event) -> Notice | None:
    match event:
        case e.AddressChanged():
            return _notice(event, "This box has another address")
        case e.EngineBack():
            return _notice(event, "The Docker Engine is back")
        case e.NotifyTried():
            return _notice(event, "homeport can reach you")
        case _:
            title = _trouble(event)
            return _notice(event, title, urgent=True) if title else None


def _trouble(event: e.Event) -> str:
    """What does not work; "" where something does."""
    match event:
        case e.CertificateFailed():
            return f"The certificate of {event.names[0]} is in trouble"
        case e.RouteRefused():
            return f"{event.container} is not routed"
        case e.ProxyRefused():
            return "nginx refused its configuration"
        case e.RemoteLost():
            return f"The remote of {event.app} is lost"
        case e.DiskShort():
            return "The disk is short of room"
        case e.EngineLost():
            return "The Docker Engine is gone"
        case _:
            return _of_names(event)


def _of_names(event: e.Event) -> str:
    match event:
        case e.AddressUnknown():
            return "The address of this box is not known"
        case e.ZonesRefused():
            return "The file of zones is no good"
        case e.RecordFailed():
            return f"The records of {event.host or event.zone} are not up to date"
        case e.RecordLate():
            return f"{event.host} is not answered as it should be"
        case _:
            return ""


def _ntfy(address: Address, notice: Notice) -> Request:
    url, headers = _without_login(address.url)
    headers |= {
        # Only ASCII fits into a header; ntfy decodes RFC 2047.
        "Title": _header(notice.title),
        "Priority": "high" if notice.urgent else "default",
        "Tags": "warning" if notice.urgent else "house",
        "User-Agent": "homeport",
    }
    return Request(url=url, headers=headers, body=notice.text.encode())


def _header(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return f"=?UTF-8?B?{base64.b64encode(text.encode()).decode()}?="


def _without_login(url: str) -> tuple[str, dict[str, str]]:
    """The URL without `user:password@`, and the header that says it instead."""
    where = urlsplit(url)
    if "@" not in where.netloc:
        return url, {}
    login, _, host = where.netloc.rpartition("@")
    basic = base64.b64encode(unquote(login).encode()).decode()
    return where._replace(netloc=host).geturl(), {"Authorization": f"Basic {basic}"}
