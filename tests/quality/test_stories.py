"""Floors under the grouping into stories, on news written for this project: `stories/*.yaml`, `days/`, `twins/` in it.

Every file is a kind of event with templates in four languages and its events, so that all events of a file are twins:
the same words, hours apart on one day, with another place, hour, number or turn. Bars are set on other data than these.
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from itertools import product

import pytest
from doubles.story_floors import Grouping, Report, days, measure, pairs, reordered, reports, twins

from monitor.cli.stories import entity_finder, vector_maker
from monitor.extract import encoder
from monitor.model import Article
from monitor.story.attribution import citations
from monitor.story.features import Features, features
from monitor.story.index import StoryIndex

needs_encoder = pytest.mark.skipif(not encoder.available(), reason="the extra `stories` is not installed")


@cache
def newsday() -> tuple[Report, ...]:
    return tuple(reports())


@cache
def vector(title: str, text: str, language: str) -> bytes:
    return vector_maker()(Article(None, title, text, "", language))


def found(report: Report, *, encoded: bool) -> Features:
    return features_of(report.article, encoded=encoded)


def features_of(article: Article, *, encoded: bool) -> Features:
    made = vector(article.title, article.text, article.language) if encoded else b""
    return features(article, entity_finder()(article), citations(article), vector=made)


def grouped(day: list[Report], *, encoded: bool) -> Grouping:
    """Group articles as the daemon does."""
    index = StoryIndex()
    stories = []
    for report in day:
        each, ident = found(report, encoded=encoded), report.article.id
        assert ident is not None
        placed = index.assign_features(each, None, now=report.article.when)
        story = ident if placed.story_id is None else placed.story_id
        index.insert(ident, story, index.place_features(each))
        stories.append(story)
        if placed.bridge is not None:
            kept, gone = sorted((story, placed.bridge.story))
            index.regroup(dict.fromkeys(index.members[gone], kept))
            stories = [kept if number == gone else number for number in stories]
    return measure([report.event for report in day], stories)


def test_the_newsday_is_as_large_as_the_floors_ask() -> None:
    day = newsday()
    assert len(day) >= 500
    assert len({report.event for report in day}) >= 80
    assert {report.article.language for report in day} == {"en", "uk", "ru", "ko"}


@needs_encoder
@pytest.mark.parametrize("seed", [0, 1], ids=["in time", "mixed"])
def test_events_are_grouped_across_languages(seed: int) -> None:
    day = reordered(newsday(), seed) if seed else list(newsday())
    reached = grouped(day, encoded=True)
    assert reached.precision >= 0.99, reached
    assert reached.f1 >= 0.95, reached
    assert reached.missed == 0.0, reached
    assert reached.alerts <= 1.35, reached


def test_without_the_encoder_no_event_is_hidden() -> None:
    reached = grouped(list(newsday()), encoded=False)
    assert reached.precision >= 0.99, reached
    assert reached.missed == 0.0, reached
    assert reached.alerts <= 3.6, reached


ORDERS = [None, 1, 2, 3, 4, 5]


def in_order(day: list[Report], seed: int | None) -> list[Report]:
    """Return a day in time, or in another order: then each article may be the first, whatever its language."""
    return day if seed is None else reordered(day, seed)


@needs_encoder
@pytest.mark.parametrize("seed", ORDERS)
@pytest.mark.parametrize("name", sorted(days()))
def test_look_alike_events_of_a_day_stay_apart_in_every_order(name: str, seed: int | None) -> None:
    reached = grouped(in_order(days()[name], seed), encoded=True)
    assert (reached.precision, reached.missed) == (1.0, 0.0), reached


@needs_encoder
def test_days_are_told_in_few_alerts() -> None:
    reached = [grouped(in_order(day, seed), encoded=True) for day in days().values() for seed in ORDERS]
    assert sum(each.recall for each in reached) / len(reached) >= 0.78
    assert sum(each.alerts for each in reached) / len(reached) <= 1.48


def every_first() -> list[tuple[str, str, int]]:
    """Return each kind of event with a language and one of its twins, whose report in that language comes first."""
    found = {(report.event.split()[0], report.article.language) for report in newsday()}
    return [(kind, language, twin) for kind, language in sorted(found) for twin in (0, 1)]


@needs_encoder
@pytest.mark.parametrize(("kind", "language", "twin"), every_first())
def test_twins_stay_apart_whichever_comes_first_in_whichever_language(kind: str, language: str, twin: int) -> None:
    """Both events' articles in one stream, those of one language of one twin in front."""
    day = [report for report in newsday() if report.event in {f"{kind} 0", f"{kind} 1"}]
    front = [each for each in day if each.event == f"{kind} {twin}" and each.article.language == language]
    reached = grouped([*front, *(each for each in day if each not in front)], encoded=True)
    assert (reached.precision, reached.missed) == (1.0, 0.0), reached


@needs_encoder
def test_short_notices_join_no_twin_in_another_language() -> None:
    """A fire in Porto and one in Cherkasy, told alike: alone in the index, so that nothing says what is usual."""
    wrong: list[tuple[bool, str]] = []
    right: list[tuple[bool, str]] = []
    for kind, events in twins().items():
        known = [{language: features_of(each, encoded=True) for language, each in event.items()} for event in events]
        for (one, first), (other, second) in product(enumerate(known), enumerate(known)):
            for (a, told), (b, new) in product(first.items(), second.items()):
                if a != b:
                    joined = joins_alone(told, new, events[0][a])
                    (right if one == other else wrong).append((joined, f"{kind}: {one} {a}, {other} {b}"))
    assert (len(wrong), len(right)) > (2500, 1000)
    assert sum(joined for joined, _ in wrong) <= 0.005 * len(wrong), [pair for joined, pair in wrong if joined]
    assert sum(joined for joined, _ in right) >= 0.7 * len(right)


def joins_alone(told: Features, new: Features, any_article: Article) -> bool:
    index = StoryIndex()
    index.insert(1, 1, index.place_features(told))
    return index.assign_features(new, None, now=any_article.when + timedelta(hours=20)).story_id == 1


@needs_encoder
def test_short_notices_in_pairs() -> None:
    """Clubs, calls of one person, towns under two names; in either order, alone in the index."""
    joined = {
        kind: [
            (joins_alone(features_of(told, encoded=True), features_of(new, encoded=True), told), told.title, new.title)
            for pair in listed
            for told, new in (pair, pair[::-1])
        ]
        for kind, listed in pairs().items()
    }
    wrong, right = joined["other"], joined["same"]
    assert len(wrong) > 120
    assert len(right) > 120
    assert sum(each for each, *_ in wrong) <= 2, [titles for each, *titles in wrong if each]
    assert sum(each for each, *_ in right) >= 0.75 * len(right)
