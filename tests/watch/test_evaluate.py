"""Evaluation against a slow evaluator that follows the definitions word for word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Zone
from monitor.watch.query import evaluate
from monitor.watch.query.evaluate import Mention, apart, holds, mentions, why_not, witnesses
from monitor.watch.query.nodes import (
    And,
    AtLeast,
    Field,
    Leaf,
    LeafKind,
    Near,
    Node,
    Not,
    Or,
    Unit,
    Within,
    children,
    holds_of_nothing,
    is_mention,
    surrounds,
    write,
)
from monitor.watch.query.parse import parse_query

LETTERS = "abcd"
BODY = frozenset({Zone.TITLE, Zone.LEAD, Zone.BODY})
Bounds = tuple[int, int]


@dataclass
class Page:
    """Words, one character each; a phrase is a leaf of several letters. Sentences and paragraphs are cut at positions."""

    words: str
    zones: Sequence[Zone]  # by word
    sentence_ends: frozenset[int] = frozenset()
    paragraph_ends: frozenset[int] = frozenset()
    url: str = ""
    asked: list[str] = field(default_factory=list)

    def mentions(self, leaf: Leaf, outer: str | None) -> Sequence[Mention]:
        words = self.url if outer else self.words
        size = len(leaf.text)
        return [
            Mention(at, at + size, at, at + size, self.zones[at] if not outer else Zone.BODY)
            for at in range(len(words) - size + 1)
            if words[at : at + size] == leaf.text
        ]

    def unit(self, unit: Unit, at: int) -> Bounds:
        ends = self.paragraph_ends if unit is Unit.PARAGRAPH else self.sentence_ends | self.paragraph_ends
        start = max((end for end in ends if end <= at), default=0)
        return start, min((end for end in ends if end > at), default=len(self.words))


# --------------------------------------------------------------------------- the slow evaluator


def slow_places(node: Node, page: Page, zones: frozenset[Zone], bounds: Bounds, outer: str | None) -> set[Bounds]:
    if isinstance(node, Leaf):
        found = page.mentions(node, outer)
        return {
            (one.first, one.last)
            for one in found
            if outer or (one.zone in zones and bounds[0] <= one.first and one.last <= bounds[1])
        }
    if isinstance(node, Or):
        return set().union(*(slow_places(child, page, zones, bounds, outer) for child in node.children))
    if isinstance(node, Field):
        return slow_places(node.child, page, *slow_field(node, zones, bounds))
    assert isinstance(node, Near)
    pairs = set()
    for left in slow_places(node.left, page, zones, bounds, outer):
        for right in slow_places(node.right, page, zones, bounds, outer):
            if slow_near(left, right, node):
                pairs.add((min(left[0], right[0]), max(left[1], right[1])))
    return pairs


def slow_field(node: Field, zones: frozenset[Zone], bounds: Bounds) -> tuple[frozenset[Zone], Bounds, str | None]:
    if node.name == "url":
        return zones, bounds, "url"
    return frozenset({Zone(node.name)}), bounds, None


def slow_near(left: Bounds, right: Bounds, node: Near) -> bool:
    forward = right[0] - left[1]
    backward = left[0] - right[1]
    return 0 <= forward <= node.distance or (not node.ordered and 0 <= backward <= node.distance)


def slow_beside(
    side: Node,
    place: Bounds,
    near: Near,
    on_left: bool,
    page: Page,
    zones: frozenset[Zone],
    bounds: Bounds,
    outer: str | None,
) -> bool:
    if is_mention(side):
        others = slow_places(side, page, zones, bounds, outer)
        return any(slow_near(place, other, near) if on_left else slow_near(other, place, near) for other in others)
    if isinstance(side, And):
        return all(slow_beside(child, place, near, on_left, page, zones, bounds, outer) for child in side.children)
    if isinstance(side, Or):
        return any(slow_beside(child, place, near, on_left, page, zones, bounds, outer) for child in side.children)
    assert isinstance(side, Not)
    return not slow_beside(side.child, place, near, on_left, page, zones, bounds, outer)


def slow_holds(node: Node, page: Page, zones: frozenset[Zone], bounds: Bounds, outer: str | None = None) -> bool:  # noqa: PLR0911 - one a kind of node
    def below(child: Node) -> bool:
        return slow_holds(child, page, zones, bounds, outer)

    if isinstance(node, Leaf):
        return bool(slow_places(node, page, zones, bounds, outer))
    if isinstance(node, And):
        return all(map(below, node.children))
    if isinstance(node, Or):
        return any(map(below, node.children))
    if isinstance(node, Not):
        return not below(node.child)
    if isinstance(node, Field):
        return slow_holds(node.child, page, *slow_field(node, zones, bounds))
    if isinstance(node, AtLeast):
        places = slow_places(node.child, page, zones, bounds, outer)
        return any(
            all(one[1] <= two[0] or two[1] <= one[0] for one, two in combinations(chosen, 2))
            for chosen in combinations(places, node.count)
        )
    if isinstance(node, Near):
        on_left = is_mention(node.left)
        anchor, other = (node.left, node.right) if on_left else (node.right, node.left)
        return any(
            slow_beside(other, place, node, on_left, page, zones, bounds, outer)
            for place in slow_places(anchor, page, zones, bounds, outer)
        )
    assert isinstance(node, Within)
    units = {page.unit(node.unit, at) for at in range(len(page.words))}
    inner = {(max(start, bounds[0]), min(end, bounds[1])) for start, end in units}
    return any(
        slow_holds(node.left, page, zones, unit) and slow_holds(node.right, page, zones, unit)
        for unit in inner
        if unit[0] < unit[1]
    )


# --------------------------------------------------------------------------- queries and pages by chance

leaf_nodes = st.builds(
    Leaf, st.just(LeafKind.WORD), st.text(alphabet=LETTERS, min_size=1, max_size=2), st.just(""), st.just(0)
)


def _pairs(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[tuple[Node, ...]]:
    return st.lists(nodes, min_size=2, max_size=3).map(tuple)


mention_nodes: st.SearchStrategy[Node] = st.recursive(
    leaf_nodes,
    lambda nodes: st.one_of(
        st.builds(Or, _pairs(nodes)),
        st.builds(Near, nodes, nodes, st.integers(1, 4), st.booleans()),
        st.builds(Field, st.sampled_from(["title", "body", "background"]), leaf_nodes),
    ),
    max_leaves=4,
)
around_nodes: st.SearchStrategy[Node] = st.recursive(
    leaf_nodes,
    lambda nodes: st.one_of(st.builds(And, _pairs(nodes)), st.builds(Or, _pairs(nodes)), st.builds(Not, nodes)),
    max_leaves=4,
)
all_nodes: st.SearchStrategy[Node] = st.recursive(
    st.one_of(
        mention_nodes,
        st.builds(Near, leaf_nodes, around_nodes, st.integers(1, 4), st.booleans()),
        st.builds(Near, around_nodes, leaf_nodes, st.integers(1, 4), st.booleans()),
        st.builds(AtLeast, st.integers(1, 3), mention_nodes),
        st.builds(Field, st.just("url"), leaf_nodes),
    ),
    lambda nodes: st.one_of(
        st.builds(And, _pairs(nodes)),
        st.builds(Or, _pairs(nodes)),
        st.builds(Not, nodes),
        st.builds(Within, nodes, nodes, st.sampled_from(Unit)),
    ),
    max_leaves=6,
)


def _parses(node: Node, *, joined: bool = False, inside: bool = False) -> bool:
    """Return whether parsing would let the fields and the units stand where they are."""
    if isinstance(node, Within) and holds_of_nothing(node.left) and holds_of_nothing(node.right):
        return False
    if isinstance(node, Field):
        if inside or (joined and node.name == "url"):
            return False
        inside = True
    joined = joined or isinstance(node, Near | Within)
    return all(_parses(child, joined=joined, inside=inside) for child in children(node))


@st.composite
def pages(draw: st.DrawFn) -> Page:
    words = draw(st.text(alphabet=LETTERS + "x", max_size=14))
    cuts = st.sets(st.integers(1, max(len(words), 1)), max_size=4).map(frozenset)
    borders = sorted(draw(st.sets(st.integers(0, len(words)), max_size=2)))
    order = [Zone.TITLE, Zone.BODY, Zone.BACKGROUND]
    zones = [order[sum(border <= at for border in borders)] for at in range(len(words))]
    return Page(words, zones, draw(cuts), draw(cuts), draw(st.text(alphabet=LETTERS, max_size=3)))


@settings(max_examples=300, deadline=None)
@given(all_nodes.filter(_parses), pages())
def test_same_as_the_slow_evaluator(node: Node, page: Page) -> None:
    expected = slow_holds(node, page, BODY, (0, len(page.words)))
    assert holds(node, page, BODY) == expected, write(node)


@settings(max_examples=150, deadline=None)
@given(mention_nodes.filter(_parses), pages())
def test_same_places_as_the_slow_evaluator(node: Node, page: Page) -> None:
    expected = slow_places(node, page, BODY, (0, len(page.words)), None)
    assert {(one.first, one.last) for one in mentions(node, page, BODY)} == expected


@settings(max_examples=150, deadline=None)
@given(all_nodes.filter(_parses), pages())
def test_witnesses_and_reasons(node: Node, page: Page) -> None:
    found = witnesses(node, page, BODY)
    if holds(node, page, BODY):
        assert all(mention.first < mention.last for _, mention in found)
    else:
        assert found == []
        assert why_not(node, page, BODY)


@given(mention_nodes, around_nodes)
def test_what_generates_also_parses(one: Node, two: Node) -> None:
    assert is_mention(one)
    assert surrounds(two)


# --------------------------------------------------------------------------- by hand


def _page(text: str) -> Page:
    """Make a page: `|` ends a sentence, `¶` a paragraph; capitals stand in the title."""
    words, sentence_ends, paragraph_ends, zones = "", set(), set(), []
    for char in text.replace(" ", ""):
        if char == "|":
            sentence_ends.add(len(words))
        elif char == "¶":
            paragraph_ends.add(len(words))
        else:
            zones.append(Zone.TITLE if char.isupper() else Zone.BODY)
            words += char.lower()
    return Page(words, zones, frozenset(sentence_ends), frozenset(paragraph_ends))


def _true(query: str, text: str) -> bool:
    return holds(parse_query(query), _page(text), BODY)


def test_near_counts_the_words_between() -> None:
    assert _true("a NEAR/2 b", "a x x b")
    assert not _true("a NEAR/2 b", "a x x x b")
    assert _true("a NEAR/2 b", "b x x a")
    assert not _true("a ONEAR/2 b", "b x x a")
    assert _true("a ONEAR/1 b", "b a b")


def test_near_itself_needs_two_mentions() -> None:
    assert not _true("a NEAR/3 a", "a")
    assert _true("a NEAR/3 a", "a x a")


def test_near_without() -> None:
    assert _true("a NEAR/2 (NOT b)", "a b x x x a")
    assert not _true("a NEAR/2 (NOT b)", "a b")
    assert _true("(b AND NOT c) NEAR/1 a", "c x x b a")


def test_sentence_and_paragraph() -> None:
    assert _true("a SENTENCE b", "a x b | c")
    assert not _true("a SENTENCE b", "a | b")
    assert _true("a PARAGRAPH b", "a | b")
    assert not _true("a PARAGRAPH b", "a ¶ b")
    assert _true("a SENTENCE (NOT b)", "a b | a")
    assert not _true("a SENTENCE (NOT b)", "a b | c")
    assert not _true("a SENTENCE b SENTENCE c", "a b | b c")


def test_fields_and_not_in_scope() -> None:
    assert _true("title:a", "A | b")
    assert not _true("title:b", "A | b")
    assert _true("a NOT title:b", "A | b")
    assert not _true("a NOT title:b", "B | a")
    assert _true("title:(a NOT b)", "A | b")


def test_a_field_beside_a_term_in_one_sentence() -> None:
    assert _true("title:a SENTENCE b", "A b | a")
    assert not _true("title:a SENTENCE b", "A | a b")
    assert not _true("title:(a OR c) SENTENCE b", "A c | c b")


def test_pairs_of_a_near_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    near, page = parse_query("a NEAR/9 b"), _page("a b" * 20)
    every = mentions(near, page, BODY)
    monkeypatch.setattr(evaluate, "MAX_PAIRS", 30)
    first = mentions(near, page, BODY)
    assert 30 < len(first) < len(every)
    assert set(first) < set(every)
    assert max(one.first for one in first) < 20, "those of the beginning are kept"


def test_atleast_counts_overlapping_mentions_once() -> None:
    assert _true("atleast/2(a)", "a x a")
    assert not _true("atleast/2(a)", "a")
    assert apart([Mention(0, 2, 0, 2, Zone.BODY), Mention(1, 3, 1, 3, Zone.BODY), Mention(3, 4, 3, 4, Zone.BODY)]) == 2


def test_reasons_name_what_was_missing() -> None:
    def why(query: str, text: str) -> str:
        return why_not(parse_query(query), _page(text), BODY)

    assert why("a AND d", "a x") == "no d"
    assert why("a OR d", "x") == "none of a, d"
    assert why("a NOT b", "a B") == "vetoed by b in the title"
    assert why("a NOT (b AND d)", "a b d") == "vetoed by b in the body"
    assert why("a NOT (d OR NOT b)", "a") == "vetoed by d OR (NOT b)"
    assert why("title:b", "A b") == "no b in the title"
    assert why("title:(b OR d)", "A x") == "none of b, d in the title"
    assert why("a NEAR/1 b", "a x x b") == "not a NEAR/1 b"
    assert why("a NEAR/1 d", "a x x b") == "no d"
    assert why("atleast/3(a)", "a x a") == "2 of 3 mentions of a"
    page = Page("a", [Zone.BACKGROUND])
    assert why_not(parse_query("a"), page, BODY) == "a: background only"
