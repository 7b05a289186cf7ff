"""Inverted indexes with removal, in little memory: most keys are in one article only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
_DAY = 86400.0
_NONE: Mapping[int, float] = {}


class Postings(Generic[Key]):
    """Key → ids of articles, oldest first."""

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
    """Document frequencies of a language's stems, counted by day, so that whole days can be forgotten.

    An article alone could be taken out only by its list of stems, which would be most of the memory of the window. No
    sum of the days is kept: there are four of them at most, and counting twice is most of what a start costs.
    """

    def __init__(self) -> None:
        self._days: dict[int, dict[str, _Day]] = {}

    def __len__(self) -> int:
        """Count days."""
        return len(self._days)

    def of(self, language: str, stems: Iterable[str]) -> list[int]:
        """Return in how many articles each of these stems was."""
        days = [day[language].stems.get for day in self._days.values() if language in day]
        return [sum([known(stem, 0) for known in days]) for stem in stems]

    def articles(self, language: str) -> int:
        """Return how many articles were counted."""
        return sum(day[language].articles for day in self._days.values() if language in day)

    def count(self, when: float, language: str, stems: Iterable[str]) -> None:
        """Count one article at `when`, in seconds since the epoch."""
        counted = self._days.setdefault(int(when // _DAY), {}).setdefault(language, _Day())
        counted.stems.update(stems)
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
    stems: Counter[str] = field(default_factory=Counter)
    articles: int = 0
