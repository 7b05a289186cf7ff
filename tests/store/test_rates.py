"""What channels were sent lately, as the tables keep it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from doubles.store_samples import NOW, after

from monitor.model import History
from monitor.store import Database

HISTORY = History((NOW, NOW, after(1)), {"Зброя": NOW, "Arms": after(2)}, "alert:a1:arms:desk")


def test_a_history_comes_back_as_it_was_saved(store: Database) -> None:
    with store.begin() as tx:
        assert tx.alert_history("desk") == History()
        tx.save_alert_history("desk", History())
        for history in (
            HISTORY,
            HISTORY,
            History((NOW, after(1), after(3)), {"Arms": after(9)}),
            replace(HISTORY, rolling="alert:a2:arms:desk"),
            History(),
        ):
            tx.save_alert_history("desk", history)
            assert tx.alert_history("desk") == history
            assert tx.alert_history("me") == History()


def test_a_history_says_nothing_of_the_channels_lane(store: Database) -> None:
    with store.begin() as tx:
        tx.claim_delivery(["desk"], "telegram:-1", NOW)
        before = tx.address("desk")
        tx.save_alert_history("desk", HISTORY)
        tx.claim_delivery(["desk"], "telegram:-1", NOW)
        assert (tx.address("desk"), tx.alert_history("desk")) == (before, HISTORY)


def test_the_moments_of_a_burst_move_with_the_clock_though_they_meet(store: Database) -> None:
    with store.begin() as tx:
        tx.save_alert_history("desk", HISTORY)
        tx.shift_schedule(1.0)
        second = timedelta(seconds=1)
        moved = History(tuple(at + second for at in HISTORY.rung), {k: at + second for k, at in HISTORY.last.items()})
        assert tx.alert_history("desk") == replace(moved, rolling=HISTORY.rolling)
