"""The printed table: a line of Markdown for each result, with medians, spread and ratios."""

from __future__ import annotations

from collections.abc import Iterator

from bench.frame import peers
from bench.frame.row import OURS, Result, Row

HEAD = "| # | work | monitor | peers | ratio | goal |\n|---|---|---|---|---|---|"


def lines(row: Row, results: list[Result]) -> Iterator[str]:
    """Yield a row's lines; a figure is 'median (least – most) unit'."""
    for result in results:
        others = [side for side in result.figures if side != OURS]
        rivals = "; ".join(f"{side} {_figure(result, side)}" for side in others)
        ratios = "; ".join(f"{result.ratio(side):.2f} × {side}" for side in others)
        what = f"{row.work}: {result.what}" if result.what else row.work
        note = f" ({result.note})" if result.note else ""
        yield f"| {row.number} | {what}{note} | {_figure(result, OURS)} | {rivals} | {ratios} | {row.goal} |"
    if row.peers:
        yield f"<!-- row {row.number}: {'; '.join(map(peers.versions, row.peers))} -->"


def _figure(result: Result, side: str) -> str:
    if side not in result.figures:
        return ""
    figures = result.figures[side]
    if len(figures) == 1:
        return f"{_short(figures[0])} {result.unit}"
    return f"{_short(result.median(side))} ({_short(min(figures))} – {_short(max(figures))}) {result.unit}"


def _short(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.3g}"
