"""What hardly ever happens in the watch room, and must still be right when it does."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata

import pytest
from lark import Token, UnexpectedToken

from monitor.model import Article, Term, Watchlist, Zone
from monitor.text.forms import Form, FormSet, Kind, cjk
from monitor.watch import match
from monitor.watch.article_matches import Reading
from monitor.watch.catalogue import Catalogue, shipped
from monitor.watch.compile import CompileError, compile_watchlists
from monitor.watch.explain import show_forms
from monitor.watch.index import form_index, token_cache
from monitor.watch.query.evaluate import holds, mentions
from monitor.watch.query.grammar import explain
from monitor.watch.query.nodes import And, AtLeast, Leaf, LeafKind, Near, Not
from monitor.watch.query.parse import MAX_DEPTH, QueryError, _check

LONG = " ".join(["слово"] * 25)
LEAF = Leaf(LeafKind.WORD, "a", "a")


def read(text: str, query: str = "missile AND a") -> Reading:
    matcher = compile_watchlists([Watchlist("list", query=query)], Catalogue(()))
    return matcher.read(Article(url=None, title="", text=text, source="", language="en"))


def test_a_phrase_without_end_is_refused() -> None:
    with pytest.raises(CompileError, match="more than 24 words"):
        compile_watchlists([Watchlist("list", keywords=(Term(LONG),))], Catalogue(()))
    with pytest.raises(CompileError, match="more than 24 words"):
        show_forms(Term(LONG), shipped())


def test_a_form_without_letters_is_refused() -> None:
    with pytest.raises(CompileError, match="holds no letter"):
        compile_watchlists([Watchlist("list", keywords=(Term("Пак", add_forms=("—",)),))], Catalogue(()))


@pytest.mark.parametrize(
    ("query", "matched", "reason"),
    [
        ("atleast/3(missile OR bomb)", True, "the query holds by missile, bomb"),
        ("atleast/4(missile OR bomb)", False, "3 of 4 mentions of missile OR bomb"),
        ("atleast/2(body:missile)", True, "the query holds by missile"),
        ("(missile ONEAR/2 bomb) NEAR/3 depot", True, "the query holds by missile, bomb, depot"),
        ("depot NEAR/9 (fort OR (bomb AND missile))", True, "the query holds by depot, bomb, missile"),
        ("depot NEAR/9 (fort OR (bomb AND tank))", False, "not depot NEAR/9 (fort OR (bomb AND tank))"),
        ("tank OR (missile AND fort)", False, "no tank; no fort"),
    ],
)
def test_queries_of_queries(query: str, matched: bool, reason: str) -> None:
    matcher = compile_watchlists([Watchlist("list", query=query)], Catalogue(()))
    text = "A missile and a bomb lay in the depot. The missile was old."
    verdict = matcher.match(Article(url=None, title="", text=text, source="", language="en"))[0]
    assert (verdict.matched, verdict.reason) == (matched, reason)


def test_what_has_no_places_is_not_asked_for_them() -> None:
    view, zones = read("a missile"), frozenset[Zone]()
    with pytest.raises(TypeError, match="Not has no mentions"):
        mentions(Not(LEAF), view, zones)
    with pytest.raises(TypeError, match="AtLeast cannot stand beside"):
        holds(Near(LEAF, And((AtLeast(2, LEAF), LEAF)), 5), view, frozenset(Zone))


def test_a_query_of_any_depth_is_refused_not_followed() -> None:
    node: Leaf | Not = LEAF
    for _ in range(2 * MAX_DEPTH + 1):
        node = Not(node)
    with pytest.raises(QueryError, match="levels deep"):
        _check(node)


def test_an_error_that_the_grammar_has_no_words_for_names_its_place() -> None:
    unexpected: Callable[..., UnexpectedToken] = UnexpectedToken  # lark does not type it
    error = explain(unexpected(Token("WORD", "x", 3), set()), "a b x")
    assert "x is not expected here" in error.message


def test_forms_say_when_they_want_a_capital() -> None:
    notes = {form.form: form.condition for form in show_forms(Term("Захід"), shipped()).spellings[0].words[0]}
    assert notes["Заходу"].startswith("with a capital: else")
    assert notes["Заходи"] == "with a capital, alone between quotation marks"


def test_forms_say_where_they_are_other_words() -> None:
    (spelling,) = show_forms(Term("другий"), shipped()).spellings
    notes = {form.form: form.condition for form in spelling.words[0]}
    assert notes["друга"] == "not in ru texts: another word"
    assert notes["друге"] == "not in ru texts: another word; not in words such as по-…, …-таки"
    assert not notes["другій"]


def test_the_cache_keeps_the_conditions_of_forms() -> None:
    cache: dict[str, bytes] = {}
    for _ in "made", "kept":
        matcher = compile_watchlists([Watchlist("list", keywords=(Term("другий"),))], Catalogue([]), cache)
        texts = {"По-друге, друга є.": "uk", "По-друге, мы без друга.": "ru", "По-друге, друга нет.": "ru"}
        verdicts = [
            matcher.match(Article(None, "", text, source="", language=language))[0] for text, language in texts.items()
        ]
        assert [[hit.surface for hit in verdict.hits] for verdict in verdicts] == [["друга"], [], ["друга"]]


def test_each_word_of_a_phrase_shows_its_own_forms() -> None:
    (spelling,) = show_forms(Term("ballistic missile"), shipped()).spellings
    assert [[form.form for form in word] for word in spelling.words] == [["ballistic"], ["missile", "missiles"]]


def test_verdicts_of_many_sources_are_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(match, "_KEPT_BLANKS", 2)
    matcher = compile_watchlists([Watchlist("list", keywords=(Term("missile"),))], Catalogue(()))
    for number in range(6):
        article = Article(url=None, title="", text="Nothing.", source=f"Paper {number}", language="en")
        assert matcher.match(article)[0].reason == "no term"
    assert len(matcher._blank) <= 3


def test_what_words_are_for_is_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_cache, "_KEPT", 2)
    words = ("missile", "bomb", "tank", "fort", "depot")
    matcher = compile_watchlists([Watchlist("list", keywords=(*map(Term, words), Term("missile bomb")))], Catalogue(()))
    kept = matcher._terms.uses
    for _ in range(2):
        article = Article(
            url=None, title="", text="Missile bomb, tanks. Forts, depots. All is well.", source="", language="en"
        )
        assert [hit.term for hit in matcher.match(article)[0].hits] == ["missile", "missile bomb", *words[1:]]
        assert len(kept) <= 2


def test_a_term_in_two_watchlists_is_read_once_and_shown_in_both() -> None:
    lists = [Watchlist(name, keywords=(Term("missile"),)) for name in ("one", "two")]
    matcher = compile_watchlists(lists, Catalogue(()))
    one, two = matcher.match(Article(url=None, title="", text="A missile.", source="", language="en"))
    assert one.hits == two.hits
    assert one.hits[0].surface == "missile"


@pytest.mark.parametrize(
    ("term", "text", "surfaces"),
    [
        ("북한 이란", "북한 이란 회담", ["북한 이란"]),
        ("북한 이란", "북한, 이란의 회담", ["북한, 이란"]),
        ("북한 이란", "'북한'이란 무엇인가", []),  # 이란 is written on to the quotation: 'what is called'
        ("安东尼·布林肯", "安东尼·布林肯", ["安东尼·布林肯"]),
        ("安东尼·布林肯", "他说安东尼·布林肯。", ["安东尼·布林肯"]),
        ("安东尼·布林肯", "安东尼·布林肯说", ["安东尼·布林肯"]),
    ],
)
def test_phrases_without_spaces(term: str, text: str, surfaces: list[str]) -> None:
    matcher = compile_watchlists([Watchlist("list", keywords=(Term(term),))], Catalogue(()))
    (verdict,) = matcher.match(Article(url=None, title="", text=text, source="", language=""))
    assert [hit.surface for hit in verdict.hits] == surfaces


def test_a_word_written_in_several_ways_stands_right_in_its_run_in_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """No family gives two spellings yet; the scan knows a word by any number of them."""
    other = {"朝鲜": "朝鮮", "导弹": "導彈"}

    def expand(word: str, language: str | None = None, kind: Kind = Kind.AUTO) -> FormSet:
        return FormSet(word, {each: Form("cjk: part of a run", substring=True) for each in (word, other[word])})

    monkeypatch.setattr(cjk, "expand", expand)
    matcher = compile_watchlists([Watchlist("list", keywords=(Term("朝鲜·导弹"),))], Catalogue(()))
    text = "北朝鲜·导弹说。北朝鮮·導彈。朝鮮·导弹说。朝鲜人·导弹。"
    (verdict,) = matcher.match(Article(url=None, title="", text=text, source="", language=""))
    assert [hit.surface for hit in verdict.hits] == ["朝鲜·导弹", "朝鮮·導彈", "朝鮮·导弹"]


def test_the_names_of_the_watchlists_that_match_are_those_of_their_verdicts() -> None:
    lists = [
        Watchlist("all", keywords=(Term("missile"), Term("fort")), require="all"),
        Watchlist("one", keywords=(Term("missile"),)),
        Watchlist("without", query="missile NOT fort"),
        Watchlist("never", keywords=(Term("tank"),)),
    ]
    matcher = compile_watchlists(lists, Catalogue(()))
    for text, names in (("A missile.", ["one", "without"]), ("A missile, a fort.", ["all", "one"]), ("Nothing.", [])):
        reading = matcher.read(Article(url=None, title="", text=text, source="", language="en"))
        assert matcher.names(reading, matcher.touched(reading)) == names
        assert [one.watchlist for one in matcher.decide(reading) if one.matched] == names


def test_postings_of_nothing() -> None:
    assert form_index.several(None) == ()


def test_a_cached_term_with_a_form_too_few_is_made_anew() -> None:
    kept: dict[str, bytes] = {}
    lists = [Watchlist("list", keywords=(Term("missile"),))]
    compile_watchlists(lists, Catalogue(()), kept)
    (name, written) = next(iter(kept.items()))
    warnings, keys, made = written.decode().split("\n")
    kept[name] = "\n".join([warnings, f"{keys}\tmissileer", made]).encode()
    matcher = compile_watchlists(lists, Catalogue(()), kept)
    assert kept[name] == written
    assert matcher.match(Article(url=None, title="", text="missiles", source="", language="en"))[0].hits


def test_the_cache_knows_a_dictionary_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(package: str) -> str:
        raise metadata.PackageNotFoundError(package)

    complete = form_index.versions()
    form_index.versions.cache_clear()
    monkeypatch.setattr(metadata, "version", version)
    try:
        assert form_index.versions() != complete
    finally:
        form_index.versions.cache_clear()
