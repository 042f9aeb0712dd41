"""What nginx refuses is the fault of one host, and hurts it alone."""

from __future__ import annotations

from homeport.model.route import Refusal, Route, RouteTable, Upstream
from homeport.model.rules import read_rules
from homeport.model.tls import Certificate
from homeport.proxy.quarantine import apart, culprit, routes_of, said
from homeport.proxy.render import Secured, render

UP = (Upstream(address="10.0.0.2", port=5000, container="c"),)
RULES = read_rules({"rate.limit": "3/s"})
TABLE = RouteTable(
    routes=tuple(Route(host=h, owner="o", upstreams=UP, rules=RULES) for h in ("a.org", "b.org"))
)
FOUND = {"b.org": Certificate(name="b.org", not_after=9e9, digest="ab12")}
TEXT = render(TABLE, generation=2, own_host="ci.org", drain=9, secured=Secured(certificates=FOUND))


def at(line: int) -> str:
    """The host of a line of the configuration."""
    complaint = f"unknown directive in /etc/homeport/nginx.conf:{line}"
    return culprit(TEXT, complaint, TABLE, FOUND)


def test_each_line_of_a_site_is_its_hosts_and_every_other_nobodys() -> None:
    lines = TEXT.splitlines()
    upstream = next(n for n, line in enumerate(lines, 1) if "upstream a.org-" in line)
    assert ["a.org"] * 8 == [at(upstream + n) for n in range(8)]
    passes = [n for n, line in enumerate(lines, 1) if "proxy_pass http://b.org-" in line]
    assert ["b.org"] * len(passes) == [at(n) for n in passes]
    zone = next(n for n, line in enumerate(lines, 1) if "limit_req_zone" in line)
    assert "a.org" == at(zone)
    assert ["", ""] == [at(1), at(20)]


def test_a_certificate_is_its_hosts() -> None:
    complaint = 'cannot load certificate "/etc/homeport/tls/ab12.crt": noise'
    assert "b.org" == culprit(TEXT, complaint, TABLE, FOUND)
    assert "" == culprit(TEXT, "out of memory", TABLE, FOUND)


def test_a_host_is_kept_apart_until_it_changes() -> None:
    broken = {"b.org": (routes_of(TABLE, "b.org"), "unknown directive")}
    kept = apart(TABLE, broken)
    assert ["a.org"] == [route.host for route in kept.routes]
    reason = "nginx cannot have b.org: unknown directive"
    assert (Refusal(container="c", reason=reason),) == kept.refusals
    changed = RouteTable(routes=(TABLE.routes[0], Route(host="b.org", owner="o", upstreams=UP)))
    assert changed == apart(changed, broken)


def test_what_nginx_said_is_told_without_its_process_and_place() -> None:
    message = "nginx did not take the new configuration: 1#1: bad x in /etc/homeport/nginx.conf:7"
    assert "bad x" == said(message)
