"""Critical alerts that nobody acknowledged, over a real store."""

from __future__ import annotations

from doubles.policy_harness import PolicyHarness

from monitor.model import Act, ActKind, Channel, JoinReason, JoinRule, Severity, Watchlist
from monitor.model.settings import Escalation
from monitor.pipeline.acks import mark_story
from monitor.pipeline.escalation import escalate
from monitor.pipeline.grouping import unite


def harness(*to: str) -> PolicyHarness:
    lists = [
        Watchlist("alarm", severity=Severity.CRITICAL, notify=("desk",)),
        Watchlist("loud", severity=Severity.HIGH, notify=("desk",)),
    ]
    desk = Channel("desk", "telegram", escalate=Escalation(to, 600.0))
    return PolicyHarness(lists, [desk, Channel("chief", "telegram")])


def written(made: PolicyHarness) -> int:
    with made.store.begin() as tx:
        return escalate(tx, made.rules, made.clock.now())


def test_it_goes_once_to_each_channel() -> None:
    made = harness("chief", "gone")
    made.story("Missiles", "alarm")
    made.story("Shells", "loud")
    made.tick()
    assert written(made) == 0
    made.clock.pass_(600)
    assert (written(made), written(made)) == (1, 0)
    made.tick()
    assert made.said("chief") == ["Missiles"]


def test_what_somebody_acknowledged_does_not() -> None:
    made = harness("chief")
    story = made.story("Missiles", "alarm")
    made.tick()
    with made.store.begin() as tx:
        mark_story(tx, story, Act(ActKind.ACK, 7, "Ann", made.clock.now()), made.clock.now(), None)
    made.clock.pass_(600)
    assert written(made) == 0


def merged(made: PolicyHarness, *, acknowledged_first: bool) -> None:
    """Send alerts of two stories and merge these; the younger story's alert is acknowledged before or after the merge."""
    older, younger = made.story("Missiles", "alarm"), made.story("More missiles", "alarm")
    made.tick()
    act = Act(ActKind.ACK, 7, "Ann", made.clock.now())
    with made.store.begin() as tx:
        if acknowledged_first:
            mark_story(tx, younger, act, made.clock.now(), None)
        pair = tx.story(older), tx.story(younger)
        unite(tx, pair, JoinReason(JoinRule.BRIDGE, pair[0].members[0].article_id), made.clock.now())
        if not acknowledged_first:
            mark_story(tx, older, act, made.clock.now(), None)
    made.tick()
    made.clock.pass_(600)


def test_who_acknowledged_one_of_two_stories_has_not_seen_the_other() -> None:
    made = harness("chief")
    merged(made, acknowledged_first=True)
    assert written(made) == 1
    made.tick()
    assert made.said("chief") == ["Missiles"]
    (told,) = [row for row in made.rows() if row.channel == "chief"]
    with made.store.begin() as tx:  # who hears it there ends it, as before
        mark_story(tx, told.story_id or 0, Act(ActKind.ACK, 8, "Bob", made.clock.now()), made.clock.now(), None)
    assert written(made) == 0


def test_what_is_acknowledged_after_a_merge_is_acknowledged_for_both() -> None:
    made = harness("chief")
    merged(made, acknowledged_first=False)
    assert written(made) == 0


def test_a_story_that_becomes_critical_waits_from_then_on() -> None:
    made = harness("chief")
    story = made.story("Shells", "loud")
    made.tick()
    made.clock.pass_(3600)
    made.join(story, "Missiles", "alarm")
    made.tick()
    assert written(made) == 0
    made.clock.pass_(600)
    assert written(made) == 1


def test_a_story_goes_once_to_a_channel_that_several_escalate_to() -> None:
    lists = [Watchlist("alarm", severity=Severity.CRITICAL, notify=("desk", "night"))]
    both = [Channel(name, "telegram", escalate=Escalation(("chief",), 600.0)) for name in ("desk", "night")]
    made = PolicyHarness(lists, [*both, Channel("chief", "telegram")])
    made.story("Missiles", "alarm")
    made.tick()
    made.clock.pass_(600)
    assert (written(made), written(made)) == (1, 0)
    made.tick()
    assert made.said("chief") == ["Missiles"]
