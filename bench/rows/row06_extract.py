"""Row 6: extraction of a page, with all that the daemon's child does to it, beside trafilatura's own."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from bench.frame import usage
from bench.frame.row import OURS, Result, Row, Sitting
from bench.frame.sites import ROOT

PAGES = 60


def measure(sitting: Sitting) -> Sequence[Result]:
    """Extract made-up pages by both, in turn within one process. How well: `bench/extract.py`, on public corpora."""
    command = [Path(sys.executable), ROOT / "bench" / "sides" / "extract_pages.py", str(sitting.count(PAGES))]
    runs = [json.loads(usage.run(command, {"PYTHONPATH": str(ROOT)}).output) for _ in range(sitting.runs)]
    theirs = f"trafilatura {version('trafilatura')}"
    figures = {OURS: [run["monitor"] for run in runs], theirs: [run["trafilatura"] for run in runs]}
    return [Result("news pages of 60 kB", "CPU ms", figures)]


ROW = Row(6, "extraction of a page", "≤ .55 × bare_extraction", measure)
