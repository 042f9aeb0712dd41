"""ddclient.conf is read as ddclient reads it: the real one is asked, file by file."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeport.dns.ddclient.grammar import read
from homeport.dns.ddclient.protocols.known import PROTOCOLS
from homeport.dns.ddclient.text import extract_ipv4, extract_ipv6
from homeport.dns.ddclient.words import known
from tests.engine.ddclient_lab import DDCLIENT

ORACLE = Path(__file__).with_name("ddclient_oracle.pl")
Read = dict[str, Any]


class Oracle:
    """The real ddclient, asked what a file says."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "ddclient.conf"
        self._process = subprocess.Popen(
            ["perl", str(ORACLE), str(DDCLIENT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PERL_HASH_SEED": "0", "PATH": "/usr/bin:/bin"},
        )

    def read(self, text: str) -> Read:
        """What it reads."""
        self._file.write_bytes(text.encode("latin-1"))
        self._file.chmod(0o600)
        said: Read = self._ask(str(self._file))
        return said

    def addresses(self, text: str) -> list[str]:
        """The first IPv4 and the first IPv6 address that it finds."""
        found: list[str] = self._ask(f"text:{text.encode().hex()}")
        return found

    def _ask(self, line: str) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline().decode("latin-1"))

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oracle]:
    if not DDCLIENT.exists():
        pytest.skip("ddclient is not installed")
    asked = Oracle(tmp_path_factory.mktemp("oracle"))
    yield asked
    asked.stop()


def ours(text: str) -> Read:
    """What we read, in the oracle's words."""
    file = read(text, known("3.10"), protocols=PROTOCOLS["3.10"])
    return {
        "globals": file.globals.values,
        "hosts": {name: entry.values for name, entry in file.hosts.items()},
    }


def theirs(oracle: Oracle, text: str) -> Read:
    """Numbers as text: Perl makes no difference. A host without a name is left out here."""

    def plain(values: Read) -> Read:
        return {key: str(value) for key, value in values.items()}

    said = oracle.read(text)
    hosts = {name: plain(values) for name, values in said["hosts"].items() if name}
    return {"globals": plain(said["globals"]), "hosts": hosts}


FILES = (
    "use=web, web=dynamicdns.park-your-domain.com/getip\nprotocol=namecheap \n"
    "server=dynamicdns.park-your-domain.com \nlogin=sample.com\n"
    "password=your dynamic dns password\ntest, demo, www\n",
    "login=me, password='a b, c # d' one.example.org, two.example.org\n",
    'login=me, password="a b" one.example.org\n',
    "login=me, password=secret, one.example.org\n",
    "password = 'with blanks around' \none.example.org\n",
    "login = me\none.example.org\n",
    "one.example.org me secret\n",
    "one.example.org,two.example.org me secret and more\n",
    "protocol=duckdns, \\\npassword=tok, \\\nhome\n",
    "protocol=duckdns, \\ \npassword=tok home\n",
    "use=if, if=eth0 # a comment\n#password=no\npassword=a#b host.example.org\n",
    "daemon=5m\nmax-interval=2days\nmin-interval=bad\nssl=maybe\nsyslog=Yes\n",
    "server=nodots\nserver=UPPER.Example.org:81\nwildcard=TRUE, a.example.org\n",
    "web-skip='Current IP Address:' web=\"http://x.y/a b\" cmd=a\\ b\\,c\nh.example.org\n",
    "unknown=1, USE=web, fw-banlocal=1, a.example.org\n",
    "a.example.org\nlogin=late\nb.example.org\na.example.org\n",
    "host=a.example.org,b.example.org login=me\n",
    "login=unclosed' quote\n h.example.org\n",
    "wtime=5,mtime=100,atime=7,status=good,ip=1.2.3.4,ipv6=2001:db8::1 h.example.org",
    "fw-password=one, password=two h.example.org\n",
    "password='one', postscript='two'\nh.example.org\n",
    "ends with \\",
    "",
)


@pytest.mark.parametrize("text", FILES)
def test_a_file_is_read_as_ddclient_reads_it(oracle: Oracle, text: str) -> None:
    assert theirs(oracle, text) == ours(text)


# Not `zone`, `ttl` and `script`: several protocols have them, and which one's rule ddclient goes by
# hangs on the order of a hash.
WORDS = (
    "use web web-skip login password fw-password server ssl daemon protocol max-interval ip ipv6 "
    "wildcard mx static if cmd host status ssl_ca_file Login unknown postscript"
)
KEYS = st.sampled_from(WORDS.split())
SAID = (
    "web if ip dyndns2 namecheap duckdns yes no t 1 0 5m 300 2days 1h x eth0 /bin/true good "
    "1.2.3.4 010.2.3.4 1.2.3 2001:db8::1 ::1 a.example.org:80 'quo ted' \"dou ble\" b\\ c "
    "'a,b' it's"
)
VALUES = st.one_of(
    st.sampled_from(SAID.split(" ")),
    st.text(st.sampled_from("ab1.,'\"\\#$%-= \t"), max_size=6),
)
PAIRS = st.tuples(KEYS, st.sampled_from(["=", "=", "=", "=", " = "]), VALUES).map("".join)
NAMES = st.sampled_from(["a.example.org", "b.example.org", "c", "d.e,f.g", "d.e, f.g", "me secret"])
LINES = st.lists(st.one_of(PAIRS, PAIRS, NAMES), max_size=5).flatmap(
    lambda parts: st.sampled_from([", ", " ", ",", " , "]).map(lambda glue: glue.join(parts))
)
ENDS = st.sampled_from(["\n", "\n", "\n", "\r\n", " \\\n", "\\\n", " # note\n", "\\ \n", "\n\n"])
TEXTS = st.lists(st.tuples(LINES, ENDS).map("".join), max_size=6).map("".join)


@settings(
    max_examples=600,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(text=TEXTS)
def test_any_file_is_read_as_ddclient_reads_it(oracle: Oracle, text: str) -> None:
    assert theirs(oracle, text) == ours(text)


PIECES = st.one_of(
    st.sampled_from(
        [
            "8.8.4.4",
            "010.020.003.004",
            "256.1.1.1",
            "1.2.3",
            "::1",
            "2001:db8::1",
            "2001:0db8:0:0::00",
            "1:2:3:4:5:6:7:8",
            "64:ff9b::192.0.2.13",
            "::ffff:1.2.3.04",
            "1::2::3",
            "::",
            "fe80::1%eth0",
            "12:34:56",
            "<b>",
            "</b>",
            "IP:",
            "_",
            ".",
            ":",
            "x",
        ]
    ),
    st.ip_addresses().map(str),
    st.text(st.sampled_from("0123456789abcf.:_ gx"), max_size=12),
)


@settings(
    max_examples=1000,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    text=st.lists(PIECES, max_size=4).flatmap(
        lambda p: st.sampled_from(["", " ", "\n"]).map(lambda g: g.join(p))
    )
)
def test_the_addresses_of_any_text_are_those_that_ddclient_finds(oracle: Oracle, text: str) -> None:
    assert oracle.addresses(text) == [extract_ipv4(text), extract_ipv6(text)]
