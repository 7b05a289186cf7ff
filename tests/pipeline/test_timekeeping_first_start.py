"""A host without a battery for its clock: the first start of all is in 1970, until the network tells the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from doubles.clock import FixedClock
from doubles.pipeline_harness import FEED, PipelineHarness, link, ok

from monitor.clock import MonotonicSteadyClock
from monitor.model import State
from monitor.pipeline.cleaning import Cleaner
from monitor.pipeline.timekeeping import ClockWatch, archive_time
from monitor.store import Database

REAL = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, 0, 0, 30, tzinfo=UTC)
INTERVAL = 180.0


@pytest.fixture
def host() -> FixedClock:
    return FixedClock(EPOCH)


def serve(desk: PipelineHarness, count: int, now: datetime) -> None:
    """Put so many items into the feed, dated by the world's clock, the newest first."""
    rows = ""
    for number in range(count, 0, -1):
        name = f"{chr(64 + number)}anabe Kotolu"
        at = format_datetime(now - timedelta(minutes=count - number))
        rows += (
            f"<item><title>ICBM near {name} {number}</title><link>{link(number)}</link><pubDate>{at}</pubDate></item>"
        )
        desk.page(link(number), f"An ICBM was seen near {name} by people of {name}, said the mayor of {name}. " * 3)
    body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>{rows}</channel></rss>'
    desk.fetcher.answers[FEED] = ok(FEED, body)


async def test_a_first_start_in_1970_loses_nothing_when_the_clock_is_set(
    store: Database, host: FixedClock, clock: MonotonicSteadyClock
) -> None:
    keeper = ClockWatch(store, clock, "boot")
    await keeper.start()
    desk = PipelineHarness(store, clock)  # type: ignore[arg-type]
    desk.judge.moment = clock.moment
    desk.watch(FEED)

    async def turn() -> None:
        await keeper.follow()
        await desk.poll()
        await desk.batch.write()
        await desk.read()
        await desk.housekeeping.tick()

    serve(desk, 2, REAL)
    await turn()
    assert desk.alerts() == [], "what the feed shows at first is known"
    host.pass_(60)
    serve(desk, 3, REAL)
    await turn()
    (early,) = desk.alerts()
    assert (early.alert.headline, early.state) == ("ICBM near Canabe Kotolu 3", State.READY), (
        "it does not wait for a date"
    )

    host.set_wall((REAL - EPOCH).total_seconds())
    await keeper.follow()
    with store.begin() as tx:
        assert tx.expire_deliveries(clock.now()) == []
        (state,) = tx.source_states()
        assert state.next_poll_at is not None
        assert (state.next_poll_at - clock.now()).total_seconds() <= 2 * INTERVAL
        row = tx.delivery(early.id)
        assert row is not None
        assert row.state is State.READY
        assert row.due_at <= clock.now()
        assert row.expires_at is None or row.expires_at > clock.now()
        keep = archive_time(clock.now(), tx.clock_state()) - timedelta(days=400)
        assert keep < EPOCH, "the archive goes by the time that passed"
    host.pass_(120)
    serve(desk, 4, REAL + timedelta(minutes=3))
    await turn()
    assert [each.alert.headline[-1] for each in desk.alerts()] == ["4", "3"]
    assert {each.state for each in desk.alerts()} == {State.READY}
    await Cleaner(store, clock, desk.live).finish()
    with store.begin() as tx:
        assert tx.pending_count() == 0
        ids = tx.live_ids(EPOCH - timedelta(days=400), REAL + timedelta(days=400))
        assert len(tx.articles(ids)) == 4, "nothing is deleted by the new date"
