"""What the daemon keeps about itself: single facts, and its sign of life."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import delete, select

from monitor.model import Fact, SignOfLife
from monitor.store.base import Repository
from monitor.store.schema import daemon, memory


class Memory(Repository):
    """The table `memory`: one text for each `Fact`, which documents the text."""

    def get(self, fact: Fact) -> str | None:
        """Return the text of a fact; None where it was never put."""
        return self.connection.scalar(select(memory.c.value).where(memory.c.key == Fact(fact)))

    def put(self, fact: Fact, value: str) -> None:
        """Keep the text of a fact in place of the last one. Raises ValueError for a key that is no `Fact`."""
        insert = self.upsert(memory).values(key=Fact(fact), value=value)
        self.connection.execute(
            insert.on_conflict_do_update(index_elements=[memory.c.key], set_={"value": insert.excluded.value})
        )


_FIELDS = (daemon.c.instance, daemon.c.pid, daemon.c.host, daemon.c.boot, daemon.c.mono, daemon.c.ok, daemon.c.web)


class SignsOfLife(Repository):
    """The table `daemon`: one row while a daemon runs, or was killed."""

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
