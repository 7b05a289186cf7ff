"""Arabic nouns with what is written on to them."""

from __future__ import annotations

import pytest

from monitor.text import forms
from monitor.text.forms.base import Kind


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("صاروخ", "صاروخا الصاروخ وبالصاروخ كالصاروخ للصاروخ فالصاروخ الصاروخان صاروخين صاروخها"),
        ("جيش", "جيشه وجيشهم بجيشها"),
        ("قوات", "القوات قواتها بقواته"),
        ("مسؤول", "مسؤولون مسؤوليها مسؤولين"),
        ("هدنة", "الهدنة هدنتهم بالهدنة"),
        ("طائرة", "طائرات طائرته طائراتها"),
        ("مستشفى", "المستشفى مستشفيات مستشفاه"),
        ("نووي", "النووية نوويا النوويين"),
        ("غارات", "الغارات غارة بغارات"),
        ("اوكرانيا", "أوكرانيا لأوكرانيا"),
        ("السيسي", "السيسى والسيسى"),
        ("السيسى", "السيسي"),
        ("مسؤول", "مسئول المسئولين"),
        ("شئون", "شؤون الشؤون"),
    ],
)
def test_a_noun_is_found_with_what_is_written_on_to_it(term: str, found: str) -> None:
    assert set(found.split()) <= set(forms.expand(term, "ar").forms)


@pytest.mark.parametrize(
    ("term", "other"),
    [
        ("علي", "عليه"),
        ("علي", "على"),
        ("هدى", "هدي"),
        ("علي", "العليا"),
        ("قوات", "قوة"),
        ("دم", "دمه"),
        ("جيش", "الجيشه"),
        ("سال", "سأل"),
    ],
)
def test_another_word_is_not(term: str, other: str) -> None:
    assert other not in forms.expand(term, "ar").forms


def test_names_have_no_possessives() -> None:
    assert "عمره" not in forms.expand("عمر", "ar", kind=Kind.NAME).forms
