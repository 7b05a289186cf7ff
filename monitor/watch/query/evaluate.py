"""Evaluation of queries on mentions of terms, and reasons why a query does not match.

NEAR counts token positions; sentences and paragraphs are ranges of characters.

The cost follows the number of mentions, not the length of the article: neighbours are found by bisection, and only the
sentences and paragraphs that hold a mention are looked at. The one product of mentions, a NEAR inside another NEAR,
is bounded by `MAX_PAIRS`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import attrgetter
from typing import NamedTuple, Protocol, cast

from monitor.model import Zone
from monitor.watch.query.grammar import OUTER_FIELDS
from monitor.watch.query.nodes import (
    And,
    AtLeast,
    Field,
    Leaf,
    Near,
    Node,
    Not,
    Or,
    Unit,
    Within,
    children,
    is_mention,
    write,
)

MAX_PAIRS = 20_000
"""Pairs of mentions that a NEAR hands to the NEAR or atleast around it."""

Zones = frozenset[Zone]


class Mention(NamedTuple):
    """One place where a term stands: word positions, characters (ends exclusive), zone, and what made the form.

    Positions count the document's tokens, with a wide gap between the title and the text: those are no neighbours.
    """

    first: int
    last: int
    start: int
    end: int
    zone: Zone
    rule: str = ""
    form: str = ""


class ArticleView(Protocol):
    """The protocol through which evaluation reads an article."""

    def mentions(self, leaf: Leaf, outer: str | None) -> Sequence[Mention]:
        """Return the mentions of a term in the document (or, with `outer`, in the address or author), by position."""
        ...

    def unit(self, unit: Unit, at: int) -> tuple[int, int]:
        """Return the sentence or paragraph around a character, as start and end (exclusive) in the document."""
        ...


@dataclass(frozen=True, slots=True)
class _Part:
    """The part of an article from one character to another."""

    view: ArticleView
    start: int
    end: int

    def mentions(self, leaf: Leaf, outer: str | None) -> Sequence[Mention]:
        found = self.view.mentions(leaf, outer)
        low = bisect_left(found, self.start, key=attrgetter("start"))
        high = bisect_left(found, self.end, lo=low, key=attrgetter("start"))
        return [mention for mention in found[low:high] if mention.end <= self.end]

    def unit(self, unit: Unit, at: int) -> tuple[int, int]:
        start, end = self.view.unit(unit, at)
        return max(start, self.start), min(end, self.end)


def holds(node: Node, view: ArticleView, zones: Zones, outer: str | None = None) -> bool:  # noqa: PLR0911 — as write()
    """Return whether the query is true of the article, counting mentions in `zones` only."""
    match node:
        case Leaf():
            return bool(mentions(node, view, zones, outer))
        case And():
            return all(holds(child, view, zones, outer) for child in node.children)
        case Or():
            return any(holds(child, view, zones, outer) for child in node.children)
        case Not():
            return not holds(node.child, view, zones, outer)
        case Field():
            return holds(node.child, view, *_inside(node, zones))
        case AtLeast():
            return apart(mentions(node.child, view, zones, outer)) >= node.count
        case Near():
            return _near_holds(node, view, zones, outer)
        case Within():
            return next(_holding_parts(node, view, zones), None) is not None


def mentions(node: Node, view: ArticleView, zones: Zones, outer: str | None = None) -> Sequence[Mention]:
    """Return the places of a term, or of ORs, NEARs and fields of terms (`nodes.is_mention`), by position."""
    match node:
        case Leaf():
            found = view.mentions(node, outer)
            return found if outer else [mention for mention in found if mention.zone in zones]
        case Or():
            return sorted({one for child in node.children for one in mentions(child, view, zones, outer)})
        case Field():
            return mentions(node.child, view, *_inside(node, zones))
        case _:
            return _pairs(cast("Near", node), view, zones, outer)  # no other node is_mention()


def apart(found: Iterable[Mention]) -> int:
    """Count mentions, those that overlap once: the most that can be chosen without overlap."""
    count = 0
    free = -1
    for mention in sorted(found, key=attrgetter("last")):
        if mention.first >= free:
            count += 1
            free = mention.last
    return count


def _inside(node: Field, zones: Zones) -> tuple[Zones, str | None]:
    """Return the zones and the outer text that count inside a field."""
    if node.name in OUTER_FIELDS:
        return zones, node.name
    return frozenset({Zone(node.name)}), None


def _parts(node: Within, view: ArticleView, zones: Zones) -> list[_Part]:
    """Return the sentences or paragraphs that hold a mention of any term below, in order."""
    bounds = {
        view.unit(node.unit, mention.start)
        for side in (node.left, node.right)
        for mention in _every_mention(side, view, zones)
    }
    return [_Part(view, start, end) for start, end in sorted(bounds)]


def _holding_parts(node: Within, view: ArticleView, zones: Zones) -> Iterator[_Part]:
    parts = _parts(node, view, zones)
    return (part for part in parts if holds(node.left, part, zones) and holds(node.right, part, zones))


def _every_mention(node: Node, view: ArticleView, zones: Zones) -> Iterable[Mention]:
    if isinstance(node, Leaf):
        yield from mentions(node, view, zones)
        return
    if isinstance(node, Field):
        zones, _ = _inside(node, zones)
    for child in children(node):
        yield from _every_mention(child, view, zones)


# --------------------------------------------------------------------------- neighbours


class _Neighbours:
    """Index of the mentions of one side of a NEAR, for look-ups by position."""

    def __init__(self, found: Sequence[Mention]) -> None:
        self.by_first = sorted(found)
        self.by_last = sorted(found, key=attrgetter("last"))

    def follows(self, place: Mention, distance: int) -> bool:
        """Return whether one begins at most `distance` words after the place's end."""
        at = bisect_left(self.by_first, place.last, key=attrgetter("first"))
        return at < len(self.by_first) and self.by_first[at].first - place.last <= distance

    def precedes(self, place: Mention, distance: int) -> bool:
        """Return whether one ends at most `distance` words before the place's beginning."""
        at = bisect_right(self.by_last, place.first, key=attrgetter("last")) - 1
        return at >= 0 and place.first - self.by_last[at].last <= distance

    def after(self, place: Mention, distance: int) -> Sequence[Mention]:
        low = bisect_left(self.by_first, place.last, key=attrgetter("first"))
        high = bisect_right(self.by_first, place.last + distance, lo=low, key=attrgetter("first"))
        return self.by_first[low:high]

    def before(self, place: Mention, distance: int) -> Sequence[Mention]:
        low = bisect_left(self.by_last, place.first - distance, key=attrgetter("last"))
        high = bisect_right(self.by_last, place.first, lo=low, key=attrgetter("last"))
        return self.by_last[low:high]


def _near_holds(node: Near, view: ArticleView, zones: Zones, outer: str | None) -> bool:
    """Return whether a mention of one side has the other side near it.

    A side with AND or NOT has no place of its own; it is asked about the surroundings of each mention of the other.
    """
    on_left = is_mention(node.left)
    anchor, other = (node.left, node.right) if on_left else (node.right, node.left)
    known: dict[int, _Neighbours] = {}

    def beside(side: Node, place: Mention) -> bool:
        if is_mention(side):
            if id(side) not in known:
                known[id(side)] = _Neighbours(mentions(side, view, zones, outer))
            near = known[id(side)]
            if (not node.ordered or on_left) and near.follows(place, node.distance):
                return True
            return (not node.ordered or not on_left) and near.precedes(place, node.distance)
        if isinstance(side, And):
            return all(beside(child, place) for child in side.children)
        if isinstance(side, Or):
            return any(beside(child, place) for child in side.children)
        return not beside(cast("Not", side).child, place)  # no other node surrounds() a place

    return any(beside(other, place) for place in mentions(anchor, view, zones, outer))


def _pairs(node: Near, view: ArticleView, zones: Zones, outer: str | None) -> list[Mention]:
    """Return each pair of neighbours as one mention from the first's start to the second's end."""
    right = _Neighbours(mentions(node.right, view, zones, outer))
    pairs: set[Mention] = set()
    for place in mentions(node.left, view, zones, outer):
        pairs.update(_span(place, other) for other in right.after(place, node.distance))
        if not node.ordered:
            pairs.update(_span(other, place) for other in right.before(place, node.distance))
        if len(pairs) > MAX_PAIRS:
            break
    return sorted(pairs)


def _span(one: Mention, two: Mention) -> Mention:
    return Mention(one.first, two.last, one.start, two.end, one.zone)


# --------------------------------------------------------------------------- why


def witnesses(node: Node, view: ArticleView, zones: Zones, outer: str | None = None) -> list[tuple[Leaf, Mention]]:
    """Return the mentions that make a query true: nothing where it does not hold, none for a NOT."""
    if isinstance(node, Leaf):
        return [(node, mention) for mention in mentions(node, view, zones, outer)]
    if isinstance(node, Field):
        return witnesses(node.child, view, *_inside(node, zones))
    if isinstance(node, Not) or not holds(node, view, zones, outer):
        return []
    found = [pair for child in children(node) for pair in witnesses(child, view, zones, outer)]
    if isinstance(node, Near) and is_mention(node):
        covers = _Covers(_pairs(node, view, zones, outer))
        return [pair for pair in found if covers.hold(pair[1])]
    if isinstance(node, Within):
        parts = list(_holding_parts(node, view, zones))
        return [pair for part in parts for child in children(node) for pair in witnesses(child, part, zones)]
    return found


class _Covers:
    """Index of mentions, for look-ups (by bisection) of whether one of them covers a position."""

    def __init__(self, spans: Sequence[Mention]) -> None:
        ordered = sorted(spans, key=attrgetter("start"))
        self._starts = [span.start for span in ordered]
        self._furthest = list(accumulate((span.end for span in ordered), max))

    def hold(self, place: Mention) -> bool:
        before = bisect_right(self._starts, place.start)
        return before > 0 and self._furthest[before - 1] >= place.end


_SHOWN = 3
"""Alternatives that a reason names."""


def why_not(node: Node, view: ArticleView, zones: Zones, where: str = "") -> str:  # noqa: PLR0911 — as write()
    """Return the reason why `node` is not true: 'no artillery', 'vetoed by футбол in the title', 'background only'.

    `where` is ' in the title' and the like, for what stands inside a field.
    """
    match node:
        case Leaf():
            return _absent(node, view, zones, where)
        case And():
            failing = next((child for child in node.children if not holds(child, view, zones)), node.children[0])
            return why_not(failing, view, zones, where)
        case Or():
            return _none_of(node, view, zones, where)
        case Not():
            return _vetoed(node, view, zones, where)
        case Field():
            return _in_field(node, view, zones)
        case Near() | Within():
            return _apart(node, view, zones, where)
        case AtLeast():
            count = apart(mentions(node.child, view, zones))
            return f"{count} of {node.count} mentions of {write(node.child)}{where}"


def elsewhere(found: set[Zone]) -> str:
    """Return where mentions stand that do not count: 'background only', 'background and credit only'."""
    names = [zone.value for zone in Zone if zone in found]
    return f"{' and '.join(names)} only"


def _absent(leaf: Leaf, view: ArticleView, zones: Zones, where: str) -> str:
    outside = {mention.zone for mention in view.mentions(leaf, None)} - zones
    if outside:
        return f"{write(leaf)}: {elsewhere(outside)}"
    return f"no {write(leaf)}{where}"


def _none_of(node: Or, view: ArticleView, zones: Zones, where: str) -> str:
    if all(isinstance(child, Leaf) for child in node.children):
        shown = ", ".join(map(write, node.children[:_SHOWN]))
        more = len(node.children) - _SHOWN
        return f"none of {shown}{f' and {more} more' if more > 0 else ''}{where}"
    return "; ".join(why_not(child, view, zones, where) for child in node.children[:_SHOWN])


def _vetoed(node: Not, view: ArticleView, zones: Zones, where: str) -> str:
    found = witnesses(node.child, view, zones)
    if not found:
        return f"vetoed by {write(node.child)}{where}"
    leaf, mention = found[0]
    return f"vetoed by {write(leaf)} in the {mention.zone}"


def _in_field(node: Field, view: ArticleView, zones: Zones) -> str:
    place = {"url": "address", "author": "author"}.get(node.name, node.name)
    if node.name in OUTER_FIELDS:
        return f"no {write(node.child)} in the {place}"
    if isinstance(node.child, Leaf):
        return f"no {write(node.child)} in the {place}"
    return why_not(
        node.child, view, zones & frozenset({Zone(node.name)}) or frozenset({Zone(node.name)}), f" in the {place}"
    )


def _apart(node: Near | Within, view: ArticleView, zones: Zones, where: str) -> str:
    for side in (node.left, node.right):
        if is_mention(side) and not mentions(side, view, zones):
            return why_not(side, view, zones, where)
    return f"not {write(node)}{where}"
