"""Serialisation of an article's data in the index: a restart loads it and examines nothing again.

Layout: six numbers (little-endian: a mark, bytes of the compressed text, shingles, rare stems, stems, bytes of the
vector), the set of stems, the vector, the shingles (8 bytes each), the weights of the rare stems (8 bytes each: a
double, so that what is read is exactly what was written), the stems' ids (4 bytes each), a CRC-32 of all that, then
the rest as JSON, compressed by zlib. Numbers hardly compress, and to compress them with the text took a quarter of the
time to read an article.

Version 4 compressed all of it, and had the stems as words; versions 4 and 5 had no names. Both are read as well: what
has no names contradicts nothing by them. Version 6 cut ids with a space in two, and is examined anew. Version 7
knew fewer towns and no names in quotation marks: what is named both ways has its sound in common. Version 8 knew
fewer kinds of events and no names of two consonants: what it left out contradicts nothing.
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
from monitor.story.features import BITS, Features, stem_id
from monitor.story.index import IndexedArticle, IndexEntry, identities
from monitor.story.names import Names

VERSION = 9
"""Of what `story.features` makes of an article, and of the layout: what another version wrote is not comparable.

A test holds the features of some articles against a digest, and asks for another number when they change.
"""

READABLE = frozenset({4, 5, 7, 8, VERSION})
"""The versions whose features are comparable, and whose layouts are read."""

_MARK = 5  # zlib's data begins with 0x78
_HEAD = Struct("<BIHHHH")
_SUM = Struct("<I")
_HEAD_4 = Struct("<IHHHH")
_SAID = BITS // 8
_LEVEL = 1  # of zlib: higher ones save a tenth and take three times as long
_PACKED = frozenset({"grams", "stems", "stem_ids", "written", "said", "clocks", "facts", "vector", "names"})
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
        " ".join(placed.rare),  # words without spaces: cut again ten times as fast as a list is read
        ["\n".join(sorted(marks)) for marks in found.names],  # ids have spaces: '@New Zealand'
    ]
    json_ = json.dumps(rest, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    text = zlib.compress(json_, _LEVEL)
    grams, weights = array("Q", sorted(found.grams)), array("d", placed.rare.values())
    head = _HEAD.pack(_MARK, len(text), len(grams), len(weights), len(placed.stem_ids), len(found.vector))
    numbers = (_little(each).tobytes() for each in (grams, weights, placed.stem_ids[:]))
    packed = b"".join((head, found.said.to_bytes(_SAID, "little"), found.vector, *numbers))
    return b"".join((packed, _SUM.pack(zlib.crc32(packed)), text))


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
class _KeptParts:
    """The parts of what `dump` writes; `rest` is the JSON."""

    said: bytes
    vector: bytes
    grams: array[int]
    weights: array[float]
    stem_ids: array[int]
    rest: list[Any]


def _checked(read: Callable[[], T]) -> T:
    try:
        return read()
    except (zlib.error, StructError, ValueError, TypeError, KeyError, AttributeError) as wrong:
        raise KeptError(f"what was kept of an article cannot be read ({wrong})") from wrong


def _unpack(kept: bytes) -> _KeptParts:
    if kept[:1] != bytes([_MARK]):
        return _unpack_4(zlib.decompress(kept))
    _, length, shingles, rare, stems, size = _HEAD.unpack_from(kept)
    vector = _HEAD.size + _SAID
    grams = vector + size
    weights = grams + 8 * shingles
    ids = weights + 8 * rare
    end = ids + 4 * stems
    text = end + _SUM.size
    if len(kept) != text + length:
        raise ValueError("a part of it is missing")
    if _SUM.unpack_from(kept, end)[0] != zlib.crc32(kept[:end]):
        raise ValueError("its checksum is another one")
    return _KeptParts(
        kept[_HEAD.size : vector],
        kept[vector:grams],
        _little(array("Q", kept[grams:weights])),
        _little(array("d", kept[weights:ids])),
        _little(array("I", kept[ids:end])),
        json.loads(zlib.decompress(kept[text:]).decode("utf-8", "surrogatepass")),
    )


def _unpack_4(raw: bytes) -> _KeptParts:
    length, shingles, rare, bits, size = _HEAD_4.unpack_from(raw)
    if len(raw) != _HEAD_4.size + bits + size + 8 * (shingles + rare) + length:
        raise ValueError("a part of it is missing")
    vector = _HEAD_4.size + bits
    grams = vector + size
    weights = grams + 8 * shingles
    text = len(raw) - length
    *rest, stems, names = json.loads(raw[text:].decode("utf-8", "surrogatepass"))
    return _KeptParts(
        raw[_HEAD_4.size : vector],
        raw[vector:grams],
        _little(array("Q", raw[grams:weights])),
        _little(array("d", raw[weights:text])),
        array("I", map(stem_id, stems.split())),
        [*rest, names],
    )


def _article(parts: _KeptParts) -> IndexedArticle:
    return IndexedArticle(_features(parts), parts.stem_ids, _rare(parts))


def _entry(kept: bytes) -> IndexEntry:
    parts = _unpack(kept)
    plain_, lists, *_ = parts.rest
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
        stem_ids=parts.stem_ids,
        rare=_rare(parts),
        loaded=partial(_read_features, kept),
    )


def _read_features(kept: bytes) -> Features:
    return _checked(lambda: _features(_unpack(kept)))


def _features(parts: _KeptParts) -> Features:
    plain_, lists, clocks, facts, _, *named = parts.rest
    # One copy of each word for all articles: without that the window would take twice the memory.
    values = dict(zip(_PLAIN, plain_, strict=True))
    values["keys"] = _keys(values["keys"])
    values |= {name: frozenset(map(intern, items)) for name, items in zip(_LISTS, lists, strict=True)}
    return Features(
        **values,
        clocks=frozenset(clocks),
        grams=frozenset(parts.grams),
        stems={},
        stem_ids=array("I"),
        written={},
        said=int.from_bytes(parts.said, "little"),
        facts=read_plain(facts),
        vector=parts.vector,
        names=Names(*(frozenset(map(intern, filter(None, marks.split("\n")))) for each in named for marks in each)),
    )


def _keys(keys: dict[str, float]) -> dict[str, float]:
    return dict(zip(map(intern, keys), keys.values(), strict=True))


def _rare(parts: _KeptParts) -> dict[str, float]:
    return dict(zip(map(intern, parts.rest[4].split()), parts.weights, strict=True))


def _little(numbers: array[Any]) -> array[Any]:
    """Turn numbers from the machine's byte order into little-endian, or back."""
    if byteorder == "big":  # pragma: no cover - no such machine at hand
        numbers.byteswap()
    return numbers
