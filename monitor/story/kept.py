"""Serialisation of an article's data in the index: a restart loads it and examines nothing again.

Layout, compressed by zlib: five numbers (little-endian: bytes of the text, shingles, rare stems, bytes of the set of
stems, bytes of the vector), the set of stems, the vector, the shingles (8 bytes each), the weights of the rare stems (8
bytes each: a double, so that what is read is exactly what was written), then the rest as JSON.
"""

from __future__ import annotations

import json
import zlib
from array import array
from dataclasses import fields
from struct import Struct
from struct import error as StructError  # noqa: N812 — a class
from sys import byteorder, intern
from typing import Any

from monitor.story.facts import plain, read_plain
from monitor.story.features import BITS, Features
from monitor.story.index import IndexedArticle

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
    try:
        return _load(zlib.decompress(kept))
    except (zlib.error, StructError, ValueError, TypeError, KeyError, AttributeError) as wrong:
        raise KeptError(f"what was kept of an article cannot be read ({wrong})") from wrong


def _load(raw: bytes) -> IndexedArticle:
    length, shingles, rare, bits, size = _HEAD.unpack_from(raw)
    if len(raw) != _HEAD.size + bits + size + 8 * (shingles + rare) + length:
        raise ValueError("a part of it is missing")
    at = _HEAD.size
    said = int.from_bytes(raw[at : at + bits], "little")
    vector = raw[at + bits : at + bits + size]
    at += bits + size
    grams = _little(array("Q", raw[at : at + 8 * shingles]))
    weights = _little(array("d", raw[at + 8 * shingles : len(raw) - length]))
    plain_, lists, clocks, facts, stems, names = json.loads(raw[len(raw) - length :].decode("utf-8", "surrogatepass"))
    # One copy of each word for all articles: without that the window would take twice the memory.
    values = dict(zip(_PLAIN, plain_, strict=True))
    keys = values.pop("keys")
    values["keys"] = dict(zip(map(intern, keys), keys.values(), strict=True))
    values |= {name: frozenset(map(intern, items)) for name, items in zip(_LISTS, lists, strict=True)}
    found = Features(
        **values,
        clocks=frozenset(clocks),
        grams=frozenset(grams),
        stems={},
        said=said,
        facts=read_plain(facts),
        vector=vector,
    )
    rare_ = dict(zip(map(intern, names.split()), weights, strict=True))
    return IndexedArticle(found, tuple(stems.split()), rare_)


def _little(numbers: array[Any]) -> array[Any]:
    """Turn numbers from the machine's byte order into little-endian, or back."""
    if byteorder == "big":  # pragma: no cover - no such machine at hand
        numbers.byteswap()
    return numbers
