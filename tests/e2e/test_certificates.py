"""A name that works in one go: its record, its certificate, and https that answers with it."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acme_front import renewal_info
from tests.e2e.house import HOMEPORT, Answer, eventually, small_disk
from tests.e2e.town import ADDRESS, HttpsVisitors, Town, opened

pytestmark = [pytest.mark.engine, pytest.mark.e2e]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Shared by those who break nothing."""
    yield from opened(Town(tmp_path_factory.mktemp("town")))


# -- one go


def test_docker_run_gets_record_certificate_and_https_in_one_go(town: Town) -> None:
    host = town.host()
    town.run(host)
    town.live(host)
    assert [ADDRESS] == town.named.ask(host)
    steps = ["CertificateOrdered", "CertificateIssued", "HttpsLive"]
    eventually(lambda: [one["event"] for one in town.events(host)] == steps)
    kept = town.certificates()[host]
    assert ("Keep", kept["serial"]) == (kept["next"], town.serial(host))
    done = town.house.homeport("proxy", "explain", host, check=False)
    assert "certificate it is kept up to date: it is renewed in" in done.stdout
    assert f"https answers at {host} after" in done.stdout
    assert 301 == town.house.get(host).status


@pytest.mark.alone  # it counts the orders of every container that this box sees
def test_nothing_is_ordered_before_the_name_leads_here_and_http_serves_until_then(
    town: Town,
) -> None:
    host, before = town.host(), town.pebble.orders()
    town.named.change(host, "A", "192.0.2.7")
    town.run(host)
    eventually(lambda: town.house.get(host) == Answer(200, host))
    eventually(lambda: [one["step"] for one in town.events(host)] == ["name"])
    why = f"{host} leads to 192.0.2.7, which is not this box"
    assert town.events(host)[0]["reason"].startswith(why)
    assert why in town.house.homeport("proxy", "explain", host, check=False).stdout
    assert before == town.pebble.orders()
    town.named.change(host, "A", ADDRESS)
    town.live(host)


def test_a_name_that_cannot_be_looked_up_says_why(town: Town) -> None:
    host = town.host("nobody.invalid.example.net")
    town.run(host)
    eventually(lambda: [one["step"] for one in town.events(host)] == ["name"])
    assert town.events(host)[0]["reason"].startswith(f"{host} cannot be looked up: ")
    assert (
        "cannot be looked up" in town.house.homeport("proxy", "explain", host, check=False).stdout
    )


@pytest.mark.alone  # it counts the orders of every container that this box sees
def test_a_name_that_the_authority_finds_elsewhere_says_so_and_burns_no_limit(town: Town) -> None:
    host, before = town.host(), town.pebble.orders()
    town.resolver.lead(host, "127.9.9.9")
    town.run(host)
    eventually(lambda: "CertificateFailed" in [one["event"] for one in town.events(host)])
    failed = town.events(host)[-1]
    assert ("challenge", True) == (failed["step"], failed["again_in"] > 290)
    assert f"certificate of {host} failed (challenge)" in town.house.homeport("events").stdout
    assert town.certificates()[host]["trouble"].startswith("challenge: ")
    assert host in town.house.homeport("status").stdout
    assert Answer(200, host) == town.house.get(host)
    assert before + 1 == town.pebble.orders(), "it is not ordered again at once"
    town.resolver.lead(host, "127.0.0.1")
    town.house.homeport("cert", "renew", host)
    town.live(host)


# -- acme-companion


def test_letsencrypt_host_makes_one_certificate_for_several_names(town: Town) -> None:
    first, second = town.host(), town.host()
    both = f"{first},{second}"
    town.run(both, LETSENCRYPT_HOST=both, LETSENCRYPT_EMAIL="me@example.org", VERSION=first)
    eventually(lambda: town.curl(second).stdout == first, tell=lambda: town.events(first))
    assert [first, second] == town.certificates()[first]["names"]
    assert town.serial(first) == town.serial(second)
    accounts = (town.house.state / "acme" / "accounts").glob("*.json")
    assert "me@example.org" in {json.loads(one.read_text())["email"] for one in accounts}


def test_single_domain_certs_makes_one_for_each(town: Town) -> None:
    first, second = town.host(), town.host()
    both = f"{first},{second}"
    town.run(both, LETSENCRYPT_HOST=both, LETSENCRYPT_SINGLE_DOMAIN_CERTS="true", VERSION=first)
    eventually(lambda: town.curl(second).stdout == first)
    eventually(lambda: town.curl(first).stdout == first)
    assert town.serial(first) != town.serial(second)


def test_nohttps_gets_none(town: Town) -> None:
    host, other = town.host(), town.host()
    town.run(host, HTTPS_METHOD="nohttps")
    town.run(other)
    town.live(other)
    assert host not in town.certificates()
    assert Answer(200, host) == town.house.get(host)


# -- kept


def test_a_certificate_that_somebody_deleted_is_made_again(town: Town) -> None:
    host = town.host()
    town.run(host)
    town.live(host)
    before = town.serial(host)
    (town.house.state / "proxy" / "certs" / f"{host}.crt").unlink()
    time.sleep(1.5)  # two looks: the link is back, and nothing is ordered
    town.live(host)
    assert before == town.serial(host)
    shutil.rmtree(town.made_of(host))
    eventually(lambda: town.answers(host) and town.serial(host) != before)


def test_a_certificate_is_revoked_and_replaced_by_a_command(town: Town) -> None:
    host = town.host()
    town.run(host)
    town.live(host)
    before = town.serial(host)
    town.house.homeport("cert", "revoke", host, "--reason", "key-compromise")
    assert "Revoked" == town.pebble.status(before)
    with HttpsVisitors(town, [host]) as visits:
        eventually(lambda: town.serial(host) not in ("", before))
    assert ([], "Valid") == (visits.failures, town.pebble.status(town.serial(host)))


def test_files_that_a_person_put_there_are_used_and_nothing_is_ordered(town: Town) -> None:
    host = town.host()
    folder = town.house.state / "proxy" / "certs"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
            "-nodes", "-days", "9", "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}",
            "-set_serial", "0x1234",
            "-keyout", folder / f"{host}.key", "-out", folder / f"{host}.crt",
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    town.run(host)
    eventually(lambda: town.curl(host, "-k").stdout == host)
    assert ("1234", False) == (town.serial(host), host in town.certificates())


def test_renewals_under_load_fail_no_request(town: Town) -> None:
    hosts = [town.host() for _ in range(5)]
    for host in hosts:
        town.run(host)
    town.live(*hosts)
    before = {host: town.serial(host) for host in hosts}
    with HttpsVisitors(town, hosts) as visits:
        for host in hosts:
            town.house.homeport("cert", "renew", host)
        eventually(lambda: all(town.serial(host) != before[host] for host in hosts))
        time.sleep(0.5)
    assert [] == visits.failures
    assert visits.count > 200


@pytest.fixture
def brief(tmp_path: Path) -> Iterator[Town]:
    """An authority whose certificates are good for 45 seconds, in the place of six days."""
    yield from opened(Town(tmp_path, life=45))


def test_at_two_thirds_of_their_life_certificates_are_renewed_and_no_request_fails(
    brief: Town,
) -> None:
    hosts = [brief.host() for _ in range(3)]
    for host in hosts:
        brief.run(host)
    brief.live(*hosts)
    before = {host: brief.serial(host) for host in hosts}
    with HttpsVisitors(brief, hosts) as visits:
        eventually(
            lambda: all(brief.serial(host) not in ("", before[host]) for host in hosts),
            seconds=60,
            tell=brief.events,
        )
        time.sleep(0.5)
    assert [] == visits.failures
    for host in hosts:
        orders = [e["why"] for e in brief.events(host) if e["event"] == "CertificateOrdered"]
        first, second = orders[:2]
        assert "there is none" == first
        left = int(second.removeprefix("it ends in ").removesuffix(" s"))
        assert 8 <= left <= 15, second


@pytest.fixture
def informed(tmp_path: Path) -> Iterator[Town]:
    """An authority that wants every certificate to be replaced, and says so by ARI."""
    over = {"start": "2020-01-01T00:00:00Z", "end": "2020-01-02T00:00:00Z"}
    yield from opened(Town(tmp_path, life=90, rules=renewal_info(lambda: over, "60")))


def test_an_authority_that_wants_a_renewal_is_given_one_long_before_its_time(
    informed: Town,
) -> None:
    host = informed.host()
    informed.run(host)
    informed.live(host)
    before = informed.serial(host)
    eventually(lambda: informed.serial(host) not in ("", before), tell=informed.events)
    orders = [e["why"] for e in informed.events(host) if e["event"] == "CertificateOrdered"]
    left = int(orders[1].removeprefix("it ends in ").removesuffix(" s"))
    assert 40 < left <= 81, "not before a tenth of its life, and long before two thirds"
    asked = [one for one in informed.front.asked if one.startswith("GET /renewal-info/")]
    assert asked


# -- what goes wrong


def test_an_authority_that_is_down_takes_nothing_away_and_is_tried_again(town: Town) -> None:
    served, host = town.host(), town.host()
    town.run(served)
    town.live(served)
    town.pebble.stop()
    try:
        town.run(host)
        eventually(lambda: "CertificateFailed" in [one["event"] for one in town.events(host)])
        failed = town.events(host)[-1]
        assert "the ACME server does not answer" == failed["reason"]
        assert Answer(200, host) == town.house.get(host)
        assert town.serial(served)
        done = town.house.homeport("cert", "revoke", served, check=False)
        assert (3, True) == (done.returncode, "does not answer" in done.stderr)
        assert town.serial(served)
    finally:
        town.pebble.again()
    town.live(host)


@pytest.mark.alone  # it counts the orders of every container that this box sees
def test_kill_9_between_the_order_and_its_end_orders_nothing_twice(town: Town) -> None:
    host, before = town.host(), town.pebble.orders()
    town.run(host)
    eventually(lambda: town.pebble.orders() > before)
    town.house.kill()
    town.house.start()
    town.live(host)
    assert before + 1 == town.pebble.orders()


@pytest.fixture
def cramped(tmp_path: Path) -> Iterator[Town]:
    """One of its own: what it keeps of certificates will lie on a full disk."""
    yield from opened(Town(tmp_path))


def test_a_full_disk_leaves_http_and_no_half_of_a_pair_and_the_order_is_gone_on_with(
    cramped: Town,
) -> None:
    certs = cramped.house.state / "proxy" / "certs"
    with small_disk(certs, "1m"):  # with room for hosts of others on this Engine
        filler = certs / "filler"
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
        host = cramped.host()
        cramped.run(host)
        eventually(lambda: "CertificateFailed" in [one["event"] for one in cramped.events(host)])
        failed = cramped.events(host)[-1]
        assert "certificate" == failed["step"]
        assert failed["reason"].startswith("No space left on device")
        assert Answer(200, host) == cramped.house.get(host)
        assert [] == [path for path in certs.rglob("*") if path.is_file() and path != filler]
        filler.unlink()
        freed = time.time()
        cramped.live(host)
        about = json.loads((cramped.made_of(host) / "current" / "about.json").read_text())
        assert about["not_before"] <= freed, "it is the one that was signed when the disk was full"
        cramped.house.kill()  # so that nobody reads it when it goes


# -- local names


def test_a_local_name_that_asks_for_https_is_served_by_the_boxs_own_authority(town: Town) -> None:
    host, plain = town.host("localhost"), town.host("home.arpa")
    town.run(host, HTTPS_METHOD="redirect")
    town.run(plain)
    root = town.folder / "root.pem"
    root.write_text(town.house.homeport("proxy", "ca", "show").stdout)
    asked = ("--cacert", str(root))
    eventually(lambda: town.curl(host, *asked).stdout == host, tell=town.certificates)
    eventually(lambda: town.house.get(plain) == Answer(200, plain))
    assert plain not in town.certificates()
    found = town.certificates()[host]
    assert ("local", True) == (found["issuer"], found["until"] - time.time() < 8 * 86400)


def test_the_root_is_installed_on_request_and_trusted_then(town: Town) -> None:
    """In a mount namespace: the store of this machine stays as it is."""
    host = town.host("localhost")
    town.run(host, HTTPS_METHOD="noredirect")
    root = town.house.homeport("proxy", "ca", "show").stdout
    (town.folder / "shown.pem").write_text(root)
    eventually(lambda: town.curl(host, "--cacert", str(town.folder / "shown.pem")).stdout == host)
    over = "mount -t overlay overlay -o lowerdir={0},upperdir={1}/u,workdir={1}/w {0}"
    steps = ["set -e", "mkdir -p /run/hpca", "mount -t tmpfs tmpfs /run/hpca"]
    for number, path in enumerate(("/etc/ssl/certs", "/usr/local/share/ca-certificates")):
        steps.append(f"mkdir -p /run/hpca/{number}/u /run/hpca/{number}/w")
        steps.append(over.format(path, f"/run/hpca/{number}"))
    url = f"https://{host}:{town.https_port}/"
    ask = f"curl -sS --noproxy '*' --resolve {host}:{town.https_port}:127.0.0.1 {url}"
    steps += [f"! {ask} 2>/dev/null", f"{HOMEPORT} proxy ca install >&2", ask]
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", "\n".join(steps)],
        check=False,
        capture_output=True,
        text=True,
        env={k: v for k, v in town.house.env.items() if not k.startswith(("SSL_", "CURL_"))},
    )
    assert (0, host) == (done.returncode, done.stdout), done.stderr


# -- by DNS


@pytest.fixture
def wild(tmp_path: Path) -> Iterator[Town]:
    """One whose domain has a zone, so that a wildcard is possible."""
    yield from opened(Town(tmp_path, {"HOMEPORT_DOMAIN": "example.org"}, by_zone=True))


def test_the_wildcard_of_the_domain_serves_new_names_by_https_at_once(wild: Town) -> None:
    eventually(lambda: wild.certificates()["example.org"]["next"] == "Keep", tell=wild.certificates)
    hosts = [wild.host() for _ in range(3)]
    for host in hosts:
        wild.run(host)
    wild.live(*hosts)
    assert [] == [one for host in hosts for one in wild.events(host)]
    assert ["example.org", "*.example.org"] == wild.certificates()["example.org"]["names"]
    assert [] == wild.named.ask("_acme-challenge.example.org", "TXT")
