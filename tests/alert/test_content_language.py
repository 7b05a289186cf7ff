"""An alert in its readers' language: the headline, the sentences in front, and what entities and origins are called."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.alert.members import in_language, other_titles
from monitor.alert.policy import AlertContext, decide
from monitor.alert.render.telegram import telegram
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
from monitor.watch.catalogue import shipped

NOW = datetime(2023, 11, 9, 8, 0, tzinfo=UTC)
ARMS = Watchlist("arms", entities=("DPRK", "Blinken"), query=None, severity=Severity.HIGH, notify=("desk",))
DESK = Channel("desk", "telegram", language="uk")
EN = "Blinken spoke of artillery. Seoul said that North Korea had sent shells to Russia."
UK = "У Сеулі обговорили постачання. За даними міністерства, КНДР передала Росії снаряди."


def article(ident: int, language: str, source: str, title: str, text: str, **more: Any) -> Article:
    at = NOW + timedelta(minutes=ident)
    return Article(f"https://x.org/{ident}", title, text, source, language, published=at, id=ident, **more)


ENGLISH = article(1, "en", "Yonhap", "Blinken: N. Korea sends shells", EN)
UKRAINIAN = article(2, "uk", "Ukrinform", "КНДР передає снаряди Росії", UK)
REVISED = article(3, "uk", "Ukrinform", "КНДР передала тисячу снарядів Росії", f"{UK} Пак це засудив.")


def member(item: Article, relation: Relation = Relation.SAME, *cites: str) -> Member:
    assert item.id is not None
    return Member(item.id, item.source, item.language, item.title, item.url, item.when, relation, cites)


def verdict(item: Article, **surfaces: str) -> tuple[int, Verdict]:
    document, hits = item.document, []
    for term, surface in surfaces.items():
        at = document.index(surface, len(item.title))
        hits.append(Hit(term, surface, at, at + len(surface), Zone.BODY))
    assert item.id is not None
    return item.id, Verdict("arms", matched=True, reason="", terms=tuple(surfaces), hits=tuple(hits))


ON_ENGLISH = verdict(ENGLISH, Blinken="Blinken", DPRK="North Korea")
ON_UKRAINIAN = verdict(UKRAINIAN, DPRK="КНДР")


def case(item: Article, members: list[Member], *verdicts: tuple[int, Verdict], **more: Any) -> AlertContext:
    values: dict[str, Any] = {"channels": {"desk": DESK}, "watchlists": {"arms": ARMS}, "catalogue": shipped()} | more
    return AlertContext(story=Story(5, NOW, NOW, tuple(members)), article=item, verdicts=verdicts, now=NOW, **values)


def sent(new: NewDelivery, **more: Any) -> Delivery:
    values: dict[str, Any] = {
        "state": State.SENT, "revision": 1, "sent_revision": 1, "attempts": 0, "due_at": NOW, "created_at": NOW,
        "message_id": 7,
    } | more  # fmt: skip
    return Delivery(9, new.channel, new.dedupe, new.alert, story_id=5, reply_to=None, **values)


def first(**more: Any) -> Delivery:
    (new,) = decide(case(ENGLISH, [member(ENGLISH, Relation.FIRST)], ON_ENGLISH, **more)).add
    return sent(new)


def joined(*, relation: Relation = Relation.COPY, row: Delivery | None = None, **more: Any) -> Alert:
    members = [member(ENGLISH, Relation.FIRST), member(UKRAINIAN, relation, "Yonhap")]
    context = case(UKRAINIAN, members, ON_ENGLISH, ON_UKRAINIAN, deliveries=[row or first(**more)], **more)
    (amended,) = decide(context).amend
    return amended[1]


def test_the_headline_turns_to_the_readers_language_when_an_article_has_it() -> None:
    before = first().alert
    assert (before.headline, before.language) == (ENGLISH.title, "en")
    alert = joined()
    assert (alert.headline, alert.source, alert.language, alert.url) == (
        UKRAINIAN.title, "Ukrinform", "uk", UKRAINIAN.url
    )  # fmt: skip
    assert alert.citing == ("Yonhap",)
    assert other_titles(alert) == (ENGLISH.title,)
    assert alert.news == "+ Ukrinform, той самий текст"


def test_its_own_sentence_comes_first_and_anothers_only_for_a_further_term() -> None:
    shown = [quote.text for quote in joined().quotes]
    assert shown == ["За даними міністерства, КНДР передала Росії снаряди.", "Blinken spoke of artillery."]
    row = first()
    only = replace(row.alert, quotes=tuple(each for each in row.alert.quotes if "North" in each.text))
    alert = joined(row=replace(row, alert=only))
    assert [quote.text for quote in alert.quotes] == ["За даними міністерства, КНДР передала Росії снаряди."]


def test_where_it_has_none_the_sentences_stay() -> None:
    members = [member(ENGLISH, Relation.FIRST), member(UKRAINIAN)]
    context = case(UKRAINIAN, members, ON_ENGLISH, deliveries=[first()])
    ((_, alert),) = decide(context).amend
    assert alert.headline == UKRAINIAN.title
    assert [quote.text for quote in alert.quotes] == [quote.text for quote in first().alert.quotes]
    assert alert.news == "+ Ukrinform"


def test_the_newest_version_of_it_is_in_front() -> None:
    row = replace(first(), alert=joined())
    members = [member(ENGLISH, Relation.FIRST), member(UKRAINIAN), member(REVISED, Relation.VERSION)]
    context = case(REVISED, members, ON_ENGLISH, ON_UKRAINIAN, verdict(REVISED, DPRK="КНДР"), deliveries=[row])
    ((_, alert),) = decide(context).amend
    assert alert.headline == REVISED.title
    assert [quote.language for quote in alert.quotes] == ["uk", "en"]
    foreign = article(4, "uk", "Suspilne", "Снаряди для Росії", UK)
    story = replace(context.story, members=(*members, member(foreign, Relation.VERSION)))
    assert in_language(story, "uk") == members[2]
    assert in_language(story, "pl") is None
    related = replace(story, members=(member(UKRAINIAN, Relation.RELATED),))
    assert in_language(related, "uk") is None


def test_a_later_article_in_another_language_does_not_take_its_place() -> None:
    row = replace(first(), alert=joined())
    later = article(4, "en", "Yonhap", "(LEAD) N. Korea sends shells", EN)
    members = [member(ENGLISH, Relation.FIRST), member(UKRAINIAN), member(later, Relation.VERSION)]
    ((_, alert),) = decide(case(later, members, ON_ENGLISH, ON_UKRAINIAN, deliveries=[row])).amend
    assert (alert.headline, alert.language) == (UKRAINIAN.title, "uk")


def test_an_alert_that_another_language_opens_shows_what_the_story_has_already() -> None:
    members = [member(UKRAINIAN, Relation.FIRST), member(ENGLISH)]
    ((new),) = decide(case(ENGLISH, members, ON_ENGLISH)).add
    assert (new.alert.headline, [quote.language for quote in new.alert.quotes]) == (UKRAINIAN.title, ["en", "en"])
    summary = replace(UKRAINIAN, from_summary="the page is a consent wall")
    ((new),) = decide(case(ENGLISH, members, ON_ENGLISH, ON_UKRAINIAN, articles={2: summary})).add
    assert [quote.language for quote in new.alert.quotes] == ["uk", "en"]
    assert new.alert.note == "з анонсу в стрічці: сторінка спершу вимагає згоди"


def test_a_reply_is_in_the_readers_language_and_says_why() -> None:
    row = replace(first(), alert=joined())
    third = article(4, "en", "Reuters", "Shells for Russia", EN)
    members = [member(ENGLISH, Relation.FIRST), member(UKRAINIAN, Relation.SAME, "Yonhap"), member(third)]
    (reply,) = decide(case(third, members, ON_ENGLISH, ON_UKRAINIAN, deliveries=[row])).add
    assert (reply.alert.kind, reply.alert.headline) == (MessageKind.REPLY, UKRAINIAN.title)
    assert reply.alert.note == "друге незалежне джерело: Reuters"


def test_without_a_chosen_language_the_first_article_stays_in_front() -> None:
    alert = joined(channels={"desk": replace(DESK, language=None)})
    assert (alert.headline, alert.names) == (ENGLISH.title, ())


def test_entities_and_origins_are_called_as_the_readers_call_them() -> None:
    alert = joined(relation=Relation.SAME)
    assert dict(alert.names) == {"DPRK": "КНДР", "Blinken": "Блінкен"}
    alert = replace(alert, citing=("Police", "KCNA"))
    shown = telegram(alert, timezone="Europe/Kyiv", now=NOW).plain
    assert shown.startswith("🔴 arms · КНДР, Блінкен\n")
    assert "джерело: Поліція, ЦТАК" in shown
    assert "Yonhap (en) 10:01 → Укрінформ (uk) 10:02" in shown


def test_terms_of_a_query_are_called_so_too_and_words_stay_as_they_were_written() -> None:
    named = Watchlist("arms", query='@DPRK OR shells OR @"South Korea"', notify=("desk",))
    found = verdict(ENGLISH, **{"@DPRK": "North Korea", "shells": "shells", '@"South Korea"': "Seoul"})
    context = case(ENGLISH, [member(ENGLISH, Relation.FIRST)], found, watchlists={"arms": named})
    (new,) = decide(context).add
    assert [term for term, _ in new.alert.names] == ["@DPRK", '@"South Korea"']
    assert decide(replace(context, catalogue=None)).add[0].alert.names == ()
