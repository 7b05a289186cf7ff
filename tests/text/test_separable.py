"""German and Dutch verbs whose particle stands apart, at the end of its clause; participles as adjectives."""

from __future__ import annotations

import pytest

from monitor.model import Article, Term, Watchlist
from monitor.text import forms
from monitor.text.normalise import key
from monitor.watch.catalogue import Catalogue
from monitor.watch.compile import compile_watchlists


def found(term: str, language: str, text: str) -> list[str]:
    matcher = compile_watchlists([Watchlist("w", keywords=(Term(term, language=language),))], Catalogue(()))
    article = Article(url=None, title="", text=text, source="", language=language)
    return [text[hit.start : hit.end] for verdict in matcher.match(article) for hit in verdict.hits]


@pytest.mark.parametrize(
    ("term", "language", "text", "wanted"),
    [
        ("angreifen", "de", "Russland greift die Ukraine erneut an.", ["greift"]),
        ("angreifen", "de", "Die Armee griff Kiew an und zog ab.", ["griff"]),
        ("angreifen", "de", "Russland greift an", ["greift"]),
        ("angreifen", "de", "Er greift ein, und sie kommt an.", []),
        ("angreifen", "de", "Er greift an der Tür nach dem Griff.", []),
        ("angreifen", "de", "Sie greifen zu. Sie kommen an.", []),
        ("angreifen", "de", "Sie greifen nach der Macht", []),
        ("abnehmen", "de", "Das Nehmen nahm ab.", ["nahm"]),
        ("abschießen", "de", "Die Flugabwehr schoss drei Drohnen ab.", ["schoss"]),
        ("abschießen", "de", "Es gelang, sie abzuschießen.", ["abzuschießen"]),
        ("festnehmen", "de", "Die Polizei nahm, so ein Sprecher, drei Männer fest.", ["nahm"]),
        ("aanvallen", "nl", "Rusland viel Kiev opnieuw aan.", ["viel"]),
        ("aanvallen", "nl", "Zij dreigen Kiev aan te vallen.", ["vallen"]),
        ("aanvallen", "nl", "Zij dreigen te vallen.", []),
        ("aanvallen", "nl", "Hij viel van de trap.", []),
        ("aanvallen", "nl", "De stad werd aangevallen.", ["aangevallen"]),
        ("Angreifen", "de", "Er greift ihn an.", []),
        ("angreifen", "de", "Die Armee griff gestern. Sie kommen an.", []),
    ],
)
def test_a_separable_verb_is_found_where_its_particle_ends_the_clause(
    term: str, language: str, text: str, wanted: list[str]
) -> None:
    assert found(term, language, text) == wanted


@pytest.mark.parametrize(
    ("language", "verb", "some"),
    [
        ("de", "angreifen", "angegriffene angegriffenen angreifende"),
        ("de", "töten", "getötete getöteten"),
        ("de", "schießen", "schießt geschossen"),
        ("fr", "tuer", "tué tués tuée tue"),
        ("fr", "attaquer", "attaque attaquée"),
        ("it", "uccidere", "uccisi uccisa"),
        ("pl", "zabić", "zabitych zabito zabity"),
    ],
)
def test_a_verb_has_its_participles_as_adjectives(language: str, verb: str, some: str) -> None:
    made = forms.expand(verb, language).forms
    assert [form for form in some.split() if key(form) not in made] == []


@pytest.mark.parametrize("form", ["загиблий", "загиблих", "загиблого", "загиблими"])
def test_a_ukrainian_participle_that_is_a_noun_is_its_verbs(form: str) -> None:
    assert form in forms.expand("загинути", "uk").forms
