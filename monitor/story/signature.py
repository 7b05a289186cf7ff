"""Which texts are copies or revisions of each other, by sampled shingles.

A shingle is four words in a row. Containment over shingles finds a LEAD that adds a paragraph, a text cut to its half
and a text with words changed, where SimHash and MinHash find a quarter of them.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from functools import lru_cache
from zlib import crc32

WORDS = 4
_SAMPLE = 4  # one shingle in four is kept where there are many
_MANY = 240  # shingles; a shorter text keeps all of them, else too few would be left
_MASK = (1 << 61) - 1
_FACTORS = (0x1F35B2D1C4A97E33, 0x0B54A32D192ED03B, 0x17E9C1F4E2F6A5D9, 0x05D6A9F4B1C3E7A1)
# Words, and single characters of scripts that put no space between words. A Hangul word keeps its particles.
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_]+")


def shingles(text: str) -> frozenset[int]:
    """Give the text's 4-word shingles as 61-bit hashes, a quarter of them where there are more than 240.

    The sample is by value: two texts keep the same shingles of those that they share. A text of one to three words
    gives one shingle; an empty text gives none. The hashes are the same in every process.
    """
    numbers = [_word(token) for token in _TOKEN.findall(text.casefold())]
    if not numbers:
        return frozenset()
    if len(numbers) < WORDS:
        numbers += [0] * (WORDS - len(numbers))
    a, b, c, d = _FACTORS
    grams = {
        (first * a + second * b + third * c + fourth * d) & _MASK
        for first, second, third, fourth in zip(numbers, numbers[1:], numbers[2:], numbers[3:], strict=False)
    }
    return frozenset(grams) if len(grams) <= _MANY else frozenset(gram for gram in grams if sampled(gram))


def sampled(shingle: int) -> bool:
    """Say whether a long text keeps this shingle."""
    return (shingle >> 13) % _SAMPLE == 0


def containment(a: AbstractSet[int], b: AbstractSet[int]) -> float:
    """Give the share, 0 to 1, of the smaller set of shingles that is in the other; 0 where one is empty."""
    shared = len(a & b)
    return shared / smaller(a, b) if shared else 0.0


def smaller(a: AbstractSet[int], b: AbstractSet[int]) -> int:
    """Give the size of the smaller set, both counted by the same sample; at least 1."""
    if all(map(sampled, a)) != all(map(sampled, b)):
        return max(1, min(sum(map(sampled, a)), sum(map(sampled, b))))
    return max(1, min(len(a), len(b)))


@lru_cache(maxsize=200_000)
def _word(token: str) -> int:
    return crc32(token.encode("utf-8", "surrogatepass")) + 1
