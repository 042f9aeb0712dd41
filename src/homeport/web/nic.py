"""GET /nic/update, as routers know it from dyndns2: the router says which address the box has.

The answers are those of dyndns2: `good ADDRESS`, `nochg ADDRESS`, `badauth`, `badagent`, `notfqdn`,
`911`.
Which hosts follow is no matter of the router's: all that are routed do.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from homeport.dns.model import Addresses, is_public
from homeport.web.context import context_of
from homeport.web.credentials import basic

PATH = "/nic/update"
# What each browser calls itself. One that knows a token would send it for an image of any page, and
# the names of the box would follow to where that page says.
_BROWSER = "Mozilla/5.0"


async def update(request: Request) -> PlainTextResponse:
    """GET /nic/update?hostname=H&myip=A[,A]: the user's name is any, the password a token."""
    context = context_of(request)
    if request.headers.get("user-agent", "").startswith(_BROWSER):
        return PlainTextResponse("badagent\n", 403)
    who = context.store.tokens.who(basic(request.headers.get("authorization", "")) or "")
    if who is None:
        challenge = {"WWW-Authenticate": 'Basic realm="homeport"'}
        return PlainTextResponse("badauth\n", 401, challenge)
    hosts = [host for host in request.query_params.get("hostname", "").split(",") if host]
    if not hosts:
        return PlainTextResponse("notfqdn\n")
    said = _said(request)
    if not said or not all(is_public(address) for address in said):
        return PlainTextResponse("911\n")  # a private address, or none, leads nobody here
    changed = context.records.report(_addresses(said), f"/nic/update by {who}")
    line = f"{'good' if changed else 'nochg'} {','.join(said)}\n"
    return PlainTextResponse(line * len(hosts))


def _said(request: Request) -> list[str]:
    """`myip` may be both families; some routers say `myipv6` besides."""
    query = request.query_params
    given = f"{query.get('myip', '')},{query.get('myipv6', '')}".split(",")
    return [address.strip() for address in given if address.strip()]


def _addresses(said: list[str]) -> Addresses:
    v4 = next((address for address in said if ":" not in address), "")
    return Addresses(v4=v4, v6=next((address for address in said if ":" in address), ""))


ROUTES = [Route(PATH, update, methods=["GET"])]
