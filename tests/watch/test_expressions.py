"""Regular expressions: what is refused when loaded, what runs, and that the clock stops the rest."""

from __future__ import annotations

import pytest
import regex

from monitor.watch.expressions import compile_expression, find

DANGEROUS = [
    "(a+)+",
    "(a+)+$",
    "(a*)*b",
    "(a|aa)+$",
    "(a|a)*",
    r"(\w+\s?)+!",
    "([a-z]+)*x",
    "(x+x+)+y",
    "(.*)*",
    "(.*,){20}",
    "((ab)+c?)+",
    r"(\d|\w)+z",
    "(?:a?|b)+c",
    ".*.*.*.*.*=",
    "(a{1,50}){1,50}b",
]


@pytest.mark.parametrize("pattern", DANGEROUS)
def test_dangerous_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"may take|empty"):
        compile_expression(pattern)


@pytest.mark.parametrize("pattern", ["a*", "a?", "(a|b*)", r"\b", "^", "$", "(?=a)", "()", "a{0,3}", "x*|y"])
def test_empty_matching_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="empty text"):
        compile_expression(pattern)


@pytest.mark.parametrize(
    ("pattern", "what"),
    [
        ("(a", "not valid"),
        ("[a", "not valid"),
        ("a{5,2}", "not valid"),
        (r"(a)\1", "references"),
        ("(?P<n>a)(?P=n)", "kind of group"),
        ("a(?R)?", "kind of group"),
        ("(?i)a", "kind of group"),
        ("a{2000}", "more than 1000"),
        ("a" * 301, "longer than 300"),
        ("[a[b]]", "write"),
    ],
)
def test_other_bad_expressions_are_refused(pattern: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        compile_expression(pattern)


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"Hwasong-\d+", "The hwasong-18 and Hwasong-17", ["hwasong-18", "Hwasong-17"]),
        (r"[A-Z]{2,4}-\d+", "KN-25, kn-26", ["KN-25"]),  # all its letters are capitals
        (r"(?:\d{1,3},)+\d{3}", "1,234,567 t", ["1,234,567"]),
        (r"ракет\w*", "Ракетами і ракети", ["Ракетами", "ракети"]),
        (r"\p{Lu}\w+ін", "Путін сказав", ["Путін"]),
        (r"(?:foo|bar)+", "foobar", ["foobar"]),
        (r"(?<=the )missile(?! test)", "the missile, the missile test", ["missile"]),
        (r"a{2,}b", "aaab", ["aaab"]),
        (r"\d++km", "15km", ["15km"]),
        (r"[^\s\]]+@", "me@x", ["me@"]),
        (r"대륙간\s?탄도", "대륙간 탄도미사일", ["대륙간 탄도"]),
    ],
)
def test_good_expressions_find(pattern: str, text: str, found: list[str]) -> None:
    spans = find(compile_expression(pattern), text)
    assert [text[start:end] for start, end in spans] == found


def test_the_clock_stops_what_was_let_through() -> None:
    evil = regex.compile("(x+x+)+y")
    with pytest.raises(TimeoutError):
        find(evil, "x" * 5000)
