"""Small values that must outlive the process."""

from __future__ import annotations

from sqlalchemy import select

from monitor.store.base import Repository
from monitor.store.schema import memory


class Memory(Repository):
    """The table `memory`: keys and values."""

    def get(self, key: str) -> str | None:
        """Return a remembered value."""
        return self.connection.scalar(select(memory.c.value).where(memory.c.key == key))

    def remembered(self, prefix: str) -> dict[str, str]:
        """Return the values whose keys begin with `prefix`, by their keys."""
        found = select(memory.c.key, memory.c.value).where(memory.c.key.startswith(prefix, autoescape=True))
        return {row.key: row.value for row in self.connection.execute(found)}

    def put(self, key: str, value: str) -> None:
        """Remember a value."""
        insert = self.upsert(memory).values(key=key, value=value)
        self.connection.execute(
            insert.on_conflict_do_update(index_elements=[memory.c.key], set_={"value": insert.excluded.value})
        )
