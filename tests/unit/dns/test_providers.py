"""Every provider with an API, against a server that keeps a zone as its reference says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from homeport.dns.model import Observed, Zone
from homeport.dns.plan import Change, Verb, mark_of
from homeport.dns.providers.base import Provider
from homeport.dns.providers.known import OPTIONS, provider_of
from homeport.dns.providers.rows import ROWS
from homeport.dns.providers.rrsets import SETS
from homeport.errors import ProviderLimited, ProviderRefused, RequestError, Unavailable
from tests.unit.dns.apis import SECRET, ZONE, Api, running

NAMES = sorted({**ROWS, **SETS})
HOST, APEX = f"blog.{ZONE}", ZONE
OURS = mark_of("blog", "")
FOREIGN = [(f"www.{ZONE}", "A", "203.0.113.9"), (f"mail.{ZONE}", "TXT", "v=spf1 -all")]


@pytest.fixture(params=NAMES)
def api(request: pytest.FixtureRequest) -> Iterator[Api]:
    """One of them, with records that homeport did not make."""
    with running(request.param) as found:
        for record in FOREIGN:
            found.add(*record)
        yield found


def provider(api: Api, secret: str = SECRET, zone: str = ZONE) -> Provider:
    """It, with these credentials."""
    options = dict.fromkeys(OPTIONS[api.name], secret) | {"api": api.address}
    return provider_of(Zone(name=zone, provider=api.name, ttl=600, options=options))


def change(verb: Verb, host: str = HOST, **values: tuple[str, ...]) -> Change:
    """A change of ours."""
    return Change(verb=verb, host=host, mark=OURS, why="a test", **values)


@pytest.mark.parametrize("host", [HOST, APEX])
async def test_a_host_is_made_changed_and_taken_away_and_what_is_foreign_stays(
    api: Api, host: str
) -> None:
    zone = provider(api)
    assert {host: Observed()} == await zone.observe([host])
    await zone.apply(change(Verb.MAKE, host, a=("203.0.113.1",), aaaa=("2001:db8::1",)))
    made = Observed(a=("203.0.113.1",), aaaa=("2001:db8::1",), mark=(OURS,))
    assert {host: made} == await zone.observe([host])
    await zone.apply(change(Verb.CHANGE, host, a=("203.0.113.2",), aaaa=("2001:db8::1",)))
    assert ("203.0.113.2",) == (await provider(api).observe([host]))[host].a
    await zone.observe([host])
    await zone.apply(change(Verb.REMOVE, host))
    assert sorted(FOREIGN) == api.there()


async def test_an_address_that_moves_is_never_missing(api: Api) -> None:
    zone = provider(api)
    await zone.apply(change(Verb.MAKE, a=("203.0.113.1",)))
    await zone.observe([HOST])
    api.asked.clear()
    await zone.apply(change(Verb.CHANGE, a=("203.0.113.2",)))
    changing = [f"{method} {path}" for method, path in api.asked if method != "GET"]
    assert "delete" not in changing[0].lower()


async def test_a_host_that_somebody_made_meanwhile_is_not_touched(api: Api) -> None:
    zone = provider(api)
    api.add(HOST, "A", "203.0.113.7")
    with pytest.raises(RequestError, match="is there already"):
        await zone.apply(change(Verb.MAKE, a=("203.0.113.1",)))
    with pytest.raises(RequestError, match="not ours any more"):
        await zone.apply(change(Verb.REMOVE))
    assert sorted([*FOREIGN, (HOST, "A", "203.0.113.7")]) == api.there()


async def test_txt_values_stand_beside_each_other(api: Api) -> None:
    zone, name = provider(api), f"_acme-challenge.{ZONE}"
    for value in ("one", "two", "two"):
        await zone.set_txt(name, value)
    await zone.remove_txt(name, "one")
    await zone.remove_txt(name, "one")
    left = [value.strip('"') for n, kind, value in api.there() if (n, kind) == (name, "TXT")]
    assert ["two"] == left


async def test_wrong_credentials_are_refused_and_not_repeated(api: Api) -> None:
    with pytest.raises(ProviderRefused) as refused:
        await provider(api, "wr0ng-secret").observe([HOST])
    assert "wr0ng-secret" not in str(refused.value) + refused.value.hint


@pytest.mark.parametrize(
    ("mood", "kind"),
    [
        ((500, {}, "{}"), Unavailable),
        ((200, {}, "<html>please log in</html>"), Unavailable),
        ((200, {}, '{"unexpected": true}'), Unavailable),
        ((200, {}, ""), Unavailable),
        ((302, {"Location": "http://127.0.0.1:9/"}, ""), Unavailable),
        ((422, {}, "the name is taken"), RequestError),
    ],
)
async def test_an_answer_that_is_none_is_not_believed(
    api: Api, mood: tuple[int, dict[str, str], str], kind: type[Exception]
) -> None:
    api.mood = mood
    with pytest.raises(kind):
        await provider(api).observe([HOST])


async def test_who_asks_for_patience_says_how_much(api: Api) -> None:
    api.mood = (429, {"Retry-After": "17"}, "")
    with pytest.raises(ProviderLimited) as limited:
        await provider(api).observe([HOST])
    assert 17.0 == limited.value.after


async def test_a_provider_that_is_down_is_unavailable() -> None:
    options = {"token": SECRET, "api": "http://127.0.0.1:9"}
    zone = Zone(name=ZONE, provider="gandi", options=options)
    with pytest.raises(Unavailable):
        await provider_of(zone).observe([HOST])


async def test_a_zone_that_is_in_another_account_is_refused() -> None:
    no_zone = pytest.raises(ProviderRefused, match=r"has no zone other\.org")
    with running("cloudflare") as api, no_zone:
        await provider(api, zone="other.org").observe(["x.other.org"])
