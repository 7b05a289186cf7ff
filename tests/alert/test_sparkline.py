"""Bars in a line of text."""

from __future__ import annotations

import pytest

from monitor.alert.sparkline import sparkline


@pytest.mark.parametrize(
    ("counts", "cells", "line"),
    [
        ([], None, ""),
        ([0, 0], None, "··"),
        ([1, 2, 3, 4, 5, 6, 7, 8], None, "▁▂▃▄▅▆▇█"),
        ([None, 0, 1], None, " ·█"),
        ([1, 1, 1, 1, 4], 3, "▂▄█"),
        ([None, None, None, 1], 2, " █"),
        ([1000, 1], None, "█▁"),
    ],
)
def test_sparklines(counts: list[int | None], cells: int | None, line: str) -> None:
    assert sparkline(counts, cells) == line
