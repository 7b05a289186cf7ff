"""How the store's work grows with the archive: CPU time by the number of stored entries, as a picture.

    .venv/bin/python -m bench.growth [--entries 10000 100000 1000000] [--rounds 200] [--picture docs/growth.svg]

For each size a database is made with so many entries of 200 sources over 400 days, and a message of the outbox for
every 50 of them (`bench/start.py`). Then each kind of work is done so many times, and the process's CPU time for one is
printed and drawn. The picture needs matplotlib, which `make setup-dev` installs.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from bench.start import build
from monitor.model import Alert, Entry, MessageKind, NewDelivery, PollRecord, Receipt, Recognised
from monitor.store import Transaction, open_store

LIVE = 100  # articles of the window
NUMBERS = itertools.count()


def tick(tx: Transaction) -> None:
    """Look for what is due, as the scheduler does twice a second."""
    now = datetime.now(UTC)
    tx.due_sources(now, 500)
    tx.due_refills(now, 500)
    tx.due_entries(now, 500)
    tx.expire_deliveries(now)


def counts(tx: Transaction) -> None:
    """Count what waits, for the metrics, as every five seconds."""
    tx.delivery_counts()
    tx.pending_count()


def poll(tx: Transaction) -> None:
    """Record a poll that found one new entry."""
    now, number = datetime.now(UTC), next(NUMBERS)
    entry = Entry(key=f"new {number}", guid=f"g{number}", link=f"https://o.example/new/{number}", title="A", digest="d")
    tx.record_poll(PollRecord(1, now, now, 60.0, 0, body=Recognised((entry,))))


def alert(tx: Transaction) -> None:
    """Write an alert, claim it, and record that it was sent."""
    now, number = datetime.now(UTC), next(NUMBERS)
    made = Alert(kind=MessageKind.ALERT, headline="A headline of an alert", watchlist="Arms")
    tx.add_delivery(NewDelivery("desk", f"alert:new {number}", made), now)
    row = tx.claim_delivery(["desk"], "desk", now)
    if row is not None:
        tx.mark_sent(row.id, "desk", Receipt(number), now)


WORK: Mapping[str, Callable[[Transaction], None]] = {
    "a tick: what is due": tick,
    "a poll with one new entry": poll,
    "an alert: written, claimed, sent": alert,
    "counts for the metrics (every 5 s)": counts,
}


def measure(entries: int, rounds: int) -> dict[str, float]:
    """Return the CPU milliseconds of each kind of work over an archive of so many entries."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder), LIVE, entries)
        store = open_store(f"sqlite:///{folder}/monitor.db")
        for name, work in WORK.items():
            for counted in (False, True):  # the first round fills caches
                begun = time.process_time()
                for _ in range(rounds):
                    with store.begin() as tx:
                        work(tx)
                if counted:
                    found[name] = (time.process_time() - begun) * 1000 / rounds
        store.close()
    return found


def draw(sizes: list[int], figures: list[dict[str, float]], picture: Path) -> None:
    """Draw a curve for each kind of work."""
    from matplotlib import pyplot as plt

    _, axes = plt.subplots(figsize=(7, 3.5))
    for name in WORK:
        axes.plot(sizes, [each[name] for each in figures], marker="o", label=name)
    axes.set(xscale="log", xlabel="stored entries", ylabel="CPU ms", ylim=(0, None))
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    plt.tight_layout()
    plt.savefig(picture, metadata={"Date": None})


def main() -> None:
    """Measure, print, draw."""
    parser = argparse.ArgumentParser(description="How the store's work grows with the archive.")
    parser.add_argument("--entries", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--picture", type=Path)
    asked = parser.parse_args()
    print("| entries | " + " | ".join(WORK) + " |\n|---" + "|---" * len(WORK) + "|")
    figures = []
    for entries in asked.entries:
        figures.append(measure(entries, asked.rounds))
        print(f"| {entries:,} | " + " | ".join(f"{each:.2f}" for each in figures[-1].values()) + " |", flush=True)
    if asked.picture:
        draw(asked.entries, figures, asked.picture)


if __name__ == "__main__":
    main()
