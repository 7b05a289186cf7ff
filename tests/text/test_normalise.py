"""One spelling, and offsets that lead back."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import normalise as module
from monitor.text.normalise import is_clean, key, normalise

ODD = "\u0301\u0306\u0308\u00ad\u200b\u202e\u0327\u1112\u1161\u11ab한éﬁＡ\u3000😀\u200d\ufe0f\u0640ب\u064b"
AWKWARD = st.text(st.one_of(st.sampled_from("абвіїйёґABEKceo'’ʼ`´ 19-.\n\x00" + ODD), st.characters()), max_size=40)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("об’єкт обʼєкт об`єкт об´єкт об'єкт", " ".join(["об'єкт"] * 5)),
        ("Ки́їв, Зелені́ський", "Київ, Зеленіський"),
        ("и\u0306 і\u0308 cafe\u0301", "й ї café"),
        ("ра\u00adке\u200bта\u2060", "ракета"),
        ("\u202bКНДР\u202c", "КНДР"),
        ("ＩＣＢＭ\u3000１８", "ICBM 18"),
        ("KНДР, СШA, Aнтоні", "КНДР, США, Антоні"),
        ("KHДP, ВМW, ДВВW", "КНДР, BMW, ДВВW"),
        ("mРНК і COVIDом", "mРНК і COVIDом"),
        ("РEUTERS", "PEUTERS"),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"),
        ("и\u0306 កខ\u200bគ", "й កខគ"),
        ("«Північна» – Корея…", "«Північна» – Корея…"),
        ("", ""),
    ],
)
def test_spelling(text: str, expected: str) -> None:
    assert normalise(text).text == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ёлка", "елка"), ("ПУТІН", "путін"), ("Straße", "STRASSE"), ("ﬁnance", "Finance"), ("İ", "i̇"), ("①", "1")],
)
def test_one_key(one: str, other: str) -> None:
    assert key(one) == key(other)


def test_the_letter_ge_with_upturn_keeps_its_key() -> None:
    assert key("Ґ") != key("Г")


def test_equal_spans_are_looked_at_once_and_some_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "зу\u0301б, зи\u0306, зу\u0301б, зи\u0306, q\u0302и\u0306"
    whole = normalise(text)
    monkeypatch.setattr(module, "_KNOWN_SPANS", 1)
    assert normalise(text) == whole
    assert whole.text == "зуб, зй, зуб, зй, q\u0302й"


@given(AWKWARD)
def test_offsets_lead_back(text: str) -> None:
    normalised = normalise(text)
    spans = [normalised.origin(at, at + 1) for at in range(len(normalised.text))]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(one[0] <= two[0] and one[1] <= two[1] for one, two in pairwise(spans))
    for char, (start, end) in zip(normalised.text, spans, strict=True):
        assert char in normalise(text[start:end]).text or module._MIXED.search(text) or char == "'"


@given(AWKWARD)
def test_many_spans_lead_back_as_each_does(text: str) -> None:
    normalised = normalise(text)
    words = [found.span() for found in re.finditer(r"\S+", normalised.text)]
    starts, ends = normalised.origins_of([start for start, _ in words], [end for _, end in words])
    assert list(zip(starts, ends, strict=True)) == [normalised.origin(*span) for span in words]


@given(AWKWARD)
def test_dropping_alone_gives_what_composing_gives(text: str) -> None:
    if module._is_composed(text):
        assert module._without_dropped(text).text == module._composed(text).text


@pytest.mark.parametrize(
    ("text", "span", "origin"),
    [
        ("Ки\u0301їв", (0, 2), (0, 3)),
        ("\u200bКиїв\u200b", (0, 4), (1, 6)),
        ("а\u200bб\u200bв", (1, 2), (2, 4)),
        ("и\u0306 កខ\u200bគ", (2, 3), (3, 4)),
        ("и\u0306 កខ\u200bគ", (3, 4), (4, 6)),
        ("и\u0306 កខ\u200bគ", (4, 5), (6, 7)),
    ],
)
def test_what_is_dropped_belongs_to_the_character_before_it(
    text: str, span: tuple[int, int], origin: tuple[int, int]
) -> None:
    assert normalise(text).origin(*span) == origin


@given(AWKWARD)
def test_the_whole_comes_from_the_whole_but_for_what_is_dropped(text: str) -> None:
    normalised = normalise(text)
    if normalised.text:
        start, end = normalised.origin(0, len(normalised.text))
        assert not normalise(text[:start]).text
        assert not normalise(text[end:]).text


@pytest.mark.parametrize("text", ["об\u00ad´\u00adєкт", "об´\u2060єкт", "об\u0301´\u200b\ufeffєкт", "об\u180e’єкт"])
def test_what_is_dropped_parts_no_apostrophe_from_its_letters(text: str) -> None:
    assert normalise(text).text == "об'єкт"
    assert normalise("буи\u0306´єр").text == "буй'єр"


@given(AWKWARD)
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise(text).text
    assert normalise(once).text == once


@given(AWKWARD)
def test_a_clean_text_stays(text: str) -> None:
    if is_clean(text) and not module._MIXED.search(text) and not re.search("[’ʼ`´‘′ʹ]", text):
        assert normalise(text).text == text


def test_what_is_called_clean_is_stable_alone_and_side_by_side() -> None:
    clean = re.compile(f"[{module._CLEAN}]")
    decompositions = (unicodedata.decomposition(chr(code)).split() for code in range(0x110000))
    seconds = {chr(int(parts[1], 16)) for parts in decompositions if len(parts) == 2 and not parts[0].startswith("<")}
    for code in range(0x110000):
        char = chr(code)
        if clean.match(char):
            assert unicodedata.normalize("NFC", char) == char
            assert not unicodedata.combining(char)
            assert char not in seconds
            assert not module._DROPPED.match(char)


def test_an_empty_span_lies_where_it_stands() -> None:
    normalised = normalise("Ки\u0301їв")
    assert [normalised.origin(at, at) for at in range(5)] == [(0, 0), (1, 1), (3, 3), (4, 4), (5, 5)]


def test_a_span_outside_the_text_is_refused() -> None:
    with pytest.raises(IndexError, match="span 2:9 lies outside"):
        normalise("текст").origin(2, 9)


def test_endless_marks_are_cut_and_lead_back_to_their_base() -> None:
    text = "a" + "\u0301\u0323" * 100_000 + "b"
    normalised = normalise(text)
    assert len(normalised.text) < 50
    assert normalised.origin(len(normalised.text) - 1, len(normalised.text)) == (len(text) - 1, len(text))
    assert normalised.origin(0, 1) == (0, len(text) - 1)
