"""Short explanations of why a query does not match an article."""

from __future__ import annotations

from monitor.model import Zone
from monitor.watch.query.evaluate import ArticleView, Zones, apart, holds, mentions, witnesses
from monitor.watch.query.grammar import OUTER_FIELDS
from monitor.watch.query.nodes import And, AtLeast, Field, Leaf, Near, Node, Not, Or, Within, is_mention, write

_SHOWN = 3
"""Alternatives that a reason names."""


def why_not(node: Node, view: ArticleView, zones: Zones, where: str = "") -> str:
    """Return the reason why `node` is not true: 'no artillery', 'vetoed by футбол in the title', 'background only'.

    `where` is ' in the title' and the like, for what stands inside a field.
    """
    match node:
        case Leaf():
            reason = _absent(node, view, zones, where)
        case And():
            failing = next((child for child in node.children if not holds(child, view, zones)), node.children[0])
            reason = why_not(failing, view, zones, where)
        case Or():
            reason = _none_of(node, view, zones, where)
        case Not():
            reason = _vetoed(node, view, zones, where)
        case Field():
            reason = _in_field(node, view, zones)
        case Near() | Within():
            reason = _apart(node, view, zones, where)
        case AtLeast():
            count = apart(mentions(node.child, view, zones))
            reason = f"{count} of {node.count} mentions of {write(node.child)}{where}"
    return reason


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
