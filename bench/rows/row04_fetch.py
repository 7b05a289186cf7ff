"""Row 4: requests to hosts that take their time, beside aiohttp."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from bench.frame import peers, usage
from bench.frame.row import OURS, Result, Row, Sitting, alternated
from bench.frame.sites import ROOT, Sites

HOSTS, DELAY, CONCURRENCY = 10_000, 0.15, 500


def measure(sitting: Sitting) -> Sequence[Result]:
    """Ask each host once, in turn."""
    hosts = sitting.count(HOSTS)
    urls = sitting.folder / "urls"
    with Sites(hosts, items=1, delay=DELAY) as sites:
        urls.write_text("\n".join(sites.urls), encoding="utf-8")
        sides: dict[str, Callable[[], float]] = {
            OURS: partial(_side, Path(sys.executable), "monitor", urls),
            "aiohttp": partial(_side, peers.python("aiohttp"), "aiohttp", urls),
        }
        found = alternated(sitting, sides)
    return [Result(f"{hosts} hosts, {CONCURRENCY} at once", "ms a request", found)]


def _side(python: Path, name: str, urls: Path) -> float:
    script = ROOT / "bench" / "sides" / "fetch.py"
    return float(usage.run([python, script, name, urls, str(CONCURRENCY)], {"PYTHONPATH": str(ROOT)}).output)


ROW = Row(4, "hosts at 150 ms, all answered", "≤ 1.2 × aiohttp", measure, ("aiohttp",))
