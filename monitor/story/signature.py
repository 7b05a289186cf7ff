"""Text similarity by sampled shingles, to find copies and revisions.

A shingle is four words in a row. Containment over shingles finds a LEAD that adds a paragraph, a text cut to its half
and a text with words changed, where SimHash and MinHash find a quarter of them. A long text keeps a sample: of hashes
that end in enough zero bits to leave about fifty. So texts of any two lengths keep the same shingles of those that
they share, down to the coarser of their samples.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from functools import lru_cache
from zlib import crc32

WORDS = 4
FEW = 96  # shingles; a text with no more keeps all of them
_MASK = (1 << 61) - 1
_FACTORS = (0x1F35B2D1C4A97E33, 0x0B54A32D192ED03B, 0x17E9C1F4E2F6A5D9, 0x05D6A9F4B1C3E7A1)
_SHIFT = 17  # the low bits of a product are poor hashes
# Words, and single characters of scripts that put no space between words. A Hangul word keeps its particles.
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W_]+")


def shingles(text: str) -> frozenset[int]:
    """Return the text's 4-word shingles as hashes of at most 61 bits, a sample of them where there are more than 96.

    A text of one to three words gives one shingle; an empty text gives none. The hashes are the same in every process.
    """
    numbers = [_word(token) for token in _TOKEN.findall(text.casefold())]
    if not numbers:
        return frozenset()
    if len(numbers) < WORDS:
        numbers += [0] * (WORDS - len(numbers))
    a, b, c, d = _FACTORS
    grams = {
        ((first * a + second * b + third * c + fourth * d) & _MASK) >> _SHIFT
        for first, second, third, fourth in zip(numbers, numbers[1:], numbers[2:], numbers[3:], strict=False)
    }
    bits = 0
    while len(grams) > FEW:
        bits += 1
        mask = (1 << bits) - 1
        grams = {gram for gram in grams if not gram & mask}
    return frozenset(grams)


def coarseness(grams: AbstractSet[int]) -> int:
    """Return how many low bits are zero in all of a text's shingles: how coarse its sample is."""
    union = 0
    for gram in grams:
        union |= gram
        if union & 1:
            return 0
    return (union & -union).bit_length() - 1 if union else 0


def containment(a: AbstractSet[int], b: AbstractSet[int]) -> float:
    """Return the share, 0 to 1, of the smaller set of shingles that is in the other; 0 where one is empty."""
    shared = len(a & b)
    return shared / smaller(a, b) if shared else 0.0


def smaller(a: AbstractSet[int], b: AbstractSet[int]) -> int:
    """Return the size of the smaller of two sets of shingles, both by the coarser sample; at least 1."""
    return max(1, min(_sizes(a, b)))


def resemblance(a: AbstractSet[int], b: AbstractSet[int]) -> float:
    """Return the share, 0 to 1, of the larger set of shingles that is in the other: little for a quotation."""
    return len(a & b) / max(1, *_sizes(a, b))


def _sizes(a: AbstractSet[int], b: AbstractSet[int]) -> tuple[int, int]:
    """Return the sizes of two sets of shingles, both by the coarser sample."""
    bits_a, bits_b = coarseness(a), coarseness(b)
    if bits_a == bits_b:
        return len(a), len(b)
    mask = (1 << max(bits_a, bits_b)) - 1
    return sum(not gram & mask for gram in a), sum(not gram & mask for gram in b)


@lru_cache(maxsize=50_000)
def _word(token: str) -> int:
    return crc32(token.encode("utf-8", "surrogatepass")) + 1
