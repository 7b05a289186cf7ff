"""Persian: endings written on, apart or with a joiner; letters of two keyboards; simple verbs; other languages' letters."""

from __future__ import annotations

import pytest

from monitor.model import Article, Term, Watchlist
from monitor.text import forms
from monitor.text.forms import Kind
from monitor.text.normalise import key
from monitor.watch.catalogue import Catalogue, shipped
from monitor.watch.compile import compile_watchlists


def found(term: Term, text: str, language: str) -> list[str]:
    matcher = compile_watchlists([Watchlist("w", keywords=(term,))], Catalogue(()))
    article = Article(url=None, title="", text=text, source="", language=language)
    return [text[hit.start : hit.end] for verdict in matcher.match(article) for hit in verdict.hits]


@pytest.mark.parametrize(
    ("word", "some"),
    [
        ("موشک", "موشک‌ها موشکها موشک‌های موشکی موشک‌هایی موشکش موشک‌هایش موشك"),
        ("حمله", "حمله‌ای حملهٔ حملۀ حمله‌ی حمله‌ها حمله‌های حملات حمله‌اش"),
        ("نیرو", "نیروی نیروها نیروهای نیروهایش"),
        ("سرباز", "سربازان سربازها سربازانی"),
        ("زندانی", "زندانیان زندانی‌ها زندانيان"),
        ("مقام", "مقامات مقام‌ها"),
        ("آمریکا", "آمریکای آمريكا"),
        ("کشتن", "کشت کشتند کشته‌اند می‌کشد بکشند نکشت نمی‌کشد"),
        ("گفتن", "گفت می‌گوید گفته‌است"),
        ("جنگیدن", "جنگیدند می‌جنگد"),
        ("گریستن", "گریست گریستند"),
    ],
)
@pytest.mark.parametrize("language", ["fa", None])
def test_a_persian_word_has_its_forms_with_its_language_and_by_its_letters(
    word: str, some: str, language: str | None
) -> None:
    made = forms.expand(word, language).forms
    assert [form for form in some.split() if key(form.replace("\u200c", "")) not in made] == []


def test_what_is_another_word_or_too_short_is_no_plural() -> None:
    assert "باران" not in forms.expand("بار", "fa").forms  # 'rain' is not 'loads'
    assert key("یکان") not in forms.expand("یک", "fa").forms
    assert key("زنان") not in forms.expand("تن", "fa").forms
    assert key("کرد") not in forms.expand("ردن", "fa").forms


@pytest.mark.parametrize(
    ("word", "others"),
    [
        ("عدن", "عد عدم عده"),  # Aden; 'lack', 'number'
        ("لندن", "لند لندم"),
        ("معدن", "معد معدم"),  # a mine
        ("بدن", "بد بدی"),  # a body; 'bad'
        ("متن", "مت"),
        ("کشتن", "کشتی"),  # 'a ship'
        ("رفتن", "روی رود روم"),  # 'on', 'a river', 'Rome'
        ("مردن", "مرد مردم"),  # 'man', 'people'
        ("بردن", "نبرد"),  # 'a battle'
        ("بحر", "بحران"),  # a sea; 'crisis'
        ("سود", "سودان"),  # gain; Sudan
    ],
)
@pytest.mark.parametrize("language", ["fa", None])
def test_what_is_no_verb_has_no_tenses_and_a_verb_no_form_that_is_another_word(
    word: str, others: str, language: str | None
) -> None:
    made = forms.expand(word, language).forms
    arabic = {"بحران", "سودان"} if language is None else set()  # Arabic duals
    assert [form for form in others.split() if key(form) in made and form not in arabic] == []


def test_a_regular_verb_has_its_present_by_rule() -> None:
    made = forms.expand("کشاندن", "fa").forms
    assert {key("می‌کشاند".replace("\u200c", "")), key("کشاندند")} <= set(made)
    assert set(forms.expand("اندن", "fa").forms).isdisjoint({key("اند"), key("اندند")})


def test_a_place_has_the_ezafe_alone() -> None:
    assert set(forms.expand("آمریکا", "fa", kind=Kind.PLACE).forms) == {key("آمریکا"), key("آمریکای")}
    assert set(forms.expand("ایران", "fa", kind=Kind.PLACE).forms) == {key("ایران")}


def test_a_word_in_letters_of_both_has_the_forms_of_both_languages() -> None:
    both = forms.expand("حماس").forms
    assert {"وحماس", "حماسها"} <= set(both)
    assert "حماسها" in forms.expand("حماس", "ar").forms  # Arabic 'her …'
    assert "حماسهاي" not in forms.expand("حماس", "ar").forms
    assert key("غارةها") not in forms.expand("غارة").forms  # a letter that Persian lacks


@pytest.mark.parametrize("word", ["ٹینک", "سړی", "ھەولێر"])
def test_a_word_in_letters_of_a_third_language_is_matched_as_it_is_with_a_warning(word: str) -> None:
    made = forms.expand(word)
    assert list(made.forms) == [key(word)]
    assert "no forms are known" in made.warnings[0]


@pytest.mark.parametrize(
    ("term", "text", "wanted"),
    [
        ("روسیه", "وزارت خارجه روسيه اعلام کرد", ["روسيه"]),
        ("حمله موشکی", "در حمله‌های موشکی دیشب", ["حمله‌های موشکی"]),
        ("موشک", "۱۲ موشک بالستیک", ["موشک"]),
        ("تحریم", "تحریم های تازه آمریکا", ["تحریم"]),
        ("اس ۳۰۰", "سامانه اس-300", ["اس-300"]),
    ],
)
def test_persian_terms_are_found_however_they_are_typed(term: str, text: str, wanted: list[str]) -> None:
    assert found(Term(f'"{term}"', language="fa"), text, "fa") == wanted
    assert found(Term(f'"{term}"'), text, "fa") == wanted


@pytest.mark.parametrize(
    ("term", "text"),
    [("ședință", "o şedinţă de urgenţă"), ("şedinţă", "o ședință de urgență"), ("ședință", "ședințe de urgență")],
)
def test_romanian_letters_with_a_comma_and_with_a_cedilla_are_one(term: str, text: str) -> None:
    assert len(found(Term(term, language="ro"), text, "ro")) == 1


@pytest.mark.parametrize(
    ("entity", "text", "wanted"),
    [
        ("Khamenei", "آیت‌الله خامنه‌ای گفت", ["خامنه‌ای"]),
        ("USA", "رئیس جمهوری آمریكا", ["آمریكا"]),
        ("Russia", "حمله موشکی روسیه به اوکراین", ["روسیه"]),
        ("Israel", "رژیم صهیونیستی به لبنان حمله کرد", ["رژیم صهیونیستی"]),
        ("IAEA", "آژانس بین المللی انرژی اتمی گزارش داد", ["آژانس بین المللی انرژی اتمی"]),
        ("DPRK", "کره شمالی موشک شلیک کرد", ["کره شمالی"]),
        ("Mali", "بحران مالی ایران", []),
    ],
)
def test_entities_have_persian_names(entity: str, text: str, wanted: list[str]) -> None:
    matcher = compile_watchlists([Watchlist("w", entities=(entity,))], shipped())
    article = Article(url=None, title="", text=text, source="", language="fa")
    assert [text[hit.start : hit.end] for verdict in matcher.match(article) for hit in verdict.hits] == wanted
