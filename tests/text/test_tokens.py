"""Tokens: what they are, where they stand, what stands between them."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.text import bytewise
from monitor.text import tokens as module
from monitor.text.normalise import key, normalise
from monitor.text.tokens import TokenList, joins, tokenise

LETTERS = [*"абвАБВїЇєёЁabsABSU19'’`ʼ‛”\".. \n-«»№—…(),:;?!½²ºª☺_\x00"]
ODD = ["\u0301", "\u00ad", "\u200b", "한국", "中", "カ", "é", "ß", "İ", "Ａ", "ب", "\u064b", "क", "\u094d", "😀", "ﬁ"]
PLAIN = st.text(st.sampled_from(LETTERS), max_size=24)
MIXED = st.lists(st.one_of(st.sampled_from(LETTERS + ODD), st.characters()), max_size=24).map("".join)


def arrays(tokens: TokenList) -> tuple[object, ...]:
    return (tokens.keys, tokens.surfaces, tokens.starts, tokens.ends, tokens.gaps, tokens.joins, list(tokens.caps_line))


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("ICBM을 발사", ["icbm", "을", "발사"]),
        ("Hwasong-18, F16", ["hwasong", "18", "f", "16"]),
        ("ракетно-ядерний", ["ракетно", "ядерний"]),
        ("об'єкт об’єкт", ["об'єкт", "об'єкт"]),
        ("Blinken's leader’s leaders' S's", ["blinken", "leader", "leaders", "s"]),
        ("O'Brien l'armée Türkiye'nin", ["o", "brien", "l", "armée", "türkiye", "nin"]),
        ("'quoted' and “quoted”", ["quoted", "and", "quoted"]),
        ("U.S. N.K. С.Ш.А. U.S.A", ["us", "nk", "сша", "usa"]),
        ("a.m. т.д. N. Korea A. B.", ["a", "m", "т", "д", "n", "korea", "a", "b"]),
        ("Ким Чен-Ёын", ["ким", "чен", "еын"]),
        ("북한의 北 도발 日本の", ["북한의", "北", "도발", "日本の"]),
        ("KНДР і COVIDу", ["кндр", "і", "covid", "у"]),
        ("5G 1980s 20°C", ["5", "g", "1980", "s", "20", "c"]),
        ("कर्म سَلام ไทย", ["कर्म", "سلام", "ไทย"]),
        *((f"у Слов{mark}янську", ["у", "слов'янську"]) for mark in ("'", *'’ʼ`´‘′ʹ‛ꞌ”"', "’’", "''", "‘’", "ʼʼ")),
        *((f"ОБ{mark}ЄКТ", ["об'єкт"]) for mark in ("”", '"', "’’")),
        ('сказав "я", a"я, "слово"та "я"ю', ["сказав", "я", "a", "я", "слово", "та", "я'ю"]),
        ("’’я ґ’’а б’’’я", ["я", "ґ", "а", "б", "я"]),
        ("straße STRASSE", ["strasse", "strasse"]),
        ("", []),
        (" .,!\n", []),
    ],
)
def test_keys(text: str, keys: list[str]) -> None:
    assert tokenise(text).keys == keys
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bytewise, "cut", lambda _: None)
        assert tokenise(text).keys == keys


@pytest.mark.parametrize(
    ("text", "surfaces"),
    [
        ("в С.Ш.А.", ["в", "С.Ш.А."]),
        ("О'Б.В. і В'Я.Б.", ["О'Б", "В", "і", "В'Я", "Б"]),
        ("A.B.C, x.Y.Z.", ["A.B.C", "x", "Y.Z."]),
        ("S.5 U.S.5", ["S", "5", "U.S", "5"]),
    ],
)
def test_initials_are_one_token(text: str, surfaces: list[str]) -> None:
    assert tokenise(text).surfaces == surfaces


@given(MIXED)
@example(" \u094d\u0301")  # a mark that is a token stands on the space before it
def test_offsets_lead_to_the_surface(text: str) -> None:
    tokens = tokenise(text)
    last = 0
    for token in tokens:
        assert last <= token.start < token.end <= len(text)
        last = token.end
        source = normalise(text[token.start : token.end]).text.replace("’", "'").lstrip()
        assert key(source).replace(".", "") == token.key or module._IS_MIXED.search(text) or "'" in source


@given(PLAIN)
def test_the_fast_way_gives_what_the_general_way_gives(text: str) -> None:
    fast = tokenise(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bytewise, "cut", lambda _: None)
        general = tokenise(text)
    assert arrays(fast) == arrays(general)


LINES = st.lists(
    st.sampled_from(
        [
            "Речник повідомив, що об'єкт НАТО в м. Рівне не зачепило.",
            "The U.S. and N. Korea's envoys met in Zürich, café «Émile».",
            "Мюнхен (нім. München) – ICBM-у 북한이 не бачив",
            "북한이 탄도미사일을 발사했다. 'ICBM'이란",
            "",
            "\u0301\u200bКиїв\u00ad",
            "U.",
            "S. S.\r",
            "’ʼ` \U0001f600 ﬁn",
        ]
    ),
    max_size=8,
)


@given(LINES, st.integers(1, 40))
def test_runs_of_lines_cut_apart_give_what_the_whole_gives(lines: list[str], short: int) -> None:
    text = "\n".join(lines)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bytewise, "_SHORT_RUN", short)
        apart = tokenise(text)
    whole = module._generally(text)
    assert arrays(apart) == arrays(whole)
    assert apart.caps_line == whole.caps_line
    assert apart.joins == whole.joins


def test_runs_of_lines_are_one_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bytewise, "_SHORT_RUN", 20)
    plain = "Посли знову чекали на відповідь до пізньої ночі, бо U.S. мовчали"
    text = f"{plain} – \nУ Zürich: ні.\n북한은 ‘так’.\n{plain}.\n\u0301\u0301 \n«{plain}»\nCAFÉ NOIR\n"
    tokens = tokenise(text)
    assert isinstance(tokens.layout, module._Joined)
    assert arrays(tokens) == arrays(module._generally(text))
    assert not tokens.as_given
    at = tokens.keys.index("zürich")
    assert tokens.surfaces[at - 2 : at + 5] == ["мовчали", "У", "Zürich", "ні", "북한은", "так", "Посли"]
    assert tokens.gaps[at - 1 : at + 5] == [" – \n", " ", ": ", ".\n", " '", "'.\n"]
    assert [text[start:end] for start, end in zip(tokens.starts, tokens.ends, strict=True)][-2:] == ["CAFÉ", "NOIR"]
    assert tokens.gaps[-2] == "»\n"
    assert list(tokens.caps_line)[-3:] == [0, 1, 1]


def test_one_line_of_foreign_letters_leaves_the_others_their_fast_way(monkeypatch: pytest.MonkeyPatch) -> None:
    generally: list[str] = []
    general = module._generally

    def noting(text: str) -> module.TokenList:
        generally.append(text)
        return general(text)

    monkeypatch.setattr(module, "_generally", noting)
    lines = ["Міністр прибув до столиці й зустрівся з послами. " * 8, "У Zürich – знов перемовини.", "Кінець. " * 40]
    tokens = tokenise("\n".join(lines))
    assert generally == [lines[1] + "\n"]
    assert "zürich" in tokens.keys


@given(MIXED)
def test_lowering_the_whole_text_gives_what_lowering_each_token_gives(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bytewise, "cut", lambda _: None)
        lowered = tokenise(text)
        patch.setattr(module, "_PLAIN", re.compile(""))
        each = tokenise(text)
    assert lowered.keys == each.keys
    assert (lowered.starts, lowered.ends) == (each.starts, each.ends)


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        (" ", True),
        ("", True),
        ("-", True),
        (" – ", True),
        (" («", True),
        (", ", True),
        ("\n", True),
        ("     ", True),
        ("'s ", True),
        (" / ", True),
        ("\n\n", False),
        ("\n \n", False),
        ("; ", False),
        ("? ", False),
        (' – "«', False),
        (" (a", False),
    ],
)
def test_what_may_stand_inside_a_phrase(gap: str, expected: bool) -> None:
    assert joins(gap) is expected


def test_a_line_in_capitals_is_marked() -> None:
    tokens = tokenise("US TO ACT\nUS\nThe US acts\nЗАЯВА МЗС 2")
    assert list(tokens.caps_line) == [1, 1, 1, 0, 0, 0, 0, 1, 1, 1]


def test_a_token_as_an_object() -> None:
    token = tokenise("у «Сеулі»")[1]
    assert (token.text, token.key, token.start, token.end, token.gap) == ("Сеулі", "сеулі", 3, 8, " «")
    tokens = tokenise("один, два")
    assert [(one.text, one.gap) for one in tokens] == [("один", ""), ("два", ", ")]
    assert list(tokens) == [tokens[at] for at in range(len(tokens))]


@pytest.mark.parametrize(
    "unit", ["а1", "'", "A.", "aж", ". ", "\u0301", "a's ", "слово\u00ad", "ж", "a\n\n", "U.S. 한 ", "한·미 "]
)
def test_long_monotonous_texts_are_cut_to_the_end(unit: str) -> None:
    text = unit * 20_000
    tokens = tokenise(text)
    assert len(tokens.joins) == len(tokens.starts) == len(tokens.keys)
    if tokens.keys:
        assert tokens.ends[-1] > len(text) - 8


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("한·미의", ["한미의"]),
        ("북·중·러 정상", ["북중러", "정상"]),
        ("남ㆍ북이", ["남북이"]),
        ("한·일본", ["한", "일본"]),
        ("미·이란", ["미", "이란"]),
        ("시·도", ["시", "도"]),
        ("서울·미", ["서울", "미"]),
        ("한 미", ["한", "미"]),
    ],
)
def test_countries_of_one_syllable_with_middle_dots_are_one_token(text: str, keys: list[str]) -> None:
    tokens = tokenise(text)
    assert tokens.keys == keys
    assert "".join(gap + surface for gap, surface in zip(tokens.gaps, tokens.surfaces, strict=True)) == text
