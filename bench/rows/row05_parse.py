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
ITEMS = 35


def measure(sitting: Sitting) -> Sequence[Result]:
    """Time our parser, feedparser and fastfeedparser on one feed of RSS."""
    path = sitting.folder / "feed.xml"
    start = datetime.now(UTC) - timedelta(days=1)
    path.write_bytes(feed(1, range(ITEMS, 0, -1), start, "https://site.example"))
    sides: dict[str, Callable[[], float]] = {OURS: partial(_side, Path(sys.executable), "monitor", path)}
    sides |= {name: partial(_side, peers.python("parsers"), name, path) for name in PEERS}
    return [Result(f"{ITEMS} items of RSS", "ms", alternated(sitting, sides))]


def _side(python: Path, name: str, path: Path) -> float:
    script = ROOT / "bench" / "sides" / "parse.py"
    return float(usage.run([python, script, name, path, "40"], {"PYTHONPATH": str(ROOT)}).output)


ROW = Row(5, "parsing a well-formed UTF-8 feed", "≤ .067 × feedparser", measure, ("parsers",))
