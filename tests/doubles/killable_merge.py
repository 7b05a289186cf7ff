"""Kills the judging and sending of three articles, the last of which makes two stories one, at every commit in turn.

    python tests/doubles/killable_merge.py FOLDER

As `killable_pipeline.py`: each life is a forked process, ended by SIGKILL before or after its N-th commit; a second
life then works to the end, and a third finds nothing to do. A life judges what is not judged yet, and claims and
confirms rows of the outbox in between. Prints one JSON line a boundary: rows, stories, and what rang.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from pathlib import Path

import structlog

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from doubles.clock import FixedClock
from doubles.inforce import configured, in_force
from doubles.judge_samples import pending
from doubles.killable_pipeline import KillableStore, KillBoundaries, ProcessForker
from doubles.pipeline_harness import LIST, compiled

from monitor.model import Article, Channel, Receipt
from monitor.pipeline.judge import Judge
from monitor.pipeline.ruleset import CompiledCatalogue, Rules
from monitor.store import Database, Transaction

TITLE = "North Korea shows hall of new rockets"
TEXT = (
    "North Korea opened the doors of a long hall where its newest rockets stand in rows, state media reported. "
    "Visitors walked along a red carpet between the launchers while a band played old songs of the guards. "
    "The leader stopped at the largest one, laid his hand on its wheel and spoke with the workers who had built it."
)
NEWS = (
    ("Reuters", f"URGENT: {TITLE}", ""),
    ("Yonhap", "A band plays between launchers of the DPRK", TEXT),
    ("Reuters", TITLE, TEXT),  # the flash's full report, which is the other outlet's text
)


async def live(store: KillableStore, clock: FixedClock) -> None:
    """Judge each article that is not judged yet, and send what is due after each."""
    rules = Rules(
        compiled(), CompiledCatalogue(compiled(), fingerprint="x"), configured([Channel("desk", "webhook")], [LIST])
    )
    judge = Judge(store=store, clock=clock, live=in_force(rules))
    await judge.load()
    await send(store, clock)  # what the life before left
    for number, (outlet, title, text) in enumerate(NEWS, 1):
        clock.pass_(60)
        key = f"https://{outlet.lower()}.example/{number}"
        if await store.run(lambda tx, key=key: tx.article_by_key(key)) is None:  # type: ignore[misc]
            at = clock.now()
            article = Article(key, title, text, outlet, "en", published=at, seen_at=at, key=key, guid=key)
            await judge.judge(pending(number, article), article)
        await send(store, clock)


async def send(store: KillableStore, clock: FixedClock) -> None:
    """Claim and confirm rows that are due; between the two, lanes are killed elsewhere (`killable_delivery.py`)."""

    def step(tx: Transaction) -> bool:
        row = tx.claim_delivery(["desk"], "lane", clock.now())
        if row is None:
            return False
        tx.mark_sent(row.id, "lane", Receipt(row.message_id or row.id + 100), clock.now())
        return True

    while await store.run(step):
        pass


def life(store: KillableStore, at: int = 0) -> None:
    """Live one life."""
    clock, boundaries = FixedClock(), KillBoundaries(at)
    store.begin_life(clock, boundaries)
    asyncio.run(live(store, clock))
    store.rest()


def found(path: Path) -> dict[str, object]:
    """Return what the database holds."""
    store = Database(f"sqlite:///{path}", FixedClock().now, read_only=True)
    with store.begin() as tx:
        rows = list(reversed(tx.deliveries(limit=100)))
        answer: dict[str, object] = {
            "rows": [(row.alert.kind.value, row.state.value, row.alert.pointer, row.message_id) for row in rows],
            "news": [row.alert.news for row in rows],
            "stories": {row.story_id: len(tx.story(row.story_id).members) for row in rows if row.story_id},
        }
    store.close()
    return answer


def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for the answers
    forker = ProcessForker(Path(sys.argv[1]), life)
    forker.kill_at_each_boundary(
        life, lambda: {"again": [forker.fork(life), forker.fork(partial(life, at=1))]} | found(forker.path)
    )


if __name__ == "__main__":
    main()
