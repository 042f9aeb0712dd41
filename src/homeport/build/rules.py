r"""Automated builds: which image tags a branch or a git tag is built as. Pure.

The rules of Docker Hub's automated builds: source type, name or /regex/, image tag with
{sourceref} and {\1}..{\9}, Dockerfile, context. One push may match several.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from homeport.errors import FileFault, RequestError
from homeport.model.names import TAG, as_tag
from homeport.model.regex import CannotParse, compiled

FIELD = "x-homeport.builds"
_SOURCES = ("branch", "tag")
_LONGEST = 200  # characters of a pattern, and of what it is held against


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule, as a file or `homeport app set NAME builds=...` says it."""

    source: str = "branch"  # branch or tag
    name: str = ""  # a name, or /regex/; "" is every one
    tag: str = "{sourceref}"
    dockerfile: str = ""
    context: str = ""  # "/" is the top of the repository; "" the folder of the Dockerfile
    autobuild: bool = True
    cache: bool = True


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A tag that a push is built as, and from what where a rule says so."""

    tag: str
    dockerfile: str = ""
    context: str = ""
    cache: bool = True


def read_rules(given: Any, *, file: str = "compose") -> tuple[Rule, ...]:
    """The rules of a compose file.

    Raises:
        FileFault: one says what cannot be.
    """
    if not isinstance(given or [], list):
        raise FileFault("is no list of rules", file=file, field=FIELD)
    return tuple(_said(one, file, f"{FIELD}[{n}]") for n, one in enumerate(given or []))


def _said(given: Any, file: str, field: str) -> Rule:
    for key in given if isinstance(given, Mapping) else ():
        if key not in Rule.__struct_fields__:
            hint = f"known: {', '.join(Rule.__struct_fields__)}"
            raise FileFault("is not known", file=file, field=f"{field}.{key}", hint=hint)
    try:
        rule = msgspec.convert(given, Rule, strict=False)
    except msgspec.ValidationError as error:
        said, _, at = str(error).partition(" - at `$")
        raise FileFault(said, file=file, field=field + at.rstrip("`")) from error
    if fault := _fault(rule):
        raise FileFault(fault, file=file, field=field)
    return rule


def read_notation(text: str) -> tuple[Rule, ...]:
    r"""`branch main latest; tag /^v(.*)$/ {\1} Dockerfile /`: the rules of `app set`.

    Raises:
        RequestError: one says what cannot be.
    """
    return tuple(_noted(part) for part in text.split(";") if part.strip())


def _noted(text: str) -> Rule:
    words = text.split()
    names = ("source", "name", "tag", "dockerfile", "context")
    if not 3 <= len(words) <= len(names):
        hint = "SOURCE NAME TAG [DOCKERFILE [CONTEXT]], for example: tag /^v(.*)$/ {\\1}"
        raise RequestError(f"{text.strip()[:60]!r} is no rule of a build", hint=hint)
    rule = msgspec.convert(dict(zip(names, words, strict=False)), Rule)
    if fault := _fault(rule):
        raise RequestError(fault)
    return rule


def _fault(rule: Rule) -> str:
    if rule.source not in _SOURCES:
        return f"source {rule.source[:40]!r} is neither branch nor tag"
    if _outside(rule.dockerfile) or _outside(rule.context):
        return "dockerfile and context are paths inside of the repository"
    if not _is_pattern(rule.name):
        return ""
    if len(rule.name) > _LONGEST:
        return f"the pattern is longer than {_LONGEST} characters"
    try:
        compiled(rule.name[1:-1])
    except CannotParse as error:
        return str(error)
    return ""


def _outside(path: str) -> bool:
    return ".." in path.split("/") or "\0" in path


def _is_pattern(name: str) -> bool:
    return len(name) > 1 and name.startswith("/") and name.endswith("/")


def targets(ref: str, rules: Sequence[Rule], *, deploys: bool) -> tuple[Target, ...]:
    """The tags that a push to `ref` is built as, each once.

    Args:
        ref: refs/heads/NAME or refs/tags/NAME.
        rules: those of the app; where there are none, the deploy branch is latest, and other
            branches and tags are built by their name.
        deploys: whether it is the branch that goes live.

    Raises:
        RequestError: a rule makes a tag that cannot be.
    """
    kind, name = source_of(ref)
    if not kind:
        return ()
    if not rules:
        tag = "latest" if deploys else as_tag(name)
        return (Target(tag=tag),) if tag else ()
    found = [_target(rule, name, match) for rule, match in _matching(rules, kind, name)]
    return tuple({target.tag: target for target in reversed(found)}.values())[::-1]


def source_of(ref: str) -> tuple[str, str]:
    """`branch` or `tag`, and its name; empty where a ref is neither."""
    for kind, prefix in (("branch", "refs/heads/"), ("tag", "refs/tags/")):
        if ref.startswith(prefix):
            return kind, ref.removeprefix(prefix)
    return "", ""


def _matching(
    rules: Iterable[Rule], kind: str, name: str
) -> Iterator[tuple[Rule, tuple[str, ...]]]:
    for rule in rules:
        if rule.source != kind or not rule.autobuild:
            continue
        if _is_pattern(rule.name):
            if (found := _groups(rule, name[:_LONGEST])) is not None:
                yield rule, found
        elif rule.name in ("", name):
            yield rule, ()


def _groups(rule: Rule, name: str) -> tuple[str, ...] | None:
    """What the groups of a pattern hold; None where it does not match."""
    try:
        return compiled(rule.name[1:-1]).groups_in(name)
    except CannotParse as error:
        raise RequestError(f"{error} of a build", hint=f"the rule {rule.name[:60]}") from error


def _target(rule: Rule, name: str, held: Sequence[str]) -> Target:
    values: Mapping[str, str] = {"sourceref": as_tag(name)}
    groups = {f"\\{i}": as_tag(text) for i, text in enumerate(held, 1)}
    tag = re.sub(r"\{(\w+|\\[1-9])\}", lambda f: {**values, **groups}.get(f[1], ""), rule.tag)
    if not TAG.fullmatch(tag):
        hint = f"the rule for {rule.source} {rule.name or 'any'} makes it of {name[:60]}"
        raise RequestError(f"{tag[:60]!r} is no tag of an image", hint=hint)
    return Target(tag=tag, dockerfile=rule.dockerfile, context=rule.context, cache=rule.cache)
