"""Several processes of `monitor worker` that are killed again and again, and what came of what was published.

`soak` publishes articles, each a story of its own, kills processes (and restarts the database's server) meanwhile, and
compares what the double of the Bot API accepted with what the outbox holds.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any

from doubles import telegram_ledger
from doubles.news_server import Item, NewsServer
from doubles.patience import HANG
from doubles.telegram import TOKEN, TelegramDouble
from doubles.telegram_ledger import Comparison
from doubles.warm_start import WarmProcess, start

from monitor.errors import StoreError
from monitor.store import Database, open_store

SHORT = ("schedule,judge,read,deliver,bot", "schedule,judge,read,deliver,bot")
LONG = ("schedule", "schedule", "read", "read", "read", "judge", "judge", "deliver,bot", "deliver,bot")
"""Roles of the processes: two schedulers, three readers, two judges, two deliverers."""

SHIPS = ("warship", "frigate", "submarine", "destroyer", "corvette")
"""What articles are about: each has a watchlist and a chat of its own, as a chat takes one message a second."""

_LIMIT = HANG
_STANDS = HANG  # seconds without one more message after which what is missing counts as missing


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done: articles in so many feeds, kills at random, restarts of the server."""

    articles: int = 30
    kills: int = 6
    restarts: int = 0
    feeds: int = 5
    processes: Sequence[str] = SHORT
    seed: int = 1
    every: float = 0.2  # seconds between two articles
    interval: int = 2  # seconds between two polls
    concurrency: int = 16  # units of work of a process at once


@dataclass(slots=True)
class Outcome:
    """What came of it."""

    comparison: Comparison
    missing: list[int]
    twice: list[int]
    kills: int
    seconds: float
    latencies: list[float] = field(default_factory=list)
    """Seconds from each article's publication until its message was accepted."""

    @property
    def failures(self) -> list[str]:
        """Return what is not as promised."""
        found = [
            f"{name}: {values}"
            for name in ("lost", "doubled", "out_of_order", "wrongly_edited")
            if (values := getattr(self.comparison, name))
        ]
        found += [f"{name}: {values}" for name in ("missing", "twice") if (values := getattr(self, name))]
        return found

    def percentile(self, percent: int) -> float:
        """Return a percentile of the latencies; NaN where there are too few."""
        if len(self.latencies) < 2:
            return float("nan")
        return quantiles(self.latencies, n=100, method="inclusive")[percent - 1]


def _config(folder: Path, newsroom: NewsServer, api: str, url: str, plan: Plan) -> Path:
    sources = "".join(
        f"  - {{name: Feed {n}, url: '{newsroom.url(f'/{n}.xml')}', every: {plan.interval}s, timezone: UTC}}\n"
        for n in range(plan.feeds)
    )
    watchlists = "".join(f"  - {{name: {ship}s, keywords: [{ship}], notify: [{ship}]}}\n" for ship in SHIPS)
    channels = "".join(
        f"  {ship}: {{telegram: {{chat: {500 + place}}}, burst: off}}\n" for place, ship in enumerate(SHIPS)
    )
    allowed = "".join(
        f"    - {{host: {host}, cidr: 127.0.0.0/8, ports: [{newsroom.port}]}}\n" for host in newsroom.hosts
    )
    path = folder / "config.yaml"
    path.write_text(
        f"sources:\n{sources}watchlists:\n{watchlists}channels:\n{channels}"
        f"telegram: {{api: '{api}', admins: [77]}}\n"
        f"storage: {{url: '{url}'}}\ndispatch: procrastinate\npolling: {{per_host: 16}}\n"
        f"network:\n  allow:\n{allowed}"
        "delivery: {quiet_time: 1s}\nweb: {listen: ''}\nlog: {level: info, format: json}\n",
        encoding="utf-8",
    )
    return path


def text_of(number: int, rng: random.Random) -> tuple[str, list[str]]:
    """Return title and paragraphs of an article that is like no other."""

    def word() -> str:
        return "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(4)).title()

    names = [word() for _ in range(60)]
    ship = SHIPS[number % len(SHIPS)]
    title = f"{ship.title()} {word()} of {word()} seen near {word()} (no. {number})"
    lines = [
        f"A {ship} was seen near {names[k]} by {names[k + 1]} while {names[k + 2]} and {names[k + 3]} of {names[k + 4]}"
        f" spoke with {names[k + 5]} about {names[k + 6]}, said {names[k + 7]} in {names[k + 8]}."
        for k in range(0, 50, 10)
    ]
    return title, lines


class Cluster:
    """The processes, and what is done to them."""

    def __init__(
        self, config: Path, roles: Sequence[str], logs: Path, concurrency: int = 16, *, cold: bool = True
    ) -> None:
        """Make processes of roles; `cold` ones load all that they need by themselves (`warm_start.py`)."""
        self.roles = list(roles)
        self._cold = cold
        self._concurrency = concurrency
        self._config = config
        self._logs = logs
        self.running: list[WarmProcess | subprocess.Popen[bytes]] = []
        self.kills = 0

    def start(self, place: int) -> WarmProcess | subprocess.Popen[bytes]:
        """Start the process of a place."""
        command = ("-c", str(self._config), "worker", "--roles", self.roles[place])
        environ = os.environ | {"TELEGRAM_BOT_TOKEN": TOKEN}
        with (self._logs / f"{place}.log").open("ab") as log:
            return start(
                (*command, "--concurrency", str(self._concurrency)),
                self._config.parent,
                environ,
                log.fileno(),
                cold=self._cold,
            )

    def start_all(self) -> None:
        self.running = [self.start(place) for place in range(len(self.roles))]

    def kill(self, place: int) -> None:
        """Kill a process, and start it anew, as its service manager does."""
        self.running[place].send_signal(signal.SIGKILL)
        self.running[place].wait()
        self.kills += 1
        self.running[place] = self.start(place)

    def all_live(self) -> bool:
        """Return True. Raises AssertionError, with what it said, where a process has ended by itself."""
        for place, process in enumerate(self.running):
            code = process.poll()
            assert code is None, f"process {place} ended by itself with {code}: {self.log(place)[-3000:]}"
        return True

    def revive(self) -> None:
        """Start processes anew that ended by themselves."""
        for place, process in enumerate(self.running):
            if process.poll() is not None:
                self.running[place] = self.start(place)

    def stop(self) -> list[int]:
        """End all in order; return their exit codes."""
        for process in self.running:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.send_signal(signal.SIGTERM)
        codes = []
        for process in self.running:
            try:
                codes.append(process.wait(40))
            except subprocess.TimeoutExpired:
                process.kill()
                codes.append(process.wait())
        return codes

    def log(self, place: int) -> str:
        return (self._logs / f"{place}.log").read_text(encoding="utf-8", errors="replace")


@contextlib.asynccontextmanager
async def cluster(
    folder: Path, url: str, plan: Plan, newsrooms: Callable[[], NewsServer] = NewsServer, *, cold: bool = True
) -> Any:
    """Run a newsroom, a Bot API and the processes of a plan; yield them once all sources were asked."""
    with newsrooms() as newsroom:
        for number in range(plan.feeds):
            newsroom.feed(f"/{number}.xml")
            old, lines = text_of(-1 - number, random.Random(number))
            newsroom.publish(f"/{number}.xml", Item(old, f"/old{number}"), *lines)
        async with TelegramDouble(ledger=folder / "ledger.jsonl") as api:
            config = _config(folder, newsroom, api.url, url, plan)
            processes = Cluster(config, plan.processes, folder, plan.concurrency, cold=cold)
            processes.start_all()
            store = await opened(url)
            try:
                await until(lambda: processes.all_live() and all_asked(store, plan.feeds), "the first polls")
                yield newsroom, api, processes, store
            finally:
                store.close()
                await asyncio.to_thread(processes.stop)


async def opened(url: str) -> Database:
    """Open the database for looking at it."""
    async with asyncio.timeout(_LIMIT):
        while True:
            try:
                return await asyncio.to_thread(open_store, url, read_only=True)
            except StoreError:
                await asyncio.sleep(0.3)


def looked(store: Database, question: Callable[[Any], Any], default: Any = None) -> Any:
    """Ask the database; the default while the server is away."""
    try:
        with store.begin() as tx:
            return question(tx)
    except StoreError:
        return default


def all_asked(store: Database, feeds: int) -> bool:
    states = looked(store, lambda tx: tx.source_states(), [])
    return len(states) == feeds and all(state.baseline_at is not None for state in states)


async def until(done: Callable[[], bool], what: str, limit: float = _LIMIT) -> None:
    end = time.monotonic() + limit
    while not await asyncio.to_thread(done):
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain: {what}")
        await asyncio.sleep(0.1)


async def soak(
    plan: Plan,
    folder: Path,
    url: str,
    restart: Callable[[], None] | None = None,
    say: Callable[[str], None] = lambda _: None,
    *,
    cold: bool = True,
) -> Outcome:
    """Carry the plan out in an empty folder, on an empty database."""
    rng, begun = random.Random(plan.seed), time.monotonic()
    published: dict[int, float] = {}
    titles: dict[int, str] = {}
    accepted: dict[int, float] = {}
    async with cluster(folder, url, plan, cold=cold) as (newsroom, api, processes, store):
        say(f"all sources asked after {time.monotonic() - begun:.1f} s")
        violence = sorted(rng.sample(range(plan.articles), min(plan.kills + plan.restarts, plan.articles)))
        restarts = set(rng.sample(violence, plan.restarts))
        for number in range(plan.articles):
            titles[number], lines = text_of(number, rng)
            newsroom.publish(f"/{rng.randrange(plan.feeds)}.xml", Item(titles[number], f"/a{number}"), *lines)
            published[number] = time.monotonic()
            if number in restarts and restart is not None:
                say(f"article {number}: the server is restarted")
                await asyncio.to_thread(restart)
            elif number in violence:
                await asyncio.to_thread(processes.kill, rng.randrange(len(plan.processes)))
            processes.revive()
            await _wait(plan.every, api, titles, accepted)

        def all_sent() -> bool:
            processes.revive()
            _note(api, titles, accepted)
            return len(accepted) == plan.articles and looked(store, _settled, default=False)

        with contextlib.suppress(AssertionError):
            while len(accepted) < plan.articles:  # a machine with other work is slow: what counts is that it goes on
                before = len(accepted)
                await until(lambda: all_sent() or len(accepted) > before, "one more article", limit=_STANDS)  # noqa: B023
            await until(all_sent, "the last rows", limit=_STANDS)
        await api.settle()
        rows = looked(store, lambda tx: tx.deliveries(limit=plan.articles + 100), [])
        kills = processes.kills
    ledger = telegram_ledger.read(folder / "ledger.jsonl")
    sends = [line["text"] for line in ledger if line["do"] == "send"]
    counts = {number: sum(f"(no. {number})" in text for text in sends) for number in titles}
    return Outcome(
        telegram_ledger.compare(ledger, rows),
        [number for number, count in counts.items() if not count],
        [number for number, count in counts.items() if count > 1],
        kills,
        time.monotonic() - begun,
        [accepted[number] - published[number] for number in accepted],
    )


async def _wait(seconds: float, api: TelegramDouble, titles: dict[int, str], accepted: dict[int, float]) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        _note(api, titles, accepted)
        await asyncio.sleep(0.02)


def _note(api: TelegramDouble, titles: dict[int, str], accepted: dict[int, float]) -> None:
    waiting = [number for number in titles if number not in accepted]
    if waiting:
        texts = [line["text"] for line in api.sent()[-200:]]
        for number in waiting:
            if any(f"(no. {number})" in text for text in texts):
                accepted[number] = time.monotonic()


def _settled(tx: Any) -> bool:
    counts = tx.delivery_counts()
    return not any(counts.get(state, 0) for state in ("ready", "sending", "unknown")) and not tx.count_readings()
