"""Places of titles and leads: all their forms, and none of the common words that look like one."""

from __future__ import annotations

from collections.abc import Iterator

import pymorphy3
import pytest

from monitor import data
from monitor.story.lexicon import hangul, place_at, tokens

# Verbs that begin as a town does, and hardly open a sentence; adverbs 'по-римски', which have a hyphen before them.
SELDOM = {
    "uk": frozenset({"бучу", "загребе", "загреби", "загребу", "манила", "тули", "тулю"}),
    "ru": frozenset({"буча", "бучу", "волынь", "загреби", "загребу", "манила", "сочи"}),
}
NO_NAMES = frozenset({"ADVB", "CONJ", "PRCL", "PREP", "NPRO", "INTJ", "PRED", "VERB", "INFN", "GRND", "NUMR", "COMP"})


def place(text: str, at: int = 0) -> str | None:
    """Return the id of the place that the word at `at` names."""
    found = place_at(tokens(text), at)
    return None if found is None else found[0].id


def cyrillic() -> Iterator[str]:
    """Yield the first words of all Cyrillic forms of places."""
    for groups in data.load("places").values():
        for row in (row for rows in groups.values() for row in rows.split()):
            forms = (form for part in row.split(":")[1:] for form in part.split(","))
            yield from (form.partition("_")[0] for form in forms if not hangul(form) and "_" not in form)


@pytest.mark.parametrize("language", ["uk", "ru"])
def test_no_word_that_can_be_no_name_is_a_place_where_it_opens_a_sentence(language: str) -> None:
    """All particles, adverbs, pronouns and verbs of the dictionary that begin as a place does."""
    forms = set(cyrillic())
    known = pymorphy3.MorphAnalyzer(lang=language).dictionary
    found = {
        word
        for form in forms
        for word, tag, *_ in known.iter_known_words(prefix=form)
        if str(tag.POS) in NO_NAMES and place(word.capitalize()) is not None
    }
    assert len(forms) > 300
    assert {word for word in found if not word.endswith("ски")} <= SELDOM[language]


@pytest.mark.parametrize(
    "title",
    [
        "Досі невідомо, хто стріляв",
        "Мер мовчить. Досі невідомо, хто стріляв",
        "ДОСІ НЕВІДОМО, ХТО СТРІЛЯВ",
        "«Досі ніхто не вибачився»",
        "Рівно о дев'ятій країна мовчить",
        "Рівних умов не буде",
        "Сума збитків зросла",
        "Сумку з грошима знайшли",
        "Сумує вся громада",
        "Казан із борщем перекинувся",
        "Делікатні перемовини тривають",
        "Тиран утік",
        "Ровно сто человек",
        "Сумка с деньгами найдена",
        "Грозно звучит приговор",
        "Делите поровну",
        "Познание мира",
        "Восточный экономический форум открыли",
    ],
)
def test_common_words_are_no_places(title: str) -> None:
    found = tokens(title)
    assert [place_at(found, at) for at in range(len(found))] == [None] * len(found)


@pytest.mark.parametrize(
    ("text", "at", "known"),
    [
        ("у Досі", 1, "Doha"),
        ("Доха: угоду підписали", 0, "Doha"),
        ("Суми: влучив дрон", 0, "Sumy"),
        ("Рівне без світла", 0, "Rivne"),
        ("мешканці Рівного", 1, "Rivne"),
        ("Казань атаковали дроны", 0, "Kazan"),
        ("Порту в огне", 0, "Porto"),
        ("Грозный под ударом", 0, "Grozny"),
        ("Луганск обстреляли", 0, "Luhansk"),
        ("Луганськ обстріляли", 0, "Luhansk"),
        ("Липецк атаковали", 0, "Lipetsk"),
        ("Калуга и Калугу", 2, "Kaluga"),
        ("взрыв в Калуге", 2, "Kaluga"),
        ("у Калузі", 1, "Kaluga"),
        ("аэропорт Дубая", 1, "Dubai"),
        ("Сумської області", 0, "Sumy Oblast"),
        ("космодром Восточный", 1, "Vostochny"),
        ("с Восточного космодрома", 1, "Vostochny"),
    ],
)
def test_places_are_known_in_all_their_cases(text: str, at: int, known: str) -> None:
    assert place(text, at) == known


@pytest.mark.parametrize(
    "text",
    [
        "대응에 나선 정부",  # which stepped forward
        "전주 대비 3% 상승",  # the week before
        "개성 있는 연기",  # character
        "원산지 표시",  # origin of goods
        "부차적인 문제",  # secondary
        "우파 정당 승리",  # right-wing
        "강선우 의원",
        "김해숙 배우",
        "세종대왕 동상",
        "반도체 메카 육성",
        "경주 우승",  # a race
        "오산이었다",  # a miscalculation
    ],
)
def test_korean_words_that_begin_as_a_town_are_none(text: str) -> None:
    found = tokens(text)
    assert [place_at(found, at) for at in range(len(found))] == [None] * len(found)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("나선시 홍수", "Rason"),
        ("전주에서 화재", "Jeonju"),
        ("개성공단 폭파", "Kaesong"),
        ("원산 일대에서 발사", "Wonsan"),
        ("부차 학살 2년", "Bucha"),
        ("무안국제공항 사고", "Muan"),
        ("김해공항 결항", "Gimhae"),
        ("세종시 화재", "Sejong"),
        ("연평도 포격", "Yeonpyeong"),
    ],
)
def test_korean_towns_that_are_words_as_well_are_known_by_what_follows(text: str, known: str) -> None:
    assert place(text) == known
