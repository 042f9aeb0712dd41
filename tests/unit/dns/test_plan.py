"""What is wanted and what is there become changes with reasons."""

from __future__ import annotations

from homeport.dns.model import Addresses, Observed
from homeport.dns.plan import Plan, mark_of, plan
from tests.spent import spent

HERE = Addresses(v4="93.184.215.14")
MARK = mark_of("blog", "")


def planned(
    observed: dict[str, Observed],
    wanted: tuple[str, ...] = ("blog.example.org",),
    addresses: Addresses = HERE,
    alive: tuple[str, ...] = ("blog",),
) -> Plan:
    """The plan of an app named blog."""
    hosts = dict.fromkeys(wanted, "blog")
    return plan(hosts, observed, addresses=addresses, alive=alive, instance="")


def test_a_host_without_records_gets_them() -> None:
    found = planned({"blog.example.org": Observed()})
    assert "MakeRecord blog.example.org 93.184.215.14 (blog is live)" == str(found)


def test_a_host_that_is_right_plans_nothing() -> None:
    there = Observed(a=("93.184.215.14",), mark=(MARK,))
    assert Plan() == planned({"blog.example.org": there})


def test_drift_is_put_right_and_says_what_was_there() -> None:
    there = Observed(a=("192.0.2.1",), mark=(MARK,))
    expected = "ChangeRecord blog.example.org 93.184.215.14 (was 192.0.2.1)"
    assert expected == str(planned({"blog.example.org": there}))


def test_a_family_without_an_address_is_left_as_it_is() -> None:
    there = Observed(a=("93.184.215.14",), aaaa=("2606:2800::1",), mark=(MARK,))
    assert Plan() == planned({"blog.example.org": there})


def test_without_an_address_nothing_is_made_or_changed() -> None:
    there = {"blog.example.org": Observed(), "a.example.org": Observed(mark=(MARK,))}
    assert Plan() == planned(there, tuple(there), addresses=Addresses())


def test_what_homeport_did_not_make_is_not_touched() -> None:
    other = mark_of("blog", "other")
    there = {
        "a.example.org": Observed(a=("192.0.2.1",)),
        "b.example.org": Observed(cname=True),
        "c.example.org": Observed(mark=(other,)),
    }
    found = planned(there, tuple(there))
    expected = [
        "has records that homeport did not make: 192.0.2.1",
        "is a CNAME that homeport did not make",
        f"belongs to another: {other}",
    ]
    assert ((), expected) == (found.changes, [one.why for one in found.foreign])


def test_records_go_when_their_app_is_gone_and_not_before() -> None:
    there = {"blog.example.org": Observed(a=("93.184.215.14",), mark=(MARK,))}
    assert Plan() == planned(there, ())
    expected = "RemoveRecord blog.example.org 93.184.215.14 (app blog is gone)"
    assert expected == str(planned(there, (), alive=()))


def test_what_goes_is_first() -> None:
    gone = Observed(mark=(mark_of("old", ""),))
    found = planned({"blog.example.org": Observed(), "z.example.org": gone})
    assert ["RemoveRecord", "MakeRecord"] == [change.verb for change in found.changes]


def test_a_thousand_hosts_are_planned_in_no_time() -> None:
    hosts = {f"h{number}.example{number % 10}.org": Observed() for number in range(1000)}
    found = []
    took = spent(lambda: found.append(planned(hosts, tuple(hosts))), times=3)
    assert (1000, True) == (len(found[0].changes), took < 0.5), took  # 0.01 here


def test_a_host_that_its_app_does_not_ask_for_any_more_loses_its_records() -> None:
    there = {"old.example.org": Observed(a=("93.184.215.14",), mark=(MARK,))}
    found = plan(
        {"blog.example.org": "blog"},
        there,
        addresses=HERE,
        alive=("blog",),
        instance="",
        wished={"blog": ("blog.example.org",)},
    )
    expected = "RemoveRecord old.example.org 93.184.215.14 (blog does not ask for it any more)"
    assert expected == str(found)


def test_a_host_that_is_asked_for_and_not_routed_for_a_moment_keeps_them() -> None:
    there = {"blog.example.org": Observed(a=("93.184.215.14",), mark=(MARK,))}
    wished = {"blog": ("blog.example.org",)}
    found = plan({}, there, addresses=HERE, alive=("blog",), instance="", wished=wished)
    assert Plan() == found
