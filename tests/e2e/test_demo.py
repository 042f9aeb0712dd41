"""script/demo, as a newcomer calls it: twice, and then it is gone."""

from __future__ import annotations

import os
import subprocess
import uuid
from pathlib import Path

from tests.e2e.house import docker, free_port

ROOT = Path(__file__).parent.parent.parent


def demo(settings: dict[str, str], *arguments: str) -> str:
    """The script; what it said."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("HOMEPORT")}
    done = subprocess.run(
        [ROOT / "script" / "demo", *arguments],
        cwd=ROOT, env=env | settings, check=False, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert 0 == done.returncode, done.stdout
    return done.stdout


def test_the_demo_goes_live_again_and_leaves_nothing(tmp_path: Path) -> None:
    """Beside a demo that a person may have running."""
    app, folder, port = f"demo-{uuid.uuid4().hex[:6]}", tmp_path / "demo", free_port(1, 2, 363)
    settings = {"DEMO_APP": app, "DEMO_DIR": str(folder), "DEMO_PORT": str(port)}
    try:
        first, second = demo(settings), demo(settings)
    finally:
        last = demo(settings, "--stop")
    for told in (first, second):
        assert "(200, " in told
        assert "=====> Run" in told
        assert "push to live" in told
        assert f"It is live: http://demo-site.localhost:{port}/" in told
        assert "script/demo --stop" in told
    assert "nothing of it is left" in last
    assert "" == docker("ps", "-aq", "--filter", f"label=com.docker.compose.project={app}")
    assert not folder.exists()
