"""The stop words by which justext, a part of trafilatura, tells text from menus: those of all its languages, compact.

trafilatura makes a tuple of 154,000 words, of which justext makes a set: 33 MB, which the fork server would hold for
its children; and it hashes the tuple for each page, which takes longer than to read a short one. Both ask the set for
one thing: whether a word is in it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from functools import cached_property
from hashlib import blake2b
from typing import Any

import justext.core
from justext.utils import get_stoplist, get_stoplists

from monitor.imports import without

with without("py3langid"):  # for its choice of pages by language: it loads numpy
    import trafilatura.external


class StopWords:
    """All stop words by 8 bytes of their hash, in order: 1.2 MB, read when the first word is looked up."""

    @cached_property
    def _hashes(self) -> array[int]:
        words = {word.lower() for language in get_stoplists() for word in get_stoplist(language)}
        return array("Q", sorted(map(_hash, words)))

    def __contains__(self, word: str) -> bool:
        """Return whether a word, in small letters, is a stop word of any language."""
        wanted = _hash(word)
        at = bisect_left(self._hashes, wanted)
        return at < len(self._hashes) and self._hashes[at] == wanted

    def __len__(self) -> int:
        """Return the number of words: trafilatura reads its own where there is none."""
        return len(self._hashes)


def install() -> None:
    """Let trafilatura and justext ask these stop words in place of their own; those of one language stay theirs."""
    given = justext.core.define_stoplist

    def define(stoplist: Any) -> Any:
        return stoplist if isinstance(stoplist, StopWords) else given(stoplist)

    justext.core.define_stoplist = define
    setattr(trafilatura.external, "JT_STOPLIST", StopWords())  # noqa: B010 — its type says that it is None


def _hash(word: str) -> int:
    return int.from_bytes(blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
