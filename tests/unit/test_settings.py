"""Settings: file, environment, flags, in that order."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeport.errors import FileFault, RequestError
from homeport.settings import Settings
from homeport.settings.read import read_settings


def written(folder: Path, text: str) -> str:
    """A settings file with this text."""
    path = folder / "homeport.toml"
    path.write_text(text)
    return str(path)


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path: Path) -> None:
    """The closer to the person, the stronger."""
    file = written(tmp_path, 'http_port = 81\nhttps_port = 82\ndomain = "a.org"\n')
    settings = read_settings(
        {"HOMEPORT_HTTPS_PORT": "83", "HOMEPORT_DOMAIN": "b.org"}, {"domain": "c.org"}, file=file
    )
    assert (81, 83, "c.org") == (settings.http_port, settings.https_port, settings.domain)


def test_an_unknown_setting_is_named_with_those_that_are_known(tmp_path: Path) -> None:
    """A typo is not dropped silently."""
    file = written(tmp_path, "htp_port = 81\n")
    with pytest.raises(FileFault, match=r"homeport\.toml: htp_port: is no setting") as caught:
        read_settings({}, file=file)
    assert "http_port" in caught.value.hint


@pytest.mark.parametrize("text", ['http_port = "eighty"', "domain = 5", "http_port = true", "x ="])
def test_a_value_of_the_wrong_type_is_refused(tmp_path: Path, text: str) -> None:
    """Before anything starts."""
    with pytest.raises(FileFault):
        read_settings({}, file=written(tmp_path, text))


@pytest.mark.parametrize(
    "environ",
    [
        {"HOMEPORT_HTTP_PORT": "eighty"},
        {"HOMEPORT_HTTP_PORT": "70000"},
        {"HOMEPORT_LISTEN": "7420"},
        {"HOMEPORT_LISTEN": "127.0.0.1:x"},
    ],
)
def test_a_variable_that_cannot_be_is_refused(environ: dict[str, str]) -> None:
    """It names the variable or the setting."""
    with pytest.raises(RequestError):
        read_settings(environ, file="/nonexistent")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("BUILDS", "0", "builds 0 is no number from 1 on"),
        ("MAX_PUSH", "0", "max_push 0 is no number from 1 on"),
        ("DRAIN", "-1", "drain -1 is no number from 0 on"),
        ("DEADLINE", "nan", "deadline nan is no number from 0 on"),
        ("POLL", "inf", "poll inf is no number from 0 on"),
    ],
)
def test_a_number_with_which_nothing_could_go_on_is_refused(
    name: str, value: str, said: str
) -> None:
    """With no builds at once, the first push would wait for ever."""
    with pytest.raises(RequestError) as refused:
        read_settings({f"HOMEPORT_{name}": value}, file="/nonexistent")
    assert said == refused.value.message


def test_two_state_folders_are_two_homeports() -> None:
    """Names on one Engine do not meet."""
    one, two = Settings(state_dir="/tmp/a"), Settings(state_dir="/tmp/b")
    assert one.system_project != two.system_project
    assert "homeport" == Settings(state_dir="/var/lib/homeport").system_project


def test_a_state_folder_whose_sockets_would_have_too_long_a_path_is_refused() -> None:
    fits = "/" + "s" * 79
    assert fits == read_settings({"HOMEPORT_STATE_DIR": fits}, file="/none").state_dir
    with pytest.raises(RequestError) as refused:
        read_settings({"HOMEPORT_STATE_DIR": f"{fits}s"}, file="/none")
    assert "too long" in refused.value.message
    assert "80 bytes at most" in refused.value.hint
