"""What trends are counted by: subjects, their mentions in articles, and their days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from monitor.model.reading import Article

_HOUR = 3600
_LATEST = timedelta(days=7)
"""An article that was published longer before it was seen counts when it was seen: feeds have wrong dates."""


class SubjectKind(StrEnum):
    """What a trend is about."""

    ENTITY = "entity"
    WATCHLIST = "watchlist"


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """An entity of the catalogue by its id, or a watchlist by its name."""

    kind: SubjectKind
    name: str

    def __str__(self) -> str:
        """Return how people write it: '@DPRK', 'DPRK arms'."""
        return f"@{self.name}" if self.kind is SubjectKind.ENTITY else self.name


@dataclass(frozen=True, slots=True)
class TrendTime:
    """When an article counts: `hour` since 1970 in UTC, and `day` (as `date.toordinal`) by the reader's clock."""

    hour: int
    day: int

    @classmethod
    def of(cls, article: Article, timezone: str) -> TrendTime:
        """Return when an article counts: when it was published, or first seen where no date is to be believed."""
        at = article.when
        seen = article.seen_at or at
        if not seen - _LATEST <= at <= seen:
            at = seen
        return cls(int(at.timestamp()) // _HOUR, at.astimezone(ZoneInfo(timezone)).toordinal())


class TrendDay(NamedTuple):
    """How many stories a day brought that mention a subject, and how many articles.

    A story counts on the day on which one of its articles first mentioned the subject, so that days add up.
    """

    day: date
    stories: int
    articles: int


@dataclass(frozen=True, slots=True)
class StoryMention:
    """A story that mentions a subject: when it first did, and the hours (UTC) of all articles of it that do."""

    subject: Subject
    story_id: int | None
    hours: tuple[int, ...]  # since 1970, in order of the articles

    @property
    def at(self) -> datetime:
        """Return the hour of the first mention."""
        return hour_start(self.hours[0])


def hour_start(hour: int) -> datetime:
    """Return when an hour since 1970 begins."""
    return datetime.fromtimestamp(hour * _HOUR, UTC)
