"""The query language's syntax tree: frozen values that parsing makes and evaluation reads.

Positions count characters of the query, from 0. They say where to point in an error, so they take no part in equality.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from monitor.text.tokens import tokenise


class LeafKind(StrEnum):
    """The six forms of a term."""

    WORD = "word"  # any inflected form
    PHRASE = "phrase"  # the words in this order, each in any form
    EXACT = "exact"  # exactly so, one word or several
    PREFIX = "prefix"
    ENTITY = "entity"
    REGEX = "regex"


class Unit(StrEnum):
    """The unit of text that two terms have to share."""

    SENTENCE = "sentence"
    PARAGRAPH = "paragraph"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One term. `text` is without its marks (quotes, `=`, `*`, `@`, slashes), `written` is with them."""

    kind: LeafKind
    text: str
    written: str = field(default="", compare=False)
    position: int = field(default=0, compare=False)


def misplaced(leaf: Leaf, pos: str | None, aspect: str | None) -> tuple[str, str] | None:
    """Return the key of a term, 'pos' or 'aspect', that does not fit it, and why; None where both fit.

    `pos` is a part of speech, `aspect` 'both' or 'own'; None is what is not written.
    """
    key = "pos" if pos is not None else "aspect"
    if pos is None and aspect is None:
        return None
    if leaf.kind not in (LeafKind.WORD, LeafKind.PHRASE):
        written = leaf.written or leaf.text
        return key, f"'{key}' is of words that match in any form, not of {written}: leave out one of the two"
    if pos is not None and len(tokenise(leaf.text)) > 1:
        return key, f"'pos' is of one word, and {leaf.text!r} has several: leave it out"
    if aspect == "both" and pos not in (None, "verb"):
        return "aspect", f"'aspect: both' is of a verb: leave out 'pos: {pos}'"
    return None


@dataclass(frozen=True, slots=True)
class And:
    """Conjunction: all children are true."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Disjunction: at least one child is true."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Negation: the child is false."""

    child: Node


@dataclass(frozen=True, slots=True)
class Near:
    """A mention of each, with at most `distance` words between; `ordered`: the left one first."""

    left: Node
    right: Node
    distance: int
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Within:
    """Both children are true within one sentence, or one paragraph."""

    left: Node
    right: Node
    unit: Unit


@dataclass(frozen=True, slots=True)
class Field:
    """The child is true in one zone (`title`, `lead`, `body`, `background`), the address or the author."""

    name: str
    child: Node


@dataclass(frozen=True, slots=True)
class AtLeast:
    """At least `count` mentions, overlapping ones counted once."""

    count: int
    child: Node


Node: TypeAlias = Leaf | And | Or | Not | Near | Within | Field | AtLeast


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes right below `node`, left to right."""
    match node:
        case Leaf():
            return ()
        case And() | Or():
            return node.children
        case Near() | Within():
            return (node.left, node.right)
        case Not() | Field() | AtLeast():
            return (node.child,)


def leaves(node: Node, *, positive: bool = False) -> Iterator[Leaf]:
    """Return the terms, left to right; with `positive`, only those that speak for the query, not under an odd NOT."""
    return (leaf for leaf, good in _signed(node, good=True) if good or not positive)


def _signed(node: Node, *, good: bool) -> Iterator[tuple[Leaf, bool]]:
    if isinstance(node, Leaf):
        yield node, good
        return
    below = not good if isinstance(node, Not) else good
    for child in children(node):
        yield from _signed(child, good=below)


def holds_of_nothing(node: Node) -> bool:
    """Return whether the query is true of an article that mentions none of its terms."""
    match node:
        case And():
            return all(map(holds_of_nothing, node.children))
        case Or():
            return any(map(holds_of_nothing, node.children))
        case Not():
            return not holds_of_nothing(node.child)
        case Within():
            return holds_of_nothing(node.left) and holds_of_nothing(node.right)
        case Field():
            return holds_of_nothing(node.child)
        case Leaf() | Near() | AtLeast():
            return False


def is_mention(node: Node) -> bool:
    """Return whether the node itself has mentions (places in the text): terms, and ORs, NEARs and fields of them."""
    match node:
        case Leaf():
            return True
        case Or():
            return all(map(is_mention, node.children))
        case Field():
            return is_mention(node.child)
        case Near():
            return is_mention(node.left) and is_mention(node.right)
        case And() | Not() | Within() | AtLeast():
            return False


def surrounds(node: Node) -> bool:
    """Return whether the node can be asked about the surroundings of a place: AND, OR and NOT of mentions."""
    return is_mention(node) or (isinstance(node, And | Or | Not) and all(map(surrounds, children(node))))


def write(node: Node) -> str:  # noqa: PLR0911 — mypy reports a node without a case
    """Write the query back, for reasons and errors."""
    match node:
        case Leaf():
            return node.written or node.text
        case And() | Or():
            return f" {type(node).__name__.upper()} ".join(map(_inner, node.children))
        case Not():
            return f"NOT {_inner(node.child)}"
        case Near():
            operator = f"{'O' if node.ordered else ''}NEAR/{node.distance}"
            return f"{_inner(node.left)} {operator} {_inner(node.right)}"
        case Within():
            return f"{_inner(node.left)} {node.unit.upper()} {_inner(node.right)}"
        case Field():
            return f"{node.name}:{_inner(node.child)}"
        case AtLeast():
            return f"atleast/{node.count}({write(node.child)})"


def _inner(node: Node) -> str:
    return write(node) if isinstance(node, Leaf | Field | AtLeast) else f"({write(node)})"
