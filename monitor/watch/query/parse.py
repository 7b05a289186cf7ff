"""Parsing of queries to syntax trees; errors name the place and the remedy.

The grammar is LALR(1), read by lark with the tree built as it goes, so neither a deep nor a long query can exhaust the
stack.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput

from monitor.watch.query.grammar import FIELDS, GRAMMAR, MISTAKES, OUTER_FIELDS, QueryError, explain, other_quote
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
)
from monitor.watch.regex_terms import compile_expression

__all__ = ["QueryError", "blank_quoted", "parse_query", "parse_term"]

MAX_LENGTH = 10_000
"""Characters in a query."""
MAX_DEPTH = 60
"""Brackets, fields and NOTs inside one another."""
MAX_TERMS = 1000
MAX_DISTANCE = 1000
"""Words between the terms of NEAR."""
MIN_PREFIX = 3
"""Letters before the star of a prefix."""
_OTHER_QUOTES = "'‘’‚‛`´‹›「」『』《》〈〉〝〞〟＂″"  # which no phrase is written in


def parse_query(text: str) -> Node:
    """Read a query. Raises QueryError."""
    if len(text) > MAX_LENGTH:
        raise QueryError(f"the query is longer than {MAX_LENGTH} characters: split it over several watchlists")
    if not text.strip():
        raise QueryError("the query is empty: write a term, such as missile or @DPRK")
    _check_brackets(text)
    try:
        node: Node = _parser().parse(text)
    except UnexpectedInput as error:
        raise explain(error, text) from error
    _check(node)
    return node


def parse_term(text: str) -> Leaf:
    """Read one keyword: a word, a phrase (quotes optional), `=exact`, `prefix*`, `@ENTITY` or `/regex/`.

    Raises QueryError; operators and fields belong into a query.
    """
    bare = text.strip()
    start = len(text) - len(text.lstrip())
    if not bare:
        raise QueryError("the term is empty: write a word")
    if bare[0] in '"“„«=@/' or bare.endswith("*"):
        return _marked_term(bare, start, text)
    _refuse_operators(bare, start)
    kind = LeafKind.PHRASE if len(bare.split()) > 1 else LeafKind.WORD
    return _checked_leaf(Leaf(kind, bare, text, start))


def _marked_term(bare: str, start: int, written: str) -> Leaf:
    if bare[0] == "=" and len(bare) > 1 and not _quoted(bare[1:]):
        _refuse_operators(bare[1:], start + 1)  # =North Korea: a keyword needs no quotes to be a phrase
        return _checked_leaf(Leaf(LeafKind.EXACT, bare[1:].strip(), written, start))
    if bare[0] == "@" and len(bare) > 1 and not _quoted(bare[1:]):
        return _checked_leaf(Leaf(LeafKind.ENTITY, bare[1:].strip(), written, start))
    if bare[0] == "/":
        if len(bare) < 3 or not bare.endswith("/"):  # noqa: PLR2004 - two slashes and something between
            raise QueryError("the regular expression is not closed: end it with /", start)
        return _checked_leaf(Leaf(LeafKind.REGEX, bare[1:-1], written, start))
    try:
        node = parse_query(bare)
    except QueryError as error:
        raise QueryError(error.message, error.position + start) from error
    if not isinstance(node, Leaf):
        near = re.fullmatch(r'"([^"]+)"\s*~\s*(\d+)', bare)
        if near is not None:
            meant = f" NEAR/{near[2]} ".join(near[1].split())
            raise QueryError(f"~{near[2]} is no operator here: write it under query: {meant}", start)
        raise QueryError(f"{bare!r} is more than one term: put it under query:, or write one entry for each", start)
    return Leaf(node.kind, node.text, written, start)


def _quoted(text: str) -> bool:
    return text[:1] in '"“„«'


def _refuse_operators(text: str, start: int) -> None:
    for word in text.split():
        at = start + text.index(word)
        if word in ("AND", "OR", "NOT", "SENTENCE", "PARAGRAPH", "&", "|") or word.startswith(("NEAR/", "ONEAR/")):
            raise QueryError(f"{word} belongs into a query: write it under query:, not under keywords:", at)
        if word.split(":")[0] in FIELDS and ":" in word:
            raise QueryError(f"{word.split(':')[0]}: belongs into a query: write it under query:", at)
        if "*" in word:
            raise QueryError("a star stands at the end of a word that is a term of its own: missil*", at)
        if '"' in word.strip("'") and word.count('"') == 1 and word[0] == '"':
            raise QueryError('a quote is not closed: add "', at)
    if text.startswith("-"):
        raise QueryError("a minus belongs into a query: put the term under exclude:", start)


def _check_brackets(text: str) -> None:
    """Refuse brackets without a partner, and more of them inside one another than evaluation can take."""
    outside = blank_quoted(text)
    opened: list[int] = []
    for at, char in enumerate(outside):
        if char == "(":
            opened.append(at)
            if len(opened) > MAX_DEPTH:
                raise QueryError(f"more than {MAX_DEPTH} brackets inside one another: simplify the query", at)
        elif char == ")":
            if not opened:
                raise QueryError("this closing bracket has no opening one: remove it, or add (", at)
            opened.pop()
    if opened:
        raise QueryError("this bracket is not closed: add )", opened[-1])


def blank_quoted(text: str) -> str:
    """Replace what stands in quotes and in slashes by dots, at the same length."""
    quoted = r'"[^"]*"|“[^“”]*”|„[^„“”]*[“”]|«[^«»]*»|(?<![^\s(:])/(?:[^/\\\n]|\\.)+/(?![^\s()])'
    return re.sub(quoted, lambda found: "." * len(found.group()), text)


# --------------------------------------------------------------------------- building the tree


def _leaf(token: Token) -> Leaf:
    written = str(token)
    at = token.start_pos or 0
    kind = LeafKind(token.type.lower())
    body = {LeafKind.REGEX: written[1:-1], LeafKind.PREFIX: written[:-1]}.get(kind, written)
    if kind in (LeafKind.EXACT, LeafKind.ENTITY):
        body = body[1:]
    if _quoted(body):
        body = body[1:-1]
    return _checked_leaf(Leaf(kind, body.strip(), written, at))


def _checked_leaf(leaf: Leaf) -> Leaf:
    """Return the term if it can be searched for, else raise QueryError."""
    kind, text, at = leaf.kind, leaf.text, leaf.position
    letters = sum(char.isalnum() for char in text)
    if kind is LeafKind.REGEX:
        try:
            compile_expression(text)
        except ValueError as error:
            raise QueryError(str(error), at) from error
    elif kind is LeafKind.PREFIX and letters < MIN_PREFIX:
        raise QueryError(f"a prefix needs {MIN_PREFIX} letters before its star: {text}* would match too much", at)
    elif letters == 0 and text and not text.strip(_OTHER_QUOTES):
        raise QueryError(other_quote(text), at)
    elif letters == 0:
        raise QueryError(f"{leaf.written!r} holds no letter and no digit: write a word", at)
    elif kind is not LeafKind.ENTITY and "*" in text:
        raise QueryError("a star stands at the end of a word that is a term of its own: missil*", at)
    return leaf


def _number(token: Token, most: int, what: str) -> int:
    digits = token.strip().split("/")[1]
    if len(digits) > len(str(most)) or not 1 <= int(digits) <= most:
        raise QueryError(f"{what} needs a number from 1 to {most}, not {digits[:12]}", token.start_pos or 0)
    return int(digits)


@v_args(inline=True)
class _Build(Transformer[Token, Node]):
    """Builder of the syntax tree, called by lark for each rule."""

    def leaf(self, token: Token) -> Node:
        return _leaf(token)

    def disjunction(self, *nodes: Node) -> Node:
        return nodes[0] if len(nodes) == 1 else Or(_flat(nodes, Or))

    def conjunction(self, *nodes: Node) -> Node:
        return nodes[0] if len(nodes) == 1 else And(_flat(nodes, And))

    def negation(self, node: Node) -> Node:
        return node.child if isinstance(node, Not) else Not(node)

    def near(self, left: Node, operator: Token, right: Node) -> Node:
        distance = _number(operator, MAX_DISTANCE, "NEAR/n")
        if not (is_mention(left) and surrounds(right)) and not (is_mention(right) and surrounds(left)):
            raise QueryError(
                "one side of NEAR must be a term, or terms joined by OR, and the other may add AND and NOT: "
                "write a NEAR/5 c AND b NEAR/5 c",
                operator.start_pos or 0,
            )
        return Near(left, right, distance, ordered=operator.startswith("O"))

    def within(self, left: Node, operator: Token, right: Node) -> Node:
        if holds_of_nothing(left) and holds_of_nothing(right):
            raise QueryError(
                f"one side of {operator} must be something to find: write a {operator} (NOT b)", operator.start_pos or 0
            )
        return Within(left, right, Unit(str(operator).lower()))

    def field(self, name: Token, node: Node) -> Node:
        return Field(str(name)[:-1], node)

    def atleast(self, operator: Token, node: Node) -> Node:
        if not is_mention(node):
            raise QueryError(
                "atleast counts mentions of a term, or of terms joined by OR: AND and NOT go outside it",
                operator.start_pos or 0,
            )
        return AtLeast(_number(operator, MAX_DISTANCE, "atleast/n"), node)


def _flat(nodes: tuple[Node, ...], kind: type[And | Or]) -> tuple[Node, ...]:
    """Flatten nested nodes of one kind: `a AND (b AND c)` is one AND of three."""
    return tuple(part for node in nodes for part in (node.children if isinstance(node, kind) else (node,)))


def _check(root: Node) -> None:
    """Refuse what cannot be evaluated or would be true of everything."""
    terms = 0
    stack: list[tuple[Node, int, str | None, bool]] = [(root, 1, None, False)]  # node, depth, field, beside others
    while stack:
        node, depth, inside, joined = stack.pop()
        if depth > 2 * MAX_DEPTH:
            raise QueryError(f"the query is more than {MAX_DEPTH} levels deep: simplify it")
        terms += isinstance(node, Leaf)
        if isinstance(node, Field):
            at = _first_position(node)
            if inside:
                raise QueryError(f"{node.name}: stands inside {inside}: use one field at a time", at)
            if joined and node.name in OUTER_FIELDS:
                raise QueryError(f"{node.name}: is not part of the text, so it has no neighbours: join it with AND", at)
            inside = node.name
        if isinstance(node, Within) and inside in OUTER_FIELDS:
            raise QueryError(f"{inside}: has no sentences and no paragraphs: use NEAR", _first_position(node))
        if isinstance(node, Near | Within):
            joined = True
        stack.extend((child, depth + 1, inside, joined) for child in children(node))
    if terms > MAX_TERMS:
        raise QueryError(f"the query has more than {MAX_TERMS} terms: split it over several watchlists")
    if holds_of_nothing(root):
        raise QueryError("the query is true of articles that mention none of its terms: add what it must find, x NOT y")


def _first_position(node: Node) -> int:
    while not isinstance(node, Leaf):
        node = children(node)[0]
    return node.position


@cache
def _parser() -> Any:
    return Lark(
        GRAMMAR,
        parser="lalr",
        lexer="basic",
        transformer=_Build(),
        lexer_callbacks=MISTAKES,
        propagate_positions=False,
        maybe_placeholders=False,
    )
