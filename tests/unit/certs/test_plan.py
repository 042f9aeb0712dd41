"""Which certificates are ordered, renewed and waited for, and why."""

from __future__ import annotations

from msgspec.structs import replace

from homeport.certs.model import LOCAL, Attempt, Held, Wanted, Window
from homeport.certs.plan import LONGEST, Limits, Seen, Verb, pause_after, plan, renew_at
from tests.spent import spent

DAY = 86400.0
NOW = 1_800_000_000.0
BLOG = Wanted(names=("blog.example.org",), directory="https://acme.example/dir")
SHOP = Wanted(names=("shop.example.org", "www.example.org"), directory=BLOG.directory)
HERE = dict.fromkeys((*BLOG.names, *SHOP.names), "")


def held(wanted: Wanted, *, age: float, life: float = 90 * DAY, serial: str = "1") -> Held:
    """A certificate that is so old."""
    return Held(
        names=wanted.names,
        directory=wanted.directory,
        not_before=NOW - age,
        not_after=NOW - age + life,
        serial=serial,
        fingerprint="",
        renewal_id=f"id.{serial}",
    )


def failed(kind: str, failures: int, ago: float = 0.0) -> Attempt:
    """What is remembered of a failure."""
    until = NOW - ago + pause_after(kind, failures, 0)
    return Attempt(failures=failures, not_before=until, step="challenge", reason=kind)


def test_nothing_is_ordered_before_a_name_leads_here() -> None:
    seen = Seen(here={"shop.example.org": ""})
    expected = (
        "LookUp blog.example.org (no order before its names lead to this box)\n"
        "LookUp shop.example.org, www.example.org (no order before its names lead to this box)"
    )
    assert expected == str(plan([SHOP, BLOG], seen, NOW))


def test_what_is_missing_is_ordered() -> None:
    assert "Order blog.example.org (there is none)" == str(plan([BLOG], Seen(here=HERE), NOW))


def test_a_good_certificate_is_kept_and_thought_of_when_it_is_due() -> None:
    fresh = held(BLOG, age=0)
    found = plan([BLOG], Seen(held={BLOG.key: fresh}), NOW)
    assert "Keep blog.example.org (it is renewed in 61 days)" == str(found)
    assert renew_at(fresh) == found.again


def test_it_is_renewed_at_two_thirds_of_its_life_each_at_another_moment() -> None:
    due = [renew_at(held(BLOG, age=0, serial=str(n))) - NOW for n in range(500)]
    assert 60 * DAY <= min(due) < 60.2 * DAY
    assert 62.8 * DAY < max(due) < 63 * DAY
    seen = Seen(held={BLOG.key: held(BLOG, age=64 * DAY)}, here=HERE)
    assert "Renew blog.example.org (it ends in 26 days)" == str(plan([BLOG], seen, NOW))


def test_a_certificate_of_six_days_is_renewed_after_four() -> None:
    seen = Seen(held={BLOG.key: held(BLOG, age=4.3 * DAY, life=6 * DAY)}, here=HERE)
    assert "Renew blog.example.org (it ends in 41 hours)" == str(plan([BLOG], seen, NOW))


def test_the_servers_own_window_goes_before_ours() -> None:
    now = held(BLOG, age=10 * DAY)
    revoked = {now.renewal_id: Window(start=NOW - 2 * DAY, end=NOW - DAY)}
    later = {now.renewal_id: Window(start=NOW + 65 * DAY, end=NOW + 65.4 * DAY)}
    found = [
        str(plan([BLOG], Seen(held={BLOG.key: now}, here=HERE, windows=w), NOW))
        for w in (revoked, later)
    ]
    assert "Renew blog.example.org (it ends in 80 days)" == found[0]
    assert "Keep blog.example.org (it is renewed in 65 days)" == found[1]


def test_a_servers_window_never_comes_after_the_end_of_a_certificate() -> None:
    never = Window(start=NOW + 9999 * DAY, end=NOW + 10000 * DAY)
    assert NOW + 81 * DAY == renew_at(held(BLOG, age=0), never)


def test_a_server_whose_windows_are_all_over_is_asked_four_times_a_day() -> None:
    """Not at once, again and again: each new certificate would be one to replace."""
    over = Window(start=NOW - 9 * DAY, end=NOW - 8 * DAY)
    ages = {90: 90 * DAY, 6: 6 * DAY, 1: 1 * DAY}
    found = {n: renew_at(held(BLOG, age=0, life=life), over) - NOW for n, life in ages.items()}
    assert {90: 6 * 3600.0, 6: 6 * 3600.0, 1: 2.4 * 3600.0} == found


def test_a_renewal_that_is_wanted_early() -> None:
    """In whole: never later than without, and never so often that the server minds."""
    fresh = held(BLOG, age=0)
    days = {after: (renew_at(fresh, after=after * DAY) - NOW) / DAY for after in (1, 30, 60, 89)}
    late = (renew_at(fresh) - NOW) / DAY
    assert {1: 9.0, 30: 30.0, 60: 60.0, 89: late} == days
    early = replace(BLOG, renew_after=30 * DAY)
    seen = Seen(held={BLOG.key: held(BLOG, age=31 * DAY)}, here=HERE)
    assert "Renew blog.example.org (it ends in 59 days)" == str(plan([early], seen, NOW))


def test_five_are_ordered_at_a_time_and_none_twice() -> None:
    many = [Wanted(names=(f"{n}.example.org",), directory=BLOG.directory) for n in range(9)]
    here = {w.names[0]: "" for w in many}
    running = {many[0].key, many[1].key}
    found = plan(many, Seen(here=here, running=running), NOW)
    ordered = {step.wanted.key for step in found.of(Verb.ORDER)}
    assert 3 == len(ordered)
    assert not ordered & running
    why = {step.why for step in found.of(Verb.WAIT)}
    assert {"it is being ordered", "5 orders at a time"} == why


def test_a_thousand_local_names_are_no_thousand_processes() -> None:
    """And they keep no other waiting, nor are they kept."""
    local = [Wanted(names=(f"{n}.localhost",), directory=LOCAL) for n in range(1000)]
    public = [Wanted(names=(f"{n}.example.org",), directory=BLOG.directory) for n in range(9)]
    here = {one.names[0]: "" for one in public}
    ordered = plan([*local, *public], Seen(here=here), NOW).of(Verb.ORDER)
    assert [5, 5] == [sum(s.wanted in those for s in ordered) for those in (local, public)]
    running = {step.wanted.key for step in ordered}
    assert [] == plan([*local, *public], Seen(here=here, running=running), NOW).of(Verb.ORDER)


def test_what_is_missing_goes_before_what_has_time() -> None:
    old = held(SHOP, age=80 * DAY)
    seen = Seen(held={SHOP.key: old}, here=HERE)
    found = plan([SHOP, BLOG], seen, NOW, Limits(at_once=1))
    assert [Verb.ORDER, Verb.WAIT] == [step.verb for step in found.steps]
    assert BLOG == found.steps[0].wanted


def test_after_a_failure_it_waits_longer_each_time() -> None:
    seen = Seen(here=HERE, attempts={BLOG.key: failed("unauthorized", 2)})
    found = plan([BLOG], seen, NOW)
    assert "Wait blog.example.org (it failed 2 times; again in 10 minutes)" == str(found)
    assert NOW + 600 == found.again
    over = Seen(here=HERE, attempts={BLOG.key: failed("unauthorized", 2, ago=601)})
    assert Verb.ORDER is plan([BLOG], over, NOW).steps[0].verb


def test_a_failed_renewal_takes_no_working_certificate_away() -> None:
    old = held(BLOG, age=64 * DAY)
    attempts = {BLOG.key: failed("rateLimited", 1)}
    found = plan([BLOG], Seen(held={BLOG.key: old}, here=HERE, attempts=attempts), NOW)
    assert "Wait blog.example.org (it failed once; again in 60 minutes)" == str(found)


def test_fewer_validations_fail_in_an_hour_than_the_server_takes() -> None:
    """Also where the same name is in another certificate, which has no failures of its own."""
    seen = Seen(here=HERE, failed={"www.example.org": tuple(NOW - 60 * n for n in range(4))})
    found = plan([SHOP], seen, NOW)
    expected = (
        "Wait shop.example.org, www.example.org (www.example.org failed 4 times within an hour)"
    )
    assert expected == str(found)
    assert NOW - 180 + 3600 == found.again
    at, moment = [], 0.0
    for failures in range(1, 9):
        at.append(moment)
        moment += pause_after("unauthorized", failures, 0)
    assert 4 == sum(1 for one in at if one < 3600)


def test_a_limit_of_the_account_stops_all_orders_and_no_certificate() -> None:
    """The others would be refused as well, each of a thousand."""
    fresh = held(SHOP, age=0)
    seen = Seen(here=HERE, held={SHOP.key: fresh}, quiet={BLOG.directory: NOW + 7200})
    expected = (
        "Wait blog.example.org (the authority takes no orders for 2 hours)\n"
        "Keep shop.example.org, www.example.org (it is renewed in 61 days)"
    )
    assert expected == str(plan([BLOG, SHOP], seen, NOW))
    over = replace(BLOG, directory="https://other.example/dir")
    assert Verb.ORDER is plan([over], seen, NOW).steps[0].verb
    assert Verb.ORDER is plan([BLOG], seen, NOW + 7201).steps[0].verb


def test_the_server_says_how_long_it_wants_to_be_left_alone() -> None:
    found = [pause_after("rateLimited", 1, after) for after in (0, 60, 7200, 2 * DAY, 9e9)]
    assert [3600, 3600, 7200, 2 * DAY, 7 * DAY] == found
    assert [10, 20, 40, LONGEST] == [pause_after("down", n, 0) for n in (1, 2, 3, 40)]


def test_a_clock_that_lags_or_hurries_by_a_day_orders_nothing() -> None:
    """A new certificate may be one of the future, and what is remembered may be, too."""
    tomorrow = held(BLOG, age=-DAY)
    assert Verb.KEEP is plan([BLOG], Seen(held={BLOG.key: tomorrow}, here=HERE), NOW).steps[0].verb
    yesterday = held(BLOG, age=DAY, life=6 * DAY)
    seen = Seen(held={BLOG.key: yesterday}, here=HERE)
    assert Verb.KEEP is plan([BLOG], seen, NOW).steps[0].verb


def test_what_a_clock_that_was_ahead_remembers_keeps_nothing_waiting() -> None:
    """Not for the month that it was ahead, either."""
    then = NOW + 30 * DAY
    ahead = Attempt(failures=1, not_before=then + 10, step="order", reason="down", at=then)
    for more in ({"attempts": {BLOG.key: ahead}}, {"quiet": {BLOG.directory: then + 10}}):
        seen = Seen(here=HERE, **more)
        assert "Order blog.example.org (there is none)" == str(plan([BLOG], seen, NOW))


def test_what_a_person_asks_for_is_renewed_now() -> None:
    seen = Seen(held={BLOG.key: held(BLOG, age=0)}, here=HERE, asked={BLOG.key})
    assert "Renew blog.example.org (somebody asked for it)" == str(plan([BLOG], seen, NOW))


def test_what_is_revoked_is_replaced_first() -> None:
    revoked = replace(held(BLOG, age=0), revoked=True)
    seen = Seen(held={BLOG.key: revoked, SHOP.key: held(SHOP, age=80 * DAY)}, here=HERE)
    found = plan([SHOP, BLOG], seen, NOW, Limits(at_once=1))
    assert "Renew blog.example.org (it is revoked)" == str(found.steps[0])


def test_neither_a_wildcard_nor_the_boxs_own_authority_waits_for_a_name() -> None:
    star = Wanted(names=("example.org", "*.example.org"), directory="https://a/", challenge="dns")
    local = Wanted(names=("blog.localhost",), directory="local")
    found = plan([star, local], Seen(), NOW)
    expected = (
        "Order blog.localhost (there is none)\nOrder example.org, *.example.org (there is none)"
    )
    assert expected == str(found)


def test_other_names_or_another_server_are_another_certificate() -> None:
    more = Wanted(names=("blog.example.org", "b.example.org"), directory=BLOG.directory)
    swapped = Wanted(names=more.names[::-1], directory=BLOG.directory)
    real = Wanted(names=BLOG.names, directory="https://other.example/dir")
    keys = {w.key for w in (BLOG, more, swapped, real)}
    assert 4 == len(keys)
    assert all(key.startswith(("blog.example.org-", "b.example.org-")) for key in keys)


def test_a_thousand_names_are_planned_in_no_time() -> None:
    many = [Wanted(names=(f"{n}.example.org",), directory=BLOG.directory) for n in range(1000)]
    seen = Seen(
        held={w.key: held(w, age=n * DAY / 10) for n, w in enumerate(many[:800])},
        here={w.names[0]: "" for w in many},
    )
    plans = []
    assert spent(lambda: plans.append(plan(many, seen, NOW))) < 5
    (found,) = plans
    assert 1000 == len(found.steps)
    assert 5 == len(found.of(Verb.ORDER, Verb.RENEW))
