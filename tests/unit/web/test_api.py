"""The API: whom it trusts, what it takes, and how it says no. A real store; no Engine, no queue."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from homeport.delivery.following import Seen
from homeport.events import RouteGone, RouteLive, RunQueued
from homeport.model.image import BuildState, ImageBuild
from homeport.model.pull import PullRequest
from homeport.proxy.seen import Observation, Port, Server
from homeport.store.ledger import Store
from homeport.web.app import build_app
from homeport.web.context import (
    Certificates,
    Context,
    Deliveries,
    Governor,
    Records,
    Remotes,
    Stacks,
)
from tests.fake_engine import FakeDocker

SOCKET = "/run/homeport.sock"
BUILD = ImageBuild(
    id=0, app="blog", repository="blog", run=1, ref="", commit="", state=BuildState.SUCCESS
)


class Asked:
    """Remembers what it was asked for."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.fetched = asyncio.Event()
        self.fetched.set()
        self.found: Seen | Exception = Seen(refs=("refs/heads/main",), runs=(9,))

    def listed(self) -> list[dict[str, Any]]:
        names = ["star.example", "*.star.example"]
        return [{"names": names, "next": "Wait", "why": "later", "until": None, "trouble": "t"}]

    def renew(self, host: str) -> tuple[str, ...]:
        self.calls.append(("renew", host))
        return (host,)

    async def revoke(self, host: str, reason: int) -> tuple[str, ...]:
        self.calls.append(("revoke", host, reason))
        return (host,)

    def rollback(self, app: Any, to: int, by: str) -> int:
        self.calls.append(("rollback", app.name, to, by))
        return 7

    def look(self, app: str, by: str) -> asyncio.Task[Seen]:
        self.calls.append(("look", app, by))
        return asyncio.create_task(self._look())

    def pull(self, app: str, ref: str, by: str, pull: PullRequest) -> asyncio.Task[int]:
        self.calls.append(("pull", app, ref, by, pull))

        async def number() -> int:
            return 9

        return asyncio.create_task(number())

    def changed(self, app: str) -> None:
        self.calls.append(("changed", app))

    async def _look(self) -> Seen:
        await self.fetched.wait()
        if isinstance(self.found, Exception):
            raise self.found
        return self.found


class Api:
    """The application, asked over the local socket or over TCP."""

    def __init__(self, folder: Path) -> None:
        self.store, self.asked = Store(folder), Asked()
        self.app = build_app(
            Context(
                store=self.store,
                deliveries=cast("Deliveries", self.asked),
                stacks=cast("Stacks", self.asked),
                publishing=lambda _run: None,
                registry=None,
                remotes=cast("Remotes", self.asked),
                pull=self.asked.pull,
                tag_moved=lambda: self.asked.calls.append(("tag_moved",)),
                governor=cast("Governor", self.asked),
                docker=FakeDocker(),
                repositories=folder / "repositories",
                scratch=folder / "scratch",
                hooks=folder / "hooks",
                max_push=1,
                local_socket=SOCKET,
                git_url="http://127.0.0.1:7420",
                elsewhere="http://ci.example.org:8080",
                ssh=lambda: {"listen": "", "host_key": ""},
                records=cast("Records", self.asked),
                notified=1,
                certificates=cast("Certificates", self.asked),
                status=self._status,
                examine=self._examine,
                metrics=self._metrics,
                remove=self._remove,
                stop=lambda everything: self.asked.calls.append(("stop", everything)),
            )
        )

    async def _examine(self, host: str) -> Observation:
        return Observation(
            host=host,
            nginx=Server(container="nginx", state="running", wanted=1, answering=1),
            http=Port(number=80, accepts=True),
            https=Port(number=443, accepts=True),
        )

    async def _metrics(self) -> str:
        return "homeport_proxy_reloads_total 0\n"

    async def _status(self) -> dict[str, Any]:
        return {"ready": True, "routes": [], "refusals": []}

    async def _remove(self, app: Any, volumes: bool) -> None:
        self.asked.calls.append(("remove", app.name, volumes))
        self.store.apps.remove(app.name)

    async def ask(
        self, method: str, path: str, *, local: bool = True, token: str = "", **values: Any
    ) -> httpx.Response:
        """One request."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            server = (SOCKET, None) if local else ("127.0.0.1", 7420)
            await self.app({**scope, "server": server}, receive, send)

        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= values.pop("headers", {})
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://homeport") as client:
            return await client.request(method, path, headers=headers, **values)


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """One of its own."""
    made = Api(tmp_path)
    yield made
    made.store.close()


async def test_the_local_socket_is_trusted_and_the_network_shows_a_token(api: Api) -> None:
    assert 200 == (await api.ask("GET", "/api/apps")).status_code
    token = api.store.tokens.create("laptop")
    for credentials in ({"token": token}, {"headers": {"Authorization": basic(token)}}):
        assert 200 == (await api.ask("GET", "/api/apps", local=False, **credentials)).status_code


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, 201),  # no browser
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 201),
        ({"Sec-Fetch-Site": "none"}, 201),
        ({"Origin": "http://homeport"}, 201),
        ({"Origin": "https://box.home", "X-Forwarded-Host": "box.home"}, 201),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://homeport"}, 403),
        ({"Origin": "http://homeport:81"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": ""}, 403),
    ],
)
async def test_what_another_sites_page_has_a_browser_ask_for_is_refused(
    api: Api, said: dict[str, str], expected: int
) -> None:
    """Though the browser knows the token, and sends it along."""
    headers = {"Authorization": basic(api.store.tokens.create("laptop")), **said}
    made = await api.ask(
        "POST", "/api/apps", local=False, headers=headers, json={"name": "another"}
    )
    assert expected == made.status_code, made.text
    found = await api.ask("GET", "/api/apps", local=False, headers=headers)
    assert (200, expected == 201) == (found.status_code, "another" in found.text)


async def test_a_browser_tells_no_address(api: Api) -> None:
    """An image of any page would: the token goes with it."""
    path = "/nic/update?hostname=a.example&myip=93.184.215.14"
    headers = {
        "Authorization": basic(api.store.tokens.create("router")),
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
    }
    found = await api.ask("GET", path, local=False, headers=headers)
    assert (403, "badagent\n") == (found.status_code, found.text)


async def test_who_asks_for_a_pass_sends_no_more_than_a_form_holds(api: Api) -> None:
    """Nobody has shown anything by then, and what is sent would be held in memory."""
    path = "/registry/token"
    found = await api.ask("POST", path, local=False, content=b"a=" + b"x" * 65536)
    assert (413, True) == (found.status_code, "larger than 64 KiB" in found.text)
    assert 404 == (await api.ask("POST", path, local=False, content=b"a=b")).status_code


async def test_a_host_is_explained_and_what_is_none_is_refused(api: Api) -> None:
    found = (await api.ask("GET", "/api/proxy/explain/Blog.Example")).json()
    assert ["blog.example", "blog.example does not answer: no container asks"] == [
        found["observation"]["host"],
        found["explanation"]["answers"][:47],
    ]
    for text in ("a%20b", "*.example", "a,b", "a%0d%0ab"):
        assert 400 == (await api.ask("GET", f"/api/proxy/explain/{text}")).status_code
    assert 401 == (await api.ask("GET", "/api/proxy/explain/a", local=False)).status_code


async def test_certificates_are_listed_renewed_and_revoked(api: Api) -> None:
    path = "/api/certificates"
    assert api.asked.listed() == (await api.ask("GET", path)).json()
    renewed = await api.ask("POST", f"{path}/Blog.Example/renew")
    revoked = await api.ask("POST", f"{path}/b.example/revoke", json={"reason": "key-compromise"})
    assert (202, 200) == (renewed.status_code, revoked.status_code)
    assert [("renew", "blog.example"), ("revoke", "b.example", 1)] == api.asked.calls
    odd = await api.ask("POST", f"{path}/b.example/revoke", json={"reason": "because"})
    assert 400 == odd.status_code
    assert 401 == (await api.ask("GET", path, local=False)).status_code


async def test_the_certificate_of_a_wildcard_is_that_of_its_hosts(api: Api) -> None:
    explained = [
        (await api.ask("GET", f"/api/proxy/explain/{host}")).json()["observation"]["signing"]
        for host in ("a.star.example", "b.other.example")
    ]
    assert ["t", None] == [one and one["trouble"] for one in explained]


async def test_what_happened_lately_to_its_routes_is_told_and_to_others_is_not(api: Api) -> None:
    record = api.store.record
    record(RouteLive(host="blog.example/api", upstreams=("blog-web-1",), generation=3))
    record(RouteLive(host="shop.example", upstreams=("shop-web-1",), generation=4))
    record(RouteGone(host="blog.example", generation=5))
    found = (await api.ask("GET", "/api/proxy/explain/blog.example")).json()
    told = [past["text"] for past in found["observation"]["lately"]]
    assert [True, True] == [text.count("blog.example") == 1 for text in told]


async def test_the_routes_are_those_of_the_proxy(api: Api) -> None:
    found = (await api.ask("GET", "/api/proxy/routes")).json()
    assert {"routes": [], "refusals": []} == found


def basic(token: str) -> str:
    """As git and curl send it."""
    return "Basic " + base64.b64encode(f"git:{token}".encode()).decode()


@pytest.mark.parametrize(
    "header", ["", "Bearer hp_wrong", "Basic !!!", "Basic aGk=", "Digest x", "Bearer", "Bearer ''"]
)
async def test_no_token_and_a_wrong_one_are_refused_alike(api: Api, header: str) -> None:
    headers = {"Authorization": header} if header else {}
    answer = await api.ask("GET", "/api/apps", local=False, headers=headers)
    assert 401 == answer.status_code
    assert {"kind": "Denied", "message": "a token is needed", "exit_status": 2} == {
        key: answer.json()["error"][key] for key in ("kind", "message", "exit_status")
    }


@pytest.mark.parametrize("path", ["/builds/{}", "/runs/{}", "/runs/{}/1.1"])
async def test_what_is_not_there_and_what_is_not_public_look_the_same(api: Api, path: str) -> None:
    """Else everybody could count the builds of private apps."""
    api.store.apps.create("blog")
    run = api.store.runs.create(RunQueued(app="blog", ref="", commit="", kind="push", by=""), 1.0)
    assert 1 == run == api.store.builds.add(BUILD).id
    private, missing = [await api.ask("GET", path.format(n), local=False) for n in (1, 2)]
    assert [401, "a token is needed, as password\n"] == [private.status_code, private.text]
    assert (private.status_code, private.text) == (missing.status_code, missing.text)
    assert 404 == (await api.ask("GET", path.format(2))).status_code


async def test_a_revoked_token_is_refused(api: Api) -> None:
    token = api.store.tokens.create("laptop")
    await api.ask("DELETE", "/api/tokens/laptop")
    assert 401 == (await api.ask("GET", "/api/apps", local=False, token=token)).status_code


@pytest.mark.parametrize("path", ["/api/stop", "/api/pushes"])
async def test_what_only_the_box_itself_may_ask_needs_more_than_a_token(
    api: Api, path: str
) -> None:
    token = api.store.tokens.create("laptop")
    answer = await api.ask("POST", path, local=False, token=token, json={"app": "x", "updates": []})
    assert (401, []) == (answer.status_code, api.asked.calls)


async def test_an_app_is_created_shown_changed_and_removed(api: Api) -> None:
    made = (await api.ask("POST", "/api/apps", json={"name": "blog"})).json()
    assert f"http://git:{made['token']}@127.0.0.1:7420/git/blog.git" == made["remote"]
    assert "http://ci.example.org:8080/git/blog.git" == made["elsewhere"]
    assert made["token_name"] == api.store.tokens.who(made["token"])
    await api.ask("PATCH", "/api/apps/blog", json={"branch": "live"})
    shown = (await api.ask("GET", "/api/apps/blog")).json()
    assert ("live", []) == (shown["deploys"], shown["containers"])
    assert 409 == (await api.ask("POST", "/api/apps", json={"name": "blog"})).status_code
    await api.ask("DELETE", "/api/apps/blog?volumes=1")
    assert [("remove", "blog", True)] == api.asked.calls
    assert 404 == (await api.ask("GET", "/api/apps/blog")).status_code


@pytest.mark.parametrize("name", ["", "Blog", "a b", "-a", "a" * 40, "../x", "a/b", "ä", "a.git"])
async def test_a_name_that_cannot_be_is_refused(api: Api, name: str) -> None:
    answer = await api.ask("POST", "/api/apps", json={"name": name})
    assert (400, "RequestError") == (answer.status_code, answer.json()["error"]["kind"])
    assert [] == api.store.apps.list()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"{", "not understood"),
        (b"[]", "not understood"),
        (b'{"name": 3}', "$.name"),
        (b'{"name": "a", "more": 1}', "more"),
        (b"x" * (2 << 20), "larger than 1 MiB"),
    ],
)
async def test_a_body_that_cannot_be_is_refused_by_its_field(
    api: Api, body: bytes, said: str
) -> None:
    answer = await api.ask("POST", "/api/apps", content=body)
    assert 400 == answer.status_code
    assert said in answer.json()["error"]["message"]


async def test_who_asks_is_known(api: Api) -> None:
    api.store.apps.create("blog")
    token = api.store.tokens.create("laptop")
    await api.ask("POST", "/api/apps/blog/rollback", json={"to": 3})
    await api.ask("POST", "/api/apps/blog/rollback", local=False, token=token)
    assert [("rollback", "blog", 3, "local"), ("rollback", "blog", 0, "laptop")] == api.asked.calls


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/nothing", 404),
        ("PUT", "/api/apps", 405),
        ("GET", "/api/runs/999", 404),
        ("GET", "/api/apps/none/logs", 404),
        ("GET", "/api/events?after=x", 400),
        ("GET", "/api/runs/abc", 404),
    ],
)
async def test_every_error_has_one_shape(api: Api, method: str, path: str, status: int) -> None:
    answer = await api.ask(method, path)
    assert status == answer.status_code
    assert {"kind", "message", "hint", "exit_status"} == set(answer.json()["error"])


async def test_git_asks_for_its_own_token_and_knows_no_paths(api: Api) -> None:
    """Whatever the address looks like, nothing outside of repositories/ is served."""
    token = api.store.tokens.create("laptop")
    first = await api.ask("GET", "/git/blog.git/info/refs?service=git-upload-pack")
    assert (401, 'Basic realm="homeport"') == (
        first.status_code,
        first.headers["www-authenticate"],
    )
    for path in ("none.git", "..git", "%2e%2e%2fx.git", "a%00.git", "Blog.git"):
        answer = await api.ask(
            "GET",
            f"/git/{path}/info/refs?service=git-upload-pack",
            headers={"Authorization": basic(token)},
        )
        assert 404 == answer.status_code, path
