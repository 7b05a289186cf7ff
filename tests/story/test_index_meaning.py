"""Joins across languages by the vectors of title and lead, here made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from doubles.stories import article

from monitor.model import JoinRule, Relation
from monitor.story.assign import Assignment
from monitor.story.features import Features, features
from monitor.story.index import StoryIndex
from monitor.story.names import Names
from monitor.story.vectors import SIZE


def near(share: float, other: int = 1) -> bytes:
    """Return a vector whose cosine with `near(1.0)` is `share`; `other` is where the rest of it points."""
    values = bytearray(SIZE)
    values[0] = round(127 * share)
    values[other] = round(127 * (1 - share * share) ** 0.5)
    return bytes(values)


def english(outlet: str, title: str, text: str, vector: bytes, **more: object) -> Features:
    return replace(features(article(outlet, "en", "07:00", title, text), vector=vector), keys={}, **more)  # type: ignore[arg-type]


def placed(index: StoryIndex, title: str = "Прем'єр відвідав завод", vector: bytes | None = None) -> Assignment:
    found = features(article("Вісник", "uk", "09:00", title, "Подробиці з'ясовують."), vector=vector or near(1.0))
    return index.assign_features(replace(found, keys={}), None, now=article("x", "en", "12:00", "x", "x").when)


def filled(*articles: Features) -> StoryIndex:
    index = StoryIndex()
    for ident, each in enumerate(articles, 1):
        index.insert(ident, ident, index.place_features(each))
    return index


VISIT = english("Gazette", "Premier tours works", "He walked the halls.", near(0.8))


def test_a_translation_joins_and_says_why() -> None:
    found = placed(filled(VISIT))
    assert (found.story_id, found.relation) == (1, Relation.SAME)
    assert found.reason is not None
    assert (found.reason.rule, found.reason.of) == (JoinRule.MEANING, 1)
    assert found.reason.score == pytest.approx(0.8, abs=0.01)


@pytest.mark.parametrize(("cosine", "related"), [(0.6, (1,)), (0.4, ())])
def test_what_is_near_and_not_near_enough_is_related(cosine: float, related: tuple[int, ...]) -> None:
    found = placed(filled(replace(VISIT, vector=near(cosine))))
    assert (found.story_id, found.related) == (None, related)


def test_on_a_beat_where_all_are_alike_more_is_asked() -> None:
    crowd = [
        english(f"Paper {n}", f"Story number {n} of the beat", f"Words {n}.", near(0.62, n + 2)) for n in range(12)
    ]
    assert placed(filled(VISIT, *crowd)).story_id is None


def test_what_is_known_to_be_another_event_is_neither_joined_nor_usual() -> None:
    strikes = [english(f"Paper {n}", f"Strike on Sumy, report {n}", f"Words {n}.", near(0.9, n + 2)) for n in range(12)]
    kharkiv = english("Gazette", "Strike on Kharkiv", "It was loud.", near(0.75))
    found = placed(filled(kharkiv, *strikes), "Удар по Харкову")
    assert found.story_id == 1
    assert found.reason is not None
    assert found.reason.terms == ("strike", "Kharkiv")


def test_names_that_both_have_are_told_few_and_short() -> None:
    people = ["Marchuk", "Petrenko", "Bondar", "Kravchuk", f"Mrk{'trb' * 20}"]
    first = replace(VISIT, names=Names(said=features(article("x", "en", "07:00", " and ".join(people), "")).names.said))
    ukrainian = "На заводі Марчук, Петренко, Бондар, Кравчук"
    reason = placed(filled(first), ukrainian).reason
    assert reason is not None
    assert reason.names == ("Марчук", "Петренко", "Бондар")
    reason = placed(filled(first), f"На заводі {people[-1]}").reason
    assert reason is not None
    assert reason.names == (f"{people[-1][:39]}…",)


def test_a_place_that_is_a_fact_is_no_name_again() -> None:
    first = english("Gazette", "Strike on Kharkiv, says Marchuk", "It was loud.", near(0.75))
    reason = placed(filled(first), "Удар по Харкову, каже Марчук").reason
    assert reason is not None
    assert (reason.terms, reason.names) == (("strike", "Kharkiv"), ("Марчук",))


def test_a_reaction_is_related_only() -> None:
    package = english("Gazette", "EU adopts package", "It took a day.", near(0.9))
    found = placed(filled(package), "Угорщина заблокує пакет ЄС")
    assert (found.story_id, found.related) == (None, (1,))


def test_what_names_another_person_is_another_event() -> None:
    brenner = english("Gazette", "Brenner wins the chess title", "Crowds met Brenner in the hall.", near(0.9))
    found = placed(filled(brenner), "Шаховий титул здобув Іваненко")
    assert (found.story_id, found.related) == (None, (1,))
    assert placed(filled(brenner), "Шаховий титул здобув Бреннер").story_id == 1


def test_who_cites_the_other_needs_less() -> None:
    index = filled(replace(VISIT, vector=near(0.62)))
    assert placed(index).story_id is None
    assert placed(filled(replace(VISIT, vector=near(0.62), cites=frozenset({"вісник"})))).story_id == 1


def test_a_feed_is_not_compared_with_itself() -> None:
    assert placed(filled(replace(VISIT, feed="Вісник"))).story_id is None


def test_an_article_that_is_forgotten_is_near_nothing() -> None:
    index = filled(VISIT)
    index.forget(article("x", "en", "08:00", "x", "x").when)
    assert placed(index).story_id is None
