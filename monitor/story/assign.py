"""The rules by which an article joins a story, in order: identity, version, copy, same words, same names.

A false merge hides an alert and a missed one only doubles it, so every rule asks for precision first. Figures are
containment and cosine, 0 to 1; those of versions, copies and the joining bar were measured on public news.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitor.model import Relation
from monitor.story.signature import containment

if TYPE_CHECKING:
    from monitor.story.features import Features
    from monitor.story.index import Record, StoryIndex

CONTAINED = 0.25  # share of the smaller text's shingles
_SHARED_MIN = 3  # shingles: less is a stock phrase
JOIN, RELATED = 0.30, 0.20  # of the score by stems
_NEAR_TITLE = 0.8  # Jaccard of two titles' stems
_NEAR_TITLE_MIN = 4  # stems
_DAY = 86400.0
_TITLE_SPAN = 2 * _DAY  # titles come back after that
_CITED_SPAN = 2 * _DAY
_RELATED_MAX = 5
_CITED_KEYS, _CITED_SHARE = 3, 0.25
_UNCITED_KEYS, _UNCITED_SHARE = 5, 0.5
_MARGIN = 1.15  # over the second-best story


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where an article belongs. `story_id` None: it opens a story (`relation` is then FIRST).

    `score` is what the decision rests on, 0 to 1 for identity, containment and stems. `related` are stories that are
    near and not merged. `supersedes` is the article that this one is a later version of.
    """

    story_id: int | None
    relation: Relation
    score: float = 0.0
    related: tuple[int, ...] = ()
    supersedes: int | None = None


def decide(index: StoryIndex, ident: int | None, found: Features) -> Assignment:
    """Apply the rules to an article's features; `ident` is its own id where it is in the index already."""
    known = _identical(index, ident, found)
    if known:
        return known
    if found.digest:
        return Assignment(None, Relation.FIRST)
    if found.titled.separate:
        return Assignment(None, Relation.FIRST, related=_related(_by_words(index, ident, found)))
    return (
        _version_by_title(index, ident, found)
        or _version_or_copy(index, ident, found)
        or _same_event(index, ident, found)
    )


def _identical(index: StoryIndex, ident: int | None, found: Features) -> Assignment | None:
    """Find the same article, edited or seen in another feed: same key, address or guid."""
    if ident is not None and ident in index.records:
        record = index.records[ident]
        return Assignment(record.story, Relation.VERSION, 1.0, supersedes=ident)
    keys = [("key", found.key), ("url", found.url), ("guid", found.outlet, found.guid)]
    for key in keys:
        for record in reversed(index.same(*(str(part) for part in key)) if all(key) else []):
            if record.features.outlet == found.outlet:
                return Assignment(record.story, Relation.VERSION, 1.0, supersedes=record.id)
    return None


def _version_by_title(index: StoryIndex, ident: int | None, found: Features) -> Assignment | None:
    """Find a version by Yonhap's story number, or by the same title but for its flags."""
    candidates = index.same("yonhap", found.yonhap) if found.yonhap else []
    for record in _usable(candidates, ident):
        return Assignment(record.story, Relation.VERSION, 1.0, supersedes=record.id)
    if not found.same_title:
        return None
    for record in _usable(index.same("title", found.outlet, found.language, found.same_title), ident):
        near = abs(record.features.when - found.when) <= _TITLE_SPAN
        if near and not _other_text(record.features, found):
            return Assignment(record.story, Relation.VERSION, 1.0, supersedes=record.id)
    return None


def _other_text(a: Features, b: Features) -> bool:
    """Say whether two long texts share no phrase at all: a column's title comes back with other news under it."""
    flagged = bool(a.titled.flags or b.titled.flags)
    long = min(len(a.grams), len(b.grams)) > 40  # noqa: PLR2004 - shingles: two paragraphs
    return long and not flagged and containment(a.grams, b.grams) == 0.0


def _version_or_copy(index: StoryIndex, ident: int | None, found: Features) -> Assignment | None:
    """Find by a quarter of the smaller text's shingles: the outlet's next version, or another outlet's copy."""
    best: tuple[float, Record] | None = None
    for other, shared in index.overlaps(found.grams).items():
        record = index.records[other]
        if other == ident or shared < _SHARED_MIN or record.features.titled.separate or record.features.digest:
            continue
        share = containment(found.grams, record.features.grams)
        if share >= CONTAINED and not _conflict(record.features, found, share) and (best is None or share > best[0]):
            best = (share, record)
    if best is None:
        return None
    share, record = best
    same = record.features.outlet == found.outlet
    relation = Relation.VERSION if same else Relation.COPY
    return Assignment(record.story, relation, share, supersedes=record.id if same else None)


def _conflict(a: Features, b: Features, share: float) -> bool:
    """Say whether two texts are a form filled in twice: the same phrases around other numbers and another title."""
    if share >= 0.6 or not a.numbers or not b.numbers:  # noqa: PLR2004 - then it is a copy whatever its numbers
        return False
    return not a.numbers & b.numbers and _jaccard(a.title, b.title) < _NEAR_TITLE


def _same_event(index: StoryIndex, ident: int | None, found: Features) -> Assignment:
    """Find the same event in other words, by titles, by stems and, across languages, by names."""
    for record in _usable(_title_mates(index, found), ident):
        if not _conflict(record.features, found, 0.0):
            return Assignment(record.story, Relation.SAME, _jaccard(record.features.title, found.title))
    by_words = _by_words(index, ident, found)
    if by_words and by_words[0][0] >= JOIN:
        return Assignment(by_words[0][1], Relation.SAME, by_words[0][0], related=_related(by_words[1:]))
    crossed = _across(index, ident, found)
    if crossed:
        return crossed
    return Assignment(None, Relation.FIRST, by_words[0][0] if by_words else 0.0, related=_related(by_words))


def _title_mates(index: StoryIndex, found: Features) -> list[Record]:
    """Give other outlets' articles of two days with a near-identical title."""
    if len(found.title) < _NEAR_TITLE_MIN:
        return []
    near = index.similar(found.language, dict.fromkeys(found.title, 1.0))
    mates = (index.records[other] for other in near)
    return [
        record
        for record in mates
        if abs(record.features.when - found.when) <= _TITLE_SPAN
        and _jaccard(record.features.title, found.title) >= _NEAR_TITLE
    ]


def _by_words(index: StoryIndex, ident: int | None, found: Features) -> list[tuple[float, int]]:
    """Score live stories of the language: half the nearest article, half the story as a whole. Best first."""
    nearest: dict[int, float] = {}
    total: dict[int, float] = {}
    for other, cosine in index.similar(found.language, index.vector(found)).items():
        record = index.records[other]
        if other == ident or record.features.digest:
            continue
        nearest[record.story] = max(nearest.get(record.story, 0.0), cosine)
        total[record.story] = total.get(record.story, 0.0) + cosine
    scored = [
        (0.5 * cosine + 0.5 * min(1.0, total[story] / index.story_length(story)), story)
        for story, cosine in nearest.items()
        if cosine >= RELATED
    ]
    return sorted(scored, reverse=True)


def _related(scored: Iterable[tuple[float, int]]) -> tuple[int, ...]:
    return tuple(story for score, story in scored if score >= RELATED)[:_RELATED_MAX]


def _across(index: StoryIndex, ident: int | None, found: Features) -> Assignment | None:
    """Compare by what languages share: entities, names, numbers. An outlet that is cited is searched with a lower bar.

    The share is of the poorer article's keys, weighed by rarity; the second-best story must be clearly behind.
    """
    own = _mass(index, found.keys)
    best: dict[int, tuple[float, bool]] = {}
    for other, shared in index.shared_keys(found.keys).items():
        record = index.records[other]
        if other == ident or record.features.digest or record.features.titled.separate:
            continue
        cited = _cited(found, record.features)
        if len(shared) < (_CITED_KEYS if cited else _UNCITED_KEYS) or not any(map(_telling, shared)):
            continue
        share = sum(shared.values()) / max(1e-9, min(own, _mass(index, record.features.keys)))
        best[record.story] = max(best.get(record.story, (0.0, False)), (share, cited))
    ranked = sorted(((share, cited, story) for story, (share, cited) in best.items()), reverse=True)
    if not ranked:
        return None
    share, cited, story = ranked[0]
    behind = ranked[1][0] if len(ranked) > 1 else 0.0
    if share < (_CITED_SHARE if cited else _UNCITED_SHARE) or share < behind * _MARGIN:
        return None
    return Assignment(story, Relation.SAME, min(1.0, share))


def _cited(a: Features, b: Features) -> bool:
    """Say whether one of two articles cites the outlet of the other, within two days."""
    return (b.outlet in a.cites or a.outlet in b.cites) and abs(a.when - b.when) <= _CITED_SPAN


def _telling(key: str) -> bool:
    """Say whether a key names more than a country: a name's skeleton, a number, an entity that is no place."""
    return not key.startswith("e:")


def _mass(index: StoryIndex, keys: Mapping[str, float]) -> float:
    return sum(weight * weight * index.key_worth(key) for key, weight in keys.items())


def _usable(records: Iterable[Record], ident: int | None) -> list[Record]:
    """Give records, newest first, that another article may be a version of."""
    usable = [r for r in records if r.id != ident and not r.features.titled.separate and not r.features.digest]
    return usable[::-1]


def _jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / len(a | b) if a and b else 0.0
