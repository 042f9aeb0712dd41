"""Every provider that can only be told an address, against a server that takes its requests."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from homeport.dns.apply import Wish, bring
from homeport.dns.manners import Sent
from homeport.dns.model import Addresses, Observed, Zone
from homeport.dns.plan import Change, Verb, mark_of
from homeport.dns.providers.base import Provider
from homeport.dns.providers.known import OPTIONS, provider_of
from homeport.dns.providers.setters import SETTERS
from homeport.errors import (
    HomeportError,
    HostRefused,
    ProviderLimited,
    ProviderRefused,
    RequestError,
    Unavailable,
)
from tests.unit.dns.tellable import LOGIN, SECRET, ZONE, Tellable, running

HOST, V4, V6 = f"blog.{ZONE}", "93.184.215.14", "2606:2800:21f::1"
MARK = mark_of("blog", "")
BASIC = "system={}&hostname=blog.example.org&myip={}"
PATHS = {
    "dyndns2": [f"/nic/update?{BASIC.format('dyndns', f'{V4},{V6}')}"],
    "noip": [f"/nic/update?{BASIC.format('noip', f'{V4},{V6}')}"],
    "ovh": [f"/nic/update?{BASIC.format('dyndns', a)}" for a in (V4, V6)],
    "namecheap": [
        f"/update?host=blog&domain=example.org&password=pa%24s%2Cw%27o%26rd&ip={V4}",
    ],
    "duckdns": [f"/update?domains=blog&token=pa%24s%2Cw%27o%26rd&ip={V4}&ipv6={V6}"],
    "easydns": [
        f"/dyn/generic.php?hostname=blog.example.org&myip={a}&wildcard=OFF" for a in (V4, V6)
    ],
}


@pytest.fixture(params=sorted(SETTERS))
def api(request: pytest.FixtureRequest) -> Iterator[Tellable]:
    """One of them."""
    with running(request.param) as found:
        yield found


def zone(api: Tellable, secret: str = SECRET) -> Zone:
    """With these credentials."""
    options = dict.fromkeys(OPTIONS[api.name], secret) | {"api": api.address}
    if "login" in options:
        options["login"] = LOGIN
    nameservers = (api.nameserver,)
    return Zone(
        name=ZONE, provider=api.name, options=options, hosts=(HOST,), nameservers=nameservers
    )


def provider(api: Tellable, secret: str = SECRET) -> Provider:
    return provider_of(zone(api, secret))


def told(**values: tuple[str, ...]) -> Change:
    return Change(verb=Verb.CHANGE, host=HOST, mark=MARK, why="a test", **values)


async def test_both_addresses_are_told_and_the_name_server_says_what_is_there(
    api: Tellable,
) -> None:
    there = provider(api)
    assert {HOST: Observed()} == await there.observe([HOST])
    await there.apply(told(a=(V4,), aaaa=(V6,)))
    v6 = () if api.name == "namecheap" else (V6,)  # it has no AAAA
    assert {HOST: Observed(a=(V4,), aaaa=v6)} == await there.observe([HOST])


@pytest.mark.parametrize("name", sorted(PATHS))
async def test_the_request_is_that_of_the_reference(name: str) -> None:
    with running(name) as api:
        await provider(api).apply(told(a=(V4,), aaaa=(V6,)))
        assert PATHS[name] == api.asked


async def test_freedns_is_asked_for_its_list_and_told_at_its_own_server() -> None:
    with running("freedns") as api:
        await provider(api).apply(told(a=(V4,), aaaa=(V6,)))
        updates = [
            f"/dynamic/update.php?A==&address={V4}",
            f"/dynamic/update.php?AAAA==&address={V6}",
        ]
        assert updates == api.asked[1:]
        other = Change(verb=Verb.MAKE, host=f"other.{ZONE}", mark=MARK, a=(V4,))
        with pytest.raises(RequestError, match=r"freedns has no record other\.example\.org"):
            await provider(api).apply(other)


async def test_wrong_credentials_are_refused_and_shown_nowhere(api: Tellable) -> None:
    kind = HostRefused if api.name == "duckdns" else ProviderRefused  # KO may be of the host
    with pytest.raises(kind) as refused:
        await provider(api, "wr0ng secret").apply(told(a=(V4,)))
    assert "wr0ng" not in f"{refused.value} {refused.value.hint} {refused.value.__cause__!r}"


@pytest.mark.parametrize(
    ("mood", "kind"),
    [
        ((500, {}, "good 93.184.215.14 <ErrCount>0</ErrCount> OK NOERROR"), Unavailable),
        ((200, {}, "<html>please log in at 93.184.215.14</html>"), Unavailable),
        ((200, {}, ""), Unavailable),
        ((302, {"Location": "http://127.0.0.1:9/"}, ""), Unavailable),
        ((429, {"Retry-After": "17"}, ""), ProviderLimited),
        ((503, {"Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT"}, ""), ProviderLimited),
        ((403, {}, SECRET), ProviderRefused),
        ((400, {}, f"bad password {SECRET}"), RequestError),
    ],
)
async def test_an_answer_that_is_none_is_not_believed_and_shows_no_secret(
    api: Tellable, mood: tuple[int, dict[str, str], str], kind: type[HomeportError]
) -> None:
    api.mood = mood
    with pytest.raises(HomeportError) as caught:
        await provider(api).apply(told(a=(V4,)))
    # An empty list of FreeDNS's is what it says to credentials that it does not know.
    allowed = (kind, ProviderRefused) if api.name == "freedns" and mood[0] == 200 else (kind,)
    assert isinstance(caught.value, allowed)
    assert (SECRET in f"{caught.value} {caught.value.hint}", len(api.asked)) == (False, 1)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *((c, ProviderRefused) for c in ("badauth", "badsys", "!donator", "abuse", "badagent")),
        *((c, HostRefused) for c in ("notfqdn", "nohost", "!yours", "!active", "numhost")),
        *((c, Unavailable) for c in ("911", "dnserr", "welcome")),
    ],
)
async def test_each_code_of_dyndns2_stops_or_waits(code: str, kind: type[HomeportError]) -> None:
    with running("dyndns2") as api:
        api.mood = (200, {}, f"{code}\n")
        with pytest.raises(kind):
            await provider(api).apply(told(a=(V4,)))


async def test_only_duck_dns_takes_a_record_away_and_sets_txt() -> None:
    name = f"_acme-challenge.{HOST}"
    with running("duckdns") as duck:
        there = provider(duck)
        await there.apply(told(a=(V4,)))
        await there.set_txt(name, "token")
        assert ["token"] == duck.records[HOST, "TXT"]
        await there.remove_txt(name, "token")
        await there.apply(Change(verb=Verb.REMOVE, host=HOST, mark=MARK))
        assert {} == duck.records
    with running("noip") as other, pytest.raises(RequestError, match="has no TXT records"):
        await provider(other).set_txt(name, "token")


def never(change: Change, error: HomeportError) -> None:
    """No host is refused here."""
    raise error


def wish(hosts: dict[str, str], **more: object) -> Wish:
    """Of the app blog."""
    here = Addresses(v4=V4)
    usual = {"made": (), "alive": {"blog"}, "addresses": here, "instance": ""}
    return Wish(hosts=hosts, **{**usual, **more})  # type: ignore[arg-type]


async def test_hosts_that_the_settings_name_are_changed_and_others_are_told_of() -> None:
    done: list[Change] = []
    with running("dyndns2") as api:
        api.set(HOST, ["192.0.2.1"])
        other = f"other.{ZONE}"
        found = await bring(
            zone(api), provider(api), wish({HOST: "blog", other: "blog"}), done.append, never
        )
        assert [V4] == api.records[HOST, "A"]
        assert [f"ChangeRecord {HOST} {V4} (was 192.0.2.1)"] == [str(change) for change in done]
        assert [(other, True)] == [(f.host, "name" in f.why) for f in found.foreign]
        again = await bring(zone(api), provider(api), wish({HOST: "blog"}), done.append, never)
        assert (1, 0.0, 1) == (len(done), again.later, len(api.asked))


async def test_what_cannot_be_taken_away_is_left_and_said() -> None:
    gone = {"made": (HOST,), "alive": (), "owners": {HOST: "blog"}}
    with running("noip") as api:
        api.set(HOST, [V4])
        found = await bring(zone(api), provider(api), wish({}, **gone), print, never)
        assert ([HOST], []) == ([change.host for change in found.left], api.asked)


async def test_namecheap_is_not_told_of_ipv6_again_and_again() -> None:
    here = {"addresses": Addresses(v4=V4, v6=V6)}
    with running("namecheap") as api:
        api.set(HOST, [V4])
        found = await bring(zone(api), provider(api), wish({HOST: "blog"}, **here), print, never)
        assert ([], (HOST,)) == (api.asked, found.right)


async def test_nobody_is_told_again_before_his_pause_is_over() -> None:
    """A name server that still says the old address is no reason to tell the new one again."""
    with running("namecheap") as api:
        sent = {HOST: Sent(at=time.time() - 60)}
        found = await bring(zone(api), provider(api), wish({HOST: "blog"}, sent=sent), print, never)
        assert ([], True) == (api.asked, 230 < found.later <= 240)


async def test_a_host_that_is_refused_holds_up_no_other() -> None:
    """`nohost` of one is said of that one; the next goes on, and the first is not asked again."""
    other = f"other.{ZONE}"
    with running("dyndns2") as api:
        both = Zone(
            name=ZONE,
            provider="dyndns2",
            options=zone(api).options,
            hosts=(HOST, other),
            nameservers=(api.nameserver,),
        )
        refused: list[tuple[str, str]] = []
        api.unknown = {HOST}
        hosts = {HOST: "blog", other: "blog"}

        async def look(**more: object) -> None:
            await bring(
                both,
                provider_of(both),
                wish(hosts, **more),
                lambda _: None,
                lambda change, error: refused.append((change.host, type(error).__name__)),
            )

        await look()
        assert ([(HOST, "HostRefused")], [V4]) == (refused, api.records[other, "A"])
        asked = len(api.asked)
        await look(resting={HOST})
        assert ([(HOST, "HostRefused")], asked) == (refused, len(api.asked))
