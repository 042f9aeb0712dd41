"""The file of zones: what it says, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeport.dns.model import Addresses, Zone
from homeport.dns.providers.known import NAMED, OPTIONS
from homeport.dns.zones import ZonesFile, read_zones
from homeport.errors import FileFault

NOIP = "provider='noip'\nlogin='l'\npassword='p'"
GOOD = '[zones."Example.org."]\nprovider="rfc2136"\nserver="s"\nkey_name="k"\nkey_file="{key}"\n'


def test_a_zone_takes_its_secret_from_a_file_and_shows_it_nowhere(tmp_path: Path) -> None:
    key, file = tmp_path / "key", tmp_path / "dns.toml"
    key.write_text("hush\n")
    file.write_text('addresses = ["93.184.215.14"]\n' + GOOD.format(key=key))
    options = {"server": "s", "key_name": "k", "key": "hush"}
    zone = Zone(name="example.org", provider="rfc2136", options=options)
    found = read_zones(file, OPTIONS)
    assert (
        ZonesFile(zones=(zone,), addresses=Addresses(v4="93.184.215.14"), files=(str(key),))
        == found
    )
    assert "hush" not in repr(found)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("[zones", ""),
        ("zone = 1", "zone"),
        ("[zones.a]\nprovider='nobody'", "zones.a.provider"),
        ("[zones.a]\nprovider='rfc2136'", "zones.a.server"),
        ("[zones.a]\nprovider=['rfc2136']", "zones.a.provider"),
        ("[zones.a]\nprovider='rfc2136'\nkey_file='/nowhere'", "zones.a.key_file"),
        ("addresses = ['192.168.1.1']", "addresses"),
        ("addresses = ['100.64.0.1']", "addresses"),
        ("addresses = ['fe80::1']", "addresses"),
        ("addresses = 'x'", "addresses"),
        (f"[zones.a]\n{NOIP}", "zones.a.hosts"),
        (f"[zones.a]\n{NOIP}\nhosts=[1]", "zones.a.hosts"),
        ("[zones.a]\nprovider='gandi'\ntoken='t'\nhosts=['x']", "zones.a.hosts"),
        ("[zones.a]\nprovider='gandi'\ntoken='t'\napi='http://192.0.2.1'", "zones.a.api"),
        ("[zones.a]\nprovider='gandi'\ntoken='t'\nnameservers='x'", "zones.a.nameservers"),
        ("interface = 'a/b'", "interface"),
        ("suffix = '1::5'", "suffix"),
        ("router = 'maybe'", "router"),
        ("sources = ['ftp://x']", "sources"),
    ],
)
def test_a_fault_names_the_field(tmp_path: Path, text: str, field: str) -> None:
    file = tmp_path / "dns.toml"
    file.write_text(text)
    with pytest.raises(FileFault) as caught:
        read_zones(file, OPTIONS, NAMED)
    assert field == caught.value.field


def test_hosts_are_names_below_the_zone_or_whole_ones(tmp_path: Path) -> None:
    file = tmp_path / "dns.toml"
    more = "hosts=['@', 'Blog', 'www.example.org.']\nnameservers=['192.0.2.53:5353']"
    file.write_text(f'[zones."example.org"]\n{NOIP}\n{more}\n')
    (zone,) = read_zones(file, OPTIONS, NAMED).zones
    hosts = ("example.org", "blog.example.org", "www.example.org")
    assert (hosts, ("192.0.2.53:5353",)) == (zone.hosts, zone.nameservers)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("\n\n[zones", ":3"),
        ("# x\nzone = 1", ":2: zone"),
        ("\n[zones.a]\nttl = 60\nprovider='nobody'", ":4: zones.a.provider"),
        ('[zones."b.org"]\nprovider="rfc2136"\n', ":1: zones.b.org.server"),
        ("interface = 'eth0'\nrouter = 'maybe'", ":2: router"),
        (f"[zones.a]\n{NOIP}\nhosts=[]\n", ":5: zones.a.hosts"),
    ],
)
def test_a_fault_names_the_line(tmp_path: Path, text: str, place: str) -> None:
    file = tmp_path / "dns.toml"
    file.write_text(text)
    with pytest.raises(FileFault) as caught:
        read_zones(file, OPTIONS, NAMED)
    assert f"{file}{place}" == caught.value.place
