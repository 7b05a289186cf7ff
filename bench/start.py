"""Measures a start of the daemon over a large archive: what begins when, and what the event loop notices of it.

    .venv/bin/python bench/start.py [--live 1000 10000 30000] [--entries 100000] [--examined 300]

For each size a database is made: so many articles of the last 72 hours (texts of some 4,000 characters, made up with a
fixed seed, words as frequent as Zipf's law has them), with what the index keeps of them; so many entries in the
archive; one message that waits to be sent. Then the daemon starts in a process of its own, with a source and a webhook
on loopback. Times are seconds since its imports were done: until the source was asked, the message was sent, and
articles are judged; `CPU` is what the process took while the index was filled, on a machine that others use too the
better measure. The event loop's lag is that of a task that wants to run every 5 ms while the index is filled.

The other way is that of earlier versions: every live article is examined, and nothing begins before. Its time is
measured on `--examined` articles and multiplied. The last start of each size lacks what is kept of those, as after an
upgrade, so that they are examined in the background.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import accumulate
from pathlib import Path
from typing import Any

from monitor.model import Alert, Article, KeptFeatures, MessageKind, NewDelivery, Relation, Source

CONFIG = """\
sources:
  - {{name: Loopback, url: 'http://127.0.0.1:{port}/rss', every: 1s, timezone: UTC}}
watchlists:
  - {{name: Arms, entities: [DPRK, ICBM], notify: [hook]}}
channels:
  hook: {{webhook: {{url: 'http://127.0.0.1:{port}/hook'}}}}
storage: {{url: 'sqlite:///{folder}/monitor.db'}}
network: {{allow: [{{host: 127.0.0.1, cidr: 127.0.0.0/8, ports: [{port}]}}]}}
web: {{listen: ''}}
log: {{format: json}}
"""
SYLLABLES, NAMES, ENTITIES = map(
    str.split,
    (
        "ka ro me li ti van dor gra pe no sha bur en zi lya tro mi ru kho ste plo ver chu zhan bi sol",
        "Blinken Seoul Pyongyang Kyiv Odesa Geneva Tokyo Lavrov Ankara Kharkiv Lviv Moscow Warsaw Riga",
        "DPRK US Ukraine Russia Seoul Kyiv Blinken ICBM NATO China Japan",
    ),
)
VOCABULARY, WORDS = 20_000, 620
CHUNK = 500


def texts(seed: int = 1) -> Iterator[tuple[str, str]]:
    """Make titles and texts without end."""
    rng = random.Random(seed)
    vocabulary = ["".join(rng.choices(SYLLABLES, k=rng.randint(2, 4))) for _ in range(VOCABULARY)]
    weights = list(accumulate(1.0 / (rank + 20) for rank in range(VOCABULARY)))
    while True:
        words = rng.choices(vocabulary, cum_weights=weights, k=WORDS)
        for at in range(7, WORDS, 23):
            words[at] = rng.choice(NAMES) if at % 3 else str(rng.randrange(10, 5000))
        paragraphs = [" ".join(words[at : at + 60]).capitalize() + "." for at in range(10, WORDS, 60)]
        yield " ".join(words[:9]).capitalize(), "\n\n".join(paragraphs)


def build(folder: Path, live: int, entries: int) -> int:
    """Make a database; return the bytes that are kept of an article, on average."""
    from monitor.store import open_store
    from monitor.story import kept
    from monitor.story.index import StoryIndex

    rng, made, size = random.Random(live), texts(), 0
    index, now = StoryIndex(), datetime.now(UTC)
    store = open_store(f"sqlite:///{folder}/monitor.db")
    catalogue = _catalogue()
    with store.begin() as tx:
        tx.sync_sources([Source("Loopback", "http://127.0.0.1:1/rss", timezone="UTC")], now - timedelta(days=1))
        alert = Alert(kind=MessageKind.ALERT, headline="It waited for the start")
        tx.add_delivery(NewDelivery("hook", "alert:waiting", alert), now)
    for begin in range(0, live, CHUNK):
        with store.begin() as tx:
            for number in range(begin, min(begin + CHUNK, live)):
                title, text = next(made)
                at = now - timedelta(hours=71 - 70 * number / live)
                article = Article(
                    f"https://a.example/{number}", title, text, f"Outlet {number % 40}", "en", published=at, seen_at=at,
                    key=f"k{number}",
                )  # fmt: skip
                ident = tx.add_article(article)
                story = tx.create_story(at)
                tx.join_story(story, ident, Relation.FIRST, (), at)
                placed = index.place(article, entities=frozenset(rng.sample(ENTITIES, 3)))
                index.insert(ident, story, placed)
                data = kept.dump(placed)
                size += len(data)
                tx.keep_features([(ident, at, KeptFeatures(kept.VERSION, catalogue, data))])
    _archive(store, entries, now)
    store.close()
    return size // max(live, 1)


def _catalogue() -> str:
    """Name the catalogue as the daemon does, so that nothing is to be found anew."""
    from hashlib import sha256

    from monitor.watch.catalogue import shipped
    from monitor.watch.index.form_index import versions

    return sha256(f"{shipped().merged(()).fingerprint()} {versions()}".encode()).hexdigest()[:16]


def _archive(store: Any, entries: int, now: datetime) -> None:
    """Fill the archive: entries of 200 sources over 400 days, and an outbox with a message for every 50."""
    end, span = int(now.timestamp() * 1e6), int(400 * 86400e6)
    begin, step, rows = end - span, span // max(entries, 1), entries // 50
    with store._engine.begin() as connection:
        for statement in (
            (
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)"
                " INSERT INTO sources (name, url, every, timezone, kind, active, stopped, next_poll_at, interval,"
                " failures, notes, last_new_at, last_poll_at, last_success_at, baseline_at)"
                " SELECT 'Old ' || i, 'http://127.0.0.1:1/' || i, 180, 'UTC', 'feed', 0, 0, 0, 180, 0, '[]',"
                f" {end} - 7200000000, 1, 1, 1 FROM n"
            ),
            (
                f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {entries})"
                " INSERT INTO entries (source_id, key, title, summary, digest, first_seen_at, last_seen_at, baseline,"
                " late, attempts, edits, link) SELECT 2 + i % 200, 'key ' || i, 'A title of an entry ' || i,"
                " 'A summary that says in some sixty characters what it is about', 'd',"
                f" {begin} + i * {step}, {begin} + i * {step}, 0, 0, 0, 0, 'https://o.example/' || i"
                f" FROM n WHERE {entries} > 0"
            ),
            (
                f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})"
                " INSERT INTO outbox (channel, dedupe, alert, state, revision, claimed_revision, sent_revision,"
                " attempts, due_at, created_at, repaired, edits, sent_at) SELECT 'hook', 'alert:old ' || i,"
                f""" '{{"kind":"alert","headline":"Old"}}', 'sent', 1, 1, 1, 0, 1, {begin}, 0, 0, 1"""
                f" FROM n WHERE {rows} > 0"
            ),
        ):
            connection.exec_driver_sql(statement)


def forget(folder: Path, count: int) -> None:
    """Drop what is kept of the newest articles."""
    from monitor.store import open_store

    store = open_store(f"sqlite:///{folder}/monitor.db")
    with store._engine.begin() as connection:
        connection.exec_driver_sql(
            "DELETE FROM article_features WHERE article_id IN"
            f" (SELECT article_id FROM article_features ORDER BY article_id DESC LIMIT {count})"
        )
        connection.exec_driver_sql("UPDATE outbox SET state = 'ready', sent_at = NULL WHERE dedupe = 'alert:waiting'")
        connection.exec_driver_sql("UPDATE sources SET next_poll_at = 0")
    store.close()


# --------------------------------------------------------------------------- the daemon's process


async def _live(path: Path) -> None:
    """Run the daemon until articles are judged; print what its event loop noticed."""
    from monitor import log as logs
    from monitor.app.configuration import load
    from monitor.app.daemon import Daemon

    logs.configure("error", "json")
    daemon = Daemon(load(path))
    begun, lags = time.time(), list[float]()
    running = asyncio.create_task(daemon.run())
    while (preparation := daemon._preparation) is None or not preparation.compiled.is_set():
        if running.done():
            running.result()
        await asyncio.sleep(0.005)
    compiled, worked = time.time(), time.process_time()
    while preparation.state != "ready":
        at = time.perf_counter()
        await asyncio.sleep(0.005)
        lags.append(time.perf_counter() - at - 0.005)
    ready, worked = time.time(), time.process_time() - worked
    loading = daemon._components.judge.loading if daemon._components else None
    await asyncio.sleep(2.0)  # the message may be under way
    daemon.stop()
    await running
    times = {"begun": begun, "compiled": compiled, "ready": ready, "CPU": worked}
    print(json.dumps({**times, "lags": lags, "examined": loading and loading.examined}))


class Loopback(ThreadingHTTPServer):
    """A site and a webhook that remember when they were asked first."""

    def __init__(self) -> None:
        self.first: dict[str, float] = {}
        super().__init__(("127.0.0.1", 0), _Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    server: Loopback

    def _answer(self, body: bytes) -> None:
        self.server.first.setdefault(self.path, time.time())
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        self._answer(b'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title></channel></rss>')

    def do_POST(self) -> None:
        self._answer(b"{}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log no request."""


def start(folder: Path) -> dict[str, Any]:
    """Start the daemon once; return its times."""
    site = Loopback()
    path = folder / "config.yaml"
    path.write_text(CONFIG.format(port=site.server_port, folder=folder), encoding="utf-8")
    command = [sys.executable, __file__, "--child", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    site.shutdown()
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    lags = sorted(found["lags"]) or [0.0]
    at = {name: found[name] - found["begun"] for name in ("compiled", "ready")}
    return {
        "poll": site.first["/rss"] - found["begun"],
        "sent": site.first["/hook"] - found["begun"],
        **at,
        "index": at["ready"] - at["compiled"],
        "CPU": found["CPU"],
        "lag p50": lags[len(lags) // 2] * 1000,
        "lag p99": lags[int(len(lags) * 0.99)] * 1000,
        "lag max": lags[-1] * 1000,
        "examined": found["examined"],
    }


def examining(count: int) -> float:
    """Return the CPU seconds that examining one article takes, as every start did once."""
    from dataclasses import replace

    from monitor.app.compile import compile_catalogue
    from monitor.pipeline.examine import entities
    from monitor.story.attribution import citations
    from monitor.story.index import StoryIndex
    from monitor.watch.catalogue import shipped

    matcher, index, made = compile_catalogue(shipped()), StoryIndex(), texts()
    now, times = datetime.now(UTC), []
    for number in range(count):
        title, text = next(made)
        article = Article(None, title, text, "Outlet", "en", published=now, seen_at=now, key=str(number))
        begun = time.process_time()
        found = entities(article, matcher)
        index.add(replace(article, id=number), number, entities=found, citations=tuple(citations(article)))
        times.append(time.process_time() - begun)
    return statistics.mean(times[count // 4 :])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--live", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--examined", type=int, default=300)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        asyncio.run(_live(options.child))
        return
    each = examining(options.examined)
    print(f"examining an article: {each * 1000:.2f} ms of CPU; seconds after the imports, milliseconds of lag\n")
    columns = ["poll", "sent", "compiled", "ready", "index", "CPU", "lag p50", "lag p99", "lag max", "examined"]
    print("| live | entries | bytes each | " + " | ".join(columns) + " | today's first poll | × |")
    print("|---" * (len(columns) + 5) + "|")
    for live in options.live:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            size = build(folder, live, options.entries)
            start(folder)  # imports are compiled, forms of terms are kept
            for missing in (0, options.examined):
                forget(folder, missing)
                found = start(folder)
                cells = [f"{found[column]:.2f}" for column in columns[:-1]] + [str(found["examined"])]
                before = found["compiled"] + each * live
                row = [str(live), str(options.entries), str(size), *cells, f"{before:.1f}"]
                print("| " + " | ".join([*row, f"{found['poll'] / before:.3f}"]) + " |", flush=True)


if __name__ == "__main__":
    main()
