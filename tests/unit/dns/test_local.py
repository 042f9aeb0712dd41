"""Which address of an interface is published, and what the kernel's messages say."""

from __future__ import annotations

import random
import struct
from typing import Any

import pytest

from homeport.dns.local import LocalAddress, pick, with_suffix
from homeport.dns.model import Addresses
from homeport.dns.netlink import Heard, answered, is_change


def at(address: str, prefix: int = 64, **more: Any) -> LocalAddress:
    """An address of eth0, unless it says otherwise."""
    return LocalAddress(**{"interface": "eth0", "address": address, "prefix": prefix, **more})


STABLE, PASSING = at("2606:2800:21f::1", stable=True), at("2606:2800:21f::2", temporary=True)


@pytest.mark.parametrize(
    ("found", "published"),
    [
        ([], Addresses()),
        ([at("192.168.1.2", 24), at("fe80::1"), at("fd00::1"), at("100.64.0.1", 10)], Addresses()),
        ([at("93.184.215.14", 24), STABLE], Addresses(v4="93.184.215.14", v6=STABLE.address)),
        ([PASSING], Addresses()),
        ([at("2606:2800:21f::1", deprecated=True)], Addresses()),
        ([at("2606:2800:21f::1", tentative=True)], Addresses()),
        ([at("2606:2800:21f::0"), STABLE], Addresses(v6=STABLE.address)),
        (
            [at("2606:2800:1::1", preferred=10), at("2606:2800:2::1", preferred=3600)],
            Addresses(v6="2606:2800:2::1"),
        ),
        ([at("93.184.215.14", 24, interface="eth1")], Addresses()),
    ],
)
def test_only_global_addresses_that_stay_are_published(
    found: list[LocalAddress], published: Addresses
) -> None:
    assert published == pick(found, interface="eth0")


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [(64, "2606:2800:21f:7::5"), (56, "2606:2800:21f::5"), (128, "2606:2800:21f:7::5")],
)
def test_the_hosts_suffix_stands_behind_the_prefix(prefix: int, expected: str) -> None:
    assert expected == with_suffix(at("2606:2800:21f:7:1:2:3:4", prefix), "::5")


def test_an_address_that_others_prefer_for_less_long_is_the_same_address() -> None:
    assert at("2606:2800::1", preferred=10) == at("2606:2800::1", preferred=9)


def message(kind: int, address: bytes, *, sequence: int = 7, flags: int = 0x80) -> bytes:
    """What the kernel sends of an address of interface 3."""
    family, bits = (2, 24) if len(address) == 4 else (10, 64)
    body = struct.pack("=BBBBI", family, bits, flags, 0, 3)
    body += struct.pack("=HH", 4 + len(address), 1) + address
    body += struct.pack("=HHI", 8, 8, flags)
    return struct.pack("=IHHII", 16 + len(body), kind, 0, sequence, 0) + body


V4, DONE = bytes((93, 184, 215, 14)), struct.pack("=IHHII", 16, 3, 0, 7, 0)


def test_an_answer_is_decoded_up_to_its_end() -> None:
    heard = Heard(index=3, address="93.184.215.14", prefix=24, flags=0x80)
    assert ([heard], True) == answered(message(20, V4) + DONE, 7)
    assert ([], False) == answered(message(20, V4) + DONE, 8)


def test_link_local_addresses_are_no_news() -> None:
    local = b"\xfe\x80" + bytes(14)
    assert [True, True, False, False] == [
        is_change(message(20, V4)),
        is_change(message(21, V4)),
        is_change(message(20, local)),
        is_change(message(16, V4)),
    ]


def test_what_is_cut_short_or_scrambled_is_left_out() -> None:
    whole, chance = message(20, V4) + DONE, random.Random(7)
    for length in range(len(whole)):
        answered(whole[:length], 7)
    for _ in range(2000):
        data = bytearray(whole)
        for _ in range(4):
            data[chance.randrange(len(data))] = chance.randrange(256)
        answered(bytes(data), 7)
        is_change(bytes(data))
