"""Two stories that are one, as an article belongs to both beyond doubt; what speaks against it comes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from doubles.stories import article

from monitor.model import Relation
from monitor.story.assign import Assignment, Bridge
from monitor.story.facts import Facts
from monitor.story.features import Features, features
from monitor.story.index import StoryIndex
from monitor.story.vectors import SIZE

LONG = " ".join(f"слово{n} речення{n}" for n in range(30))


def near(share: float, other: int) -> bytes:
    """Return a vector whose cosine with the bridging article's is `share`."""
    values = bytearray(SIZE)
    values[0] = round(127 * share)
    values[other] = round(127 * (1 - share * share) ** 0.5)
    return bytes(values)


def told(outlet: str, language: str, title: str, vector: bytes, **more: Any) -> Features:
    made = features(article(outlet, language, "07:00", title, f"{title}."), vector=vector)
    return replace(made, keys={}, **more)


FIRST = told("Gazette", "en", "Premier tours works", near(0.95, 1))
SECOND = told("Курьер", "ru", "Глава кабинета осмотрел цех", near(0.9, 2))


def placed(*stories: Features, text: str = LONG, title: str = "Прем'єр відвідав завод", **more: Any) -> Assignment:
    index = StoryIndex()
    for ident, each in enumerate(stories, 1):
        index.insert(ident, ident, index.place_features(each))
    found = features(article("Вісник", "uk", "09:00", title, text), vector=near(1.0, 1))
    return index.assign_features(
        replace(found, keys={}, **more), None, now=article("x", "en", "12:00", "x", "x").when + timedelta(days=9)
    )


def test_an_article_that_is_near_to_two_stories_makes_them_one() -> None:
    found = placed(FIRST, SECOND)
    assert (found.story_id, found.relation) == (1, Relation.SAME)
    assert found.bridge is not None
    assert (found.bridge.story, found.bridge.nearest, found.bridge.terms) == (2, 2, ())
    assert found.bridge.score == pytest.approx(0.9, abs=0.01)


def test_of_several_the_surest_is_taken() -> None:
    third = told("Herald", "en", "Cabinet head sees a plant", near(0.93, 3))
    found = placed(FIRST, SECOND, third)
    assert found.bridge is not None
    assert found.bridge.story == 3


def test_the_facts_that_all_share_are_named() -> None:
    facts = Facts(kinds=frozenset({"visit"}))
    found = placed(replace(FIRST, facts=facts), replace(SECOND, facts=facts), facts=facts)
    assert found.bridge == Bridge(2, 2, found.bridge.score if found.bridge else 0.0, ("visit",))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (replace(FIRST, vector=near(0.7, 1)), SECOND),  # it joins, and not beyond doubt
        (FIRST, replace(SECOND, vector=near(0.7, 2))),
        (replace(FIRST, facts=Facts(places=frozenset({"Kharkiv"}))), replace(SECOND, facts=Facts(places=frozenset({"Odesa"})))),
        (replace(FIRST, facts=Facts(reactions=frozenset())), replace(SECOND, facts=Facts(reactions=frozenset({"warn"})))),
        (FIRST, replace(SECOND, when=SECOND.when - 49 * 3600.0)),
        (replace(FIRST, clocks=frozenset({28})), replace(SECOND, clocks=frozenset({45}), when=SECOND.when - 7200.0)),
        (
            replace(FIRST, facts=Facts(strangers=frozenset({"abcd"}))),
            replace(SECOND, facts=Facts(strangers=frozenset({"efgh"}))),
        ),
    ],
    ids=["own unsure", "other unsure", "place", "reaction", "another day", "another minute", "another town"],
)  # fmt: skip
def test_what_speaks_against_it_comes_first(first: Features, second: Features) -> None:
    assert placed(first, second).bridge is None


def test_one_of_many_members_is_enough_against_it() -> None:
    index = StoryIndex()
    other = replace(FIRST, outlet="herald", feed="Herald", facts=Facts(places=frozenset({"Odesa"})))
    for ident, story, each in ((1, 1, FIRST), (2, 1, other), (3, 3, SECOND)):
        index.insert(ident, story, index.place_features(each))
    found = replace(features(article("Вісник", "uk", "09:00", "Прем'єр", LONG), vector=near(1.0, 1)), keys={})
    now = article("x", "en", "12:00", "x", "x").when
    assert index.assign_features(found, None, now=now).bridge is not None
    index.insert(3, 3, index.place_features(replace(SECOND, facts=Facts(places=frozenset({"Kharkiv"})))))
    assert index.assign_features(found, None, now=now).bridge is None


def test_a_flash_makes_no_two_stories_one() -> None:
    found = placed(FIRST, SECOND, text="Подробиці з'ясовують.")
    assert (found.story_id, found.bridge) == (1, None)


def test_an_article_of_one_story_has_no_bridge() -> None:
    assert placed(FIRST).bridge is None
    assert placed().bridge is None


def test_a_version_by_its_title_is_a_sure_member_whatever_its_words() -> None:
    """Its outlet's flash opened a story, and another outlet's report, which the flash was too short for, its own."""
    title = "Прем'єр відвідав великий завод"
    flash = features(article("Вісник", "uk", "07:00", f"ТЕРМІНОВО: {title}", ""))
    found = placed(replace(flash, keys={}), SECOND, title=title)
    assert (found.story_id, found.relation) == (1, Relation.VERSION)
    assert found.bridge is not None
    assert found.bridge.story == 2


def english(outlet: str, title: str, text: str) -> Features:
    return replace(features(article(outlet, "en", "07:00", title, text)), keys={})


def crowd(index: StoryIndex) -> None:
    """Fill an index with other articles: in an empty one more is asked."""
    for ident in range(100, 165):
        text = " ".join(f"filler{ident}x{n}" for n in range(20))
        index.insert(ident, ident, index.place_features(english(f"Paper {ident}", f"Other{ident} thing{ident}", text)))


WORDS = [f"word{n}x" for n in range(90)]


def test_most_of_a_text_in_each_of_two_stories_makes_them_one() -> None:
    index = StoryIndex()
    crowd(index)
    one, two = " ".join([*WORDS[:70], *(f"own{n}" for n in range(20))]), " ".join(WORDS)
    index.insert(1, 1, index.place_features(english("Gazette", "Strike at mill", one)))
    index.insert(2, 2, index.place_features(english("Herald", "Mill strike", two)))
    found = english("Courier", "Strike", " ".join([*WORDS[:80], "end"]))
    got = index.assign_features(found, None, now=article("x", "en", "12:00", "x", "x").when)
    assert (got.story_id, got.relation) == (2, Relation.COPY)
    assert got.bridge is not None
    assert got.bridge.story == 1


def test_a_roundup_of_two_texts_makes_no_two_stories_one() -> None:
    index = StoryIndex()
    crowd(index)
    one, two = " ".join(f"one{n}" for n in range(50)), " ".join(f"two{n}" for n in range(50))
    index.insert(1, 1, index.place_features(english("Gazette", "Strike at mill", one)))
    index.insert(2, 2, index.place_features(english("Herald", "Rain in valley", two)))
    found = english("Courier", "What happened", f"{one}\n\n{two}")
    assert index.assign_features(found, None, now=article("x", "en", "12:00", "x", "x").when).bridge is None


def test_the_same_words_far_above_the_bar_make_two_stories_one() -> None:
    index = StoryIndex()
    crowd(index)
    shuffled = [WORDS[n * 7 % 30] for n in range(30)], [WORDS[n * 11 % 30] for n in range(30)]
    index.insert(1, 1, index.place_features(english("Gazette", "Strike at mill", " ".join(shuffled[0]))))
    index.insert(2, 2, index.place_features(english("Herald", "Strike at mill", " ".join(shuffled[1]))))
    found = english("Courier", "Mill strike", " ".join(WORDS[n * 13 % 30] for n in range(30)))
    got = index.assign_features(found, None, now=article("x", "en", "12:00", "x", "x").when)
    assert got.bridge is not None
    assert {got.story_id, got.bridge.story} == {1, 2}


def test_the_meaning_of_other_articles_is_compared_only_where_the_own_story_is_sure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is half of a look-up among ten thousand, and most articles join a story by words that leave a doubt."""
    asked: list[str] = []

    def nearest(*_: object) -> list[tuple[float, int]]:
        asked.append("meaning")
        return []

    monkeypatch.setattr(StoryIndex, "nearest", nearest)
    title = "Explosion at fertiliser plant kills eleven workers"
    index = StoryIndex()
    index.insert(1, 1, index.place_features(english("Herald", title, " ".join(WORDS[:30]))))
    now = article("x", "en", "12:00", "x", "x").when
    unsure = index.assign_features(english("Courier", title, " ".join(WORDS[20:50])), None, now=now)
    assert (unsure.story_id, asked) == (1, [])
    sure = index.assign_features(english("Courier", title, " ".join([*WORDS[:29], "end"])), None, now=now)
    assert (sure.story_id, asked) == (1, ["meaning"])
