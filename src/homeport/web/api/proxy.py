"""The routes, and why a host answers what it answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route

from homeport.events import (
    CertificateFailed,
    CertificateIssued,
    CertificateOrdered,
    CertificateRevoked,
    Event,
    HttpsLive,
    ProxyRefused,
    RecordChanged,
    Recorded,
    RecordFailed,
    RecordLate,
    RecordLive,
    RecordMade,
    RouteGone,
    RouteLive,
    RouteRefused,
    VariableIgnored,
)
from homeport.proxy.explain import explain, host_name
from homeport.proxy.metrics import CONTENT_TYPE
from homeport.proxy.seen import Observation, Past, Signing
from homeport.tell import tell
from homeport.web.context import context_of

_LOOKED_AT = 500  # events
_SHOWN = 8


async def routes(request: Request) -> JSONResponse:
    """GET /api/proxy/routes: every host and path that is served, and what was refused."""
    facts = await context_of(request).status()
    return JSONResponse({"routes": facts["routes"], "refusals": facts["refusals"]})


async def explained(request: Request) -> JSONResponse:
    """GET /api/proxy/explain/{host}: what was observed of it, and what that means."""
    host = host_name(request.path_params["host"])
    context = context_of(request)
    journal = context.store.journal
    seen = await context.examine(host)
    lately = _lately(journal.since(journal.last(_LOOKED_AT)), seen)
    signing = _signing(context.certificates.listed(), host)
    observed = msgspec.structs.replace(seen, lately=lately, signing=signing)
    found = {"observation": observed, "explanation": explain(observed)}
    return JSONResponse(msgspec.to_builtins(found))


async def metrics(request: Request) -> PlainTextResponse:
    """GET /metrics: what Prometheus reads; the requests where the setting `metrics` is on."""
    return PlainTextResponse(await context_of(request).metrics(), media_type=CONTENT_TYPE)


def _lately(recorded: Iterable[Recorded], seen: Observation) -> tuple[Past, ...]:
    """What happened to its routes, records and certificates; told as everywhere."""
    found = [one for one in recorded if _is_about(one.event, seen)]
    return tuple(Past(at=one.at, text=tell(one.event).strip()) for one in found[-_SHOWN:])


def _is_about(event: Event, seen: Observation) -> bool:
    match event:
        case RouteLive() | RouteGone():
            # A path stands behind the host.
            return event.host.partition("/")[0] in {seen.host, *(r.host for r in seen.routes)}
        case RouteRefused():
            return event.container in {candidate.name for candidate in seen.candidates}
        case RecordMade() | RecordChanged() | RecordLive() | RecordLate() | RecordFailed():
            return event.host == seen.host
        case CertificateOrdered() | CertificateIssued() | CertificateFailed() | HttpsLive():
            return seen.host in event.names
        case CertificateRevoked() | VariableIgnored():
            return seen.host in event.names
        case _:
            return isinstance(event, ProxyRefused)


def _signing(certificates: Iterable[Mapping[str, Any]], host: str) -> Signing | None:
    """What becomes of the certificate that is good for a host; None where none is wanted."""
    good = (host, f"*.{host.partition('.')[2]}")
    mine = [one for one in certificates if one["next"] and set(good) & set(one["names"])]
    return msgspec.convert(mine[0], Signing) if mine else None


ROUTES = [
    Route("/metrics", metrics, methods=["GET"]),
    Route("/api/proxy/routes", routes, methods=["GET"]),
    Route("/api/proxy/explain/{host}", explained, methods=["GET"]),
]
