"""What following a remote needs to know: secrets and deliveries.

A remote's token has to be shown to the forge, and a hook's secret is the key of a signature:
neither can be kept as a digest. They stand in this table alone, in a folder that is closed to
everybody else, and no shape, event or log is made of it. They are not sealed as the secrets of jobs
are: every look and every webhook needs them, and what opens those stays in memory with 20 MB.
"""

from __future__ import annotations

import base64
import secrets
import time

from homeport.store.db import Database

_BYTES = 32  # of a hook's secret
_KEPT = 86400.0  # seconds for which the id of a delivery is known


class Remotes:
    """The tables of remotes and of deliveries."""

    def __init__(self, db: Database) -> None:
        self._db = db

    # -- the token of a remote

    def set_token(self, app: str, token: str) -> None:
        """Keep what fetches from an app's remote, `TOKEN` or `USER:TOKEN`; "" forgets it."""
        self._set(app, "token", token)

    def token(self, app: str) -> str:
        """What fetches from an app's remote; "" where nothing does."""
        return self._get(app, "token")

    # -- the secret of a hook

    def secret(self, app: str) -> str:
        """The secret of an app's hook; "" where it has none."""
        return self._get(app, "secret")

    def make_secret(self, app: str) -> str:
        """A new secret, which ends the one before.

        It is written as the Standard Webhooks specification has it, so that it is good for forges
        that ask for that, and for those that take any text.
        """
        secret = "whsec_" + base64.b64encode(secrets.token_bytes(_BYTES)).decode()
        self._set(app, "secret", secret)
        return secret

    # -- deliveries

    def is_known(self, app: str, delivery: str) -> bool:
        """Whether a delivery was taken within a day."""
        sql = "select 1 from hook_deliveries where app = ? and id = ? and at > ?"
        return bool(self._db.row(sql, (app, delivery, time.time() - _KEPT)))

    def taken(self, app: str, delivery: str) -> None:
        """Keep the id of a delivery, and forget those of yesterday."""
        now = time.time()
        self._db.execute("delete from hook_deliveries where at <= ?", (now - _KEPT,))
        sql = "insert or replace into hook_deliveries (app, id, at) values (?, ?, ?)"
        self._db.execute(sql, (app, delivery, now))

    def _get(self, app: str, column: str) -> str:
        row = self._db.row("select token, secret from remotes where app = ?", (app,))
        return str(row[column]) if row else ""

    def _set(self, app: str, column: str, value: str) -> None:
        self._db.execute("insert or ignore into remotes (app) values (?)", (app,))
        sql = f"update remotes set {column} = ? where app = ?"
        self._db.execute(sql, (value, app))
