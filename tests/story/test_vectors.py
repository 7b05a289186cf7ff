"""Vectors of live articles: the nearest of other languages, and rows that move when one is removed."""

from __future__ import annotations

import pytest

from monitor.story.vectors import SIZE, VectorIndex


def vector(*values: int) -> bytes:
    return bytes(value % 256 for value in values).ljust(SIZE, b"\0")


def test_without_vectors_nothing_is_near() -> None:
    index = VectorIndex()
    index.add(1, "en", b"")
    assert len(index) == 0
    assert index.nearest("uk", vector(1), 3) == []
    index.add(2, "en", vector(5))
    assert index.nearest("uk", b"", 3) == []


def test_the_nearest_of_other_languages_come_first() -> None:
    index = VectorIndex()
    for ident, (language, values) in enumerate([("en", (9, 0)), ("en", (7, 7)), ("uk", (9, 0)), ("ko", (-9, 0))], 1):
        index.add(ident, language, vector(*values))
    assert [(round(cosine, 2), ident) for cosine, ident in index.nearest("uk", vector(3), 2)] == [(1.0, 1), (0.71, 2)]
    assert [ident for _, ident in index.nearest("en", vector(3), 9)] == [3, 4]
    assert index.nearest("fr", vector(), 1)[0][0] == pytest.approx(0.0)


def test_a_removed_article_is_near_nothing_and_its_row_is_used_again() -> None:
    index = VectorIndex()
    for ident in range(600):
        index.add(ident, "en", vector(ident % 100, 1))
    for ident in (0, 599, 300, 1000):
        index.remove(ident)
    assert len(index) == 597
    found = {ident: cosine for cosine, ident in index.nearest("uk", vector(50, 1), 600)}
    assert found.keys() == set(range(600)) - {0, 599, 300}
    assert max(found, key=lambda ident: (found[ident], ident)) % 100 == 50
