"""The language of texts and paragraphs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from doubles.languages import REPORTS
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import bytewise
from monitor.text import detect as detecting
from monitor.text.detect import detect, paragraphs, script
from monitor.text.language_model import CANDIDATES, load, rank


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


@pytest.mark.parametrize("language", REPORTS)
def test_a_headline_and_a_report_are_enough_in_any_language(language: str) -> None:
    headline, report = REPORTS[language]
    assert detect(headline) == detect(report) == detect(f"{headline}\n\n{report}") == language


def test_every_language_that_can_be_told_is_tried() -> None:
    load()
    assert {code for codes in CANDIDATES.values() for code in codes} <= REPORTS.keys()


def test_one_model_answers_for_each_set_of_candidates() -> None:
    for codes in CANDIDATES.values():
        ranked = rank("Владата воведе нови санкции", codes)
        assert sorted(code for code, _ in ranked) == sorted(codes)
        assert [score for _, score in ranked] == sorted((score for _, score in ranked), reverse=True)
    assert rank("Владата воведе нови санкции", CANDIDATES["cyrillic"])[0][0] == "mk"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Объявлен подъезд для объезда", "ru"),
        ("Съезд, объединение, подъём", "ru"),
        ("Минобороны: сбит объект над Курском", "ru"),
        ("Фестиваль «Ўзбекистон» відкрили у Львові, повідомляє Укрінформ", "uk"),
        ("Міністр згадав слово «подъезд» у своїй промові, а депутати засміялися", "uk"),
        ("Радев отиде в Скопие, за да участва в среща на лидерите", "bg"),
        ("Мицкоски: Нема промена на Уставот", "mk"),
        ("Вучић отпутовао у Брисел", "sr"),
        ("Вучић отпутовао у Брисел на састанак о приступању", "sr"),
        ("Беларускія чыгуначнікі атрымалі дапамогу", "be"),
    ],
)
def test_texts_that_lean_towards_another_language(text: str, language: str) -> None:
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
        ("Роль САЩ", "bg", "bg"),
        ("Vlada Srbije usvojila je predlog zakona", "sr", "sr"),
        ("Київ", "bg", "uk"),
        ("Роль Москвы", "sr", "ru"),
        ("القاهرة", "fa", "fa"),
        ("दिल्ली", "ne", "ne"),
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


def test_the_documented_languages_are_those_that_are_told() -> None:
    page = (Path(__file__).parents[2] / "docs" / "languages.md").read_text(encoding="utf-8")
    section = page.partition("## Which language an article is in")[2].partition("\n## ")[0]
    listed = re.findall(r"^\|.*\| (.+) \|$", section, re.MULTILINE)[1:]
    assert set(re.findall(r"[a-z]{2}", " ".join(listed))) == REPORTS.keys()
    assert f"{len(REPORTS)} languages" in section.replace("\n", " ")


MORE = {
    "sk": "Vláda dnes rokovala o návrhu rozpočtu, ktorý podľa ministra zníži výdavky úradov. ",
    "ro": "Guvernul a discutat astăzi proiectul de buget, care ar reduce cheltuielile instituțiilor. ",
    "bg": "Правителството обсъди днес проекта за бюджет, който намалява разходите на ведомствата. ",
    "fi": "Hallitus keskusteli tänään talousarviosta, joka pienentäisi virastojen menoja selvästi. ",
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the texts that the model is asked about."""
    texts: list[str] = []

    def note(text: str, candidates: tuple[str, ...]) -> list[tuple[str, float]]:
        texts.append(text)
        return rank(text, candidates)

    monkeypatch.setattr(detecting, "rank", note)
    return texts


@pytest.mark.parametrize("language", MORE)
def test_of_a_long_text_the_model_reads_parts(language: str, asked: list[str]) -> None:
    text = MORE[language] * 40
    assert detect(text) == language
    assert [len(each) for each in asked] == [8 * 150 + 7]
    assert asked[0].startswith(text[:150])


def test_a_text_that_its_parts_leave_open_is_read_as_a_whole(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detecting, "_CLEAR", 1e9)
    text = (MORE["sk"] * 40)[:3000]
    assert detect(text) == "sk"
    assert asked[1:] == [text]


def test_a_text_whose_beginning_is_in_another_language_is_told_by_its_body() -> None:
    assert detect(MORE["ro"] * 4 + MORE["sk"] * 36) == "sk"
