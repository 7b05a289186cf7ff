"""What a matcher finds in the archive: stories a day, facets, and what people thought of those that rang."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo

from monitor.archive.search import (
    ArchiveScope,
    ArchiveSearch,
    FoundArticle,
    SearchProgress,
    found_article,
)
from monitor.store import Transaction
from monitor.watch.match import Matcher

Key = tuple[str, int]
"""A story, or an article that is in none."""


@dataclass(slots=True)
class Tally:
    """Stories that were found, newest first. `ended`: all of the scope was looked at, back to `since` or its begin."""

    zone: tzinfo
    stories: dict[Key, FoundArticle] = field(default_factory=dict)
    days: Counter[date] = field(default_factory=Counter)  # stories, by the day when the oldest found article was seen
    sources: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    articles: int = 0
    read: int = 0
    reached: datetime | None = None
    ended: bool = True
    _day: dict[Key, date] = field(default_factory=dict)

    def add(self, found: FoundArticle) -> None:
        """Count an article; of its story the newest one is kept."""
        article = found.article
        key = ("a", article.id or 0) if found.story_id is None else ("s", found.story_id)
        self.articles += 1
        self.sources[article.source] += 1
        self.languages[article.language] += 1
        day = (article.seen_at or article.when).astimezone(self.zone).date()  # as the scope of a day goes by
        if key in self._day:
            self.days[self._day[key]] -= 1
        else:
            self.stories[key] = found
        self._day[key] = day
        self.days[day] += 1

    def newest(self, most: int) -> list[FoundArticle]:
        """Return so many stories, the newest first: the archive has them as they came, after a gap out of order."""
        return sorted(self.stories.values(), key=lambda found: found.article.when, reverse=True)[:most]

    def plot(self, since: datetime, until: datetime) -> list[tuple[date, int]]:
        """Return the number of stories of each day."""
        first, last = since.astimezone(self.zone).date(), until.astimezone(self.zone).date()
        count = min((last - first).days, 400)
        days = [last - timedelta(days=back) for back in range(count, -1, -1)]
        return [(day, self.days.get(day, 0)) for day in days]


def search(
    archive: ArchiveSearch, text: str, scope: ArchiveScope, zone: tzinfo, late: Callable[[], bool], most: int = 5_000
) -> Tally:
    """Return what a query finds, until it is late. Raises QueryError."""
    query = archive.compile(text)
    progress = SearchProgress()
    return _taken(archive.found(query, scope, _stopping(progress, late)), zone, progress, most)


def backtest(
    archive: ArchiveSearch, matcher: Matcher, scope: ArchiveScope, zone: tzinfo, late: Callable[[], bool]
) -> Tally:
    """Return what watchlists would have matched, until it is late."""
    progress = SearchProgress()
    found = map(found_article, archive.judged(matcher, scope, _stopping(progress, late)))
    return _taken(found, zone, progress, 20_000)


def _stopping(progress: SearchProgress, late: Callable[[], bool]) -> SearchProgress:
    def stop() -> None:
        if late():
            raise TimeoutError

    progress.moved = stop
    return progress


def _taken(found: Iterator[FoundArticle], zone: tzinfo, progress: SearchProgress, most: int) -> Tally:
    tally = Tally(zone)
    try:
        for one in found:
            tally.add(one)
            if tally.articles >= most:
                tally.ended = False
                break
    except TimeoutError:
        tally.ended = False
    tally.read, tally.reached = progress.read, progress.reached
    return tally


# --------------------------------------------------------------------------- two versions beside each other


@dataclass(frozen=True, slots=True)
class Judged:
    """What people thought of some stories' alerts."""

    useful: int
    useless: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a change of a watchlist would have changed."""

    before: int
    after: int
    added: tuple[FoundArticle, ...]
    removed: tuple[FoundArticle, ...]
    lost: Judged  # of the removed ones
    kept: Judged
    ended: bool


def thought(tx: Transaction, since: datetime) -> dict[int, tuple[int, int]]:
    """Return (useful, useless) of the stories whose alerts people judged."""
    rows = tx.alerts_since(since)
    found: dict[int, tuple[int, int]] = {}
    judged = tx.feedback_of(rows)
    for row in rows:
        if row.id in judged and row.story_id is not None:
            good, bad = found.get(row.story_id, (0, 0))
            found[row.story_id] = good + judged[row.id][0], bad + judged[row.id][1]
    return found


def judged_of(stories: dict[Key, FoundArticle], thoughts: dict[int, tuple[int, int]]) -> Judged:
    """Return how many of some stories people found useful, and not."""
    pairs = [thoughts[ident] for kind, ident in stories if kind == "s" and ident in thoughts]
    return Judged(sum(good > bad for good, bad in pairs), sum(bad >= good and bad > 0 for good, bad in pairs))


def compared(before: Tally, after: Tally, thoughts: dict[int, tuple[int, int]], most: int = 20) -> Comparison:
    """Return what differs between two tallies."""
    gone = {key: found for key, found in before.stories.items() if key not in after.stories}
    new = [found for key, found in after.stories.items() if key not in before.stories]
    kept = {key: found for key, found in before.stories.items() if key in after.stories}
    return Comparison(
        len(before.stories),
        len(after.stories),
        tuple(new[:most]),
        tuple(list(gone.values())[:most]),
        judged_of(gone, thoughts),
        judged_of(kept, thoughts),
        before.ended and after.ended,
    )
