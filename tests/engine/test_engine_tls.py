"""An Engine at tcp:// that wants certificates: both sides show theirs."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from homeport.engine.docker import Docker
from homeport.engine.tls import client_context
from homeport.errors import EngineDown, RequestError
from homeport.proxy.handshake import shake_hands
from homeport.proxy.seen import Handshake
from tests.engine.gen_lab import NAMES, Lab, lab

__all__ = ["lab"]  # a fixture
ENGINE = "/var/run/docker.sock"


@dataclass(frozen=True, slots=True)
class Secure:
    """An Engine behind TLS, and the folder with who signs, and our certificate."""

    folder: Path
    port: int

    @property
    def host(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"


@pytest.fixture
async def secure(tmp_path: Path) -> AsyncIterator[Secure]:
    folder = tmp_path / "certs"
    folder.mkdir()
    make_certificates(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(folder / "ca.pem"))
    context.load_cert_chain(folder / "server.pem", folder / "server-key.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    server = await asyncio.start_server(relay, "127.0.0.1", 0, ssl=context)
    yield Secure(folder, server.sockets[0].getsockname()[1])
    server.close()
    await server.wait_closed()


async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    inside, outside = await asyncio.open_unix_connection(ENGINE)
    await asyncio.gather(copy(reader, outside), copy(inside, writer), return_exceptions=True)


async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    finally:
        target.close()


def make_certificates(folder: Path) -> None:
    """A signer of its own, and what it signed for the server and for us."""
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca = signed("ca", ca_key.public_key(), "ca", ca_key, ca=True)
    save(folder, "ca", ca, ca_key)
    for name in ("server", ""):
        key = ec.generate_private_key(ec.SECP256R1())
        save(folder, name, signed(name or "us", key.public_key(), "ca", ca_key), key)


def signed(
    name: str,
    key: ec.EllipticCurvePublicKey,
    issuer: str,
    by: ec.EllipticCurvePrivateKey,
    *,
    ca: bool = False,
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)

    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .sign(by, hashes.SHA256())
    )


def save(
    folder: Path, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> None:
    """`ca.pem`, `server.pem`, `server-key.pem`; ours are `cert.pem` and `key.pem`, as docker's."""
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / f"{name or 'cert'}.pem").write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
    )
    (folder / (f"{name}-key.pem" if name else "key.pem")).write_bytes(secret)


def context(secure: Secure, **change: Path | bool) -> ssl.SSLContext:
    folder = secure.folder
    files = {"ca": folder / "ca.pem", "cert": folder / "cert.pem", "key": folder / "key.pem"}
    given = {**files, "verify": True, **change}
    return client_context(**given)  # type: ignore[arg-type]


async def test_with_the_right_certificates_the_engine_answers(secure: Secure) -> None:
    docker = Docker(secure.host, tls=context(secure))
    assert (1, 41) <= await docker.negotiate()
    docker.close()


@pytest.mark.parametrize("missing", ["cert", "tls"])
async def test_without_ours_it_is_down(secure: Secure, missing: str) -> None:
    tls = context(secure, cert=Path("/nowhere")) if missing == "cert" else None
    docker = Docker(secure.host, tls=tls)
    with pytest.raises(EngineDown):
        await docker.negotiate()


async def test_a_server_that_somebody_else_signed_is_not_spoken_with(
    secure: Secure, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    make_certificates(other)
    with pytest.raises(EngineDown, match="CERTIFICATE_VERIFY_FAILED"):
        await Docker(secure.host, tls=context(secure, ca=other / "ca.pem")).negotiate()
    docker = Docker(secure.host, tls=context(secure, ca=other / "ca.pem", verify=False))
    assert (1, 41) <= await docker.negotiate()
    docker.close()


def test_a_file_that_is_no_certificate_is_told_with_the_options(tmp_path: Path) -> None:
    file = tmp_path / "x.pem"
    file.write_text("no")
    with pytest.raises(RequestError) as error:
        client_context(ca=file, cert=file, key=file, verify=True)
    assert f"-tlscacert {file}" in error.value.hint


async def test_the_generator_speaks_with_it(lab: Lab, secure: Secure) -> None:
    app = await lab.app("one", "a.example")
    template = lab.file("names.tmpl", NAMES)
    certs: list[str | Path] = [
        *("-tlscacert", secure.folder / "ca.pem", "-tlscert", secure.folder / "cert.pem"),
        *("-tlskey", secure.folder / "key.pem", "-tlsverify"),
    ]
    program = await lab.run("-endpoint", secure.host, *certs, template)
    assert (f"{app} a.example\n", "") == (program.printed, program.said)


async def test_a_certificate_that_no_authority_signed_is_shown_and_not_trusted(
    tmp_path: Path,
) -> None:
    make_certificates(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "server.pem", tmp_path / "server-key.pem")
    server = await asyncio.start_server(
        lambda _reader, writer: writer.close(), "127.0.0.1", 0, ssl=context
    )
    port = server.sockets[0].getsockname()[1]
    found = await asyncio.to_thread(shake_hands, "127.0.0.1", port, "a.localhost")
    server.close()
    await server.wait_closed()
    assert found
    assert (True, "unable to get local issuer certificate") == (found.shown, found.fault)


async def test_who_speaks_no_tls_shows_no_certificate_and_a_closed_port_says_nothing() -> None:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    assert Handshake(shown=False) == await asyncio.to_thread(shake_hands, "127.0.0.1", port, "a.b")
    server.close()
    await server.wait_closed()
    assert await asyncio.to_thread(shake_hands, "127.0.0.1", port, "a.b") is None
