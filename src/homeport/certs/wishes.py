"""Who gets a certificate: acme-companion's variables, and what is routed. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from msgspec.structs import replace

from homeport.certs.asking import Asking, Defaults
from homeport.certs.companion import asked_for, proof_of
from homeport.certs.model import LOCAL, Secrets, Wanted
from homeport.certs.names import covers, is_ours, may_sign


def wanted(
    asking: Iterable[Asking], defaults: Defaults, *, failing: Collection[str] = ()
) -> tuple[Wanted, ...]:
    """The certificates that are wanted, each name in one of them: in that which names it first.

    Certificates that somebody asked for by name go before those that a host gets by itself. A
    wildcard whose key is among the `failing` must not keep its hosts from getting their own.
    """
    everybody = list(asking)
    found = [w for one in everybody for w in asked_for(one, defaults)]
    found += [w for w in _wildcard(defaults) if w.key not in failing]
    found += [w for one in everybody for w in _by_itself(one, defaults)]
    return _once(found)


def _wildcard(defaults: Defaults) -> list[Wanted]:
    if not defaults.wildcard or not defaults.directory or defaults.never:
        return []
    names = (defaults.wildcard, f"*.{defaults.wildcard}")
    return [_by_default(names, "", defaults, challenge="dns")]


def _by_itself(one: Asking, defaults: Defaults) -> list[Wanted]:
    """What a host gets without asking. HTTPS_METHOD=nohttps says no, CERT_NAME names another."""
    method = one.env.get("HTTPS_METHOD", "").strip().lower()
    if method == "nohttps" or one.env.get("CERT_NAME", "").strip():
        return []
    found = []
    for host in one.hosts:
        if is_ours(host):
            if _local(method, defaults):
                found.append(Wanted(names=(host,), directory=LOCAL, owner=one.owner))
        elif defaults.directory and may_sign(defaults.directory, host) and not defaults.never:
            challenge = proof_of((host,), defaults.challenge)
            found.append(_by_default((host,), one.owner, defaults, challenge=challenge))
    return found


def _local(method: str, defaults: Defaults) -> bool:
    return defaults.local == "on" or (defaults.local == "asked" and bool(method))


def _by_default(
    names: tuple[str, ...], owner: str, defaults: Defaults, *, challenge: str
) -> Wanted:
    return Wanted(
        names=names,
        directory=defaults.directory,
        email=defaults.email,
        challenge=challenge,
        profile=defaults.profile,
        owner=owner,
        key_id=defaults.binding[0],
        secrets=Secrets(binding=defaults.binding[1]),
    )


def _once(found: Iterable[Wanted]) -> tuple[Wanted, ...]:
    """Without those whose names are all spoken for, in an order that is always the same."""
    kept: dict[str, Wanted] = {}
    spoken: set[str] = set()
    for one in found:
        if one.key in kept:  # of a replica
            restarts = (*kept[one.key].restarts, *one.restarts)
            kept[one.key] = replace(kept[one.key], restarts=restarts)
        elif not all(covers(spoken, name) for name in one.names):
            kept[one.key] = one
            spoken.update(one.names)
    return tuple(kept.values())
