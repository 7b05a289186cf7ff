"""What goes out when: quiet hours, digests, bursts, cooldowns, over a real store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from doubles.policy_harness import MORNING, NIGHT, lists

from monitor.model import Burst, Relation, State

# --------------------------------------------------------------------------- quiet hours


def test_quiet_hours_hold_all_but_what_is_critical_and_end_in_one_message(make: Any) -> None:
    desk = make(quiet_hours=NIGHT)
    desk.story("before", "arms")
    desk.pass_(3600)
    for title, name in (("low", "arms"), ("high", "loud"), ("critical", "alarm")):
        desk.story(title, name)
        desk.pass_(600)
    assert desk.said() == ["before", "critical"]
    desk.until(MORNING - timedelta(seconds=1))
    assert desk.said() == ["before", "critical"]
    desk.pass_(1)
    assert desk.said() == ["before", "critical", "2 alerts gathered: high, low"]
    desk.pass_(86400)
    assert len(desk.messages) == 3
    assert set(desk.states().values()) == {State.SENT}


def test_a_digest_is_in_the_language_of_its_channel(make: Any) -> None:
    desk = make(quiet_hours=NIGHT, language="uk")
    desk.pass_(3600)
    for title in ("one", "two"):
        desk.story(title, "arms")
    desk.until(MORNING)
    (shown,) = desk.messages.values()
    assert (shown.alert.headline, shown.alert.wording) == ("2 зібрані сповіщення", "uk")


def test_a_single_held_alert_comes_as_itself(make: Any) -> None:
    desk = make(quiet_hours=NIGHT)
    desk.pass_(3600)
    desk.story("alone", "arms")
    desk.until(MORNING)
    assert desk.said() == ["alone"]


def test_edits_go_in_quiet_hours_and_replies_wait_for_their_end(make: Any) -> None:
    desk = make(quiet_hours=NIGHT)
    story = desk.story("first", "arms")
    desk.pass_(3600)
    desk.join(story, "second", "arms")
    desk.tick()
    (shown,) = desk.messages.values()
    assert (shown.edits, shown.alert.outlets) == (1, 2)
    desk.until(MORNING)
    assert desk.said() == ["first", "↩ second (second independent source: Reuters)"]
    reply = desk.rows()[-1]
    assert reply.reply_to == shown.row


def test_what_grows_while_it_is_held_comes_with_all_it_has(make: Any) -> None:
    desk = make(quiet_hours=NIGHT)
    desk.pass_(3600)
    story = desk.story("first", "arms")
    desk.join(story, "second", "arms")
    desk.until(MORNING)
    (shown,) = desk.messages.values()
    assert (shown.alert.outlets, shown.edits) == (2, 0)


def test_what_could_not_be_sent_before_quiet_hours_waits_for_their_end(make: Any) -> None:
    desk = make(quiet_hours=NIGHT)
    desk.away = True
    desk.story("one", "arms")
    desk.story("two", "arms")
    desk.story("critical", "alarm")
    desk.pass_(3600)
    desk.away = False
    desk.pass_(600)
    assert desk.said() == ["critical"]
    desk.until(MORNING)
    assert desk.said() == ["critical", "2 alerts gathered: one, two"]


def test_a_clock_set_back_in_the_night_holds_nothing_for_longer(make: Any) -> None:
    desk = make(MORNING - timedelta(hours=1), quiet_hours=NIGHT)
    desk.story("one", "arms")
    desk.clock.set_wall(-12 * 3600)  # 18:00 in Kyiv: no quiet hours any more
    desk.tick()
    assert desk.said() == ["one"]


@pytest.mark.parametrize("days", [1, 30])
def test_a_clock_set_back_by_days_holds_nothing_for_days(make: Any, days: int) -> None:
    desk = make(MORNING - timedelta(hours=1), quiet_hours=NIGHT)
    desk.story("one", "arms")
    desk.clock.set_wall(-days * 86400)
    desk.pass_(3600)
    assert desk.said() == ["one"]


def test_a_clock_set_forward_lets_go_what_is_due_then(make: Any) -> None:
    desk = make(quiet_hours=NIGHT)
    desk.pass_(3600)
    desk.story("one", "arms")
    desk.clock.set_wall(12 * 3600)
    desk.tick()
    assert desk.said() == ["one"]


def test_quiet_hours_that_are_taken_out_of_the_configuration_hold_nothing(make: Any) -> None:
    desk = make(quiet_hours=NIGHT)
    desk.pass_(3600)
    desk.story("one", "arms")
    desk.tick()
    assert desk.said() == []
    desk.channels = [replace(desk.channels[0], quiet_hours=None)]
    desk.tick()
    assert desk.said() == ["one"]


# --------------------------------------------------------------------------- digests


def test_a_digest_gathers_what_is_below_high_and_the_rest_goes_at_once(make: Any) -> None:
    desk = make(datetime(2023, 11, 9, 10, 30, tzinfo=UTC), digest=7200.0)
    desk.story("one", "arms")
    desk.story("high", "loud")
    desk.story("two", "arms")
    desk.pass_(3600)
    assert desk.said() == ["high"]
    desk.pass_(1800)
    assert desk.said() == ["high", "2 alerts gathered: one, two"]
    desk.story("three", "arms")
    desk.pass_(7200)
    assert desk.said()[2:] == ["three"]


def test_a_daily_digest_that_is_due_in_quiet_hours_comes_at_their_end(make: Any) -> None:
    desk = make(digest="06:00", quiet_hours=NIGHT, timezone="Europe/Kyiv")
    desk.story("evening", "arms")
    desk.pass_(7200)
    desk.story("night", "loud")
    desk.until(MORNING - timedelta(seconds=1))
    assert desk.said() == []
    desk.pass_(1)
    assert desk.said() == ["2 alerts gathered: night, evening"]


def test_a_hundred_alerts_are_all_in_some_digest(make: Any) -> None:
    desk = make(digest="08:00")
    for number in range(100):
        desk.story(f"{number:03} " + "a rather long title of an article " * 3, "arms")
    desk.pass_(86400)
    titles = [item.headline[:3] for shown in desk.messages.values() for item in shown.alert.items]
    assert sorted(titles) == [f"{number:03}" for number in range(100)]
    assert len(desk.messages) == 5


def test_what_is_gathered_while_the_last_digest_waits_joins_it(make: Any) -> None:
    desk = make(digest=3600.0)
    desk.away = True
    for title in ("one", "two", "three"):
        desk.story(title, "arms")
        desk.story(title.upper(), "arms")
        desk.pass_(3600)
    desk.away = False
    desk.tick()
    assert desk.said() == ["6 alerts gathered: one, ONE, two, TWO, three, THREE"]


def test_a_story_that_a_digest_told_rings_in_reply_to_it(make: Any) -> None:
    desk = make(digest=3600.0)
    story = desk.story("one", "arms")
    desk.story("two", "arms")
    desk.pass_(3600)
    desk.join(story, "URGENT: one", "arms", source="Yonhap", relation=Relation.VERSION)
    desk.join(story, "(URGENT) one", "loud", source="Reuters")
    desk.tick()
    ((digest, *_),) = [list(desk.messages.values())[:1]]
    assert any(row.reply_to == digest.row for row in desk.rows())


# --------------------------------------------------------------------------- bursts


def test_a_burst_comes_in_one_message_that_grows(make: Any) -> None:
    desk = make(burst=Burst(3, 600.0))
    for number in range(8):
        desk.story(f"story {number}", "arms")
        desk.tick()
    assert desk.said() == [
        "story 0", "story 1", "story 2", "5 more alerts: story 7, story 6, story 5, story 4, story 3",
    ]  # fmt: skip
    assert desk.rung() == 4
    assert list(desk.messages.values())[-1].edits == 4
    desk.story("critical", "alarm")
    desk.tick()
    assert desk.said()[-1] == "critical"
    assert set(desk.states().values()) == {State.SENT}


def test_after_a_burst_alerts_come_by_themselves_again(make: Any) -> None:
    desk = make(burst=Burst(2, 600.0))
    for number in range(4):
        desk.story(f"a{number}", "arms")
        desk.tick()
    desk.pass_(601)
    for number in range(4):
        desk.story(f"b{number}", "arms")
        desk.tick()
    assert desk.said() == ["a0", "a1", "2 more alerts: a3, a2", "b0", "b1", "2 more alerts: b3, b2"]


def test_a_burst_that_is_not_sent_yet_is_one_message_all_the_same(make: Any) -> None:
    desk = make(burst=Burst(2, 600.0))
    desk.away = True
    for number in range(5):
        desk.story(f"a{number}", "arms")
    desk.away = False
    desk.tick()
    assert desk.said() == ["a0", "a1", "3 more alerts: a4, a3, a2"]


def test_a_long_burst_fills_several_messages(make: Any) -> None:
    desk = make(burst=Burst(1, 600.0))
    for number in range(60):
        desk.story(f"{number:02} " + "a rather long title of an article " * 3, "arms")
        desk.tick()
    titles = [item.headline[:2] for shown in desk.messages.values() for item in shown.alert.items]
    assert sorted(titles) == [f"{number:02}" for number in range(1, 60)]
    assert 3 < len(desk.messages) < 10


def test_what_a_burst_collapsed_is_listed(make: Any) -> None:
    desk = make(burst=Burst(1, 600.0))
    desk.story("one", "arms")
    desk.story("two", "arms")
    rows = {row.dedupe: row for row in desk.rows()}
    rolling = rows["burst:desk:alert:2:arms:desk"]
    assert (rows["alert:2:arms:desk"].state, rows["alert:2:arms:desk"].in_digest) == (State.HELD, rolling.id)


def test_a_reply_in_a_burst_is_in_its_message(make: Any) -> None:
    desk = make(burst=Burst(2, 600.0))
    story = desk.story("one", "arms")
    desk.story("two", "arms")
    desk.tick()
    desk.join(story, "again", "arms")
    desk.tick()
    assert desk.said()[-1] == "1 more alert: again"


# --------------------------------------------------------------------------- cooldowns


def test_a_cooldown_gathers_further_stories_at_its_end(make: Any) -> None:
    desk = make(watchlists=lists(cooldown=1800.0))
    for title in ("one", "two", "three"):
        desk.story(title, "arms")
        desk.pass_(300)
    desk.story("other", "loud")
    desk.tick()
    assert desk.said() == ["one", "other"]
    desk.pass_(900)
    assert desk.said() == ["one", "other", "2 alerts gathered: two, three"]
    desk.story("four", "arms")
    desk.pass_(600)
    assert len(desk.messages) == 3, "the digest began the next cooldown"
    desk.pass_(1200)
    assert desk.said()[-1] == "four"


def test_a_cooldown_does_not_hold_what_is_critical(make: Any) -> None:
    desk = make(watchlists=lists(cooldown=1800.0))
    desk.story("one", "alarm")
    desk.story("two", "alarm")
    desk.tick()
    assert desk.said() == ["one", "two"]
