"""What goes out where several watchlists meet, under mutes, and after outages, over a real store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from doubles.policy_harness import MORNING, NIGHT

from monitor.model import Channel, Lane, MuteKind, Relation, Severity, State, Watchlist

# --------------------------------------------------------------------------- several watchlists, channels, mutes


def test_one_story_is_one_message_whichever_watchlists_it_matches(make: Any) -> None:
    desk = make()
    story = desk.story("one", "arms", "loud")
    desk.tick()
    (shown,) = desk.messages.values()
    assert (shown.alert.watchlist, shown.alert.also, shown.alert.severity) == ("loud", ("arms",), Severity.HIGH)
    assert set(desk.states()) == {"alert:1:arms:desk", "alert:1:loud:desk"}
    assert set(desk.states().values()) == {State.SENT}
    desk.join(story, "again", "alarm", relation=Relation.COPY)
    desk.tick()
    first, reply = desk.messages.values()
    assert (first.alert.also, first.edits) == (("arms", "alarm"), 1)
    assert reply.alert.note == "severity is now critical"
    assert set(desk.states().values()) == {State.SENT}


def test_a_held_story_that_becomes_critical_goes_at_once(make: Any) -> None:
    desk = make(quiet_hours=NIGHT)
    desk.pass_(3600)
    story = desk.story("one", "arms")
    desk.tick()
    assert desk.said() == []
    desk.join(story, "two", "alarm", relation=Relation.COPY)
    desk.tick()
    (shown,) = desk.messages.values()
    assert (shown.alert.severity, shown.alert.also) == (Severity.CRITICAL, ("alarm",))
    assert set(desk.states().values()) == {State.SENT}


def test_two_channels_of_one_chat_get_a_message_each(make: Any) -> None:
    desk = make(watchlists=[Watchlist("arms", notify=("desk", "topic"))])
    desk.channels = [*desk.channels, Channel("topic", "telegram", {"chat": -1, "topic": 7})]
    desk.story("one", "arms")
    desk.tick()
    assert (desk.said("desk"), desk.said("topic")) == (["one"], ["one"])


def test_a_muted_watchlist_is_recorded_and_never_sent(make: Any) -> None:
    desk = make()
    with desk.store.begin() as tx:
        tx.mute(MuteKind.WATCHLIST, "arms", desk.clock.now() + timedelta(hours=2), 7)
    story = desk.story("muted", "arms")
    both = desk.story("both", "arms", "loud")
    desk.pass_(10_800)
    desk.join(story, "again", "arms")
    desk.join(both, "both again", "arms", relation=Relation.COPY)
    desk.story("later", "arms")
    desk.tick()
    assert desk.said() == ["both", "later"]
    assert next(iter(desk.messages.values())).alert.also == ()
    assert desk.states()["alert:1:arms:desk"] is State.MUTED


def test_what_is_muted_while_it_is_held_is_not_in_the_digest(make: Any) -> None:
    desk = make(quiet_hours=NIGHT)
    desk.pass_(3600)
    story = desk.story("muted story", "arms")
    desk.story("muted watchlist", "loud", "arms")
    desk.story("half muted", "loud", "cooling")
    desk.story("one", "arms")
    with desk.store.begin() as tx:
        tx.mute(MuteKind.STORY, str(story), None, 7)
    desk.until(MORNING - timedelta(hours=1))
    desk.watchlists = [*desk.watchlists, Watchlist("cooling", notify=("desk",))]
    desk.story("both", "arms", "cooling")
    with desk.store.begin() as tx:
        tx.mute(MuteKind.WATCHLIST, "loud", None, 7)
        tx.mute(MuteKind.WATCHLIST, "arms", None, 7)
    desk.pass_(7200)
    assert desk.said() == ["both"]
    muted = [name for name, state in desk.states().items() if state is State.MUTED]
    assert len(muted) == 5


def test_what_is_muted_while_nothing_can_be_sent_is_not_sent_later(make: Any) -> None:
    desk = make()
    desk.away = True
    story = desk.story("muted", "arms")
    with desk.store.begin() as tx:
        tx.mute(MuteKind.STORY, str(story), None, 7)
    desk.tick()
    desk.away = False
    desk.tick()
    assert desk.said() == []
    assert desk.states() == {"alert:1:arms:desk": State.MUTED}


# --------------------------------------------------------------------------- outages


def test_after_an_outage_the_loud_come_by_themselves_and_the_stale_in_one_message(make: Any) -> None:
    desk = make(datetime(2023, 11, 9, 8, 0, tzinfo=UTC))
    desk.away = True
    for hour in range(6):
        desk.story(f"normal {hour}", "arms")
        desk.story(f"high {hour}", "loud")
        desk.fail("desk")
        desk.pass_(3600)
    desk.story("fresh", "arms")
    desk.away = False
    desk.tick()
    said = desk.said()
    assert [line for line in said if line.startswith("high")] == [f"high {hour}" for hour in range(6)]
    (gathered,) = [line for line in said if "alerts" in line]
    assert gathered == "5 alerts gathered: normal 0, normal 1, normal 2, normal 3, normal 4"
    assert said[-3:] == ["normal 5", "high 5", "fresh"]
    assert set(desk.states().values()) == {State.SENT}


def test_a_chat_that_takes_messages_again_after_hours_gets_what_is_stale_in_one(make: Any) -> None:
    desk = make(datetime(2023, 11, 9, 8, 0, tzinfo=UTC))
    with desk.store.begin() as tx:
        tx.save_lane(Lane("lane:desk", suspended_at=desk.clock.now(), reason="blocked"), ["desk"])
    for title, name in (("one", "arms"), ("high", "loud"), ("two", "arms")):
        desk.story(title, name)
    desk.pass_(3 * 3600)
    assert set(desk.states().values()) == {State.SUSPENDED, State.HELD}
    with desk.store.begin() as tx:
        tx.save_lane(Lane("lane:desk"), ["desk"])
    desk.tick()
    assert desk.said() == ["high", "2 alerts delayed: one, two"]


def test_what_a_webhook_was_sent_goes_by_itself_under_its_own_key(make: Any) -> None:
    desk = make(datetime(2023, 11, 9, 8, 0, tzinfo=UTC))
    desk.channels = [replace(desk.channels[0], kind="webhook", idempotent=True)]
    desk.away = True
    for title in ("tried", "one", "two"):
        desk.story(title, "arms")
    desk.fail("desk")
    desk.pass_(3 * 3600)
    desk.away = False
    desk.tick()
    assert desk.said() == ["tried", "2 alerts delayed: one, two"]


def test_a_single_stale_alert_comes_as_itself(make: Any) -> None:
    desk = make(datetime(2023, 11, 9, 8, 0, tzinfo=UTC))
    desk.away = True
    desk.story("one", "arms")
    desk.pass_(6 * 3600)
    desk.away = False
    desk.tick()
    assert desk.said() == ["one"]


def test_a_clock_set_forward_makes_nothing_stale(make: Any) -> None:
    desk = make(datetime(2023, 11, 9, 8, 0, tzinfo=UTC))
    desk.away = True
    desk.story("one", "arms")
    desk.story("two", "arms")
    desk.clock.set_wall(86400)
    with desk.store.begin() as tx:
        tx.shift_schedule(86400)
    desk.away = False
    desk.tick()
    assert desk.said() == ["one", "two"]


def test_several_that_go_stale_at_once_are_said_to_be_delayed(make: Any) -> None:
    desk = make(datetime(2023, 11, 9, 8, 0, tzinfo=UTC))
    desk.away = True
    desk.story("one", "arms")
    desk.story("two", "arms")
    desk.pass_(3 * 3600, step=3 * 3600)
    desk.away = False
    desk.tick()
    assert desk.said() == ["2 alerts delayed: one, two"]


def test_what_was_held_for_days_does_not_expire_when_it_is_let_go(make: Any) -> None:
    desk = make(digest=5 * 86400.0)
    desk.story("one", "arms")
    desk.pass_(6 * 86400, step=3600)
    assert desk.said() == ["one"]


def test_a_channels_own_expiry_counts(make: Any) -> None:
    desk = make(expire=3600.0)
    desk.away = True
    desk.story("one", "arms")
    desk.pass_(3600)
    assert set(desk.states().values()) == {State.DEAD}


def test_old_news_after_downtime_comes_in_one_message_also_at_night(make: Any) -> None:
    desk = make(quiet_hours=NIGHT)
    desk.pass_(3600)
    for title in ("one", "two"):
        desk.story(title, "arms", late=True)
    desk.tick()
    assert desk.said() == []
    desk.until(MORNING)
    assert desk.said() == ["2 alerts gathered: one, two"]
