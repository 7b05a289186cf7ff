"""One round that sends nothing: on a copy of the database, so that nothing of it is kept either."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from monitor.app.once import RoundReport, once
from monitor.config.load import Config
from monitor.model import Delivery, State
from monitor.store import Database, back_up, is_copied, is_missing, open_store

_LEAVING = (State.READY, State.UNKNOWN, State.HELD)
_MOST = 10_000  # rows that are looked at


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a round would do: `rows` would be sent, edited, or held, in the order of their writing.

    `note` says where the round could not begin with what the database holds.
    """

    report: RoundReport
    rows: tuple[Delivery, ...]
    note: str | None = None


async def rehearse(config: Config) -> Rehearsal:
    """Run a round on a copy of the database, and return what it would send. Raises what `once` raises.

    Sources are asked as in a real round; no channel is called, and a daemon that runs is not disturbed.
    """
    with tempfile.TemporaryDirectory(prefix="monitor-dry-run-") as folder:  # 0700: what people watch for is private
        file = Path(folder) / "monitor.db"
        note = _copy(config, file)
        rehearsed = replace(config, storage=replace(config.storage, url=f"sqlite:///{file}"))
        before = _rows(rehearsed) if file.exists() else {}
        report = await once(rehearsed, deliver=False)
        after = _rows(rehearsed)
    rows = tuple(row for ident, row in sorted(after.items()) if _is_news(row, before.get(ident)))
    return Rehearsal(replace(report, left=0), rows, note)


def _copy(config: Config, file: Path) -> str | None:
    if is_missing(config.storage.url):
        return "there is no database yet: this is what a first start would do"
    if not is_copied(config.storage.url):
        return "only a SQLite database is copied: this is what a first start would do"
    back_up(config.storage.url, file)
    return None


def _rows(config: Config) -> dict[int, Delivery]:
    store: Database = open_store(config.storage.url)
    try:
        with store.begin() as tx:
            return {row.id: row for row in tx.deliveries(limit=_MOST)}
    finally:
        store.close()


def _is_news(row: Delivery, before: Delivery | None) -> bool:
    """Return whether a row would be sent or changed now: one that was held before, and still is, would not."""
    if row.state not in _LEAVING:
        return False
    return before is None or before.revision != row.revision or before.state != row.state or row.state is State.READY
