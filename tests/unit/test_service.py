"""What homeport as a service is started with; tests/e2e/test_service.py has systemd start it."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeport.cli import service
from homeport.cli.service import Service, variables_text
from homeport.errors import RequestError, Unavailable


def test_what_is_set_is_kept_and_nothing_else() -> None:
    environ = {"HOMEPORT_DOMAIN": 'a"b', "HOMEPORT_REQUIRE_ALL": "1", "PATH": "/bin", "X": "y"}
    flags = {"http_port": 8080, "listen": None}
    expected = 'HOMEPORT_DOMAIN="a\\"b"\nHOMEPORT_HTTP_PORT="8080"\n'
    assert expected == variables_text({**environ, "HOMEPORT_HTTP_PORT": "80"}, flags)
    with pytest.raises(RequestError, match="HOMEPORT_HOST is more than a line"):
        variables_text({"HOMEPORT_HOST": "a\nb"}, {})


def test_where_no_systemd_runs_the_machine_it_says_what_else_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_BOOTED", tmp_path / "none")
    with pytest.raises(Unavailable, match="is not run by systemd") as refused:
        service.install(Service("homeport"), {}, {})
    page = refused.value.hint.partition(":")[0]
    assert (Path(__file__).parents[2] / page).is_file()
