from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from monitor.story import terms
from monitor.story.terms import clocks, numbers, quoted_names, short_form, skeletons, stems, weigh

PAIRS = [
    ("Блінкен", "Blinken"), ("Блінкеном", "Blinken"), ("Блинкена", "Blinken"), ("Джонсона", "Johnson"),
    ("Гарріс", "Harris"), ("Зеленського", "Zelensky"), ("Зеленский", "Zelenskyy"), ("Путіним", "Putin"),
    ("Макрона", "Macron"), ("Гутерреша", "Guterres"), ("Остіну", "Austin"), ("Вашингтоні", "Washington"),
    ("Трампа", "Trump"), ("Хвасон", "Hwasong"), ("Шредера", "Schroeder"), ("Чжинпін", "Jinping"),
]  # fmt: skip


@pytest.mark.parametrize(("cyrillic", "latin"), PAIRS)
def test_names_sound_alike_across_scripts(cyrillic: str, latin: str) -> None:
    assert set(skeletons(cyrillic)) & set(skeletons(latin))


@pytest.mark.parametrize(
    ("one", "other"), [("Блінкен", "Biden"), ("Остін", "Antony"), ("Макрон", "Merkel"), ("Кім", "Kim")]
)
def test_other_names_do_not(one: str, other: str) -> None:
    assert not set(skeletons(one)) & set(skeletons(other))


def test_numbers_are_read_as_written_anywhere() -> None:
    assert numbers("1,200 killed, 1 200 hurt, 3.5 million, 2023, 7 days, 40 shells, No 12a") == {"1200", "3.5", "40"}
    assert numbers("1 200 поранених, 3,5 млн") == {"1200", "3.5"}


def test_clocks_are_minutes_past_the_hour() -> None:
    assert clocks("at 7:10 a.m. and 23:45; score 3:2; 오전 7시 10분") == {10, 45}
    assert clocks("no time at all, 12:34:56") == frozenset()


def test_stems_meet_across_endings_and_leave_function_words_out() -> None:
    assert stems("ракети та ракетами", "uk") == ["ракет", "ракет"]
    assert stems("북한이 북한은", "ko") == ["북한", "북한"]
    assert stems("the missiles of a missile", "en") == ["missil", "missil"]
    assert stems("and und et", "xx") == ["and", "und", "et"]


def test_names_are_capitals_inside_sentences_and_acronyms() -> None:
    title, text = "Missiles Fly Over Japan", "Missiles fly. Troops of Kim met NATO in Seoul. Fly they did."
    found = weigh(title, text, "en")
    assert list(found.names) == ["Japan", "Kim", "NATO", "Seoul"]
    assert f"{title}\n\n{text}"[found.names["Kim"] :].startswith("Kim met")


def test_stems_weigh_by_where_they_stand() -> None:
    found = weigh("Missiles fly", "Missiles again, and Tokyo.\n\nTokyo waits, Tokyo watches.", "en")
    assert found.stems["missil"] == 2.0 + 1.5
    assert found.stems["tokyo"] == 1.5 + 0.5 + 0.5
    assert found.stems["wait"] == 0.5


class OneAtATime:
    """A stemmer that works on one word in its own attribute, as those written in Python do."""

    def stemWord(self, word: str) -> str:  # noqa: N802 - the library's name
        self.word = word
        time.sleep(0.0001)
        return self.word


def test_threads_do_not_mix_their_words(monkeypatch: pytest.MonkeyPatch) -> None:
    one = OneAtATime()
    monkeypatch.setattr(terms, "_snowball", lambda _language: one)
    words = [[f"la{thread}x{number}" for number in range(50)] for thread in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda some: stems(" ".join(some), "en"), words))
    assert found == words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("«Динамо» обіграло «Шахтар» у матчі", ["Динамо", "Шахтар"]),
        ('"Rubin" won at “Old Trafford”', ["Rubin", "Old", "Trafford"]),
        ("„Bayern“ verlor", ["Bayern"]),
        ('"We will win," he said. "It" and «тіньовий флот»', ["It"]),
        ('He said "no". Then "so"', []),
    ],
)
def test_a_capital_in_a_short_quotation_is_a_name(text: str, found: list[str]) -> None:
    assert [re.match(r"\w+", text[start:])[0] for start in sorted(quoted_names(text))] == found  # type: ignore[index]


def test_a_quoted_name_is_one_at_the_head_of_a_title_and_beside_the_common_word() -> None:
    found = weigh("«Динамо» обіграло «Шахтар»", "У Києві шахтар з Донецька бачив, як «Динамо» виграло.", "uk")
    assert {"Динамо", "Шахтар"} <= found.names.keys()


@pytest.mark.parametrize(
    ("word", "form"),
    [
        ("Рубіо", "rub"),
        ("Rubio", "rub"),
        ("Фіалою", "fil"),
        ("Йоганна", ""),
        ("Кая", ""),
        ("Дім", ""),
        ("Фіцом", "fi4"),
    ],
)
def test_a_name_of_two_consonants_sounds_by_its_vowel_too(word: str, form: str) -> None:
    assert short_form(word) == form
