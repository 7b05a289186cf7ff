"""A clock that is set, while the daemon runs and while it is stopped: what moves, and what does not."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from doubles.clock import FixedClock
from doubles.inforce import in_force
from doubles.store_samples import DESK, LANE, NOW, add, article, entry, record, row, send, source

from monitor.alert import incidents
from monitor.clock import MonotonicSteadyClock
from monitor.errors import StoreError
from monitor.model import Burst, ChannelAddress, History, Incident, IncidentLog, Lane, Relation, State
from monitor.pipeline.health import HealthWatch
from monitor.pipeline.timekeeping import ClockWatch, archive_time, move
from monitor.store import Database, Transaction

DAY = 86400.0
JUMPS = [sign * size for size in (3600.0, DAY, 30 * DAY, 400 * DAY) for sign in (1, -1)]


@pytest.fixture
def host() -> FixedClock:
    return FixedClock(NOW)


def ahead(store: Database) -> float:
    with store.begin() as tx:
        beat = tx.clock_state()
        assert beat is not None
        return beat.ahead


def archive(store: Database, clock: MonotonicSteadyClock) -> datetime:
    with store.begin() as tx:
        return archive_time(clock.now(), tx.clock_state())


async def run_for(keeper: ClockWatch, host: FixedClock, seconds: float, step: float = 600.0) -> None:
    """Let the daemon run, with a look at the clock every now and then."""
    while seconds > 0:
        host.pass_(min(step, seconds))
        await keeper.follow()
        seconds -= step


@pytest.mark.parametrize("jump", JUMPS)
async def test_what_is_going_on_keeps_its_age(
    store: Database, host: FixedClock, clock: MonotonicSteadyClock, jump: float
) -> None:
    start = clock.now()
    keeper = ClockWatch(store, clock, "boot")
    await keeper.start()

    def at(seconds: float) -> datetime:
        return start + timedelta(seconds=seconds)

    with store.begin() as tx:
        tx.sync_sources([source("A")], start)
        one = tx.source_states()[0].id
        tx.record_poll(record(one, entry("k"), at=start, next_poll_at=at(180), baseline=True))
        story = tx.create_story(at(-3600))
        live = tx.add_article(article("live", seen_at=at(-3600)))
        tx.join_story(story, live, Relation.FIRST, (), at(-3600))
        tx.add_article(article("old", seen_at=at(-100 * DAY)))
        sent = add(tx, "sent", story_id=story)
        send(tx, 1, start)
        ready = add(tx, "ready", expires_at=at(2 * DAY))
        tx.save_lane(Lane(LANE, paused_until=at(70)), DESK)
        tx.mute("story", str(story), at(3600), 7)
    host.set_wall(jump)
    host.pass_(1)
    await keeper.follow()
    new = timedelta(seconds=jump)
    assert clock.now() == host.wall
    with store.begin() as tx:
        state = tx.source_state(one)
        assert state is not None
        assert (state.next_poll_at, state.last_success_at) == (at(180) + new, start + new)
        assert [pending.first_seen_at for pending in tx.due_entries(clock.now(), 9)] == [start + new]
        assert tx.live_ids(at(-72 * 3600) + new, at(DAY) + new) == [live]
        found = tx.article_by_key("old")
        assert found is not None
        assert found.seen_at == at(-100 * DAY)
        assert row(tx, sent).sent_at == start + new
        assert (row(tx, ready).state, row(tx, ready).expires_at) == (State.READY, at(2 * DAY) + new)
        assert tx.expire_deliveries(clock.now()) == []
        assert tx.lane(LANE).paused_until == at(70) + new
        assert [mute.until for mute in tx.mutes(clock.now())] == [at(3600) + new]


@pytest.mark.parametrize("jump", [400 * DAY, -400 * DAY])
async def test_bursts_cooldowns_and_what_operators_were_told_keep_their_age(
    store: Database, host: FixedClock, clock: MonotonicSteadyClock, jump: float
) -> None:
    start, keeper = clock.now(), ClockWatch(store, clock)
    known = History().rang(start, Burst(2, 600.0)).alerted(["Arms"], start)
    told, _ = incidents.review(IncidentLog(), [Incident("source", "A", "A: fails")], start)
    gone, _ = incidents.review(told, [], start)
    with store.begin() as tx:
        tx.save_alert_history("desk", known)
        tx.save_incident_log(tx.incident_log(), gone)
        tx.save_address("desk", ChannelAddress("telegram:1", start, "5", start))
        tx.save_address("me", ChannelAddress("telegram:2"))
    host.set_wall(jump)
    await keeper.follow()
    new = start + timedelta(seconds=jump)
    with store.begin() as tx:
        after = tx.alert_history("desk")
        assert (after.rung, after.last) == ((new,), {"Arms": new})
        log = tx.incident_log()
        assert [(each.since, each.told, each.gone) for each in log.open.values()] == [(new, new, new)]
        assert log.announced == {"source": new}
        assert tx.address("desk") == ChannelAddress("telegram:1", new, "5", new)
        assert tx.address("me") == ChannelAddress("telegram:2")


async def test_a_database_that_refuses_moves_neither_rows_nor_clock(
    store: Database, host: FixedClock, clock: MonotonicSteadyClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = ClockWatch(store, clock)
    await keeper.start()
    start = clock.now()
    host.set_wall(400 * DAY)

    async def refuse(function: object) -> None:
        def fail(tx: Transaction) -> None:  # the commit fails, after all was done
            function(tx)  # type: ignore[operator]
            raise StoreError("the disk is full", retryable=True)

        await Database.run(store, fail)

    with monkeypatch.context() as patch:
        patch.setattr(store, "run", refuse)
        with pytest.raises(StoreError):
            await keeper.follow()
    assert clock.now() == start
    assert clock.step() == pytest.approx(400 * DAY)
    await keeper.follow()
    assert clock.now() == host.wall
    assert ahead(store) == pytest.approx(400 * DAY)


@pytest.mark.parametrize("jump", [30 * DAY, 400 * DAY])
async def test_nothing_is_deleted_by_a_date_that_running_time_does_not_explain(
    store: Database, host: FixedClock, clock: MonotonicSteadyClock, jump: float
) -> None:
    keeper = ClockWatch(store, clock)
    await keeper.start()
    begun = clock.now()
    host.set_wall(jump)
    await run_for(keeper, host, DAY)
    assert (archive(store, clock) - begun).total_seconds() <= DAY + 1
    await run_for(keeper, host, DAY)  # it has held for a day: from now on the lead is gained as fast as time goes by
    assert 2 * DAY <= (archive(store, clock) - begun).total_seconds() <= 3 * DAY + 1
    host.set_wall(-jump)
    await keeper.follow()
    assert archive(store, clock) <= clock.now()


async def test_a_clock_that_is_set_right_again_counts_at_once(
    store: Database, host: FixedClock, clock: MonotonicSteadyClock
) -> None:
    keeper = ClockWatch(store, clock)
    await keeper.start()
    for jump in (-400 * DAY, 400 * DAY, 400 * DAY, -400 * DAY):
        host.set_wall(jump)
        await run_for(keeper, host, 3600.0)
    assert archive(store, clock) == clock.now()


async def test_in_the_end_a_new_date_counts(store: Database, host: FixedClock, clock: MonotonicSteadyClock) -> None:
    keeper = ClockWatch(store, clock)
    await keeper.start()
    host.set_wall(5 * DAY)
    await run_for(keeper, host, 7 * DAY, 3600.0)
    assert archive(store, clock) == clock.now()
    host.set_wall(-5 * DAY)
    await run_for(keeper, host, 7 * DAY, 3600.0)
    assert ahead(store) == 0.0


def later(store: Database, host: FixedClock, boot: str | None = "boot") -> ClockWatch:
    """Start the daemon again."""
    return ClockWatch(store, MonotonicSteadyClock(host), boot)


@pytest.mark.parametrize("jump", JUMPS)
async def test_a_clock_set_while_the_daemon_was_stopped_is_found(
    store: Database, host: FixedClock, clock: MonotonicSteadyClock, jump: float
) -> None:
    await ClockWatch(store, clock, "boot").start()
    start = clock.now()
    with store.begin() as tx:
        tx.sync_sources([source("A")], start)
        one = tx.source_states()[0].id
        tx.record_poll(record(one, at=start, next_poll_at=start + timedelta(seconds=180)))
    host.pass_(60)
    host.set_wall(jump)
    await later(store, host).start()
    with store.begin() as tx:
        state = tx.source_state(one)
    assert state is not None
    assert state.next_poll_at is not None
    assert (state.next_poll_at - host.wall).total_seconds() == pytest.approx(120)
    assert ahead(store) == pytest.approx(jump)


async def test_a_host_that_starts_with_a_date_long_ago_and_is_corrected_loses_nothing(
    store: Database, host: FixedClock, clock: MonotonicSteadyClock
) -> None:
    """As small machines without a battery do: 1970 until the network tells them better."""
    await ClockWatch(store, clock, "one").start()
    start = clock.now()
    with store.begin() as tx:
        tx.sync_sources([source("A")], start)
        ident = add(tx, "ready", expires_at=start + timedelta(days=2))
    back = start - datetime.fromisoformat("1970-01-01T00:01:00+00:00")
    host.pass_(600)
    host.set_wall(-back.total_seconds())
    clock = MonotonicSteadyClock(host)
    keeper = ClockWatch(store, clock, "two")
    await keeper.start()
    with store.begin() as tx:
        assert tx.due_sources(host.wall, 9)
        assert tx.expire_deliveries(clock.now()) == []
    host.set_wall(back.total_seconds())
    await keeper.follow()
    with store.begin() as tx:
        assert tx.expire_deliveries(clock.now()) == []
        expires = row(tx, ident).expires_at
    assert expires is not None
    assert abs(expires - start - timedelta(days=2)) <= timedelta(seconds=600)
    assert abs(ahead(store)) <= 600


@pytest.mark.parametrize("away", [2 * DAY, 90 * DAY, 70 * 365 * DAY])
async def test_after_days_away_nothing_expires_and_nothing_is_deleted_by_the_new_date(
    store: Database, host: FixedClock, clock: MonotonicSteadyClock, away: float
) -> None:
    await ClockWatch(store, clock, "one").start()
    start = clock.now()
    with store.begin() as tx:
        tx.sync_sources([source("A")], start)
        ident = add(tx, "ready", expires_at=start + timedelta(days=2))
    host.set_wall(away)
    clock = MonotonicSteadyClock(host)
    await ClockWatch(store, clock, "two").start()
    with store.begin() as tx:
        assert tx.due_sources(clock.now(), 9), "polled at once"
        assert tx.expire_deliveries(clock.now()) == []
        assert row(tx, ident).state == State.READY
    assert archive(store, clock) == start


async def test_a_night_away_is_nothing_to_ask_about(
    store: Database, host: FixedClock, clock: MonotonicSteadyClock
) -> None:
    await ClockWatch(store, clock, "one").start()
    host.set_wall(12 * 3600.0)
    await later(store, host, "two").start()
    assert ahead(store) == 0.0


async def test_operators_are_told_of_a_date_that_nothing_explains_and_when_it_is_over(
    store: Database, host: FixedClock, clock: MonotonicSteadyClock
) -> None:
    keeper, health_watch = ClockWatch(store, clock), HealthWatch(in_force())
    await keeper.start()
    host.set_wall(400 * DAY)
    await keeper.follow()
    with store.begin() as tx:
        _, (word,) = health_watch.due_notices(tx, clock.now())
    assert word.headline == "The clock was set"
    assert "400 d ahead of" in word.lines[0]
    host.set_wall(-400 * DAY)
    await keeper.follow()
    with store.begin() as tx:
        assert health_watch.due_notices(tx, clock.now())[1] == []
    await run_for(keeper, host, 400.0)
    with store.begin() as tx:
        _, (word,) = health_watch.due_notices(tx, clock.now())
    assert word.headline == "The clock agrees again"


async def test_what_no_rule_can_have_put_off_is_due(
    store: Database, host: FixedClock, clock: MonotonicSteadyClock
) -> None:
    keeper = ClockWatch(store, clock)
    now = clock.now()
    with store.begin() as tx:
        tx.sync_sources(
            [source(name, every=every) for name, every in (("A", 180.0), ("B", 7 * DAY), ("C", 180.0))], now
        )
        ids = {state.source.name: state.id for state in tx.source_states()}
        tx.record_poll(record(ids["A"], entry("k"), at=now, next_poll_at=now + timedelta(days=399)))
        tx.record_poll(record(ids["B"], at=now, next_poll_at=now + timedelta(days=7), interval=7 * DAY))
        tx.record_poll(record(ids["C"], at=now, next_poll_at=now + timedelta(hours=20)))
        tx.defer_entry(tx.due_entries(now, 1)[0].id, now + timedelta(days=399), "not yet")
    await keeper.follow()
    with store.begin() as tx:
        assert [state.id for state in tx.due_sources(now, 9)] == [ids["A"]]
        assert len(tx.due_entries(now, 9)) == 1


def test_never_stays_never(store: Database, clock: MonotonicSteadyClock) -> None:
    never = datetime.fromisoformat("9999-12-31T23:59:59+00:00")
    now = clock.now()
    with store.begin() as tx:
        tx.sync_sources([source("A", every=1e12)], now)
        one = tx.source_states()[0].id
        tx.record_poll(record(one, at=now, next_poll_at=never, interval=1e12))
        move(tx, now, 400 * DAY)
        state = tx.source_state(one)
        assert state is not None
        assert state.next_poll_at == never
        assert tx.pull_in(now) == 0
