"""Turns: units of work that were given out, so that no two processes do one at once, and none is forgotten.

A turn is queued by who leads the schedule, taken by a process for a while, kept by its beats, and released at the end.
What a process writes for a unit whose turn it has lost meanwhile fails: see `store.lock.UnitFence`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import case, delete, false, func, select, true, update

from monitor.model import UnitTurn
from monitor.store.processes import ServerTime
from monitor.store.schema import entries, sources
from monitor.store.schema_scale import hosts, turns

RESTS = "-"
"""The owner of a turn that nobody has: its unit is left alone for a while."""


class Turns(ServerTime):
    """The tables `turns` and `hosts`."""

    def queue_turns(self, kind: str, units: Sequence[tuple[int, str]], seconds: float) -> list[int]:
        """Queue units of a kind (id, name of the source), for so many seconds; return those that were not yet."""
        if not units:
            return []
        until = self._at_server() + seconds
        rows = [
            {"kind": kind, "ident": ident, "source": source, "until": until, "crashes": 0} for ident, source in units
        ]
        adding = self.upsert(turns).values(rows).on_conflict_do_nothing().returning(turns.c.ident)
        return sorted(self.connection.scalars(adding))

    def requeue_turns(self, kind: str, idents: Collection[int], seconds: float) -> None:
        """Queue turns anew whose process died at them."""
        values: dict[str, Any] = {
            "owner": None,
            "until": self._at_server() + seconds,
            "crashes": turns.c.crashes + 1,
        }
        self.connection.execute(update(turns).where(self._of(kind, idents)).values(**values))

    def take_turns(self, kind: str, idents: Collection[int], owner: str, seconds: float) -> list[int]:
        """Take queued turns, or such whose time is over; return which ones were to be had, in order."""
        now = self._at_server()
        free = self._of(kind, idents) & (turns.c.owner.is_(None) | (turns.c.until < now))
        taking = update(turns).where(free).values(owner=owner, until=now + seconds).returning(turns.c.ident)
        return sorted(self.connection.scalars(taking))

    def keep_turns(self, owner: str, seconds: float) -> int:
        """Keep all turns of a process for so many seconds more; return how many it has."""
        keeping = update(turns).where(turns.c.owner == owner).values(until=self._at_server() + seconds)
        return self.connection.execute(keeping).rowcount

    def release_turns(self, kind: str, idents: Collection[int], owner: str) -> None:
        """Release turns: the units have ended."""
        self.connection.execute(delete(turns).where(self._of(kind, idents), turns.c.owner == owner))

    def park_turns(self, kind: str, idents: Collection[int], owner: str, seconds: float) -> None:
        """Leave turns of a process for so many seconds to nobody: their units could not be written."""
        parked = update(turns).where(self._of(kind, idents), turns.c.owner == owner)
        self.connection.execute(parked.values(owner=RESTS, until=self._at_server() + seconds))

    def drop_turns(self, kind: str, idents: Collection[int]) -> None:
        """Remove turns, whoever has them: what is due still is queued again."""
        self.connection.execute(delete(turns).where(self._of(kind, idents)))

    def turns(self, owner: str | None = None) -> list[UnitTurn]:
        """Return all turns, or those of a process, by kind and id."""
        over = (turns.c.until < self._at_server()).label("over")
        columns = (turns.c[name] for name in ("kind", "ident", "source", "owner", "crashes"))
        found = select(*columns, over).order_by(turns.c.kind, turns.c.ident)
        if owner is not None:
            found = found.where(turns.c.owner == owner)
        return [UnitTurn(**row) for row in self.connection.execute(found).mappings()]

    def oldest_due(self) -> float | None:
        """Return for how many seconds the oldest of what is due has been: a source or an entry; None: nothing is."""
        now = self.now()
        active = sources.c.active == true(), sources.c.stopped == false(), sources.c.next_poll_at <= now
        due = (
            select(func.min(sources.c.next_poll_at)).where(*active),
            select(func.min(entries.c.due_at)).where(entries.c.due_at <= now),
        )
        found = [moment for each in due if (moment := self.connection.scalar(each)) is not None]
        return (now - min(found)).total_seconds() if found else None

    @staticmethod
    def _of(kind: str, idents: Collection[int]) -> Any:
        return (turns.c.kind == kind) & turns.c.ident.in_(sorted(idents))

    # ------------------------------------------------------------------ hosts of the web

    def reserve_host(self, host: str, spacing: float) -> tuple[float, float]:
        """Reserve the next request to a host; return the seconds until it, and for how long the host wants silence.

        Where the host wants silence, or another process is just reserving one, nothing is reserved; then the wait is
        negative: ask again after so many seconds.
        """
        found = self.reserve_hosts({host: 1}, spacing)
        if host not in found:
            return -spacing, 0.0
        wait, closed = found[host]
        return (-spacing, closed) if closed > 0 else (wait, 0.0)

    def reserve_hosts(self, requests: Mapping[str, int], spacing: float) -> dict[str, tuple[float, float]]:
        """Reserve the next requests to hosts, as many as `requests` says, `spacing` seconds apart.

        Returns for each host the seconds until the first of them, and for how long the host wants silence: then
        nothing is reserved. A host of which another process is just reserving one is left out.
        """
        if not requests:
            return {}
        found = self._reserved(requests, spacing)
        missing = sorted(requests.keys() - found.keys())
        if missing:
            # Not for rows that are there: PostgreSQL would wait for whoever is just writing one.
            known = set(self.connection.scalars(select(hosts.c.host).where(hosts.c.host.in_(missing))))
            new = [host for host in missing if host not in known]
            if new:
                rows = [{"host": host, "next": 0.0, "closed": 0.0} for host in new]
                self.connection.execute(self.upsert(hosts).on_conflict_do_nothing(), rows)
                found |= self._reserved({host: requests[host] for host in new}, spacing)
        return found

    def _reserved(self, requests: Mapping[str, int], spacing: float) -> dict[str, tuple[float, float]]:
        """Reserve requests to those hosts whose rows are there and nobody else is writing, in one statement."""
        now = self._at_statement()
        free = select(hosts.c.host).where(hosts.c.host.in_(sorted(requests))).order_by(hosts.c.host)
        takes = case({host: count * spacing for host, count in requests.items()}, value=hosts.c.host)
        begins = case((hosts.c.next > now, hosts.c.next), else_=now)
        reserving = (
            update(hosts)
            .where(hosts.c.host.in_(free.with_for_update(skip_locked=True).scalar_subquery()))
            .values(next=case((hosts.c.closed > now, hosts.c.next), else_=begins + takes))
            .returning(hosts.c.host, (hosts.c.next - now).label("until"), (hosts.c.closed - now).label("closed"))
        )
        return {
            row.host: (0.0, row.closed) if row.closed > 0 else (max(row.until - requests[row.host] * spacing, 0.0), 0.0)
            for row in self.connection.execute(reserving)
        }

    def close_host(self, host: str, seconds: float) -> None:
        """Let no process ask a host for so many seconds."""
        until = self._at_server() + seconds
        adding = self.upsert(hosts).values(host=host, next=0.0, closed=until)
        self.connection.execute(adding.on_conflict_do_update(index_elements=["host"], set_={"closed": until}))

    def forget_hosts(self, seconds: float) -> int:
        """Remove hosts that may be asked since so many seconds; return how many."""
        old = self._at_server() - seconds
        return self.connection.execute(delete(hosts).where(hosts.c.next < old, hosts.c.closed < old)).rowcount
