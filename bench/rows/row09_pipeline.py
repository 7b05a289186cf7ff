"""Row 9: the whole pipeline: a tenth of the sources have news, whose pages are read, judged and alerted."""

from __future__ import annotations

from collections.abc import Sequence

from bench.frame import peers, usage
from bench.frame.daemon import Daemon, count, make_due, write_config
from bench.frame.row import OURS, Result, Row, Sitting, alternated
from bench.frame.sites import ROOT, Sites

SOURCES, WORD = 1_000, "shells"

JUDGED = "SELECT count(*) FROM entries WHERE due_at IS NULL"
UNSENT = "SELECT count(*) FROM outbox WHERE state IN ('ready', 'sending')"


def measure(sitting: Sitting) -> Sequence[Result]:
    """Let both see all sources once; then, before each turn, a tenth of these publish."""
    sources = sitting.count(SOURCES)
    part = max(sources // 10, 1)
    turns = 0
    folder = sitting.folder
    with Sites(sources, items=1) as sites:
        urls = folder / "urls"
        urls.write_text("\n".join(sites.urls), encoding="utf-8")

        def naive() -> float:
            script = ROOT / "bench" / "sides" / "naive.py"
            return float(usage.run([peers.python("naive"), script, folder / "naive.json", urls, WORD]).output)

        def publish() -> None:
            nonlocal turns
            sites.publish((turns * part + number) % sources for number in range(part))
            turns += 1

        naive()
        with Daemon(write_config(folder, sites.urls, every="1d", watch=WORD)) as daemon:

            def cycle() -> float:
                cpu, judged = daemon.cpu(), count(folder, JUDGED)
                make_due(folder)
                daemon.wait(lambda: count(folder, JUDGED) >= judged + part, every=0.05)
                daemon.wait(lambda: not count(folder, UNSENT), every=0.05)
                return daemon.cpu() - cpu

            daemon.wait(lambda: count(folder, JUDGED) >= sources)
            found = alternated(sitting, {OURS: cycle, "naive script": naive}, publish)
    return [Result(f"{sources} sources, {part} with one new article", "CPU s", found)]


ROW = Row(9, "the whole pipeline", "≤ .35 × naive", measure, ("naive",))
