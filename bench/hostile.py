"""Do honest sources wait behind hostile ones? The real daemon, first in peace, then with floods, in one run.

    python bench/hostile.py [--honest 20] [--floods 6] [--bombs 2] [--seconds 40] [--idle 75] [--seed 1]

`honest` feeds publish an article every few seconds; after `seconds` the feeds of `floods` sources, harmless so far,
carry an author of 64 KB, which costs the parser some 20 s, and those of `bombs` sources list articles whose pages cost
the extractor as much. Prints how long honest articles took from publication to judgement (alerts are written in the
same transaction), how many children were killed, and the memory of the daemon with its children: the most of each
phase, and what is left `idle` seconds after the last hostile page was given up, without news or floods. It is the
proportional set size (PSS): children share pages with the server that they are forked from. Exits 1 where the p99 grew
by more than 2 s.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median, quantiles

EVERY = 4  # seconds between two polls of a feed
MOST = 2.0  # seconds by which the p99 may grow
AT_WORK, IDLE = 300, 250  # MB: goals for the memory of all processes
_GIVEN_UP = 900.0  # seconds within which all hostile pages have had their time in the child of quarantine
AUTHOR = "a." * 32_768
BOMB = f"<html><body><article><p>News</p><p>{'<b>a</b> ' * 60_000}</p></article></body></html>"


def words(rng: random.Random, count: int) -> str:
    """Return words that no other article has: each is a story of its own."""
    return " ".join("".join(rng.choices(("ba", "ke", "li", "mo", "nu", "ra", "so", "ti"), k=4)) for _ in range(count))


@dataclass
class Newsroom:
    """All feeds and pages; `hostile` switches the floods on."""

    rng: random.Random
    hostile: bool = False
    items: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # (title, link) by feed
    published: dict[str, float] = field(default_factory=dict)  # by link
    asked: int = 0
    port: int = 0
    hosts: dict[str, str] = field(default_factory=dict)  # by feed

    def url(self, feed: str, path: str) -> str:
        """Return an address; each feed has a host of its own, since the daemon asks each host at a pace."""
        return f"http://{self.hosts.setdefault(feed, f'127.0.0.{len(self.hosts) + 1}')}:{self.port}/{path}"

    def publish(self, feed: str) -> None:
        """Add an article to a feed."""
        number = len(self.published)
        link = self.url(feed, f"page/{feed}/{number}")
        title = f"Harbour {words(self.rng, 4)} {number}"
        self.published[link] = time.time()
        self.items.setdefault(feed, []).append((title, link))

    def answer(self, path: str) -> tuple[str, bytes]:
        """Return content type and body."""
        self.asked += 1
        kind, feed, *_ = [*path.strip("/").split("/"), ""]
        if kind == "page":
            if feed.startswith("bomb"):
                return "text/html", BOMB.encode()
            rng = random.Random(path)
            text = "".join(f"<p>{words(rng, 40)}.</p>" for _ in range(6))
            return "text/html", f"<html><body><article>{text}</article></body></html>".encode()
        rows = "".join(
            f"<item><title>{title}</title><link>{link}</link><guid>{link}</guid>"
            f"<pubDate>{formatdate(self.published[link])}</pubDate></item>"
            for title, link in self.items.get(feed, [])[-30:]
        )
        if feed.startswith("flood") and self.hostile:
            rows += f"<item><title>Flood {self.asked}</title><link>http://127.0.0.1/x</link><author>{AUTHOR}</author></item>"
        return (
            "application/rss+xml",
            f'<rss version="2.0"><channel><title>{feed}</title>{rows}</channel></rss>'.encode(),
        )

    @contextlib.contextmanager
    def open(self, feeds: list[str]) -> Iterator[None]:
        """Serve on loopback, each feed on its own address."""
        room = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                kind, body = room.answer(self.path)
                self.send_response(200)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Log no request."""

        for feed in feeds:
            self.url(feed, "")
            server = ThreadingHTTPServer((self.hosts[feed], self.port), Handler)
            self.port = server.server_port
            threading.Thread(target=server.serve_forever, daemon=True).start()
        yield


def pss(process: int) -> int:
    """Return the bytes of memory that count for a process and its descendants; 0 for one that has ended."""
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii")
        tasks = list(Path(f"/proc/{process}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text(encoding="ascii").split()]
    except OSError:
        return 0
    own = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    return (int(own[1]) * 1024 if own else 0) + sum(map(pss, children))


@contextlib.contextmanager
def looked_at(process: int) -> Iterator[list[int]]:
    """Look at the memory of a process and its descendants twice a second; give the list that each look is added to."""
    looks = [0]
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.5):
            looks.append(pss(process))

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield looks
    finally:
        ended.set()
        thread.join()


def config(folder: Path, room: Newsroom, feeds: list[str]) -> Path:
    """Write the configuration."""
    sources = [
        {"name": feed, "url": room.url(feed, f"feed/{feed}"), "every": f"{EVERY}s", "timezone": "UTC"} for feed in feeds
    ]
    settings = {
        "sources": sources,
        "watchlists": [{"name": "all", "keywords": ["harbour"], "notify": ["screen"]}],
        "channels": {"screen": {"console": {}}},
        "storage": {"url": f"sqlite:///{folder}/monitor.db"},
        "network": {"allow": [{"host": f, "cidr": "127.0.0.0/8", "ports": [room.port]} for f in room.hosts.values()]},
        "web": {"listen": ""},
    }
    path = folder / "config.yaml"
    path.write_text(json.dumps(settings), encoding="utf-8")
    return path


def phase(room: Newsroom, honest: list[str], seconds: float) -> list[str]:
    """Publish honest articles for a while; return their links."""
    before = set(room.published)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        room.publish(room.rng.choice(honest))
        time.sleep(room.rng.uniform(0.0, 16.0 / len(honest)))
    return [link for link in room.published if link not in before]


def until(holds: Callable[[], bool], limit: float = 90.0) -> None:
    """Wait for something, at most for `limit` seconds."""
    end = time.monotonic() + limit
    while not holds() and time.monotonic() < end:
        time.sleep(0.5)


def judged(folder: Path) -> int:
    """Return how many articles are judged."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(folder / "monitor.db")) as database:
        return int(database.execute("SELECT count(*) FROM story_members").fetchone()[0])
    return 0


def delays(folder: Path, room: Newsroom, links: list[str]) -> list[float]:
    """Return the seconds from publication to judgement; what is not judged yet counts as infinite."""
    with contextlib.closing(sqlite3.connect(folder / "monitor.db")) as database:
        rows = database.execute(
            "SELECT url, min(joined_at) FROM articles JOIN story_members ON article_id = id GROUP BY url"
        ).fetchall()
    judged = {url: at / 1e6 for url, at in rows}
    return [judged.get(link, float("inf")) - room.published[link] for link in links]


def show(name: str, values: list[float]) -> float:
    """Print a line of figures; return the p99."""
    p99 = quantiles(values, n=100, method="inclusive")[98]
    print(
        f"{name:8} {len(values):4} articles: p50 {median(values):5.2f} s, p99 {p99:5.2f} s, most {max(values):5.2f} s"
    )
    return p99


def run(plan: argparse.Namespace, folder: Path) -> int:
    """Run both phases; return the exit code."""
    room = Newsroom(random.Random(plan.seed))
    honest = [f"honest{number}" for number in range(plan.honest)]
    floods = [f"flood{number}" for number in range(plan.floods)]
    bombs = [f"bomb{number}" for number in range(plan.bombs)]
    with room.open([*honest, *floods, *bombs]), (folder / "log").open("wb") as log:
        for feed in (*honest, *floods, *bombs):
            room.publish(feed)
        path = config(folder, room, [*honest, *floods, *bombs])
        environment = os.environ | {"XDG_CACHE_HOME": str(folder)}
        command = [sys.executable, "-m", "monitor", "--config", str(path), "run"]
        daemon = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log, cwd=folder, env=environment)
        try:
            until(lambda: judged(folder) >= len(room.hosts))
            with looked_at(daemon.pid) as peace:
                calm = phase(room, honest, plan.seconds)
                time.sleep(5)
            with looked_at(daemon.pid) as looks:
                room.hostile = True
                for feed in bombs:
                    for _ in range(20):
                        room.publish(feed)
                under = phase(room, honest, plan.seconds)
                until(lambda: float("inf") not in delays(folder, room, [*calm, *under]))
            before, after = (delays(folder, room, links) for links in (calm, under))
            room.hostile = False
            until(
                lambda: not any(delay == float("inf") for delay in delays(folder, room, [*room.published])), _GIVEN_UP
            )
            time.sleep(plan.idle)
            idle = pss(daemon.pid)
        finally:
            daemon.send_signal(signal.SIGTERM)
            code = daemon.wait(60)
    text = (folder / "log").read_text(encoding="utf-8", errors="replace")
    growth = -show("calm", before) + show("floods", after)
    killed = len(re.findall(r"killed after \d+ s", text))
    print(f"memory of daemon and children: at work {max(peace) / 1e6:.0f} MB at most (goal {AT_WORK}), ", end="")
    print(f"under floods {max(looks) / 1e6:.0f} MB, idle {idle / 1e6:.0f} MB (goal {IDLE})")
    print(f"p99 grew by {growth:.2f} s (limit {MOST:g}); children killed: {killed}; exit code {code}")
    return int(growth > MOST or code != 0 or killed == 0)


def main() -> int:
    """Read the arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, count in (("honest", 20), ("floods", 6), ("bombs", 2), ("seconds", 40), ("idle", 75), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=count)
    with tempfile.TemporaryDirectory(prefix="monitor-hostile-") as folder:
        return run(parser.parse_args(), Path(folder))


if __name__ == "__main__":
    sys.exit(main())
