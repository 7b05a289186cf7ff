"""The alert of a story that is related to an earlier one says so; what was sent before is left as it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from doubles.policy_harness import NIGHT, PolicyHarness

from monitor.model import FollowedStory, State
from monitor.store import codec


def followed(desk: PolicyHarness) -> list[FollowedStory | None]:
    return [row.alert.follows for row in desk.rows()]


def test_an_alert_names_the_earlier_story_and_its_message(make: Any) -> None:
    desk = make()
    first = desk.story("EU adopts", "arms")
    desk.tick()
    at = desk.clock.now()
    desk.pass_(60)
    desk.story("Hungary will block", "arms", related=(first,))
    desk.tick()
    told = desk.rows()[0]
    assert followed(desk) == [None, FollowedStory(first, "EU adopts", "Yonhap", at, "https://x.org/1", told.message_id)]
    assert told.message_id is not None


def test_the_nearest_story_counts_that_the_channel_was_told_of(make: Any) -> None:
    desk = make()
    far, near = desk.story("far", "arms"), desk.story("near", "arms")
    unmatched = desk.story("unmatched")
    desk.tick()
    desk.story("new", "arms", related=(999, unmatched, near, far))
    assert desk.rows()[-1].alert.follows.title == "near"


def test_a_story_follows_no_later_one_and_none_that_failed(make: Any) -> None:
    desk = make()
    old = desk.story("old")
    desk.story("later", "arms")
    desk.join(old, "matches now", "arms", related=(old, old + 1))
    assert followed(desk) == [None, None]
    desk.away = True
    desk.pass_(4 * 86400)
    assert {row.state for row in desk.rows() if row.story_id} == {State.DEAD}
    desk.story("new", "arms", related=(old, old + 1))
    new = desk.rows()[-1].alert
    assert (new.headline, new.follows) == ("new", None)


def test_a_story_that_a_digest_told_is_linked_by_the_digest(make: Any) -> None:
    desk = make(quiet_hours=NIGHT)
    desk.pass_(3600)
    first = desk.story("one", "arms")
    desk.story("two", "arms")
    desk.pass_(12 * 3600)
    (digest,) = desk.messages
    desk.story("after one", "arms", related=(first,))
    found = desk.rows()[-1].alert.follows
    assert (found.title, found.message) == ("one", digest)


def test_alerts_of_before_are_not_edited_for_the_line(make: Any) -> None:
    """As written by a version that knew no such line: what joins, is edited or comes again adds none."""
    desk = make()
    first = desk.story("EU adopts", "arms")
    second = desk.story("Hungary will block", "arms")
    desk.tick()
    before = [codec.alert_to_json(row.alert) for row in desk.rows()]
    assert not any("follows" in text for text in before)
    desk.pass_(timedelta(hours=1).total_seconds())
    assert [row.revision for row in desk.rows()] == [1, 1]
    desk.join(second, "Budapest will block", "arms", related=(first,))
    desk.tick()
    assert not any("follows" in codec.alert_to_json(row.alert) for row in desk.rows())


def test_the_line_stays_as_it_was_when_the_story_grows(make: Any) -> None:
    desk = make()
    first = desk.story("EU adopts", "arms")
    desk.tick()
    second = desk.story("Hungary will block", "arms", related=(first,))
    desk.tick()
    line = desk.rows()[-1].alert.follows
    other = desk.story("another", "arms")
    desk.join(second, "Budapest will block", "arms", related=(other, first))
    desk.join(first, "EU adopts, officially", "arms")
    desk.tick()
    again = next(row for row in desk.rows() if row.story_id == second and row.reply_to is None)
    assert (again.alert.follows, again.revision) == (line, 2)
    assert replace(again.alert, follows=None) != again.alert
