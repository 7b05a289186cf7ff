"""Row 11: from publication to the alert, one source, polled every two seconds."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from pathlib import Path

from bench.frame.daemon import Daemon, count, write_config
from bench.frame.row import OURS, Result, Row, Sitting
from bench.frame.sites import Sites

ARTICLES = 40
SENT = "SELECT count(*) FROM outbox WHERE state = 'sent' AND kind = 'alert'"


def measure(sitting: Sitting) -> Sequence[Result]:
    """Publish at chance moments; the figure is when the database says that the alert, or its edit, was sent."""
    seconds = sorted(_latencies(sitting.folder, sitting.count(ARTICLES)))
    return [
        Result(name, "s", {OURS: [seconds[min(int(len(seconds) * share), len(seconds) - 1)]]})
        for name, share in (("p50", 0.5), ("p99", 0.99))
    ]


def _latencies(folder: Path, articles: int) -> list[float]:
    rng, found = random.Random(11), []
    with Sites(1, items=1) as sites:
        config = write_config(folder, sites.urls, every="2s", watch="ministry")
        with Daemon(config) as daemon:
            judged = "SELECT count(*) FROM entries WHERE due_at IS NULL"
            daemon.wait(lambda: count(folder, judged) >= 1)
            for number in range(articles):
                time.sleep(1 + 2 * rng.random())
                sites.publish([0])
                begun = time.time()
                daemon.wait(lambda number=number: count(folder, judged) >= number + 2, every=0.01)  # type: ignore[misc]
                daemon.wait(lambda: not count(folder, SENT.replace("= 'sent'", "IN ('ready', 'sending')")), every=0.01)
                found.append(time.time() - begun)
    return found


ROW = Row(11, "published → sent, one source, 2 s interval", "p50 ≤ 1.3 s, p99 ≤ 2.6 s", measure)
