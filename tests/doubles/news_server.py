"""A newsroom on loopback whose feeds and pages a test writes while the daemon runs."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from xml.sax.saxutils import escape

Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Item:
    title: str
    path: str
    summary: str = ""
    published: datetime | None = None
    guid: str | None = None


@dataclass
class NewsServer:
    """`requests` keeps (path, headers in lower case) of all that was asked; `special` answers a path as it likes."""

    items: dict[str, list[Item]] = field(default_factory=dict)  # feed path → newest first
    pages: dict[str, bytes] = field(default_factory=dict)
    special: dict[str, Callable[[], Answer]] = field(default_factory=dict)
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    listen: str = "127.0.0.1"
    hosts: tuple[str, ...] = ("127.0.0.1",)

    def __enter__(self) -> Self:
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer((self.listen, 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.port = int(self._server.server_port)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str = "") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def feed(self, path: str) -> None:
        """Open an empty feed."""
        self.items.setdefault(path, [])

    def publish(self, feed: str, item: Item, *paragraphs: str, lang: str = "en") -> None:
        """Put an item on top of its feed, and its page (of `paragraphs`) on the site."""
        if paragraphs:
            body = "".join(f"<p>{escape(text)}</p>\n" for text in paragraphs)
            page = (
                f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>{escape(item.title)}</title>'
                f"</head><body><article><h1>{escape(item.title)}</h1>\n{body}</article></body></html>"
            )
            self.pages[item.path] = page.encode()
        item.published = item.published or datetime.now(UTC)
        with self._lock:
            self.items.setdefault(feed, []).insert(0, item)

    def asked(self, path: str) -> list[dict[str, str]]:
        """Return the headers of every request for `path`."""
        return [headers for asked, headers in self.requests if asked == path]

    def _rss(self, path: str) -> bytes:
        with self._lock:
            rows = "".join(self._row(item) for item in self.items[path])
        return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>t</title>{rows}</channel></rss>'.encode()

    def _row(self, item: Item) -> str:
        link = self.url(item.path)
        assert item.published is not None
        return (
            f"<item><title>{escape(item.title)}</title><link>{link}</link><guid>{item.guid or link}</guid>"
            f"<description>{escape(item.summary)}</description>"
            f"<pubDate>{format_datetime(item.published)}</pubDate></item>"
        )

    def answer(self, path: str, headers: dict[str, str]) -> Answer:
        if path in self.special:
            return self.special[path]()
        if path in self.items:
            body, kind = self._rss(path), "application/rss+xml"
        elif path in self.pages:
            body, kind = self.pages[path], "text/html; charset=utf-8"
        else:
            return 404, {}, b"not found"
        etag = f'"{hashlib.sha256(body).hexdigest()[:12]}"'
        if headers.get("if-none-match") == etag:
            return 304, {"ETag": etag}, b""
        return 200, {"ETag": etag, "Content-Type": kind}, body

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        newsroom = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                headers = {name.lower(): value for name, value in self.headers.items()}
                newsroom.requests.append((path, headers))
                status, extra, body = newsroom.answer(path, headers)
                self.send_response(status)
                for name, value in extra.items():
                    self.send_header(name, value)
                if status != 304:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        return Handler
