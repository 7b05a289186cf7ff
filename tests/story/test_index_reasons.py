"""Every join says by which rule, with which article, how sure, and what both have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.model import Article, Citation, JoinReason, JoinRule, Relation, Role
from monitor.story.index import Assignment, StoryIndex

NOW = datetime(2024, 3, 1, 9, 0, tzinfo=UTC)
FIRE = (
    "A fire broke out in a depot near the harbour of Odesa on Friday night, the port authority said.\n\n"
    "Forty firefighters brought the blaze under control by midnight, and three dockers were taken to hospital.\n\n"
    "The depot belongs to the grain company Sunflower, which has stored barley there since the spring."
)


def article(ident: int, title: str, text: str = FIRE, source: str = "Dumskaya", **more: object) -> Article:
    at = NOW + timedelta(minutes=ident)
    values: dict[str, object] = {
        "url": f"https://{source.lower()}.example/{ident}",
        "language": "en",
        "published": at,
        "seen_at": at,
        "key": f"key {ident}",
        "id": ident,
    }
    return Article(title=title, text=text, source=source, **(values | more))  # type: ignore[arg-type]


def joined(first: Article, second: Article) -> Assignment:
    index = StoryIndex()
    index.add(first, 7)
    return index.assign(second, now=NOW + timedelta(hours=1))


def test_what_opens_a_story_has_no_reason() -> None:
    assert StoryIndex().assign(article(1, "Fire in Odesa"), now=NOW).reason is None


def test_the_same_article() -> None:
    first = article(1, "Fire in a depot of Odesa")
    assert joined(first, first).reason == JoinReason(JoinRule.ARTICLE, 1)
    other = "Nothing of what was said before is repeated here."
    again = article(2, "Rain in Kharkiv", other, key="key 1")
    assert joined(first, again).reason == JoinReason(JoinRule.ARTICLE, 1)
    again = article(2, "Rain in Kharkiv", other, url=first.url)
    assert joined(first, again).reason == JoinReason(JoinRule.ADDRESS, 1)
    again = article(2, "Rain in Kharkiv", other, guid="17")
    assert joined(article(1, first.title, guid="17"), again).reason == JoinReason(JoinRule.GUID, 1)


def test_versions_of_one_outlet() -> None:
    first = article(1, "Fire in a depot of Odesa")
    flagged = article(2, "(LEAD) Fire in a depot of Odesa", "Quite another, and much shorter, text.")
    assert joined(first, flagged).reason == JoinReason(JoinRule.TITLE, 1)
    number = "https://en.yna.co.kr/view/AEN202403010072{}315"
    yonhap = article(1, "N. Korea fires a missile", source="Yonhap", url=number.format("00"))
    later = article(2, "Missile falls into the sea", "Another text.", source="Yonhap", url=number.format("51"))
    assert joined(yonhap, later).reason == JoinReason(JoinRule.NUMBER, 1)


def test_a_copy_is_measured() -> None:
    found = joined(article(1, "Fire in Odesa"), article(2, "Blaze at the harbour", FIRE, source="Reuters"))
    assert (found.relation, found.reason) == (Relation.COPY, JoinReason(JoinRule.PHRASES, 1, 1.0))


def test_nearly_the_same_headline() -> None:
    first = article(1, "Fire in a grain depot near the harbour of Odesa")
    again = article(2, f"{first.title} city", "Smoke rises over Odesa; nobody is hurt so far.", source="Reuters")
    reason = joined(first, again).reason
    assert reason is not None
    assert (reason.rule, reason.of) == (JoinRule.HEADLINE, 1)
    assert 0.8 <= reason.score <= 1.0


def test_the_same_words_are_named_the_rarest_first() -> None:
    said = (
        "In Odesa a grain depot of Sunflower burned at the harbour; firefighters saved the barley, dockers were hurt."
    )
    found = joined(article(1, "Depot of Sunflower burns in Odesa"), article(2, "Odesa harbour blaze", said, source="X"))
    assert found.relation is Relation.SAME
    assert found.reason is not None
    assert (found.reason.rule, found.reason.of, found.reason.score) == (JoinRule.WORDS, 1, found.score)
    assert 1 <= len(found.reason.terms) <= 5
    assert found.reason.terms[0] == "fire"  # the facts first
    assert all(term.lower() in f"{said} odesa harbour blaze fire".lower() for term in found.reason.terms)


def test_names_are_named_across_languages() -> None:
    first = article(1, "Blinken meets Yoon in Seoul, 1718 agreements", "Blinken and Yoon signed 1718 papers in Seoul.")
    second = article(
        2,
        "Блінкен зустрів Юна, 1718 угод",
        "Блінкен підписав 1718 паперів, пише Dumskaya.",
        source="Вісник",
        language="uk",
    )
    entities = frozenset({"Blinken", "Yoon Suk Yeol", "Seoul"})
    index = StoryIndex()
    index.add(first, 7, entities=entities)
    cites = [Citation("dumskaya", "Dumskaya", Role.CITE, 0, 8)]
    found = index.assign(second, now=NOW + timedelta(hours=1), entities=entities, citations=cites)
    assert found.reason is not None
    assert (found.reason.rule, found.reason.of) == (JoinRule.NAMES, 1)
    assert found.reason.terms[-1] == "1718"
    assert "Blinken" in found.reason.names
    assert len(found.reason.names) <= 3
    assert found.reason.score == found.score


def test_a_name_that_no_catalogue_has_is_told_as_it_is_written() -> None:
    text = "Marchuk, Petrenko and Bondarenko counted 1718 crates and 46 barrels in the depot."
    said = "Марчук, Петренко та Бондаренко нарахували 1718 скринь і 46 бочок, пише Dumskaya."
    index = StoryIndex()
    index.add(article(1, "Now Marchuk counts 1718 crates", text), 7)
    second = article(2, "Як Марчук рахував 1718 скринь", said, source="Вісник", language="uk")
    cites = [Citation("dumskaya", "Dumskaya", Role.CITE, 0, 8)]
    reason = index.assign(second, now=NOW + timedelta(hours=1), citations=cites).reason
    assert reason is not None
    assert reason.rule is JoinRule.NAMES
    assert set(reason.names) <= {"Марчук", "Петренко", "Бондаренко"}
    assert reason.names


def test_a_recall_and_a_profit_of_one_maker_do_not_join_by_its_names() -> None:
    index = StoryIndex()
    names = "Marchuk, Petrenko and Bondarenko of Zaporozhets, 1718 crates and 46 barrels"
    index.add(article(3, "Marchuk recalls 1718 crates", f"So said {names}."), 9)
    said = "Марчук, Петренко та Бондаренко із Запорожця, 1718 скринь і 46 бочок"
    other = article(4, "Прибуток: Марчук, 1718 скринь", f"Так сказали {said}.", source="Вісник", language="uk")
    assert index.assign(other, now=NOW + timedelta(hours=1)).story_id is None
    same = article(4, "Марчук відкликав 1718 скринь", f"Так сказали {said}.", source="Вісник", language="uk")
    assert index.assign(same, now=NOW + timedelta(hours=1)).story_id == 9
