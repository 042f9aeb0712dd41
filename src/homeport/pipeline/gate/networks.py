"""Networks of the job's: plain bridges, which its own containers join and leave. Pure."""

from __future__ import annotations

from homeport.pipeline.gate.owned import own_container, own_network, there
from homeport.pipeline.gate.scope import LABEL, Scope
from homeport.pipeline.gate.shape import canonical, names, table
from homeport.pipeline.gate.verdict import Facts, Forward, Kind, Question, Request, Verdict, refused


def one(request: Request, _scope: Scope, facts: Facts, name: str) -> Verdict:
    """`docker network inspect` and `rm`; the Engine's own three may be looked at."""
    if request.method == "GET" and name in ("bridge", "none", "host"):
        return Forward(target=request.target(request.path))
    found = there(Question(Kind.NETWORK, name), facts)
    return Forward(target=request.target(f"/networks/{found.name}"))


_NETWORK = names(
    "Name CheckDuplicate Driver Scope EnableIPv4 EnableIPv6 IPAM Internal Attachable Ingress "
    "ConfigOnly ConfigFrom Options Labels"
)


def create(request: Request, scope: Scope, _facts: Facts, _name: str) -> Verdict:
    """`docker network create`."""
    body = canonical(request.body, _NETWORK, "the network")
    if body.get("Driver") not in (None, "", "bridge") or body.get("Options"):
        raise refused("make a network other than a plain bridge")
    labels = {**table(body.get("Labels"), "Labels"), LABEL: scope.key}
    body |= {"Name": scope.own(str(body.get("Name", ""))), "Labels": labels}
    return Forward(target=request.target(request.path), body=body)


_JOINING = names("Container EndpointConfig Force")


def joining(request: Request) -> str:
    """The container of a `docker network connect`."""
    return str(canonical(request.body, _JOINING, "the request").get("Container") or "")


def join(request: Request, _scope: Scope, facts: Facts, name: str) -> Verdict:
    """`docker network connect` and `disconnect`."""
    found = own_network(name, facts)
    container = own_container(joining(request), facts)
    body = canonical(request.body, _JOINING, "the request") | {"Container": container.name}
    what = request.path.rpartition("/")[2]
    return Forward(target=request.target(f"/networks/{found.name}/{what}"), body=body)
