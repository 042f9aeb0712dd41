"""https by the image homeport-proxy: nginx-proxy's rules over files in certs/."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from pathlib import Path

from cryptography import x509

from homeport.engine import process
from homeport.model.wish.options import LABEL
from tests.certificates import issue
from tests.engine.dropin_lab import Dropin, house, image
from tests.engine.gen_lab import answer
from tests.eventually import eventually

__all__ = ["house", "image"]  # fixtures


async def asked(
    house: Dropin, host: str, *, method: str = "GET", client: Path | None = None, port: int = 443
) -> tuple[str, int]:
    """The name in the certificate that is shown for a host, and the status of the answer.

    "" and 0 where the handshake is rejected.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    if client:
        context.load_cert_chain(client.with_suffix(".crt"), client.with_suffix(".key"))
    address = await house.address(house.proxy)
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection(
                address, port, ssl=context, server_hostname=host
            )
            shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
            writer.write(
                f"{method} / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
            )
            status = int((await reader.readuntil(b"\r\n")).split()[1])
            writer.close()
        names = x509.load_der_x509_certificate(shown).extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        )
        return str(names.value.get_values_for_type(x509.DNSName)[0]), status
    return "", 0


async def shows(house: Dropin, host: str, expected: tuple[str, int], *, port: int = 443) -> None:
    async def it_does() -> bool:
        found = await asked(house, host, port=port)
        assert expected == found, (host, found, await house.output())
        return True

    await eventually(it_does)


async def test_a_certificate_is_found_by_name_host_and_parent_else_the_handshake_is_rejected(
    house: Dropin,
) -> None:
    certs = house.folder / "certs"
    for name, host in {"a.example": "a.example", "b.example": "*.b.example", "mine": "c.x"}.items():
        issue(certs, name, host)
    await house.run_proxy()
    await house.app("one", "a.example,www.b.example,none.test")
    await house.app("named", "c.test", env={"CERT_NAME": "mine", "HTTPS_METHOD": "noredirect"})
    await shows(house, "a.example", ("a.example", 200))
    await shows(house, "www.b.example", ("*.b.example", 200))
    await shows(house, "c.test", ("c.x", 200))
    await shows(house, "none.test", ("", 0))
    await shows(house, "unknown.test", ("", 0))
    assert [301, 200, 200] == [
        (await house.asks(host))[0] for host in ("a.example", "c.test", "none.test")
    ]

    issue(certs, "default", "default.x")
    await shows(house, "none.test", ("default.x", 200))
    await shows(house, "unknown.test", ("default.x", 503))


async def test_a_new_host_is_served_by_https_before_nginx_has_read_of_it(house: Dropin) -> None:
    """Here nginx cannot: a file for all hosts has an error, so that every reload is refused."""
    certs = house.folder / "certs"
    issue(certs, "wild", "*.b.example")
    issue(certs, "c.example", "c.example")
    issue(certs, "client", "client")
    await house.run_proxy()
    await house.app("known", "known.b.example", env={"CERT_NAME": "wild"})
    await house.app("none", "none.b.example", env={"HTTPS_METHOD": "nohttps"})
    await shows(house, "known.b.example", ("*.b.example", 200))
    await house.becomes("none.b.example", 200)
    # Nobody is there yet; none is let in who wants no https, or for whom no certificate is good.
    assert ("*.b.example", 503) == await asked(house, "new.b.example")
    assert ("", 0) == await asked(house, "none.b.example")
    assert ("", 0) == await asked(house, "deep.new.b.example")
    house.write("conf.d/bad.conf", "no_such_directive on;\n")
    await house.says("stays as it was: nginx cannot have it: unknown directive")
    await house.app("one", "new.b.example", env={"CERT_NAME": "wild"})
    await shows(house, "new.b.example", ("*.b.example", 200))
    assert "max-age=31536000" == await _hsts(house, "new.b.example")
    await house.app("two", "c.example", env={"HTTPS_METHOD": "noredirect", "VIRTUAL_PATH": "/"})
    await shows(house, "c.example", ("c.example", 200))
    await house.becomes("c.example", 200)
    assert "" == await _hsts(house, "c.example")
    # On terms of their own: nginx has to have read of them.
    own = {"CERT_NAME": "wild", "SSL_POLICY": "Mozilla-Modern"}
    await house.app("three", "own.b.example", env=own)
    await house.app("four", "in.b.example", env={"CERT_NAME": "wild", "NETWORK_ACCESS": "internal"})
    await house.app("five", "last.b.example", env={"CERT_NAME": "wild"})
    await shows(house, "last.b.example", ("*.b.example", 200))
    assert ("*.b.example", 503) == await asked(house, "own.b.example")
    assert ("*.b.example", 200) == await asked(house, "in.b.example")  # we are within
    (house.folder / "conf.d/bad.conf").unlink()
    await shows(house, "own.b.example", ("*.b.example", 200))
    assert "max-age=31536000" == await _hsts(house, "new.b.example")


async def _hsts(house: Dropin, host: str) -> str:
    """What visitors are told of https."""
    address = await house.address(house.proxy)
    url = f"https://{host}"
    argv = ("curl", "-sik", "--noproxy", "*", "--resolve", f"{host}:443:{address}", url)
    found = (await process.run(argv)).stdout.decode().lower()
    return found.partition("strict-transport-security: ")[2].partition("\r\n")[0]


async def test_one_that_cannot_be_used_is_named_and_hurts_its_host_alone(house: Dropin) -> None:
    certs = house.folder / "certs"
    for name in ("good", "mismatch", "other", "broken"):
        issue(certs, f"{name}.example")
    issue(certs, "expired.example", seconds=-60)
    (certs / "mismatch.example.key").write_bytes((certs / "other.example.key").read_bytes())
    (certs / "broken.example.crt").write_text("nonsense")
    await house.run_proxy()
    await house.app("one", "good.example,mismatch.example,expired.example,broken.example")
    await shows(house, "good.example", ("good.example", 200))
    for name, why in {
        "mismatch": "it does not match its key",
        "expired": "has expired",
        "broken": "it or its key is no PEM",
    }.items():
        await house.says(f"{name}.example.crt")
        await house.says(why)
        await shows(house, f"{name}.example", ("", 0))
        found = await house.asks(f"{name}.example")
        assert 200 == found[0], (name, found, await house.output())


async def test_visitors_show_a_certificate_where_there_is_an_authority_for_them(
    house: Dropin,
) -> None:
    certs = house.folder / "certs"
    issue(certs, "a.example", "a.example")
    issue(certs, "client", "client")
    (certs / "a.example.ca.crt").write_bytes((certs / "client.crt").read_bytes())
    await house.run_proxy()
    await house.app("one", "a.example")
    labels = {**house.labels, f"{LABEL}ssl_verify_client": "optional"}
    issue(certs, "b.example", "b.example")
    (certs / "b.example.ca.crt").write_bytes((certs / "client.crt").read_bytes())
    await house.app("two", "b.example", Labels=labels)
    await shows(house, "a.example", ("a.example", 400))
    await shows(house, "b.example", ("b.example", 200))
    assert ("a.example", 200) == await asked(house, "a.example", client=certs / "client")


async def test_other_methods_are_led_to_https_with_a_status_that_keeps_them(house: Dropin) -> None:
    import httpx

    issue(house.folder / "certs", "a.example", "a.example")
    await house.run_proxy(HTTPS_PORT="8443", NON_GET_REDIRECT="308")
    await house.app("one", "a.example")
    await house.becomes("a.example", 301)
    address = await house.address(house.proxy)
    async with httpx.AsyncClient(trust_env=False) as client:
        found = await client.post(f"http://{address}/x", headers={"Host": "a.example"})
    assert (308, "https://a.example:8443/x") == (found.status_code, found.headers["location"])


async def test_http_2_and_3_are_offered_where_they_are_wanted(house: Dropin) -> None:
    issue(house.folder / "certs", "a.example", "a.example")
    issue(house.folder / "certs", "b.example", "b.example")
    await house.run_proxy()
    on = {f"{LABEL}http3.enable": "true"}
    off = {f"{LABEL}http2.enable": "false"}
    await house.app("one", "a.example", Labels={**house.labels, **on})
    await house.app("two", "b.example", Labels={**house.labels, **off})
    await shows(house, "a.example", ("a.example", 200))
    await shows(house, "b.example", ("b.example", 200))
    assert ["h2", "http/1.1"] == [await _agreed(house, h) for h in ("a.example", "b.example")]
    assert "    listen 443 quic reuseport;" in house.conf
    assert """add_header alt-svc 'h3=":443"; ma=86400;';""" in house.conf


async def _agreed(house: Dropin, host: str) -> str | None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    address = await house.address(house.proxy)
    _, writer = await asyncio.open_connection(address, 443, ssl=context, server_hostname=host)
    agreed: str | None = writer.get_extra_info("ssl_object").selected_alpn_protocol()
    writer.close()
    return agreed


async def test_the_images_own_dhparam_is_used_unless_it_is_skipped(house: Dropin) -> None:
    await house.run_proxy(DHPARAM_BITS="2048")
    line = "ssl_dhparam /usr/share/homeport-proxy/dhparam/ffdhe2048.pem;"
    await eventually(lambda: _says(house, line, said=True))
    status, _ = await house.docker.run_in(house.proxy, ["nginx", "-t"])
    assert 0 == status
    await house.docker.remove_container(house.proxy, force=True)
    await house.run_proxy("again", DHPARAM_SKIP="true")
    await eventually(lambda: _says(house, "ssl_dhparam", said=False))


async def _says(house: Dropin, text: str, *, said: bool) -> bool:
    return said == (text in house.conf)


async def test_a_host_is_reached_at_ports_of_its_own(house: Dropin) -> None:
    """And at the proxy's own; what VIRTUAL_HOST_MULTIPORTS says goes before."""
    for name in ("a.example", "b.example"):
        issue(house.folder / "certs", name, name)
    await house.run_proxy()
    ports = {"EXTERNAL_HTTP_PORT": "8080", "EXTERNAL_HTTPS_PORT": "8443"}
    await house.app("one", "a.example", env=ports)
    several = "b.example: {external_https_port: 9443, /: {port: 5000}}"
    env = {"VIRTUAL_HOST_MULTIPORTS": several, "EXTERNAL_HTTPS_PORT": "8443"}
    await house.app("two", "", env=env)
    await house.app("wrong", "c.example", env={"EXTERNAL_HTTP_PORT": "8443"})
    await shows(house, "b.example", ("b.example", 200), port=9443)
    await shows(house, "a.example", ("a.example", 200), port=8443)
    proxy = await house.address(house.proxy)
    found = [
        (await answer(f"{proxy}:{port}", host))[0]
        for host, port in (("a.example", 8080), ("a.example", 80), ("b.example", 80))
    ]
    assert [301, 301, 301] == found
    own = [("a.example", 200), ("b.example", 200)]
    assert own == [await asked(house, host) for host in ("a.example", "b.example")]
    assert "https://$host:9443$request_uri" in house.conf
    assert "c.example is not served: EXTERNAL_HTTP_PORT 8443 is a port for https" in house.conf
