"""vhost.d and htpasswd, by nginx-proxy's names."""

from __future__ import annotations

import hashlib
from pathlib import Path

from homeport.model.route import Files, Route, RouteTable
from homeport.proxy.extras import Extras, files_of


def sha1(text: str) -> str:
    """nginx-proxy's name for a path."""
    return hashlib.sha1(text.encode()).hexdigest()


def test_a_file_is_a_hosts_a_paths_or_for_all() -> None:
    servers = {"a.org": "1", "default": "2", "a.org_location": "3", "default_location": "4"}
    servers |= {f"a.org_{sha1('/x')}_location": "5", sha1("~^v$"): "6"}
    users = {"a.org": "7", f"a.org_{sha1('/x')}": "8"}
    routes = [("a.org", "/"), ("a.org", "/x"), ("a.org", "/y"), ("b.org", "/"), ("~^v$", "/")]
    found = [files_of(Route(host=h, path=p), servers, users) for h, p in routes]
    assert [
        Files(server="1", location="3", users="7"),
        Files(server="1", location="5", users="8"),
        Files(server="1", location="3", users="7"),
        Files(server="2", location="4"),
        Files(server="6", location="4"),
    ] == found


def test_a_file_stands_in_the_place_of_a_location() -> None:
    every = {"a.org_location_override": "1", f"a.org_{sha1('/x')}_location_override": "2"}
    found = [files_of(Route(host="a.org", path=path), every, {}) for path in ("/", "/x", "/y")]
    assert [Files(override="1"), Files(override="2"), Files()] == found


def test_what_changes_is_copied_under_another_name_and_the_old_copy_goes(tmp_path: Path) -> None:
    extras = Extras(tmp_path, tmp_path / "extra")
    extras.prepare()
    table = RouteTable(routes=(Route(host="a.org"),))
    extras.look()
    assert table == extras.given_to(table)
    (tmp_path / "vhost.d" / "a.org").write_text("add_header X a;")
    assert extras.is_stale()
    extras.look()
    first = extras.given_to(table).routes[0].files.server
    assert "add_header X a;" == (tmp_path / "extra" / first).read_text()
    (tmp_path / "vhost.d" / "a.org").write_text("add_header X b;")
    extras.look()
    second = extras.given_to(table).routes[0].files.server
    extras.forget_but(f"include /etc/homeport/extra/{second};")
    assert [second] == [path.name for path in (tmp_path / "extra").iterdir()]
    (tmp_path / "vhost.d" / "a.org").unlink()
    extras.look()
    assert (table, False) == (extras.given_to(table), extras.is_stale())
