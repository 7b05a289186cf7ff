"""Gaps of sources: found by polls, refilled from sitemaps; each source has one at most, its latest."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, insert, select, true, update

from monitor import gaps, urls
from monitor.identity import marks_of
from monitor.model import Entry, Gap, GapState, KnownPage, RefillRecord, RobotsSitemaps, SourceState
from monitor.store import codec
from monitor.store.columns import shorten
from monitor.store.entries import Entries, new_values
from monitor.store.schema import articles
from monitor.store.schema import entries as entry_table
from monitor.store.schema import sources as source_table

_GAP = (
    "gap_since",
    "gap_until",
    "gap_found_at",
    "gap_expected",
    "gap_reason",
    "refill_at",
    "refill_tries",
    "refilled",
    "unaccounted",
)
_COLUMNS = tuple(source_table.c[name] for name in ("id", *_GAP))
_AT_ONCE = 500  # values in one look-up


class Gaps(Entries):
    """The columns of `sources` that hold gaps, and the entries that refill them."""

    def newest_published(self, source_id: int, until: datetime) -> datetime | None:
        """Return the newest date of a source's entries that is not after `until`."""
        found = select(func.max(entry_table.c.published)).where(
            entry_table.c.source_id == source_id, entry_table.c.published <= until
        )
        newest: datetime | None = self.connection.scalar(found)
        return newest

    def shows_latest(self, source_id: int, shown: Collection[int], until: datetime) -> bool:
        """Return whether the known entries that a body shows have any of the source's latest ones up to `until`."""
        at = func.coalesce(entry_table.c.published, entry_table.c.first_seen_at)
        latest = (
            select(entry_table.c.id)
            .where(entry_table.c.source_id == source_id, at <= until)
            .order_by(at.desc(), entry_table.c.id.desc())
            .limit(gaps.LATEST)
        )
        return not set(shown).isdisjoint(self.connection.scalars(latest))

    def watched_since(self, entry_id: int) -> datetime | None:
        """Return when the source of an entry was polled first with success."""
        found = select(source_table.c.baseline_at).join(entry_table, entry_table.c.source_id == source_table.c.id)
        baseline_at: datetime | None = self.connection.scalar(found.where(entry_table.c.id == entry_id))
        return baseline_at

    def entry_count(self, source_id: int, limit: int) -> int:
        """Return how many entries a source has, up to `limit`."""
        some = select(entry_table.c.id).where(entry_table.c.source_id == source_id).limit(limit)
        return len(self.connection.scalars(some).all())

    def open_gap(self, source_id: int, gap: Gap, expected: int, now: datetime) -> None:
        """Note a gap, to be refilled now; one that is open still is joined to it."""
        before = self.gap_state(source_id)
        still_open = before is not None and before.refill_at is not None
        whole = gaps.joined(before.gap if before and still_open else None, gap)
        values: dict[str, Any] = {"gap_since": whole.since, "gap_until": whole.until, "refill_at": now}
        if before and still_open:
            values["gap_expected"] = before.expected + expected
        else:
            values |= {
                "gap_found_at": now,
                "gap_expected": expected,
                "gap_reason": None,
                "refill_tries": 0,
                "refilled": 0,
                "unaccounted": None,
            }
        self._update(source_id, values)

    def gap_state(self, source_id: int) -> GapState | None:
        """Return a source's latest gap; None where it never had one."""
        row = self.connection.execute(select(*_COLUMNS).where(source_table.c.id == source_id)).one_or_none()
        return None if row is None or row.gap_found_at is None else _gap_state(row)

    def gap_states(self) -> dict[int, GapState]:
        """Return the latest gap of each configured source that had one, by the source's id."""
        found = select(*_COLUMNS).where(source_table.c.active == true(), source_table.c.gap_found_at.is_not(None))
        return {row.id: _gap_state(row) for row in self.connection.execute(found)}

    def due_refills(self, now: datetime, limit: int) -> list[tuple[int, str]]:
        """Return (id, name) of configured sources whose gap is to be refilled now, longest due first."""
        found = (
            select(source_table.c.id, source_table.c.name)
            .where(source_table.c.refill_at <= now, source_table.c.active == true())
            .order_by(source_table.c.refill_at, source_table.c.id)
            .limit(limit)
        )
        return [(row.id, row.name) for row in self.connection.execute(found)]

    def recent_links(self, source_id: int, limit: int) -> list[tuple[str, datetime | None]]:
        """Return links and dates of a source's latest entries that a feed brought, newest first.

        The links are those of the entries' pages where these were read: a feed may link by way of another site.
        """
        found = (
            select(entry_table.c.link, entry_table.c.published, articles.c.url)
            .outerjoin(articles, articles.c.id == entry_table.c.article_id)
            .where(entry_table.c.source_id == source_id, entry_table.c.link.is_not(None))
            .order_by(entry_table.c.id.desc())
            .limit(limit)
        )
        return [(row.url or row.link, row.published) for row in self.connection.execute(found)]

    def known_pages(self, source_id: int, limit: int) -> list[KnownPage]:
        """Return the pages of a source's latest entries, newest first.

        Entries that sitemaps brought have no guid: where the feed's have guids, the former are left out.
        """
        table = entry_table.c
        dated = table.published.label("dated")  # articles have a column of that name
        pages = (
            select(table.link, table.title, table.guid, dated, table.first_seen_at, articles.c.url)
            .outerjoin(articles, and_(articles.c.id == table.article_id, articles.c.from_summary.is_(None)))
            .where(table.source_id == source_id, table.link.is_not(None))
            .order_by(table.id.desc())
            .limit(limit)
        )
        rows = self.connection.execute(pages.where(table.guid.is_not(None))).all()
        rows = rows or self.connection.execute(pages).all()
        return [
            KnownPage(row.link, row.dated or row.first_seen_at, row.url, by_feed=row.guid is not None, title=row.title)
            for row in rows
        ]

    def robots_sitemaps(self, source_id: int) -> RobotsSitemaps:
        """Return what the robots.txt of a source's site named last."""
        found = select(source_table.c.robots_sitemaps, source_table.c.robots_at).where(source_table.c.id == source_id)
        row = self.connection.execute(found).one()
        return RobotsSitemaps(codec.texts_from_json(row.robots_sitemaps or "[]"), row.robots_at)

    def save_robots_sitemaps(self, source_id: int, found: RobotsSitemaps) -> None:
        """Keep what robots.txt names."""
        self._update(source_id, {"robots_sitemaps": codec.texts_to_json(found.addresses), "robots_at": found.at})

    def unknown_pages(self, state: SourceState, entries: Sequence[Entry]) -> list[Entry]:
        """Return the entries whose page no source of the site has brought, each page once.

        Pages are known by `urls.article_key` of their links: of entries, and of articles.
        """
        site = urls.site(state.source.url)
        rows = self.connection.execute(select(source_table.c.id, source_table.c.url))
        ids = {row.id for row in rows if urls.site(row.url) == site} | {state.id}
        by_mark = {mark: entry for entry in reversed(entries) if (mark := marks_of(entry).link) is not None}
        by_key = {shorten(urls.article_key(entry.link)): mark for mark, entry in by_mark.items()}
        table = entry_table.c
        known: set[int] = set()
        for marks in _batches(list(by_mark)):
            found = select(table.link_mark).where(table.source_id.in_(ids), table.link_mark.in_(marks))
            known.update(self.connection.scalars(found))
        for keys in _batches(list(by_key)):
            judged = select(articles.c.key).where(articles.c.key.in_(keys))
            mine = select(table.key).where(table.source_id == state.id, table.key.in_(keys))
            known.update(by_key[key] for key in self.connection.scalars(judged.union(mine)))
        fresh = {mark: entry for mark, entry in by_mark.items() if mark not in known}
        return sorted(fresh.values(), key=lambda entry: (entry.published is None, entry.published, entry.key))

    def postpone_refill(self, source_id: int, at: datetime) -> None:
        """Let a source's open gap be refilled later."""
        chosen = source_table.c.id == source_id, source_table.c.refill_at.is_not(None)
        self.connection.execute(update(source_table).where(*chosen).values(refill_at=at))

    def record_refill(self, record: RefillRecord) -> GapState | None:
        """Write what a refill brought as pending entries, and what is known of the gap now; return that.

        The entries are new ones, as `unknown_pages` returns them. None where the source has no open gap any more. A gap
        that a poll has joined to it meanwhile stays open.
        """
        before = self.gap_state(record.source_id)
        if before is None or before.refill_at is None:
            return None
        if record.entries:
            self.connection.execute(insert(entry_table), [new_values(entry, record) for entry in record.entries])
        grown = before.gap != record.asked
        after = replace(
            before,
            refill_at=record.at if grown else record.refill_at,
            tries=0 if grown else before.tries + 1,
            refilled=before.refilled + len(record.entries),
            unaccounted=None if grown else record.unaccounted,
            reason=record.reason,
        )
        self._update(
            record.source_id,
            {
                "refill_at": after.refill_at,
                "refill_tries": after.tries,
                "refilled": after.refilled,
                "unaccounted": after.unaccounted,
                "gap_reason": after.reason,
            },
        )
        return after

    def _update(self, source_id: int, values: dict[str, Any]) -> None:
        self.connection.execute(update(source_table).where(source_table.c.id == source_id).values(**values))


def _batches(values: Sequence[Any]) -> list[Sequence[Any]]:
    return [values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE)]


def _gap_state(row: Row[Any]) -> GapState:
    return GapState(
        gap=Gap(row.gap_since, row.gap_until),
        found_at=row.gap_found_at,
        expected=row.gap_expected,
        refill_at=row.refill_at,
        tries=row.refill_tries,
        refilled=row.refilled,
        unaccounted=row.unaccounted,
        reason=row.gap_reason,
    )
