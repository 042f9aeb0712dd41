"""Lets a process do what has to do with certificates, so that the daemon stays small."""

from __future__ import annotations

import asyncio
import sys
from typing import Protocol

import msgspec

from homeport.certs.job import Done, Issue, Issued, Job, Line, Refused, Said, Txt
from homeport.certs.model import Problem
from homeport.engine.process import end
from homeport.errors import HomeportError

_LONGER = 30.0  # seconds that the process may take beyond what an order may
_LINES: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


class TxtRecords(Protocol):
    """Who sets TXT records: the records' loop."""

    async def set_txt(self, name: str, value: str) -> None:
        """Add a value; return once those who ask see it."""

    async def remove_txt(self, name: str, value: str) -> None:
        """Take a value away."""


async def do(job: Job, records: TxtRecords | None = None) -> Issued | Done:
    """Do a job.

    Raises:
        Trouble: it failed, and why.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "homeport.certs.child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(job.server.seconds + _LONGER):
            return await _talk(process, job, records)
    except TimeoutError as error:
        raise Trouble(Problem(kind="deadline", detail="ordering did not come to an end")) from error
    finally:
        await end(process)


class Trouble(HomeportError):
    """A certificate did not come; `problem` says why."""

    def __init__(self, problem: Problem, proof: str = "http", hint: str = "") -> None:
        """`proof`: how the names are proved; `hint`: of the provider of DNS, where it refused."""
        super().__init__(problem.detail, hint=hint or _hint(problem, proof))
        self.problem = problem


async def _talk(
    process: asyncio.subprocess.Process, job: Job, records: TxtRecords | None
) -> Issued | Done:
    assert process.stdin
    assert process.stdout
    assert process.stderr
    process.stdin.write(msgspec.json.encode(job) + b"\n")
    refused = None
    while line := await process.stdout.readline():
        said = _LINES.decode(line)
        match said:
            case Txt():
                fault = await _recorded(said, records)
                refused = refused or fault
                answer = Said(fault=fault.message if fault else "")
                process.stdin.write(msgspec.json.encode(answer) + b"\n")
            case Refused():
                raise _trouble(said.problem, job, refused)
            case _:
                return said
    complaint = (await process.stderr.read()).decode(errors="replace").strip().splitlines()
    text = f"homeport itself failed: {complaint[-1][:200] if complaint else 'it ended'}"
    raise Trouble(Problem(kind="homeport", detail=text))


def _trouble(problem: Problem, job: Job, refused: HomeportError | None) -> Trouble:
    proof = job.wanted.challenge if isinstance(job, Issue) else ""
    told = refused.hint if refused and problem.kind == "dns-provider" else ""
    return Trouble(problem, proof, told)


async def _recorded(asked: Txt, records: TxtRecords | None) -> HomeportError | None:
    """Why a record could not be set or removed; None where it is done."""
    assert records  # nothing but an order asks for any
    try:
        if asked.there:
            await records.set_txt(asked.name, asked.value)
        else:
            await records.remove_txt(asked.name, asked.value)
    except HomeportError as error:
        return error
    return None


_HINTS = {
    "caa": "the zone's CAA records name who may issue for it; add this authority, or remove them",
    "forbidden": "add a CAA record for this authority and this proof, or take those away",
    "connection": "port 80 has to reach this box from the internet: a router has to forward it",
    "dns": "the name has to lead to this box for everybody; its zone's servers have to answer",
    "unauthorized": "the name leads to another machine, or something else answers for this box",
    "rateLimited": "the server's limits; it is tried again when it says",
    "down": "it is tried again by itself",
    "disk": "homeport doctor shows what is full",
    "externalAccountRequired": "acme_binding, or ACME_EAB_KID and ACME_EAB_HMAC_KEY, names it",
    "invalidProfile": "acme_profile, or ACME_CERT_PROFILE, is none that this authority has",
    "invalidContact": "the e-mail address is none that this authority takes",
    "dns-provider": "a zone of dns.toml has to hold the name, with credentials that are good",
}
_ELSEWHERE = "the authority does not see the TXT record: is the zone delegated to these servers?"
# By DNS it is no matter who answers at port 80.
_BY_DNS = _HINTS | dict.fromkeys(("connection", "dns", "unauthorized"), _ELSEWHERE)


def _hint(problem: Problem, proof: str) -> str:
    return (_BY_DNS if proof == "dns" else _HINTS).get(problem.kind, "")
