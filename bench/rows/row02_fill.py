"""Row 2: a first fill, from the first request to the last entry stored, beside lemon24/reader's."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Sequence

from bench.frame.row import OURS, Result, Row, Sitting, alternated
from bench.frame.sites import Sites
from bench.rows.polling import Poller, Reader

SOURCES, ITEMS = 1_000, 30


def measure(sitting: Sitting) -> Sequence[Result]:
    """Let each fill an empty database, in turn."""
    sources = sitting.count(SOURCES)
    numbers = itertools.count()
    with Sites(sources, items=ITEMS) as sites:

        def ours() -> float:
            folder = sitting.folder / f"ours{next(numbers)}"
            poller = Poller(folder, sites)
            with poller.started():
                cpu = poller.fill(sources * ITEMS)
            shutil.rmtree(folder)
            return cpu

        def reader() -> float:
            return Reader(sitting.folder / f"reader{next(numbers)}.db", sites.urls).update()

        found = alternated(sitting, {OURS: ours, "reader": reader})
    return [Result(f"{sources} feeds × {ITEMS} items", "CPU s", found, note="starts aside")]


ROW = Row(2, "a first fill", "≤ .12 × reader", measure, ("reader",))
