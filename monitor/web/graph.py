"""Who took a story from whom, laid out in columns: origins on the left, whoever cites them to the right. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from monitor.alert.sanitize import clean, clip
from monitor.model import Member
from monitor.story.lineage import Edge, lineage
from monitor.story.outlets import outlet

WIDTH, HEIGHT = 168, 34  # of a box
_ACROSS, _DOWN, _EDGE = 60, 12, 8  # between boxes, at the border
_NAME = 22  # UTF-16 units of a name
_NODES = 40


@dataclass(frozen=True, slots=True)
class GraphBox:
    """An outlet: its place, and whether it is an independent origin or was cited and never seen."""

    name: str
    x: int
    y: int
    independent: bool
    unseen: bool


@dataclass(frozen=True, slots=True)
class GraphLine:
    """A citation, from the right side of the origin to the left side of whoever cites it; `copy`: the same text."""

    x1: int
    y1: int
    x2: int
    y2: int
    copy: bool


@dataclass(frozen=True, slots=True)
class CitationGraph:
    """All boxes and lines, and the size of the picture."""

    boxes: tuple[GraphBox, ...]
    lines: tuple[GraphLine, ...]
    width: int
    height: int
    words: tuple[tuple[str, str, bool], ...]  # for whoever hears it: origin, who took it, whether copied


def citation_graph(members: Iterable[Member]) -> CitationGraph:
    """Lay out the outlets of a story's articles."""
    members = list(members)
    edges = lineage(members).edges
    seen = list(dict.fromkeys(_name(member.source) for member in members))
    names = list(dict.fromkeys([*seen, *(name for edge in edges for name in (edge.origin, edge.to))]))[:_NODES]
    edges = tuple(edge for edge in edges if edge.origin in names and edge.to in names)
    depth = _depths(names, edges)
    columns: dict[int, list[str]] = {}
    for name in names:
        columns.setdefault(depth[name], []).append(name)
    place: dict[str, tuple[int, int]] = {}
    for column, inside in columns.items():
        for row, name in enumerate(inside):
            place[name] = (_EDGE + column * (WIDTH + _ACROSS), _EDGE + row * (HEIGHT + _DOWN))
    taken = {edge.to for edge in edges}
    boxes = [
        GraphBox(clip(clean(name), _NAME), *place[name], name in seen and name not in taken, name not in seen)
        for name in names
    ]
    return CitationGraph(
        tuple(boxes),
        tuple(_line(edge, place) for edge in edges),
        _EDGE * 2 + (max(columns, default=0) + 1) * (WIDTH + _ACROSS) - _ACROSS,
        _EDGE * 2 + max((len(each) for each in columns.values()), default=0) * (HEIGHT + _DOWN),
        tuple((edge.origin, edge.to, edge.kind == "copies") for edge in edges),
    )


def _name(source: str) -> str:
    known = outlet(source)
    return known.name if known else source


def _depths(names: Sequence[str], edges: Sequence[Edge]) -> Mapping[str, int]:
    """Return each outlet's column: one right of the last of its origins. A circle, which there is none, would end."""
    depth = dict.fromkeys(names, 0)
    for _ in names:
        moved = False
        for edge in edges:
            if depth[edge.to] <= depth[edge.origin] < len(names):
                depth[edge.to] = depth[edge.origin] + 1
                moved = True
        if not moved:
            break
    return depth


def _line(edge: Edge, place: Mapping[str, tuple[int, int]]) -> GraphLine:
    (x1, y1), (x2, y2) = place[edge.origin], place[edge.to]
    return GraphLine(x1 + WIDTH, y1 + HEIGHT // 2, x2, y2 + HEIGHT // 2, edge.kind == "copies")
