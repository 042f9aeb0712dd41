"""script/demo, as a newcomer calls it: twice, and then it is gone."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.e2e.house import docker, free_port

ROOT = Path(__file__).parent.parent.parent


def demo(folder: Path, port: int, *arguments: str) -> str:
    """The script, in a copy of its own; what it said."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("HOMEPORT")}
    done = subprocess.run(
        [folder / "script" / "demo", *arguments],
        cwd=folder, env={**env, "DEMO_PORT": str(port)}, check=False, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert 0 == done.returncode, done.stdout
    return done.stdout


def test_the_demo_goes_live_again_and_leaves_nothing(tmp_path: Path) -> None:
    """From what is committed here, with this environment."""
    folder = tmp_path / "homeport"
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", ROOT, folder], check=True)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    port = free_port()
    try:
        first, second = demo(folder, port), demo(folder, port)
    finally:
        last = demo(folder, port, "--stop")
    for told in (first, second):
        assert "(200, " in told
        assert "=====> Run" in told
        assert "push to live" in told
        assert f"It is live: http://demo-site.localhost:{port}/" in told
        assert "script/demo --stop" in told
    assert "nothing of it is left" in last
    assert "" == docker("ps", "-aq", "--filter", "label=com.docker.compose.project=demo-site")
    assert not (folder / ".demo").exists()
