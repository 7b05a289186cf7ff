"""Row 9: the whole pipeline: a tenth of the sources have news, whose pages are read, judged and alerted."""

from __future__ import annotations

import time
from collections.abc import Sequence

from bench.frame import peers, usage
from bench.frame.daemon import Daemon, count, leave_out, make_due, write_config
from bench.frame.row import OURS, Result, Row, Sitting, alternated
from bench.frame.sites import ROOT, Sites
from bench.rows.polling import DUE

SOURCES, ITEMS, WORD = 1_000, 35, "bulletin"

JUDGED = "SELECT count(*) FROM entries WHERE due_at IS NULL"
STORED = "SELECT count(*) FROM entries"
UNSENT = "SELECT count(*) FROM outbox WHERE state IN ('ready', 'sending')"


def measure(sitting: Sitting) -> Sequence[Result]:
    """Let all see all sources once; then, before each turn, a tenth of these publish.

    What they see first is no news, and read by neither. The naive script runs twice, each time with a state of its own:
    with conditional requests, and without.
    """
    sources = sitting.count(SOURCES)
    part = max(sources // 10, 1)
    turns = 0
    folder = sitting.folder
    with Sites(sources, items=ITEMS, word=WORD) as sites:
        urls = folder / "urls"
        urls.write_text("\n".join(sites.urls), encoding="utf-8")

        def naive(*more: str) -> float:
            script, state = ROOT / "bench" / "sides" / "naive.py", folder / f"naive{len(more)}.json"
            return float(usage.run([peers.python("naive"), script, state, urls, WORD, *more]).output)

        def publish() -> None:
            nonlocal turns
            sites.publish((turns * part + number) % sources for number in range(part))
            turns += 1

        naive()
        naive("always")
        with Daemon(write_config(folder, sites.urls, every="1d", watch=WORD)) as daemon:

            def settle() -> None:  # polls without news are written later: before that, they undo what makes sources due
                daemon.wait(lambda: not count(folder, DUE.format(now=time.time_ns() // 1_000)), every=0.05)

            def cycle() -> float:
                cpu, judged = daemon.cpu(), count(folder, JUDGED)
                make_due(folder)
                daemon.wait(lambda: count(folder, JUDGED) >= judged + part, every=0.05)
                daemon.wait(lambda: not count(folder, UNSENT), every=0.05)
                settle()
                return daemon.cpu() - cpu

            daemon.wait(lambda: count(folder, STORED) >= sources * ITEMS)
            settle()
            leave_out(folder)
            sides = {OURS: cycle, "naive script": naive, "without conditions": lambda: naive("always")}
            found = alternated(sitting, sides, publish)
    return [Result(f"{sources} sources of {ITEMS} items, {part} with one new article", "CPU s", found)]


ROW = Row(9, "the whole pipeline", "≤ .35 × naive", measure, ("naive",))
