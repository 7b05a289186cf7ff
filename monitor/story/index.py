"""The live window: which stories an article may belong to, found by inverted indexes.

Nothing here grows with the archive: what is older than the window is forgotten, and each look-up touches only articles
that share a rare key with the new one. Not safe for use from several threads at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import log, sqrt
from typing import TypeVar

from monitor.model import Article, Citation
from monitor.story.assign import Assignment, decide
from monitor.story.features import Features, features

__all__ = ["Assignment", "Record", "StoryIndex"]

Key = TypeVar("Key")
Value = TypeVar("Value")

RARE = 40  # stems of an article that are indexed
_COMMON = 0.01  # a key in more than this share of the window tells nothing …
_COMMON_MIN = 50  # … once it is in this many articles
_PRIOR = 60  # articles that the window is taken to have seen before: else the first ten decide what is rare


@dataclass(slots=True)
class Record:
    """One live article."""

    id: int
    story: int
    features: Features
    vector: Mapping[str, float]  # unit length, over its rarest stems


class StoryIndex:
    """Articles of the last `window` seconds and their stories."""

    def __init__(self, window: float = 72 * 3600.0) -> None:
        """Start empty."""
        self.window = window
        self.last_id = 0  # largest article id ever added
        self.records: dict[int, Record] = {}
        self.members: dict[int, dict[int, None]] = {}  # story → its live articles, in order
        self._identity: dict[tuple[str, ...], dict[int, None]] = defaultdict(dict)
        self._grams: dict[int, list[int]] = {}
        self._stems: dict[tuple[str, str], dict[int, float]] = defaultdict(dict)
        self._keys: dict[str, dict[int, float]] = defaultdict(dict)
        self._frequency: dict[tuple[str, str], int] = defaultdict(int)
        self._count: dict[str, int] = defaultdict(int)  # live articles by language
        self._last: tuple[Article, frozenset[str], Features] | None = None

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
    ) -> Assignment:
        """Say which live story the article joins, and how; nothing is changed.

        `now` bounds the window where the article itself has no usable time. An article with a known id is compared
        with all others and with its former self: an edited entry stays in its story.
        """
        found = self._features(article, entities, citations)
        if found.when > now.timestamp():
            found = replace(found, when=now.timestamp(), kept=min(found.kept, now.timestamp()))
        return decide(self, article.id, found)

    def add(
        self,
        article: Article,
        story_id: int,
        *,
        entities: frozenset[str] = frozenset(),
        citations: Sequence[Citation] = (),
    ) -> None:
        """Add an article to a story, or replace what is known of it. Raises ValueError where it has no id."""
        if article.id is None:
            raise ValueError("an article needs its id before it can join a story")
        if article.id in self.records:
            self._remove(article.id)
        found = self._features(article, entities, citations)
        self._count[found.language] += 1
        for stem in found.stems:
            self._frequency[found.language, stem] += 1
        record = Record(article.id, story_id, found, self.vector(found))
        self._insert(record)
        self.last_id = max(self.last_id, article.id)

    def forget(self, before: datetime) -> None:
        """Drop articles published and seen before that time."""
        limit = before.timestamp()
        for ident in [record.id for record in self.records.values() if record.features.kept < limit]:
            self._remove(ident)

    # ------------------------------------------------------------------ look-ups, for `assign.decide`

    def same(self, *key: str) -> list[Record]:
        """Give the articles with this identity, such as ('url', …), newest last."""
        return [self.records[ident] for ident in self._identity.get(key, ())]

    def overlaps(self, grams: Iterable[int]) -> dict[int, int]:
        """Count the shingles that each live article shares; shingles that many articles share are furniture."""
        counts: dict[int, int] = {}
        most = max(_COMMON_MIN, int(len(self.records) * _COMMON))
        for gram in grams:
            ids = self._grams.get(gram)
            if ids and len(ids) <= most:
                for ident in ids:
                    counts[ident] = counts.get(ident, 0) + 1
        return counts

    def vector(self, found: Features) -> dict[str, float]:
        """Give the TF-IDF vector of the article's rarest stems, of unit length."""
        weighed = ((stem, sqrt(weight) * self._idf(found.language, stem)) for stem, weight in found.stems.items())
        top = sorted(weighed, key=lambda pair: -pair[1])[:RARE]
        norm = sqrt(sum(value * value for _, value in top)) or 1.0
        return {stem: value / norm for stem, value in top}

    def similar(self, language: str, vector: Mapping[str, float]) -> dict[int, float]:
        """Give the cosine with each live article of that language that shares a rare stem."""
        scores: dict[int, float] = {}
        for stem, weight in vector.items():
            for ident, other in self._stems.get((language, stem), {}).items():
                scores[ident] = scores.get(ident, 0.0) + weight * other
        return scores

    def shared_keys(self, keys: Mapping[str, float]) -> dict[int, dict[str, float]]:
        """Give for each live article the keys that it shares, with what each is worth there."""
        shared: dict[int, dict[str, float]] = {}
        most = max(_COMMON_MIN, int(len(self.records) * _COMMON))
        for key, weight in keys.items():
            ids = self._keys.get(key, {})
            if len(ids) <= most:
                worth = self.key_worth(key)
                for ident, other in ids.items():
                    shared.setdefault(ident, {})[key] = weight * other * worth
        return shared

    def key_worth(self, key: str) -> float:
        """Give the inverse document frequency of a key."""
        return log((len(self.records) + _PRIOR) / (len(self._keys.get(key, ())) + 1.0))

    # ------------------------------------------------------------------ inside

    def _features(self, article: Article, entities: frozenset[str], citations: Sequence[Citation]) -> Features:
        """Reduce an article, once for `assign` and the `add` that follows it with the id."""
        bare = replace(article, id=None)
        if self._last is not None and self._last[0] == bare and self._last[1] == entities:
            return self._last[2]
        found = features(article, entities, citations)
        self._last = (bare, entities, found)
        return found

    def _idf(self, language: str, stem: str) -> float:
        return log((self._count[language] + _PRIOR) / (self._frequency.get((language, stem), 0) + 1.0))

    def _insert(self, record: Record) -> None:
        ident, found = record.id, record.features
        self.records[ident] = record
        self.members.setdefault(record.story, {})[ident] = None
        for stem, value in record.vector.items():
            self._stems[found.language, stem][ident] = value
        for key, weight in found.keys.items():
            self._keys[key][ident] = weight
        for gram in found.grams:
            self._grams.setdefault(gram, []).append(ident)
        for identity in identities(found):
            self._identity[identity][ident] = None

    def _remove(self, ident: int) -> None:
        record = self.records.pop(ident)
        found = record.features
        self._count[found.language] -= 1
        for stem in found.stems:
            _less(self._frequency, (found.language, stem))
        for stem in record.vector:
            _drop(self._stems, (found.language, stem), ident)
        for key in found.keys:
            _drop(self._keys, key, ident)
        for gram in found.grams:
            self._grams[gram].remove(ident)
            if not self._grams[gram]:
                del self._grams[gram]
        for identity in identities(found):
            _drop(self._identity, identity, ident)
        del self.members[record.story][ident]
        if not self.members[record.story]:
            del self.members[record.story]


def identities(found: Features) -> list[tuple[str, ...]]:
    """Give what makes two articles one, or versions of one, without a look at their texts."""
    keys: list[tuple[str, ...]] = [("outlet", found.outlet)]
    if found.key:
        keys.append(("key", found.key))
    if found.url:
        keys.append(("url", found.url))
    if found.guid:
        keys.append(("guid", found.outlet, found.guid))
    if found.yonhap:
        keys.append(("yonhap", found.yonhap))
    if found.same_title:
        keys.append(("title", found.outlet, found.language, found.same_title))
    return keys


def _less(counts: dict[tuple[str, str], int], key: tuple[str, str]) -> None:
    counts[key] -= 1
    if counts[key] <= 0:
        del counts[key]


def _drop(table: dict[Key, dict[int, Value]], key: Key, ident: int) -> None:
    del table[key][ident]
    if not table[key]:
        del table[key]
