"""What a database knew of its sources before it kept their rhythm becomes their profile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from monitor import rhythm
from monitor.store import Database, migrate
from monitor.store.engine import make_engine
from monitor.store.sqlite_file import parse_url, sqlite_path

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
SOURCE = (
    "INSERT INTO sources (id, name, url, every, timezone, kind, active, stopped, next_poll_at, interval, failures, notes,"
    " baseline_at, last_success_at) VALUES (:id, :name, 'https://y.example/rss', :every, :timezone, 'feed', true, false, 1,"
    " 180, 0, '[]', :baseline, :last)"
)
ENTRY = (
    "INSERT INTO entries (id, source_id, key, title, summary, digest, first_seen_at, last_seen_at, baseline, late, flood,"
    " attempts, edits) VALUES (:id, 1, :key, 'T', '', 'd', :at, :at, :baseline, :late, :flood, 0, 0)"
)


def stamp(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000


def test_weeks_of_entries_become_a_profile(empty_url: str, opened: Callable[..., Database]) -> None:
    parsed = parse_url(empty_url)
    engine = make_engine(parsed, sqlite_path(parsed) if empty_url.startswith("sqlite") else None, read_only=False)
    begin, end = stamp(MONDAY - timedelta(weeks=2)), stamp(MONDAY + timedelta(minutes=20))
    with engine.begin() as connection:
        migrate.upgrade(connection, "0012")
        rows = [
            {"id": 1, "name": "A", "every": 180.0, "timezone": "Europe/Kyiv", "baseline": begin, "last": end},
            {"id": 2, "name": "B", "every": 600.0, "timezone": "Nowhere/Town", "baseline": begin, "last": end},
            {"id": 3, "name": "C", "every": 180.0, "timezone": "UTC", "baseline": None, "last": None},
            {"id": 4, "name": "D", "every": 180.0, "timezone": "UTC", "baseline": end, "last": end},
        ]
        connection.execute(text(SOURCE), rows)
        entries: list[dict[str, object]] = []
        for day in range(1, 15):
            noon = stamp(MONDAY - timedelta(days=day) + timedelta(hours=12, minutes=5))
            usual: dict[str, object] = {"at": noon, "baseline": False, "late": False, "flood": None}
            later = noon + 7_200_000_000
            unusual: list[dict[str, object]] = [{"at": later, name: True} for name in ("baseline", "late", "flood")]
            entries += [usual] * 9 + [usual | each for each in unusual] * 9
        connection.execute(text(ENTRY), [each | {"id": n, "key": f"k{n}"} for n, each in enumerate(entries, 1)])
    engine.dispose()
    with opened(empty_url).begin() as tx:
        a, b, c, d = tx.source_states()
    assert [state.source.every for state in (a, b, c, d)] == [None, 600.0, None, None]
    usually, later_on = (rhythm.usual(a.rate, MONDAY + timedelta(hours=hour), "Europe/Kyiv") for hour in (12, 14))
    assert usually is not None
    assert later_on is not None
    assert 4 < usually < 10
    assert later_on < 1
    none = rhythm.usual(b.rate, MONDAY, "Nowhere/Town")
    assert none is not None
    assert none < 0.1
    assert (c.rate.profile, d.rate.profile) == (b"", b"")
