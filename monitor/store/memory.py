"""Single facts that must outlive the process."""

from __future__ import annotations

from sqlalchemy import select

from monitor.model import Fact
from monitor.store.base import Repository
from monitor.store.schema import memory


class Memory(Repository):
    """The table `memory`: a text by `Fact`, which documents what the text is. What there are many of has a table."""

    def get(self, fact: Fact) -> str | None:
        """Return the text of a fact; None where it was never put."""
        return self.connection.scalar(select(memory.c.value).where(memory.c.key == Fact(fact)))

    def put(self, fact: Fact, value: str) -> None:
        """Keep the text of a fact in place of the last one. Raises ValueError for a key that is no `Fact`."""
        insert = self.upsert(memory).values(key=Fact(fact), value=value)
        self.connection.execute(
            insert.on_conflict_do_update(index_elements=[memory.c.key], set_={"value": insert.excluded.value})
        )
