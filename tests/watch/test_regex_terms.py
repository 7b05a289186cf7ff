"""Regular expressions: what is refused when loaded, what runs, and that the clock stops the rest."""

from __future__ import annotations

import pytest
import regex

from monitor.model import Article, Term, Watchlist
from monitor.watch import article_matches, regex_terms
from monitor.watch.catalogue import Catalogue
from monitor.watch.compile import compile_watchlists
from monitor.watch.explain import explain
from monitor.watch.regex_terms import compile_expression, find

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
    "(a?){30}a{30}",
    "([a-zA-Z]+)*$",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"^(\w+[-.]?)+@",
    "((a{2,5}){2,5}){2,50}z",
    "(foo|foobar)+!",
    "(a.c|abc)*d",
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
    "pattern",
    [
        "(?:(?:a{1000}){1000}){10}",
        "(?:" * 42 + "a" + "){3}" * 42,
        r"(?:(?:\([\]a]{1000,}){1000})++{10}",
        "(?:(?:[]{1}]{1000}?){1000}){10,11}",
        "(?x)(?:(?:a {1000} ) {1000} ) {10}",
        "(?:(?:(a))){1000}(?:ab){1000}",
        "((((){1000}){1000}){1000})",
    ],
)
def test_what_the_engine_would_write_out_without_end_is_refused_before_it_does(
    pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(regex_terms, "regex", None)
    with pytest.raises(ValueError, match="written out"):
        compile_expression(pattern)


@pytest.mark.parametrize(
    "pattern", [r"a\{1000}{1,}b", "a.{0,1000}b.{0,1000}c", "[{1000}]{1000}", "(?:ab){1000}", "a{1000}b"]
)
def test_long_repetitions_are_taken(pattern: str) -> None:
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
        ("a)b", "not valid"),
        ("a{2}{3}", "not valid"),
        ("(?>a|b", "not valid"),
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
        (r"\bmissile\B", "missiles, missile", ["missile"]),
        (r"(?>ab|a)c\x41", "abcA", ["abcA"]),
        (r"\u0430\u0431+", "аббб", ["аббб"]),
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


def test_one_slow_expression_costs_no_other_watchlist_its_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    lists = [
        Watchlist("slow", keywords=(Term("/xx+y/"), Term("/xx+z/"))),
        Watchlist("query", query="/xx+y/ OR ракета"),
        Watchlist("other", keywords=(Term("/ракет\\w+/"), Term("ракета"))),
    ]
    matcher = compile_watchlists(lists, Catalogue([]))

    def stopped(pattern: regex.Pattern[str], text: str, *, slow: int = 0) -> list[tuple[int, int]]:
        if "xx" in pattern.pattern:
            raise TimeoutError
        return find(pattern, text, slow=slow)

    monkeypatch.setattr(article_matches, "find", stopped)
    explained = explain(Article(None, "", "Запустили ракети.", "s", "uk"), matcher)
    assert [(one.watchlist, one.matched, one.reason) for one in explained.verdicts] == [
        ("slow", False, "no term (/xx+y/, /xx+z/ took too long)"),
        ("query", True, "the query holds by ракета"),
        ("other", True, "2 of 2 terms"),
    ]
    assert [note.split(":")[0] for note in explained.notes] == ["/xx+y/", "/xx+z/"]


def test_an_expression_that_is_slow_in_an_address_is_told_and_the_others_are_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lists = [Watchlist("slow", query="url:/xx+y/ OR url:fort"), Watchlist("other", query=r"url:/ракет\w+/")]
    matcher = compile_watchlists(lists, Catalogue([]))

    def stopped(pattern: regex.Pattern[str], text: str, *, slow: int = 0) -> list[tuple[int, int]]:
        if "xx" in pattern.pattern and text.startswith("https:"):
            raise TimeoutError
        return find(pattern, text, slow=slow)

    monkeypatch.setattr(article_matches, "find", stopped)
    explained = explain(Article("https://a.example/fort/ракети", "", "Текст.", "s", "uk"), matcher)
    assert [(one.watchlist, one.matched) for one in explained.verdicts] == [("slow", True), ("other", True)]
    assert [note.split(":/")[0].split(" ")[0] for note in explained.notes] == ["/xx+y/:"]


def test_many_slow_expressions_get_less_time_each() -> None:
    given: list[float] = []

    class Pattern:
        """Keeps what time it is given."""

        def finditer(self, _text: str, *, timeout: float) -> list[regex.Match[str]]:
            given.append(timeout)
            return []

    for slow in range(5):
        find(Pattern(), "x" * 1000, slow=slow)  # type: ignore[arg-type]
    assert given == pytest.approx([0.051, 0.051, 0.051, 0.0051, 0.0051])


@pytest.mark.parametrize(("pattern", "what"), [("a)b", "bracket too many"), ("a{2}**", "repeats a repetition")])
def test_what_the_engine_would_refuse_is_refused_by_the_reader_too(pattern: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        regex_terms._RegexReader(pattern).read()


def test_the_upper_bound_of_a_repetition_has_a_limit_as_well() -> None:
    with pytest.raises(ValueError, match="more than 1000 times: lower the bound"):
        compile_expression("rocket{0,99999}s")
