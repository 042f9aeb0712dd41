"""Findings: what was looked at of a host, and how it is. Pure."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    """How a finding is: WARN may be right, FAIL is not."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at, and what to do where it is not as it should be."""

    check: str  # name, port, nginx, route, container, answer, certificate, https
    verdict: Verdict
    text: str
    hint: str = ""


def finding(check: str, verdict: Verdict, text: str, hint: str = "") -> Finding:
    """One of any verdict."""
    return Finding(check=check, verdict=verdict, text=text, hint=hint)


def ok(check: str, text: str) -> Finding:
    """It is as it should be."""
    return finding(check, Verdict.OK, text)


def warn(check: str, text: str, hint: str = "") -> Finding:
    """It may be right."""
    return finding(check, Verdict.WARN, text, hint)


def fail(check: str, text: str, hint: str = "") -> Finding:
    """It is not as it should be."""
    return finding(check, Verdict.FAIL, text, hint)
