"""The table `daemon`: the sign of life of the daemon that uses the database."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import delete, select

from monitor.model import SignOfLife
from monitor.store.base import Repository
from monitor.store.schema import daemon

_FIELDS = (daemon.c.instance, daemon.c.pid, daemon.c.host, daemon.c.boot, daemon.c.mono, daemon.c.ok, daemon.c.web)


class SignsOfLife(Repository):
    """One row while a daemon runs, or was killed."""

    def sign_of_life(self) -> SignOfLife | None:
        """Return the last sign of life; None where no daemon has begun, or the last one ended in order."""
        row = self.connection.execute(select(*_FIELDS)).one_or_none()
        return None if row is None else SignOfLife(*row)

    def save_sign_of_life(self, sign: SignOfLife) -> None:
        """Write the sign of life in place of the last one."""
        values = asdict(sign)
        insert = self.upsert(daemon).values(id=1, **values)
        self.connection.execute(insert.on_conflict_do_update(index_elements=[daemon.c.id], set_=values))

    def delete_sign_of_life(self, instance: str) -> None:
        """Remove the sign of life of this run of the daemon: it ended in order."""
        self.connection.execute(delete(daemon).where(daemon.c.instance == instance))
