"""Marks of items: what they are made of, and that they stay what stored entries have."""

from __future__ import annotations

import re
import sys
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.identity import distinct, marks_for, values_for
from monitor.model import Entry

MODULE = sys.modules["monitor.identity.marks"]
SIGNS = re.compile(f"[{re.escape(MODULE._SIGNS)}]+")
TEXTS = st.text(
    st.one_of(st.sampled_from("aБ북 .,—«»…’\t\x1c\x85\xa0\u1680\u2028\u3000！。\0\ud800ßﬁⅣ´"), st.characters()),
    max_size=12,
)


def compared(text: str) -> str:
    """Return a text without case, punctuation and repeated blanks, step by step."""
    plain = re.sub("[\0\ud800-\udfff]", "\ufffd", text)
    plain = plain.lower() if plain.isascii() else unicodedata.normalize("NFKC", plain).casefold()
    return " ".join(SIGNS.sub(" ", plain).split()) or plain.strip()


@given(TEXTS)
@example("Шторм — «знову»…  й ’досі’")
@example(" — ")
@example("\x1c!\x1d")
@example("\ud800 a\0")
@example("One, two:  THREE")
def test_texts_are_compared_without_case_signs_and_blanks(text: str) -> None:
    assert MODULE.normal(text) == compared(text)


def test_every_wide_blank_is_known() -> None:
    assert set(MODULE._WIDE_BLANKS) == {sign for sign in map(chr, range(128, 0x11_0000)) if sign.isspace()}


@pytest.mark.parametrize(
    ("guid", "link", "title", "summary", "expected"),
    [
        (
            "17-3",
            "https://a.example/news/3?utm_source=rss&id=7#x",
            "Shells — “delivered”, twice!",
            "The ministry\u00a0said: «так»…  Об’єкт; ПІД’ЇЗД\u2028ok.",
            (-2575961417801524482, 2608272173411855470, 8581297621725920888, 7619506858717364582, -5465427520559566730),
        ),
        (
            "https://A.example/?p=5",
            "https://www.a.example/b/",
            "Ракети: третя ніч",
            "북한, 미사일 발사 (종합)",
            (
                -6192918011131712687,
                -2988815508276945982,
                -2549231217904919697,
                -3798653836182221706,
                -8111124405765247506,
            ),
        ),
        ("N/A", None, "!!!", "", (None, None, None, -5012532286607569783, None)),
        (
            "urn:x",
            "https://a.example/",
            "Straße ﬁne Ⅳ",
            "\0 a\ud800b",
            (6866890375536659508, None, None, 1942099596416723396, -2770514900360514852),
        ),
    ],
)
def test_marks_are_those_that_stored_entries_have(
    guid: str | None, link: str | None, title: str, summary: str, expected: tuple[int | None, ...]
) -> None:
    assert values_for(guid, link, title, summary) == expected
    assert marks_for(guid, link, title, summary).values == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/1", "https://a.example/1/"),
        ("https://a.example/1%2a", "https://a.example/1*"),
        ("https://a.example/1%2a#b", "https://a.example/1*#b"),
        ("https://a.example/", ""),
        ("none", "-"),
    ],
)
def test_guids_that_say_the_same_have_one_mark(one: str, other: str) -> None:
    first, second = (values_for(guid, None, "Title", "")[0] for guid in (one, other))
    assert first == second


def test_a_fragment_tells_guids_apart() -> None:
    first, second = (values_for(f"https://a.example/1%2a{part}", None, "Title", "")[0] for part in ("#a", "#b"))
    assert first != second


def test_entries_that_differ_in_guid_and_link_stay_as_they_are() -> None:
    first = Entry(
        "k1", "g1", "https://a.example/1", "Title", marks=values_for("g1", "https://a.example/1", "Title", "")
    )
    other = replace(first, guid="g2", link="https://a.example/2")
    second = replace(other, marks=values_for("g2", other.link, "Title", ""))
    assert distinct([first, second]) == [first, second]
    assert [each.marks is not None for each in distinct([first, replace(second, marks=None)])] == [True, True]
    assert distinct([first, replace(first, key="k3")]) == [first]


def test_half_a_surrogate_pair_counts_as_it_is_stored() -> None:
    assert values_for(None, None, "a\ud800b", "")[3] == values_for(None, None, "a\ufffdb", "")[3]
