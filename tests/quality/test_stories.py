"""Floors under the grouping into stories, on newsdays written for this project: `stories/*.yaml`.

Every file is a kind of event with templates in four languages and its events, so that all events of a file are twins:
the same words, hours apart on one day, with another place, hour, number or turn. Bars are set on other data than these.
"""

from __future__ import annotations

from functools import cache

import pytest
from doubles.story_floors import Grouping, Report, measure, reordered, reports

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
    article = report.article
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
        stories.append(ident if placed.story_id is None else placed.story_id)
        index.insert(ident, stories[-1], index.place_features(each))
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
    assert reached.f1 >= 0.88, reached
    assert reached.missed == 0.0, reached
    assert reached.alerts <= 1.65, reached


def test_without_the_encoder_no_event_is_hidden() -> None:
    reached = grouped(list(newsday()), encoded=False)
    assert reached.precision >= 0.99, reached
    assert reached.missed == 0.0, reached
    assert reached.alerts <= 3.6, reached
