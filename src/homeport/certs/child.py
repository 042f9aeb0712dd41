"""A process that orders one certificate, and ends: `python -m homeport.certs.child`.

The libraries of ACME take 25 MB, which the daemon would keep. The job comes as one line on standard
input; lines go out on standard output, the last of which says how it ended (job.py).
"""

from __future__ import annotations

import re
import sys
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from homeport.certs.account import Accounts
from homeport.certs.folder import Folder, write_whole
from homeport.certs.job import (
    AskWindows,
    Done,
    Issue,
    Issued,
    Job,
    Line,
    Places,
    Refused,
    Revoke,
    Said,
    Txt,
)
from homeport.certs.model import LOCAL, Problem, Wanted, Window
from homeport.certs.orders import Orders

if TYPE_CHECKING:
    from homeport.certs.acme import CaaLookup, Issuer
    from homeport.certs.caa import Caa
    from homeport.certs.keys import PrivateKey

_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,256}")  # RFC 8555, 8.3


def main() -> None:
    """Do the job, and say how it ended."""
    from homeport.certs.problems import Failed

    job: Job = msgspec.json.decode(sys.stdin.buffer.readline(), type=Job)
    try:
        _say(_done(job))
    except Failed as failed:
        _say(Refused(problem=failed.problem))
    except OSError as error:
        text = f"{error.strerror or error}: {error.filename or job.places.certs}"
        _say(Refused(problem=Problem(kind="disk", detail=text, step="certificate")))


def _done(job: Job) -> Line:
    match job:
        case Issue():
            return _issue(job)
        case Revoke():
            return _revoke(job)
        case AskWindows():
            return _ask(job)


def _issue(job: Issue) -> Line:
    folder = Folder(Path(job.places.certs))
    folder.prepare()
    if job.wanted.directory == LOCAL:
        return _sign(job, folder)
    return _order(job, folder)


def _sign(job: Issue, folder: Folder) -> Line:
    """By this box's own authority, for local names."""
    from homeport.certs.local_ca import LocalCa

    wanted = job.wanted
    chain, key = LocalCa(Path(job.places.ca)).issue(wanted.names, wanted.key_type)
    return _kept(folder, wanted, chain, key)


def _order(job: Issue, folder: Folder) -> Line:
    wanted, issuer = job.wanted, _issuer(job, _caa(job))
    before = _key_before(folder, wanted) if wanted.same_key else None
    chain, key = issuer.issue(wanted, _Prover(job.places), replaces=job.replaces, key=before)
    issued = _kept(folder, wanted, chain, key)
    issuer.forget(wanted)  # last: until then it can be downloaded again
    return issued


def _kept(folder: Folder, wanted: Wanted, chain: bytes, key: PrivateKey) -> Issued:
    from homeport.certs.keys import described, to_pem

    held = described(chain, wanted.holder)
    folder.put(wanted.key, held, chain, to_pem(key))
    return Issued(held=held)


def _caa(job: Issue) -> CaaLookup:
    """Looks up the CAA records of the names of one certificate."""

    @cache
    def lookup() -> CaaLookup:
        from homeport.certs.lookup import Lookup  # 0.1 s, for authorities that say who they are

        return Lookup(job.nameservers)

    def ask(host: str) -> tuple[str, tuple[Caa, ...]]:
        return lookup()(host)

    return ask


def _key_before(folder: Folder, wanted: Wanted) -> PrivateKey | None:
    """The private key of the certificate that is there; one that is revoked may be known."""
    from homeport.certs.keys import from_pem, kind_of

    held = folder.held().get(wanted.key)
    if held is None or held.revoked:
        return None
    key = from_pem(folder.private_key(wanted.key))
    return key if kind_of(key) == wanted.key_type else None


def _revoke(job: Revoke) -> Line:
    from cryptography import x509

    from homeport.certs.problems import Failed, typed

    folder = Folder(Path(job.places.certs))
    held = folder.held().get(job.key)
    if held is None:
        raise Failed(Problem(kind="homeport", detail=f"there is no certificate {job.key}"))
    if held.directory != LOCAL:
        session, _ = _issuer(job).session(held.holder)
        leaf = x509.load_pem_x509_certificates(folder.chain(job.key))[0]
        with typed("certificate", session.net):
            session.revoke(leaf, job.reason)
    folder.mark_revoked(job.key, held)
    return Done()


def _ask(job: AskWindows) -> Line:
    session, _ = _issuer(job).session(job.holder)
    found: dict[str, Window] = {}
    for renewal_id in job.renewal_ids:
        found[renewal_id] = session.window(renewal_id, time.time())
    return Done(windows=found)


def _issuer(job: Job, caa: CaaLookup | None = None) -> Issuer:
    from homeport.certs.acme import Issuer

    state = Path(job.places.state)
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Issuer(Accounts(state / "accounts"), Orders(state / "orders"), job.server, caa)


class _Prover:
    """HTTP-01 by a file that nginx shows; DNS-01 by the daemon, which is asked for the record."""

    def __init__(self, places: Places) -> None:
        self._tokens = Path(places.tokens)

    def show(self, challenge: str, place: str, content: str) -> None:
        """As acme.Prover says."""
        from homeport.certs.problems import Failed

        if challenge == "http":
            write_whole(self._token(place), content.encode(), mode=0o644)  # nginx is another user
        elif fault := _asked(Txt(name=place, value=content, there=True)):
            raise Failed(Problem(kind="dns-provider", detail=fault, step="challenge"))

    def hide(self, challenge: str, place: str, content: str) -> None:
        """As acme.Prover says."""
        if challenge == "http":
            self._token(place).unlink(missing_ok=True)
        else:
            _asked(Txt(name=place, value=content, there=False))

    def _token(self, token: str) -> Path:
        """A server's token must not lead out of the folder."""
        from homeport.certs.problems import Failed

        if not _TOKEN.fullmatch(token):
            text = "the ACME server's token is none"
            raise Failed(Problem(kind="garbage", detail=text, step="challenge"))
        return self._tokens / token


def _asked(line: Txt) -> str:
    """What the daemon says; "" where it is done."""
    _say(line)
    answer = sys.stdin.buffer.readline()
    return msgspec.json.decode(answer, type=Said).fault if answer else "homeport ended"


def _say(line: Line) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
