"""Look-up of a feed's known entries by every field that may identify them; `identity` decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, Select, bindparam, or_, select, union_all, update

from monitor.identity import Marks, StoredEntry, marks_of, recognise
from monitor.model import Entry, Habits, Recognised
from monitor.store.columns import clean, shorten
from monitor.store.schema import MARKS
from monitor.store.schema import entries as entry_table
from monitor.store.schema import sources as source_table
from monitor.store.sources import Sources

SEEN_PRECISION = timedelta(days=1)
"""`last_seen_at` is written once a day an entry: the clean-up needs no more, and a poll stays a read."""

MOST = 2_000
"""Stored entries that one field may lead to: the newest. More have one value only where the field tells nothing."""

CHANGES_PRECISION = timedelta(minutes=10)
"""A page is read again so long after its last change that was known: some change with each comment."""

_CHANGING = timedelta(days=2)  # so long after it was seen first a page is read again
_FEW_CHANGED, _MOST_CHANGED = 5, 5  # pages, and one of so many: more at once are dates of the build

_HABITS = tuple(field.name for field in fields(Habits))
_COLUMNS = tuple(
    entry_table.c[name] for name in ("id", "key", "guid", "link", "title", "summary", "published", "digest", *MARKS)
)
_TIMES = tuple(entry_table.c[name] for name in ("first_seen_at", "last_seen_at", "due_at", "baseline"))


def _lookup(name: str) -> Select[Any]:
    """Build the look-up of a source's entries by a column; once for each, as in entries.py."""
    wanted = entry_table.c[name].in_(bindparam(name, expanding=True))
    found = select(*_COLUMNS, *_TIMES).where(entry_table.c.source_id == bindparam("source"), wanted)
    return found.order_by(entry_table.c.id.desc())


_BY_KEY = _lookup("key")
# One statement: most new entries have none of the values, and five statements cost five times as much as one.
_BY_MARKS = union_all(*(select(_lookup(name).limit(MOST).subquery()) for name in MARKS))
_ANY = select(entry_table.c.id).where(entry_table.c.source_id == bindparam("source")).limit(1)
_HABITS_OF = select(*(source_table.c[name] for name in _HABITS)).where(source_table.c.id == bindparam("source"))
_READ = (
    update(source_table)
    .where(
        source_table.c.id == bindparam("source"),
        or_(source_table.c.last_read_at.is_(None), source_table.c.last_read_at < bindparam("limit")),
    )
    .values(last_read_at=bindparam("at"))
)
_SEEN = (
    update(entry_table)
    .where(entry_table.c.id.in_(bindparam("entries", expanding=True)))
    .values(last_seen_at=bindparam("at"))
)
_MOVE = (
    update(entry_table)
    .where(entry_table.c.id == bindparam("the_id"))
    .values({name: bindparam(f"new_{name}") for name in ("key", "guid", "link", "digest", *MARKS)})
)
_LEARN = (
    update(source_table)
    .where(source_table.c.id == bindparam("source"))
    .values({name: bindparam(f"new_{name}") for name in _HABITS})
)
_CHANGED = (
    update(entry_table)
    .where(entry_table.c.id == bindparam("the_id"))
    .values(due_at=bindparam("the_date"), edits=entry_table.c.edits + 1, attempts=0, error=None)
    .values(faults=0, fault=None, faulted_at=None)
)
_DATE = update(entry_table).where(entry_table.c.id == bindparam("the_id")).values(published=bindparam("the_date"))


def mark_values(found: Marks) -> dict[str, int | None]:
    """Return marks by the columns that keep them."""
    return {name: getattr(found, name.removesuffix("_mark")) for name in MARKS}


class KnownEntries(Sources):
    """Queries for entries that a feed shows again."""

    def recognise(self, source_id: int, entries: Sequence[Entry]) -> Recognised:
        """Return which entries of a body are new or edited, and what changed of the known ones; see `identity`.

        A new entry has a key that no other entry of the source has, an edited one its known key. A guid or link that
        was renewed, and nothing else of its entry, is no news. `record_poll` writes all of it.
        """
        rows = self._rows(source_id, (entry.key for entry in entries))
        by_key = {row.key: row for row in rows}
        often = Counter(shorten(entry.key) for entry in entries)
        exact = {
            number: row
            for number, entry in enumerate(entries)
            if (row := by_key.get(shorten(entry.key))) and often[row.key] == 1 and _is_exactly(entry, row)
        }
        habits = self._habits(source_id)
        if len(exact) == len(entries) and (habits.guid_kept is not None or habits.link_kept is not None):
            shown = tuple(row.id for row in exact.values())
            return Recognised(seen=self._stale(exact.values()), known=len(exact), shown=shown)
        body = [marks_of(entry) for entry in entries]
        others = [each for number, each in enumerate(body) if number not in exact]
        ids = {row.id for row in exact.values()}
        if rows or self._has_entries(source_id):  # a first body has no candidates
            rows = [*rows, *self._candidates(source_id, body, others, habits)]
        candidates = {row.id: row for row in rows if row.id not in ids}
        found = recognise(
            entries,
            [_known(row) for row in candidates.values()],
            habits,
            {number: _known(row) for number, row in exact.items()},
            here=body,
        )
        again = [(entries[number], known) for number, known in (*found.same, *found.moved)]
        seen = [*exact.values(), *(candidates[known.id] for _, known in again if known.id in candidates)]
        keys = set(by_key)
        renewed = _renewed([(entries[number], known) for number, known in found.moved], keys)
        news = {
            number: replace(entries[number], key=known.key)
            for number, known in found.same
            if known.digest != entries[number].digest
        }
        for number in found.new:
            key = self._free_key(entries[number], keys)
            news[number] = entries[number] if key == entries[number].key else replace(entries[number], key=key)
        return Recognised(
            news=tuple(news[number] for number in sorted(news)),
            seen=self._stale(seen),
            dates=_redated(again),
            renewed=renewed,
            habits=None if found.habits == habits else found.habits,
            known=len(entries) - len(found.new),
            shown=tuple(row.id for row in seen),
            changed=_changed(again, candidates, len(entries), self.now()),
        )

    def _write_known(self, source_id: int, body: Recognised, at: datetime) -> None:
        """Write the changes that a body shows of known entries, and the source's habits.

        The source's own date of reading tells a feed that dropped an entry from a quiet one.
        """
        if body.seen:
            self.connection.execute(_SEEN, {"entries": body.seen, "at": at})
        self.connection.execute(_READ, {"source": source_id, "limit": at - SEEN_PRECISION, "at": at})
        if body.changed:
            self.connection.execute(_CHANGED, [{"the_id": ident, "the_date": due} for ident, due in body.changed])
        if body.dates:
            self.connection.execute(_DATE, [{"the_id": ident, "the_date": date} for ident, date in body.dates])
        if body.renewed:
            self.connection.execute(_MOVE, [_move_values(ident, entry) for ident, entry in body.renewed])
        if body.habits is not None:
            values = {f"new_{name}": getattr(body.habits, name) for name in _HABITS}
            self.connection.execute(_LEARN, {"source": source_id} | values)

    def _rows(self, source_id: int, keys: Iterable[str]) -> Sequence[Row[Any]]:
        wanted = list(dict.fromkeys(keys))
        if not wanted:
            return ()
        return self.connection.execute(_BY_KEY, {"source": source_id, "key": wanted}).all()

    def _candidates(
        self, source_id: int, body: Sequence[Marks], others: Sequence[Marks], habits: Habits
    ) -> Sequence[Row[Any]]:
        """Return candidates for the remaining items, by the values that not every item has."""
        often: dict[str, Counter[int | None]] = {}
        for name in MARKS:
            field = name.removesuffix("_mark")
            often[name] = Counter(value for each in body if (value := getattr(each, field)) is not None)
        idle = {"guid_mark": habits.guid_apart, "link_mark": habits.link_apart, "title_mark": habits.title_apart}
        wanted: dict[str, set[int]] = {name: set() for name in MARKS}
        for one in others:
            each = mark_values(one)
            names = [
                name
                for name in MARKS
                if often[name][each[name]] == 1 and not (often[name].total() == 1 and idle.get(name) is False)
            ]
            if not {"title_mark", "summary_mark"} & set(names):  # neither alone, but both together may be its own
                names.append("summary_mark" if each["title_mark"] is None else "title_mark")
            for name in names:
                value = each[name]
                wanted[name] |= set() if value is None else {value}
        if not any(wanted.values()):
            return ()
        values = {name: list(found) for name, found in wanted.items()}
        return self.connection.execute(_BY_MARKS, {"source": source_id} | values).all()

    def _has_entries(self, source_id: int) -> bool:
        return self.connection.execute(_ANY, {"source": source_id}).first() is not None

    def _habits(self, source_id: int) -> Habits:
        row = self.connection.execute(_HABITS_OF, {"source": source_id}).one_or_none()
        return Habits(**row._mapping) if row else Habits()  # noqa: SLF001 – public, underscored so as not to hide a column

    def _free_key(self, entry: Entry, keys: set[str]) -> str:
        """Return the entry's key, with more behind it where another entry of the source has it."""
        key, number = entry.key, 0
        while shorten(key) in keys:
            number += 1
            unique = f"{self.now()}\0{number}\0{entry}"
            key = f"{entry.key}#{sha256(unique.encode(errors='replace')).hexdigest()[:16]}"
        keys.add(shorten(key))
        return key

    def _stale(self, known: Iterable[Row[Any]]) -> tuple[int, ...]:
        """Return the ids of entries that were not noted as seen for a day."""
        limit = self.now() - SEEN_PRECISION
        return tuple(row.id for row in known if row.last_seen_at < limit)


def _renewed(pairs: Sequence[tuple[Entry, StoredEntry]], keys: set[str]) -> tuple[tuple[int, Entry], ...]:
    """Return the entries with renewed guids and links; one that has its key from the old ones gets one from the new."""
    renewed = []
    for entry, known in pairs:
        if (clean(entry.guid or ""), entry.digest) == (known.guid or "", known.digest):
            continue
        key = known.key if shorten(entry.key) in keys else entry.key
        keys.add(shorten(key))
        renewed.append((known.id, replace(entry, key=key)))
    return tuple(renewed)


def _move_values(ident: int, entry: Entry) -> dict[str, Any]:
    content = {"key": entry.key, "guid": entry.guid, "link": entry.link, "digest": entry.digest}
    new = content | mark_values(marks_of(entry))
    return {f"new_{name}": value for name, value in new.items()} | {"the_id": ident}


def _redated(pairs: Iterable[tuple[Entry, StoredEntry]]) -> tuple[tuple[int, datetime], ...]:
    """Return the dates that the feed shows now: where all are renewed, they are those of the build."""
    return tuple(
        (known.id, entry.published)
        for entry, known in pairs
        if entry.published is not None and entry.published != known.published
    )


def _changed(
    pairs: Iterable[tuple[Entry, StoredEntry]], rows: Mapping[int, Row[Any]], count: int, now: datetime
) -> tuple[tuple[int, datetime], ...]:
    """Return the judged pages, of a body of `count`, whose date alone has risen since, and when to read them.

    A sitemap without titles and dates of publication shows an edit by nothing else. Pages of the first body raise no
    alert, and are left alone; so are all where many dates rise at once: they are those of the build.
    """
    risen = [
        row
        for entry, known in pairs
        if entry.is_bare and entry.published is not None and known.published is not None
        if entry.published > known.published and (row := rows.get(known.id)) is not None
    ]
    if len(risen) > max(_FEW_CHANGED, count // _MOST_CHANGED):
        return ()
    return tuple(
        (row.id, min(max(row.published + CHANGES_PRECISION, now), now + CHANGES_PRECISION))
        for row in risen
        if row.due_at is None and not row.baseline and row.first_seen_at >= now - _CHANGING
    )


def _is_exactly(entry: Entry, row: Row[Any]) -> bool:
    return bool(
        row.digest == entry.digest
        and (row.guid or "") == clean(entry.guid or "")
        and (row.link or "") == clean(entry.link or "")
        and row.published == entry.published  # one text of two dates may be two items
    )


def _known(row: Row[Any]) -> StoredEntry:
    stored = Marks(*(getattr(row, name) for name in MARKS))
    made = None if stored == Marks(None, None, None, None, None) else stored  # an entry from before there were marks
    return StoredEntry(row.id, row.key, row.guid, row.link, row.title, row.summary, row.published, row.digest, made)
