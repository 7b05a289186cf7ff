"""Sources: the configured feeds, when each is polled next, and how its last poll went."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Update,
    bindparam,
    case,
    false,
    func,
    insert,
    select,
    true,
    update,
)

from monitor import rhythm
from monitor.errors import StoreError
from monitor.model import ArrivalRate, FeedWishes, PollReason, PollRecord, Relocation, Source, SourceState, Validators
from monitor.store import codec
from monitor.store.base import Repository
from monitor.store.columns import CleanText, Moment, shorten
from monitor.store.schema import sources as source_table

_CONFIGURED = ("url", "every", "language", "timezone", "kind", "sitemap")
# Columns of a rate that every poll writes, and the fields of it.
_RATE = {
    "rate_hour": "hour",
    "rate_count": "count",
    "rate_watched": "watched",
    "excitation": "excitation",
    "branching": "branching",
    "spacing": "spacing",
}
_STATE = (
    "id",
    "body_hash",
    "next_poll_at",
    "interval",
    "failures",
    "baseline_at",
    "last_poll_at",
    "last_success_at",
    "last_new_at",
    "error",
    "error_kind",
    "stopped",
    "announced",
)


_MOVED = ("moved_address", "moved_target", "moved_since", "moved_sightings")


class Sources(Repository):
    """The table `sources`."""

    def sync_sources(self, sources: Sequence[Source], now: datetime) -> None:
        """Make the table follow the configuration: new ones are due now, missing ones are kept but polled no more.

        A source is known by its name. One with a new address or kind is due now, without the validators of the old
        one; its entries stay known. One that comes back is due now. A shorter interval acts at once.
        """
        known = {row.name: row for row in self.connection.execute(select(source_table))}
        wanted = {shorten(source.name): source for source in sources}
        new = [_new_values(source, now) for name, source in wanted.items() if name not in known]
        if new:
            self.connection.execute(insert(source_table), new)
        for name, source in wanted.items():
            if name in known and (changes := _changes(known[name], source, now)):
                self.connection.execute(
                    update(source_table).where(source_table.c.id == known[name].id).values(**changes)
                )
        gone = [row.id for name, row in known.items() if row.active and name not in wanted]
        if gone:
            self.connection.execute(update(source_table).where(source_table.c.id.in_(gone)).values(active=False))

    def due_sources(self, now: datetime, limit: int) -> list[SourceState]:
        """Return active sources whose `next_poll_at` has come, longest due first; those that stopped never are."""
        return [_state(row) for row in self.connection.execute(_DUE, {"now": now, "most": limit})]

    def source_states(self) -> list[SourceState]:
        """Return all configured sources, by name."""
        found = select(source_table).where(source_table.c.active == true()).order_by(source_table.c.name)
        return [_state(row) for row in self.connection.execute(found)]

    def source_names(self) -> list[str]:
        """Return the names of all sources that ever were configured."""
        return list(self.connection.scalars(select(source_table.c.name).order_by(source_table.c.name)))

    def source_state(self, source_id: int) -> SourceState | None:
        """Return one configured source; None where it is configured no more."""
        row = self.connection.execute(_BY_ID, {"ident": source_id}).one_or_none()
        return None if row is None else _state(row)

    def some_source_states(self, source_ids: Collection[int]) -> list[SourceState]:
        """Return those of some sources that are configured, by id."""
        return [_state(row) for row in self.connection.execute(_SOME, {"idents": sorted(source_ids)})]

    def postpone_source(self, source_id: int, until: datetime, reason: PollReason) -> None:
        """Put the next poll off: nothing else is changed."""
        values = {"next_poll_at": until, "poll_reason": reason, "poll_number": None}
        self.connection.execute(update(source_table).where(source_table.c.id == source_id).values(values))

    def announce_sources(self, source_ids: Collection[int]) -> None:
        """Note that sources were in a 'now watching'."""
        chosen = source_table.c.id.in_(source_ids)
        self.connection.execute(update(source_table).where(chosen).values(announced=True))

    def record_polls(self, records: Sequence[PollRecord]) -> None:
        """Write polls of different sources that read no body, with one statement for many of them.

        Raises StoreError where a source is not known; nothing is to be committed then.
        """
        ids = [record.source_id for record in records]
        known = self.connection.scalar(_COUNT, {"ids": ids})
        if known != len(ids) or any(record.body is not None for record in records):
            raise StoreError("not every poll is of a known source, and without a body", retryable=False)
        for statement in (_FAILED, _WENT_WELL, _WENT_WELL_WITH_RATE):
            rows = [_poll_values(record) for record in records if _statement(record) is statement]
            if rows:
                self.connection.execute(statement, rows)
        for record in records:
            self._write_rare(record)

    def _write_poll(self, record: PollRecord) -> bool:
        """Write what a poll says of its source; return whether there is such a source.

        A failed poll keeps validators and body hash: they belong to the last body that was read.
        """
        if self.connection.execute(_statement(record), _poll_values(record)).rowcount != 1:
            return False
        self._write_rare(record)
        return True

    def _write_rare(self, record: PollRecord) -> None:
        """Write what few polls change."""
        if record.new_profile and record.rate is not None:
            self.connection.execute(_PROFILE, {"the_id": record.source_id, "curve": record.rate.profile})
        if record.wishes is not None:
            values = {
                "ttl": record.wishes.ttl,
                "skip_hours": _bits(record.wishes.skip_hours),
                "skip_days": _bits(record.wishes.skip_days),
            }
            self.connection.execute(update(source_table).where(source_table.c.id == record.source_id).values(values))


def _new_values(source: Source, now: datetime) -> dict[str, Any]:
    return _configured(source) | {
        "name": source.name,
        "active": True,
        "next_poll_at": now,
        "interval": _interval(source),
    }


def _configured(source: Source) -> dict[str, Any]:
    values = {name: getattr(source, name) for name in _CONFIGURED}
    return values | {"sitemap": codec.texts_to_json(source.sitemap)}


def _changes(row: Row[Any], source: Source, now: datetime) -> dict[str, Any]:
    """Return what differs from the stored row: usually nothing."""
    changes = {name: value for name, value in _configured(source).items() if getattr(row, name) != value}
    if "url" in changes or "kind" in changes:
        fresh = {"stopped": False, "failures": 0, "error": None, "error_kind": None, "next_poll_at": now}
        changes |= {"etag": None, "last_modified": None, "body_hash": None, "interval": _interval(source), **fresh}
        changes |= dict.fromkeys(_MOVED)
    if "every" in changes:
        soon = now + timedelta(seconds=_interval(source))
        changes |= {"interval": _interval(source), "next_poll_at": min(row.next_poll_at, soon)}
    if "sitemap" in changes and row.refill_at is not None:
        changes |= {"refill_at": now}
    if "next_poll_at" in changes:
        changes |= {"poll_reason": None, "poll_number": None}
    if not row.active:
        changes |= {"active": True, "next_poll_at": now}
    return changes


def _interval(source: Source) -> float:
    return rhythm.EVERY if source.every is None else source.every


def _bits(numbers: frozenset[int]) -> int:
    return sum(1 << number for number in numbers)


def _numbers(bits: int | None) -> frozenset[int]:
    return frozenset(number for number in range((bits or 0).bit_length()) if (bits or 0) >> number & 1)


def _poll_values(record: PollRecord) -> dict[str, Any]:
    return {
        "the_id": record.source_id,
        "at": record.at,
        "next_at": record.next_poll_at,
        "seconds": record.interval,
        "failed": record.failures,
        "tag": record.validators.etag,
        "modified": record.validators.last_modified,
        "hash": record.body_hash,
        "what": record.error,
        "which": record.error_kind,
        "stop": record.stopped,
        "said": codec.texts_to_json(record.notes),
        "first": record.at if record.baseline else None,
        "why": record.reason,
        "number": record.reason_number,
        "moved": record.relocation.address,
        "leads_to": record.relocation.target,
        "leading_since": record.relocation.since,
        "led": record.relocation.sightings or None,
        "logged": record.polls,
    } | _rate_values(record.rate)


def _statement(record: PollRecord) -> Update:
    if record.error is not None:
        return _FAILED
    return _WENT_WELL if record.rate is None else _WENT_WELL_WITH_RATE


def _rate_values(rate: ArrivalRate | None) -> dict[str, Any]:
    return {} if rate is None else {f"new_{name}": getattr(rate, field) for name, field in _RATE.items()}


def _poll_statement(*, failed: bool, rate: bool = False) -> Update:
    """Bound names differ from the columns': SQLAlchemy keeps those for itself."""
    values: dict[str, Any] = {
        "last_poll_at": bindparam("at"),
        "next_poll_at": bindparam("next_at"),
        "interval": bindparam("seconds"),
        "failures": bindparam("failed"),
        "error": bindparam("what"),
        "error_kind": bindparam("which"),
        "stopped": bindparam("stop"),
        "poll_reason": bindparam("why"),
        "poll_number": bindparam("number"),
        "moved_address": bindparam("moved"),
        "moved_target": bindparam("leads_to"),
        "moved_since": bindparam("leading_since"),
        "moved_sightings": bindparam("led"),
        "polls": bindparam("logged"),
    }
    if rate:
        values |= {name: bindparam(f"new_{name}") for name in _RATE}
    if not failed:
        values |= {
            "last_success_at": bindparam("at"),
            "etag": bindparam("tag"),
            "last_modified": bindparam("modified"),
            "body_hash": bindparam("hash"),
            "notes": case((_body_changed(), bindparam("said")), else_=source_table.c.notes),
            "baseline_at": func.coalesce(source_table.c.baseline_at, bindparam("first", type_=Moment())),
        }
    return update(source_table).where(source_table.c.id == bindparam("the_id")).values(values)


def _body_changed() -> ColumnElement[bool]:
    """Return whether the poll read a body: of one that is as before nothing is known that was not noted then."""
    return source_table.c.body_hash.is_distinct_from(bindparam("hash", type_=CleanText()))


_WENT_WELL, _FAILED = (_poll_statement(failed=failed) for failed in (False, True))
_WENT_WELL_WITH_RATE = _poll_statement(failed=False, rate=True)
_BY_ID = select(source_table).where(source_table.c.id == bindparam("ident"), source_table.c.active == true())
_SOME = (
    select(source_table)
    .where(source_table.c.id.in_(bindparam("idents", expanding=True)), source_table.c.active == true())
    .order_by(source_table.c.id)
)
_DUE = (
    select(source_table)
    .where(
        source_table.c.active == true(),
        source_table.c.stopped == false(),
        source_table.c.next_poll_at <= bindparam("now"),
    )
    .order_by(source_table.c.next_poll_at, source_table.c.id)
    .limit(bindparam("most"))
)
_COUNT = select(func.count()).where(source_table.c.id.in_(bindparam("ids", expanding=True)))
_PROFILE = update(source_table).where(source_table.c.id == bindparam("the_id")).values(profile=bindparam("curve"))
"""Apart, as it is the long part of a rate, and changes once an hour."""


def source_of(row: Row[Any]) -> Source:
    """Return the configured part of a row that holds a source's columns; `source_name` is its name."""
    return Source(
        name=row.source_name,
        url=row.source_url,
        every=row.source_every,
        language=row.source_language,
        timezone=row.source_timezone,
        kind=row.source_kind,
        sitemap=codec.texts_from_json(row.source_sitemap),
    )


SOURCE_COLUMNS = tuple(source_table.c[name].label(f"source_{name}") for name in ("name", *_CONFIGURED))
"""What `source_of` needs, under names that do not clash with those of a joined table."""


def _state(row: Row[Any]) -> SourceState:
    return SourceState(
        source=Source(
            name=row.name,
            **{name: getattr(row, name) for name in _CONFIGURED if name != "sitemap"},
            sitemap=codec.texts_from_json(row.sitemap),
        ),
        validators=Validators(etag=row.etag, last_modified=row.last_modified),
        notes=codec.texts_from_json(row.notes),
        rate=_rate(row),
        wishes=FeedWishes(row.ttl, _numbers(row.skip_hours), _numbers(row.skip_days)),
        reason=PollReason(row.poll_reason) if row.poll_reason in _REASONS else None,
        reason_number=row.poll_number,
        relocation=Relocation(row.moved_address, row.moved_target, row.moved_since, row.moved_sightings or 0),
        polls=row.polls or "",
        **{name: getattr(row, name) for name in _STATE},
    )


_REASONS = frozenset(PollReason)


def _rate(row: Row[Any]) -> ArrivalRate:
    columns = _RATE | {"profile": "profile"}
    known = {field: value for name, field in columns.items() if (value := getattr(row, name)) is not None}
    return ArrivalRate(**known)
