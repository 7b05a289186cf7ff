"""The trees of pymorphy3's dictionaries (DAWGs), mapped from their files instead of read into memory.

28 MB for both languages in each process that looks words up. Mapped, they are shared by all processes of the host, and
only what is touched takes memory. The files belong to installed packages, which an installer replaces rather than
writes to, as it does with the shared libraries that are mapped beside them.
"""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

_LENGTH = 4  # bytes of the number of units that stand before the units of a tree, and of a guide


def map_analyzer(analyzer: Any) -> None:
    """Map all trees of a `pymorphy3.MorphAnalyzer`."""
    words = analyzer.dictionary
    folder = Path(words.path)
    map_tree(words.words, folder / "words.dawg")
    for number, tree in enumerate(words.prediction_suffixes_dawgs):
        map_tree(tree, folder / f"prediction-suffixes-{number}.dawg")
    if analyzer.prob_estimator is not None:
        map_tree(analyzer.prob_estimator.p_t_given_w, folder / "p_t_given_w.intdawg")


def map_tree(tree: Any, path: Path) -> None:
    """Let a tree that was loaded from a file use the file's pages; one whose file is of another layout stays as it is.

    The layout (dawg_python.wrapper): a number of units, so many units of four bytes, a number of pairs, so many pairs
    of bytes, all in the order of this machine's bytes.
    """
    units, guide = memoryview(tree.dct._units), memoryview(tree.guide._units)  # noqa: SLF001 — it has no other door
    try:
        with path.open("rb") as file:
            whole = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except OSError:  # a file system that maps nothing
        return
    behind = _LENGTH + units.nbytes
    if len(whole) == behind + _LENGTH + guide.nbytes:
        tree.dct._units = whole[_LENGTH:behind].cast("I")  # noqa: SLF001
        tree.guide._units = whole[behind + _LENGTH :]  # noqa: SLF001
