"""Every column with a time moves with the wall clock, or is known to stay (docs/clocks.md)."""

from __future__ import annotations

import inspect
import re

from monitor.store import clock, schema
from monitor.store.columns import Moment

STAYS = {
    "article_changes.at",  # evidence: what a clock said then
    "article_versions.at",
    "articles.published",  # what a feed or a page says
    "entries.published",
    "entries.last_seen_at",  # of the archive: an old row keeps its date
    "evidence_entries.at",
    "evidence_stamps.at",
    "feedback.at",
    "grouping_decisions.at",
    "mutes.at",
    "shifts.at",
    "translations.at",
    "sources.baseline_at",
    "sources.gap_since",  # of articles' own dates
    "sources.gap_until",
    "sources.moved_since",
    "updates.received_at",
    "updates.done_at",
    "web_keys.made_at",
    "web_keys.expires_at",  # a log-in outlives a clock that was set, as browsers keep it
    "web_keys.seen_at",
    "clock.at",  # what is compared with the wall clock
}


def test_whether_a_time_moves_is_decided_for_every_column() -> None:
    times = {
        f"{table.name}.{column.name}"
        for table in schema.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, Moment)
    }
    named = re.findall(r"\b(\w+)\.c\.(\w+)", inspect.getsource(clock))
    moves = {f"{table}.{column}" for table, column in named} | {f"sources.{name}" for name in clock._OF_SOURCES}
    assert times - moves == STAYS, "move it in monitor/store/clock.py, or say here that it stays"
    assert not STAYS & moves
