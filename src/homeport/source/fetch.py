"""Fetching from a remote: `git ls-remote` and `git fetch`, bounded in time, without questions.

What a remote has arrives below refs/homeport/arrived; what was dealt with stands below
refs/homeport/remote. A daemon that dies in between finds the difference again.
"""

from __future__ import annotations

import os
from pathlib import Path

from homeport.engine import process
from homeport.errors import HomeportError, Unavailable
from homeport.source import refs
from homeport.source.names import BRANCHES, TAGS, is_ref
from homeport.source.poll import Refs
from homeport.source.remote import Login, Remote

ARRIVED, SEEN = "refs/homeport/arrived/", "refs/homeport/remote/"
PULLS = "refs/homeport/pulls/"
_ASK_WITHIN, _FETCH_WITHIN = 30.0, 300.0  # seconds
_TOLD = 200  # characters of what git says

# No GIT_*: what traces git would write the token somewhere.
_KEPT = ("PATH", "HOME", "USER", "XDG_CONFIG_HOME", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "TMPDIR")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTPS_PROXY", "NO_PROXY")
# A constant: user and token stand in the environment of this one git, and git asks for them only
# at the host that they are for, wherever it is redirected to.
_HELPER = (
    '!f() { test "$1" = get && printf "username=%s\\npassword=%s\\n"'
    ' "$HOMEPORT_USER" "$HOMEPORT_TOKEN"; }; f'
)
_ALWAYS = {
    "core.hooksPath": "/dev/null",
    "core.askPass": "",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "fetch.recurseSubmodules": "false",
    "http.lowSpeedLimit": "1000",  # bytes a second
    "http.lowSpeedTime": "20",  # seconds
    # As for a push, see receive.
    "fetch.fsck.zeroPaddedFilemode": "ignore",
    "fetch.fsck.badTimezone": "ignore",
    "fetch.fsck.missingSpaceBeforeDate": "ignore",
    "fetch.fsck.missingSpaceBeforeEmail": "ignore",
}
_ALLOWED = {"http": "http:https"}  # what a redirect may lead to; else only the scheme itself


async def ask(remote: Remote, login: Login | None) -> Refs:
    """The branches and tags that a remote has; nothing is fetched.

    Raises:
        Unavailable: it does not answer, or not to us.
    """
    argv = ["git", "ls-remote", "--refs", "--", remote.url, f"{BRANCHES}*", f"{TAGS}*"]
    found = await _git(argv, remote, login, _ASK_WITHIN)
    lines = (line.partition("\t") for line in found.text.splitlines())
    return {ref: commit for commit, _, ref in lines if is_ref(ref)}


async def fetch(repository: Path, remote: Remote, login: Login | None) -> Refs:
    """Bring every branch and tag of a remote, with its objects; what it has.

    Raises:
        Unavailable: it does not answer, or not to us, or it takes too long.
    """
    argv = ["git", f"--git-dir={repository}", "fetch", "--quiet", "--force", "--prune", "--no-tags"]
    argv += ["--no-write-fetch-head", "--", remote.url]
    argv += [f"+{ref}*:{ARRIVED}{ref.removeprefix('refs/')}*" for ref in (BRANCHES, TAGS)]
    await _git(argv, remote, login, _FETCH_WITHIN)
    arrived = await listed(repository, ARRIVED)
    return {ref: commit for ref, commit in arrived.items() if is_ref(ref)}


async def fetch_pull(repository: Path, remote: Remote, login: Login | None, ref: str) -> str:
    """Bring the commit of a pull request; which it is.

    Args:
        repository: the app's.
        remote: what it follows.
        login: for that.
        ref: as the forge calls it: `refs/pull/7/head`.

    Raises:
        Unavailable: it does not answer, or has no such ref.
    """
    mine = f"{PULLS}{ref.removeprefix('refs/')}"
    argv = ["git", f"--git-dir={repository}", "fetch", "--quiet", "--force", "--no-tags"]
    argv += ["--no-write-fetch-head", "--", remote.url, f"+{ref}:{mine}"]
    await _git(argv, remote, login, _FETCH_WITHIN)
    _, commit = await refs.resolve(repository, mine)
    return commit


async def seen(repository: Path) -> Refs:
    """What a remote had, as far as it was dealt with."""
    return await listed(repository, SEEN)


async def settle(repository: Path, ref: str, commit: str) -> None:
    """Write down that a move was dealt with; a commit of "": the ref is gone."""
    mine = SEEN + ref.removeprefix("refs/")
    await (refs.move(repository, mine, commit) if commit else refs.delete(repository, mine))


async def forget(repository: Path) -> None:
    """Forget what was fetched: the app follows another repository now, or none."""
    for start in (ARRIVED, SEEN):
        for ref in await listed(repository, start, below=start):
            await refs.delete(repository, ref)


async def listed(repository: Path, start: str, *, below: str = "refs/") -> Refs:
    """The refs below `start`, named as if they stood below another."""
    asked = ("for-each-ref", "--format=%(objectname) %(refname)", start)
    found = await refs.git(repository, *asked)
    if found.status:
        raise HomeportError(f"git could not list its refs: {found.complaint}")
    lines = (line.partition(" ") for line in found.text.splitlines())
    return {below + ref.removeprefix(start): commit for commit, _, ref in lines}


async def _git(
    argv: list[str], remote: Remote, login: Login | None, seconds: float
) -> process.Result:
    env = _environment(remote, login)
    try:
        result = await process.run(argv, env=env, only=True, seconds=seconds)
    except HomeportError as error:
        raise _unavailable(remote, error.message) from error
    if result.status:
        raise _unavailable(remote, result.complaint)
    return result


def _unavailable(remote: Remote, said: str) -> Unavailable:
    """What git said, as far as it can be shown: a part of it comes from the other side."""
    shown = "".join(c for c in said if c.isprintable())[:_TOLD]
    hint = "for a private repository: homeport app set APP remote-token=-"
    return Unavailable(f"{remote.url} cannot be fetched from: {shown}", hint=hint)


def _environment(remote: Remote, login: Login | None) -> dict[str, str]:
    kept = {key: os.environ[key] for key in (*_KEPT, *_PROXIES) if key in os.environ}
    settings = {**_ALWAYS, **(_asking(remote) if login else {})}
    configured = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings.items()):
        configured |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    if login:
        user = login.user or _user(remote)
        configured |= {"HOMEPORT_USER": user, "HOMEPORT_TOKEN": login.token}
    return {
        **kept,
        **configured,
        "LC_ALL": "C.UTF-8",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": _ALLOWED.get(remote.scheme, remote.scheme),
        "GIT_SSH_COMMAND": "ssh -oBatchMode=yes -oConnectTimeout=10",
    }


def _asking(remote: Remote) -> dict[str, str]:
    """An empty helper first: those of the person who runs homeport would keep the token."""
    return {"credential.helper": "", f"credential.{remote.scheme}://{remote.host}.helper": _HELPER}


def _user(remote: Remote) -> str:
    """A name that forges take beside a token. Source: their pages on access tokens."""
    return "x-token-auth" if remote.hostname == "bitbucket.org" else "oauth2"
