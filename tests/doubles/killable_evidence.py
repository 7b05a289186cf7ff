"""Kills what keeps evidence at every boundary in turn: a reading, then re-checks of a page that changes and vanishes.

    python tests/doubles/killable_evidence.py FOLDER

Lives as those of `killable_pipeline.py`. Prints one JSON line a boundary: the chain, the versions and the changes.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path

import structlog

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from doubles.clock import FixedClock
from doubles.killable_pipeline import KillableFetcher, KillableStore, KillBoundaries, ProcessForker, _crash, _refuse
from doubles.pipeline_harness import FEED, TEXT, PipelineHarness, link, ok

from monitor.evidence.chain import first_break
from monitor.extract.extractor import ArticleExtractor
from monitor.model import EvidenceSettings, Source
from monitor.pipeline.recheck import Rechecker
from monitor.ports import Response
from monitor.sandbox import InlineSandbox
from monitor.store import Database

HOUR = 3600.0


def shows(desk: PipelineHarness, headline: str, *paragraphs: str) -> None:
    body = "".join(f"<p>{each}</p>" for each in paragraphs)
    page = f"<html><head><title>{headline}</title></head><body><article>{body}</article></body></html>"
    desk.fetcher.answers[link(1)] = ok(link(1), page, ("etag", '"1"'))


async def live(desk: PipelineHarness, rechecker: Rechecker) -> None:
    await desk.judge.load()
    desk.batch.begin(_refuse, _crash)
    shows(desk, "Missile fired", *TEXT)
    desk.serve(FEED, ("North Korea fires a missile", link(1), 60.0))
    await desk.poll()
    await desk.read()
    await desk.batch.write()
    for hours, headline in ((1, "Missile fired"), (2, "Satellite launched"), (3, ""), (4, "Satellite launched")):
        desk.clock.pass_(HOUR)
        assert desk.clock.now().hour == FixedClock().now().hour + hours
        if headline:
            shows(desk, headline, *TEXT)
        else:
            desk.fetcher.answers[link(1)] = lambda _: Response(link(1), 404, (), b"not here")
        await rechecker.finish()


def life(store: KillableStore, at: int = 0) -> None:
    """Live one life, with a store of which only what was compiled is used."""
    clock, boundaries = FixedClock(), KillBoundaries(at)
    store.begin_life(clock, boundaries)
    desk = PipelineHarness(store, clock)
    desk.fetcher = KillableFetcher()
    desk.fetcher.boundaries = boundaries
    settings = EvidenceSettings(raw=True, recheck=tuple(hour * HOUR for hour in range(1, 5)))
    config = replace(desk.live.now.config, evidence=settings, sources=(Source("Yonhap 0", FEED),))
    desk.live.now = replace(desk.live.now, fetcher=desk.fetcher, rules=replace(desk.live.now.rules, config=config))
    desk.watch(FEED)
    asyncio.run(live(desk, Rechecker(store, desk.live, clock, InlineSandbox(), ArticleExtractor())))
    store.rest()


def found(path: Path) -> dict[str, object]:
    """Return what the database holds."""
    store = Database(f"sqlite:///{path}", FixedClock().now, read_only=True)
    with store.begin() as tx:
        links = tx.evidence_between(1, 1000)
        facts = [json.loads(each.facts or "{}") for each in links]
        responses = {each.seq: each.record is not None for each in tx.responses_of([1])}
        answer: dict[str, object] = {
            "broken": first_break(links),
            "end": tx.evidence_end() == (len(links), links[-1].hash),
            "chain": [
                [each["kind"], each.get("result"), each.get("version"), responses.get(each["seq"])] for each in facts
            ],
            "versions": [each.title for each in tx.versions_of([1])],
            "changes": [each.kind.value for each in tx.changes_of([1])],
            "planned": tx.recheck_of(1) is not None,
        }
    store.close()
    return answer


def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for the answers
    forker = ProcessForker(Path(sys.argv[1]), life)
    forker.kill_at_each_boundary(life, lambda: {"again": [forker.fork(life), forker.fork(life)]} | found(forker.path))


if __name__ == "__main__":
    main()
