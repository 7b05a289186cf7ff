"""Row 5: parsing a well-formed UTF-8 feed, with all the work that the product does on it in its child."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from bench.frame import peers, usage
from bench.frame.row import OURS, Result, Row, Sitting, alternated
from bench.frame.sites import ROOT, feed

PEERS = ("feedparser", "fastfeedparser")
ITEMS, FEEDS = 35, 41


def measure(sitting: Sitting) -> Sequence[Result]:
    """Time our parser, feedparser and fastfeedparser: where all items are new, and where each feed has one new one."""
    start = datetime.now(UTC) - timedelta(days=10)
    found = []
    for what, step in ((f"{ITEMS} items of RSS, all new", ITEMS), (f"{ITEMS} items of RSS, one of them new", 1)):
        folder = sitting.folder / str(step)
        folder.mkdir()
        for number in range(FEEDS):
            newest = ITEMS + number * step
            text = feed(1, range(newest, newest - ITEMS, -1), start, "https://site.example")
            (folder / f"{number:03}.xml").write_bytes(text)
        sides: dict[str, Callable[[], float]] = {OURS: partial(_side, Path(sys.executable), "monitor", folder)}
        sides |= {name: partial(_side, peers.python("parsers"), name, folder) for name in PEERS}
        found.append(Result(what, "ms", alternated(sitting, sides)))
    return found


def _side(python: Path, name: str, folder: Path) -> float:
    script = ROOT / "bench" / "sides" / "parse.py"
    return float(usage.run([python, script, name, folder], {"PYTHONPATH": str(ROOT)}).output)


ROW = Row(5, "parsing a well-formed UTF-8 feed", "≤ .067 × feedparser", measure, ("parsers",))
