"""acme-companion's file letsencrypt_user_data: certificates that no container asks for. Pure.

There a shell runs it; here it is read: assignments of texts, lists and mappings, and nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from homeport.certs.asking import Asking
from homeport.errors import FileFault

_LISTS = ("ACME_STANDALONE_CERTS", "LETSENCRYPT_STANDALONE_CERTS")
_BLANK = r"(?:\s|\#[^\n]*)"
_WORD = r"""(?:'[^']*'|"[^"$`\\]*"|[\w.*@:/+=,\[\]{}%~-])"""
_BETWEEN = re.compile(rf"(?:{_BLANK}|;)*")
_ASSIGNMENT = re.compile(
    rf"(?:declare\s+(?:-\w+\s+)*|export\s+)?(?P<name>[A-Za-z_]\w*)="
    rf"(?:\((?P<list>(?:{_WORD}|{_BLANK})*)\)|(?P<word>{_WORD}*))(?=\s|;|\#|$)"
)
_IN_LIST = re.compile(rf"{_BLANK}|(?P<word>{_WORD}+)")
_PIECE = re.compile(r"""'([^']*)'|"([^"]*)"|([^'"]+)""")
_HINT = "texts, lists ('a' 'b') and mappings (['a']='b') are read; no shell runs it"
_Value = str | list[str]


def read_user_data(text: str, file: str) -> tuple[Asking, ...]:
    """What asks for each of the certificates that it lists.

    Raises:
        FileFault: something else stands there. It quotes nothing, which may be a secret.
    """
    given = _assignments(text, file)
    listed = next((_list(given[name]) for name in _LISTS if name in given), [])
    return tuple(_asking(one, given, file) for one in listed)


def _asking(called: str, given: Mapping[str, _Value], file: str) -> Asking:
    mine = re.compile(rf"(ACME|LETSENCRYPT|ACMESH|ZEROSSL)_{re.escape(called)}_(\w+)")
    env = {}
    for name, value in given.items():
        if fits := mine.fullmatch(name):
            mapped = fits[2] == "DNS_API_CONFIG"
            env[f"{fits[1]}_{fits[2]}"] = _mapping(value) if mapped else ",".join(_list(value))
    if not (env.get("ACME_HOST") or env.get("LETSENCRYPT_HOST")):
        raise FileFault("is missing", file=file, field=f"ACME_{called}_HOST")
    return Asking(owner="", hosts=(), env=env)


def _list(value: _Value) -> list[str]:
    return value if isinstance(value, list) else [value]


def _mapping(value: _Value) -> str:
    """`[a]=b`, as JSON; what is none is said where it is read."""
    pairs = (one.removeprefix("[").partition("]=") for one in _list(value))
    return json.dumps({key: text for key, _, text in pairs})


def _assignments(text: str, file: str) -> dict[str, _Value]:
    found: dict[str, _Value] = {}
    at = _end(_BETWEEN, text, 0)
    while at < len(text):
        said = _ASSIGNMENT.match(text, at)
        if said is None:
            line = text.count("\n", 0, at) + 1
            raise FileFault("is no plain assignment", file=file, line=line, hint=_HINT)
        found[said["name"]] = _bare(said["word"]) if said["list"] is None else _items(said["list"])
        at = _end(_BETWEEN, text, said.end())
    return found


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _items(text: str) -> list[str]:
    words = (one["word"] for one in _IN_LIST.finditer(text))
    return [_bare(word) for word in words if word]


def _bare(word: str) -> str:
    """Without its quotes."""
    return "".join("".join(pieces) for pieces in _PIECE.findall(word))
