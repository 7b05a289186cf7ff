"""Acronyms in small letters, plurals of names, and lines without capitals."""

from __future__ import annotations

import pytest
from doubles.surfaces import surfaces as every_surface

from monitor.model import EntitySpec, Name
from monitor.text.forms import expand
from monitor.text.forms.base import Form
from monitor.watch.catalogue import Catalogue

CATALOGUE = Catalogue(
    [
        EntitySpec(
            "SAM-7",
            type="weapon",
            names={"en": (Name("SAM-7"), Name("Strela")), "uk": (Name("Іскандер"), Name("Герань"))},
        ),
        EntitySpec("Vaka", type="person", names={"en": (Name("Vaka"),)}),
        EntitySpec("Nura", type="organisation", names={"en": (Name("Nura"), Name("NURA"))}),
    ]
)


def surfaces(term: str, text: str, language: str = "") -> list[str]:
    return every_surface(term, text, catalogue=CATALOGUE, language=language)


MIXED = [
    ("БПЛА", "Збили 10 БпЛА та БПЛА.", ["БпЛА", "БПЛА"]),
    ("БПЛА", "збили бпла, Бпла? бПЛА", ["Бпла"]),
    ("NATO", "said Nato, NATO and nato", ["Nato", "NATO"]),
    ("НАТО", "у Нато, НАТО, нато; Ната", ["Нато", "НАТО"]),
    ("HIMARS", "Himars and HIMARS", ["Himars", "HIMARS"]),
    ("UNESCO", "Unesco said", ["Unesco"]),
    ("ЮНЕСКО", "в Юнеско", ["Юнеско"]),
    ("ХАМАС", "бойовики Хамасу та ХАМАСу", ["Хамасу", "ХАМАСу"]),
    ("ATACMS", "Atacms strike", ["Atacms"]),
    ("OPEC", "Opec cut output", ["Opec"]),
    ("MOD", "the MoD said", ["MoD"]),
    ("NURA", "Nura said", ["Nura"]),  # an entity with both
    ("SAM", "Sam said", []),  # a name
    ("AIDS", "Aids and aids", []),  # a word
    ("WHO", "Who said", []),
    ("US", "Us, uS", []),
    ("VAKA", "Vaka said", []),  # another entity
    ("МИР", "Мир вашему дому", []),
    ("CIA", "Cia", []),  # three letters stay in capitals
    ("ICBM", "Icbms, ICBMs", ["Icbms", "ICBMs"]),
    ("NATO summit", "the Nato summit", ["Nato summit"]),
    ("саміт НАТО", "на саміті Нато", ["саміті Нато"]),
]


@pytest.mark.parametrize(("term", "text", "found"), MIXED, ids=[f"{at}" for at in range(len(MIXED))])
def test_an_acronym_is_found_in_mixed_letters_where_that_is_no_other_word(
    term: str, text: str, found: list[str]
) -> None:
    assert surfaces(term, text) == found


HEADLINES = [
    ("СБ", "СБУ ПОВІДОМИЛА ПРО ПІДОЗРУ", []),
    ("УС", "УСІ НА МІСЦІ", []),
    ("ВС", "ВСУ ЗАЯВИЛИ ОБ УДАРЕ", []),
    ("ПАР", "ПАРОМ ЗАТОНУВ", []),
    ("ДТЕК", "У ДТЕКУ ЗМІНИЛИ ГОЛОВУ", ["ДТЕКУ"]),
    ("НАТО", "У НАТО ВІДПОВІЛИ", ["НАТО"]),
    ("ICBM", "NORTH KOREA TESTS ICBMS", ["ICBMS"]),
    ("AID", "THE AIDS CRISIS", []),
    ("US", "THE USS COLE ARRIVES", []),
    ("US", "THE US ARRIVES", ["US"]),
]


@pytest.mark.parametrize(("term", "text", "found"), HEADLINES, ids=[f"{at}" for at in range(len(HEADLINES))])
def test_in_capitals_an_ending_makes_no_other_acronym(term: str, text: str, found: list[str]) -> None:
    assert surfaces(term, text) == found


LINES = [
    ("Київ", "київ, крим, дрони", ["київ"]),
    ("Київ", "Знову київ і кий", []),
    ("Київ", "Вночі було чутно вибухи.\nу києві вибухи\nЗнову київ.", ["києві"]),
    ("Одеса", "одеса сьогодні", ["одеса"]),
    ("Путин", "путин сказал, сезон путин", []),  # 'путина' is a word
    ("Ігор", "олімпійських ігор", []),
    ("Рівне", "рівне місце", []),
    ("Харків", "над харковом шахеди", ["харковом"]),
    ("Захід", "захід сонця", []),
    ("Рада", "рада вас бачити", []),
    ("Роман", "роман року", []),
    ("Надія", "надія є", []),
    ("Кім", "поруч кім", []),
    ("US", "tell us who did it", []),
    ("WHO", "tell us who did it", []),
    ("NATO", "nato said", []),
    ("White House", "white house of ours", []),
    ("Bush", "bush fires", []),
    ("Blinken", "blinken arrives", ["blinken"]),
    ("북한", "북한은 침묵", ["북한"]),
]


@pytest.mark.parametrize(("term", "text", "found"), LINES, ids=[f"{at}" for at in range(len(LINES))])
def test_a_line_without_capitals_names_what_is_no_word(term: str, text: str, found: list[str]) -> None:
    assert surfaces(term, text) == found


PLURALS = [
    ("Houthi", "the Houthis fired", ["Houthis"]),
    ("Shahed", "ten Shaheds", ["Shaheds"]),
    ("Patriot", "Patriots arrived; patriots cheered", ["Patriots"]),
    ("iPhone", "new iPhones", ["iPhones"]),
    ("Strela", "two Strelas", ["Strelas"]),  # a weapon of the catalogue
    ("Vaka", "two Vakas", []),  # a person
    ("Peter", "the Peters said", []),
    ("Biden", "the Bidens said", []),
    ("Bush", "the Bushes", []),
    ("Кинджал", "Збили шість Кинджалів і «Кинджали».", ["Кинджалів", "Кинджали"]),
    ("Кинджал", "Кинджали продають. Шість кинджалів.", []),
    ("Іскандер", "Іскандерами били, два Іскандери", ["Іскандерами", "Іскандери"]),
    ("Герань", "летіли Герані", ["Герані"]),
    ("Циркон", "два Циркони", ["Циркони"]),
    ("Калибр", "пять Калибров", ["Калибров"]),
    ("Захід", "Заходи посилено.", []),
    ("Іван", "сказав Іванів", []),
    ("Роман", "сказал Романов", []),
    ("Вовк", "про Вовків", []),
]


@pytest.mark.parametrize(("term", "text", "found"), PLURALS, ids=[f"{at}" for at in range(len(PLURALS))])
def test_things_have_plurals_and_persons_none(term: str, text: str, found: list[str]) -> None:
    assert surfaces(term, text) == found


@pytest.mark.parametrize(
    ("word", "one"),
    [("arms", "arm"), ("forces", "force"), ("talks", "talk"), ("сили", "сила"), ("заходи", "захід"),
     ("учения", "учение"), ("силы", "сила")],
    ids=[f"{at}" for at in range(7)],
)  # fmt: skip
def test_a_plural_of_its_own_meaning_names_its_singular(word: str, one: str) -> None:
    made = expand(word)
    assert one not in made.forms
    assert any(f"add '{one}'" in warning for warning in made.warnings)


@pytest.mark.parametrize("word", ["missiles", "санкції", "ракеты", "news", "вибори", "goods"], ids=range(6))
def test_others_say_nothing_of_it(word: str) -> None:
    assert not any("plural only" in warning for warning in expand(word).warnings) or word == "goods"


def test_a_form_passes_by_its_letters() -> None:
    form = Form("acronym", upper=True, stem=4, mixed=True)
    assert [form.passes(one) for one in ("NATO", "Nato", "NaTO", "nATO", "nato", "NATo")] == [True] * 3 + [False] * 3
    assert not Form("acronym", upper=True).passes("Nato")
    assert Form("x", capital=True, hasty=True).passes("київ", lower_line=True)
    assert not Form("x", capital=True).passes("київ", lower_line=True)
