"""Kills what holds, gathers and sends at every boundary in turn: before and after each commit and each call.

    python tests/doubles/killable_digests.py FOLDER

Three days are lived: one with quiet hours, one with digests, one with a burst. As in killable_pipeline.py each life is a
forked process, ended by SIGKILL at the N-th boundary; a second one then works to the end, and a third finds nothing to
do. Messages go into a file, which outlives whoever writes to it. Prints one JSON line a
boundary: which stories each message shows at last, and the states of the rows.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog

if __package__ in (None, ""):
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from doubles.clock import FixedClock
from doubles.fake_notifiers import FakeNotifier
from doubles.inforce import configured, in_force
from doubles.killable_pipeline import KillableStore, KillBoundaries, ProcessForker
from doubles.lane_harness import LaneHarness
from doubles.policy_harness import any_matcher

from monitor.model import (
    Article,
    Burst,
    Channel,
    Delivery,
    Fact,
    Lane,
    MessageKind,
    QuietHours,
    Receipt,
    Relation,
    Severity,
    Verdict,
    Watchlist,
)
from monitor.pipeline.alerting import JoinedArticle, write_alerts
from monitor.pipeline.health import HealthWatch
from monitor.pipeline.housekeeping import Housekeeping
from monitor.pipeline.ruleset import CompiledCatalogue, Rules
from monitor.ports import ProbeNotes
from monitor.store import Transaction, open_store

DAY = datetime(2023, 11, 9, tzinfo=UTC)
LISTS = {
    name: Watchlist(name, severity=severity, notify=("desk",))
    for name, severity in (("arms", Severity.NORMAL), ("loud", Severity.HIGH), ("alarm", Severity.CRITICAL))
}
MESSAGES = "messages"  # the file beside the database
QUIET = 31.0  # seconds after which a look begins


def channel(**more: Any) -> Channel:
    return Channel("desk", "postbox", {"to": "desk"}, timezone="UTC", **more)


@dataclass(frozen=True, slots=True)
class Plan:
    """A channel, and a day in it: hours, minutes and seconds, and the watchlists of the stories that come then."""

    channel: Channel
    steps: Sequence[tuple[str, Sequence[str]]]


PLANS = {
    "quiet hours": Plan(
        channel(quiet_hours=QuietHours("23:00", "07:00", "UTC")),
        [("23:30:00", ["arms", "loud"]), ("24:30:00", ["alarm"]), ("31:00:10", [])],
    ),
    "digest": Plan(channel(digest=7200.0), [("09:10:00", ["arms", "arms"]), ("10:00:10", ["loud"])]),
    "burst": Plan(channel(burst=Burst(1, 600.0)), [("09:00:00", ["arms", "arms"]), ("09:01:00", ["arms"])]),
}


class Postbox(FakeNotifier):
    """A channel that is a file, with a boundary on both sides of each call. A message can be looked for."""

    can_probe = True

    def __init__(self, path: Path, boundaries: KillBoundaries) -> None:
        super().__init__()
        self._path = path
        self._boundaries = boundaries

    async def send(self, channel: Channel, delivery: Delivery, lane: Lane, reply_to: int | None) -> Receipt:
        self._boundaries.reach()
        ident = delivery.message_id or 1 + len({message for message, _, _ in posted(self._path)})
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([ident, delivery.id, told(delivery)]) + "\n")
        self._boundaries.reach()
        return Receipt(ident)

    async def probe(
        self,
        channel: Channel,
        delivery: Delivery,
        lane: Lane,
        *,
        notes: ProbeNotes | None = None,
        fingerprint: str = "",
    ) -> Receipt | None:
        if delivery.message_id is not None:
            return None  # an edit is repeated
        return next((Receipt(message) for message, row, _ in posted(self._path) if row == delivery.id), None)


def told(delivery: Delivery) -> list[str]:
    """Return the stories that a message tells of."""
    alert = delivery.alert
    return [item.headline for item in alert.items] if alert.kind is MessageKind.DIGEST else [alert.headline]


def posted(path: Path) -> list[tuple[int, int, list[str]]]:
    """Return message, row and stories of each call that was taken."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


class Life:
    """One process: the day from where the last one was killed."""

    def __init__(self, plan: Plan, store: KillableStore, at: int) -> None:
        self.plan = plan
        self.clock = FixedClock(DAY)
        boundaries = KillBoundaries(at)
        self.store = store
        store.begin_life(self.clock, boundaries)
        self.rules = Rules(any_matcher(), CompiledCatalogue(any_matcher()), configured([plan.channel], LISTS.values()))
        live = in_force(self.rules)
        self.housekeeping = Housekeeping(
            store=self.store, clock=self.clock, live=live,
            written=asyncio.Event(), health_watch=HealthWatch(live),
        )  # fmt: skip
        assert store.directory is not None
        notifier = Postbox(store.directory / MESSAGES, boundaries)
        self.turner = LaneHarness(self.store, {"desk": plan.channel}, {"postbox": notifier}, self.clock)

    async def run(self) -> None:
        """Begin where the last story came; let go what is due whenever time has passed."""
        await self.store.run(lambda tx: tx.recover_deliveries())
        stories = [(since_midnight(time), name) for time, names in self.plan.steps for name in names]
        began = int(await self.store.run(lambda tx: tx.get(Fact.JUDGING)) or 0)
        self.clock.pass_(stories[max(0, began - 1)][0].total_seconds())
        for number, (time, watchlist) in enumerate(stories[began:], began):
            await self._wait(time)
            await self.store.run(partial(self._publish, number=number, watchlist=watchlist))
        await self._let_go()
        await self._wait(since_midnight(self.plan.steps[-1][0]))

    async def _wait(self, time: timedelta) -> None:
        seconds = (DAY + time - self.clock.now()).total_seconds()
        if seconds > 0:
            await self._let_go()
            self.clock.pass_(seconds)
            await self._let_go()

    def _publish(self, tx: Transaction, *, number: int, watchlist: str) -> None:
        """Write a story and its alert: the pipeline's entry is pending until that is done."""
        tx.put(Fact.JUDGING, str(number + 1))
        now, url = self.clock.now(), f"https://x.org/{number}"
        article = Article(url, str(number), "Text.", "Yonhap", "en", published=now, seen_at=now, key=url)
        ident = tx.add_article(article)
        tx.add_verdicts(ident, [Verdict(watchlist, matched=True, reason="1 term", terms=("x",))])
        story = tx.create_story(now)
        tx.join_story(story, ident, Relation.FIRST, (), now)
        write_alerts(tx, JoinedArticle(replace(article, id=ident), story), self.rules, now)

    async def _let_go(self) -> None:
        """Do housekeeping's part and the lane's, until every fate is known."""
        await self.housekeeping.tick()
        await self.turner.until_idle()
        while (await self.store.run(lambda tx: tx.delivery_counts()))["unknown"]:
            self.clock.pass_(QUIET)
            await self.turner.until_idle()


def since_midnight(time: str) -> timedelta:
    hours, minutes, seconds = map(int, time.split(":"))
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def life(store: KillableStore, plan: Plan, at: int = 0) -> None:
    asyncio.run(Life(plan, store, at).run())
    store.rest()


def lives(store: KillableStore, plan: Plan) -> None:
    """Work to the end, and once more."""
    for _ in range(2):
        life(store, plan)


def shown(path: Path) -> list[list[str]]:
    """Return the stories that each message shows at last, in the order of the messages."""
    return list({message: stories for message, _, stories in posted(path)}.values())


def states(path: Path) -> list[str]:
    store = open_store(f"sqlite:///{path}", read_only=True)
    with store.begin() as tx:
        rows = tx.deliveries(limit=100)
    store.close()
    return sorted({row.state for row in rows})


def kill_everywhere(forker: ProcessForker, name: str, messages: Path) -> None:
    """Kill one day at each of its boundaries, and print what came of it."""
    plan = PLANS[name]

    def look() -> dict[str, object]:
        again = forker.fork(partial(lives, plan=plan))
        return {"plan": name, "again": again, "states": states(forker.path), "shown": shown(messages)}

    forker.kill_at_each_boundary(partial(life, plan=plan), look)


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    forker = ProcessForker(Path(sys.argv[1]), *(partial(life, plan=plan) for plan in PLANS.values()))
    for name in PLANS:
        kill_everywhere(forker, name, forker.path.with_name(MESSAGES))


if __name__ == "__main__":
    main()
