"""What a healthcheck runs."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.engine.checks import command_of


@pytest.mark.parametrize(
    ("check", "config", "expected"),
    [
        ({}, {}, []),
        ({"Test": []}, {}, []),
        ({"Test": ["NONE"]}, {}, []),
        (
            {"Test": ["CMD", "curl", "-f", "http://localhost"]},
            {},
            ["curl", "-f", "http://localhost"],
        ),
        ({"Test": ["CMD-SHELL", "a || b"]}, {}, ["/bin/sh", "-c", "a || b"]),
        ({"Test": ["CMD-SHELL", "a"]}, {"Shell": ["/bin/bash", "-ec"]}, ["/bin/bash", "-ec", "a"]),
    ],
)
def test_it_is_what_the_engine_would_run(
    check: dict[str, Any], config: dict[str, Any], expected: list[str]
) -> None:
    """Source: moby, daemon/health.go (getShell, cmdProbe.run)."""
    assert expected == command_of(check, config)
