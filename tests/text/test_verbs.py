"""Verbs of the languages learned from tables: participles, pronouns written on, negation, forms that are other words."""

from __future__ import annotations

import pytest

from monitor.text import forms
from monitor.text.forms._verbs import forms_of_verb, looks_like_verb
from monitor.text.normalise import key


@pytest.mark.parametrize(
    ("language", "verb", "some"),
    [
        ("bg", "убия", "убит убита убити убитият убитите убиха убил"),
        ("bg", "атакувам", "атакува атакуват атакуван атакувани"),
        ("bg", "изстрелям", "изстрелян изстреляни изстреляната"),
        ("bg", "работя", "работи работят"),
        ("cs", "zatknout", "zatčen zatčený zatčených zatčeného nezatkl nezatčený"),
        ("cs", "zasáhnout", "zasažen zasažené zasažených"),
        ("cs", "útočit", "útočící útočícího"),
        ("cs", "arestovat", "arestovaný arestovaných"),
        ("de", "verhaften", "verhafteter verhaftetem"),
        ("es", "morir", "muerto muerta muertos muertas"),
        ("es", "detener", "detenido detenidos detenerlo deteniéndolos"),
        ("es", "atacar", "atacarlos atacándola atacárselo"),
        ("es", "elegir", "elegido elegida"),
        ("fr", "frapper", "frappe frappé frappées"),
        ("fr", "abattre", "abattus abattues"),
        ("fr", "mourir", "mort morts mortes"),
        ("fr", "prendre", "pris prise prises"),
        ("it", "distruggere", "distrutto distrutta distrutti"),
        ("it", "uccidere", "uccisi uccise ucciderlo uccidendoli"),
        ("it", "porre", "posto porlo"),
        ("nl", "lanceren", "gelanceerde"),
        ("nl", "aanvallen", "aangevallene"),
        ("pl", "zaatakować", "zaatakowani zaatakowawszy"),
        ("pl", "wybuchnąć", "wybuchła wybuchnie"),
        ("pt", "atacar", "atacada atacados"),
        ("pt", "prender", "preso presas prendê"),
        ("pt", "destruir", "destruída destruídos"),
        ("ro", "ataca", "atacată atacați atacate"),
        ("ro", "ucide", "ucisă uciși"),
        ("ro", "umple", "umplut umplute"),
        ("sk", "odpáliť", "odpálený odpálených"),
        ("sk", "zabiť", "zabitý zabitých nezabil"),
        ("sl", "napasti", "napaden napadenih napadejo"),
        ("sl", "izstreliti", "izstreljen izstreljenih"),
        ("sl", "voditi", "vodil vodi vodijo"),
        ("sv", "skjuta", "sköts"),
        ("sv", "gripa", "greps gripen"),
    ],
)
def test_a_verb_has_the_forms_that_tables_leave_out(language: str, verb: str, some: str) -> None:
    made = forms.expand(verb, language).forms
    assert [form for form in some.split() if key(form) not in made] == []


@pytest.mark.parametrize(
    ("language", "verb", "other"),
    [
        ("es", "partir", "partido"),  # a party
        ("it", "morire", "morte"),  # death
        ("fr", "placer", "place"),
        ("ro", "ucide", "ucisul"),
        ("cs", "zatknout", "zatčení"),  # an arrest
        ("cs", "zatknout", "zatýkata"),  # of the infinitive of the other aspect
    ],
)
def test_a_verb_has_no_form_that_is_nearly_always_a_noun(language: str, verb: str, other: str) -> None:
    assert key(other) not in forms.expand(verb, language).forms


def test_a_noun_has_no_forms_of_verbs() -> None:
    assert "marado" not in forms.expand("mar", "pt").forms
    assert "nevojna" not in forms.expand("vojna", "sk").forms


@pytest.mark.parametrize(
    ("language", "noun", "some", "others"),
    [
        ("bg", "мина", "мини мината мините", "минала миналата миналото минава"),
        ("cs", "stát", "státu státy státech", "stojí stalo nestojí stal stane"),
        ("cs", "převrat", "převratu převraty převratů", "převral"),
        ("cs", "minomet", "minometu minomety minometech", "minomel"),
        ("es", "líder", "líderes", "lídiendo"),
        ("sk", "smrť", "smrti smrťou", "smrli"),
        ("sv", "olja", "oljan oljans", "oljade"),
        ("es", "mar", "mares", "marte marías marla"),
        ("fr", "danger", "dangers", "dange dangeons"),
        ("it", "potere", "poteri", "potendo possano"),
        ("pt", "militar", "militares", "milita militado"),
    ],
)
def test_a_noun_that_looks_like_a_verb_has_its_own_forms_alone(
    language: str, noun: str, some: str, others: str
) -> None:
    made = forms.expand(noun, language).forms
    assert [form for form in some.split() if key(form) not in made] == []
    assert [form for form in others.split() if key(form) in made] == []
    assert "nestojí" not in forms.expand("Stát", "cs").forms


def test_a_verb_shows_itself_by_its_ending_by_a_form_or_in_the_list() -> None:
    assert looks_like_verb("elegir", "es", ())
    assert looks_like_verb("frapper", "fr", ("frappons",))
    assert looks_like_verb("umple", "ro", ())
    assert not looks_like_verb("bazar", "es", ("bazares",))
    assert not looks_like_verb("raketa", "cs", ("rakety",))


def test_a_negated_verb_is_not_negated_again_and_a_word_of_two_letters_has_no_participle() -> None:
    assert not any(form.startswith("nene") for form in forms_of_verb("nenávidieť", "sk", ["nenávidí"]))
    assert forms_of_verb("ir", "fr", ()) == []
    assert forms_of_verb("xyz", "pt", ("xyz",)) == []
