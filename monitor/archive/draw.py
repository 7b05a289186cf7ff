"""The child that draws: trends as JSON on stdin; a line of notes as JSON, then a PNG, on stdout.

Fonts are named, not left to chance: DejaVu Sans (in matplotlib itself) has Latin, Greek and Cyrillic letters; Hangul,
Han and kana come from the fonts of `CJK` that are installed. What no font has is named in the notes.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

NO_LIBRARY = 69
BASE = "DejaVu Sans"
CJK = (
    "Noto Sans CJK KR",
    "Noto Sans CJK JP",
    "Noto Sans CJK SC",
    "Noto Sans KR",
    "Source Han Sans KR",
    "Source Han Sans",
    "NanumGothic",
    "Nanum Gothic",
    "UnDotum",
    "WenQuanYi Zen Hei",
)
_CPU = 60  # seconds
_WIDTH, _ROW, _HEAD = 7.2, 1.15, 0.9  # inches
_DPI = 150
_TICKS = 6
_LATEST_PLAIN = 31  # points with a label for each bar's burst


def main() -> int:
    """Draw what stdin says; return the exit code."""
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU, _CPU))
    found = json.loads(sys.stdin.buffer.read())
    os.environ.setdefault("MPLBACKEND", "Agg")
    try:
        import matplotlib as mpl
    except ImportError:
        return NO_LIBRARY
    mpl.use("Agg")
    families = fonts()
    mpl.rcParams["font.family"] = families
    missing = lacking(families, _texts(found))
    notes = [f"no installed font has {missing}: install fonts-noto-cjk or another of {', '.join(CJK[:4])}"] * bool(
        missing
    )
    png = picture(found)
    sys.stdout.buffer.write(json.dumps(notes).encode() + b"\n" + png)
    return 0


def fonts() -> list[str]:
    """Return the families that texts are drawn with, in order: those that are installed."""
    from matplotlib import font_manager

    installed = {entry.name for entry in font_manager.fontManager.ttflist}
    return [BASE, *(name for name in CJK if name in installed)]


def lacking(families: Sequence[str], texts: Iterable[str]) -> str:
    """Return the characters of texts that no font of these families has, at most ten."""
    from matplotlib import font_manager

    known: set[int] = set()
    for name in families:
        known |= set(font_manager.get_font(font_manager.findfont(name)).get_charmap())
    wanted = dict.fromkeys(letter for text in texts for letter in text if letter.isprintable())
    return "".join([letter for letter in wanted if ord(letter) not in known][:10])


def _texts(found: Mapping[str, Any]) -> list[str]:
    return [found["axis"], *(each["subject"] for each in found["trends"])]


def picture(found: Mapping[str, Any]) -> bytes:
    """Return a row of bars for each trend, one below the other, as PNG; bursts are red, with their number."""
    from matplotlib.figure import Figure

    trends = found["trends"]
    rows = max(len(trends), 1)
    figure = Figure(figsize=(_WIDTH, _HEAD + _ROW * rows + (1.2 if rows == 1 else 0)), dpi=_DPI, layout="constrained")
    axes = figure.subplots(rows, 1, sharex=True, squeeze=False)
    for axis, trend in zip(axes[:, 0], trends, strict=False):
        _draw_row(axis, trend)
    last = axes[-1, 0]
    if trends:
        points = trends[0]["points"]
        places = range(0, len(points), max(-(-len(points) // _TICKS), 1))
        last.set_xticks(list(places), [_label(points[at]["at"], found["by"]) for at in places])
    last.set_xlabel(f"{found['axis']} · {found['timezone']}", fontsize=8, color="#666666", parse_math=False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def _draw_row(axis: Any, trend: Mapping[str, Any]) -> None:
    points = trend["points"]
    colours = ["#c62828" if point["burst"] else "#1f6fb2" for point in points]
    axis.bar(range(len(points)), [point["stories"] for point in points], color=colours, width=0.85)
    unknown = [at for at, point in enumerate(points) if not point["known"]]
    if unknown:
        axis.axvspan(unknown[0] - 0.5, unknown[-1] + 0.5, color="#eeeeee", zorder=0)
    for at, point in enumerate(points):
        if point["burst"] and len(points) <= _LATEST_PLAIN:
            axis.annotate(str(point["stories"]), (at, point["stories"]), ha="center", va="bottom", fontsize=7)
    title = f"{trend['subject']}  ({trend['stories']})"
    axis.set_title(title, loc="left", fontsize=10, parse_math=False)
    most = max((point["stories"] for point in points), default=0)
    axis.set_ylim(0, max(most * 1.15, 1))
    axis.yaxis.get_major_locator().set_params(integer=True, nbins=3)
    axis.spines[["top", "right"]].set_visible(False)
    axis.tick_params(labelsize=8)


def _label(at: str, step: str) -> str:
    moment = datetime.fromisoformat(at)
    return f"{moment:%d.%m %H:%M}" if step == "hour" else f"{moment:%d.%m}"


if __name__ == "__main__":
    sys.exit(main())
