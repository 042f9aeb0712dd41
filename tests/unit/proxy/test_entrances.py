"""https in nginx's configuration: the ports, certificates and redirects of each host."""

from __future__ import annotations

from pathlib import Path

from homeport.model.route import Route, RouteTable, Upstream
from homeport.model.tls import Certificate, Terms
from homeport.model.wish import HttpsMethod
from homeport.proxy.render import Secured, render

GOLDEN = Path(__file__).parents[2] / "golden" / "proxy" / "https.conf"
NOW = 1_000_000.0


def certificate(name: str, *, beside: bool = False) -> Certificate:
    """One that is good; with all that may lie beside it."""
    return Certificate(
        name=name,
        not_after=NOW + 9,
        digest=f"{name[0]}1",
        dhparam=beside,
        authority=beside,
        revoked=beside,
    )


def route(host: str, terms: Terms) -> Route:
    """A route of one container."""
    up = Upstream(address="10.0.0.2", port=5000, container="c")
    return Route(host=host, upstreams=(up,), owner="o", terms=terms)


def lines(*routes: Route, secured: Secured, own_host: str = "") -> str:
    """The servers of a configuration, without their locations and upstreams."""
    text = render(
        RouteTable(routes=routes), generation=7, own_host=own_host, drain=35, secured=secured
    )
    kept = ("server_name", "listen", "ssl_", "http2 ", "add_header", "return 30")
    found = [line.strip() for line in text.splitlines()]
    ports = [line for line in found if line == "server {" or line.startswith(kept)]
    return "\n".join(ports).replace("server {", "\nserver")


def test_the_servers_of_hosts_with_certificates_look_like_this() -> None:
    """Redirect, both, https alone, http alone, one without, mutual TLS, QUIC, and our own."""
    every = [
        certificate("a.org", beside=True),
        certificate("ci.org"),
    ]
    every += [certificate(f"{letter}.org") for letter in "bcdf"]
    secured = Secured(certificates={c.name: c for c in every}, now=NOW, port=8443)
    found = lines(
        route("a.org", Terms(http3=True, redirect_other=307)),
        route("b.org", Terms(method=HttpsMethod.NOREDIRECT, policy="Mozilla-Modern")),
        route("c.org", Terms(method=HttpsMethod.NOHTTP, hsts="max-age=5", http2=False)),
        route("d.org", Terms(method=HttpsMethod.NOHTTPS)),
        route("e.org", Terms()),
        route("f.org", Terms(external_port=443, hsts="", policy="AWS-TLS-1-1-2017-01")),
        secured=secured,
        own_host="ci.org",
    )
    assert GOLDEN.read_text() == found.strip() + "\n"


def test_without_certificates_every_host_is_served_by_http_as_before() -> None:
    found = lines(route("a.org", Terms()), secured=Secured())
    assert ["listen 443 ssl default_server;"] == [x for x in found.splitlines() if "443" in x]
    assert "ssl_reject_handshake on;" in found


def test_a_default_certificate_answers_for_names_that_no_site_has() -> None:
    secured = Secured(certificates={"default": certificate("default")}, now=NOW)
    found = lines(route("a.org", Terms(default_certificate=False)), secured=secured)
    assert 2 == found.count("listen 443")
    assert "server_name a.org;\nssl_reject_handshake on;" in found
    expired = Secured(certificates=secured.certificates, now=NOW + 10)
    assert "ssl_certificate " not in lines(route("a.org", Terms()), secured=expired)
