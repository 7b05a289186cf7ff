"""Runs a made-up week of news through the pipeline of this tree and of another commit: both must store the same.

    python -m bench.week COMMIT [--seed 1] [--articles 700]     # prints the differences; 1 where there are any
    python bench/week.py --record FILE                           # this tree alone, as JSON; prints its CPU seconds

Feeds and pages are the same bytes in both, the clock moves by hand, and units run one after another: entries, articles,
hits, stories with their reasons, trends and rows of the outbox are compared column by column. Changes for the sake of
speed must leave them as they are. The week holds what decides: versions, copies, rewrites, translations, edits, and
series of titles that differ in a place, a number, a time or a weapon.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from doubles.clock import FixedClock
from doubles.pipeline_harness import FakeFetcher
from doubles.random_articles import START, newsday
from sqlalchemy import text

from monitor import log
from monitor.app.compile import make_rules
from monitor.app.configuration import load
from monitor.app.wiring import Components, make_components
from monitor.clock import MonotonicSteadyClock
from monitor.deliver.bot_lock import BotLock
from monitor.pipeline.live import InForce, Live
from monitor.ports import Request, Response
from monitor.sandbox import InlineSandbox
from monitor.store import open_store

ROOT = Path(__file__).resolve().parents[1]
STEP, DAYS, SHOWN = 3 * 3600.0, 7, 30  # seconds between two rounds; entries that a feed shows
TABLES = (
    "sources", "entries", "articles", "article_features", "verdicts", "stories", "story_members", "outbox",
    "cooldowns", "watched_terms", "mentions", "trend", "trend_subjects", "article_versions", "recent_alerts",
)  # fmt: skip
SERIES = {
    "en": "Air raid alert in {place} region; {count} missiles launched at {place} at {hour}:{minute}, {weapon} among"
    " them; court in {place} sentences man to {count} years; {count} dead in strike on {place}; magnitude {mag} quake"
    " hits {place}; parliament in {place} votes {count} to {minute}; {place} and allies hold round {count} of talks",
    "uk": "Повітряна тривога: {place}; {count} ракет випущено о {hour}:{minute} на місто {place}; вибухи у місті"
    " {place}, є поранені ({count}); обмін полоненими: додому повернулися {count}; землетрус магнітудою {mag}: {place}",
    "ru": "Воздушная тревога: {place}; {count} беспилотников сбиты над регионом {place} в {hour}:{minute};"
    " землетрясение магнитудой {mag}: {place}; суд в городе {place} приговорил к {count} годам",
}
PLACES = {
    "en": "Kyiv Odesa Kharkiv Sumy Seoul Tokyo Ankara Geneva",
    "uk": "Київ Одеса Харків Суми Сеул Токіо Анкара Женева",
    "ru": "Киев Одесса Харьков Сумы Сеул Токио Анкара Женева",
}
SENT = text(
    "UPDATE outbox SET state = 'sent', sent_at = :now, message_id = id, message_sent_at = :now WHERE state = 'ready'"
)
WATCH = """
  - {name: Arms, keywords: [missile, ракета, ракети, missiles, 미사일], notify: [desk]}
  - {name: Places, entities: [DPRK, Ukraine], keywords: [Odesa, Одеса, Одесса], notify: [desk, night]}
  - {name: Courts, query: 'court NEAR/8 (verdict OR sentences) OR суд', notify: [night]}
"""


@dataclass
class Site:
    """An outlet: its items, newest first, and its pages."""

    name: str
    items: list[tuple[str, str, str, datetime]] = field(default_factory=list)  # link, title, summary, published

    @property
    def url(self) -> str:
        """Return the feed's address."""
        return f"https://{self.name}.example/feed.xml"

    def feed(self, request: Request) -> Response:
        """Answer a poll."""
        rows = "".join(
            f"<item><title>{escape(title)}</title><link>{link}</link><guid>{link}</guid>"
            f"<pubDate>{format_datetime(at)}</pubDate><description>{escape(summary)}</description></item>"
            for link, title, summary, at in self.items[:SHOWN]
        )
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>t</title>{rows}</channel></rss>'
        )
        tag = hashlib.sha256(body.encode()).hexdigest()
        if ("if-none-match", tag) in [(name.lower(), value) for name, value in request.headers]:
            return Response(request.url, 304, (), b"")
        return Response(request.url, 200, (("etag", tag),), body.encode())


def news(seed: int, count: int) -> list[tuple[datetime, str, str, str, str, str]]:
    """Return (time, outlet, language, address, title, text) of a week's articles, in order."""
    rng, found = random.Random(seed), []
    days = [newsday(seed * 100 + day, count // DAYS, edits=True) for day in range(DAYS)]
    for day, articles in enumerate(days):
        for number, (article, _) in enumerate(articles):
            at = (article.seen_at or START) + timedelta(days=day)
            outlet = hashlib.sha256(article.source.encode()).hexdigest()[:8]
            address = hashlib.sha256(f"{day} {article.url}".encode()).hexdigest()[:12]
            found.append((at, outlet, article.language, f"a{address}", article.title, article.text))
            if rng.random() < 0.5:
                language = rng.choice(list(SERIES))
                title, again = (made(rng, language) for _ in range(2))
                body = f"{title}. {again}.\n\n" + " ".join(article.text.split()[: rng.randrange(60)])
                outlet = rng.choice(("wire", "agency", "daily"))
                found.append((at + timedelta(seconds=7), outlet, language, f"s{day}-{number}", title, body))
    return sorted(found)


def made(rng: random.Random, language: str) -> str:
    """Return a title of a series, filled by chance."""
    return rng.choice(SERIES[language].split("; ")).format(
        place=rng.choice(PLACES[language].split()),
        count=rng.randrange(2, 12),
        hour=rng.randrange(1, 24),
        minute=rng.randrange(10, 60),
        mag=rng.choice(("4.1", "5.2", "6.8")),
        weapon=rng.choice(("cruise missiles", "ballistic missiles", "drones")),
    )


async def record(seed: int, count: int, folder: Path) -> dict[str, list[list[Any]]]:
    """Run the week; return the tables' rows."""
    articles = news(seed, count)
    sites = {outlet: Site(outlet) for _, outlet, *_ in articles}
    sources = "".join(f"  - {{name: {each.name}, url: '{each.url}', timezone: UTC}}\n" for each in sites.values())
    (folder / "config.yaml").write_text(
        f"sources:\n{sources}watchlists:{WATCH}channels:\n  desk: {{console: {{}}}}\n"
        "  night: {console: {}, quiet_hours: {from: '22:00', to: '06:00'}}\n"
        f"storage: {{url: 'sqlite:///{folder}/week.db'}}\nweb: {{listen: ''}}\n",
        encoding="utf-8",
    )
    config, host, fetcher = load(folder / "config.yaml"), FixedClock(START - timedelta(hours=1)), FakeFetcher()
    clock = MonotonicSteadyClock(host)
    store = open_store(config.storage.url, clock_now=clock.now)
    with store.lock() as lock, BotLock(store.name) as bot_lock:
        live = Live(InForce(make_rules(config), fetcher))
        components = make_components(live, store, InlineSandbox(), clock, (lock, bot_lock))
        components.poller._rng = random.Random(seed)
        await store.run(lambda tx: tx.sync_sources(config.sources, clock.now()))
        await components.judge.load()
        fetcher.answers = {site.url: site.feed for site in sites.values()}
        await one_round(components)
        for step in range(int(DAYS * 86400 / STEP) + 2):
            until = START + timedelta(seconds=STEP * (step + 1))
            while articles and articles[0][0] <= until:
                publish(sites, fetcher, *articles.pop(0))
            host.pass_((until - host.now()).total_seconds())
            await one_round(components)
        rows = await store.run(lambda tx: {name: _rows(tx.connection, name) for name in TABLES})
    store.close()
    return rows


def publish(
    sites: dict[str, Site],
    fetcher: FakeFetcher,
    at: datetime,
    outlet: str,
    language: str,
    name: str,
    title: str,
    body: str,
) -> None:
    """Put an article into its feed, or change it there, and make its page."""
    site = sites[outlet]
    link = f"https://{outlet}.example/news/{name}"
    site.items = [(link, title, body[:200], at), *(item for item in site.items if item[0] != link)]
    words = "".join(f"<p>{escape(part)}</p>" for part in body.split("\n\n"))
    head = f"<html lang={language}><head><title>{escape(title)}</title></head>"
    page = f"{head}<body><article>{words}</article></body></html>"
    fetcher.answers[link] = lambda request: Response(request.url, 200, (), page.encode())


async def one_round(components: Components) -> None:
    """Poll all sources, read what is due, and look after the rows, one after another."""
    store, clock = components.store, components.clock
    for state in await store.run(lambda tx: tx.source_states()):
        await components.poller.poll(state.id)
    while due := await store.run(lambda tx: tx.due_entries(clock.now(), 500)):
        for entry in due:
            await components.reader.read(entry.id)
    await components.housekeeping.tick()
    await store.run(lambda tx: tx.connection.execute(SENT, {"now": int(clock.now().timestamp() * 1e6)}))


def _rows(connection: Any, table: str) -> list[list[Any]]:
    exists = connection.execute(text("SELECT 1 FROM sqlite_master WHERE name = :name"), {"name": table}).first()
    if not exists:
        return []
    found = connection.execute(text(f"SELECT * FROM {table}"))
    names = list(found.keys())
    return sorted([f"{name}={_short(value)}" for name, value in zip(names, row, strict=True)] for row in found)


def _short(value: Any) -> Any:
    return hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else value


def compare(ours: dict[str, list[list[Any]]], theirs: dict[str, list[list[Any]]]) -> int:
    """Print what differs; return by how many rows."""
    wrong = 0
    for table in TABLES:
        here, there = ({json.dumps(row, ensure_ascii=False) for row in side[table]} for side in (ours, theirs))
        differ = sorted(here ^ there)
        wrong += len(differ)
        print(f"{table}: {len(ours[table])} rows, {len(differ)} differ")
        for row in differ[:4]:
            print("   ", "here " if row in here else "there", row[:600])
    return wrong


def recorded(tree: Path, seed: int, count: int, folder: Path) -> dict[str, list[list[Any]]]:
    """Run this script with the program of a tree; return what it stored."""
    out = folder / "rows.json"
    arguments = ["--record", str(out), "--seed", str(seed), "--articles", str(count)]
    command = [sys.executable, str(Path(__file__).resolve()), *arguments]
    subprocess.run(command, cwd=tree, env={**os.environ, "PYTHONPATH": str(tree), "PYTHONHASHSEED": "0"}, check=True)
    return dict(json.loads(out.read_text(encoding="utf-8")))


def main() -> int:
    """Record, or compare."""
    parser = argparse.ArgumentParser(description="Run a made-up week through two versions of the pipeline.")
    parser.add_argument("commit", nargs="?", default="HEAD")
    parser.add_argument("--record", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--articles", type=int, default=700)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="monitor-week-") as name:
        folder = Path(name)
        if asked.record:
            log.configure("critical", "json")
            begun = time.process_time()
            rows = asyncio.run(record(asked.seed, asked.articles, folder))
            asked.record.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
            import monitor

            print(f"{Path(monitor.__file__).parents[1]}: {time.process_time() - begun:.1f} CPU s")
            return 0
        tree = folder / "tree"
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", tree, asked.commit], cwd=ROOT, check=True)
        try:
            theirs = recorded(tree, asked.seed, asked.articles, folder)
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", tree], cwd=ROOT, check=True)
        ours = recorded(ROOT, asked.seed, asked.articles, folder)
        return int(compare(ours, theirs) > 0)


if __name__ == "__main__":
    sys.exit(main())
