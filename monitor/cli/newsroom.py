"""The demo's newsroom: serves the seeds as two agencies' sites on loopback, item after item."""

from __future__ import annotations

import hashlib
import threading
import time
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from monitor.errors import MonitorError


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
    """One article: published `at` seconds after the start; `time` is the outlet's wall clock."""

    at: float
    feed: str
    time: str
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


class Newsroom:
    """An HTTP server on a free port of loopback; items appear when `publish` is called."""

    def __init__(self, timeline: Timeline) -> None:
        """Bind the port; nothing is served before `start`."""
        self._timeline = timeline
        self._published: list[DemoItem] = []
        self._lock = threading.Lock()
        self._day = datetime.now(ZoneInfo("UTC")).date() - timedelta(days=1)
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

    def open(self) -> None:
        """Publish the items that are there from the start."""
        for item in self._timeline.items:
            if item.at <= 0:
                self.publish(item)

    def play(self, stop: threading.Event, say: Callable[[DemoItem], None]) -> None:
        """Publish every further item at its time, telling `say`; returns early when `stop` is set."""
        started = time.monotonic()
        for item in (item for item in self._timeline.items if item.at > 0):
            if stop.wait(max(0.0, item.at - (time.monotonic() - started))):
                return
            self.publish(item)
            say(item)

    def _feed(self, feed: Feed) -> bytes:
        with self._lock:
            items = [item for item in reversed(self._published) if item.feed == feed.key]
        rows = "".join(
            f"<item><title>{escape(item.title)}</title><link>{self.url}{item.url}</link>"
            f"<guid>{self.url}{item.url}</guid><description>{escape(item.summary)}</description>"
            f"<pubDate>{self._date(item, feed)}</pubDate></item>"
            for item in items
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
            f"<title>{escape(feed.title)}</title><link>{self.url}{feed.path}</link>"
            f"<language>{feed.language}</language>{rows}</channel></rss>"
        ).encode()

    def _date(self, item: DemoItem, feed: Feed) -> str:
        hour, minute = map(int, item.time.split(":"))
        zone = ZoneInfo(feed.timezone)
        return format_datetime(datetime(self._day.year, self._day.month, self._day.day, hour, minute, tzinfo=zone))

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
