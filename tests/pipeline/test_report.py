"""What is told of the daemon's work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from doubles.command_harness import CommandHarness
from doubles.inforce import configured, in_force
from doubles.store_samples import entry, record
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Channel, NewDelivery, Receipt, SourceState, State
from monitor.pipeline import report
from monitor.pipeline.health import Disk, HealthWatch
from monitor.store import open_store


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[CommandHarness]:
    store = open_store("sqlite://")
    yield CommandHarness(store, tmp_path)
    store.close()


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50))
def test_points_are_in_order_and_within_the_values(values: list[float]) -> None:
    found = report.points(values)
    assert found is not None
    assert found.count == len(values)
    assert min(values) <= found.p50 <= found.p95 * (1 + 1e-9)
    assert found.p95 <= found.p99 * (1 + 1e-9) <= max(values) * (1 + 1e-8)
    assert found.longest == max(values)


def test_points_of_nothing() -> None:
    assert report.points([]) is None


def test_a_passage_that_begins_in_the_future_takes_no_time(desk: CommandHarness) -> None:
    desk.story("Dated ahead", published=-300, sent=2)
    with desk.store.begin() as tx:
        (way,) = report.passages(tx, tx.alerts_since(desk.clock.now() - timedelta(hours=1)))
    assert (way.outside, way.inside, way.whole) == (0.0, 2.0, 2.0)


@pytest.mark.parametrize(
    ("changes", "word", "trouble"),
    [
        ({}, "new", None),
        ({"baseline_at": True}, "ok", None),
        ({"failures": 1, "error": "dns"}, "failing", "dns"),
        ({"failures": 1}, "failing", "no reason known"),
        ({"failures": 3, "stopped": True, "error": "410"}, "stopped", "gone for good (410)"),
    ],
)
def test_a_source_in_a_word(desk: CommandHarness, changes: dict[str, object], word: str, trouble: str | None) -> None:
    with desk.store.begin() as tx:
        state = tx.source_states()[0]
    if "baseline_at" in changes:
        changes = {"baseline_at": desk.clock.now()}
    changed: SourceState = replace(state, **changes)  # type: ignore[arg-type]
    assert report.word(changed) == word
    assert report.trouble(changed) == trouble


def test_what_the_daemon_found_wrong_is_told(desk: CommandHarness) -> None:
    now = desk.clock.now()
    with desk.store.begin() as tx:
        state = tx.source_states()[0]
        tx.record_poll(record(state.id, at=now - timedelta(days=10), baseline=True))
        for hours in range(240, 24, -4):
            at = now - timedelta(hours=hours)
            tx.record_poll(record(state.id, entry(f"k{hours}", published=at), at=at))
        tx.record_poll(record(state.id, at=now))
        assert report.overview(tx, now).silent == {}
        live = in_force(configured([Channel("desk", "console")]))
        full = Disk("var", 100_000_000_000, 1_000_000)
        HealthWatch(live, lambda: full, bad_config="config.yaml:3:1: unknown key").due_notices(tx, now)
        seen = report.overview(tx, now)
        assert seen.silent == {"Ukrinform": 28 * 3600.0}
        assert report.missed(tx, now - timedelta(days=1)).silent == seen.silent
        assert seen.troubles == ("config.yaml:3:1: unknown key", seen.troubles[1])
        assert seen.troubles[1].startswith("var: 1 MB free")
        tx.record_poll(record(state.id, entry("news", published=now), at=now))
        HealthWatch(live).due_notices(tx, now + timedelta(hours=1))
        assert (report.overview(tx, now).silent, report.overview(tx, now).troubles) == ({}, ())


def test_muted_alerts_count_for_nothing(desk: CommandHarness) -> None:
    desk.story("Heard")
    with desk.store.begin() as tx:
        story = tx.create_story(desk.clock.now())
        known = tx.deliveries(limit=1)[0]
        new = NewDelivery("desk", f"alert:{story}:DPRK arms:desk", known.alert, story_id=story, muted=True)
        row = tx.add_delivery(new, desk.clock.now())
        assert row is not None
        assert tx.deliveries(limit=1)[0].state is State.MUTED
        standings = report.standings(tx, desk.config.watchlists, desk.clock.now())
    assert [(each.name, each.day, each.precision) for each in standings] == [("DPRK arms", 1, None), ("Aid", 0, None)]


def test_a_message_for_two_watchlists_counts_once(desk: CommandHarness) -> None:
    story = desk.story("Both", sent=None)
    with desk.store.begin() as tx:
        first = tx.deliveries(limit=1)[0]
        carried = NewDelivery("desk", f"alert:{story}:Aid:desk", first.alert, story_id=story, carried_by=first.dedupe)
        tx.add_delivery(carried, desk.clock.now())
        claimed = tx.claim_delivery(["desk"], "lane:desk", desk.clock.now())
        assert claimed is not None
        tx.mark_sent(claimed.id, "lane:desk", Receipt(5), desk.clock.now())
        rows = tx.alerts_since(desk.clock.now() - timedelta(days=1))
        assert [row.sent_at is not None for row in rows] == [True, True]
        assert [row.id for row in report.messages(rows)] == [first.id]
        assert [row.id for row in report.messages(rows[::-1])] == [first.id]
        assert report.overview(tx, desk.clock.now()).alerts == 1
        assert len(report.missed(tx, desk.clock.now() - timedelta(days=1)).passages) == 1


def test_a_message_that_is_on_its_way_for_too_long_is_named(desk: CommandHarness) -> None:
    desk.story("Both", sent=None)
    now = desk.clock.now()
    with desk.store.begin() as tx:
        claimed = tx.claim_delivery(["desk"], "lane:desk", now)
        assert claimed is not None
        assert report.overview(tx, now + timedelta(minutes=2)).troubles == ()
        (line,) = report.overview(tx, now + timedelta(minutes=12)).troubles
    assert line.startswith(f"desk: message {claimed.id} has been on its way for 12 min")
