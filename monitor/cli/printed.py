"""What commands print of foreign texts: harmless to a terminal, and by default no more than one screen."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import click
from rich.console import Console

SCREEN = 24
"""Lines of a phone's or a terminal's screen."""
_CONTROLS = dict.fromkeys([*range(9), *range(0x0B, 0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F)], "\ufffd")
_CONTROLS |= dict.fromkeys(range(0x2066, 0x206A), "\ufffd") | dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
# JSON escapes what is below the space alone; a terminal takes U+009B for the beginning of a sequence, too.
_RAW = re.compile("[\x7f-\x9f\ud800-\udfff]")


def harmless(text: str) -> str:
    """Return a text without characters that a terminal obeys; the length is kept, so that offsets stay right."""
    return text.translate(_CONTROLS)


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    click.echo(_RAW.sub(lambda found: f"\\u{ord(found.group()):04x}", text))


def print_screen(show: Callable[[Console], None], *, brief: Callable[[Console], None], everything: bool) -> None:
    """Print what `show` prints, where it fits on a screen or `everything` is wanted; else the beginning of `brief`."""
    lines = _lines(show)
    if not everything and len(lines) > SCREEN:
        lines = [*_lines(brief)[: SCREEN - 1], "… --all shows the whole article"]
    click.echo("\n".join(lines))


def _lines(show: Callable[[Console], None]) -> list[str]:
    console = Console(highlight=False)
    with console.capture() as captured:
        show(console)
    return captured.get().rstrip("\n").split("\n")
