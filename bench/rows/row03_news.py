"""Row 3: all sources are asked, a tenth of which has one new item; exactly these are stored."""

from __future__ import annotations

from collections.abc import Sequence

from bench.frame.daemon import count
from bench.frame.row import OURS, Result, Row, Sitting, alternated
from bench.frame.sites import Sites
from bench.rows.polling import ENTRIES, Poller, Reader

SOURCES, ITEMS = 5_000, 30


def measure(sitting: Sitting) -> Sequence[Result]:
    """Fill both; before each turn other sources publish."""
    sources = sitting.count(SOURCES)
    part = max(sources // 10, 1)
    turn = 0
    with Sites(sources, items=ITEMS) as sites:
        ours = Poller(sitting.folder / "ours", sites)
        theirs = Reader(sitting.folder / "reader.db", sites.urls)
        theirs.update()

        def publish() -> None:
            nonlocal turn
            sites.publish((turn * part + number) % sources for number in range(part))
            turn += 1

        def cycle() -> float:
            before = count(ours.folder, ENTRIES)
            cpu, _ = ours.cycle()
            new = count(ours.folder, ENTRIES) - before
            if new != part:
                raise AssertionError(f"{new} new entries are stored in place of {part}")
            return cpu

        with ours.started():
            ours.fill(sources * ITEMS)
            found = alternated(sitting, {OURS: cycle, "reader": theirs.update}, publish)
    return [Result(f"{sources} sources, {part} with one new item", "CPU s", found)]


ROW = Row(3, "a tenth of the sources changed", "≤ .20 × reader", measure, ("reader",))
