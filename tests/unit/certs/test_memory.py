"""What is remembered of failures, across restarts."""

from __future__ import annotations

from pathlib import Path

from homeport.certs.memory import Memory, load, save
from homeport.certs.model import Problem, Wanted, Window

NOW = 1_800_000_000.0
BOTH = Wanted(names=("a.example.org", "b.example.org"), directory="https://a/")


def problem(kind: str, host: str = "", after: float = 0.0) -> Problem:
    """One in a challenge."""
    return Problem(kind=kind, detail=f"{kind}!", host=host, after=after, step="challenge")


def test_a_failed_proof_counts_against_its_name_alone() -> None:
    memory = Memory()
    memory.failure(BOTH, problem("unauthorized", "b.example.org"), "", NOW)
    memory.failure(BOTH, problem("dns", "b.example.org"), "", NOW + 300)
    assert {"b.example.org": (NOW, NOW + 300)} == memory.failed
    attempt = memory.attempts[BOTH.key]
    assert (2, NOW + 900, "dns!") == (attempt.failures, attempt.not_before, attempt.reason)


def test_a_server_that_is_down_counts_against_no_name() -> None:
    memory = Memory()
    attempt = memory.failure(BOTH, problem("down"), "", NOW)
    assert ({}, NOW + 10) == (memory.failed, attempt.not_before)


def test_retry_after_is_kept() -> None:
    attempt = Memory().failure(BOTH, problem("rateLimited", after=7200), "", NOW)
    assert NOW + 7200 == attempt.not_before


def test_success_forgets_and_so_does_time() -> None:
    memory = Memory(windows={"old": Window(), "now": Window()})
    memory.failure(BOTH, problem("unauthorized"), "", NOW)
    memory.prune((), ("now",), NOW + 10)
    assert BOTH.key in memory.attempts, "who comes and goes is not forgiven at once"
    memory.prune((), ("now",), NOW + 4000)
    assert Memory(windows={"now": Window()}) == memory
    memory.failure(BOTH, problem("unauthorized"), "", NOW)
    memory.success(BOTH)
    assert ({}, {}) == (memory.attempts, memory.failed)


def test_it_outlives_a_restart_and_a_torn_file(tmp_path: Path) -> None:
    path, memory = tmp_path / "certificates.json", Memory()
    memory.failure(BOTH, problem("caa"), "see the zone", NOW)
    save(path, memory)
    assert memory == load(path)
    path.write_bytes(path.read_bytes()[:40])
    assert Memory() == load(path)


def test_a_limit_of_the_account_is_one_for_all_and_that_of_a_domain_is_not() -> None:
    limits = (
        "too many new orders (300) from this account in the last 3h0m0s, retry after 2026-01-01",
        "too many certificates (50) already issued for example.org in the last 168h0m0s",
        "too many currently pending authorizations",
    )
    found = []
    for text in limits:
        memory = Memory()
        said = Problem(kind="rateLimited", detail=text, after=7200.0)
        memory.failure(BOTH, said, "", NOW)
        found.append(memory.quiet)
    assert [{"https://a/": NOW + 7200}, {}, {}] == found


def test_it_is_over_with_its_time_or_with_the_next_success() -> None:
    memory = Memory(quiet={"https://a/": NOW + 10, "https://b/": NOW + 10})
    memory.success(BOTH)
    assert {"https://b/": NOW + 10} == memory.quiet
    memory.prune((), (), NOW + 11)
    assert {} == memory.quiet
