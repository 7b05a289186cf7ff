"""How long the clean-up of a large archive holds the store's thread, and what becomes of the files.

    .venv/bin/python bench/cleanup.py [--rows 1000000] [--keep-share 0.1] [--database sqlite:///PATH]

Fills a database with that many rows (entries, articles with their text, stories, alerts), all but a share of them old,
and cleans up as the daemon does, while somebody asks the store for something every 20 ms, as ticks and lanes do. With
PostgreSQL's URL the server's tables are filled: give it an empty database.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from monitor.app.compile import outline
from monitor.app.wiring import make_fetcher
from monitor.clock import SystemClock
from monitor.model import Config, Source
from monitor.pipeline.cleaning import Cleaner
from monitor.pipeline.live import InForce, Live
from monitor.store import Database, open_store, schema

DAY = 86400.0
TEXT = "Міністр сказав, що перемовини триватимуть і наступного тижня. " * 60  # 3.7 k characters
ALERT = '{"kind": "alert", "headline": "Перемовини триватимуть", "watchlist": "W"}'
CHUNK = 5000


def fill(store: Database, rows: int, keep_share: float) -> None:
    """Write `rows` rows: of five, two are entries, one an article, one a story's membership, one half story, alert."""
    now, old = datetime.now(UTC), datetime.now(UTC) - timedelta(days=500)
    with store.begin() as tx:
        tx.sync_sources([Source("S", "https://s.example/rss")], old)
        source = tx.source_states()[0].id
    articles = rows // 5
    with store._engine.begin() as connection:
        update = schema.sources.update().values(last_read_at=now, last_poll_at=now)
        connection.execute(update)
    for first in range(0, articles, CHUNK):
        numbers = range(first, min(first + CHUNK, articles))
        with store._engine.begin() as connection:
            for table, values in _rows(numbers, source, lambda n: old if n >= articles * keep_share else now):
                connection.execute(table.insert(), values)


def _rows(numbers: range, source: int, at: Any) -> list[tuple[Any, list[dict[str, Any]]]]:
    moment = {n: at(n) + timedelta(seconds=n % 50_000) - timedelta(days=1) for n in numbers}
    article = [
        {
            "id": n + 1, "key": f"a{n}", "title": f"Title {n}", "text": TEXT, "source": "S", "language": "uk",
            "zones": "[]", "seen_at": moment[n], "revisions": 0,
        }
        for n in numbers
    ]  # fmt: skip
    entry = [
        {
            "source_id": source, "key": f"k{n}-{twice}", "title": f"Title {n}", "summary": "", "digest": "d",
            "first_seen_at": moment[n], "last_seen_at": moment[n], "baseline": False, "late": False, "attempts": 0,
            "edits": 0, "article_id": n + 1,
        }
        for n in numbers
        for twice in (1, 2)
    ]  # fmt: skip
    story = [{"id": n + 1, "created_at": moment[n], "updated_at": moment[n]} for n in numbers if n % 2 == 0]
    member = [
        {"story_id": n // 2 * 2 + 1, "article_id": n + 1, "relation": "first", "cites": "[]", "joined_at": moment[n]}
        for n in numbers
    ]
    alert = [
        {
            "channel": "desk", "dedupe": f"alert:{n}", "alert": ALERT, "state": "sent", "story_id": n + 1,
            "revision": 1, "sent_revision": 1, "claimed_revision": 1, "attempts": 0, "due_at": moment[n],
            "created_at": moment[n], "edits": 0, "repaired": False,
        }
        for n in numbers
        if n % 2 == 0
    ]  # fmt: skip
    return [
        (schema.articles, article),
        (schema.entries, entry),
        (schema.stories, story),
        (schema.story_members, member),
        (schema.outbox, alert),
    ]


async def clean(store: Database, file: Path | None) -> None:
    """Clean up beside somebody who asks all the time; print what that cost."""
    config = Config()
    live = Live(InForce(outline(config), make_fetcher(config)))
    cleaner = Cleaner(store, SystemClock(), live)
    waits: list[float] = []
    journal = 0

    async def ask() -> None:
        nonlocal journal
        while True:
            begun = time.perf_counter()
            await store.run(lambda tx: tx.due_sources(datetime.now(UTC), 1))
            waits.append(time.perf_counter() - begun)
            journal = max(journal, _size(file, "-wal"))
            await asyncio.sleep(0.02)

    asking = asyncio.create_task(ask())
    begun, turns = time.perf_counter(), 0
    wait = await cleaner.turn()
    while cleaner.busy:
        turns += 1
        await asyncio.sleep(wait)
        wait = await cleaner.turn()
    seconds = time.perf_counter() - begun
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    waits.sort()
    print(f"cleaned up in {seconds:.1f} s, {turns} batches, the longest {cleaner.longest * 1e3:.1f} ms")
    print(f"others waited {waits[-1] * 1e3:.1f} ms at most, p99 {waits[len(waits) * 99 // 100] * 1e3:.1f} ms")
    if file is not None:
        print(f"journal {journal / 1e6:.1f} MB at most, {_size(file, '-wal') / 1e6:.1f} MB at the end")


def _size(file: Path | None, suffix: str = "") -> int:
    path = None if file is None else file.with_name(file.name + suffix)
    return path.stat().st_size if path is not None and path.exists() else 0


def main() -> None:
    """Fill, clean up, print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=1_000_000)
    arguments.add_argument("--keep-share", type=float, default=0.1)
    arguments.add_argument("--database")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        file = None if given.database else Path(directory) / "monitor.db"
        store = open_store(given.database or f"sqlite:///{file}")
        begun = time.perf_counter()
        fill(store, given.rows, given.keep_share)
        print(f"{given.rows} rows in {time.perf_counter() - begun:.1f} s; file {_size(file) / 1e6:.1f} MB")
        asyncio.run(clean(store, file))
        print(f"file {_size(file) / 1e6:.1f} MB after it; load {os.getloadavg()[0]:.1f}")
        store.close()


if __name__ == "__main__":
    main()
