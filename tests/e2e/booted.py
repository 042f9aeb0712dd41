"""A machine that a real systemd runs: process 1 of a namespace, over a layer above our files.

Nothing of this machine's own is started there, and what is written stays in the layer; the network,
the Engine and the folder of the test are those of this machine.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.e2e.house import eventually

# In a group of its own, so that its systemd sees no other.
_ENTER = """
set -e
mount --make-rprivate /
mount -t cgroup2 cgroup2 {room}/groups
mkdir -p {room}/groups/{name}
echo $$ > {room}/groups/{name}/cgroup.procs
exec unshare --mount --pid --fork --kill-child --cgroup --ipc --uts bash -c "$1"
"""
# What is started at boot is taken away, with the Engine's own unit.
_BOOT = """
set -e
root={room}/root
mount -t overlay overlay -o lowerdir=/,upperdir={room}/up,workdir={room}/work $root
rm -rf $root/lib/systemd/system/*.wants $root/lib/systemd/system-generators
if [ ! -e {room}/installed ]; then rm -rf $root/etc/systemd/system/*; touch {room}/installed; fi
ln -sfn /dev/null $root/etc/systemd/system/docker.service
mount -t proc proc $root/proc
mount -t sysfs sysfs $root/sys
mount -t cgroup2 cgroup2 $root/sys/fs/cgroup
mount -t tmpfs none $root/run
touch $root/run/docker.sock
mount --bind /var/run/docker.sock $root/run/docker.sock
for folder in {folders}; do
  mkdir -p $root/$folder
  mount --bind $folder $root/$folder
done
mount -t tmpfs none $root/dev
for device in null zero random urandom; do
  touch $root/dev/$device
  mount --bind /dev/$device $root/dev/$device
done
exec env -i container=lxc PATH="$PATH" chroot $root \
  /lib/systemd/systemd --system --unit=multi-user.target
"""


class Machine:
    """It boots, is asked, loses its power, and boots again with what was written."""

    def __init__(self, folder: Path, *others: Path) -> None:
        """`folder` and `others` are there as they are here."""
        self._folder, self._shared = folder, (folder, *others)
        self._room = Path(tempfile.mkdtemp(prefix="hp-"))
        subprocess.run(["mount", "-t", "tmpfs", "none", self._room], check=True)
        for name in ("up", "work", "root", "groups"):
            (self._room / name).mkdir()
        self._init: subprocess.Popen[bytes] | None = None

    def boot(self) -> None:
        """Return when its systemd answers."""
        enter = _ENTER.format(room=self._room, name=self._room.name)
        boot = _BOOT.format(room=self._room, folders=shlex.join(map(str, self._shared)))
        with (self._folder / "systemd.log").open("ab") as log:
            self._init = subprocess.Popen(
                ["unshare", "--mount", "bash", "-c", enter, "enter", boot],
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        eventually(self._answers)

    def _answers(self) -> bool:
        try:
            return self.run("systemctl", "list-units", check=False).returncode == 0
        except (OSError, IndexError):  # it is not there yet
            return False

    def run(
        self, *words: str, check: bool = True, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """A command, there."""
        entered = ["nsenter", f"--target={self.pid}", "--mount", "--pid", "--cgroup", "--ipc"]
        done = subprocess.run(
            [*entered, "--root", "--wd=/", *words],
            env=env,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert not check or done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done

    @property
    def pid(self) -> int:
        """Its process 1, as this machine sees it."""
        assert self._init
        found = Path(f"/proc/{self._init.pid}/task/{self._init.pid}/children").read_text()
        return int(found.split()[0])

    def lose_power(self) -> None:
        """Everything in it dies at once."""
        if self._init:
            os.kill(self.pid, 9)
            self._init.wait(30)
            self._init = None

    def scrap(self) -> None:
        """Nothing is left of it."""
        self.lose_power()
        groups = self._room / "groups"
        subprocess.run(["mount", "-t", "cgroup2", "cgroup2", groups], check=True)
        for folder, _, _ in os.walk(groups / self._room.name, topdown=False):
            Path(folder).rmdir()
        subprocess.run(["umount", groups], check=True)
        subprocess.run(["umount", self._room], check=True)
        self._room.rmdir()
