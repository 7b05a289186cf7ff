"""`monitor demo`: a newsroom's day in one minute, offline: the real daemon, the real console channel."""

from __future__ import annotations

import asyncio
import hashlib
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import click

from monitor import host
from monitor.cli import colour
from monitor.errors import MonitorError
from monitor.model import State


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed of the newsroom."""

    key: str
    name: str
    path: str
    title: str
    language: str
    timezone: str


@dataclass(frozen=True, slots=True)
class DemoItem:
    """One article: published `at` seconds after the start; `minute` counts from the day's first article."""

    at: float
    feed: str
    minute: int
    url: str
    page: str
    title: str
    summary: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The feeds and items of the seeds, in order of time."""

    feeds: dict[str, Feed]
    items: tuple[DemoItem, ...]
    pages: dict[str, bytes]


def load_timeline(folder: Path) -> Timeline:
    """Read `newsroom.toml` and its pages. Raises MonitorError, naming the file and the remedy."""
    file = folder / "newsroom.toml"
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        feeds = {key: Feed(key=key, **value) for key, value in data["feeds"].items()}
        items = tuple(sorted((DemoItem(**value) for value in data["item"]), key=lambda item: item.at))
        pages = {item.url: (folder / "pages" / item.page).read_bytes() for item in items}
    except FileNotFoundError as error:
        raise MonitorError(
            f"{error.filename} is missing: run the demo from the project's folder, or name it with --seeds"
        ) from error
    except (KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise MonitorError(f"{file} cannot be used: {error}") from error
    return Timeline(feeds, items, pages)


class DemoClock:
    """When each article of the day is published, in the host's time zone: of today, and never later than it appears.

    The last one is published at the time of the demo. Shortly after midnight the day is as short as today is.
    """

    def __init__(self, items: Sequence[DemoItem], now: datetime | None = None) -> None:
        now = now or datetime.now(ZoneInfo(host.timezone()))
        self._last = max((item.minute for item in items), default=0)
        self._end = now
        today = now - now.replace(hour=0, minute=0, second=0, microsecond=0)
        self._minute = min(timedelta(minutes=1), today / (self._last + 1))

    def moment(self, item: DemoItem) -> datetime:
        """Return when an article is published."""
        return self._end - (self._last - item.minute) * self._minute


class Newsroom:
    """An HTTP server on a free port of loopback; items appear when `publish` is called.

    The port is bound at once; nothing is served before `start`.
    """

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._published: list[DemoItem] = []
        self._lock = threading.Lock()
        self._clock = DemoClock(timeline.items)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Serve, in a thread of its own."""
        threading.Thread(target=self._server.serve_forever, daemon=True, name="newsroom").start()

    @property
    def feeds(self) -> list[Feed]:
        """Return the feeds in the order of the seeds."""
        return list(self._timeline.feeds.values())

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._server.server_close()

    def publish(self, item: DemoItem) -> None:
        """Put an item into its feed."""
        with self._lock:
            self._published.append(item)

    @property
    def published(self) -> list[DemoItem]:
        """Return the items that were published until now, the oldest first."""
        with self._lock:
            return list(self._published)

    def open(self) -> None:
        """Publish the items that are there from the start."""
        for item in self._timeline.items:
            if item.at <= 0:
                self.publish(item)

    def play(self, stop: threading.Event, say: Callable[[str, DemoItem, datetime], None]) -> None:
        """Publish every further item at its time, telling `say`; returns early when `stop` is set."""
        started = time.monotonic()
        for item in (item for item in self._timeline.items if item.at > 0):
            if stop.wait(max(0.0, item.at - (time.monotonic() - started))):
                return
            self.publish(item)
            say(self._timeline.feeds[item.feed].name, item, self._clock.moment(item))

    def _feed(self, feed: Feed) -> bytes:
        with self._lock:
            items = [item for item in reversed(self._published) if item.feed == feed.key]
        rows = "".join(
            f"<item><title>{escape(item.title)}</title><link>{self.url}{item.url}</link>"
            f"<guid>{self.url}{item.url}</guid><description>{escape(item.summary)}</description>"
            f"<pubDate>{format_datetime(self._clock.moment(item).astimezone(ZoneInfo(feed.timezone)))}</pubDate></item>"
            for item in items
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
            f"<title>{escape(feed.title)}</title><link>{self.url}{feed.path}</link>"
            f"<language>{feed.language}</language>{rows}</channel></rss>"
        ).encode()

    def _answer(self, path: str) -> tuple[str, bytes] | None:
        for feed in self._timeline.feeds.values():
            if path == feed.path:
                return "application/rss+xml; charset=utf-8", self._feed(feed)
        page = self._timeline.pages.get(path)
        return ("text/html; charset=utf-8", page) if page is not None else None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        newsroom = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                answer = newsroom._answer(self.path.partition("?")[0])
                if answer is None:
                    self.send_error(404)
                    return
                kind, body = answer
                etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
                if self.headers.get("If-None-Match") == etag:
                    self.send_response(304)
                    self.send_header("ETag", etag)
                    self.end_headers()
                    return
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("ETag", etag)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Log nothing: the demo's terminal is for alerts."""

        return Handler


_INTERRUPTED = 130
_AFTER = 6.0  # seconds that the page may show the last item before the day is summed up
_PATIENCE = 180.0  # seconds after the last item within which a slow machine must have read and told everything
_LOOK = 1.0  # seconds between two looks at what is still to be read

_CONFIG = """\
sources:
{sources}
watchlists:
  - name: DPRK arms
    entities: [DPRK, Blinken, ICBM]
    severity: high
    notify: [screen]
channels:
  screen:
    console: {{}}
storage:
  url: sqlite:///{folder}/demo.db
network:
  allow: [{{host: 127.0.0.1, cidr: 127.0.0.0/8, ports: [{port}]}}]
web:
  listen: "127.0.0.1:0"
"""

_SOURCE = """\
  - name: {name}
    url: {url}
    language: {language}
    timezone: {timezone}
    every: 1s
"""


def default_seeds() -> Path:
    """Return the folder `seeds` of the working directory, of the checkout, or of the environment (a wheel's)."""
    checkout, installed = Path(__file__).resolve().parents[2] / "seeds", Path(sys.prefix) / "share/news-monitor/seeds"
    return next((folder for folder in (Path("seeds"), checkout) if (folder / "newsroom.toml").is_file()), installed)


@click.command("demo", short_help="A newsroom's day in a minute, offline, with the real daemon.")
@click.option("--seeds", type=click.Path(path_type=Path), help="The newsroom's folder.  [default: seeds]")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Keep configuration and database there.")
@click.option("--stay/--no-stay", default=None, help="Serve the page until Ctrl-C.  [default: on a terminal]")
def demo(seeds: Path | None, keep: Path | None, stay: bool | None) -> int:
    """Show the product offline: a local newsroom, the real daemon, alerts as a phone shows them."""
    from monitor import log

    log.configure("error", "auto")
    timeline = load_timeline(seeds or default_seeds())
    stays = sys.stdout.isatty() and sys.stdin.isatty() if stay is None else stay
    newsroom = Newsroom(timeline)
    newsroom.start()
    try:
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            return asyncio.run(_play(newsroom, keep, stays=stays, keeps=True))
        with tempfile.TemporaryDirectory(prefix="monitor-demo-") as folder:
            return asyncio.run(_play(newsroom, Path(folder), stays=stays))
    finally:
        newsroom.stop()


async def _play(newsroom: Newsroom, folder: Path, *, stays: bool, keeps: bool = False) -> int:
    from monitor.app.configuration import load
    from monitor.app.daemon import Daemon

    file = folder / "config.yaml"
    file.write_text(_yaml(newsroom, folder), encoding="utf-8")
    click.secho("A newsroom's day in under a minute. The watchlist: DPRK, Blinken, ICBM.\n", bold=True)
    daemon = Daemon(load(file, {}))
    stop = threading.Event()
    running = asyncio.create_task(daemon.run())
    try:
        newsroom.open()
        ready = asyncio.create_task(daemon.watching())
        await asyncio.wait([ready, running], return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if not running.done():
            await asyncio.to_thread(_name_page, file)
            playing = asyncio.create_task(asyncio.to_thread(newsroom.play, stop, _say))
            await asyncio.wait([playing, running], return_when=asyncio.FIRST_COMPLETED)
            stop.set()
            await playing
        await asyncio.wait([running], timeout=_AFTER)
        left = await _settled(newsroom, file, running)
        whole = not running.done()  # Ctrl-C ends the daemon, as it does for its users
        if whole and stays:
            await asyncio.to_thread(_sum_up, file, left)
            await asyncio.to_thread(_name_page, file)
            click.echo("The page stays until Ctrl-C.")
            await asyncio.wait([running])
    except asyncio.CancelledError:  # Ctrl-C before the daemon listens for it
        running.cancel()
        raise
    finally:
        stop.set()
        daemon.stop()
        await asyncio.wait([running])
    running.result()
    if not whole:
        kept = f"{folder} has what came until then" if keeps else "nothing is kept"
        click.echo(f"Stopped before the day was over; {kept}.", err=True)
        return _INTERRUPTED
    if not stays:
        _sum_up(file, left)
    if keeps:
        click.echo(f"Kept in {folder}: `monitor --config {file} alerts` shows its alerts, `search` its articles.")
    return 0


async def _settled(newsroom: Newsroom, file: Path, running: asyncio.Task[None]) -> int:
    """Wait until every article is judged and every alert has gone out; return how many articles are still to be read.

    On a machine of its own this is over at once; on a busy one the day must not be summed up before it was read.
    """
    urls = [newsroom.url + item.url for item in newsroom.published]
    ends = time.monotonic() + _PATIENCE
    waits = False
    while True:
        if running.done():
            return 0
        left, unsent = await asyncio.to_thread(_unfinished, file, urls)
        if not (left or unsent) or time.monotonic() > ends:
            return left
        if not waits:
            click.echo("This machine is busy: waiting for the alerts of what was published …", err=True)
            waits = True
        await asyncio.wait([running], timeout=_LOOK)


def _unfinished(file: Path, urls: Sequence[str]) -> tuple[int, int]:
    """Return how many of the articles are not judged yet, and how many messages have not gone out."""
    from monitor.app.configuration import load
    from monitor.store import open_store
    from monitor.urls import article_key

    with closing(open_store(load(file, {}).storage.url, read_only=True)) as store, store.begin() as tx:
        left = sum(tx.article_by_key(article_key(url)) is None for url in urls)
        return left, sum(row.state in (State.READY, State.SENDING) for row in tx.deliveries(limit=1000))


def _name_page(file: Path) -> None:
    """Print a link into the daemon's page; without one, as its port may be taken, the day goes on."""
    from monitor.app.configuration import load
    from monitor.cli.web import log_in

    try:
        link = log_in(load(file, {}))
    except MonitorError as error:
        click.echo(f"There is no page: {error}", err=True)
        return
    click.echo("The page, opened once by this link: " + click.style(link, underline=True) + "\n", color=colour())


def _yaml(newsroom: Newsroom, folder: Path) -> str:
    sources = "".join(
        _SOURCE.format(name=feed.name, url=newsroom.url + feed.path, language=feed.language, timezone=feed.timezone)
        for feed in newsroom.feeds
    )
    return _CONFIG.format(sources=sources, folder=folder.resolve(), port=newsroom.url.rpartition(":")[2])


def _say(outlet: str, item: DemoItem, moment: datetime) -> None:
    # From a thread of its own, which does not know the command's context.
    click.secho(f"{moment:%H:%M}  {outlet} publishes: {item.title}", dim=True, color=colour())


def _sum_up(file: Path, left: int) -> None:
    """Print a summary of the day, from the daemon's own database; `left` articles were not read in time."""
    from monitor.app.configuration import load
    from monitor.store import open_store

    store = open_store(load(file, {}).storage.url, read_only=True)
    try:
        with store.begin() as tx:
            rows = tx.deliveries(limit=1000)
    finally:
        store.close()
    stories = [row for row in rows if row.story_id is not None and row.reply_to is None]
    rung = [row for row in rows if row.story_id is not None and row.reply_to is not None]
    click.echo("")
    click.secho("The day in short", bold=True)
    for row in reversed(stories):
        feeds = len({member.source for member in row.alert.members})
        click.echo(
            f"  1 message for {_count(len(row.alert.members), 'article')} of {_count(feeds, 'feed')}, "
            f"{_count(row.edits, 'silent edit')}: {row.alert.headline}"
        )
    for row in reversed(rung):
        second = row.alert.members[-1].source
        click.echo(f"  1 reply that rings, as {second} reports it on its own: {row.alert.headline}")
    if left:
        click.echo(f"  {_count(left, 'article')} could not be read in time: the machine has too much to do.")
    click.echo("  Shares, football, a film, and a background paragraph that names the DPRK: no alert.")
    click.echo("\nNext: `monitor init` writes a configuration of your own.")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
