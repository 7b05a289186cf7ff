from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from monitor.alert.regroup import absorbing, pointing, regrouped
from monitor.model import Alert, FollowedStory, Member, MessageKind, Quote, Relation, Severity, Story

NOW = datetime(2024, 3, 2, 8, 0, tzinfo=UTC)


def member(ident: int, source: str, relation: Relation = Relation.SAME) -> Member:
    return Member(ident, source, "en", f"title {ident}", f"https://x.org/{ident}", NOW, relation, ("KCNA",))


FIRST, SECOND = member(1, "Yonhap", Relation.FIRST), member(2, "Reuters")
ALERT = Alert(
    MessageKind.ALERT, "title 2", source="Reuters", url="https://x.org/2", members=(FIRST, SECOND), outlets=2,
    independent=1, quotes=(Quote("A sentence."),),
)  # fmt: skip


def test_what_is_shown_stays_where_it_is_still_of_the_story() -> None:
    found = regrouped(ALERT, Story(5, NOW, NOW, (SECOND,)), "a line")
    assert found == replace(ALERT, members=(SECOND,), outlets=1, independent=1, news="a line")


def test_the_first_that_is_left_comes_to_the_front() -> None:
    found = regrouped(ALERT, Story(5, NOW, NOW, (FIRST,)), "a line")
    assert (found.headline, found.source, found.url, found.citing) == ("title 1", "Yonhap", FIRST.url, ("KCNA",))
    assert found.quotes == ()


def test_a_story_without_articles_shows_what_it_showed() -> None:
    related = replace(FIRST, relation=Relation.RELATED)
    assert regrouped(ALERT, Story(5, NOW, NOW, (related,)), "a line").headline == "title 2"


def test_a_pointer_keeps_what_it_told() -> None:
    to = FollowedStory(5, "title 1")
    assert pointing(replace(ALERT, news="a line"), to) == replace(ALERT, follows=to, pointer=True)


def test_a_message_speaks_for_what_points_to_it() -> None:
    own = replace(ALERT, watchlist="arms", also=("aid",), severity=Severity.HIGH)
    other = replace(ALERT, watchlist="loud", also=("arms",), severity=Severity.CRITICAL, critical_at=NOW)
    found = absorbing(own, other)
    assert (found.watchlist, found.also) == ("arms", ("aid", "loud"))
    assert (found.severity, found.critical_at) == (Severity.CRITICAL, NOW)
    assert absorbing(other, own).severity is Severity.CRITICAL
    assert absorbing(ALERT, ALERT) == ALERT
