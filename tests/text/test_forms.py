"""Every form of every term, and nothing else: the cases of uk.yaml, ru.yaml and en.yaml."""

from __future__ import annotations

from pathlib import Path

import pytest
from doubles.yaml_cases import read_cases

from monitor.text import forms
from monitor.text.forms import Form, FormSet, Kind, cyrillic_lexicon, families
from monitor.text.tokens import TokenList, tokenise

HERE = Path(__file__).parent
CASES = {code: read_cases(HERE / f"{code}.yaml") for code in ("uk", "ru", "en")}


def pairs(answer: str) -> list[tuple[str, str]]:
    return [(term, text) for cases in CASES.values() for term, both in cases.items() for text in both[answer]]


def expansion(term: str, language: str | None = None) -> list[FormSet]:
    return forms.expand_phrase(tokenise(term).surfaces, language)


def begins(tokens: TokenList, at: int, words: list[FormSet]) -> bool:
    if at + len(words) > len(tokens) or not all(tokens.joins[at + 1 : at + len(words)]):
        return False
    return all(
        (form := word.forms.get(tokens.keys[at + i])) is not None
        and not form.quoted
        and form.passes(tokens.surfaces[at + i], caps_line=bool(tokens.caps_line[at + i]))
        for i, word in enumerate(words)
    )


def found(term: str, text: str, language: str | None = None) -> bool:
    words, tokens = expansion(term, language), tokenise(text)
    return any(begins(tokens, at, words) for at in range(len(tokens)))


@pytest.mark.parametrize(("term", "text"), pairs("yes"))
def test_a_form_is_found(term: str, text: str) -> None:
    assert found(term, text)


@pytest.mark.parametrize(("term", "text"), pairs("no"))
def test_another_word_is_not(term: str, text: str) -> None:
    assert not found(term, text)


@pytest.mark.parametrize(
    ("term", "form", "rule"),
    [
        ("Блінкен", "блінкену", "dictionary: noun, dative singular"),
        ("Блинкен", "блинкеном", "paradigm: name, masculine hard"),
        ("ракета", "ракетами", "dictionary: noun, instrumental plural"),
        ("обстреливать", "обстреливал", "dictionary: verb, past"),
        ("НАК", "наку", "acronym: ending"),
        ("ICBM", "icbms", "acronym: plural"),
        ("missile", "missiles", "english noun: plural"),
        ("missile", "missile", "exact"),
    ],
)
def test_the_rule_that_made_a_form(term: str, form: str, rule: str) -> None:
    assert forms.expand(term).forms[form].rule == rule


@pytest.mark.parametrize(
    ("term", "language", "form", "expected"),
    [
        ("Лавров", "uk", "лавровим", True),
        ("Лавров", "uk", "лавровым", False),
        ("Лавров", "ru", "лавровым", True),
        ("Лавров", None, "лавровым", True),
        ("Лавров", None, "лавровим", True),
        ("Київ", "en", "києва", True),
        ("Blinken", "uk", "blinken", True),
        ("пан", "uk", "пане", True),  # of 'пана' it is a vocative as well
        ("дія", "uk", "діє", False),
    ],
)
def test_the_language_limits_the_forms(term: str, language: str | None, form: str, expected: bool) -> None:
    assert (form in forms.expand(term, language).forms) is expected


@pytest.mark.parametrize(
    ("kind", "form", "expected"),
    [
        (Kind.SURNAME, "блисков", False),
        (Kind.SURNAME, "блискам", False),
        (Kind.PLACE, "блисках", True),
        (Kind.EXACT, "блискам", False),
        (Kind.AUTO, "блиски", True),
    ],
)
def test_the_kind_limits_the_paradigms(kind: Kind, form: str, expected: bool) -> None:
    assert (form in forms.expand("Блиски", "ru", kind=kind).forms) is expected


@pytest.mark.parametrize(
    ("noun", "plurals"),
    [
        ("bureau", {"bureaux", "bureaus"}),
        ("crisis", {"crises"}),
        ("axis", {"axes"}),
        ("epiphenomenon", {"epiphenomena"}),
    ],
)
def test_classical_plurals(noun: str, plurals: set[str]) -> None:
    assert forms.expand(noun, "en").forms.keys() == {noun, *plurals}


def test_the_plural_of_a_given_name_is_no_surname() -> None:
    kasym = forms.expand("Касым", "ru").forms
    assert {"касым", "касыма", "касымы", "касымам"} <= kasym.keys()
    assert "касымов" not in kasym


@pytest.mark.parametrize(
    ("name", "language", "plural"),
    [("Искандер", "ru", "искандерами"), ("Кинджал", "uk", "кинджалів"), ("Kestrel", "en", "kestrels")],
)
def test_a_product_has_a_plural(name: str, language: str, plural: str) -> None:
    assert plural in forms.expand(name, language, kind=Kind.PRODUCT).forms
    alone = forms.expand(name, language).forms.get(plural)
    assert alone is None or alone.quoted


@pytest.mark.parametrize(
    ("name", "language", "forms_in_quotes"),
    [
        ("Кинджал", "uk", {"кинджалами", "кинджалів"}),
        ("Іскандер", "uk", {"іскандерами"}),
        ("Искандер", "ru", {"искандеры"}),
        ("Суми", "uk", set()),
        ("Москва", "ru", set()),
        ("кинджал", "uk", set()),
    ],
)
def test_between_quotation_marks_a_name_has_a_plural(name: str, language: str, forms_in_quotes: set[str]) -> None:
    flags = [one.quoted for one in forms.expand(name, language).forms.values()]
    assert flags == sorted(flags)  # they are shown last
    quoted = {form for form, one in forms.expand(name, language).forms.items() if one.quoted}
    assert quoted >= forms_in_quotes
    assert bool(quoted) is bool(forms_in_quotes)
    assert not {"иванов", "петров"} & {*forms.expand("Иван").forms, *forms.expand("Пётр").forms}


def test_a_name_in_small_letters_may_be_declared_one() -> None:
    assert "мейн" in forms.expand("мейн", "uk", kind=Kind.SURNAME).forms
    assert forms.expand("захід", "uk", kind=Kind.PLACE).forms["заходу"].capital
    assert not forms.expand("захід", "uk").forms["заходу"].capital


def test_an_acronym_may_be_declared_one() -> None:
    assert forms.expand("nato", kind=Kind.ACRONYM).forms["nato"].upper
    assert not forms.expand("nato").forms["nato"].upper


def test_a_term_that_is_no_base_form_is_warned_of() -> None:
    word = forms.expand("санкцій", "uk")
    assert list(word.forms) == ["санкцій"]
    assert "write 'санкція'" in word.warnings[0]
    assert forms.expand("санкція", "uk").warnings == ()


def test_forms_left_out_for_being_nearly_always_another_word_are_told() -> None:
    steel = forms.expand("сталь", "ru")
    assert "стали" not in steel.forms
    assert steel.warnings == (
        "'сталь' leaves out 'стали': nearly always another word; to have it all the same, write forms+: [стали]",
    )
    friend = forms.expand("друг", "uk")  # nobody misses how one calls a friend
    assert "друге" not in friend.forms
    assert friend.warnings == ()


def test_a_script_without_a_family_matches_exactly_and_says_so() -> None:
    word = forms.expand("Ελλάδα")
    assert {key: form.rule for key, form in word.forms.items()} == {"ελλάδα": "exact"}
    assert "matches exactly as written" in word.warnings[0]
    assert forms.expand("18").warnings == ()


@pytest.mark.parametrize("text", ["", " ", ".", "\u200b"])
def test_no_word_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="holds no word"):
        forms.expand(text)


def test_a_phrase_has_one_set_of_forms_for_each_word() -> None:
    words = forms.expand_phrase(["Хвасон", "18", "ICBM"])
    assert [word.word for word in words] == ["Хвасон", "18", "ICBM"]
    assert "хвасона" in words[0].forms
    assert [word.word for word in forms.expand_phrase(["Білий", "дім"], "uk", Kind.EXACT)] == ["Білий", "дім"]


def test_united_sets_keep_the_laxer_condition() -> None:
    strict = FormSet("х", {"а": Form("one", capital=True), "б": Form("one")}, ("first",))
    lax = FormSet("х", {"а": Form("two"), "в": Form("two", upper=True)}, ("first", "second"))
    united = strict | lax
    assert {key: form.rule for key, form in united.forms.items()} == {"а": "two", "б": "one", "в": "two"}
    assert united.warnings == ("first", "second")


@pytest.mark.parametrize(
    ("form", "surface", "caps_line", "passes"),
    [
        (Form("x"), "захід", False, True),
        (Form("x", capital=True), "захід", False, False),
        (Form("x", capital=True), "ЗАХІД", False, True),
        (Form("x", upper=True, stem=3), "НАКу", False, True),
        (Form("x", upper=True, stem=3), "НАКУ", False, False),
        (Form("x", upper=True, stem=3), "НАКУ", True, True),
        (Form("x", upper=True, stem=3), "Наку", False, False),
        (Form("x", upper=True), "U.S.", False, True),
        (Form("x", upper=True), "us", False, False),
    ],
)
def test_the_case_gate(form: Form, surface: str, caps_line: bool, passes: bool) -> None:
    assert form.passes(surface, caps_line=caps_line) is passes


def test_families_find_themselves() -> None:
    names = {family.NAME for family in families()}
    assert {"English", "Ukrainian and Russian"} <= names
    for family in families():
        assert family.QUALITY
        assert family.LANGUAGES
    assert forms.family_of("uk", "cyrillic") is forms.family_of(None, "cyrillic")
    assert forms.family_of("uk", "greek") is None


@pytest.mark.parametrize("code", sorted({code for family in families() for code in family.LANGUAGES}))
def test_every_language_has_its_cases(code: str) -> None:
    shared = read_cases(HERE / "tables.yaml")
    formless = {"zh", "ja"}  # Korean has test_korean.py
    assert code in {*CASES, *shared, *formless, "ko"}, "tests/text/tables.yaml has no cases"


def test_a_word_of_any_length_is_expanded() -> None:
    assert "ж" * 5000 in forms.expand("ж" * 5000).forms
    assert cyrillic_lexicon.tags("ж" * 5000, "uk") == ()


@pytest.mark.parametrize(
    ("words", "at", "form", "expected"),
    [
        (["С", "300"], 0, "c", True),  # Latin
        (["S", "300"], 0, "ѕ", True),
        (["Л", "300"], 0, "l", False),
        (["МБРТ", "300"], 0, "mbpt", False),
        (["5", "та", "бригада"], 1, "ї", True),
        (["перша", "та", "друга"], 1, "ї", False),
        (["МіГ", "29"], 0, "міги", True),
        (["Йошкар", "Ола"], 1, "олы", True),
        (["Йошкар", "Пана"], 1, "олы", False),
        (["prisoner", "of", "war"], 0, "prisoners", True),
        (["prisoner", "exchange"], 0, "prisoners", False),
    ],
)
def test_the_words_of_a_phrase_shape_each_other(words: list[str], at: int, form: str, expected: bool) -> None:
    assert (form in forms.expand_phrase(words)[at].forms) is expected


@pytest.mark.parametrize(
    ("term", "form", "fused", "unless"),
    [
        ("другий", "друге", True, "ru"),
        ("другий", "другій", False, ""),
        ("все", "все", True, ""),
        ("тема", "теми", False, "ru"),
        ("ядерний", "ядерного", False, ""),
        ("Тема", "теми", False, ""),
    ],
)
def test_a_form_may_be_another_word(term: str, form: str, fused: bool, unless: str) -> None:
    found = forms.expand(term).forms[form]
    assert (found.fused, found.unless) == (fused, unless)


@pytest.mark.parametrize(
    ("term", "language", "warns"),
    [
        ("the", None, "in nearly every text"),
        ("us", None, "in nearly every text"),
        ("на", None, "in nearly every text"),
        ("на", "uk", "in nearly every text"),
        ("или", "uk", ""),
        ("la", "fr", "in nearly every text"),
        ("the", "de", ""),
        ("й", None, "one letter"),
        ("И", None, "one letter"),
        ("Лі", None, "a name of two letters"),
        ("US", None, ""),
        ("ООН", None, ""),
        ("Кім", None, ""),
        ("한국", None, ""),
        ("ракета", None, ""),
    ],
)
def test_a_term_that_is_found_everywhere_is_warned_of(term: str, language: str | None, warns: str) -> None:
    warnings = forms.expand(term, language).warnings
    assert any(warns in warning for warning in warnings) if warns else not any("every" in one for one in warnings)
    assert forms.expand(term, language, kind=Kind.EXACT).warnings == ()


# --------------------------------------------------------------------------- phrases in another case


@pytest.mark.parametrize(
    ("phrase", "base"),
    [
        ("Північній Кореї", "Північна Корея"),
        ("Північну Корею", "Північна Корея"),
        ("балістичних ракет", "балістична ракета"),
        ("міжконтинентальної балістичної ракети", "міжконтинентальна балістична ракета"),
        ("ядерними випробуваннями", "ядерні випробування"),
        ("Сполученими Штатами", "Сполучені Штати"),
        ("Президента України", "Президент України"),
        ("Міністерству оборони", "Міністерство оборони"),
        ("Володимиру Зеленському", "Володимир Зеленський"),
        ("Чорного моря", "Чорне море"),
        ("виборів президента", "вибори президента"),
        ("Северной Корее", "Северная Корея"),
        ("баллистической ракетой", "баллистическая ракета"),
        ("в Курську", "Курськ"),
        ("у Києві", "Київ"),
        ("на Близькому Сході", "Близький Схід"),
        ("у Трампа", "Трамп"),
        ("в Белом доме", "Белый дом"),
    ],
)
def test_a_phrase_in_another_case_is_told_its_base_form(phrase: str, base: str) -> None:
    (warning,) = {warning for made in forms.expand_phrase(phrase.split()) for warning in made.warnings}
    assert warning.endswith(f"write {base!r}")


@pytest.mark.parametrize(
    "phrase",
    [
        "Північна Корея",
        "балістична ракета",
        "ядерні випробування",
        "Збройні Сили України",
        "дронових атак",  # an adjective that the dictionary does not have
        "Каш Патель",
        "на Київ",
        "в бою",
        "Часов Яр",
        "Кім Чен Ин",
        "була ракета",
        "захопити місто",
        "Рада безпеки",
        "північної західної",
        "Нова пошта",
    ],
)
def test_of_a_base_form_or_of_what_nobody_can_tell_nothing_is_said(phrase: str) -> None:
    warnings = [warning for made in forms.expand_phrase(phrase.split()) for warning in made.warnings]
    assert not any("base form" in warning for warning in warnings)


@pytest.mark.parametrize(
    ("word", "language", "found", "missed"),
    [
        ("Katar", "tr", ["katar", "katara", "katarın", "katarda"], ["katarlar", "katarım", "katarları"]),
        ("Emirlikleri", "tr", ["emirliklerine", "emirliklerinin", "emirliklerinde"], ["emirliklerim"]),
        ("Nş", "tr", ["nş"], ["nşler"]),
        ("لبنان", "ar", ["لبنان", "ولبنان", "بلبنان", "للبنان"], ["لبنانين", "لبنانات"]),
        ("سوريا", "ar", ["سوريا", "بسوريا", "وسوريا"], ["سورياان"]),
        ("كوبة", "ar", ["كوبة", "كوبت"], ["كوبات"]),
        ("مالي", "ar", ["مالي", "بمالي"], ["مالية", "ماليون"]),
    ],
)
def test_a_place_has_no_plural(word: str, language: str, found: list[str], missed: list[str]) -> None:
    made = forms.expand(word, language, kind=Kind.PLACE).forms
    assert set(found) <= set(made)
    assert set(missed).isdisjoint(made)
