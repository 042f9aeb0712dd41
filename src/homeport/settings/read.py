"""Read what a person has set, and check that it can be: a mistake ends the start, and is told."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from homeport.errors import FileFault, RequestError
from homeport.settings import Settings

CONFIG_FILE = "/etc/homeport/homeport.toml"
# Bytes that the path of a Unix socket may have. Source: unix(7), sun_path.
_SOCKET_PATH = 107
_SWITCHES = ("sbom", "contained", "skip_passed", "untested", "metrics", "access_log")
_WORDS = {"acme_challenge": ("http", "dns"), "local_ca": ("asked", "on", "off")}
_AUTHORITIES = ("", "off", "letsencrypt", "staging", "zerossl")
_AT_LEAST = {"builds": 1, "jobs": 1, "max_push": 1}  # 0, for any other number
_ADDRESSES = {
    "listen": "127.0.0.1:7420",
    "registry": "127.0.0.1:5000, or off",
    "ssh": "0.0.0.0:2222, or off",
}
_NONE = (("registry", ""), ("registry", "off"), ("ssh", ""), ("ssh", "off"))


def read_settings(
    environ: Mapping[str, str], flags: Mapping[str, Any] | None = None, *, file: str = ""
) -> Settings:
    """Settings from the file, the environment and flags, the later ones first.

    Raises:
        FileFault: the file does not parse, or sets what is not known.
        RequestError: a setting has a value that cannot be.
    """
    path = Path(file or environ.get("HOMEPORT_CONFIG") or CONFIG_FILE)
    values = _from_file(path) if path.exists() else {}
    values |= _from_environment(environ)
    values |= {key: value for key, value in (flags or {}).items() if value is not None}
    settings = Settings(**values)
    _check(settings)
    return settings


def _from_file(path: Path) -> dict[str, Any]:
    try:
        found = _toml(path.read_text())
    except (OSError, ValueError) as error:  # of TOML and of UTF-8 as well
        raise FileFault(str(error), file=str(path)) from error
    types = _types()
    for key, value in found.items():
        if key not in types:
            raise FileFault(
                "is no setting", file=str(path), field=key, hint=f"known: {', '.join(types)}"
            )
        if not _fits(value, types[key]):
            wanted = types[key].__name__
            raise FileFault(f"{value!r} is no {wanted}", file=str(path), field=key)
    return {key: types[key](value) for key, value in found.items()}


def _toml(text: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    import tomllib  # 2 ms that a machine without settings of its own does not need

    return tomllib.loads(text)


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    values = {}
    for key, kind in _types().items():
        text = environ.get(f"HOMEPORT_{key.upper()}")
        if text is None:
            continue
        try:
            values[key] = kind(text)
        except ValueError as error:
            raise RequestError(f"HOMEPORT_{key.upper()}={text!r} is no {kind.__name__}") from error
    return values


def _check(settings: Settings) -> None:
    for check in (_check_numbers, _check_words, _check_addresses, _check_authority, _check_state):
        check(settings)


def _check_numbers(settings: Settings) -> None:
    for key, value in settings._asdict().items():
        least = _AT_LEAST.get(key, 0)
        if not isinstance(value, str) and not least <= value < math.inf:
            raise RequestError(f"{key} {value:g} is no number from {least} on")
    for key in ("http_port", "https_port"):
        if not 0 < getattr(settings, key) < 65536:
            raise RequestError(f"{key} {getattr(settings, key)} is no port")
    if settings.keep_untagged < 1:
        hint = "a client may take that long from a layer to the tag that names it"
        raise RequestError(f"keep_untagged {settings.keep_untagged:g} is under an hour", hint=hint)


def _check_words(settings: Settings) -> None:
    for key in _SWITCHES:
        if getattr(settings, key) not in ("on", "off"):
            raise RequestError(f"{key} {getattr(settings, key)!r} is neither on nor off")
    for key, known in _WORDS.items():
        if getattr(settings, key) not in known:
            raise RequestError(f"{key} {getattr(settings, key)!r} is none of {', '.join(known)}")


def _check_addresses(settings: Settings) -> None:
    for key, example in _ADDRESSES.items():
        value = getattr(settings, key)
        address, _, port = value.rpartition(":")
        if not (address and port.isdigit()) and (key, value) not in _NONE:
            raise RequestError(f"{key} {value!r} is no address:port", hint=f"for example {example}")


def _check_state(settings: Settings) -> None:
    longest = settings.registry_dir / "run" / "registry.sock"
    room = _SOCKET_PATH - len(os.fsencode(longest)) + len(os.fsencode(settings.state))
    if len(os.fsencode(settings.state)) > room:
        hint = f"state_dir names another, of {room} bytes at most: there are sockets in it"
        raise RequestError(f"the path of the state folder is too long: {settings.state}", hint=hint)


def _check_authority(settings: Settings) -> None:
    if settings.acme not in _AUTHORITIES and not settings.acme.startswith("https://"):
        hint = "letsencrypt, staging, zerossl, off, or the URL of a directory, which begins with https://"
        raise RequestError(f"acme {settings.acme!r} is no certificate authority", hint=hint)


def _types() -> dict[str, type[Any]]:
    return {name: type(default) for name, default in Settings._field_defaults.items()}


def _fits(value: Any, kind: type[Any]) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int | float) if kind is float else isinstance(value, kind)
