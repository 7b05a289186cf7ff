"""Vectors of live articles, for the nearest ones in other languages.

An article's vector is 512 signed bytes, as `extract.encoder` makes them; none where that is not installed. In memory a
row is 512 floats of unit length, so that a look-up among ten thousand is one product of a matrix and a vector.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIZE = 512
_ROWS = 256  # of the first matrix; it doubles


class VectorIndex:
    """Vectors by article id. Without any, numpy is not even loaded."""

    def __init__(self) -> None:
        self._row: dict[int, int] = {}
        self._ids: list[int] = []
        self._languages: list[str] = []
        self._matrix: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        """Count articles that have a vector."""
        return len(self._ids)

    def add(self, ident: int, language: str, vector: bytes) -> None:
        """Add an article; without a vector nothing is done."""
        if not vector:
            return
        row = len(self._ids)
        self._room(row)[row] = _unit(vector)
        self._row[ident] = row
        self._ids.append(ident)
        self._languages.append(language)

    def remove(self, ident: int) -> None:
        """Remove an article, where it has a vector: the last row takes its place."""
        row = self._row.pop(ident, None)
        if row is None or self._matrix is None:
            return
        last, language = self._ids.pop(), self._languages.pop()
        if last != ident:
            self._matrix[row] = self._matrix[len(self._ids)]
            self._ids[row], self._languages[row], self._row[last] = last, language, row

    def nearest(self, language: str, vector: bytes, most: int) -> list[tuple[float, int]]:
        """Return up to `most` articles of other languages with their cosines, the nearest first."""
        if not vector or self._matrix is None:
            return []
        import numpy as np

        cosines = self._matrix[: len(self._ids)] @ _unit(vector)
        rows = np.fromiter((other != language for other in self._languages), bool, len(self._ids)).nonzero()[0]
        if len(rows) > most:  # those that are not near need no place in the order
            rows = rows[np.argpartition(cosines[rows], len(rows) - most)[len(rows) - most :]]
        return sorted(((float(cosines[row]), self._ids[row]) for row in rows), reverse=True)

    def _room(self, row: int) -> NDArray[np.float32]:
        """Return the matrix, with room for one more row."""
        import numpy as np

        if self._matrix is None:
            self._matrix = np.zeros((_ROWS, SIZE), np.float32)
        if row == len(self._matrix):
            self._matrix = np.concatenate([self._matrix, np.zeros_like(self._matrix)])
        return self._matrix


def _unit(vector: bytes) -> NDArray[np.float32]:
    import numpy as np

    found = np.frombuffer(vector, np.int8).astype(np.float32)
    unit: NDArray[np.float32] = found / (float(np.sqrt(found @ found)) or 1.0)
    return unit
