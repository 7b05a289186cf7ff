"""What the button Why answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from doubles.bot_harness import matched
from doubles.store_samples import NOW

from monitor.alert.render.telegram import telegram
from monitor.bot.i18n import bot_phrases
from monitor.bot.why import AlertEvidence, explained
from monitor.model import (
    Alert,
    ArticleChange,
    ChangeKind,
    Delivery,
    Hit,
    JoinReason,
    JoinRule,
    Member,
    MessageKind,
    Relation,
    State,
    Story,
    Zone,
)
from monitor.pipeline.grouping import joins

ALERT = Alert(MessageKind.ALERT, "Росія допомагає КНДР", watchlist="DPRK arms")
ROW = Delivery(
    id=3, channel="desk", dedupe="alert:1", alert=ALERT, state=State.SENT, story_id=17, reply_to=None, revision=1,
    sent_revision=1, attempts=0, due_at=NOW, created_at=NOW, message_id=41,
)  # fmt: skip


def member(ident: int, relation: Relation = Relation.FIRST) -> Member:
    at = NOW + timedelta(minutes=ident)
    return Member(ident, f"Outlet {ident}", "uk", "Title", f"https://o{ident}.example/1", at, relation)


def story(*members: Member) -> Story:
    return Story(17, NOW, NOW, members)


def shown(grounds: AlertEvidence, language: str = "en") -> list[str]:
    return telegram(explained(grounds, bot_phrases(language)), timezone="UTC").plain.split("\n")


def test_reasons_mentions_and_rules_are_laid_open() -> None:
    members = member(1), member(2, Relation.SAME)
    lines = shown(AlertEvidence(ROW, story(*members), [(2, replace(matched(), reason="1 of 4 terms")), (1, matched())]))
    assert lines == [
        "Why: Росія допомагає КНДР",
        "",
        "DPRK arms · Outlet 1: 2 of 4 terms",
        "КНДР ← DPRK · title · acronym",
        "ракету ← ICBM · lead · dictionary: accs sing",
        "DPRK arms · Outlet 2: 1 of 4 terms",
        "КНДР ← DPRK · title · acronym",
        "ракету ← ICBM · lead · dictionary: accs sing",
        "",
        "Story 17: articles 2, outlets 2",
        "07:09 Outlet 1 (uk) #1: Title · the first",
        "07:10 Outlet 2 (uk) #2: Title · the same event in other words: unknown (before the upgrade)",
        "Mute it: /mute 17 2h",
        "Another event? /split ARTICLE with the number behind #. The same as another story? /merge 17 STORY",
    ]


def test_every_watchlist_of_the_message_is_explained_and_no_other() -> None:
    row = replace(ROW, alert=replace(ALERT, also=("Aid",)))
    lines = shown(AlertEvidence(row, story(member(1)), [(1, matched()), (1, matched("Aid")), (1, matched("Sport"))]))
    assert [line.split(" · ")[0] for line in lines if "2 of 4" in line] == ["DPRK arms", "Aid"]


def test_one_mention_stands_for_all_that_are_like_it() -> None:
    hit = matched().hits[0]
    others = tuple(replace(hit, start=place, end=place + 4) for place in (50, 90))
    differing = tuple(Hit("DPRK", f"КНДР{number}", number, number + 1, Zone.BODY) for number in range(100, 112))
    lines = shown(AlertEvidence(ROW, story(member(1)), [(1, replace(matched(), hits=(*others, hit, *differing)))]))
    assert lines.count("КНДР ← DPRK · title · acronym") == 1
    assert "КНДР100 ← DPRK · body · exact" in lines
    assert "and 5 more" in lines


def test_what_is_forgotten_is_said() -> None:
    assert shown(AlertEvidence(replace(ROW, story_id=None), None, []))[2:] == [
        "DPRK arms: what it decided is no longer kept."
    ]


def test_long_stories_are_counted_not_listed() -> None:
    many = [member(ident) for ident in range(1, 31)]
    lines = shown(AlertEvidence(ROW, story(*many), [(one.article_id, matched()) for one in many]))
    assert lines.count("… and 25 more articles") == 1
    assert lines.count("… and 18 more articles") == 1
    assert any("Outlet 30 (uk)" in line for line in lines), "the newest are shown"


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (JoinReason(JoinRule.OPENED, 2), "opened the story"),
        (JoinReason(JoinRule.NUMBER, 1), "a revised version: same story number as «Title»"),
        (JoinReason(JoinRule.PHRASES, 1, 0.613), "a revised version: containment .61 with «Title»"),
        (
            JoinReason(JoinRule.WORDS, 1, 0.43, ("ракет", "сеул")),
            "a revised version: score .43 with «Title»; shared terms ракет, сеул",
        ),
        (JoinReason(JoinRule.ADDRESS, 99), "a revised version: same address as an article that is kept no longer"),
    ],
)
def test_why_an_article_joined_is_said(reason: JoinReason, text: str) -> None:
    joined = replace(member(2, Relation.VERSION), reason=reason)
    assert joins(joined, story(member(1), joined), bot_phrases("en")) == text


@pytest.mark.parametrize("language", ["en", "uk"])
@pytest.mark.parametrize("rule", JoinRule)
def test_every_rule_has_its_words(rule: JoinRule, language: str) -> None:
    joined = replace(member(2, Relation.SAME), reason=JoinReason(rule, 1, 1.0, ("слово",)))
    said = joins(joined, story(member(1), joined), bot_phrases(language))
    assert ("«Title»" in said) is (rule not in (JoinRule.OPENED, JoinRule.SPLIT))


def test_titles_of_members_are_links_and_harmless() -> None:
    evil = "<b>@all</b> tg://user?id=1\u202e"
    joined = replace(member(2, Relation.SAME), title=evil, reason=JoinReason(JoinRule.WORDS, 2, 0.5, (evil,)))
    told = telegram(explained(AlertEvidence(ROW, story(joined), []), bot_phrases("en")), timezone="UTC").html
    assert "<b>@" not in told
    assert "@all" not in told
    assert "tg://" not in told
    assert '<a href="https://o2.example/1">' in told


@pytest.mark.parametrize(("language", "label"), [("en", "Close"), ("uk", "Закрити")])
def test_its_button_is_in_the_language_of_the_answer(language: str, label: str) -> None:
    answer = explained(AlertEvidence(ROW, None, []), bot_phrases(language))
    assert [[button.text for button in row] for row in telegram(answer, timezone="UTC").buttons] == [[label]]


@pytest.mark.parametrize("language", ["en", "uk"])
def test_foreign_words_are_harmless_in_any_language(language: str) -> None:
    evil = "<b>@all</b> tg://user?id=1\u202e" + "x" * 9000
    hit = Hit(evil, evil, 0, 9, Zone.TITLE, evil)
    verdict = replace(matched(), watchlist=evil, reason=evil, hits=(hit,) * 20)
    row = replace(ROW, alert=replace(ALERT, headline=evil, watchlist=evil))
    told = explained(
        AlertEvidence(row, story(replace(member(1), source=evil, url="javascript:1")), [(1, verdict)]),
        bot_phrases(language),
    )
    shown = telegram(told, timezone="UTC")
    assert "<b>@" not in shown.html
    assert "@all" not in shown.html
    assert "tg://" not in shown.html
    assert "javascript" not in shown.html
    assert "\u202e" not in shown.html
    assert len(shown.plain) < 4096
    assert told.silent


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        ("en", ["⚠ headline changed 07:28: «Three missiles» → «Two missiles»", "⚠ gone (404) since 07:38"]),
        ("uk", ["⚠ заголовок змінено 07:28: «Three missiles» → «Two missiles»", "⚠ зникла (404) з 07:38"]),
    ],
)
def test_what_became_of_a_page_stands_below_its_article(language: str, lines: list[str]) -> None:
    changes = [
        ArticleChange(1, NOW + timedelta(minutes=20), ChangeKind.HEADLINE, "Three missiles", "Two missiles"),
        ArticleChange(1, NOW + timedelta(minutes=30), ChangeKind.GONE, after="404"),
        ArticleChange(9, NOW, ChangeKind.TEXT),
    ]
    found = shown(AlertEvidence(ROW, story(member(1), member(2)), [], changes=changes), language)
    at = next(place for place, line in enumerate(found) if "Outlet 1" in line)
    assert found[at + 1 : at + 3] == lines
    assert "Outlet 2" in found[at + 3]
