"""Feedback, mutes, and messages found by their id."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from doubles.store_samples import NOW, add, after, alert, row, send

from monitor.model import Mute, MuteKind
from monitor.store import Database, Transaction

ANN, BOB = 77, 78


def judged(tx: Transaction, dedupe: str, watchlist: str) -> int:
    return add(tx, dedupe, alert=replace(alert(dedupe), watchlist=watchlist))


def test_a_users_newest_word_counts_once(store: Database) -> None:
    with store.begin() as tx:
        judging = judged(tx, "a", "Arms")
        for at, useful in enumerate((False, True, True)):
            assert tx.save_feedback(judging, ANN, useful=useful, now=after(at))
        assert tx.feedback_counts(NOW) == {"Arms": (1, 0)}
        assert tx.save_feedback(judging, BOB, useful=False, now=after(9))
        assert tx.feedback_counts(NOW) == {"Arms": (1, 1)}


def test_feedback_is_counted_by_watchlist_and_since_when(store: Database) -> None:
    with store.begin() as tx:
        for number, (watchlist, useful) in enumerate([("B", True), ("A", False), ("B", True), ("B", False)]):
            tx.save_feedback(judged(tx, f"r{number}", watchlist), ANN, useful=useful, now=after(number))
        assert tx.feedback_counts(NOW) == {"A": (0, 1), "B": (2, 1)}
        assert tx.feedback_counts(after(2)) == {"B": (1, 1)}
        assert tx.feedback_counts(after(99)) == {}


def test_feedback_counts_for_each_watchlist_that_shares_the_message(store: Database) -> None:
    with store.begin() as tx:
        shared = add(tx, "a", alert=replace(alert("a"), watchlist="Arms", also=("Aid", "DPRK")))
        tx.save_feedback(shared, ANN, useful=True, now=NOW)
        tx.save_feedback(judged(tx, "b", "Aid"), ANN, useful=False, now=NOW)
        many = add(tx, "c", alert=replace(alert("c"), watchlist="Arms", also=tuple(f"{n:0200}" for n in range(9))))
        tx.save_feedback(many, BOB, useful=True, now=NOW)
        counts = tx.feedback_counts(NOW)
    assert {name: counts[name] for name in ("Arms", "Aid", "DPRK")} == {"Arms": (2, 0), "Aid": (1, 1), "DPRK": (1, 0)}
    assert counts[f"{0:0200}"] == (1, 0)


def test_feedback_needs_an_alert_of_a_watchlist(store: Database) -> None:
    with store.begin() as tx:
        assert not tx.save_feedback(5, ANN, useful=True, now=NOW)
        assert not tx.save_feedback(add(tx, "notice"), ANN, useful=True, now=NOW)
        assert tx.feedback_counts(NOW - timedelta(days=1)) == {}


def test_a_story_is_muted_for_good_or_for_a_time(store: Database) -> None:
    with store.begin() as tx:
        story, other = tx.create_story(NOW), tx.create_story(NOW)
        assert not tx.story(story).muted
        assert tx.mute("story", str(story), None, ANN)
        assert tx.mute("story", str(other), after(60), ANN)
        assert tx.story(story).muted
        assert tx.story(other).muted
        assert tx.mute("story", str(other), NOW, BOB)  # its time is over at once
        assert not tx.story(other).muted
        assert tx.unmute("story", str(story))
        assert not tx.story(story).muted
        assert not tx.unmute("story", str(story))
        assert not tx.unmute("story", str(other))


@pytest.mark.parametrize("key", ["99", "", "x", "-1", "1.0", "\u0662", "9" * 30])
def test_what_is_no_story_is_not_muted(store: Database, key: str) -> None:
    with store.begin() as tx:
        tx.create_story(NOW)
        assert not tx.mute("story", key, None, ANN)
        assert tx.mutes(NOW) == []


def test_what_waits_of_a_muted_story_is_not_sent(store: Database) -> None:
    with store.begin() as tx:
        story = tx.create_story(NOW)
        sent = add(tx, "sent", story_id=story)
        send(tx, 41)
        tx.amend_delivery(sent, alert("changed"), NOW)  # an edit is silent, and may say that the story is muted
        ready, held = add(tx, "ready", story_id=story), add(tx, "held", story_id=story, held_until=after(60))
        other = add(tx, "other", story_id=tx.create_story(NOW))
        tx.mute("story", str(story), None, ANN)
        assert [row(tx, ident).state for ident in (sent, ready, held, other)] == ["ready", "muted", "muted", "ready"]


@pytest.mark.parametrize("carrier_lives", [True, False])
def test_what_a_row_carried_goes_by_itself_where_that_row_is_too_old_to_wait_again(
    store: Database, *, carrier_lives: bool
) -> None:
    with store.begin() as tx:
        story = tx.create_story(NOW)
        carrier = add(tx, "carrier", story_id=story, expires_at=after(7200 if carrier_lives else 60))
        carried = add(tx, "carried", story_id=story, expires_at=after(3600), carried_by="carrier")
        tx.mute("story", str(story), None, ANN)
        tx.unmute("story", str(story))
        assert tx.revive_silenced(story, after(600)) == (2 if carrier_lives else 1)
        found = row(tx, carried)
    if carrier_lives:
        assert (found.state, found.in_digest) == ("held", carrier)
    else:
        assert (found.state, found.in_digest) == ("ready", None)


def test_mutes_in_force_are_listed(store: Database) -> None:
    def listed(tx: Transaction, at: datetime) -> list[tuple[str, str]]:
        return [(mute.kind, mute.key) for mute in tx.mutes(at)]

    with store.begin() as tx:
        tx.mute("watchlist", "Зброя", after(60), ANN)
        tx.mute("watchlist", "Arms", None, BOB)
        tx.mute("story", str(tx.create_story(NOW)), after(30), ANN)
        assert listed(tx, NOW) == [("story", "1"), ("watchlist", "Arms"), ("watchlist", "Зброя")]
        assert listed(tx, after(45)) == [("watchlist", "Arms"), ("watchlist", "Зброя")]
        assert tx.mutes(after(60)) == [Mute(MuteKind.WATCHLIST, "Arms", None, BOB, NOW)]
        with pytest.raises(ValueError, match="channel"):
            tx.mute("channel", "desk", None, ANN)


def test_mutes_that_are_over_are_forgotten(store: Database) -> None:
    with store.begin() as tx:
        tx.mute("watchlist", "over", NOW, ANN)
        tx.mute("watchlist", "lasts", after(1), ANN)
        tx.mute("watchlist", "for good", None, ANN)
        tx.mute("story", str(tx.create_story(NOW)), None, ANN)
        tx.mute("story", str(tx.create_story(NOW - timedelta(days=500))), None, ANN)
        assert tx.clean_up(NOW - timedelta(days=400)) == 1  # the old story; mutes go with it, and are not counted
        assert [mute.key for mute in tx.mutes(NOW - timedelta(days=1))] == ["1", "for good", "lasts"]


def test_feedback_is_forgotten_with_time_and_not_with_its_row(store: Database) -> None:
    old = NOW - timedelta(days=500)
    with store.begin() as tx:
        tx.save_feedback(judged(tx, "a", "Arms"), ANN, useful=True, now=old)
        tx.save_feedback(judged(tx, "b", "Arms"), ANN, useful=True, now=NOW)
        tx.clean_up(NOW - timedelta(days=400))
        assert tx.feedback_counts(old) == {"Arms": (1, 0)}


def test_a_message_names_its_row(store: Database) -> None:
    with store.begin() as tx:
        added = add(tx, "a")
        assert tx.delivery_by_message("desk", 41) is None
        send(tx, 41)
        found = tx.delivery_by_message("desk", 41)
        assert found is not None
        assert found.id == added
        assert tx.delivery_by_message("other", 41) is None
