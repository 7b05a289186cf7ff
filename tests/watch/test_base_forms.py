"""Terms of languages learned from tables that are not in their base form."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from monitor.model import Term, Watchlist
from monitor.text.known_words import base_forms
from monitor.watch.base_forms import notes_on_terms, notes_on_watchlists
from monitor.watch.wording import TermNote

TABLE = {
    "sk": {
        "vojnou": "vojna",
        "Slovenska": "slovensko",
        "vlakov": "strom",
        "bol": "byť",
        "pán": "páni",
        "pána": "pán",
        "pánom": "pán",
        "vojnouu": "vojnou",
    },
    "nl": {"schepen": "schip"},
    "fr": {"visite": "visiter", "visites": "visite", "chevaux": "cheval"},
}


def look_up(words: Iterable[str], language: str) -> dict[str, str]:
    return {word: TABLE[language][word] for word in words if word in TABLE[language]}


def told(*terms: Term) -> list[str]:
    return [text for _, text in notes_on_terms(terms, look_up)]


def test_a_form_is_told_with_its_base_form() -> None:
    assert told(Term("vojnou", language="sk"), Term("schepen", language="nl")) == [
        "'vojnou' is not in its base form, so it is found in few forms: write 'vojna'",
        "'schepen' is not in its base form, so it is found in few forms: write 'schip'",
    ]
    assert told(Term("Slovenska", language="sk"))[0].endswith("write 'Slovensko'")


@pytest.mark.parametrize(
    "text",
    [
        "vojna",  # no form of another word
        "vlakov",  # of which the table says what the rules do not
        "bol",  # a function word
        "pán",  # the base form of others, whatever it is a form of as well
        "=vojnou",
        "vojno*",
        "VOJNOU",
        "vojnou proti",
        "/vojnou/",
        '"vojnou',  # no term: told where it is compiled
    ],
)
def test_of_other_terms_nothing_is_said(text: str) -> None:
    assert told(Term(text, language="sk")) == []


def test_a_noun_that_has_a_plural_at_most_is_a_base_form_by_that() -> None:
    (note,) = told(Term("visite", language="fr"), Term("chevaux", language="fr"))
    assert note.endswith("write 'cheval'")


def test_a_language_that_is_not_learned_from_tables_is_not_looked_up() -> None:
    assert told(Term("vojnou"), Term("war", language="en"), Term("rakéta", language="hu")) == []


def test_each_watchlist_with_the_term_has_the_note() -> None:
    term = Term("vojnou", language="sk")
    lists = [
        Watchlist("one", keywords=(term, Term("vojna", language="sk"))),
        Watchlist("two", keywords=(Term("x"),), exclude=(term,)),
    ]
    notes = list(notes_on_watchlists(lists, look_up))
    assert [(note.watchlist, note.term) for note in notes] == [("one", "vojnou"), ("two", "vojnou")]
    assert isinstance(notes[0], TermNote)
    assert notes[0].told("uk").startswith("one: vojnou: ")


def test_the_table_of_a_language_is_looked_up_as_written_first() -> None:
    found = base_forms(["Sloveniji", "vojno", "Vojno", "nič takega"], "sl")
    assert found == {"Sloveniji": "Slovenija", "vojno": "vojna", "Vojno": "vojna"}
