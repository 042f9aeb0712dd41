"""`x-homeport.route` of a compose file, from the push to the visitor."""

from __future__ import annotations

import http.client
import json

from tests.e2e.house import App, eventually


def pushed(app: App, route: dict[str, object]) -> None:
    """A version of the app with these rules."""
    web = {
        "image": "homeport-test/app",
        "environment": {"VIRTUAL_HOST": app.host, "VERSION": "one"},
        "x-homeport": {"route": route},
    }
    app.commit({"compose.yaml": json.dumps({"services": {"web": web}})})
    app.push()


def header(app: App, name: str) -> str:
    """A header of the answer to a visitor."""
    connection = http.client.HTTPConnection("127.0.0.1", app.house.port, timeout=10)
    try:
        connection.request("GET", "/", headers={"Host": app.host})
        response = connection.getresponse()
        response.read()
        return response.getheader(name) or ""
    finally:
        connection.close()


def test_rules_of_a_compose_file_are_carried_out_shown_and_changed_by_a_push(app: App) -> None:
    """A commit that changes nothing else makes the container anew; a fault names its field."""
    pushed(app, {"headers": {"X-Rule": "one"}, "redirect_from": [f"www.{app.host}"]})
    assert "one" == header(app, "X-Rule")
    pushed(app, {"headers": {"X-Rule": "two"}, "redirect_from": [f"www.{app.host}"]})
    eventually(lambda: header(app, "X-Rule") == "two")
    routes = {r["host"]: r for r in app.house.data("proxy", "routes")["routes"]}
    assert {"headers", "redirect_from"} == routes[app.host]["rules"].keys()
    assert app.host == routes[f"www.{app.host}"]["leads_to"]
    told = app.house.homeport("proxy", "explain", f"www.{app.host}", check=False).stdout
    assert f"www.{app.host}/ leads to {app.host}" in told
    web = {"image": "homeport-test/app", "x-homeport": {"route": {"cache": "for ever"}}}
    app.commit({"compose.yaml": json.dumps({"services": {"web": web}})})
    refused = app.push(check=False).stderr
    assert "services.web.x-homeport.route: cache 'for ever' is no time" in refused


def test_a_name_that_leads_to_an_app_is_nobody_elses(app: App) -> None:
    """Neither a host that another app answers, nor a name that leads there."""
    leads = f"www.{app.host}"
    pushed(app, {"redirect_from": [leads]})
    other = app.house.app("other")
    try:
        for taken in (app.host, leads):
            other.commit({"compose.yaml": json.dumps(_led_from(other, taken))})
            refused = other.push(check=False)
            assert 0 != refused.returncode
            assert f"{taken} belongs to {app.name}" in refused.stderr
    finally:
        app.house.homeport("app", "rm", other.name, "--yes", "--volumes")
    assert "one" == app.house.get(app.host).body.strip()


def _led_from(app: App, name: str) -> object:
    web = {
        "image": "homeport-test/app",
        "environment": {"VIRTUAL_HOST": app.host, "VERSION": "other"},
        "x-homeport": {"route": {"redirect_from": [name]}},
    }
    return {"services": {"web": web}}
