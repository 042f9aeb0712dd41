"""Routes as JSON has them."""

from __future__ import annotations

import json

from homeport.model.route import Route, RouteTable, Upstream
from homeport.model.rules import read_rules
from homeport.model.tls import Certificate
from homeport.proxy.render import Secured
from homeport.proxy.shown import shown

HASHED = "me:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="


def test_a_route_is_json_and_holds_no_digest_of_a_password() -> None:
    up = Upstream(address="10.0.0.2", port=5000, container="c")
    rules = read_rules({"basic_auth": HASHED, "rate.limit": "5/s"})
    route = Route(host="a.org", owner="o", upstreams=(up,), rules=rules)
    certificate = Certificate(name="a.org", not_after=9.0, digest="d")
    secured = Secured(certificates={"a.org": certificate}, now=5.0)
    (found,) = json.loads(json.dumps(shown(RouteTable(routes=(route,)), secured)))
    rate = {"requests": 5, "per": "s", "burst": 0}
    assert {"basic_auth": ["me"], "rate": rate} == found["rules"]
    https = {"certificate": "a.org", "not_after": 9.0, "why_not": "", "http": "redirects"}
    assert (https, "a.org", "/") == (found["https"], found["host"], found["path"])
    assert "SHA" not in json.dumps(found)
