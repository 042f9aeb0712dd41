"""Pages that say an address, over real sockets: only a plain answer with status 200 is believed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from homeport.dns.model import Addresses
from homeport.dns.web import seen_from_outside
from homeport.errors import Unavailable
from tests.serving import Handler, serving

HERE = "93.184.215.14"


@contextmanager
def page(status: int, text: str, **headers: str) -> Iterator[str]:
    """Its URL."""

    class Page(Handler):
        def do_GET(self) -> None:
            self.say(status, text, headers)

    with serving(Page) as url:
        yield f"{url}/"


async def test_two_that_agree_are_believed() -> None:
    with page(200, f"{HERE}\n") as one, page(200, f'{{"ip": "{HERE}"}}') as two:
        assert Addresses(v4=HERE) == await seen_from_outside([one, two, "http://127.0.0.1:9/"])


@pytest.mark.parametrize(
    ("status", "text", "headers"),
    [
        (500, HERE, {}),
        (302, HERE, {"Location": "http://127.0.0.1:9/"}),
        (200, "<html>please log in</html>", {}),
        (200, "192.168.1.2", {}),
        (200, f"{HERE} {'x' * 5000}", {}),
        (204, "", {}),
    ],
)
async def test_what_a_portal_or_a_broken_page_says_is_not(
    status: int, text: str, headers: dict[str, str]
) -> None:
    none = pytest.raises(Unavailable, match="agree on a public address")
    with page(200, HERE) as one, page(status, text, **headers) as other, none:
        await seen_from_outside([one, other])
