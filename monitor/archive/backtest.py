"""A backtest: which stories the watchlists would have alerted, by the daemon's own matcher, stories and rules.

An alert is what `alert.policy` opens a row for: a watchlist and a story, by the first article of the story that matches
it and was no baseline. When it would have rung is decided by the channels' own rules (`alert.holds`): cooldowns,
digests, quiet hours and bursts, from the history that the backtest itself makes. Mutes and edits of long ago are not
played again: an article is judged by its text as it is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from monitor.alert.holds import ChannelMoment, timing
from monitor.archive.search import ArchiveScope, ArchiveSearch, JudgedArticle, SearchProgress, found_article
from monitor.model import Channel, Severity, Verdict, Watchlist
from monitor.model.rate import History
from monitor.store import Database, Transaction
from monitor.store.backtests import ArticleArrival, RatedAlert
from monitor.watch.match import Matcher

StoryKey = tuple[str, int]
"""'story' and its id, or 'article' and its id where an article is in no story."""


@dataclass(frozen=True, slots=True)
class BacktestAlert:
    """An alert that a watchlist would have had on a story.

    `sentence` is what it would have quoted, with the places of hits in it. `rings` are the channels in which it would
    have rung at once, `held` those in which it would have waited.
    """

    watchlist: str
    story: StoryKey
    article_id: int
    at: datetime  # when the article was first seen
    title: str
    source: str
    language: str
    url: str | None
    terms: tuple[str, ...]
    sentence: str
    spans: tuple[tuple[int, int], ...]
    rings: tuple[str, ...] = ()
    held: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TermReport:
    """What one term brings: stories whose alert names it, those that it brings alone, and what people thought of them.

    `edits` counts the stories whose alert would have come to name the term by a later article.
    """

    term: str
    stories: int
    alone: int
    useful: int = 0
    not_useful: int = 0
    edits: int = 0


@dataclass(frozen=True, slots=True)
class WatchlistBacktest:
    """What one watchlist would have brought: alerts, oldest first, and its terms, those with most stories first."""

    name: str
    alerts: tuple[BacktestAlert, ...]
    terms: tuple[TermReport, ...]

    @property
    def unused(self) -> tuple[str, ...]:
        """Return the terms that no alert would have named, neither when it was opened nor by an edit."""
        return tuple(each.term for each in self.terms if not each.stories and not each.edits)

    @property
    def noisy(self) -> tuple[TermReport, ...]:
        """Return the terms whose alerts people mostly did not find useful: at least three of them, the worst first."""
        found = [each for each in self.terms if each.not_useful >= _NOISY and each.not_useful > each.useful]
        return tuple(sorted(found, key=lambda each: -each.not_useful))


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """The backtest of some watchlists. `read` counts articles that were judged, `since` is when the archive begins."""

    since: datetime
    until: datetime
    watchlists: tuple[WatchlistBacktest, ...]
    rated: tuple[RatedAlert, ...] = ()
    read: int = 0
    complete: bool = True  # False: time was up, and `since` is how far back it came
    begins: datetime | None = None  # when the oldest kept article was seen
    spellings: Mapping[str, Sequence[str]] = field(default_factory=dict)  # of unused terms: what the archive has

    @property
    def alerts(self) -> tuple[BacktestAlert, ...]:
        """Return all alerts, oldest first."""
        found = [alert for each in self.watchlists for alert in each.alerts]
        return tuple(sorted(found, key=lambda alert: (alert.at, alert.article_id, alert.watchlist)))

    @property
    def stories(self) -> dict[StoryKey, BacktestAlert]:
        """Return the first alert of each story."""
        found: dict[StoryKey, BacktestAlert] = {}
        for alert in self.alerts:
            found.setdefault(alert.story, alert)
        return found


_NOISY = 3

SpellingsFound = Callable[[Transaction, Sequence[str], datetime], Mapping[str, Sequence[str]]]
"""Returns for terms their other spellings that articles seen since a time have (`pipeline.term_watch`)."""


class _TimeIsUpError(Exception):
    """A backtest has run for as long as it may."""


@dataclass(slots=True)
class Backtester:
    """Runs backtests on one archive; synchronous, for any thread. `progress` says how far it has come.

    With `seconds`, each ends after so long, with what it has found of the latest time. With `spellings`, it says of
    terms that would have rung for nothing which other spellings would.
    """

    store: Database
    channels: Mapping[str, Channel]
    timezone: str
    progress: SearchProgress = field(default_factory=SearchProgress)
    seconds: float | None = None
    monotonic: Callable[[], float] = time.monotonic
    spellings: SpellingsFound | None = None

    def run(self, matcher: Matcher, since: datetime, until: datetime) -> BacktestResult:
        """Return what the watchlists of a matcher would have alerted on articles seen from `since` until `until`.

        Raises StoreError.
        """
        begun = self.progress.read
        search = ArchiveSearch(self.store, lambda _: matcher)
        scope = ArchiveScope(since=since, until=until)
        found: list[BacktestAlert] = []
        complete = True
        self.progress.moved = self._limit()
        try:
            for judged in search.judged(matcher, scope, self.progress):
                found += _alerts(judged)
        except _TimeIsUpError:
            complete, since = False, max(self.progress.reached or until, since)
        found.sort(key=lambda alert: alert.article_id)
        with self.store.begin() as tx:
            arrivals = tx.article_arrivals(sorted({alert.article_id for alert in found}))
            rated = tuple(tx.rated_alerts(since))
            begins = tx.archive_begins()
        found = [alert for alert in found if not _is_baseline(arrivals, alert.article_id)]
        first = _first_of_each(found, self._known_before(matcher, found, since))
        rules = {rule.watchlist.name: rule for rule in matcher.rules}
        first = self._rung(first, arrivals, {name: rule.watchlist for name, rule in rules.items()})
        lists = []
        for name, rule in rules.items():
            own = tuple(alert for alert in first if alert.watchlist == name)
            grown = [alert for alert in found if alert.watchlist == name]
            terms = _terms([slot.written for slot in rule.slots], own, grown, rated)
            lists.append(WatchlistBacktest(name, own, terms))
        start = since if begins is None else max(since, begins)
        alike = self._alike(lists, start) if complete else {}
        return BacktestResult(start, until, tuple(lists), rated, self.progress.read - begun, complete, begins, alike)

    def _alike(self, lists: Sequence[WatchlistBacktest], since: datetime) -> Mapping[str, Sequence[str]]:
        """Return other spellings, that the archive has, of the terms that would have rung for nothing."""
        unused = list(dict.fromkeys(term for each in lists for term in each.unused))
        if self.spellings is None or not unused:
            return {}
        with self.store.begin() as tx:
            return self.spellings(tx, unused, since)

    def _limit(self) -> Callable[[], object]:
        """Return what ends a backtest whose time is up."""
        if self.seconds is None:
            return lambda: None
        until = self.monotonic() + self.seconds

        def look() -> None:
            if self.monotonic() > until:
                raise _TimeIsUpError

        return look

    def _known_before(
        self, matcher: Matcher, found: Sequence[BacktestAlert], since: datetime
    ) -> set[tuple[str, StoryKey]]:
        """Return the watchlists and stories that had their alert before the time of the backtest."""
        stories = sorted({alert.story[1] for alert in found if alert.story[0] == _STORY})
        with self.store.begin() as tx:
            members = tx.earlier_members(stories, since)
            arrivals = tx.article_arrivals(sorted(members))
            earlier = tx.articles(sorted(members))
        known: set[tuple[str, StoryKey]] = set()
        for article in earlier:
            ident = article.id or 0
            if not _is_baseline(arrivals, ident):
                verdicts = matcher.match(article)
                known |= {(each.watchlist, (_STORY, members[ident])) for each in verdicts if each.matched}
        return known

    def _rung(
        self,
        alerts: Sequence[BacktestAlert],
        arrivals: Mapping[int, ArticleArrival],
        watchlists: Mapping[str, Watchlist],
    ) -> list[BacktestAlert]:
        """Return the alerts with the channels in which each would have rung at once, or waited."""
        rings: dict[BacktestAlert, list[str]] = {alert: [] for alert in alerts}
        held: dict[BacktestAlert, list[str]] = {alert: [] for alert in alerts}
        for channel in self.channels.values():
            told = [alert for alert in alerts if channel.name in watchlists[alert.watchlist].notify]
            for batch, at_once in _played(channel, told, arrivals, watchlists, self.timezone):
                for alert in batch:
                    (rings if at_once else held)[alert].append(channel.name)
        return [_with_channels(alert, rings[alert], held[alert]) for alert in alerts]


# --------------------------------------------------------------------------- alerts

_STORY, _ARTICLE = "story", "article"


def _is_baseline(arrivals: Mapping[int, ArticleArrival], article_id: int) -> bool:
    return article_id in arrivals and arrivals[article_id].baseline


def _alerts(judged: JudgedArticle) -> Iterator[BacktestAlert]:
    """Yield an alert for each watchlist that an article matches; no text is kept but the sentence."""
    article = judged.article
    ident = article.id or 0
    story = (_ARTICLE, ident) if judged.story_id is None else (_STORY, judged.story_id)
    for verdict in judged.verdicts:
        if verdict.matched and article.seen_at is not None:
            shown = found_article(JudgedArticle(article, judged.story_id, (verdict,)))
            yield BacktestAlert(
                watchlist=verdict.watchlist,
                story=story,
                article_id=ident,
                at=article.seen_at,
                title=article.title,
                source=article.source,
                language=article.language,
                url=article.url,
                terms=_named(verdict),
                sentence=shown.sentence,
                spans=shown.spans,
            )


def _named(verdict: Verdict) -> tuple[str, ...]:
    return verdict.terms or tuple(dict.fromkeys(hit.term for hit in verdict.hits))


def _first_of_each(alerts: Iterable[BacktestAlert], known: set[tuple[str, StoryKey]]) -> list[BacktestAlert]:
    """Return the first alert of each watchlist and story, but for those that are known."""
    seen = set(known)
    found = []
    for alert in alerts:
        if (alert.watchlist, alert.story) not in seen:
            seen.add((alert.watchlist, alert.story))
            found.append(alert)
    return found


def _with_channels(alert: BacktestAlert, rings: Sequence[str], held: Sequence[str]) -> BacktestAlert:
    return replace(alert, rings=tuple(rings), held=tuple(held))


def _played(
    channel: Channel,
    alerts: Sequence[BacktestAlert],
    arrivals: Mapping[int, ArticleArrival],
    watchlists: Mapping[str, Watchlist],
    timezone: str,
) -> Iterator[tuple[list[BacktestAlert], bool]]:
    """Yield the alerts of each article in a channel, and whether they ring at once.

    A message that waits and ends its wait counts for the cooldown of its watchlists from then on.
    """
    history = History()
    waiting: list[tuple[datetime, list[str]]] = []
    batches: dict[int, list[BacktestAlert]] = {}
    for alert in alerts:
        batches.setdefault(alert.article_id, []).append(alert)
    for ident, batch in batches.items():
        at = batch[0].at
        names = [alert.watchlist for alert in batch]
        for until, ended in sorted(waiting):
            if until <= at:
                history = history.alerted(ended, until)
        waiting = [each for each in waiting if each[0] > at]
        lists = [watchlists[name] for name in names]
        severity = max((each.severity for each in lists), key=lambda severity: severity.rank)
        when = timing(ChannelMoment(channel, at, timezone, history), severity, lists)
        delayed = ident in arrivals and arrivals[ident].delayed and severity.rank < Severity.HIGH.rank
        if when.until is not None:
            waiting.append((when.until, names))
        elif not delayed:
            history = history.alerted(names, at)
            if severity is not Severity.LOW:
                history = history.rang(at, channel.burst)
        yield batch, when.until is None and not when.burst and not delayed


def _terms(
    written: Sequence[str],
    alerts: Sequence[BacktestAlert],
    matches: Sequence[BacktestAlert],
    rated: Sequence[RatedAlert],
) -> tuple[TermReport, ...]:
    """Return what each term brings, those with most stories first, then those with most edits, else in their order.

    `alerts` are the first of each story; `matches` are of every article that the watchlist matches, these included.
    """
    ratings: dict[StoryKey, tuple[int, int]] = {}
    for each in rated:
        good, bad = ratings.get((_STORY, each.story_id), (0, 0))
        ratings[_STORY, each.story_id] = (good + each.good, bad + (not each.good))
    found = []
    for term in dict.fromkeys(written):
        own = [alert for alert in alerts if term in alert.terms]
        judged = [ratings.get(alert.story, (0, 0)) for alert in own]
        alone = sum(alert.terms == (term,) for alert in own)
        useful, not_useful = sum(good for good, _ in judged), sum(bad for _, bad in judged)
        edits = len({each.story for each in matches if term in each.terms} - {alert.story for alert in own})
        found.append(TermReport(term, len(own), alone, useful, not_useful, edits))
    return tuple(sorted(found, key=lambda each: (-each.stories, -each.edits)))


# --------------------------------------------------------------------------- two configurations


@dataclass(frozen=True, slots=True)
class RatedChange:
    """What a change does to alerts that people rated: how many it keeps of those found useful, and not."""

    useful: int
    useful_kept: int
    not_useful: int
    not_useful_kept: int


@dataclass(frozen=True, slots=True)
class WatchlistChange:
    """What a changed watchlist would alert in addition, and no longer; `before` and `after` count its alerts."""

    name: str
    before: int
    after: int
    added: tuple[BacktestAlert, ...]
    removed: tuple[BacktestAlert, ...]


@dataclass(frozen=True, slots=True)
class BacktestChange:
    """The difference of two backtests, of the watchlists that differ. `stories_…`: stories that nothing else alerts."""

    before: BacktestResult
    after: BacktestResult
    watchlists: tuple[WatchlistChange, ...]
    stories_added: int
    stories_removed: int
    rated: RatedChange


def compare(before: BacktestResult, after: BacktestResult) -> BacktestChange:
    """Return what another configuration changes. Both results are of the watchlists that differ, or that one lacks."""
    old = {each.name: each for each in before.watchlists}
    new = {each.name: each for each in after.watchlists}
    changes = []
    for name in dict.fromkeys([*old, *new]):
        was = old[name].alerts if name in old else ()
        now = new[name].alerts if name in new else ()
        known, wanted = {alert.story for alert in was}, {alert.story for alert in now}
        added = tuple(alert for alert in now if alert.story not in known)
        removed = tuple(alert for alert in was if alert.story not in wanted)
        changes.append(WatchlistChange(name, len(was), len(now), added, removed))
    gone, come = before.stories.keys() - after.stories.keys(), after.stories.keys() - before.stories.keys()
    return BacktestChange(before, after, tuple(changes), len(come), len(gone), _rated(before, after, set(old)))


def _rated(before: BacktestResult, after: BacktestResult, changed: set[str]) -> RatedChange:
    kept = after.stories
    counts = {True: [0, 0], False: [0, 0]}
    for each in before.rated:
        if changed.isdisjoint(each.watchlists):
            continue
        of = counts[each.good]
        of[0] += 1
        of[1] += (_STORY, each.story_id) in kept or not changed.issuperset(each.watchlists)
    return RatedChange(*counts[True], *counts[False])


def differing(before: Sequence[Watchlist], after: Sequence[Watchlist]) -> tuple[list[Watchlist], list[Watchlist]]:
    """Return the watchlists of two configurations that are not equal in both, or not in both, in their order."""
    old, new = {each.name: each for each in before}, {each.name: each for each in after}
    return (
        [each for each in before if new.get(each.name) != each],
        [each for each in after if old.get(each.name) != each],
    )
