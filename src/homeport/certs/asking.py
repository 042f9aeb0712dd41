"""Who asks for certificates, and what holds where nothing is said. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DIRECTORIES = {
    "letsencrypt": "https://acme-v02.api.letsencrypt.org/directory",
    "staging": "https://acme-staging-v02.api.letsencrypt.org/directory",
    "zerossl": "https://acme.zerossl.com/v2/DV90",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Something that is routed, or asks for a certificate by name, and what its container says."""

    owner: str
    hosts: tuple[str, ...]
    env: Mapping[str, str]
    container: str = ""  # its id, "" where it is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What holds where a container says nothing."""

    directory: str = ""  # for every routed host; "": for those alone that ask
    never: bool = False  # nobody gets one by ACME, whoever asks
    email: str = ""
    challenge: str = "http"
    profile: str = ""
    local: str = "asked"  # on, off, asked: local names whose HTTPS_METHOD asks for https
    wildcard: str = ""  # the domain that gets *.DOMAIN, "" where no zone of the box holds it
    binding: tuple[str, str] = ("", "")  # external account: key identifier, HMAC key
