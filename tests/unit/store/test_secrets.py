"""Secrets are kept sealed, for one app and under one name."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeport.errors import NotFound, Unavailable
from homeport.store.db import Database
from homeport.store.secrets import Secrets


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return Database(tmp_path / "homeport.db")


def test_a_secret_comes_back_as_it_was_and_stands_nowhere(db: Database, tmp_path: Path) -> None:
    secrets = Secrets(db, tmp_path / "secrets" / "box")
    secrets.set("blog", "KEY", "first")
    secrets.set("blog", "KEY", "pass word ü\nof two lines")
    assert {"KEY": "pass word ü\nof two lines"} == secrets.values("blog")
    assert ["KEY"] == [secret.name for secret in secrets.list("blog")]
    assert {} == secrets.values("shop")
    db.close()
    written = b"".join(path.read_bytes() for path in tmp_path.glob("homeport.db*"))
    assert b"pass word" not in written
    assert 0o600 == (tmp_path / "secrets" / "box").stat().st_mode & 0o777


def test_without_its_key_a_secret_is_not_opened(db: Database, tmp_path: Path) -> None:
    Secrets(db, tmp_path / "one").set("blog", "KEY", "value")
    with pytest.raises(Unavailable, match="sealed with another key"):
        Secrets(db, tmp_path / "two").values("blog")


def test_a_sealed_value_is_good_for_its_app_and_name_alone(db: Database, tmp_path: Path) -> None:
    secrets = Secrets(db, tmp_path / "box")
    secrets.set("blog", "KEY", "value")
    db.execute("update secrets set app = 'shop'", ())
    with pytest.raises(Unavailable, match="sealed for another"):
        secrets.values("shop")


def test_what_is_not_there_cannot_be_forgotten(db: Database, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        Secrets(db, tmp_path / "box").remove("blog", "KEY")
