"""Providers are asked again with growing pauses, and not at all after a refusal."""

from __future__ import annotations

from pathlib import Path

from homeport.dns.memory import Memory, load, save
from homeport.dns.patience import NEVER, Patience, after_failure, after_refusal, due_at

NOW = 1_000_000.0


def test_the_pause_doubles_up_to_an_hour() -> None:
    patience, pauses = Patience(), []
    for _ in range(11):
        patience = after_failure(patience, "c", "down", NOW)
        pauses.append(due_at(patience, "c", NOW) - NOW)
    assert [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600] == pauses


def test_retry_after_is_a_least_pause() -> None:
    assert NOW + 90 == after_failure(Patience(), "c", "slow down", NOW, wait=90).not_before


def test_a_refusal_holds_until_the_configuration_is_another() -> None:
    refused = after_refusal("c", "badauth")
    assert (NEVER, NOW) == (due_at(refused, "c", NOW), due_at(refused, "d", NOW))


def test_a_day_is_the_longest_that_a_provider_is_left_alone() -> None:
    limited = after_failure(Patience(), "c", "slow down", NOW, wait=1e9)
    assert NOW + 86400 == due_at(limited, "c", NOW)


def test_a_clock_that_jumps_back_and_forth_delays_by_the_pause_at_most() -> None:
    patience = after_failure(Patience(), "c", "down", NOW + 1e9)
    assert [NOW + 10, NOW + 1e9 + 10, NOW + 1e9 + 10] == [
        due_at(patience, "c", NOW),
        due_at(patience, "c", NOW + 1e9 + 5),
        due_at(patience, "c", NOW + 2e9),
    ]


def test_boxes_that_failed_together_do_not_come_back_together() -> None:
    pauses = [after_failure(Patience(), "c", "down", NOW, jitter=j).not_before for j in (0, 1)]
    assert [NOW + 10, NOW + 12.5] == pauses


def test_it_is_kept_in_a_file_and_a_file_that_was_cut_short_is_none(tmp_path: Path) -> None:
    file, memory = tmp_path / "dns.json", Memory(patience={"z": after_refusal("c", "badauth")})
    save(file, memory)
    assert (memory, 0o600) == (load(file), file.stat().st_mode & 0o777)
    file.write_bytes(file.read_bytes()[:20])
    told: list[str] = []
    assert (Memory(), 1) == (load(file, told.append), len(told))
    assert "is begun anew" in told[0]
