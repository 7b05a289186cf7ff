"""The language model of py3langid, restricted to the languages of `CANDIDATES`, as tables that are mapped.

They are made once (1.5 s) and kept in the cache (`language_tables.py`). The children that read pages inherit them from
their fork server (`extract/warm.py`); other processes map them when a text first needs them, which takes 20 ms.
"""

from __future__ import annotations

import math
import struct
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from operator import itemgetter

from monitor import host, mapped
from monitor.mapped import Buffer
from monitor.text import language_tables
from monitor.text.language_tables import BLOCK, SCALE

# By script: what the model knows, less what it tells badly from a bigger neighbour (Bosnian, Galician, Malay), and less
# languages that a news feed hardly is in.
CANDIDATES = {
    script: tuple(codes.split())
    for script, codes in {
        "latin": "en de fr es it pt ca ro pl cs sk sl hr sr hu nl sv da no is fi et lv lt tr az uz sq id vi tl sw",
        "cyrillic": "uk ru bg be sr mk kk ky mn tg tt",
        "arabic": "ar fa ur ps ug",
        "devanagari": "hi mr ne",
        "bengali": "bn as",
    }.items()
}

_UNKNOWN = -3.4028234663852886e38  # the least single float, which py3langid gives to all where no n-gram is known
_TOGETHER = 256  # rows that are added at once: a power of two
_NARROW = 8  # of them, whose sums have room in 16 bits: `language_tables.MOST`
_FILE = "language-model.tables"
_BLOCKS = bytes(byte // BLOCK for byte in range(256))
_PLACES = bytes(byte % BLOCK for byte in range(256))


def load() -> None:
    """Load the model in advance, so that no later call of `rank` is slow."""
    _model()


def rank(text: str, candidates: tuple[str, ...]) -> list[tuple[str, float]]:
    """Return the candidates with their log-probabilities, the likeliest first: candidates of one script.

    Raises ValueError where no script has all of them.
    """
    return _model().rank(text, candidates)


@cache
def _model() -> LanguageModel:
    path = language_tables.packed()
    key = language_tables.key(path, CANDIDATES)
    folder = host.cache_folder()
    return LanguageModel(mapped.kept(folder / _FILE, key, lambda: language_tables.make(path, CANDIDATES)))


class _ScriptTable:
    """The log-probabilities of a script's candidates, and how to add rows of them.

    Many rows are read as one long number, so that few additions add all their columns: each has 16 bits in a row, and
    32 in a sum. A language may have two columns (two scripts, for the model), of which the likelier counts.
    """

    def __init__(self, codes: Sequence[str], priors: Sequence[float], index: memoryview, weights: memoryview) -> None:
        self.codes = codes
        self._priors, self._index = priors, index
        self._weights = weights.cast("B")
        columns = len(codes) + len(codes) % 2
        self._size = 2 * columns  # bytes of a row
        self._sum = struct.Struct(f"<{columns // 2}I")
        self._mask = int.from_bytes(b"\xff\xff\0\0" * (columns // 2 * _TOGETHER // _NARROW), "little")

    def scores(self, counts: Counter[int]) -> dict[str, float]:
        """Return the log-probability of each language for a text that was in each state so many times."""
        rows: defaultdict[int, list[int]] = defaultdict(list)
        for state, count in counts.items():
            rows[count].append(self._index[state])
        sums = [(math.log1p(count), self._added(some)) for count, some in rows.items()]
        found: dict[str, float] = {}
        for column, (code, prior) in enumerate(zip(self.codes, self._priors, strict=True)):
            sum_ = sum(weight * each[column] for weight, each in sums)
            score = prior - sum_ / SCALE if sum_ else _UNKNOWN
            found[code] = max(score, found.get(code, score))
        return found

    def _added(self, rows: Sequence[int]) -> list[int]:
        """Return the sum of each column of some rows."""
        even = odd = 0
        weights, size = self._weights, self._size
        for first in range(0, len(rows), _TOGETHER):
            pieces = [weights[at : at + size] for at in rows[first : first + _TOGETHER]]
            some = self._folded(int.from_bytes(b"".join(pieces), "little"), _TOGETHER, _TOGETHER // _NARROW)
            even += self._folded(some & self._mask, _TOGETHER // _NARROW, 1)
            odd += self._folded(some >> 16 & self._mask, _TOGETHER // _NARROW, 1)
        columns = [0] * (size // 2)
        columns[::2] = self._sum.unpack(even.to_bytes(size, "little"))
        columns[1::2] = self._sum.unpack(odd.to_bytes(size, "little"))
        return columns

    def _folded(self, rows: int, count: int, left: int) -> int:
        """Return `count` rows that stand behind each other, or fewer, as `left` sums: halves are added."""
        while count > left:
            count //= 2
            bits = 8 * self._size * count
            rows = (rows & ((1 << bits) - 1)) + (rows >> bits)
        return rows


class LanguageModel:
    """The model in a buffer of `language_tables`."""

    def __init__(self, buffer: Buffer) -> None:
        tables, scripts = language_tables.opened(buffer)
        self._states, self._rows, self._blocks = tables["states"], tables["rows"], tables["blocks"]
        twins = tables["twins"].tolist()
        self._twins = dict(zip(twins[::2], twins[1::2], strict=True))
        self._scripts = [
            _ScriptTable(each["codes"], each["priors"], tables[f"{script} index"], tables[f"{script} weights"])
            for script, each in scripts.items()
        ]

    def rank(self, text: str, candidates: tuple[str, ...]) -> list[tuple[str, float]]:
        """Return the candidates of one script with their log-probabilities, the likeliest first. Raises ValueError."""
        table = next((each for each in self._scripts if set(candidates) <= set(each.codes)), None)
        if table is None:
            raise ValueError(f"no script has all of these languages: {', '.join(candidates)}")
        scores = table.scores(self._counts(_encoded(text)))
        return sorted(((code, score) for code, score in scores.items() if code in candidates), key=_SCORE, reverse=True)

    def _counts(self, data: bytes) -> Counter[int]:
        """Return how often the automaton is in each state as it reads a text; states of one n-gram count as one."""
        counts = Counter(self._walk(data))
        for state in counts.keys() & self._twins.keys():
            counts[self._twins[state]] += counts.pop(state)
        return counts

    def _walk(self, data: bytes) -> list[int]:
        states, rows, blocks = self._states, self._rows, self._blocks
        state, seen = 0, []
        for block, place in zip(data.translate(_BLOCKS), data.translate(_PLACES), strict=True):
            state = blocks[rows[states[state] + block] + place]
            seen.append(state)
        return seen


_SCORE = itemgetter(1)


def _encoded(text: str) -> bytes:
    """Return the bytes that py3langid's model was made for: a text all in capitals in small letters, composed."""
    return unicodedata.normalize("NFC", text.lower() if text.isupper() else text).encode("utf-8", "surrogatepass")
