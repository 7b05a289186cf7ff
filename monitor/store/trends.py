"""How often subjects are mentioned: the tables `trend_subjects`, `mentions` and `trend`.

`mentions` holds what each article mentions, packed: some 30 bytes an article. `trend` holds the days' sums of it, so
that a year of all subjects is read at once. Both are written in the article's transaction; whatever changes a story's
articles or their mentions changes the sums by the difference.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Connection, Executable, Row, Select, bindparam, func, insert, select, update

from monitor.model import Relation
from monitor.model.trends import StoryMention, Subject, SubjectKind, TrendDay, TrendTime
from monitor.store.base import Repository, insert_into
from monitor.store.columns import shorten
from monitor.store.schema import articles, story_members, verdicts
from monitor.store.trend_tables import mentions, trend, trend_subjects

Sums = Mapping[tuple[int, int], tuple[int, int]]
"""By subject's id and day: stories, and articles."""

DayColumns = tuple[list[int], list[int], list[int]]
"""Days as `date.toordinal`, and the stories and articles of each."""

_MEMBERS: Select[Any] = (
    select(mentions, story_members.c.story_id)
    .join(story_members, story_members.c.article_id == mentions.c.article_id)
    .where(
        story_members.c.story_id.in_(bindparam("stories", expanding=True)),
        story_members.c.relation != Relation.RELATED,
    )
    .order_by(mentions.c.article_id)
)
_SUBJECTS = select(trend_subjects).where(trend_subjects.c.name.in_(bindparam("names", expanding=True)))
_ADD = insert(mentions)
_REPLACE = update(mentions).where(mentions.c.article_id == bindparam("article")).values(packed=bindparam("counts"))
_COUNTED = select(mentions).where(mentions.c.article_id == bindparam("article"))


@dataclass(frozen=True, slots=True)
class _Counted:
    """What one article mentions: the numbers of mentions by subject's id, and when it counts."""

    hour: int
    day: int
    subjects: Mapping[int, int]


class Trends(Repository):
    """The tables of trends."""

    def keep_mentions(
        self, article_id: int, story_id: int | None, at: TrendTime, counts: Mapping[Subject, int]
    ) -> None:
        """Store what an article of a story mentions, in place of what it did before; when it counts stays."""
        row = self.connection.execute(_COUNTED, {"article": article_id}).one_or_none()
        known = None if row is None else _counted(row)
        hour, day = (at.hour, at.day) if known is None else (known.hour, known.day)
        ids = self._subject_ids(counts)
        own = _Counted(hour, day, {ids[subject]: count for subject, count in counts.items()})
        members = {} if story_id is None else _stories(self.connection, [story_id]).get(story_id, {})
        before = sums_of({story_id: members if known is None else _with(members, article_id, known)})
        packed = pack(own.subjects)
        if known is None:
            self.connection.execute(_ADD, {"article_id": article_id, "hour": hour, "day": day, "packed": packed})
        else:
            self.connection.execute(_REPLACE, {"article": article_id, "counts": packed})
        add_sums(self.connection, before, sums_of({story_id: _with(members, article_id, own)}))

    def _subject_ids(self, subjects: Iterable[Subject]) -> dict[Subject, int]:
        """Return the subjects' ids; those that are new get one."""
        wanted = set(subjects)
        if not wanted:
            return {}
        found = self._known_subjects(wanted)
        missing = sorted(wanted - found.keys())
        if missing:
            adding = insert_into(self.dialect, trend_subjects).on_conflict_do_nothing()
            self.connection.execute(adding, [{"kind": each.kind, "name": each.name} for each in missing])
            found = self._known_subjects(wanted)
        return found

    def _known_subjects(self, subjects: set[Subject]) -> dict[Subject, int]:
        rows = self.connection.execute(_SUBJECTS, {"names": sorted({each.name for each in subjects})})
        known = {(row.kind, row.name): row.id for row in rows}
        keys = {each: (each.kind.value, shorten(each.name)) for each in subjects}
        return {each: known[key] for each, key in keys.items() if key in known}

    # ------------------------------------------------------------------ what was there before

    def uncounted_ids(self, before: int, limit: int) -> list[int]:
        """Return the ids of the newest articles below `before` whose mentions are not kept, newest first."""
        found = (
            select(articles.c.id)
            .outerjoin(mentions, mentions.c.article_id == articles.c.id)
            .where(articles.c.id < before, mentions.c.article_id.is_(None))
            .order_by(articles.c.id.desc())
            .limit(limit)
        )
        return list(self.connection.scalars(found))

    def matched_watchlists(self, ids: Sequence[int]) -> dict[int, list[str]]:
        """Return by article the watchlists that matched it."""
        found: dict[int, list[str]] = {}
        rows = select(verdicts.c.article_id, verdicts.c.watchlist).where(
            verdicts.c.article_id.in_(ids), verdicts.c.matched
        )
        for row in self.connection.execute(rows.order_by(verdicts.c.article_id, verdicts.c.watchlist)):
            found.setdefault(row.article_id, []).append(row.watchlist)
        return found

    def homes_of(self, ids: Sequence[int]) -> dict[int, int]:
        """Return the story of each of these articles that is in one."""
        rows = select(story_members.c.article_id, story_members.c.story_id).where(
            story_members.c.article_id.in_(ids), story_members.c.relation != Relation.RELATED
        )
        return {row.article_id: row.story_id for row in self.connection.execute(rows)}

    # ------------------------------------------------------------------ queries

    def trend_subjects(self) -> list[Subject]:
        """Return all subjects that were ever mentioned."""
        rows = self.connection.execute(select(trend_subjects.c.kind, trend_subjects.c.name))
        return sorted(Subject(SubjectKind(row.kind), row.name) for row in rows)

    def trends(self, since: date, subjects: Sequence[Subject] | None = None) -> dict[Subject, list[TrendDay]]:
        """Return the days from `since` on that mention each subject (default: all), in order."""
        return {
            subject: [
                TrendDay(date.fromordinal(day), stories, number)
                for day, stories, number in sorted(zip(*columns, strict=True))
            ]
            for subject, columns in self.trend_columns(since, subjects).items()
        }

    def trend_columns(self, since: date, subjects: Sequence[Subject] | None = None) -> dict[Subject, DayColumns]:
        """Return what `trends` does as days, their stories and their articles, in any order.

        A year of every subject is 200,000 rows: the database makes one of a subject's, three times as fast.
        """
        names = self._subject_names(subjects)
        gathered = func.json_group_array if self.dialect == "sqlite" else func.array_agg
        read = from_json if self.dialect == "sqlite" else list
        columns = (gathered(column) for column in (trend.c.day, trend.c.stories, trend.c.articles))
        wanted = select(trend.c.subject_id, *columns).where(trend.c.day >= since.toordinal(), trend.c.articles > 0)
        if subjects is not None:
            wanted = wanted.where(trend.c.subject_id.in_(list(names)))
        rows = self.connection.execute(wanted.group_by(trend.c.subject_id)).cursor.fetchall()
        return {names[row[0]]: (read(row[1]), read(row[2]), read(row[3])) for row in rows if row[0] in names}

    def first_trend_day(self) -> date | None:
        """Return the first day that anything is known of."""
        # Of each subject the first day stands first in the primary key: without this, all rows are read.
        of_one = select(trend.c.day).where(trend.c.subject_id == trend_subjects.c.id, trend.c.articles > 0)
        of_one = of_one.order_by(trend.c.day).limit(1).correlate(trend_subjects)
        firsts = select(of_one.scalar_subquery().label("day")).select_from(trend_subjects).subquery()
        day = self.connection.scalar(select(func.min(firsts.c.day)))
        return None if day is None else date.fromordinal(day)

    def story_mentions(self, since: datetime, subjects: Sequence[Subject] | None = None) -> list[StoryMention]:
        """Return the stories with an article seen from `since` on, once for each subject (default: all) in them."""
        recent = (
            select(mentions.c.article_id, story_members.c.story_id)
            .join(articles, articles.c.id == mentions.c.article_id)
            .outerjoin(
                story_members,
                (story_members.c.article_id == articles.c.id) & (story_members.c.relation != Relation.RELATED),
            )
            .where(articles.c.seen_at >= since)
        )
        rows = self.connection.execute(recent).all()
        stories: dict[int | None, dict[int, _Counted]] = {}
        stories |= _stories(self.connection, sorted({row.story_id for row in rows if row.story_id is not None}))
        alone = [row.article_id for row in rows if row.story_id is None]
        lone = dict(self._counted_articles(alone))
        names = self._subject_names(subjects)
        found = [_story_mentions(story_id, members, names) for story_id, members in stories.items()]
        found += [_story_mentions(None, {ident: counted}, names) for ident, counted in lone.items()]
        return [each for some in found for each in some]

    def _counted_articles(self, ids: Sequence[int]) -> Iterator[tuple[int, _Counted]]:
        for start in range(0, len(ids), _AT_ONCE):
            wanted = select(mentions).where(mentions.c.article_id.in_(ids[start : start + _AT_ONCE]))
            for row in self.connection.execute(wanted):
                yield row.article_id, _counted(row)

    def _subject_names(self, subjects: Sequence[Subject] | None) -> dict[int, Subject]:
        if subjects is not None:
            return {ident: subject for subject, ident in self._known_subjects(set(subjects)).items()}
        rows = self.connection.execute(select(trend_subjects))
        return {row.id: Subject(SubjectKind(row.kind), row.name) for row in rows}


_AT_ONCE = 500  # ids of one query


def _story_mentions(
    story_id: int | None, members: Mapping[int, _Counted], names: Mapping[int, Subject]
) -> list[StoryMention]:
    hours: dict[int, list[int]] = {}
    for counted in members.values():
        for ident in counted.subjects:
            if ident in names:
                hours.setdefault(ident, []).append(counted.hour)
    return [StoryMention(names[ident], story_id, tuple(found)) for ident, found in hours.items()]


def _with(members: Mapping[int, _Counted], article_id: int, counted: _Counted) -> dict[int, _Counted]:
    """Return a story's articles with one more, or another version of one, in order of their ids."""
    return dict(sorted({**members, article_id: counted}.items()))


# --------------------------------------------------------------------------- sums


def _stories(connection: Connection, ids: Sequence[int]) -> dict[int | None, dict[int, _Counted]]:
    """Return by story its articles' mentions, in order of the articles' ids."""
    found: dict[int | None, dict[int, _Counted]] = {}
    for start in range(0, len(ids), _AT_ONCE):
        for row in connection.execute(_MEMBERS, {"stories": ids[start : start + _AT_ONCE]}):
            found.setdefault(row.story_id, {})[row.article_id] = _counted(row)
    return found


def story_sums(connection: Connection, ids: Sequence[int]) -> Sums:
    """Return what some stories contribute to the sums."""
    return sums_of(_stories(connection, ids))


def sums_of(stories: Mapping[int | None, Mapping[int, _Counted]]) -> Sums:
    """Return the sums of stories, whose articles are in order: the first that mentions a subject counts its story."""
    of_stories: Counter[tuple[int, int]] = Counter()
    of_articles: Counter[tuple[int, int]] = Counter()
    for members in stories.values():
        seen: set[int] = set()
        for counted in members.values():
            of_articles.update((ident, counted.day) for ident in counted.subjects)
            of_stories.update((ident, counted.day) for ident in counted.subjects.keys() - seen)
            seen |= counted.subjects.keys()
    return {key: (of_stories[key], count) for key, count in of_articles.items()}


def add_sums(connection: Connection, before: Sums, after: Sums) -> None:
    """Change the sums of the table `trend` by the difference of what stories contributed before and after."""
    changes = []
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key, (0, 0)), after.get(key, (0, 0))
        if old != new:
            values = {"subject_id": key[0], "day": key[1], "stories": new[0] - old[0], "articles": new[1] - old[1]}
            changes.append(values)
    if not changes:
        return
    connection.execute(_summing(connection.dialect.name), changes)


@cache
def _summing(dialect: str) -> Executable:
    adding = insert_into(dialect, trend)
    summed = {name: trend.c[name] + adding.excluded[name] for name in ("stories", "articles")}
    return adding.on_conflict_do_update(index_elements=["subject_id", "day"], set_=summed)


# --------------------------------------------------------------------------- packing


def pack(counts: Mapping[int, int]) -> bytes:
    """Return ids and numbers as bytes: base-128 numbers, the ids as differences, in order."""
    packed = bytearray()
    last = 0
    for ident, count in sorted(counts.items()):
        for number in (ident - last, count):
            while number > _LOW:
                packed.append(number & _LOW | _MORE)
                number >>= _BITS  # noqa: PLW2901
            packed.append(number)
        last = ident
    return bytes(packed)


def unpack(packed: bytes) -> dict[int, int]:
    """Return what `pack` made into bytes."""
    numbers: list[int] = []
    number = shift = 0
    for byte in packed:
        number |= (byte & _LOW) << shift
        shift += _BITS
        if not byte & _MORE:
            numbers.append(number)
            number = shift = 0
    counts: dict[int, int] = {}
    ident = 0
    for difference, count in zip(numbers[::2], numbers[1::2], strict=True):
        ident += difference
        counts[ident] = count
    return counts


_BITS, _LOW, _MORE = 7, 0x7F, 0x80


def _counted(row: Row[Any]) -> _Counted:
    return _Counted(row.hour, row.day, unpack(row.packed))
