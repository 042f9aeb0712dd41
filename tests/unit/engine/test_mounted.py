"""What stands in the files that a stack mounts by themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from homeport.engine.mounted import mounted_files


def test_files_that_are_read_and_not_written_are_known_by_what_stands_in_them(
    tmp_path: Path,
) -> None:
    """No folder, nothing that the container writes to, nothing that is large or not there."""
    for name in ("read", "written", "secret", "config", "unused"):
        (tmp_path / name).write_text(name)
    (tmp_path / "large").write_bytes(bytes((1 << 20) + 1))
    names = ("read", "large", "nowhere", "")
    volumes: list[dict[str, Any]] = [
        {"type": "bind", "source": str(tmp_path / name), "read_only": True} for name in names
    ]
    volumes += [{"type": "bind", "source": str(tmp_path / "written")}, {"type": "volume"}]
    given = {name: {"file": str(tmp_path / name)} for name in ("secret", "config", "unused")}
    service = {
        "volumes": volumes,
        "secrets": [{"source": "secret"}],
        "configs": [{"source": "config"}, {"source": "content"}],
    }
    model = {
        "services": {"web": service, "plain": {}},
        "secrets": given,
        "configs": {**given, "content": {"content": "x"}},
    }
    first = mounted_files(model)
    assert {str(tmp_path / name) for name in ("read", "secret", "config")} == set(first)
    (tmp_path / "read").write_text("otherwise")
    assert {str(tmp_path / "read")} == {p for p, d in mounted_files(model).items() if d != first[p]}
