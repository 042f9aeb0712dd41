"""Copy certificates for nginx, and look whether it can have them: a program of its own.

The libraries for it take 20 MB, which the daemon would keep; and no key is ever in its memory. What
was looked at is what nginx reads: the copy is named by its content and does not change, whatever
happens to the file. `python -m homeport.proxy.tls.snapshot FROM TO NAME...` prints a JSON list.
"""

from __future__ import annotations

import hashlib
import json
import ssl
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from cryptography import x509

from homeport.model.tls import Certificate

# What lies under a certificate's name, and is needed by nginx; the first two have to be there.
SUFFIXES = ("crt", "key", "dhparam.pem", "ca.crt", "crl.pem")
_FAULTS = {
    "KEY_VALUES_MISMATCH": "it does not match its key",
    "NO_START_LINE": "it or its key is no PEM",
    "EE_KEY_TOO_SMALL": "its key is too small",
    "CA_MD_TOO_WEAK": "its signature is too weak",
}


def main(arguments: list[str]) -> int:
    """Print what each certificate is; status 2 where the arguments are wrong."""
    if len(arguments) < 2:
        return 2
    given, into, *names = arguments
    into_folder = Path(into)
    into_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = [asdict(examine(Path(given), into_folder, name)) for name in names]
    json.dump(found, sys.stdout)
    return 0


def examine(folder: Path, into: Path, name: str) -> Certificate:
    """What a certificate is; copied where nginx can have it."""
    try:
        contents = _read(folder, name)
    except OSError as error:
        return Certificate(name=name, fault=f"{error.strerror or error}")
    digest = _digest(contents)
    try:
        copies = _copy(contents, into, digest)
    except OSError as error:
        return Certificate(name=name, fault=f"{error.strerror or error}", copied=False)
    fault = _fault(copies)
    if fault:
        _forget(copies.values())
        return Certificate(name=name, digest=digest, fault=fault)
    leaf = x509.load_pem_x509_certificates(contents["crt"])[0]
    return Certificate(
        name=name,
        names=_names(leaf),
        not_after=leaf.not_valid_after_utc.timestamp(),
        digest=digest,
        dhparam="dhparam.pem" in copies,
        authority="ca.crt" in copies,
        revoked="crl.pem" in copies,
    )


def _read(folder: Path, name: str) -> dict[str, bytes]:
    paths = {suffix: folder / f"{name}.{suffix}" for suffix in SUFFIXES}
    needed = SUFFIXES[:2]
    return {s: path.read_bytes() for s, path in paths.items() if s in needed or path.exists()}


def _digest(contents: dict[str, bytes]) -> str:
    whole = hashlib.sha256()
    for suffix, content in sorted(contents.items()):
        whole.update(f"{suffix} {len(content)} ".encode() + content)
    return whole.hexdigest()[:24]


def _copy(contents: dict[str, bytes], into: Path, digest: str) -> dict[str, Path]:
    copies = {suffix: into / f"{digest}.{suffix}" for suffix in contents}
    for suffix, path in copies.items():
        if not _is_there(path, contents[suffix]):  # on a full disk, what is there is good enough
            _write(path, contents[suffix])
    return copies


def _is_there(path: Path, content: bytes) -> bool:
    return path.exists() and path.read_bytes() == content


def _write(path: Path, content: bytes) -> None:
    beside = path.with_suffix(".new")
    try:
        beside.touch(mode=0o600)
        beside.write_bytes(content)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def _forget(copies: Iterable[Path]) -> None:
    for path in copies:
        path.unlink(missing_ok=True)


def _fault(copies: dict[str, Path]) -> str:
    """Why nginx would not take it, by the library that nginx uses; "" where it would."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # Without a password, OpenSSL would ask for one at the terminal.
        context.load_cert_chain(copies["crt"], copies["key"], password="")
        x509.load_pem_x509_certificates(copies["crt"].read_bytes())
    except (ssl.SSLError, ValueError) as error:
        if b"ENCRYPTED" in copies["key"].read_bytes():
            return "its key is encrypted: nginx could not read it"
        reason = getattr(error, "reason", "") or "NO_START_LINE"
        return _FAULTS.get(reason, reason.lower().replace("_", " "))
    beside = (suffix for suffix in SUFFIXES[2:] if suffix in copies)
    faults = (_fault_beside(context, suffix, copies[suffix]) for suffix in beside)
    return next(filter(None, faults), "")


def _fault_beside(context: ssl.SSLContext, suffix: str, path: Path) -> str:
    try:
        if suffix == "dhparam.pem":
            context.load_dh_params(str(path))
        else:
            context.load_verify_locations(path)
    except ssl.SSLError:
        return f"its {suffix} cannot be read"
    return ""


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    try:
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    addresses = (str(a) for a in found.get_values_for_type(x509.IPAddress))
    return (*found.get_values_for_type(x509.DNSName), *addresses)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
