"""Mentions and their sums, on every database."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta

import pytest
from doubles.store_samples import NOW, after, article
from sqlalchemy import select

from monitor.model import Relation
from monitor.model.trends import StoryMention, Subject, SubjectKind, TrendDay, TrendTime, hour_start
from monitor.store import Database, Transaction
from monitor.store.schema import story_members
from monitor.store.trend_tables import mentions, trend
from monitor.store.trends import pack, unpack

DPRK, SEOUL = Subject(SubjectKind.ENTITY, "DPRK"), Subject(SubjectKind.ENTITY, "Seoul")
ARMS = Subject(SubjectKind.WATCHLIST, "DPRK")  # the same name, and another subject
DAY = date(2024, 5, 6)


def at(day: int = 0, hour: int = 0) -> TrendTime:
    return TrendTime(int(NOW.timestamp()) // 3600 + hour, DAY.toordinal() + day)


def add(
    tx: Transaction, key: str, story: int | None, subjects: Iterable[Subject], day: int = 0, hour: int = 0
) -> tuple[int, int]:
    """Judge an article as the daemon does; return its id and its story's."""
    ident = tx.add_article(article(key, seen_at=NOW + timedelta(days=day, hours=hour)))
    story = tx.story_of(ident) or story
    relation = Relation.FIRST if story is None else Relation.SAME
    story = tx.join_story(tx.create_story(NOW, ident) if story is None else story, ident, relation, (), NOW)
    tx.keep_mentions(ident, story, at(day, hour), dict.fromkeys(subjects, 2))
    return ident, story


def test_a_story_counts_on_the_day_that_first_mentions_the_subject(store: Database) -> None:
    with store.begin() as tx:
        _, story = add(tx, "a", None, [SEOUL])
        add(tx, "b", story, [DPRK, SEOUL], day=1)
        add(tx, "c", story, [DPRK], day=1)
        add(tx, "d", story, [DPRK, ARMS], day=2)
        assert tx.trends(DAY) == {
            SEOUL: [TrendDay(DAY, 1, 1), TrendDay(DAY + timedelta(1), 0, 1)],
            DPRK: [TrendDay(DAY + timedelta(1), 1, 2), TrendDay(DAY + timedelta(2), 0, 1)],
            ARMS: [TrendDay(DAY + timedelta(2), 1, 1)],
        }
        assert tx.trends(DAY + timedelta(2), [DPRK]) == {DPRK: [TrendDay(DAY + timedelta(2), 0, 1)]}
        assert tx.trends(DAY, [Subject(SubjectKind.ENTITY, "nobody")]) == {}
        assert tx.trend_subjects() == [DPRK, SEOUL, ARMS]
        assert tx.first_trend_day() == DAY


def test_an_edit_counts_anew_on_its_own_day(store: Database) -> None:
    with store.begin() as tx:
        one, story = add(tx, "a", None, [DPRK])
        add(tx, "b", story, [DPRK], day=1)
        tx.keep_mentions(one, story, at(day=3), {SEOUL: 1})
        assert tx.trends(DAY) == {
            DPRK: [TrendDay(DAY + timedelta(1), 1, 1)],
            SEOUL: [TrendDay(DAY, 1, 1)],
        }


def test_without_a_story_an_article_counts_as_one(store: Database) -> None:
    with store.begin() as tx:
        ident = tx.add_article(article("lone"))
        tx.keep_mentions(ident, None, at(), {DPRK: 1})
        assert tx.trends(DAY) == {DPRK: [TrendDay(DAY, 1, 1)]}
        assert tx.story_mentions(NOW) == [StoryMention(DPRK, None, (at().hour,))]
        story = tx.join_story(tx.create_story(NOW, ident), ident, Relation.FIRST, (), NOW)
        tx.keep_mentions(ident, story, at(), {DPRK: 1})
        assert tx.trends(DAY) == {DPRK: [TrendDay(DAY, 1, 1)]}


def test_stories_by_the_hour(store: Database) -> None:
    with store.begin() as tx:
        _, old = add(tx, "a", None, [DPRK], hour=-30)
        add(tx, "b", old, [DPRK], hour=-1)
        _, new = add(tx, "c", None, [DPRK, SEOUL], hour=-2)
        add(tx, "d", None, [DPRK], hour=-40)
        found = {(each.subject, each.story_id): each for each in tx.story_mentions(after(-3 * 3600), [DPRK])}
    assert set(found) == {(DPRK, old), (DPRK, new)}
    assert found[DPRK, old].hours == (at(hour=-30).hour, at(hour=-1).hour)
    assert found[DPRK, new].at == hour_start(at(hour=-2).hour)


@pytest.mark.parametrize("seed", range(4))
def test_sums_are_those_of_the_mentions_whatever_was_done(store: Database, seed: int) -> None:
    chance = random.Random(seed)
    subjects = [Subject(SubjectKind.ENTITY, f"e{number}") for number in range(5)]
    with store.begin() as tx:
        homes: dict[int, int] = {}
        for number in range(40):
            some = chance.sample(subjects, chance.randint(0, 4))
            known = chance.choice([None, *sorted(set(homes.values()))])
            ident, home = add(tx, f"k{number}", known, some, day=number // 8)
            homes[ident] = home
            if chance.random() < 0.3:
                again = chance.choice(sorted(homes))
                tx.keep_mentions(again, homes[again], at(9), dict.fromkeys(chance.sample(subjects, 2), 1))
            if chance.random() < 0.2:
                moved = chance.choice(sorted(homes))
                mates = [one for one, of in homes.items() if of == homes[moved]]
                if len(mates) > 1 and tx.story(homes[moved]).opened_by != moved:
                    homes[moved] = tx.split_story(homes[moved], [moved], NOW)
            if chance.random() < 0.2 and len(set(homes.values())) > 1:
                kept, gone = chance.sample(sorted(set(homes.values())), 2)
                tx.merge_stories(kept, gone, NOW)
                homes = {one: kept if of == gone else of for one, of in homes.items()}
        assert stored_sums(tx) == counted_anew(tx)


def stored_sums(tx: Transaction) -> dict[tuple[int, int], tuple[int, int]]:
    rows = tx.connection.execute(select(trend).where(trend.c.articles > 0))
    return {(row.subject_id, row.day): (row.stories, row.articles) for row in rows}


def counted_anew(tx: Transaction) -> dict[tuple[int, int], tuple[int, int]]:
    rows = tx.connection.execute(
        select(mentions, story_members.c.story_id)
        .join(story_members, story_members.c.article_id == mentions.c.article_id)
        .order_by(mentions.c.article_id)
    )
    stories: Counter[tuple[int, int]] = Counter()
    articles: Counter[tuple[int, int]] = Counter()
    seen = set()
    for row in rows:
        for subject in unpack(row.packed):
            articles[subject, row.day] += 1
            stories[subject, row.day] += (row.story_id, subject) not in seen
            seen.add((row.story_id, subject))
    return {key: (stories[key], count) for key, count in articles.items()}


def test_days_end_with_what_is_kept(store: Database) -> None:
    with store.begin() as tx:
        add(tx, "old", None, [DPRK], day=-500)
        add(tx, "new", None, [DPRK], day=-2)
        tx.clean_up(NOW - timedelta(days=400))
        assert tx.trends(date.min) == {DPRK: [TrendDay(DAY - timedelta(2), 1, 1)]}


@pytest.mark.parametrize("counts", [{}, {1: 1}, {5: 300, 130: 1, 2_000_000: 127, 2_000_001: 128}])
def test_packed_numbers_come_back(counts: dict[int, int]) -> None:
    assert unpack(pack(counts)) == counts


def test_eight_subjects_take_some_thirty_bytes() -> None:
    assert len(pack(dict.fromkeys(range(40, 480, 60), 3))) <= 24
