"""What happens, on the daemon's standard error; the lines of runs stand in their logs."""

from __future__ import annotations

import sys

from homeport.store.ledger import Store
from homeport.tell import tell


async def tell_all(store: Store, after: int) -> None:
    """Tell what happens after an event, for ever."""
    async for recorded in store.journal.follow(after):
        line = "" if recorded.event.run else tell(recorded.event).strip()
        if line:
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()
