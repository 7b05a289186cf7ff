"""Web sites on loopback, in a process of their own: feeds with ETags behind addresses 127.x.y.z, and pages.

    with Sites(count, items=30) as sites:
        sites.url(7)            # 'http://127.1.0.8:PORT/feed.xml'
        sites.publish(range(5)) # each of these feeds gets one new item
        sites.asked             # requests answered so far

It listens on the loopback device alone (SO_BINDTODEVICE), on all of its addresses: a source each, so that limits a host
do not count. Each request has a connection of its own, as in life. Its CPU time is nobody's: it is no child of a side.
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any, Self
from xml.sax.saxutils import escape

from bench.frame import pages

ROOT = Path(__file__).resolve().parents[2]
SENTENCE = (
    "The ministry said on Tuesday that talks on the delivery of artillery shells and air defence systems would go on "
    "through the week, while officials in the capital declined to say when a decision was to be expected. "
)


def address(number: int) -> str:
    """Return the loopback address of a site: one for each number up to some 14 million."""
    return f"127.{1 + number // 62500}.{number // 250 % 250}.{1 + number % 250}"


class Sites:
    """So many sites, each with a feed of `items` items; `delay` is seconds until an answer begins.

    With a `word` articles differ and their pages are as on the web (`pages.py`); the word is in each title.
    """

    def __init__(self, count: int, *, items: int = 30, delay: float = 0.0, summary: int = 400, word: str = "") -> None:
        self.count = count
        plan = {"count": count, "items": items, "delay": delay, "summary": summary, "word": word}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.frame.sites", json.dumps(plan)], cwd=ROOT, stdin=-1, stdout=-1, text=True
        )
        self.port = int(self._tell())

    def __enter__(self) -> Self:
        """Return the running sites."""
        return self

    def __exit__(self, *_: object) -> None:
        """End them."""
        self._process.terminate()
        self._process.communicate()

    def url(self, number: int) -> str:
        """Return the address of a site's feed."""
        return f"http://{address(number)}:{self.port}/feed.xml"

    @property
    def urls(self) -> list[str]:
        """All feeds' addresses."""
        return [self.url(number) for number in range(self.count)]

    def publish(self, numbers: Iterable[int]) -> None:
        """Add a new item to each of these feeds."""
        self._tell({"publish": list(numbers)})

    @property
    def asked(self) -> int:
        """Requests that were answered so far."""
        return int(self._tell({"asked": True}))

    def _tell(self, order: dict[str, Any] | None = None) -> str:
        assert self._process.stdin is not None  # noqa: S101 — pipes, as asked for
        assert self._process.stdout is not None  # noqa: S101
        if order is not None:
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
        return self._process.stdout.readline()


def item(site: int, number: int, published: datetime, base: str, summary: int, word: str = "") -> str:
    """Return one item of RSS 2.0 with a summary of so many characters."""
    text = (f"Site {site}, report {number}. " + SENTENCE * (summary // len(SENTENCE) + 1))[:summary]
    title = f"Ministry {site} says shells of type {number} & more will be delivered"
    if word:
        article = pages.news(site, number, word)
        title, text = article.title, " ".join(article.paragraphs)[:summary]
    return (
        f"<item><title>{escape(title)}</title>"
        f'<link>{base}/news/{number}</link><guid isPermaLink="false">{site}-{number}</guid>'
        f"<dc:creator>Reporter {number % 7}</dc:creator><category>World</category><category>Defence</category>"
        f"<pubDate>{format_datetime(published)}</pubDate>"
        f'<description><![CDATA[<p>{text}</p><p><a href="{base}/news/{number}">Read more</a></p>]]></description>'
        f"</item>\n"
    )


def feed(site: int, numbers: Iterable[int], start: datetime, base: str, summary: int = 400, word: str = "") -> bytes:
    """Return a feed of RSS 2.0 with these items."""
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:atom="http://www.w3.org/2005/Atom">\n<channel>'
        f'<title>Site {site}</title><link>{base}/</link><atom:link href="{base}/feed.xml" rel="self" '
        'type="application/rss+xml"/><description>News</description><language>en</language>\n'
    )
    rows = [item(site, number, start + timedelta(minutes=number), base, summary, word) for number in numbers]
    return (head + "".join(rows) + "</channel></rss>\n").encode()


PAGE = "<!doctype html><html lang=en><head><title>{title}</title></head><body><article><h1>{title}</h1>{text}</article>"


@dataclass(slots=True)
class _Site:
    items: int
    made: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)


class _Server(asyncio.Protocol):
    """Answers one GET a connection."""

    plan: dict[str, Any]
    added: dict[int, int]
    start: datetime
    port = 0
    asked = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.seen = b""

    def data_received(self, data: bytes) -> None:
        self.seen += data
        if b"\r\n\r\n" not in self.seen:
            return
        host = self.transport.get_extra_info("sockname")[0]
        answer = self.answer(host, self.seen)
        self.seen = b""
        _Server.asked += 1
        if self.plan["delay"]:
            asyncio.get_running_loop().call_later(self.plan["delay"], self.send, answer)
        else:
            self.send(answer)

    def send(self, answer: bytes) -> None:
        self.transport.write(answer)
        self.transport.close()

    def answer(self, host: str, head: bytes) -> bytes:
        path = head.split(b" ", 2)[1]
        _, high, middle, low = map(int, host.split("."))
        number = (high - 1) * 62500 + middle * 250 + low - 1
        base = f"http://{host}:{self.port}"
        if path != b"/feed.xml":
            return self.page(number, path.decode())
        added = self.added.get(number, 0)
        tag = f'"{number}-{added}"'.encode()
        if tag in head:
            return b"HTTP/1.1 304 Not Modified\r\nETag: %s\r\nConnection: close\r\n\r\n" % tag
        items = self.plan["items"]
        body = feed(
            number, range(added + items - 1, added - 1, -1), self.start, base, self.plan["summary"], self.plan["word"]
        )
        return (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml; charset=utf-8\r\nETag: %s\r\n"
            b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (tag, len(body), body)
        )

    def page(self, number: int, path: str) -> bytes:
        if self.plan["word"]:
            body = pages.page(number, int(path.rpartition("/")[2]), self.plan["word"])
        else:
            title = escape(f"Ministry {number} on {path}")
            text = "".join(f"<p>{SENTENCE * 3}</p>" for _ in range(8))
            body = PAGE.format(title=title, text=text).encode()
        return (
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n"
            b"Connection: close\r\n\r\n%s" % (len(body), body)
        )


async def _serve(plan: dict[str, Any]) -> None:
    loop = asyncio.get_running_loop()
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo\0")  # nobody outside gets in
    sock.bind(("0.0.0.0", 0))  # noqa: S104 — see above
    _Server.plan, _Server.added, _Server.start = plan, {}, datetime.now(UTC) - timedelta(days=1)
    _Server.port = sock.getsockname()[1]
    await loop.create_server(_Server, sock=sock, backlog=4096)
    print(_Server.port, flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        for number in order.get("publish", ()):
            _Server.added[number] = _Server.added.get(number, 0) + 1
        print(_Server.asked, flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(json.loads(sys.argv[1])))
