"""Serialisation of an article's data in the index: a restart loads it and examines nothing again.

Layout, compressed by zlib: five numbers (little-endian: bytes of the text, shingles, rare stems, bytes of the set of
stems, bytes of the vector), the set of stems, the vector, the shingles (8 bytes each), the weights of the rare stems (8
bytes each: a double, so that what is read is exactly what was written), then the rest as JSON.
"""

from __future__ import annotations

import json
import zlib
from array import array
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial
from struct import Struct
from struct import error as StructError  # noqa: N812 — a class
from sys import byteorder, intern
from typing import Any, TypeVar

from monitor.story.facts import plain, read_plain
from monitor.story.features import BITS, Features
from monitor.story.index import IndexedArticle, IndexEntry, identities

VERSION = 4
"""Of what `story.features` makes of an article, and of the layout: what another version wrote is not comparable.

A test holds the features of some articles against a digest, and asks for another number when they change.
"""

_HEAD = Struct("<IHHHH")
_SAID = BITS // 8
_LEVEL = 1  # of zlib: higher ones save a tenth and take three times as long
_PACKED = frozenset({"grams", "stems", "said", "clocks", "facts", "vector"})
_SETS = frozenset({"title", "heads", "core", "numbers", "cites"})  # of words
_PLAIN = tuple(field.name for field in fields(Features) if field.name not in _PACKED | _SETS)
_LISTS = tuple(field.name for field in fields(Features) if field.name in _SETS)
_IDENTITIES = ("key", "url", "guid", "yonhap", "same_title")
T = TypeVar("T")


class KeptError(ValueError):
    """The bytes are not what this version writes."""


def dump(placed: IndexedArticle) -> bytes:
    """Return an article's data in the index as bytes; `load` is the inverse."""
    found = placed.features
    rest = [
        [getattr(found, name) for name in _PLAIN],
        [sorted(getattr(found, name)) for name in _LISTS],
        sorted(found.clocks),
        plain(found.facts),
        " ".join(placed.stems),  # words without spaces: cut again ten times as fast as a list is read
        " ".join(placed.rare),
    ]
    text = json.dumps(rest, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    grams, weights = _little(array("Q", sorted(found.grams))), _little(array("d", placed.rare.values()))
    head = _HEAD.pack(len(text), len(grams), len(weights), _SAID, len(found.vector))
    said = found.said.to_bytes(_SAID, "little")
    parts = (head, said, found.vector, grams.tobytes(), weights.tobytes(), text)
    return zlib.compress(b"".join(parts), _LEVEL)


def load(kept: bytes) -> IndexedArticle:
    """Return the data that `dump` wrote. Raises KeptError for other bytes."""
    return _checked(lambda: _article(_unpack(kept)))


def load_entry(kept: bytes) -> IndexEntry:
    """Return what the index finds the article by, of what `dump` wrote; its features are read when they are asked for.

    That is a third of the work, and `kept` takes a third of the memory. Raises KeptError for other bytes; what is
    damaged shows in its checksum, so that features can be read later.
    """
    return _checked(lambda: _entry(kept))


@dataclass(frozen=True, slots=True)
class _Parts:
    """The parts of what `dump` writes; `rest` is the JSON."""

    said: bytes
    vector: bytes
    grams: array[int]
    weights: array[float]
    rest: list[Any]


def _checked(read: Callable[[], T]) -> T:
    try:
        return read()
    except (zlib.error, StructError, ValueError, TypeError, KeyError, AttributeError) as wrong:
        raise KeptError(f"what was kept of an article cannot be read ({wrong})") from wrong


def _unpack(kept: bytes) -> _Parts:
    raw = zlib.decompress(kept)
    length, shingles, rare, bits, size = _HEAD.unpack_from(raw)
    if len(raw) != _HEAD.size + bits + size + 8 * (shingles + rare) + length:
        raise ValueError("a part of it is missing")
    said = _HEAD.size
    vector = said + bits
    grams = vector + size
    weights = grams + 8 * shingles
    text = len(raw) - length
    return _Parts(
        raw[said:vector],
        raw[vector:grams],
        _little(array("Q", raw[grams:weights])),
        _little(array("d", raw[weights:text])),
        json.loads(raw[text:].decode("utf-8", "surrogatepass")),
    )


def _article(parts: _Parts) -> IndexedArticle:
    stems = parts.rest[4]
    return IndexedArticle(_features(parts), tuple(stems.split()), _rare(parts))


def _entry(kept: bytes) -> IndexEntry:
    parts = _unpack(kept)
    plain_, lists, _, _, stems, _ = parts.rest
    values, sets = dict(zip(_PLAIN, plain_, strict=True)), dict(zip(_LISTS, lists, strict=True))
    outlet, language = intern(values["outlet"]), intern(values["language"])
    return IndexEntry(
        outlet=outlet,
        feed=intern(values["feed"]),
        language=language,
        when=values["when"],
        kept=values["kept"],
        closed=values["digest"] or values["separate"],
        cites=frozenset(map(intern, sets["cites"])),
        identities=identities(outlet, language, **{name: values[name] for name in _IDENTITIES}),
        grams=parts.grams,
        keys=_keys(values["keys"]),
        vector=parts.vector,
        stems=stems.split(),
        rare=_rare(parts),
        loaded=partial(_read_features, kept),
    )


def _read_features(kept: bytes) -> Features:
    return _checked(lambda: _features(_unpack(kept)))


def _features(parts: _Parts) -> Features:
    plain_, lists, clocks, facts, _, _ = parts.rest
    # One copy of each word for all articles: without that the window would take twice the memory.
    values = dict(zip(_PLAIN, plain_, strict=True))
    values["keys"] = _keys(values["keys"])
    values |= {name: frozenset(map(intern, items)) for name, items in zip(_LISTS, lists, strict=True)}
    return Features(
        **values,
        clocks=frozenset(clocks),
        grams=frozenset(parts.grams),
        stems={},
        said=int.from_bytes(parts.said, "little"),
        facts=read_plain(facts),
        vector=parts.vector,
    )


def _keys(keys: dict[str, float]) -> dict[str, float]:
    return dict(zip(map(intern, keys), keys.values(), strict=True))


def _rare(parts: _Parts) -> dict[str, float]:
    return dict(zip(map(intern, parts.rest[5].split()), parts.weights, strict=True))


def _little(numbers: array[Any]) -> array[Any]:
    """Turn numbers from the machine's byte order into little-endian, or back."""
    if byteorder == "big":  # pragma: no cover - no such machine at hand
        numbers.byteswap()
    return numbers
