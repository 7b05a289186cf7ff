"""A row of bars in one line of text."""

from __future__ import annotations

from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"
_NONE, _UNKNOWN = "·", " "


def sparkline(counts: Sequence[int | None], cells: int | None = None) -> str:
    """Return a row of bars, one a count; None is unknown. More than `cells` are added up in groups."""
    if cells is not None and len(counts) > cells:
        size = -(-len(counts) // cells)
        groups = [counts[max(end - size, 0) : end] for end in range(len(counts), 0, -size)][::-1]
        counts = [_added(group) for group in groups]
    most = max((count for count in counts if count), default=1)
    return "".join(_bar(count, most) for count in counts)


def _added(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _bar(count: int | None, most: int) -> str:
    if not count:
        return _UNKNOWN if count is None else _NONE
    return _BARS[(count * len(_BARS) - 1) // most]
