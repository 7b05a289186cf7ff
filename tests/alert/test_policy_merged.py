"""Rows of a story that is part of another one now: what it told is told, and its pointers grow no more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from alert.test_policy import article, case, member, opened, row, verdict

from monitor.alert.policy import Decision, decide
from monitor.model import Article, Delivery, FollowedStory, Relation, State


def younger(rows: list[Delivery], **more: Any) -> list[Delivery]:
    """Return rows as of another story, which point to this one's."""
    found = []
    for each in rows:
        alert = replace(each.alert, follows=FollowedStory(5, "КНДР і зброя"), pointer=True)
        dedupe = each.dedupe.replace("alert:5:", "alert:9:")
        found.append(replace(each, id=each.id + 10, dedupe=dedupe, alert=alert, **more))
    return found


def joined(rows: list[Delivery]) -> tuple[Decision, Article]:
    first, opener, own, _ = opened()
    second = article(2, "Reuters")
    verdicts = (own, verdict(second))
    members = opener, member(second, Relation.SAME)
    assert first.id == 1
    return decide(case(second, *members, verdicts=verdicts, deliveries=tuple(rows))), second


def test_the_message_grows_and_not_the_pointer() -> None:
    *_, rows = opened()
    decision, _ = joined([*rows, *younger(rows)])
    assert [ident for ident, _ in decision.amend] == [10, 11]
    assert not any(new.dedupe.startswith("alert:") for new in decision.add)


def test_what_the_other_story_told_alone_is_told() -> None:
    *_, rows = opened()
    others = [replace(each, alert=replace(each.alert, pointer=False)) for each in younger(rows)]
    decision, _ = joined(others)
    assert [ident for ident, _ in decision.amend] == [20, 21]
    assert not any(new.dedupe.startswith("alert:") for new in decision.add)


def test_a_pointer_to_a_message_that_is_dead_goes_on_itself() -> None:
    *_, rows = opened()
    dead = [replace(each, state=State.DEAD) for each in rows]
    decision, _ = joined([*dead, *younger(rows)])
    assert [(ident, alert.pointer) for ident, alert in decision.amend] == [(20, False), (21, False)]


def test_a_pointer_of_a_watchlist_that_the_message_does_not_have_leads_to_it() -> None:
    *_, rows = opened()
    desk = rows[0]
    loud = replace(desk.alert, watchlist="quiet", pointer=True)
    pointer = replace(desk, id=30, dedupe="alert:9:quiet:desk", alert=loud)
    second = article(2, "Reuters")
    first = article(1)
    verdicts = verdict(first), verdict(second), verdict(second, "quiet")
    found = decide(
        case(second, member(first), member(second, Relation.SAME), verdicts=verdicts, deliveries=(*rows, pointer))
    )
    assert [ident for ident, _ in found.amend] == [10, 11]
    assert not any("quiet" in new.dedupe for new in found.add), "it was told"


def test_a_row_of_an_escalation_is_no_alert_of_its_channel() -> None:
    first = article(1)
    new = decide(case(first, verdicts=(verdict(first),))).add[0]
    escalation = replace(row(new, 40), dedupe="escalate:3:desk")
    decision, _ = joined([escalation])
    assert any(each.dedupe == "alert:5:arms:desk" for each in decision.add)
