"""Who may do what in the registry: passes for tokens, and a word on each request.

nginx stands before the registry and asks here (`auth_request`) before it lets a request through.
Source: distribution, docs/spec/auth/token.md and oauth.md.
"""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from homeport.model.names import app_of, is_for_people, is_staged, matches
from homeport.registry.elsewhere import AGENT
from homeport.registry.grant import Asked, asked, granted, read_scopes, refusal
from homeport.registry.passes import GOOD_FOR, Pass
from homeport.registry.registry import OWN, Registry
from homeport.web.bodies import Bodies
from homeport.web.context import Context, context_of
from homeport.web.credentials import basic

SERVICE = "homeport"
_NO_NAME = (
    "no image can be called that: names are of lower-case letters and digits, parted by one of"
    " . _ - and /, at most 255; tags have at most 128"
)
_FORMS = Bodies(65536)  # who sends them has shown nothing yet
_HOST = re.compile(r"[A-Za-z0-9._\[\]:-]{1,260}")
PREFIX = "/registry/"  # what stands below it asks for its own kind of proof


async def login(request: Request) -> Response:
    """GET or POST /registry/token: a pass, for a token or for nobody in particular."""
    context = context_of(request)
    registry, form = context.registry, await _form(request)
    if registry is None:
        return _errors(404, "UNSUPPORTED", "there is no registry here: setting registry")
    shown = _password(request, form)
    found = context.store.tokens.find(shown) if shown else None
    if shown and found is None:
        return _errors(401, "UNAUTHORIZED", "this token is not known, or was revoked")
    name, grants = found or ("", None)
    access = granted(read_scopes(form.get("scope", ())), grants, _public(context))
    return _pass(registry.give(name, access))


async def may(request: Request) -> Response:
    """GET /registry/may: 204 where the request that nginx tells of may pass, else 401 or 403."""
    context, headers = context_of(request), request.headers
    if context.registry is None:
        return Response(status_code=403)
    needed = asked(headers.get("x-original-method", ""), headers.get("x-original-uri", ""))
    if needed is None:
        return _no(403, _NO_NAME)
    shown = _pass_of(request, context, context.registry)
    why = _refused(context, needed, shown)
    if why is None:
        # What homeport itself publishes is waited for in another way.
        if any(a != "pull" for _, a in needed.needs) and not (shown and shown.token == OWN):
            context.registry.written.at = time.monotonic()
        return Response(status_code=204, headers={"x-homeport-by": shown.token if shown else ""})
    if shown and why.startswith("tag "):
        return _no(403, why)
    return _challenge(request, needed, why)


async def happened(request: Request) -> Response:
    """POST /registry/events: what the registry tells of; pulls of tags are counted.

    A client asks for the manifest of a tag once (a HEAD, since Engine 20.10), and for the rest by
    digests: a pull of an index is told for each of its children as well, but once with a tag.
    """
    context = context_of(request)
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    expected = context.registry.notifier if context.registry else ""
    if not expected or scheme != "Bearer" or not hmac.compare_digest(secret, expected):
        return Response(status_code=401)
    try:
        found = msgspec.json.decode(await request.body(), type=_Envelope)
    except msgspec.DecodeError:
        return Response(status_code=400)
    for event in found.events:
        if event.action == "pull" and _counts(event.target.tag) and not event.request.looks:
            context.store.builds.pulled(event.target.repository, event.target.tag)
        elif event.action == "push" and _counts(event.target.tag):
            context.tag_moved()
    return Response(status_code=200)


def _counts(tag: str) -> bool:
    return bool(tag) and is_for_people(tag)


class _Target(msgspec.Struct):
    repository: str = ""
    tag: str = ""


class _By(msgspec.Struct):
    method: str = ""
    useragent: str = ""

    @property
    def looks(self) -> bool:
        """Whether a homeport only looks where a tag is, and pulls nothing."""
        return self.method == "HEAD" and self.useragent == AGENT


class _Happened(msgspec.Struct):
    action: str = ""
    target: _Target = msgspec.field(default_factory=_Target)
    request: _By = msgspec.field(default_factory=_By)


class _Envelope(msgspec.Struct):
    events: list[_Happened] = msgspec.field(default_factory=list)


def _refused(context: Context, needed: Asked, shown: Pass | None) -> str | None:
    """Why a request may not pass; None where it may."""
    if shown is None:
        public = _public(context)
        free = needed.needs and all(a == "pull" and app_of(n) in public for n, a in needed.needs)
        return None if free else "a token is needed"
    if not needed.needs and not needed.catalog:
        return None if shown.token else "a token is needed"
    return refusal(needed, shown.access) or _protected(context, needed, shown)


def _protected(context: Context, needed: Asked, shown: Pass) -> str | None:
    """A tag that is protected is not moved, nor taken away, once it is there."""
    if shown.token == OWN or context.registry is None:
        return None
    if is_staged(needed.writes_tag):
        return f"tag {needed.writes_tag[:40]} is kept for homeport itself"
    app = context.store.apps.find(app_of(needed.repository))
    if not app or not app.protected or not (needed.writes_tag or needed.removes):
        return None
    storage, repository = context.registry.storage, needed.repository
    tags = [needed.writes_tag] if needed.writes_tag else storage.tags(repository)
    for tag in tags:
        if any(matches(tag, pattern) for pattern in app.protected):
            digest = storage.resolve(repository, tag)
            if digest and (needed.writes_tag or needed.removes in storage.needed(digest)):
                return f"tag {tag} is protected, and there already"
    return None


def _pass_of(request: Request, context: Context, registry: Registry) -> Pass | None:
    """The pass that a request shows, while the token that it was given for is good."""
    header = request.headers.get("authorization", "")
    scheme, _, value = header.partition(" ")
    if (password := basic(header)) is not None:
        found = context.store.tokens.find(password)
        if not found:
            return None
        asked_for = asked(
            request.headers.get("x-original-method", ""), request.headers.get("x-original-uri", "")
        )
        wanted = read_scopes([asked_for.scope]) if asked_for else {}
        access = granted(wanted, found[1], _public(context))
        return Pass(token=found[0], access=access, until=0)
    shown = registry.read(value) if scheme.lower() == "bearer" else None
    if shown and shown.token not in ("", OWN) and not context.store.tokens.is_good(shown.token):
        return None
    return shown


def _public(context: Context) -> set[str]:
    return {app.name for app in context.store.apps.list() if app.public}


def _pass(text: str) -> JSONResponse:
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = {"token": text, "access_token": text, "expires_in": GOOD_FOR, "issued_at": now}
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


def _challenge(request: Request, needed: Asked, why: str) -> Response:
    """Where to ask for a pass, and for which."""
    scheme = "https" if request.headers.get("x-forwarded-proto") == "https" else "http"
    host = request.headers.get("x-forwarded-host", "")
    host = host if _HOST.fullmatch(host) else ""
    parts = [f'realm="{scheme}://{host}/auth/token"', f'service="{SERVICE}"']
    parts += [f'scope="{needed.scope}"'] if needed.scope else []
    answer = _no(401, why)
    answer.headers["WWW-Authenticate"] = f"Bearer {','.join(parts)}"
    return answer


def _no(status: int, why: str) -> Response:
    """The reason, which nginx passes on in the shape that the registry's clients read."""
    return Response(status_code=status, headers={"x-homeport-why": why})


def _errors(status: int, code: str, message: str) -> JSONResponse:
    body = {"errors": [{"code": code, "message": message}]}
    return JSONResponse(body, status, {"Cache-Control": "no-store"})


async def _form(request: Request) -> Mapping[str, list[str]]:
    """The parameters of a GET, or of a form (OAuth 2.0)."""
    text = request.url.query
    if request.method == "POST":
        text = (await _FORMS.read(request)).decode(errors="replace")
    return parse_qs(text)


def _password(request: Request, form: Mapping[str, list[str]]) -> str:
    """The token that is shown: as the password of Basic, or in a form."""
    shown = basic(request.headers.get("authorization", ""))
    if shown is not None:
        return shown or "-"
    given: Any = form.get("password") or form.get("refresh_token") or [""]
    return str(given[0])


ROUTES = [
    Route("/registry/token", login, methods=["GET", "POST"]),
    Route("/registry/may", may),
    Route("/registry/events", happened, methods=["POST"]),
]
