"""The index of live articles: candidates for an article's story, by inverted indexes.

Nothing here grows with the archive: what is older than the window is forgotten, and each look-up touches only articles
that share a rare key with the new one. Not safe for use from several threads at once.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from heapq import heappop, heappush, nlargest
from math import log, sqrt
from operator import itemgetter
from typing import Generic, TypeVar

from monitor.model import Article, Citation
from monitor.story.assign import Assignment, decide
from monitor.story.contradiction import contradiction
from monitor.story.features import Features, features, moved, moved_times
from monitor.story.vectors import VectorIndex
from monitor.watch.catalogue import Catalogue

Key = TypeVar("Key", bound=Hashable)
_DAY = 86400.0
_NONE: Mapping[int, float] = {}


class Postings(Generic[Key]):
    """Inverted index with removal: key → ids of articles, oldest first; without a list where there is one id."""

    def __init__(self) -> None:
        self._table: dict[Key, int | list[int]] = {}

    def __len__(self) -> int:
        """Count keys."""
        return len(self._table)

    def get(self, key: Key) -> Sequence[int]:
        """Return the ids under a key."""
        ids = self._table.get(key)
        if ids is None:
            return ()
        return (ids,) if isinstance(ids, int) else ids

    def add(self, keys: Iterable[Key], ident: int) -> None:
        """Put an id under keys."""
        table = self._table
        for key in keys:
            ids = table.setdefault(key, ident)
            if isinstance(ids, list):
                ids.append(ident)
            elif ids != ident:
                table[key] = [ids, ident]

    def remove(self, key: Key, ident: int) -> None:
        """Take an id from under a key; it must be there."""
        ids = self._table[key]
        if isinstance(ids, list):
            ids.remove(ident)
        if isinstance(ids, int) or not ids:
            del self._table[key]


class Weights:
    """Key → ids of articles with a weight each."""

    def __init__(self) -> None:
        self._table: dict[str, dict[int, float]] = {}

    def __len__(self) -> int:
        """Count keys."""
        return len(self._table)

    def get(self, key: str) -> Mapping[int, float]:
        """Return the ids under a key, with their weights."""
        return self._table.get(key, _NONE)

    def add(self, weights: Mapping[str, float], ident: int) -> None:
        """Put an id under keys, with the weight that it has by each."""
        table = self._table
        for key, weight in weights.items():
            ids = table.get(key)
            if ids is None:
                table[key] = {ident: weight}
            else:
                ids[ident] = weight

    def remove(self, key: str, ident: int) -> None:
        """Take an id from under a key; it must be there."""
        ids = self._table[key]
        del ids[ident]
        if not ids:
            del self._table[key]


class Frequencies:
    """Document frequencies of a language's stems, by their ids, counted by day, so that whole days can be forgotten.

    An article alone could be taken out only by its list of stems, which would be most of the memory of the window. No
    sum of the days is kept: there are four of them at most, and counting twice is most of what a start costs.
    """

    def __init__(self) -> None:
        self._days: dict[int, dict[str, _Day]] = {}

    def __len__(self) -> int:
        """Count days."""
        return len(self._days)

    def of(self, language: str, stem_ids: Iterable[int]) -> list[int]:
        """Return in how many articles each of these stems was."""
        days = [day[language].stems.get for day in self._days.values() if language in day]
        return [sum([known(stem, 0) for known in days]) for stem in stem_ids]

    def articles(self, language: str) -> int:
        """Return how many articles were counted."""
        return sum(day[language].articles for day in self._days.values() if language in day)

    def count(self, when: float, language: str, stem_ids: Iterable[int]) -> None:
        """Count one article at `when`, in seconds since the epoch."""
        counted = self._days.setdefault(int(when // _DAY), {}).setdefault(language, _Day())
        counted.stems.update(stem_ids)
        counted.articles += 1

    def shift(self, seconds: float) -> None:
        """Move the days, as whole days, with a wall clock that was set by `seconds`."""
        days = round(seconds / _DAY)
        self._days = {number + days: day for number, day in self._days.items()}

    def forget(self, before: float) -> None:
        """Drop the days that ended before that time."""
        self._days = {number: day for number, day in self._days.items() if (number + 1) * _DAY > before}


@dataclass(slots=True)
class _Day:
    stems: Counter[int] = field(default_factory=Counter)
    articles: int = 0


__all__ = ["Assignment", "IndexEntry", "IndexRecord", "IndexedArticle", "StoryIndex"]

RARE = 40  # stems of an article that are indexed
_COMMON = 0.01  # a key in more than this share of the window tells nothing …
_COMMON_MIN = 50  # … once it is in this many articles
_PRIOR = 60  # articles that the window is taken to have seen before: else the first ten decide what is rare


@dataclass(slots=True, eq=False)
class IndexRecord:
    """One live article: what candidates are chosen by, and its features, which are read when they are compared.

    `loaded` are the features, without stems, or what reads them: at start most articles are compared with nothing.
    `when` and `kept` are those of the features by the clock as it is now.
    """

    id: int
    story: int
    rare: tuple[str, ...]  # the stems by which it is indexed
    outlet: str
    feed: str
    language: str
    when: float
    kept: float
    closed: bool  # a digest or a feature: nothing joins it
    cites: frozenset[str]
    loaded: Features | Callable[[], Features]

    @property
    def features(self) -> Features:
        """The features; read at the first call where the article came from the store."""
        found = self.loaded if isinstance(self.loaded, Features) else self.loaded()
        if found.kept != self.kept or found.when != self.when:
            found = replace(found, kept=self.kept, when=self.when)
        self.loaded = found
        return found

    def __eq__(self, other: object) -> bool:
        """Compare the features as well, whether they are read yet or not."""
        if not isinstance(other, IndexRecord):
            return NotImplemented
        return (self.id, self.story, self.rare, self.features) == (other.id, other.story, other.rare, other.features)

    __hash__ = None  # type: ignore[assignment]  # its story changes

    def shift(self, seconds: float) -> None:
        """Move the times with the wall clock, as `features.moved` does."""
        self.when, self.kept = moved_times(self.when, self.kept, seconds)


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """The keys by which the index finds an article, and a way to its features (see `IndexRecord`)."""

    outlet: str
    feed: str
    language: str
    when: float
    kept: float
    closed: bool
    cites: frozenset[str]
    identities: Sequence[tuple[str, ...]]
    grams: Iterable[int]
    keys: Mapping[str, float]
    vector: bytes
    stem_ids: Iterable[int]
    rare: Mapping[str, float]  # weights of the rarest ones, of unit length, as they were when the article came
    loaded: Features | Callable[[], Features]

    def moved(self, seconds: float) -> IndexEntry:
        """Return the entry with its times moved with the wall clock, as `features.moved` does."""
        when, kept = moved_times(self.when, self.kept, seconds)
        return replace(self, when=when, kept=kept)


@dataclass(frozen=True, slots=True)
class IndexedArticle:
    """The index's data of one article; stored with it, so that a restart need not examine it again.

    `features` are without their stems: `stem_ids` are what frequencies count, and `rare` the weights of the rarest
    ones, of unit length, as they were when the article came.
    """

    features: Features
    stem_ids: array[int]
    rare: Mapping[str, float]

    @property
    def kept(self) -> float:
        """When the article was seen last, in seconds since the epoch."""
        return self.features.kept

    def moved(self, seconds: float) -> IndexedArticle:
        """Return the article with its times moved with the wall clock, as `features.moved` does."""
        return replace(self, features=moved(self.features, seconds))

    @property
    def entry(self) -> IndexEntry:
        """The article as `StoryIndex.insert_entry` takes it."""
        found = self.features
        return IndexEntry(
            outlet=found.outlet,
            feed=found.feed,
            language=found.language,
            when=found.when,
            kept=found.kept,
            closed=found.digest or found.separate,
            cites=found.cites,
            identities=_identities_of(found),
            grams=found.grams,
            keys=found.keys,
            vector=found.vector,
            stem_ids=self.stem_ids,
            rare=self.rare,
            loaded=found,
        )


class StoryIndex:
    """Articles of the last `window` seconds and their stories, indexed by feature."""

    def __init__(self, window: float = 72 * 3600.0) -> None:
        self.window = window
        self.last_id = 0  # largest article id ever added
        self.records: dict[int, IndexRecord] = {}
        self.members: dict[int, dict[int, None]] = {}  # story → its live articles, in order
        self._ages: list[tuple[float, int]] = []  # a heap of (kept, id); ids that were replaced stand in it twice
        self._identity: Postings[tuple[str, ...]] = Postings()
        self._grams: Postings[int] = Postings()
        self._stems: dict[str, Weights] = defaultdict(Weights)  # by language
        self._keys = Weights()
        self._vectors = VectorIndex()
        self._frequency = Frequencies()
        self._vetoes: tuple[Features | None, dict[int, str | None]] = None, {}
        self._last: tuple[Article, frozenset[str], Catalogue | None, Features] | None = None

    def __len__(self) -> int:
        """Count live articles."""
        return len(self.records)

    def assign(
        self,
        article: Article,
        *,
        now: datetime,
        entities: frozenset[str] = frozenset(),
        citations: Sequence[Citation] = (),
        catalogue: Catalogue | None = None,
    ) -> Assignment:
        """Return which live story the article joins, and how; nothing is changed.

        `now` bounds the window where the article itself has no usable time. An article with a known id is compared
        with all others and with its former self: an edited entry stays in its story.
        """
        return self.assign_features(self._features(article, entities, citations, catalogue), article.id, now=now)

    def assign_features(self, found: Features, ident: int | None, *, now: datetime) -> Assignment:
        """Return what `assign` does, by an article's features and its id, where it has one."""
        if found.when > now.timestamp():
            found = replace(found, when=now.timestamp(), kept=min(found.kept, now.timestamp()))
        return decide(self, ident, found)

    def add(
        self,
        article: Article,
        story_id: int,
        *,
        entities: frozenset[str] = frozenset(),
        citations: Sequence[Citation] = (),
        catalogue: Catalogue | None = None,
    ) -> None:
        """Add or replace an article of a story. Raises ValueError where it has no id."""
        if article.id is None:
            raise ValueError("an article needs its id before it can join a story")
        self.insert(
            article.id, story_id, self.place(article, entities=entities, citations=citations, catalogue=catalogue)
        )

    def place(
        self,
        article: Article,
        *,
        entities: frozenset[str] = frozenset(),
        citations: Sequence[Citation] = (),
        catalogue: Catalogue | None = None,
    ) -> IndexedArticle:
        """Return the argument of `insert` for an article; nothing is changed."""
        return self.place_features(self._features(article, entities, citations, catalogue))

    def place_features(self, found: Features) -> IndexedArticle:
        """Return what `place` does, by an article's features."""
        bare = replace(found, stems={}, stem_ids=array("I"), written={})
        return IndexedArticle(bare, found.stem_ids, self.vector(found, counted=1))

    def insert(self, ident: int, story_id: int, placed: IndexedArticle) -> None:
        """Insert or replace an article of a story."""
        self.insert_entry(ident, story_id, placed.entry)

    def insert_entry(self, ident: int, story_id: int, entry: IndexEntry) -> None:
        """Do what `insert` does, without a look at the article's features."""
        if ident in self.records:
            self._remove(ident)
        self._frequency.count(entry.kept, entry.language, entry.stem_ids)
        self._insert(ident, story_id, entry)
        self.last_id = max(self.last_id, ident)

    def rekey(self, ident: int, keys: Mapping[str, float]) -> None:
        """Replace the keys of a live article: the catalogue that gave some of them changed. Others are left out."""
        record = self.records.get(ident)
        if record is None:
            return
        found = record.features
        for key in found.keys:
            self._keys.remove(key, ident)
        self._keys.add(keys, ident)
        record.loaded = replace(found, keys=keys)

    def forget(self, before: datetime) -> None:
        """Drop articles that were last known (seen, else published) before that time."""
        limit = before.timestamp()
        while self._ages and self._ages[0][0] < limit:
            _, ident = heappop(self._ages)
            record = self.records.get(ident)
            if record is not None and record.kept < limit:
                self._remove(ident)
        self._frequency.forget(limit)

    def shift(self, seconds: float) -> None:
        """Move the window with the wall clock, which was set by `seconds`: nothing is older than before.

        An article's own date stays, except that no article is published after it was seen.
        """
        for record in self.records.values():
            record.shift(seconds)
        self._ages = [(age + seconds, ident) for age, ident in self._ages]
        self._frequency.shift(seconds)

    # ------------------------------------------------------------------ look-ups, for `assign.decide`

    def same(self, *key: str) -> list[IndexRecord]:
        """Return the articles with this identity, such as ('url', …), oldest first."""
        return [self.records[ident] for ident in self._identity.get(key)]

    def overlaps(self, found: Features) -> dict[int, int]:
        """Count the shingles that each live article shares; those of many articles are boilerplate."""
        counts: dict[int, int] = {}
        most = self._most()
        for gram in found.grams:
            ids = self._grams.get(gram)
            if len(ids) <= most:
                for ident in ids:
                    counts[ident] = counts.get(ident, 0) + 1
        return counts

    def vector(self, found: Features, counted: int = 0) -> dict[str, float]:
        """Return the TF-IDF vector of the article's rarest stems, of unit length.

        `counted` is 1 where the frequencies are to count the article itself as well, else 0.
        """
        known = self._frequency.of(found.language, found.stem_ids)
        total = self._frequency.articles(found.language) + counted + _PRIOR
        more = counted + 1.0
        weighed = [
            (stem, sqrt(weight) * log(total / (count + more)))
            for (stem, weight), count in zip(found.stems.items(), known, strict=True)
        ]
        top = nlargest(RARE, weighed, key=itemgetter(1))
        norm = sqrt(sum(value * value for _, value in top)) or 1.0
        return {stem: value / norm for stem, value in top}

    def similar(self, found: Features) -> dict[int, float]:
        """Return the cosine with each live article of the language that shares a rare stem."""
        scores: dict[int, float] = {}
        postings = self._stems[found.language]
        for stem, weight in self.vector(found).items():
            for ident, other in postings.get(stem).items():
                scores[ident] = scores.get(ident, 0.0) + weight * other
        return scores

    def nearest(self, found: Features, most: int) -> list[tuple[float, int]]:
        """Return the articles of other languages whose vectors are nearest, with their cosines, the nearest first."""
        return self._vectors.nearest(found.language, found.vector, most)

    def shared_keys(self, keys: Mapping[str, float]) -> dict[int, dict[str, float]]:
        """Return for each live article the keys that it shares, with what each is worth there."""
        shared: dict[int, dict[str, float]] = {}
        most = self._most()
        for key, weight in keys.items():
            ids = self._keys.get(key)
            if len(ids) <= most:
                worth = self.key_worth(key) * weight
                for ident, other in ids.items():
                    shared.setdefault(ident, {})[key] = other * worth
        return shared

    def key_worth(self, key: str) -> float:
        """Return the inverse document frequency of a key."""
        return log((len(self.records) + _PRIOR) / (len(self._keys.get(key)) + 1.0))

    def veto(self, story: int, found: Features, ident: int | None = None) -> str | None:
        """Return the fact by which an article contradicts a member of a story, None where it contradicts none.

        Whoever proposes the join: a translation must not lead a second event into the story of the first.
        """
        if self._vetoes[0] is not found:
            self._vetoes = found, {}
        known = self._vetoes[1]
        if story not in known:
            known[story] = next(
                filter(None, (self.contradicts(member, found) for member in self.members[story] if member != ident)),
                None,
            )
        return known[story]

    def contradicts(self, ident: int, found: Features) -> str | None:
        """Return the fact by which an article contradicts a live one, None where it does not."""
        other = self.records[ident]
        return contradiction(
            other.features.facts,
            found.facts,
            abs(other.when - found.when),
            one_language=other.language == found.language,
            one_outlet=other.outlet == found.outlet,
        )

    # ------------------------------------------------------------------ inside

    def _most(self) -> int:
        return max(_COMMON_MIN, int(len(self.records) * _COMMON))

    def _features(
        self,
        article: Article,
        entities: frozenset[str],
        citations: Sequence[Citation],
        catalogue: Catalogue | None,
    ) -> Features:
        """Reduce an article, once for `assign` and the `add` that follows it with the id."""
        bare = replace(article, id=None)
        if self._last is not None and self._last[:2] == (bare, entities) and self._last[2] is catalogue:
            return self._last[3]
        found = features(article, entities, citations, catalogue)
        self._last = (bare, entities, catalogue, found)
        return found

    def _insert(self, ident: int, story_id: int, entry: IndexEntry) -> None:
        self.records[ident] = IndexRecord(
            ident,
            story_id,
            tuple(entry.rare),
            entry.outlet,
            entry.feed,
            entry.language,
            entry.when,
            entry.kept,
            entry.closed,
            entry.cites,
            entry.loaded,
        )
        self.members.setdefault(story_id, {})[ident] = None
        heappush(self._ages, (entry.kept, ident))
        self._stems[entry.language].add(entry.rare, ident)
        self._keys.add(entry.keys, ident)
        self._vectors.add(ident, entry.language, entry.vector)
        self._grams.add(entry.grams, ident)
        self._identity.add(entry.identities, ident)

    def regroup(self, homes: Mapping[int, int]) -> None:
        """Move live articles into the stories that they are in now: article id → story id."""
        for ident, story in homes.items():
            record = self.records.get(ident)
            if record is not None and record.story != story:
                self._leave(record)
                record.story = story
                self.members.setdefault(story, {})[ident] = None

    def _leave(self, record: IndexRecord) -> None:
        del self.members[record.story][record.id]
        if not self.members[record.story]:
            del self.members[record.story]

    def _remove(self, ident: int) -> None:
        record = self.records.pop(ident)
        found = record.features
        for stem in record.rare:
            self._stems[found.language].remove(stem, ident)
        for key in found.keys:
            self._keys.remove(key, ident)
        self._vectors.remove(ident)
        for gram in found.grams:
            self._grams.remove(gram, ident)
        for identity in _identities_of(found):
            self._identity.remove(identity, ident)
        self._leave(record)


def _identities_of(found: Features) -> list[tuple[str, ...]]:
    return identities(
        found.outlet,
        found.language,
        key=found.key,
        url=found.url,
        guid=found.guid,
        yonhap=found.yonhap,
        same_title=found.same_title,
    )


def identities(
    outlet: str, language: str, *, key: str, url: str | None, guid: str | None, yonhap: str | None, same_title: str
) -> list[tuple[str, ...]]:
    """Return the keys by which articles are the same, or versions, regardless of their texts."""
    keys: list[tuple[str, ...]] = []
    if key:
        keys.append(("key", key))
    if url:
        keys.append(("url", url))
    if guid:
        keys.append(("guid", outlet, guid))
    if yonhap:
        keys.append(("yonhap", yonhap))
    if same_title:
        keys.append(("title", outlet, language, same_title))
    return keys
