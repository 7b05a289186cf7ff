"""A message's lines on a terminal, folded and marked by rich: whole characters kept, bold as ANSI escapes."""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING

from rich.cells import cell_len

from monitor.alert.render.layout import Line
from monitor.alert.sanitize import bare

if TYPE_CHECKING:
    from rich.console import Console

# rich breaks lines at spaces that keep together what they stand between (10 000 km): while it folds, private characters
# of the same width stand for them.
_KEEPING = {0xA0: 0xE0A0, 0x202F: 0xE02F, 0x2007: 0xE007}
_KEPT = {private: space for space, private in _KEEPING.items()}


def wrapped(line: Line, width: int, *, colour: bool) -> list[str]:
    """Return a line folded to rows of at most `width` columns; the address of a link stands below it, never folded.

    A terminal has no mentions to break, and most show the signs of direction as boxes: they are left out.
    """
    from rich.text import Text

    console = _console()
    text = Text.assemble(*((bare(run.text).translate(_KEEPING), "bold" if run.bold else "") for run in line))
    rows = []
    for row in text.wrap(console, width, tab_size=1):
        row.rstrip()
        marked = (part.style.render(part.text) if part.style else part.text for part in row.render(console))
        rows.append(("".join(marked) if colour else row.plain).translate(_KEPT))
    return rows + [faint(run.link, colour=colour) for run in line if run.link]


def faint(text: str, *, colour: bool) -> str:
    """Return dimmed text."""
    return f"\x1b[2m{text}\x1b[0m" if colour else text


def columns(text: str) -> int:
    """Return the columns that text takes: Hangul, Han and emoji take two, accents none (UAX #11)."""
    return cell_len(text)


@cache
def _console() -> Console:
    """Return a console that prints nothing and asks no terminal and no environment."""
    from rich.console import Console

    return Console(file=io.StringIO(), force_terminal=True, color_system="standard", width=80, height=25, _environ={})
