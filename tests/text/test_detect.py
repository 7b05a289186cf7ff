"""The language of texts and paragraphs."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import bytewise
from monitor.text.detect import detect, paragraphs, script


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Блінкен прибув до Сеула", "uk"),
        ("Захід підтримав Київ", "uk"),
        ("Бундестаг ухвалив закон", "uk"),
        ("М’яч у центр поля", "uk"),
        ("Путин прибыл в Пхеньян", "ru"),
        ("Совет одобрил резолюцию", "ru"),
        ("N. Korea fires ballistic missile", "en"),
        ("Seoul vows response", "en"),
        ("북한, 탄도미사일 발사", "ko"),
        ("북한 ICBM Hwasong-18 발사", "ko"),
        ("金正恩 访问 俄罗斯", "zh"),
        ("日本の首相が訪米した", "ja"),
        ("Der Bundestag stimmt über neue Sanktionen ab", "de"),
        ("Le président ukrainien est arrivé à Paris", "fr"),
        ("El presidente viajó ayer a la capital", "es"),
        ("Prezydent Polski odwiedził Kijów i spotkał się z premierem", "pl"),
        ("Президентът на България се срещна с министъра на външните работи", "bg"),
        ("Прэзідэнт Беларусі сустрэўся з міністрам", "be"),
        ("أطلقت كوريا الشمالية صاروخا باليستيا", "ar"),
        ("Η Ελλάδα", "el"),
        ("राष्ट्रपति ने आज दिल्ली में कहा", "hi"),
        (
            "Prezydent Ukrainy oświadczył w poniedziałek, że sankcje zostaną przedłużone, a rakiety nie będą dostarczone",
            "pl",
        ),
        (
            "The minister said that the talks would go on, and that it was not for the army to say when they are over.",
            "en",
        ),
        ("12 345 – !", "und"),
        ("ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ", "und"),
        ("", "und"),
    ],
)
def test_language(text: str, language: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize(
    ("text", "hint", "language"),
    [
        ("Роль США", "uk", "uk"),
        ("Роль США", "ru", "ru"),
        ("Київ", "ru", "uk"),
        ("Опрос", "ko", "ru"),
        ("Seoul vows response", "ko", "en"),
        ("Patriot", "de", "de"),
        ("북한", "en", "ko"),
    ],
)
def test_the_hint_decides_only_what_the_text_leaves_open(text: str, hint: str, language: str) -> None:
    assert detect(text, hint) == language


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ракета", "cyrillic"),
        ("missile", "latin"),
        ("미사일", "hangul"),
        ("导弹", "han"),
        ("ミサイル", "kana"),
        ("18", "none"),
    ],
)
def test_script(text: str, name: str) -> None:
    assert script(text) == name


def test_each_paragraph_has_its_language() -> None:
    text = (
        "Блінкен заявив про це в Сеулі, повідомляє агентство.\n\n"
        "“We are seeing the DPRK provide military equipment,” he said on Thursday.\n\n"
        "북한은 이를 부인했다고 연합뉴스가 전했다.\n\nРоль США"
    )
    found = paragraphs(text)
    assert [language for _, _, language in found] == ["uk", "en", "ko", "uk"]
    assert [text[start : start + 3] for start, _, _ in found] == ["Блі", "“We", "북한은", "Рол"]


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("Kyiv, Їжак ґав і", (4, 3, 0, 0, 0, 5)),
        ("Ёж эму ъ ўЎ ћ?", (0, 0, 2, 1, 3, 3)),
        ("“18” € 😀 …", (0, 0, 0, 0, 0, 0)),
    ],
)
def test_letters_are_counted_by_kind(text: str, letters: tuple[int, ...]) -> None:
    assert bytewise.letters_and_others(text) == (letters, "")


@pytest.mark.parametrize("text", ["북한", "қала", "naïve"])
def test_letters_that_the_code_page_lacks_are_counted_elsewhere(text: str) -> None:
    assert bytewise.letters_and_others(text)[1] != ""


def test_letters_of_other_alphabets_are_no_ukrainian() -> None:
    assert detect("Қазақстан Президенті Үкімет отырысын өткізді") not in {"uk", "ru"}
    assert script("북한 ICBM") == "latin"
    assert script("북한이 MD") == "hangul"


@given(st.text() | st.text("abcéæïABVv ʼ'’ʹ№①²_-1١µ\u00adіїЄъыqſİK北북\n"))
def test_words_of_the_code_page_are_those_of_the_general_way(text: str) -> None:
    words = bytewise.words(text)
    assert words is None or words == re.findall(r"[^\W\d_]+", text.lower())


def test_words_that_the_code_page_can_hold_are_given() -> None:
    assert bytewise.words("Beer, №5 — Ґанок!") == ["beer", "ґанок"]
    assert bytewise.words("café") is None


@pytest.mark.parametrize(("text", "name"), [("abéабв", "latin"), ("абвabé", "cyrillic"), ("북한ab", "hangul")])
def test_of_scripts_equally_frequent_the_first_counts(text: str, name: str) -> None:
    assert script(text) == name
