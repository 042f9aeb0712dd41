"""git: checkouts, refs, and what the hook says to git. Real git; no daemon."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest

from homeport.errors import HomeportError, NotFound
from homeport.source import hook, refs
from homeport.source.checkout import checkout, forget
from homeport.source.history import last_change, subject
from homeport.source.receive import create_repository, install_hooks
from homeport.source.submodules import checkout_whole
from tests.e2e.house import git_environment


class Work:
    """A repository with a few commits, and the bare one that has them."""

    def __init__(self, folder: Path) -> None:
        self.tree, self.bare = folder / "tree", folder / "app.git"
        self.tree.mkdir()
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> str:
        argv = ["git", *arguments]
        return subprocess.run(
            argv, cwd=self.tree, env=git_environment(), check=True, capture_output=True, text=True
        ).stdout.strip()

    def commit(self, message: str = "a change", **files: str | None) -> str:
        """Write or remove files; `a__b` is a/b. The commit."""
        for name, text in files.items():
            path = self.tree / name.replace("__", "/")
            path.parent.mkdir(exist_ok=True)
            path.unlink() if text is None else path.write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        self.git("push", "-q", "--force", str(self.bare), "HEAD:refs/stored/main")
        return self.git("rev-parse", "HEAD")


@pytest.fixture
async def work(tmp_path: Path) -> Work:
    """Both, with the configuration of an app's repository."""
    made = Work(tmp_path)
    await create_repository(made.bare, tmp_path / "hooks")
    return made


def files(folder: Path) -> dict[str, str]:
    """Path -> text."""
    found = (p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): p.read_text() for p in found}


async def test_a_checkout_has_what_the_commit_has_and_keeps_what_is_not_gits(
    work: Work, tmp_path: Path
) -> None:
    """A container's data in a bind mount."""
    tree = tmp_path / "work" / "app"
    await checkout(work.bare, tree, work.commit(a="1", b__c="2"))
    (tree / "data").mkdir()
    (tree / "data" / "file").write_text("kept")
    (tree / "a").write_text("changed by a container")
    await checkout(work.bare, tree, work.commit(a="3", b__c=None))
    assert {"a": "3", "data/file": "kept"} == files(tree)


async def test_a_checkout_does_not_write_what_did_not_change(work: Work, tmp_path: Path) -> None:
    """BuildKit takes a file that was written for one that changed."""
    tree = tmp_path / "work" / "app"
    await checkout(work.bare, tree, work.commit(a="1", b="1"))
    before = (tree / "a").stat().st_mtime_ns
    await checkout(work.bare, tree, work.commit(b="2"))
    assert before == (tree / "a").stat().st_mtime_ns


async def test_a_checkout_that_was_killed_is_ended_before_the_next(
    work: Work, tmp_path: Path
) -> None:
    """Its files are not left to be built into another commit."""
    tree = tmp_path / "work" / "app"
    first = work.commit(a="1")
    killed = work.commit(stray="x")
    work.git("reset", "-q", "--hard", first)
    last = work.commit(a="2")
    await checkout(work.bare, tree, first)
    (tree / "stray").write_text("half written")  # as git had it when it was killed
    (tree.parent / "app.commit").write_text(killed)
    (tree.parent / "app.index.lock").write_text("")
    await checkout(work.bare, tree, last)
    assert {"a": "2"} == files(tree)


async def test_a_commit_that_is_not_there_is_said(work: Work, tmp_path: Path) -> None:
    with pytest.raises(HomeportError, match="could not be checked out"):
        await checkout(work.bare, tmp_path / "work" / "app", "0" * 39 + "1")


async def test_a_submodule_that_cannot_be_fetched_is_told_and_tried_again(
    work: Work, tmp_path: Path
) -> None:
    tree = tmp_path / "work" / "app"
    modules = '[submodule "x"]\npath = x\nurl = http://127.0.0.1:1/x\n'
    work.commit(**{".gitmodules": modules, "a": "1"})
    work.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},x")
    work.git("commit", "-q", "-m", "a submodule")
    work.git("push", "-q", str(work.bare), "HEAD:refs/stored/main")
    commit = work.git("rev-parse", "HEAD")
    for _ in range(2):
        (told,) = await checkout_whole(work.bare, tree, commit, "")
        assert "the submodules could not be fetched" in told
    assert {".gitmodules": modules, "a": "1"} == files(tree)
    assert [] == await checkout_whole(work.bare, tree, work.commit(a="2"), "")
    assert {".gitmodules": modules, "a": "2"} == files(tree)


async def test_no_link_leads_a_submodule_out_of_the_checkout(work: Work, tmp_path: Path) -> None:
    tree, outside = tmp_path / "work" / "app", tmp_path / "outside" / "b"
    outside.mkdir(parents=True)
    (outside / "file").write_text("kept")
    (work.tree / "a").symlink_to(outside.parent)
    await checkout_whole(work.bare, tree, work.commit(c="1"), "")
    (work.tree / "a").unlink()
    work.commit(c="2")
    work.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},a/b")
    work.git("commit", "-q", "-m", "a submodule")
    work.git("push", "-q", str(work.bare), "HEAD:refs/stored/main")
    await checkout_whole(work.bare, tree, work.git("rev-parse", "HEAD"), "")
    assert {"file": "kept"} == files(outside)


async def test_forgetting_a_checkout_leaves_nothing(work: Work, tmp_path: Path) -> None:
    tree = tmp_path / "work" / "app"
    await checkout(work.bare, tree, work.commit(a="1"))
    forget(tree)
    assert [] == list(tree.parent.iterdir())


async def test_a_name_is_resolved_as_branch_tag_or_commit(work: Work) -> None:
    commit = work.commit(a="1")
    await refs.move(work.bare, "refs/heads/main", commit)
    await refs.move(work.bare, "refs/tags/v1", commit)
    for name, ref in (("main", "refs/heads/main"), (commit[:10], f"refs/heads/{commit[:10]}")):
        assert (ref, commit) == await refs.resolve(work.bare, name)
    assert commit == (await refs.resolve(work.bare, "v1"))[1]
    for name in ("nothing", "--help", "main..x"):
        with pytest.raises(NotFound):
            await refs.resolve(work.bare, name)


async def test_a_deleted_branch_keeps_the_commits_of_its_runs(work: Work) -> None:
    commit = work.commit(a="1")
    await refs.move(work.bare, "refs/heads/topic", commit)
    await refs.keep(work.bare, 7, commit)
    await refs.delete(work.bare, "refs/heads/topic")
    await refs.delete(work.bare, "refs/heads/topic")
    listed = await refs.git(work.bare, "for-each-ref", "--format=%(refname)")
    assert ["refs/homeport/runs/7", "refs/stored/main"] == listed.text.split()


async def test_the_last_change_is_that_of_the_folder(work: Work) -> None:
    first = work.commit("one", a__x="1", b__x="1")
    second = work.commit("two", b__x="2")
    assert first == (await last_change(work.bare, second, "a")).commit
    assert second == (await last_change(work.bare, second, "b")).commit
    assert second == (await last_change(work.bare, second, "made-by-a-build")).commit
    assert "two" == await subject(work.bare, second)


def packets(*sections: list[bytes]) -> io.BytesIO:
    """What git writes: packets, and a flush after each section."""
    found = b""
    for section in sections:
        found += b"".join(b"%04x%s" % (len(p) + 4, p) for p in section) + b"0000"
    return io.BytesIO(found)


def test_the_hook_reads_whole_sections() -> None:
    """Each is read up to its flush, and no further."""
    updates = [b"0 1 refs/heads/a", b"0 1 refs/heads/b"]
    stream = packets([b"version=1\0push-options atomic"], updates)
    assert [b"version=1\0push-options atomic"] == list(hook._section(stream))
    assert updates == list(hook._section(stream))
    assert [] == list(hook._section(stream))


def test_the_hook_reports_each_ref_and_why() -> None:
    results = {"refs/heads/a": "", "refs/heads/b": "run 3 failed: broken"}
    assert [
        b"ok refs/heads/a",
        b"ng refs/heads/b run 3 failed: broken",
        b"ng refs/heads/c the run goes on, but homeport stopped telling of it",
    ] == [hook._report(f"refs/heads/{name}", results) for name in "abc"]


def test_a_push_without_a_daemon_is_refused_with_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    updates = [{"ref": "refs/heads/main", "old": "0", "new": "1"}]
    results = hook._ask(str(tmp_path / "nobody.sock"), updates, [])
    assert {"refs/heads/main": "homeport does not answer"} == results
    assert "hint: on the box itself: homeport up --detach" in capsys.readouterr().err


def test_the_hook_is_written_whole_and_quoted(tmp_path: Path) -> None:
    """A state folder may have blanks in its name."""
    install_hooks(tmp_path / "hooks", tmp_path / "a b" / "homeport.sock")
    script = tmp_path / "hooks" / "proc-receive"
    assert 0o700 == script.stat().st_mode & 0o777
    assert f"'{tmp_path}/a b/homeport.sock'" in script.read_text()
