"""A daemon that is killed again and again while Telegram misbehaves, and what came of it.

`soak` fills and amends an outbox, lets the daemon of killable_delivery.py live and die on it, and compares what the double of the
Bot API accepted with what the outbox holds. A last life without kills shows whether memory or descriptors grow.
"""

from __future__ import annotations

import contextlib
import json
import random
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from doubles import telegram_ledger
from doubles.delivery_harness import alert
from doubles.killable_delivery import CHANNELS
from doubles.telegram_ledger import Comparison

from monitor.model import Delivery, NewDelivery
from monitor.store import open_store

DOUBLES = Path(__file__).parent
POINTS = ("before-commit", "after-commit", "before-call", "after-call", "before-look", "after-look")
LATE, QUIET = 0.1, 0.3  # seconds: what is accepted late is accepted within the quiet time
KINDS = (
    *("before:drop", "after:drop", "late:drop", "before:502", "after:502", "after:500", "after:garbage"),
    *("before:403html", "after:list", "after:cut", "before:503"),
)

RSS_LIMIT = 512.0
"""KiB that resident memory may grow by in 1,000 alerts."""

DESCRIPTORS_LIMIT = 1.0
"""Open descriptors that may be added in 1,000 alerts."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done."""

    alerts: int = 200
    kills: int = 20
    faults: int = 50  # at least
    steady: int = 0  # alerts of the last life, in which memory and descriptors are watched
    seed: int = 1
    variant: str = "usual"  # of the double: see telegram_variants.py
    rate: float = 0.01  # of each kind of fault

    @property
    def batch(self) -> int:
        return self.alerts // max(self.kills, 1) + 1


@dataclass(slots=True)
class Result:
    """What came of it."""

    comparison: Comparison
    alerts: int  # rows of the outbox
    unsent: dict[str, int]  # rows in any other state than `sent`
    messages: int  # accepted first sends with an alert's words
    details: list[str] = field(default_factory=list)
    kills: int = 0
    faults: int = 0
    seconds: float = 0.0
    rss: float | None = None  # KiB in 1,000 alerts
    descriptors: float | None = None  # in 1,000 alerts

    @property
    def failures(self) -> list[str]:
        """Return what is not as promised."""
        found = [
            f"{name}: {values}"
            for name in ("lost", "doubled", "out_of_order", "wrongly_edited")
            if (values := getattr(self.comparison, name))
        ]
        found += self.details
        if self.unsent or self.messages != self.alerts:
            found.append(f"{self.alerts} alerts made {self.messages} messages; not sent: {self.unsent}")
        if self.rss is not None and self.rss > RSS_LIMIT:
            found.append(f"memory grows by {self.rss:.0f} KiB in 1,000 alerts; the limit is {RSS_LIMIT:.0f}")
        if self.descriptors is not None and self.descriptors > DESCRIPTORS_LIMIT:
            found.append(f"descriptors grow by {self.descriptors:.1f} in 1,000 alerts")
        return found


@dataclass(slots=True)
class Newsroom:
    """Fills and amends the outbox."""

    url: str
    rng: random.Random
    rows: list[int] = field(default_factory=list)
    of: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in CHANNELS})

    def add(self, count: int, amendments: int = 3) -> None:
        store = open_store(self.url)
        now = datetime.now(UTC)
        with contextlib.closing(store), store.begin() as tx:
            for _ in range(count):
                number = len(self.rows) + 1
                channel = self.rng.choice(sorted(CHANNELS))
                before = self.of[channel]
                reply_to = self.rng.choice(before) if before and self.rng.random() < 0.1 else None
                made = alert(f"Alert no. {number}.", url=f"https://news.example/{number}")
                ident = tx.add_delivery(NewDelivery(channel, f"a{number}", made, reply_to=reply_to), now)
                assert ident is not None
                self.rows.append(ident)
                before.append(ident)
            for ident in self.rng.sample(self.rows, min(len(self.rows), amendments)):
                row = tx.delivery(ident)
                assert row is not None
                words = f"{row.alert.headline.split(' (')[0]} ({row.revision + 1})"
                tx.amend_delivery(ident, replace(row.alert, headline=words, url=f"{row.alert.url}/more"), now)

    def all(self) -> list[Delivery]:
        store = open_store(self.url)
        with contextlib.closing(store), store.begin() as tx:
            return tx.deliveries(limit=len(self.rows) + 10)


class Telegram:
    """The double as a process of its own: it outlives what is killed beside it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def struck(self) -> int:
        """Return how many calls went wrong so far."""
        request = urllib.request.Request(
            f"{self.url}/control", data=b'{"report": true}', headers={"content-type": "application/json"}
        )
        with urllib.request.urlopen(request) as answer:
            return int(json.load(answer)["struck"])


@contextlib.contextmanager
def telegram(ledger: Path, plan: Plan) -> Iterator[Telegram]:
    faults = ",".join(f"{kind}:{plan.rate}" for kind in KINDS) + f",before:429:{plan.rate}:sendMessage"
    options = ["--ledger", str(ledger), "--seed", str(plan.seed), "--faults", faults, "--seconds", str(LATE)]
    options += ["--noise", "0.2", "--first-id", "500", "--variant", plan.variant]
    with program("telegram.py", *options) as process:
        assert process.stdout is not None
        yield Telegram(process.stdout.readline().strip())


class DaemonRestarter:
    """Where the daemon lives and dies."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def life(self, **order: Any) -> int:
        """Let the daemon live once; return its exit code."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return int(json.loads(self._process.stdout.readline())["code"])

    def short_life(self, rng: random.Random) -> int:
        """The same, ended at a random point or moment unless it ends before."""
        if rng.random() < 0.6:
            point = rng.choice(POINTS)
            return self.life(kill_at=f"{point}:{rng.randint(1, 2 if 'look' in point else 12)}", seconds=2.0)
        return self.life(seconds=rng.uniform(0.05, 1.0))


@contextlib.contextmanager
def program(name: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run a program of this folder, spoken to by lines, until the block ends."""
    command = [sys.executable, str(DOUBLES / name), *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def soak(plan: Plan, folder: Path, say: Callable[[str], None] = lambda _line: None) -> Result:
    """Carry the plan out in an empty folder."""
    rng, started = random.Random(plan.seed), time.monotonic()
    ledger, samples = folder / "ledger.jsonl", folder / "samples"
    newsroom = Newsroom(f"sqlite:///{folder}/monitor.db", rng)
    with telegram(ledger, plan) as api, program("killable_delivery.py", newsroom.url, api.url, str(QUIET)) as process:
        restarter, killed, lives = DaemonRestarter(process), 0, 0
        while killed < plan.kills or len(newsroom.rows) < plan.alerts or api.struck() < plan.faults:
            left = plan.alerts - len(newsroom.rows)
            newsroom.add(max(0, min(plan.batch, left)), amendments=3 if left > 0 else 20)
            killed += restarter.short_life(rng) < 0
            lives += 1
            if lives % 100 == 0:
                say(f"{lives} lives, {killed} kills, {len(newsroom.rows)} alerts, {api.struck()} faults")
        assert restarter.life() == 0
        if plan.steady:
            newsroom.add(plan.steady)
            assert restarter.life(samples=str(samples)) == 0
        faults = api.struck()
    result = _result(newsroom.all(), telegram_ledger.read(ledger))
    result.kills, result.faults, result.seconds = killed, faults, time.monotonic() - started
    if plan.steady:
        result.rss, result.descriptors = slopes(samples)
    return result


def _result(rows: Sequence[Delivery], lines: Sequence[dict[str, Any]]) -> Result:
    unsent: dict[str, int] = {}
    for row in rows:
        if row.state != "sent":
            unsent[row.state] = unsent.get(row.state, 0) + 1
    sends = [line for line in lines if line["do"] == "send" and "Alert no." in line["text"]]
    compared = telegram_ledger.compare(lines, rows)
    details = [
        f"row {ident}: sent as {line['message_id']} to {line['chat']}"
        for ident in compared.doubled
        for line in sends
        if telegram_ledger.row_of(line.get("markup")) == ident
    ]
    return Result(compared, len(rows), unsent, len(sends), details)


def slopes(samples: Path) -> tuple[float, float]:
    """Return the growth of resident memory (KiB) and of descriptors in 1,000 alerts, after the first fifth (warm-up)."""
    rows = [tuple(map(int, line.split())) for line in samples.read_text(encoding="ascii").splitlines()]
    rows = rows[len(rows) // 5 :]
    sent = [row[0] / 1000 for row in rows]
    return _slope(sent, [row[1] for row in rows]), _slope(sent, [row[2] for row in rows])


def _slope(xs: Sequence[float], ys: Sequence[float]) -> float:
    """Fit a line by least squares."""
    middle_x, middle_y = sum(xs) / len(xs), sum(ys) / len(ys)
    width = sum((x - middle_x) ** 2 for x in xs)
    return sum((x - middle_x) * (y - middle_y) for x, y in zip(xs, ys, strict=True)) / width if width else 0.0
