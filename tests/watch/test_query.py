"""The query language: every form of the table, precedence, and errors with a place and a remedy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.watch.query.nodes import And, AtLeast, Field, Leaf, LeafKind, Near, Node, Not, Or, Unit, Within, write
from monitor.watch.query.parse import MAX_DEPTH, QueryError, parse_query, parse_term


def word(text: str) -> Leaf:
    return Leaf(LeafKind.WORD, text)


A, B, C, D = map(word, "abcd")

QUERIES: list[tuple[str, Node]] = [
    ("ракета", word("ракета")),
    ('"балістична ракета"', Leaf(LeafKind.PHRASE, "балістична ракета")),
    ("«балістична ракета»", Leaf(LeafKind.PHRASE, "балістична ракета")),
    ("“ballistic missile”", Leaf(LeafKind.PHRASE, "ballistic missile")),
    ("„балістична ракета“", Leaf(LeafKind.PHRASE, "балістична ракета")),
    ("=ракета", Leaf(LeafKind.EXACT, "ракета")),
    ('="North Korea"', Leaf(LeafKind.EXACT, "North Korea")),
    ("missil*", Leaf(LeafKind.PREFIX, "missil")),
    ("@DPRK", Leaf(LeafKind.ENTITY, "DPRK")),
    ('@"North Korea"', Leaf(LeafKind.ENTITY, "North Korea")),
    ("@Kim-Jong-Un", Leaf(LeafKind.ENTITY, "Kim-Jong-Un")),
    (r"/Hwasong-\d+/", Leaf(LeafKind.REGEX, r"Hwasong-\d+")),
    (r"/km\/h/", Leaf(LeafKind.REGEX, r"km\/h")),
    ("Hwasong-18", word("Hwasong-18")),
    ("об'єкт", word("об'єкт")),
    ("U.S.", word("U.S.")),
    ("24/7", word("24/7")),
    ("ANDROID", word("ANDROID")),
    ("NOTE", word("NOTE")),
    ("a AND b", And((A, B))),
    ("a & b", And((A, B))),
    ("a&b", And((A, B))),
    ("a b c", And((A, B, C))),
    ("a OR b", Or((A, B))),
    ("a | b", Or((A, B))),
    ("a NOT b", And((A, Not(B)))),
    ("a -b", And((A, Not(B)))),
    ("a AND NOT b", And((A, Not(B)))),
    ("a NOT NOT b", And((A, B))),
    ("a OR b AND c", Or((A, And((B, C))))),
    ("a OR b c", Or((A, And((B, C))))),
    ("(a OR b) c", And((Or((A, B)), C))),
    ("a AND NOT b OR c", Or((And((A, Not(B))), C))),
    ("(a AND b) AND c", And((A, B, C))),
    ("a AND(b)", And((A, B))),
    ("NOT(b) a", And((Not(B), A))),
    ("a NEAR/5 b", Near(A, B, 5)),
    ("a ONEAR/5 b", Near(A, B, 5, ordered=True)),
    ("a NEAR/5 b c", And((Near(A, B, 5), C))),
    ("a NOT b NEAR/5 c", And((A, Not(Near(B, C, 5))))),
    ("a NEAR/2 b NEAR/3 c", Near(Near(A, B, 2), C, 3)),
    ("(a OR b) NEAR/2 c", Near(Or((A, B)), C, 2)),
    ("(a AND b) NEAR/2 c", Near(And((A, B)), C, 2)),
    ("a NEAR/2 (NOT b)", Near(A, Not(B), 2)),
    ("a SENTENCE b", Within(A, B, Unit.SENTENCE)),
    ("a PARAGRAPH b", Within(A, B, Unit.PARAGRAPH)),
    ("a SENTENCE (NOT b)", Within(A, Not(B), Unit.SENTENCE)),
    ("title:a", Field("title", A)),
    ("background:(a OR b)", Field("background", Or((A, B)))),
    ('author:"Іван Франко"', Field("author", Leaf(LeafKind.PHRASE, "Іван Франко"))),
    ("url:sport a", And((Field("url", word("sport")), A))),
    ("atleast/3(a)", AtLeast(3, A)),
    ("atleast/3 (a OR b)", AtLeast(3, Or((A, B)))),
    (
        '@DPRK AND (artillery NEAR/8 Russia OR "снаряди для Росії") NOT title:футбол',
        And(
            (
                Leaf(LeafKind.ENTITY, "DPRK"),
                Or((Near(word("artillery"), word("Russia"), 8), Leaf(LeafKind.PHRASE, "снаряди для Росії"))),
                Not(Field("title", word("футбол"))),
            )
        ),
    ),
]


@pytest.mark.parametrize(("text", "tree"), QUERIES, ids=[text for text, _ in QUERIES])
def test_query_is_read(text: str, tree: Node) -> None:
    assert parse_query(text) == tree


@pytest.mark.parametrize(("text", "tree"), QUERIES, ids=[text for text, _ in QUERIES])
def test_written_query_reads_the_same(text: str, tree: Node) -> None:
    assert parse_query(write(parse_query(text))) == tree


BAD: list[tuple[str, int, str]] = [
    ("", 0, "empty"),
    ("   ", 0, "empty"),
    ("NOT a", 0, "add what it must find"),
    ("-a", 0, "add what it must find"),
    ("a OR NOT b", 0, "add what it must find"),
    ("(NOT a) SENTENCE (NOT b)", 8, "something to find"),
    ("a AND ((NOT a) PARAGRAPH (NOT b))", 15, "something to find"),
    ("a NEAR b", 2, "NEAR/5"),
    ("a NEAR /5 b", 2, "NEAR/5"),
    ("a ONEAR b", 2, "ONEAR/5"),
    ("a NEAR/ b", 2, "NEAR/5"),
    ("a NEAR/0 b", 2, "from 1 to"),
    ("a NEAR/9999999999999999999999 b", 2, "from 1 to"),
    ("a near/5 b", 2, "NEAR/5"),
    ("a and b", 2, "AND"),
    ("a or b", 2, "OR"),
    ("a Not b", 2, "NOT"),
    ("a sentence b", 2, "SENTENCE"),
    ('a "b', 2, "not closed"),
    ("”a b” OR c", 0, "” opens no phrase here: write straight quotes"),
    ("c OR »a b«", 5, "» opens no phrase here"),
    ("‘(a OR b) NOT c’", 0, "‘ opens no phrase here"),
    ("(a OR b)'", 8, "' opens no phrase here"),
    ('a b"', 2, "quotes"),
    ("a «b", 2, "»"),
    ("(a", 0, "add )"),
    ("a (b (c)", 2, "add )"),
    ("a)", 1, "opening"),
    ("()", 1, "missing"),
    ("a AND", 5, "missing"),
    ("AND a", 0, "left"),
    ("a OR OR b", 5, "left"),
    ("a NEAR/5", 8, "missing"),
    ("a NEAR/5 NOT b", 9, "brackets"),
    ("tytle:a", 0, "title:"),
    ("Title:a", 0, "title:"),
    ("foo:a", 0, "title:, lead:"),
    ("title: a", 0, "without a space"),
    ("title:lead:a", 11, "one field at a time"),
    ("url:a NEAR/5 b", 4, "AND"),
    ("url:(a SENTENCE b)", 5, "NEAR"),
    ("ab*", 0, "3 letters"),
    ("*", 0, "end of a word"),
    ("mis*le", 0, "end of a word"),
    ('"mis* le"', 0, "end of a word"),
    ('""', 0, "no letter"),
    ("...", 0, "no letter"),
    ("=", 0, "right after it"),
    ("@ DPRK", 0, "right after it"),
    ("/abc", 0, "two slashes"),
    ("/(a+)+/", 0, "exponential"),
    ("/a*/", 0, "empty"),
    ("/a(/", 0, "not valid"),
    ("atleast(a)", 0, "atleast/3(missile)"),
    ("atleast/x(a)", 0, "atleast/3(missile)"),
    ("atleast/3(a AND b)", 0, "outside"),
    ("atleast/0(a)", 0, "from 1 to"),
    ("(a AND b) NEAR/2 (c AND d)", 10, "one side"),
    ("(a SENTENCE b) NEAR/2 c", 15, "one side"),
    ("(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1), MAX_DEPTH, "simplify"),
    ("a " * 6000, 0, "split"),
    ("a " * 1001, 0, "more than 1000 terms"),
]


@pytest.mark.parametrize(("text", "position", "remedy"), BAD, ids=[text[:40] or "empty" for text, _, _ in BAD])
def test_bad_query_says_where_and_what_would_be_right(text: str, position: int, remedy: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_query(text)
    assert remedy in caught.value.message
    assert caught.value.position == position


def test_position_counts_over_lines() -> None:
    with pytest.raises(QueryError) as caught:
        parse_query("missile\nAND rocket\nand shell")
    assert caught.value.position == len("missile\nAND rocket\n")


@pytest.mark.parametrize("depth", [2, MAX_DEPTH])
def test_deep_queries_are_read(depth: int) -> None:
    assert parse_query("(" * depth + "a" + ")" * depth) == A


def test_a_chain_of_fields_and_nots_cannot_exhaust_the_stack() -> None:
    with pytest.raises(QueryError):
        parse_query("title:" * 1600 + "a")
    assert parse_query("a " + "NOT " * 2000 + "b") == And((A, B))


TERMS = [
    ("ракета", LeafKind.WORD, "ракета"),
    ("  ракета ", LeafKind.WORD, "ракета"),
    ("балістична ракета", LeafKind.PHRASE, "балістична ракета"),
    ('"балістична ракета"', LeafKind.PHRASE, "балістична ракета"),
    ("=ракета", LeafKind.EXACT, "ракета"),
    ("=North Korea", LeafKind.EXACT, "North Korea"),
    ('="North Korea"', LeafKind.EXACT, "North Korea"),
    ("missil*", LeafKind.PREFIX, "missil"),
    ("@DPRK", LeafKind.ENTITY, "DPRK"),
    ("@North Korea", LeafKind.ENTITY, "North Korea"),
    (r"/Hwasong-\d+/", LeafKind.REGEX, r"Hwasong-\d+"),
    ("/a b/", LeafKind.REGEX, "a b"),
    ("AT&T", LeafKind.WORD, "AT&T"),
    ("Ка-52", LeafKind.WORD, "Ка-52"),
    ("U.S.", LeafKind.WORD, "U.S."),
    ("war and peace", LeafKind.PHRASE, "war and peace"),
    ("10:30", LeafKind.WORD, "10:30"),
]


@pytest.mark.parametrize(("text", "kind", "body"), TERMS, ids=[text for text, _, _ in TERMS])
def test_keyword_is_read(text: str, kind: LeafKind, body: str) -> None:
    leaf = parse_term(text)
    assert (leaf.kind, leaf.text, leaf.written) == (kind, body, text)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("", "write a word"),
        ("a AND b", "query:"),
        ("a NEAR/5 b", "query:"),
        ("title:a", "query:"),
        ("-a", "exclude:"),
        ('"a', "not closed"),
        ("「」", "「」 opens no phrase here"),
        ('war "peace', "not closed"),
        ('"a" b', "query:"),
        ("ab*", "3 letters"),
        ("miss* fire", "end of a word"),
        ("/a", "end it with /"),
        ("/a*/", "empty"),
        ("—", "no letter"),
    ],
)
def test_bad_keyword_says_what_would_be_right(text: str, remedy: str) -> None:
    with pytest.raises(QueryError) as caught:
        parse_term(text)
    assert remedy in caught.value.message


@given(st.text(alphabet='ab ()"&|-:*=@/ANDORNT/5«»\\+', max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        tree = parse_query(text)
    except QueryError as error:
        position = error.position
    else:
        position = 0
        assert parse_query(write(tree)) == tree
    assert 0 <= position <= len(text)


@pytest.mark.parametrize("opened", ["a NOT (", "a OR b NOT ("])
def test_a_query_that_is_too_deep_for_evaluation_is_refused(opened: str) -> None:
    with pytest.raises(QueryError, match="levels deep"):
        parse_query(opened * MAX_DEPTH + "a" + ")" * MAX_DEPTH)
