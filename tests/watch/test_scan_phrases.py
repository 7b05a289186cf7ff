"""What may stand between the words of a phrase, and what may not follow it."""

from __future__ import annotations

import pytest
from doubles.surfaces import surfaces
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.tokens import joins_by

OWN = [
    ("Указ № 64", "Підписано Указ № 64 про це.", "Указ № 64"),
    ("Указ № 64", "згідно з указом №64", "указом №64"),
    ("Указ № 64", "по указу N 64", "указу N 64"),
    ("школа №1", "у школі № 1 та ліцеї", "школі № 1"),
    ("школа №1", "в школе №1", "школе №1"),
    ("резолюція 2397", "Раду просять про резолюцію №2397.", "резолюцію №2397"),
    ("резолюция 2397", "за резолюцией № 2397 проголосовали", "резолюцией № 2397"),
    ("Resolution 2397", "under Resolution No. 2397 of the council", "Resolution No. 2397"),
    ("resolution 2397", "Resolution #2397", "Resolution #2397"),
    ("결의 2397", "결의 № 2397", "결의 № 2397"),
    ("noc@x.com", "пишіть на noc@x.com сьогодні", "noc@x.com"),
    ("DH+Lib", "in DH+Lib this week", "DH+Lib"),
    ("AT&T", "AT&T said", "AT&T"),
    ("Fate/Grand Order", "the Fate/Grand Order fans", "Fate/Grand Order"),
    ("Seoul, Korea", "in Seoul, Korea, on Monday", "Seoul, Korea"),
    ("Київ; Львів", "Київ; Львів", "Київ; Львів"),
    ("Yahoo! Japan", "Yahoo! Japan said", "Yahoo! Japan"),
    ("북한, 이란", "북한, 이란의 회담", "북한, 이란"),
    ('"A = B"', "if A = B then", "A = B"),
    ("Gen. Staff", "the Gen. Staff said", "Gen. Staff"),
    ("one, two, three", "one, two, three", "one, two, three"),
]


@pytest.mark.parametrize(("term", "text", "surface"), OWN, ids=map(str, range(len(OWN))))
def test_a_terms_own_separator_joins(term: str, text: str, surface: str) -> None:
    assert surfaces(term, text) == [surface]


APART = [
    ("ballistic missile", "It was ballistic. Missile defence"),
    ("ballistic missile", "It was ballistic.” Missile defence"),
    ("ballistic missile", "ballistic, missile"),
    ("чорне море", "Небо було чорне. Море мовчало."),
    ("Чорне море", "Небо було чорне. Море мовчало."),
    ("белый дом", "Он белый. Дом стоит."),
    ("North Korea", "in the north, Korea said"),
    ("North Korea", "to the North. Korea said"),
    ("північна Корея", "на північ, північна, Корея"),
    ("북한 이란", "북한, 이란의 회담"),
    ("북한 이란", "북한. 이란의 회담"),
    ("one two three", "one, two three"),
    ("one two three", "one two. Three"),
    ("one two three four", "one. Two three four"),
    ("noc@x.com", "noc at x.com"),
    ("резолюція 2397", "резолюція № два"),
    ("Указ № 64", "Указ\n\n№ 64"),
    ("Seoul, Korea", "Seoul; Korea"),
    ("номер 5", "номер №№ 5"),
]


@pytest.mark.parametrize(("term", "text"), APART, ids=map(str, range(len(APART))))
def test_a_phrase_crosses_no_end_of_a_sentence_and_no_comma(term: str, text: str) -> None:
    assert surfaces(term, text) == []


TOGETHER = [
    ("St Petersburg", "in St. Petersburg today"),
    ("N Korea", "N. Korea said"),
    ("Dr Smith", "Dr. Smith said"),
    ("U.S. Army", "the U.S. Army said"),
    ("вулиця Банкова", "вулиця. банкова"),  # no sentence begins with a small letter
    ("ген Залужний", "ген. Залужний сказав"),
    ("ballistic missile", "ballistic\nmissile"),
    ("ballistic missile", "“ballistic” missile"),
    ("1 000", "у 1,000 разів"),
    ("Kim Jong Un", "Kim Jong-un"),
    ("one two three four", "one two (three) four"),
]


@pytest.mark.parametrize(("term", "text"), TOGETHER, ids=map(str, range(len(TOGETHER))))
def test_abbreviations_and_what_is_no_end_join(term: str, text: str) -> None:
    assert len(surfaces(term, text)) == 1


SIGNS = [
    ("C++", "written in C++.", True),
    ("C++", "vitamin C, and C+", False),
    ("C#", "written in C#", True),
    ("C#", "written in C and C++", False),
    ("C", "in C++ and C#", False),
    ("C", "vitamin C+", True),
    ("C", "in C, too", True),
    ("Disney+", "on Disney+ now", True),
    ("Disney+", "Disney said", False),
    ("Disney", "on Disney+ now", True),
    ("Notepad++", "Notepad++ 8", True),
    ("Notepad++", "Notepad", False),
]


@pytest.mark.parametrize(("term", "text", "found"), SIGNS, ids=map(str, range(len(SIGNS))))
def test_a_sign_that_is_written_on_belongs_to_the_term(term: str, text: str, found: bool) -> None:
    assert bool(surfaces(term, text)) == found


NAMES = [
    ("Park Jin", "Minister Park Jin-young said", False),
    ("Park Jin", "Minister Park Jin-Young said", False),
    ("Park Jin", "Minister Park Jin Hyuk said", False),
    ("Park Jin", "Minister Park Jin said", True),
    ("Park Jin", "Park Jin In Tokyo for Talks", True),
    ("Park Jin", "PARK JIN HO TO VISIT", True),  # capitals tell nothing
    ("Park Jin", "a Park Jin-led delegation", True),
    ("Park Jin", "Park Jin, Hyuk and others", True),
    ("Kim Jong", "Kim Jong Un said", False),
    ("Kim Jong Un", "the Kim Jong Un-Xi summit", True),
    ("Пак Чин", "Министр Пак Чин-ен заявил", False),
    ("Пак Чин", "Министр Пак Чин Ён заявил", False),
    ("Пак Чин", "Министр Пак Чин заявил", True),
    ("Пак Чин", "Міністр Пак Чин-йон заявив", False),
    ("Пак Чін", "Міністр Пак Чін-хьон заявив", False),
    ("Пак Чин", "Пак Чин-то прийшов", True),
    ("Пак Чин", "Пак Чин Він", True),
    ("Кім Чен", "Кім Чен Ин сказав", False),
    ("Лі Чже", "президент Лі Чже-мьон", False),
    ("Ким Ё", "сестра Ким Ё-чжон", False),
    ("Kim Yo", "Kim Yo-jong said", False),
    ("Аун Сан", "Аун Сан Су Чжи", True),  # no Korean family
    ("North Korea", "North Korea-Russia ties", True),
    ("Hong Kong", "Hong Kong-based", True),
]


@pytest.mark.parametrize(("term", "text", "found"), NAMES, ids=map(str, range(len(NAMES))))
def test_a_name_does_not_run_on(term: str, text: str, found: bool) -> None:
    assert bool(surfaces(term, text)) == found


@given(st.text("№@+#&/=~;!?.,: ", min_size=1, max_size=3))
def test_any_separator_of_a_term_joins_its_words(own: str) -> None:
    assert joins_by(own, own)
    assert surfaces(
        f'"rocket{own}launcher"' if not own.startswith("+") else f'"rocket {own}launcher"',
        f"a rocket{own}launcher here",
    )
