from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.alert import policy
from monitor.alert.members import articles, other_titles
from monitor.alert.policy import AlertContext, decide
from monitor.model import (
    Alert,
    Article,
    Channel,
    Delivery,
    Hit,
    Member,
    MessageKind,
    NewDelivery,
    Relation,
    Severity,
    State,
    Story,
    Verdict,
    Watchlist,
    Zone,
)

NOW = datetime(2023, 11, 9, 8, 0, tzinfo=UTC)
LISTS = {
    "arms": Watchlist("arms", entities=("DPRK", "Blinken", "ICBM"), severity=Severity.HIGH, notify=("desk", "me")),
    "quiet": Watchlist("quiet", entities=("DPRK",), severity=Severity.LOW, notify=("desk",)),
}
CHANNELS = {name: Channel(name, "console") for name in ("desk", "me")}


def article(ident: int, source: str = "Ukrinform", title: str = "КНДР і зброя", **more: Any) -> Article:
    text = "Ентоні Блінкен заявив, що КНДР отримує допомогу."
    return Article(f"https://x.org/{ident}", title, text, source, "uk", published=NOW, id=ident, **more)


def member(item: Article, relation: Relation = Relation.FIRST, *cites: str, at: datetime | None = None) -> Member:
    assert item.id is not None
    return Member(item.id, item.source, item.language, item.title, item.url, at or item.when, relation, cites)


def verdict(item: Article, name: str = "arms", *terms: str) -> tuple[int, Verdict]:
    start = item.document.index("КНДР", len(item.title))
    hit = Hit("DPRK", "КНДР", start, start + 4, Zone.BODY, sentence=(len(item.title) + 2, len(item.document)))
    assert item.id is not None
    return item.id, Verdict(name, matched=True, reason="1 term", terms=terms or ("DPRK",), hits=(hit,))


def case(item: Article, *members: Member, verdicts: tuple[tuple[int, Verdict], ...] = (), **more: Any) -> AlertContext:
    story = Story(5, NOW, NOW, members or (member(item),))
    return AlertContext(
        story=story, article=item, verdicts=verdicts, watchlists=LISTS, channels=CHANNELS, now=NOW, **more
    )


def row(new: NewDelivery, ident: int = 1, **more: Any) -> Delivery:
    values: dict[str, Any] = {
        "state": State.SENT, "revision": 1, "sent_revision": 1, "attempts": 0, "due_at": NOW, "created_at": NOW,
        "message_id": 7,
    } | more  # fmt: skip
    return Delivery(ident, new.channel, new.dedupe, new.alert, story_id=new.story_id, reply_to=None, **values)


def opened() -> tuple[Article, Member, tuple[int, Verdict], list[Delivery]]:
    """Return the first article of a story, and the rows that it opened, sent."""
    first = article(1)
    own = verdict(first)
    rows = [row(new, 10 + n) for n, new in enumerate(decide(case(first, verdicts=(own,))).add)]
    return first, member(first), own, rows


def test_an_alert_is_known_by_the_article_that_opened_its_story() -> None:
    """Two judges who open two stories with one article write one alert."""
    item = article(7)
    named = {
        new.dedupe
        for story in (5, 6)
        for new in decide(
            replace(case(item, verdicts=(verdict(item),)), story=Story(story, NOW, NOW, (member(item),), opened_by=7))
        ).add
    }
    assert named == {"alert:a7:arms:desk", "alert:a7:arms:me"}


def test_a_match_opens_one_alert_for_each_channel() -> None:
    first = article(1)
    decision = decide(case(first, verdicts=(verdict(first),)))
    assert [new.dedupe for new in decision.add] == ["alert:5:arms:desk", "alert:5:arms:me"]
    alert = decision.add[0].alert
    assert (alert.terms, alert.severity, alert.silent) == (("DPRK",), Severity.HIGH, False)
    assert alert.quotes[0].text == first.text
    assert alert.quotes[0].text[slice(*alert.quotes[0].marks[0])] == "КНДР"
    assert decision.add[0].expires_at == NOW + timedelta(days=2)
    assert decision.amend == ()


def test_each_channel_has_its_alert_in_its_own_language() -> None:
    """So have the reply that rings again and the edit: an alert keeps the language in which it began."""
    first, second = article(1), article(2, "Reuters")
    channels = {"desk": Channel("desk", "console", language="uk"), "me": Channel("me", "console")}
    added = decide(replace(case(first, verdicts=(verdict(first),)), channels=channels)).add
    assert {new.channel: new.alert.wording for new in added} == {"desk": "uk", "me": "en"}
    rows = [row(new, 10 + n) for n, new in enumerate(added)]
    two = case(second, member(first), member(second, Relation.SAME), verdicts=(verdict(first), verdict(second)))
    grown = decide(replace(two, channels=channels, deliveries=rows))
    assert {new.channel: (new.alert.note, new.alert.wording) for new in grown.add} == {
        "desk": ("друге незалежне джерело: Reuters", "uk"),
        "me": ("second independent source: Reuters", "en"),
    }
    assert {ident: alert.wording for ident, alert in grown.amend} == {10: "uk", 11: "en"}


@pytest.mark.parametrize(
    ("seen", "titles", "told"),
    [
        (1, [], ["1 article is already there; none of them would have alerted."]),
        (9, ["a"], ["9 articles are already there; 1 of them would have alerted:", "arms: a"]),
        (
            90,
            ["a", "b", "c", "d", "e"],
            [
                "90 articles are already there; 5 of them would have alerted:",
                "arms: a",
                "arms: b",
                "arms: c",
                "… and 2 more",
            ],
        ),
    ],
)
def test_the_notice_says_what_was_there_before(seen: int, titles: list[str], told: list[str]) -> None:
    notice = policy.watching(["Yonhap"], ["arms"], "desk", NOW)
    assert notice.dedupe == policy.watching_name(["Yonhap"], "desk")
    described = policy.described(notice.alert, seen, [("arms", title) for title in titles])
    assert described.lines == (*notice.alert.lines, *told)


def test_low_severity_is_silent() -> None:
    first = article(1)
    (new,) = decide(case(first, verdicts=(verdict(first, "quiet"),))).add
    assert new.alert.silent


def test_no_match_no_alert() -> None:
    assert decide(case(article(1))) == policy.Decision()


def test_unknown_watchlists_and_channels_are_passed_over() -> None:
    first = article(1)
    gone = replace(LISTS["arms"], notify=("desk", "gone"))
    made = replace(case(first, verdicts=(verdict(first), verdict(first, "removed"))), watchlists={"arms": gone})
    assert [new.dedupe for new in decide(made).add] == ["alert:5:arms:desk"]


def test_a_muted_story_says_nothing() -> None:
    _, one, own, rows = opened()
    muted = case(article(2), one, member(article(2), Relation.SAME), verdicts=(own,), deliveries=rows)
    muted = replace(muted, story=replace(muted.story, muted=True))
    assert decide(muted) == policy.Decision()


def test_baseline_opens_nothing_but_is_in_the_lineage_later() -> None:
    old, new = article(1, "Yonhap"), article(2)
    assert decide(case(old, verdicts=(verdict(old),), baseline=True)) == policy.Decision()
    members = (member(old, at=NOW - timedelta(hours=1)), member(new, Relation.SAME, "Yonhap"))
    decision = decide(case(new, *members, verdicts=(verdict(old), verdict(new))))
    assert [m.source for m in decision.add[0].alert.members] == ["Yonhap", "Ukrinform"]
    assert (decision.add[0].alert.outlets, decision.add[0].alert.independent) == (2, 1)


def test_an_article_that_does_not_match_opens_nothing_for_an_older_match() -> None:
    old, new = article(1), article(2, "Yonhap")
    assert decide(case(new, member(old), member(new, Relation.SAME), verdicts=(verdict(old),))).add == ()


def test_a_flood_is_gathered_at_once_and_what_is_loud_rings() -> None:
    first = article(1)
    (quiet,) = decide(case(first, verdicts=(verdict(first, "quiet"),), flood=True)).add
    assert (quiet.held_until, quiet.alert.brief) == (NOW, True)
    loud = decide(case(first, verdicts=(verdict(first, "arms"),), flood=True)).add
    assert {(new.held_until, new.alert.brief) for new in loud} == {(None, False)}


def test_late_is_held_for_a_digest() -> None:
    first = article(1)
    until = NOW + timedelta(minutes=5)
    late = case(first, verdicts=(verdict(first),), late=True, catch_up_until=until)
    assert {new.held_until for new in decide(late).add} == {until}
    assert {new.held_until for new in decide(replace(late, catch_up_until=None)).add} == {NOW}


def test_a_joining_outlet_amends_even_without_a_match() -> None:
    first, one, own, rows = opened()
    second = article(2, "Yonhap")
    decision = decide(case(second, one, member(second, Relation.COPY), verdicts=(own,), deliveries=rows))
    assert decision.add == ()
    assert [ident for ident, _ in decision.amend] == [10, 11]
    assert decision.amend[0][1].outlets == 2
    assert decision.amend[0][1].headline == first.title


def test_an_article_that_joins_is_counted_though_nothing_else_changes() -> None:
    _, one, own, rows = opened()
    again = replace(article(2), published=NOW - timedelta(minutes=9))
    decision = decide(case(again, one, member(again, Relation.VERSION), verdicts=(own,), deliveries=rows))
    assert decision.add == ()
    assert [(ident, articles(alert), other_titles(alert)) for ident, alert in decision.amend] == [
        (10, 2, ()),
        (11, 2, ()),
    ]


def test_nothing_is_amended_where_nothing_shown_changes() -> None:
    first, one, own, rows = opened()
    assert decide(case(first, one, verdicts=(own,), deliveries=rows)) == policy.Decision(), "judged again"


def test_a_title_that_was_merged_is_named() -> None:
    _, one, own, rows = opened()
    other = replace(article(2), title="Футбол у Сеулі", published=NOW - timedelta(minutes=9))
    decision = decide(case(other, one, member(other, Relation.SAME), verdicts=(own,), deliveries=rows))
    assert [other_titles(alert) for _, alert in decision.amend] == [("Футбол у Сеулі",)] * 2


def test_a_new_version_takes_the_front() -> None:
    _, one, own, rows = opened()
    lead = article(2, title="КНДР і зброя: нові дані")
    lead = replace(lead, published=NOW + timedelta(minutes=9))
    verdicts = (own, verdict(lead, "arms", "Blinken", "DPRK"))
    (_, alert), _ = decide(case(lead, one, member(lead, Relation.VERSION), verdicts=verdicts, deliveries=rows)).amend
    assert (alert.headline, alert.url) == (lead.title, lead.url)
    assert alert.terms == ("DPRK", "Blinken")
    assert len(alert.members) == 2


@pytest.mark.parametrize(("again", "count"), [(True, 1), (False, 0)])
def test_a_version_that_does_not_match_shows_only_sentences_that_it_holds(again: bool, count: int) -> None:
    first, one, own, rows = opened()
    text = f"Оновлено.\n\n{first.text}" if again else "Зовсім інший текст."
    new = replace(article(2, title="(LEAD) КНДР"), text=text, published=NOW + timedelta(minutes=5))
    decision = decide(case(new, one, member(new, Relation.VERSION), verdicts=(own,), deliveries=rows))
    alert = decision.amend[0][1]
    assert alert.headline == "(LEAD) КНДР"
    assert len(alert.quotes) == count


def test_a_further_term_comes_with_its_sentence() -> None:
    _, one, own, rows = opened()
    other = replace(article(2, "Yonhap"), text="Сеул знає про допомогу. Йдеться про ракету МБР.")
    at = other.document.index("МБР")
    hit = Hit("ICBM", "МБР", at, at + 3, Zone.BODY)
    verdicts = (own, (2, Verdict("arms", matched=True, reason="1 term", terms=("ICBM",), hits=(hit,))))
    joined = member(other, Relation.SAME, "Ukrinform")
    (_, alert), _ = decide(case(other, one, joined, verdicts=verdicts, deliveries=rows)).amend
    assert alert.terms == ("DPRK", "ICBM")
    assert [quote.text for quote in alert.quotes] == [rows[0].alert.quotes[0].text, "Йдеться про ракету МБР."]
    assert alert.headline == rows[0].alert.headline


@pytest.mark.parametrize(
    "more",
    [{"message_id": None, "revision": 25}, {"edits": 24}, {"state": State.DEAD}, {"in_digest": 3}],
)
def test_what_is_not_amended(more: dict[str, Any]) -> None:
    _, one, own, rows = opened()
    second = article(2, "Yonhap")
    rows = [replace(each, **more) for each in rows]
    assert decide(case(second, one, member(second, Relation.COPY), verdicts=(own,), deliveries=rows)).amend == ()


def reply_to(second: Article, relation: Relation, *cites: str, rows: list[Delivery], **more: Any) -> policy.Decision:
    _, one, own, _ = opened()
    joined = member(second, relation, *cites)
    return decide(case(second, one, joined, verdicts=(own,), deliveries=rows, **more))


def test_the_second_independent_source_rings_once() -> None:
    *_, rows = opened()
    decision = reply_to(article(2, "Reuters"), Relation.SAME, rows=rows)
    assert [new.dedupe for new in decision.add] == ["reply:5:arms:desk:1", "reply:5:arms:me:1"]
    new = decision.add[0]
    assert (new.reply_to, new.alert.kind) == (10, MessageKind.REPLY)
    assert new.alert.note == "second independent source: Reuters"
    assert not new.alert.silent


@pytest.mark.parametrize(
    ("relation", "cites"),
    [(Relation.COPY, ()), (Relation.SAME, ("Ukrinform",)), (Relation.VERSION, ())],
)
def test_copies_and_those_who_cite_are_not_independent(relation: Relation, cites: tuple[str, ...]) -> None:
    *_, rows = opened()
    source = "Ukrinform" if relation is Relation.VERSION else "Reuters"
    assert reply_to(article(2, source, "Інша назва"), relation, *cites, rows=rows).add == ()


def test_an_urgent_mark_rings() -> None:
    *_, rows = opened()
    decision = reply_to(article(2, title="ТЕРМІНОВО: КНДР і зброя"), Relation.VERSION, rows=rows)
    assert decision.add[0].alert.note == "now marked urgent"


def test_severity_that_rises_rings_and_is_kept() -> None:
    *_, rows = opened()
    low = [replace(each, alert=replace(each.alert, severity=Severity.NORMAL)) for each in rows]
    decision = reply_to(article(2, "Yonhap"), Relation.COPY, rows=low)
    assert decision.add[0].alert.note == "severity is now high"
    assert decision.amend[0][1].severity is Severity.HIGH


@pytest.mark.parametrize(("minutes", "count"), [(29, 0), (31, 2)])
def test_one_reply_in_half_an_hour(minutes: int, count: int) -> None:
    *_, rows = opened()
    earlier = reply_to(article(2, "Reuters"), Relation.SAME, rows=rows).add
    rows += [row(new, 20 + n, created_at=NOW - timedelta(minutes=minutes)) for n, new in enumerate(earlier)]
    decision = reply_to(article(3, title="СРОЧНО: КНДР"), Relation.VERSION, rows=rows)
    assert [new.dedupe[-2:] for new in decision.add] == [":2"] * count


@pytest.mark.parametrize("more", [{"baseline": True}, {"late": True}])
def test_old_news_does_not_ring(more: dict[str, Any]) -> None:
    *_, rows = opened()
    assert reply_to(article(2, "Reuters"), Relation.SAME, rows=rows, **more).add == ()


@pytest.mark.parametrize("more", [{"sent_revision": 0}, {"state": State.DEAD}, {"state": State.HELD, "in_digest": 4}])
def test_no_reply_to_what_was_not_shown(more: dict[str, Any]) -> None:
    *_, rows = opened()
    rows = [replace(each, **more) for each in rows]
    assert reply_to(article(2, "Reuters"), Relation.SAME, rows=rows).add == ()


def test_a_story_that_a_digest_told_rings_in_reply_to_the_digest() -> None:
    *_, rows = opened()
    decision = reply_to(article(2, "Reuters"), Relation.SAME, rows=[replace(each, in_digest=4) for each in rows])
    assert [(new.reply_to, new.alert.note) for new in decision.add] == [(4, "second independent source: Reuters")] * 2
    assert decision.amend == ()


def told_by_digest(
    watchlist: str = "arms", kind: str = "console", **more: Any
) -> tuple[tuple[Alert, ...] | None, policy.Decision]:
    """Let an article join a story that a digest has told; return the digest's items, where they have changed."""
    _, one, own, rows = opened()
    other = replace(rows[0].alert, headline="Інше", members=(replace(one, article_id=77),))
    reply = replace(rows[0].alert, kind=MessageKind.REPLY)
    told = replace(rows[0].alert, watchlist=watchlist, **more)
    whole = Alert(MessageKind.DIGEST, "3 alerts gathered", items=(other, reply, told))
    digest = replace(rows[0], id=4, dedupe="digest:desk:1", alert=whole, story_id=None)
    joining = article(2, "Yonhap", title="Футбол у Сеулі")
    members = (one, member(joining, Relation.SAME, "Ukrinform"))
    made = case(
        joining, *members, verdicts=(own,), deliveries=[replace(rows[0], in_digest=4), rows[1]], carriers={4: digest}
    )
    channels = {**CHANNELS, "desk": Channel("desk", kind)}
    decision = decide(replace(made, channels=channels))
    changed = dict(decision.amend).get(4)
    assert changed is None or replace(changed, items=whole.items) == whole
    return changed.items if changed else None, decision


def test_a_digest_shows_what_joins_the_stories_that_it_told() -> None:
    items, decision = told_by_digest()
    assert items is not None
    assert [articles(item) for item in items] == [1, 1, 2]
    assert [ident for ident, _ in decision.amend] == [4, 11]
    assert decision.add == ()


def test_a_digest_stays_where_nobody_would_see_what_joined() -> None:
    assert told_by_digest(brief=True)[0] is None, "an item of a flood is a title"
    assert told_by_digest(watchlist="quiet")[0] is None, "it does not tell the story for this watchlist"
    assert told_by_digest(kind="apprise")[0] is None, "it would be sent, and ring, again"


@pytest.mark.parametrize(("updates", "adds", "amends"), [("off", 0, 0), ("edit", 0, 1), ("reply", 1, 1)])
def test_updates(updates: str, adds: int, amends: int) -> None:
    _, one, own, rows = opened()
    lists = {"arms": replace(LISTS["arms"], updates=updates, notify=("desk",))}
    second = article(2, "Reuters")
    joined = member(second, Relation.SAME, "Ukrinform")
    made = replace(case(second, one, joined, verdicts=(own,), deliveries=rows), watchlists=lists)
    decision = decide(made)
    assert (len(decision.add), len(decision.amend)) == (adds, amends)


@pytest.mark.parametrize(
    ("relation", "notes"),
    [(Relation.FIRST, ["new version"]), (Relation.SAME, ["new version"]), (Relation.COPY, [])],
)
def test_an_edit_is_a_new_version_unless_of_a_copy(relation: Relation, notes: list[str]) -> None:
    _, one, own, rows = opened()
    lists = {"arms": replace(LISTS["arms"], updates="reply", notify=("desk",))}
    second = article(2, "Reuters", title="КНДР і зброя: доповнено")
    edited = member(second, relation, "Ukrinform")
    before = replace(edited, title="КНДР і зброя")
    made = case(second, one, edited, verdicts=(own,), deliveries=rows, before=before)
    assert [new.alert.note for new in decide(replace(made, watchlists=lists)).add] == notes


def test_the_feeds_summary_is_named() -> None:
    first = article(1, from_summary="the page is a consent wall")
    (new, _) = decide(case(first, verdicts=(verdict(first),))).add
    assert new.alert.note == "from the feed's summary: the page is a consent wall"


def test_watching_is_silent_and_said_once_for_the_same_sources() -> None:
    new = policy.watching(["Yonhap", "Ukrinform"], ["arms"], "desk", NOW)
    assert new.alert.silent
    assert new.alert.headline == "Now watching 2 sources"
    assert new.alert.lines[:2] == ("Sources: Ukrinform, Yonhap", "Watchlists: arms")
    assert new.dedupe == policy.watching(["Ukrinform", "Yonhap"], ["other"], "desk", NOW).dedupe
    assert new.dedupe != policy.watching(["Ukrinform"], ["arms"], "desk", NOW).dedupe
