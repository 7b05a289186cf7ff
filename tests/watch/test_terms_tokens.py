"""No form of a term is one that texts are never cut into: it would match nothing, in silence."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest
from doubles.forms import kept_forms
from doubles.yaml_cases import read_cases
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Article, EntitySpec, Name, Term, Watchlist
from monitor.text.forms import Kind, expand, families
from monitor.text.tokens import tokenise
from monitor.watch.catalogue import Catalogue, shipped
from monitor.watch.compile import compile_watchlists
from monitor.watch.index.terms import Builder
from monitor.watch.query.nodes import Leaf, LeafKind

LANGUAGES = sorted({language for family in families() for language in family.LANGUAGES})
# Words whose paradigm in the dictionary has forms with a hyphen.
COMPOUNDS = ["южнокорейский", "северокорейский", "авиакосмический", "автопроизводитель", "восточноевропейский",
             "североамериканский", "северокавказский", "приёмосдаточный"]  # fmt: skip


def never_found(keys: Iterable[str]) -> list[str]:
    """Return the keys that no text is cut into."""
    return [key for key in keys if tokenise(key).keys != key.split(" ")]


@pytest.mark.no_cover
def test_every_form_of_the_catalogue_can_be_found() -> None:
    catalogue = shipped()
    with kept_forms() as forms:
        builder = Builder(forms)
        for name in catalogue.ids():
            builder.keyword(Leaf(LeafKind.ENTITY, name, name), None, catalogue.entities[name])
    index = builder.finish().uses.lexicon.index
    assert len(index.whole) > 10_000
    for keys in (index.whole, index.hangul, index.han, index.stems):
        assert [key for key in keys if tokenise(key).keys != [key]] == []


@pytest.mark.parametrize("word", [*COMPOUNDS, "Украйна", "країна", "об'єкт", "Türkiye", "ICBM", "북한", "朝鲜"])
@pytest.mark.parametrize("language", [None, "bg"])
def test_every_form_of_a_word_can_be_found(word: str, language: str | None) -> None:
    for kind in Kind:
        assert never_found(expand(word, language, kind=kind).forms) == []


@cache
def table_words() -> list[tuple[str, str]]:
    tables = read_cases(Path(__file__).parents[1] / "text" / "tables.yaml")
    return [(language, word) for language, words in tables.items() for word in words]


@pytest.mark.no_cover
def test_every_form_of_the_learned_paradigms_can_be_found() -> None:
    assert len(table_words()) > 20
    for language, term in table_words():
        for word in tokenise(term).surfaces:
            for written in (word, word.capitalize()):
                assert never_found(expand(written, language).forms) == []


@given(
    st.sampled_from([None, *LANGUAGES]),
    st.sampled_from(list(Kind)),
    st.text("абвгґдеєёжзиіїйклмнопрстуфхцчшщъыьэюя'", min_size=1, max_size=12)
    | st.text("abcdefghijklmnopqrstuvwxyzßäöüåøæçéèñıİğşłżźćąęđšžčřůőű", min_size=1, max_size=12)
    | st.text(st.characters(categories=["L"]), min_size=1, max_size=8),
)
def test_every_form_of_any_word_can_be_found(language: str | None, kind: Kind, text: str) -> None:
    for word in tokenise(text).surfaces:
        for written in (word, word.capitalize(), word.upper()):
            for one in tokenise(written).surfaces:
                assert never_found(expand(one, language, kind=kind).forms) == []


@pytest.mark.parametrize("letter", ["\ufc5e", "\ufcf2", "\ufe71", "\uff9e", "\u037a"])
def test_a_mark_that_counts_as_a_letter_is_no_word(letter: str) -> None:
    """Unicode's compatibility letters of a mark alone: what is left of them is a space, or nothing."""
    for kind in Kind:
        assert never_found(expand(letter, kind=kind).forms) == []


# --------------------------------------------------------------------------- and is


def found(term: Term, text: str, catalogue: Catalogue | None = None, entity: str = "") -> list[str]:
    """Return the surfaces of the term's hits in `text`."""
    watchlist = Watchlist("w", keywords=() if entity else (term,), entities=(entity,) if entity else ())
    matcher = compile_watchlists([watchlist], catalogue or Catalogue([]))
    (verdict,) = matcher.match(Article(url=None, title="", text=text, source="A", language="ru"))
    return [hit.surface for hit in verdict.hits]


@pytest.mark.parametrize(
    ("term", "text", "hits"),
    [
        ("южнокорейский", "Визит южно-корейского министра", ["южно-корейского"]),
        ("южнокорейский", "Визит южнокорейского министра", ["южнокорейского"]),
        ("южнокорейский", "Южно-корейские суда", ["Южно-корейские"]),
        ("южнокорейский", "Корейские суда идут южно", []),
        ("южнокорейский президент", "К южно-корейскому президенту", ["южно-корейскому президенту"]),
        ("президент южнокорейский", "Президента южно-корейского ждут", ["Президента южно-корейского"]),
        ("Южнокорейский", "ЮЖНО-КОРЕЙСКИЙ ПРЕЗИДЕНТ ПРИБЫЛ", ["ЮЖНО-КОРЕЙСКИЙ"]),
        ("северокавказский", "В Северо-Кавказском округе", ["Северо-Кавказском"]),
        ("=южнокорейский", "Визит южно-корейского министра", []),
    ],
)
def test_a_form_with_a_hyphen_is_found(term: str, text: str, hits: list[str]) -> None:
    assert found(Term(term), text) == hits


def test_conditions_hold_for_a_form_with_a_hyphen() -> None:
    text = "Южно-корейские суда и южно-корейский флот, южнокорейский флаг"
    assert found(Term("южнокорейский", exact_case=True), text) == ["южнокорейский"]
    assert found(Term("южнокорейский", drop_forms=("южно-корейские",)), text) == ["южно-корейский", "южнокорейский"]
    assert found(Term("южнокорейский", except_=("флот",)), text) == [
        "Южно-корейские",
        "южно-корейский",
        "южнокорейский",
    ]
    spec = EntitySpec(id="Fleet", type="concept", names={"ru": (Name("южнокорейский", not_before=("и",)),)})
    assert found(Term(""), text, Catalogue([spec]), "Fleet") == ["Южно-корейские", "южнокорейский"]
