"""What an edit says is new, and the changes of fact for which a story rings again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.alert import news
from monitor.alert.context import AlertContext
from monitor.alert.policy import decide
from monitor.i18n import alert_phrases
from monitor.model import (
    Article,
    Channel,
    Delivery,
    JoinReason,
    JoinRule,
    Member,
    MessageKind,
    NewDelivery,
    Relation,
    Severity,
    State,
    Story,
    Verdict,
    Watchlist,
)

NOW = datetime(2024, 3, 2, 8, 0, tzinfo=UTC)
LIST = Watchlist("city", entities=("Kharkiv",), severity=Severity.HIGH, notify=("desk",))
TEXT = "A drone hit a house in Kharkiv at night, the mayor said."


def article(ident: int, title: str, text: str = TEXT, source: str = "Ukrinform", **more: Any) -> Article:
    return Article(f"https://x.org/{ident}", title, text, source, "en", published=NOW, id=ident, **more)


def member(item: Article, relation: Relation, *cites: str, of: int | None = None) -> Member:
    reason = None if of is None else JoinReason(JoinRule.NUMBER, of)
    return Member(item.id or 0, item.source, "en", item.title, item.url, item.when, relation, cites, reason)


def context(item: Article, members: tuple[Member, ...], rows: tuple[Delivery, ...] = (), **more: Any) -> AlertContext:
    first = members[0].article_id
    matched = Verdict("city", matched=True, reason="1 term", terms=("Kharkiv",))
    return AlertContext(
        story=Story(5, NOW, NOW, members),
        article=item,
        verdicts=((first, matched),),
        watchlists={"city": LIST},
        channels={"desk": Channel("desk", "console")},
        deliveries=rows,
        **{"now": NOW} | more,
    )


def row(new: NewDelivery, ident: int, **more: Any) -> Delivery:
    values: dict[str, Any] = {
        "state": State.SENT, "revision": 1, "sent_revision": 1, "attempts": 0, "due_at": NOW, "created_at": NOW,
        "message_id": 7,
    } | more  # fmt: skip
    return Delivery(ident, new.channel, new.dedupe, new.alert, story_id=5, reply_to=new.reply_to, **values)


def told(title: str, text: str = TEXT) -> tuple[Member, Delivery]:
    """Return a story's first article, and its message, sent."""
    first = article(1, title, text)
    one = member(first, Relation.FIRST)
    (new,) = decide(context(first, (one,))).add
    return one, row(new, 10)


def joins(first: str, second: Article, relation: Relation = Relation.SAME, *cites: str, **more: Any) -> Any:
    one, message = told(first)
    two = member(second, relation, *cites, of=more.pop("of", None))
    return decide(context(second, (one, two), (message, *more.pop("rows", ())), **more))


RINGS = [
    ("wounded up", "Strike on Kharkiv wounds 3", "Strike on Kharkiv wounds 5", "Ukrinform", (), "wounded 3 → 5"),
    ("of another outlet", "Strike on Kharkiv wounds 3", "Strike on Kharkiv wounds 5", "UNIAN", ("Ukrinform",),
     "wounded 3 → 5"),
    ("wounded down", "Strike on Kharkiv wounds 5", "Strike on Kharkiv wounds 3", "Ukrinform", (), None),
    ("the same", "Strike on Kharkiv wounds 5", "Strike on Kharkiv wounds 5 people", "Ukrinform", (), None),
    ("a first number", "Strike on Kharkiv", "Strike on Kharkiv wounds 5", "Ukrinform", (), None),
    ("missiles, own version", "Kharkiv hit by 3 missiles", "Kharkiv hit by 4 missiles", "Ukrinform", (),
     "missiles 3 → 4"),
    ("missiles, another outlet", "Kharkiv hit by 3 missiles", "Kharkiv hit by 4 missiles", "UNIAN", ("Ukrinform",), None),
    ("a denial", "Strike on Kharkiv", "Pentagon denies strike on Kharkiv", "Ukrinform", (),
     "officially denied: Ukrinform"),
    ("a confirmation", "Strike on Kharkiv", "Pentagon confirms strike on Kharkiv", "UNIAN", ("Ukrinform",),
     "officially confirmed: UNIAN"),
    ("of an official who is cited", "Strike on Kharkiv", "Mayor confirms strike on Kharkiv", "UNIAN",
     ("Ukrinform", "Ihor Terekhov"), "officially confirmed: UNIAN"),
    ("of nobody", "Strike on Kharkiv", "Blogger confirms strike on Kharkiv", "Ukrinform", (), None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "source", "cites", "note"), [each[1:] for each in RINGS], ids=[each[0] for each in RINGS]
)
def test_facts_that_change_ring(before: str, after: str, source: str, cites: tuple[str, ...], note: str | None) -> None:
    relation = Relation.VERSION if source == "Ukrinform" else Relation.SAME
    decision = joins(before, article(2, after, source=source), relation, *cites, of=1)
    assert [new.alert.note for new in decision.add] == ([note] if note else [])
    ((_, shown),) = decision.amend
    assert shown.news


def test_a_copy_rings_for_no_fact() -> None:
    second = article(2, "Strike on Kharkiv wounds 5", source="UNIAN")
    assert joins("Strike on Kharkiv wounds 3", second, Relation.COPY).add == ()


def test_a_change_that_could_not_ring_rings_with_the_next_article() -> None:
    one, message = told("Strike on Kharkiv wounds 3")
    second, third = article(2, "(LEAD) Strike on Kharkiv wounds 5"), article(3, "(2nd LD) Strike on Kharkiv")
    two, three = member(second, Relation.VERSION, of=1), member(third, Relation.VERSION, of=2)
    ringing = replace(message.alert, kind=MessageKind.REPLY, note="second independent source: UNIAN")
    earlier = NewDelivery("desk", "reply:5:city:desk:1", ringing, reply_to=10)
    rang = row(earlier, 11, created_at=NOW - timedelta(minutes=20))
    decision = decide(context(second, (one, two), (message, rang)))
    assert decision.add == ()
    message = replace(message, alert=dict(decision.amend)[10])
    later = NOW + timedelta(minutes=15)
    (new,) = decide(context(third, (one, two, three), (message, rang), now=later)).add
    assert new.alert.note == "wounded 3 → 5"
    assert dict(new.alert.figures)["wounded"] == "5"
    again = row(new, 12, created_at=later)
    after = decide(context(third, (one, two, three), (message, rang, again), now=later + timedelta(hours=1)))
    assert after.add == ()


LINES = [
    ("another outlet", article(2, "House hit", source="UNIAN"), Relation.SAME, "+ UNIAN: House hit"),
    ("a copy", article(2, "House hit", source="UNIAN"), Relation.COPY, "+ UNIAN, the same text"),
    ("a flag alone", article(2, "(4th LD) Strike on Kharkiv"), Relation.VERSION, "4th LD"),
    ("another title", article(2, "(LEAD) Strike on market"), Relation.VERSION, "LEAD: Strike on market"),
    ("no flag", article(2, "Strike on market"), Relation.VERSION, "new version: Strike on market"),
    ("of another outlet", article(2, "(LEAD) Strike", source="UNIAN"), Relation.VERSION, "UNIAN, LEAD: Strike"),
    ("a number", article(2, "House hit, 2 dead", source="UNIAN"), Relation.SAME, "dead 1 → 2 · + UNIAN: House hit, 2 dead"),
]  # fmt: skip


@pytest.mark.parametrize(("second", "relation", "line"), [each[1:] for each in LINES], ids=[each[0] for each in LINES])
def test_an_edit_says_what_is_new(second: Article, relation: Relation, line: str) -> None:
    first = "Strike on Kharkiv, 1 dead" if "dead" in second.title else "Strike on Kharkiv"
    ((_, shown),) = joins(first, second, relation, of=1).amend
    assert shown.news == line


SPOKEN = f'{TEXT}\n\n"We will repair every house on this street by winter," said Park Jin, the mayor.'


@pytest.mark.parametrize(
    ("former", "line"),
    [(article(1, "Strike", TEXT), "4th LD: adds remarks by Park Jin"), (article(1, "Strike", SPOKEN), "4th LD"), (None, "4th LD")],
)  # fmt: skip
def test_a_version_says_who_speaks_in_it_for_the_first_time(former: Article | None, line: str) -> None:
    second = article(2, "(4th LD) Strike on Kharkiv", SPOKEN)
    articles = {} if former is None else {1: former}
    ((_, shown),) = joins("Strike on Kharkiv", second, Relation.VERSION, of=1, articles=articles).amend
    assert shown.news == line


def test_a_message_that_is_not_out_says_nothing_of_edits() -> None:
    one, message = told("Strike on Kharkiv wounds 3")
    second = article(2, "Strike on Kharkiv wounds 5", source="UNIAN")
    two, waiting = member(second, Relation.SAME), replace(message, state=State.READY, sent_revision=0)
    ((_, shown),) = decide(context(second, (one, two), (waiting,))).amend
    assert shown.news is None
    assert shown.rang == shown.figures == (("wounded", "5"),)


def test_a_story_is_frozen_three_days_after_its_last_article() -> None:
    one, message = told("Strike on Kharkiv wounds 3")
    edited = article(1, "Strike on Kharkiv wounds 5")
    now = member(edited, Relation.FIRST)
    hours = {71: 1, 73: 0}
    for age, amended in hours.items():
        decision = decide(context(edited, (now,), (message,), before=one, now=NOW + timedelta(hours=age)))
        assert len(decision.amend) == amended
        assert len(decision.add) == amended


def test_an_article_that_is_no_member_adds_no_line() -> None:
    one, message = told("Strike on Kharkiv")
    other = article(2, "Strike on Kharkiv wounds 5")
    found = context(other, (one,), (message,))
    assert news.line(found, message.alert, message.alert, alert_phrases("en")) is None
    assert news.reason(found, {}, message.alert, alert_phrases("en")) is None


def test_numbers_of_a_kind() -> None:
    assert news.figures(article(1, "Strike kills 2, wounds 7", "Two people were killed.")) == {
        "dead": "2",
        "wounded": "7",
    }
    assert news.figures(article(1, "Salvo", "They fired 4 missiles, then 5 missiles.")) == {}
    assert news.rises({"dead": "x"}, {"dead": "2"}) == [("dead", "x", "2")]
