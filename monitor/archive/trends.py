"""Trends: how many stories mention a subject, by hour, day or week, with bursts marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from monitor.alert.sparkline import sparkline
from monitor.alert.surge import BASELINE_DAYS, WINDOW_HOURS, Peak, bursts, surge
from monitor.model import Fact
from monitor.model.trends import StoryMention, Subject, SubjectKind
from monitor.store import Transaction
from monitor.store.trends import DayColumns

_WEEK = 7
_HOUR = timedelta(hours=1)
_NO_DAYS: DayColumns = ([], [], [])


class Step(StrEnum):
    """How long each point of a trend lasts."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"  # from Monday


class TrendPoint(NamedTuple):
    """Stories and articles of one hour, day or week, which begins at `at` by the reader's clock.

    `known` is False before the first day that anything is known of; `burst` says what would have been usual.
    """

    at: datetime
    stories: int
    articles: int
    burst: Peak | None = None
    known: bool = True


@dataclass(frozen=True)
class Trend:
    """A subject's counts, without gaps, oldest first: the stories and articles of the steps that begin at `starts`.

    `peaks` are the bursts by their place, and the first `unknown` steps are from before anything was known. Of all
    subjects a year is 200,000 steps: a point is made of each when somebody asks for it.
    """

    subject: Subject
    starts: Sequence[datetime]
    stories_of: Sequence[int]
    articles_of: Sequence[int]
    peaks: Mapping[int, Peak]
    unknown: int = 0

    @cached_property
    def points(self) -> tuple[TrendPoint, ...]:
        """Return a point for each step."""
        return tuple(map(self._point, range(len(self.starts))))

    def _point(self, place: int) -> TrendPoint:
        counts = self.stories_of[place], self.articles_of[place]
        return TrendPoint(self.starts[place], *counts, self.peaks.get(place), place >= self.unknown)

    @cached_property
    def stories(self) -> int:
        """Return how many stories there are in all."""
        return sum(self.stories_of)

    @property
    def articles(self) -> int:
        """Return how many articles there are in all."""
        return sum(self.articles_of)

    @cached_property
    def bursts(self) -> tuple[TrendPoint, ...]:
        """Return the points that burst."""
        return tuple(map(self._point, sorted(self.peaks)))

    @property
    def sparkline(self) -> str:
        """Return one character a point."""
        return sparkline([point.stories if point.known else None for point in self.points])


@dataclass(frozen=True, slots=True)
class TrendReport:
    """Trends of some subjects. `complete` is False while the daemon still counts older articles."""

    step: Step
    zone: str
    since: datetime
    until: datetime
    trends: tuple[Trend, ...]
    first_day: date | None
    complete: bool


def report(
    tx: Transaction,
    subjects: Sequence[Subject] | None,
    since: datetime,
    now: datetime,
    timezone: str,
    step: Step = Step.DAY,
    *,
    quiet: bool = False,
) -> TrendReport:
    """Return the trends of subjects (default: all that are mentioned) from the step that holds `since` until now."""
    zone = ZoneInfo(timezone)
    start, until = _begin(since.astimezone(zone), step), now.astimezone(zone)
    first = tx.first_trend_day()
    baseline = timedelta(weeks=BASELINE_DAYS) if step is Step.WEEK else timedelta(days=BASELINE_DAYS)
    days = tx.trend_columns((start - baseline).date(), subjects)
    if step is Step.HOUR:
        mentioned = tx.story_mentions(start - WINDOW_HOURS * _HOUR, subjects)
        rows = _hours(days, mentioned, start, until, first, quiet=quiet)
        named = subjects or sorted(rows)
        starts = _hour_starts(start, until)
        found = tuple(rows.get(subject) or _blank_hours(subject, starts) for subject in named)
    else:
        named = subjects or sorted(subject for subject, each in days.items() if max(each[0]) >= start.toordinal())
        grid = _Grid.of(start, until, baseline, first, step)
        found = tuple(grid.trend(subject, days.get(subject, _NO_DAYS), quiet=quiet) for subject in named)
    complete = tx.get(Fact.TRENDS_COUNTED) == "0"
    return TrendReport(step, timezone, start, until, found, first, complete)


def _begin(at: datetime, step: Step) -> datetime:
    if step is Step.HOUR:
        return at.replace(minute=0, second=0, microsecond=0)
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday()) if step is Step.WEEK else day


@dataclass(frozen=True, slots=True)
class _Grid:
    """The days or weeks of a report, the same for every subject: `before` of them only say what is usual."""

    begin: int  # the first, as `date.toordinal`
    length: int  # days of each
    known: int  # how many are from before anything was known
    before: int
    starts: tuple[datetime, ...]  # of those that are shown
    count: int

    @classmethod
    def of(cls, start: datetime, until: datetime, baseline: timedelta, first: date | None, step: Step) -> _Grid:
        """Return the grid from the baseline before `start` until now."""
        length = _WEEK if step is Step.WEEK else 1
        begin = _begin(start - baseline, step)
        count = ((until.date() - begin.date()).days // length) + 1
        known = 0 if first is None else min(max((first - begin.date()).days // length, 0), count)
        before = (start.date() - begin.date()).days // length
        starts = tuple(begin + timedelta(days=place * length) for place in range(before, count))
        return cls(begin.toordinal(), length, known, before, starts, count)

    def _counts(self, days: DayColumns) -> tuple[list[int], list[int]]:
        """Return stories and articles of each step; no day is before the grid, some may be after it."""
        begin, shown = self.begin, self.count * self.length
        room = max(shown, max(days[0], default=begin) - begin + 1)
        stories, articles = [0] * room, [0] * room
        for day, new, number in zip(*days, strict=True):
            stories[day - begin] = new
            articles[day - begin] = number
        return self._steps(stories[:shown]), self._steps(articles[:shown])

    def _steps(self, counts: list[int]) -> list[int]:
        if self.length == 1:
            return counts
        return [sum(counts[start : start + self.length]) for start in range(0, len(counts), self.length)]

    def trend(self, subject: Subject, days: DayColumns, *, quiet: bool) -> Trend:
        """Return a subject's trend of its days with their stories and articles."""
        stories, articles = self._counts(days)
        peaks = bursts(stories[self.known :], quiet=quiet)
        shown = {
            self.known + place - self.before: peak for place, peak in peaks.items() if self.known + place >= self.before
        }
        unknown = max(self.known - self.before, 0)
        return Trend(subject, self.starts, stories[self.before :], articles[self.before :], shown, unknown)


def _hours(
    days: Mapping[Subject, DayColumns],
    mentioned: Sequence[StoryMention],
    start: datetime,
    until: datetime,
    first: date | None,
    *,
    quiet: bool,
) -> dict[Subject, Trend]:
    """Return trends by the hour; an hour bursts where the six hours up to it do, by the days before."""
    stories: dict[Subject, Counter[int]] = {}
    articles: dict[Subject, Counter[int]] = {}
    for each in mentioned:
        stories.setdefault(each.subject, Counter())[each.hours[0]] += 1
        articles.setdefault(each.subject, Counter()).update(each.hours)
    starts = _hour_starts(start, until)
    found = {}
    for subject, counts in stories.items():
        per_day = {date.fromordinal(day): number for day, number, _ in zip(*days.get(subject, _NO_DAYS), strict=True)}
        hours = [int(at.timestamp()) // 3600 for at in starts]
        peaks = {}
        for place, (at, hour) in enumerate(zip(starts, hours, strict=True)):
            window = sum(counts[hour - back] for back in range(WINDOW_HOURS))
            before = (at.date() - timedelta(days=back) for back in range(BASELINE_DAYS, 0, -1))
            burst = surge(window, [per_day.get(day, 0) for day in before if first and day >= first], quiet=quiet)
            if burst is not None:
                peaks[place] = burst
        numbers = [counts[hour] for hour in hours], [articles[subject][hour] for hour in hours]
        found[subject] = Trend(subject, starts, *numbers, peaks)
    return found


def _blank_hours(subject: Subject, starts: Sequence[datetime]) -> Trend:
    nothing = [0] * len(starts)
    return Trend(subject, starts, nothing, nothing, {})


def _hour_starts(start: datetime, until: datetime) -> list[datetime]:
    """Return when each hour begins, also where the clock is put back."""
    count = int(until.timestamp() - start.timestamp()) // 3600 + 1
    zone = start.tzinfo
    begin = start.timestamp()
    return [datetime.fromtimestamp(begin + 3600 * number, zone) for number in range(count)]


def blank(found: TrendReport, subject: Subject) -> Trend:
    """Return the trend of a subject that nothing mentions, for the same time as the others."""
    start, until, step = found.since, found.until, found.step
    if step is Step.HOUR:
        return _blank_hours(subject, _hour_starts(start, until))
    return _Grid.of(start, until, timedelta(), found.first_day, step).trend(subject, _NO_DAYS, quiet=False)


def busiest(trends: Iterable[Trend], most: int) -> list[Trend]:
    """Return the entities with most stories, those that burst first."""
    found = [each for each in trends if each.subject.kind is SubjectKind.ENTITY and each.stories]
    found.sort(key=lambda each: (not each.bursts, -each.stories, each.subject.name))
    return found[:most]


def to_json(found: TrendReport) -> dict[str, Any]:
    """Return a report as JSON. {"since", "until", "by", "timezone", "counted_since", "complete", "trends": […]}."""
    return {
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "by": found.step.value,
        "timezone": found.zone,
        "counted_since": found.first_day.isoformat() if found.first_day else None,
        "complete": found.complete,
        "trends": [
            {
                "subject": str(each.subject),
                "kind": each.subject.kind.value,
                "name": each.subject.name,
                "stories": each.stories,
                "articles": each.articles,
                "points": [_point(point) for point in each.points],
            }
            for each in found.trends
        ],
    }


def _point(point: TrendPoint) -> dict[str, Any]:
    return {
        "at": point.at.isoformat(),
        "stories": point.stories,
        "articles": point.articles,
        "known": point.known,
        "burst": {"stories": point.burst.stories, "usual": round(point.burst.usual, 2)} if point.burst else None,
    }
