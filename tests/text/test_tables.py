"""Languages learned from tables, Turkish and Arabic."""

from __future__ import annotations

from pathlib import Path

import pytest
from doubles.yaml_cases import read_cases
from hypothesis import assume, given
from hypothesis import strategies as st

from monitor.model import Article, Term, Watchlist
from monitor.text import forms
from monitor.text.forms import Kind, cjk, tables
from monitor.text.forms.stopwords import stop_words
from monitor.text.normalise import key
from monitor.watch.catalogue import Catalogue
from monitor.watch.compile import compile_watchlists

CASES = read_cases(Path(__file__).with_name("tables.yaml"))


def matches(term: str, language: str, word: str) -> bool:
    form = forms.expand(term, language).forms.get(key(word))
    return form is not None and form.passes(word)


def cases(kind: str) -> list[tuple[str, str, str]]:
    return [(language, term, word) for language, terms in CASES.items() for term in terms for word in terms[term][kind]]


@pytest.mark.parametrize(("language", "term", "word"), cases("yes"))
def test_a_form_is_found(language: str, term: str, word: str) -> None:
    assert matches(term, language, word)


@pytest.mark.parametrize(("language", "term", "word"), cases("no"))
def test_another_word_is_not(language: str, term: str, word: str) -> None:
    assert not matches(term, language, word)


@pytest.mark.parametrize("language", tables.LANGUAGES)
def test_every_language_has_rules_and_cases(language: str) -> None:
    model = tables._model(language)
    assert model.names
    assert model.nouns
    assert model.verbs
    assert language in CASES


@pytest.mark.parametrize("language", tables.LANGUAGES)
def test_operations_cut_no_more_than_their_ending(language: str) -> None:
    model = tables._model(language)
    for rules in (model.names, model.nouns, model.verbs):
        for ending, operations in rules.items():
            assert all(int(operation[0]) <= max(len(ending), 1) for operation in operations), ending


@pytest.mark.parametrize("language", [*tables.LANGUAGES, "tr", "ar"])
@pytest.mark.parametrize("word", ["x", "Q", "zz", "Xyzzy", "qb", "Ł", "ä"])
def test_any_word_at_least_matches_itself(language: str, word: str) -> None:
    assert matches(word, language, word)


@pytest.mark.parametrize("language", tables.LANGUAGES)
def test_a_word_of_one_letter_keeps_it(language: str) -> None:
    """Czech and others cut an -a: nothing is left of 'a', and nothing is no form."""
    assert "" not in {form for word in "aoe" for form in forms.expand(word, language).forms}


@pytest.mark.parametrize("language", tables.LANGUAGES)
def test_no_word_has_forms_without_number(language: str) -> None:
    model = tables._model(language)
    rules = [found for part in (model.names, model.nouns, model.verbs) for found in part.values()]
    assert max(map(len, rules)) <= 120
    assert max(len(changes.split()) for changes in model.known_words.values()) <= 120


@pytest.mark.parametrize(
    ("word", "form", "kept"),
    [
        ("dům", "domu", True),
        ("pes", "psa", True),
        ("mar", "mares", True),
        ("mar", "mais", False),
        ("set", "se", False),
        ("ar", "a", False),
        ("ar", "ares", True),
        ("Ei", "ei", False),
        ("eau", "eaux", True),
    ],
)
def test_a_form_keeps_enough_of_its_word(word: str, form: str, kept: bool) -> None:
    assert tables.keeps_enough(word, form) is kept


@given(
    language=st.sampled_from(tables.LANGUAGES),
    word=st.text("abcdefgijklmnoprstuvyzäöüáéíóúñçłśćžšč", min_size=1, max_size=9),
)
def test_a_name_demands_its_capital_in_every_form(language: str, word: str) -> None:
    name = word.capitalize()
    made = forms.expand(name, language).forms
    assert key(name) in made
    assert all(form.capital or form.upper for form in made.values())


def test_a_name_is_found_without_its_capital_where_a_line_has_none() -> None:
    zelenski = forms.expand("Zełenski", "pl").forms["zełenskiego"]
    assert not zelenski.passes("zełenskiego")
    assert zelenski.passes("zełenskiego", lower_line=True)
    assert not forms.expand("Ware", "de").forms["waren"].passes("waren", lower_line=True)


def test_a_form_that_is_a_function_word_too_counts_inside_a_sentence_alone() -> None:
    assert forms.expand("Ware", "de").forms["waren"].inside
    assert not forms.expand("Ware", "de").forms["ware"].inside


@given(language=st.sampled_from(tables.LANGUAGES), word=st.text("abcdeiklmnorstu", min_size=1, max_size=7))
def test_a_function_word_is_a_form_of_an_unknown_word_in_no_language(language: str, word: str) -> None:
    assume(word not in tables._model(language).known_words)
    made = forms.expand(word, language).forms
    assert stop_words(language).isdisjoint(made.keys() - {word})


@pytest.mark.parametrize(
    ("language", "word"), [("fr", "une"), ("it", "della"), ("pt", "º"), ("cs", "který"), ("de", "und")]
)
def test_a_function_word_alone_is_not_looked_for_and_that_is_said(language: str, word: str) -> None:
    made = forms.expand(word, language)
    assert stop_words(language).isdisjoint(made.forms)
    assert f"write '={word}'" in made.warnings[0]
    assert key(word) in forms.expand(word, language, kind=Kind.EXACT).forms
    assert key(word) in forms.expand_phrase([word, "Roma"], language)[0].forms
    watch = Watchlist("all", keywords=(Term(word, language=language), Term("Roma", language=language)))
    article = Article(url=None, title="", text=f"{word} {word} Roma", source="", language=language)
    hits = [
        hit.surface for verdict in compile_watchlists([watch], Catalogue(())).match(article) for hit in verdict.hits
    ]
    assert hits == ["Roma"]


def test_a_name_that_looks_like_a_function_word_has_no_other_form_and_is_not_found_where_a_sentence_begins() -> None:
    assert list(forms.expand("La", "it").forms) == ["la"]
    watch = Watchlist("all", keywords=(Term("La", language="it"),))
    matcher = compile_watchlists([watch], Catalogue(()))

    def found(text: str) -> bool:
        article = Article(url=None, title="", text=text, source="", language="it")
        return any(verdict.hits for verdict in matcher.match(article))

    assert not found("La nave è partita.")
    assert not found("Ieri no. La nave è partita.")
    assert not found("Ieri la nave è partita.")
    assert found("Si chiama, La, e basta: a La Spezia.")


def test_a_verb_is_told_from_a_noun_by_its_ending_or_the_table() -> None:
    assert matches("bombardear", "es", "bombardearon")
    assert not matches("bazar", "es", "bazaron")
    assert matches("bazar", "es", "bazares")


@pytest.mark.parametrize(("language", "word"), [("ka", "რაკეტა"), ("hu", "rakéta"), ("be", "ракета"), ("hu", "Paks")])
def test_a_language_without_rules_matches_exactly_and_says_so(language: str, word: str) -> None:
    made = forms.expand(word, language)
    assert list(made.forms) == [key(word)]
    assert "exactly" in made.warnings[0]
    phrase = forms.expand_phrase([word, "42", word], language)
    assert [list(one.forms) for one in phrase] == [[key(word)], ["42"], [key(word)]]
    assert "exactly" in phrase[0].warnings[0]


def test_a_script_without_rules_matches_exactly_and_says_so() -> None:
    assert "script" in forms.expand("რაკეტა").warnings[0]


def test_an_acronym_of_a_language_without_rules_needs_its_capitals() -> None:
    assert matches("NATO", "hu", "NATO")
    assert not matches("NATO", "hu", "nato")


# --------------------------------------------------------------------------- Katakana


@pytest.mark.parametrize(
    ("term", "run", "found"),
    [
        ("タイ", "タイ首相", True),
        ("タイ", "在タイ大使館", True),
        ("タイ", "タイトル", False),
        ("マリ", "マリウポリ", False),
        ("ロシア", "プロシア", False),
        ("ロシア軍", "ロシア軍", True),
        ("対テロ", "対テロリスト", False),
        ("テロ対策", "サイバーテロ対策", False),
        ("ミサイル", "クルーズミサイル", True),
        ("ウクライナ", "ウクライナメディア", True),
        ("ジョージ", "ジョージア", False),
        ("アイス", "ライスアイスマン", False),
        ("イスラエ", "アイスラエル", False),
    ],
)
def test_a_katakana_term_has_an_edge(term: str, run: str, found: bool) -> None:
    assert cjk.accepts(term, run, run.find(term)) is found


PHRASES = [
    ("cs", "Bílý dům", "Bílého domu"),
    ("cs", "Bílý dům", "Bílém domě"),
    ("cs", "Spojené státy", "Spojených státech"),
    ("cs", "Severní Korea", "Severní Koreji"),
    ("cs", "balistická raketa", "balistických raket"),
    ("sk", "Spojené štáty", "Spojených štátov"),
    ("sk", "Európska únia", "Európskej únie"),
    ("sl", "Bela hiša", "Bele hiše"),
    ("sl", "Združene države", "Združenih držav"),
    ("pl", "Stany Zjednoczone", "Stanach Zjednoczonych"),
    ("pl", "Korea Północna", "Korei Północnej"),
    ("pl", "Unia Europejska", "Unii Europejskiej"),
    ("de", "Weißes Haus", "Weißen Haus"),
    ("de", "ballistische Rakete", "ballistischen Raketen"),
    ("de", "Vereinigte Staaten", "Vereinigten Staaten"),
    ("ro", "Statele Unite", "Statelor Unite"),
    ("ro", "rachetă balistică", "rachetelor balistice"),
    ("bg", "Съединени щати", "Съединените щати"),
    ("it", "missile balistico", "missili balistici"),
    ("es", "misil balístico", "misiles balísticos"),
    ("pt", "míssil balístico", "mísseis balísticos"),
    ("fr", "missile balistique", "missiles balistiques"),
    ("nl", "ballistische raket", "ballistische raketten"),
    ("sv", "ballistisk missil", "ballistiska missiler"),
]


@pytest.mark.parametrize(("language", "term", "surface"), PHRASES)
def test_the_words_of_a_phrase_agree(language: str, term: str, surface: str) -> None:
    made = forms.expand_phrase(term.split(), language)
    for one, word in zip(made, surface.split(), strict=True):
        form = one.forms.get(key(word))
        assert form is not None, word
        assert form.passes(word), word


def test_without_a_language_no_rules_apply() -> None:
    assert list(tables.expand("rakieta").forms) == ["rakieta"]


@pytest.mark.parametrize(
    ("language", "word", "some"),
    [
        ("pl", "broń", "broni bronią"),
        ("pl", "dron", "drona dronie dronami"),
        ("sv", "fånge", "fången fångar fångarna"),
        ("de", "Gefangener", "Gefangene Gefangenen"),
        ("de", "Gefangene", "Gefangener Gefangenen"),
        ("de", "Angeklagter", "Angeklagten Angeklagtem"),
        ("bg", "избори", "изборите"),
        ("bg", "взрив", "взривовете"),
        ("bg", "пленник", "пленниците"),
    ],
)
def test_words_of_the_news_have_the_forms_that_tables_miss(language: str, word: str, some: str) -> None:
    made = forms.expand(word, language).forms
    assert [form for form in some.split() if key(form) not in made] == []


def test_a_german_noun_in_er_is_no_adjective() -> None:
    assert "lehre" not in forms.expand("Lehrer", "de").forms
