"""Where a Korean term ends inside an eojeol."""

from __future__ import annotations

from pathlib import Path

import pytest
from doubles.yaml_cases import read_cases
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import forms
from monitor.text.forms import _korean_words as words
from monitor.text.forms import cjk, korean

CASES = read_cases(Path(__file__).with_name("ko.yaml"))
HANGUL = st.text(st.characters(min_codepoint=ord("가"), max_codepoint=ord("힣")), min_size=1, max_size=40)


def matches(term: str, token: str) -> bool:
    form = forms.expand(term, "ko").forms[term]
    return korean.find(term, token) >= 0 if form.prefix else token == term


@pytest.mark.parametrize(("term", "token"), [(term, token) for term in CASES for token in CASES[term]["yes"]])
def test_a_mention_is_found(term: str, token: str) -> None:
    assert matches(term, token)


@pytest.mark.parametrize(("term", "token"), [(term, token) for term in CASES for token in CASES[term]["no"]])
def test_another_word_is_not(term: str, token: str) -> None:
    assert not matches(term, token)


@pytest.mark.parametrize("particle", sorted(words.AFTER_ANY))
@pytest.mark.parametrize("term", ["미국", "영국", "호주", "푸틴"])
def test_a_particle_that_fits_any_syllable_ends_any_term(term: str, particle: str) -> None:
    assert korean.accepts(term, particle)
    assert korean.right_edge(term, particle)


@pytest.mark.parametrize(
    ("after_consonant", "after_vowel"),
    [("은", "는"), ("이", "가"), ("을", "를"), ("과", "와"), ("으로", "로"), ("이나", "나")],
)
def test_particles_agree_with_the_final_consonant(after_consonant: str, after_vowel: str) -> None:
    assert korean.right_edge("미국", after_consonant)
    assert not korean.right_edge("미국", after_vowel)
    assert korean.right_edge("호주", after_vowel)
    if after_consonant != "이":  # written on to a vowel, 이 is the copula: 호주이다
        assert not korean.right_edge("호주", after_consonant)


@pytest.mark.parametrize("token", ["평양서", "미국서는", "판문점서도", "로마서", "인도서만", "청와대서"])
def test_headlines_write_seo_after_places(token: str) -> None:
    place = token[: token.index("서")]
    assert korean.find(place, token) == 0


@pytest.mark.parametrize(("term", "token"), [("보고", "보고서"), ("문화", "문화서"), ("평화", "평화서")])
def test_after_other_nouns_it_makes_another_word(term: str, token: str) -> None:
    assert korean.find(term, token) == -1


def test_rieul_takes_ro_like_a_vowel() -> None:
    assert korean.right_edge("서울", "로")
    assert not korean.right_edge("서울", "으로")


@pytest.mark.parametrize("chain", ["에서도", "에게까지도", "측으로부터의", "군에게는", "인들에게도", "만으로도"])
def test_particles_and_suffixes_chain(chain: str) -> None:
    assert korean.right_edge("미국", chain)


@given(HANGUL, HANGUL)
def test_every_rest_has_an_answer(term: str, rest: str) -> None:
    assert korean.accepts(term, rest) in {True, False}


@given(HANGUL)
def test_a_term_alone_is_a_mention_unless_it_is_a_function_word(term: str) -> None:
    assert korean.accepts(term, "") is (term not in words.FUNCTION_WORDS)


def test_a_rest_of_any_length_is_decided_at_once() -> None:
    assert korean.accepts("미국", "에서" * 50_000) in {True, False}
    assert korean.is_particles("에서" * 50_000) in {True, False}


@pytest.mark.parametrize("token", ["이란", "이나", "은", "으로는", "에서도", "라는", "이라고"])
def test_particles_alone_are_known_as_such(token: str) -> None:
    assert korean.is_particles(token)


@pytest.mark.parametrize("token", ["북한", "미국", "측", "대통령", "이재명"])
def test_a_noun_is_not_particles(token: str) -> None:
    assert not korean.is_particles(token)


def test_a_compound_may_be_spaced() -> None:
    ways = korean.spacings(["대륙간탄도미사일"])
    assert ways[0] == ("대륙간탄도미사일",)
    assert ("대륙간", "탄도", "미사일") in ways
    assert ("대륙간", "탄도미사일") in ways
    assert all("".join(way) == "대륙간탄도미사일" and min(map(len, way)) >= 2 for way in ways)


def test_a_spaced_term_may_be_joined() -> None:
    assert korean.spacings(["한미", "연합훈련"]) == [
        ("한미", "연합훈련"),
        ("한미연합훈련",),
        ("한미연", "합훈련"),
        ("한미연합", "훈련"),
        ("한미", "연합", "훈련"),
    ]
    assert korean.spacings(["한미", "연합", "기동훈련"])[1:] == [
        ("한미연합기동훈련",),
        ("한미", "연합", "기동", "훈련"),
    ]


@pytest.mark.parametrize("term", [["북한"], ["김정은"], ["ICBM"], ["K2", "전차"]])
def test_a_short_or_a_mixed_term_has_one_spacing(term: list[str]) -> None:
    assert korean.spacings(term) == [tuple(term)]


def test_one_syllable_that_ends_a_phrase_takes_particles() -> None:
    _, last = forms.expand_phrase(["숀", "펜"], "ko")
    assert {"펜", "펜이", "펜을", "펜과", "펜에게는"} <= set(last.forms)
    assert not {"펜가", "펜션", "펜싱"} & set(last.forms)
    _, last = forms.expand_phrase(["대니", "리"], "ko")
    assert {"리", "리는", "리가", "리와"} <= set(last.forms)
    assert "리은" not in last.forms


def test_one_syllable_that_begins_a_phrase_stands_bare() -> None:
    first, _ = forms.expand_phrase(["조", "바이든"], "ko")
    assert list(first.forms) == ["조"]
    assert not first.warnings


def test_a_number_in_a_phrase_stands_as_it_is() -> None:
    first, second = forms.expand_phrase(["38", "노스"], "ko")
    assert not first.forms["38"].prefix
    assert second.forms["노스"].prefix


def test_one_syllable_and_function_words_are_warned_of() -> None:
    assert "one syllable" in forms.expand("핵").warnings[0]
    assert "ordinary word" in forms.expand("하나").warnings[0]
    assert not forms.expand("북한").warnings


@pytest.mark.parametrize(
    ("written", "base"),
    [
        ("핵실험에서", "핵실험"),
        ("북한이", "북한"),
        ("미사일을", "미사일"),
        ("대통령은", "대통령"),
        ("정부의", "정부"),
        ("발사했다", "발사"),
        ("제재하는", "제재"),
        ("한미연합훈련으로", "한미연합훈련"),
    ],
)
def test_a_particle_or_a_verb_s_ending_is_warned_of_with_the_base_form(written: str, base: str) -> None:
    (warning,) = forms.expand(written).warnings
    assert warning.endswith(f"write {base!r}")


@pytest.mark.parametrize(
    "term",
    [
        "김정은",
        "이재명",
        "제주도",
        "국무회의",
        "자유로움",
        "우리나라",
        "북한",
        "민주주의",
        "호주을",
        "북한가",
        "가나다라마바사아자차카타파하가나를",
    ],
)
def test_a_word_that_ends_like_a_particle_is_not_warned_of(term: str) -> None:
    assert not forms.expand(term).warnings


def test_lists_hold_no_more_than_they_say() -> None:
    assert {len(word) for word in words.FUNCTION_WORDS} == {2}
    assert {len(suffix) for suffix in words.SUFFIXES} == {1}
    assert min(len(noun) for noun in words.NOUNS) >= 2


# --------------------------------------------------------------------------- inside a compound


@pytest.mark.parametrize(
    ("term", "token", "start"),
    [
        ("미사일", "탄도미사일", 2),
        ("미사일", "대륙간탄도미사일을", 5),
        ("제재", "대북제재", 2),
        ("제재", "대북제재위원회가", 2),
        ("국방부", "러시아국방부는", 3),
        ("미군", "주한미군의", 2),
        ("무기", "핵무기를", 1),
        ("실험", "핵실험에서", 1),
        ("정부", "윤석열정부의", 3),  # a name before it that no list has
        ("정부", "윤석열정부회담", 3),
        ("회담", "윤석열정부회담", 5),
        ("훈련", "한미연합훈련", 4),
        ("이사회", "안전보장이사회", 4),
        ("안전", "안전보장이사회", 0),
        ("공격", "드론공격했다", 2),
        ("기업", "중소기업들은", 2),
        ("문제", "경제문제", 2),
        ("트럼프", "반트럼프", 1),
        ("제재", "제재대상제재", 0),  # at its beginning first
    ],
)
def test_a_noun_inside_a_compound_is_found(term: str, token: str, start: int) -> None:
    assert korean.find(term, token) == start


@pytest.mark.parametrize(
    ("term", "token"),
    [
        ("북한", "성북한옥마을"),
        ("대미", "현대미술관"),
        ("의도", "사회주의도"),  # 의 + 도 are particles
        ("이란", "모순이란"),
        ("인도", "미국인도"),
        ("아들", "부르주아들이"),  # the plural
        ("지도", "가버리는지도"),  # a verb's ending
        ("차도", "민주주의조차도"),
        ("지도", "엉뚱까지도"),
        ("차도", "엉뚱조차도"),
        ("반성", "일반성과"),
        ("합법", "비합법이다"),  # the opposite
        ("주의", "자본주의를"),  # -ism
        ("푸틴", "라스푸틴의"),
        ("러시아", "벨라러시아"),
        ("부분", "대부분의"),
        ("대사", "신진대사를"),
        ("일본", "일본해를"),
        ("하나", "우리하나"),
        ("핵", "북핵"),
        ("정부", "가나다라마바사아자차카타파하가나정부"),  # longer than any compound
        ("미술관", "국립현대미술굄"),
        ("지인", "어디까지인가"),  # within particles
    ],
)
def test_a_chance_meeting_of_syllables_is_no_mention(term: str, token: str) -> None:
    assert korean.find(term, token) == -1


@pytest.mark.parametrize(
    ("term", "token"),
    [
        ("노동", "노동자들은"),
        ("노동", "노동자계급이"),
        ("사회", "사회주의"),
        ("아이", "아이디어를"),
    ],
)
def test_a_longer_word_that_begins_with_a_term_is_another(term: str, token: str) -> None:
    assert korean.find(term, token) == -1


@pytest.mark.parametrize("token", ["서울대병원", "국회의원이", "호우주의보가", "유엔군을", "경제학자가", "경제정의"])
def test_a_compound_of_a_term_and_a_known_word_is_a_mention(token: str) -> None:
    assert korean.find(token[:2], token) == 0


# Of any noun, in no list: as news writes them.
@pytest.mark.parametrize("noun", ["납치", "압류", "침투", "사격", "줍줍", "발사"])
@pytest.mark.parametrize(
    "ending",
    [
        "했다",
        "하는",
        "한",
        "할",
        "하고",
        "하며",
        "하면서",
        "하기",
        "하기도",
        "하지",
        "하지만",
        "하려고",
        "합니다",
        "해서",
        "해야",
        "해왔다",
        "하였다",
        "하겠다고",
        "할수록",
        "된다",
        "되는",
        "된",
        "될",
        "됐다",
        "되어",
        "시켰다",
        "시킨",
        "시키는",
        "당했다",
        "당한",
        "받았다",
        "받는",
        "하도록",
        "토록",
        "한다고",
        "함에",
        "하십시오",
    ],
)
def test_a_verb_of_a_noun_is_a_form_of_it(noun: str, ending: str) -> None:
    assert korean.accepts(noun, ending)


@pytest.mark.parametrize(
    "adjective", ["자연스럽다", "자연스러운", "명예롭게", "관계없이", "문제없는", "완전히", "평화로운"]
)
def test_an_adjective_of_a_noun_is_a_form_of_it(adjective: str) -> None:
    assert korean.accepts(adjective[:2], adjective[2:])


def test_a_term_of_three_syllables_is_found_before_what_is_no_word() -> None:
    assert korean.find("미사일", "미사일쿵쾅") == 0


@pytest.mark.parametrize("token", ["사랑하는", "사랑합니다", "사랑스러운", "진정사랑했던"])
def test_what_is_made_of_a_feeling_names_nothing(token: str) -> None:
    """Such a noun is a given name or a title as well: 사랑 of 추사랑 is not what 사랑하다 is about."""
    assert korean.find("사랑", token) == -1


@pytest.mark.parametrize(("token", "place"), [("사랑", 0), ("사랑의", 0), ("사랑을", 0), ("진정사랑의", 2)])
def test_a_feeling_is_found_as_a_noun(token: str, place: int) -> None:
    assert korean.find("사랑", token) == place


# --------------------------------------------------------------------------- Chinese and Japanese


@pytest.mark.parametrize("term", ["北朝鮮", "朝鲜", "弾道ミサイル", "トランプ"])
def test_a_han_or_kana_term_is_found_inside_a_run(term: str) -> None:
    form = forms.expand(term, "ja").forms[term]
    assert form.substring
    assert cjk.accepts(term, f"今日{term}発", 2)


@pytest.mark.parametrize(
    ("term", "run"),
    [
        ("中国", "发展中国家"),
        ("印度", "印度尼西亚"),
        ("京都", "東京都"),
        ("日本", "日本海"),
        ("インド", "インドネシア"),
        ("日本", "今日本报讯"),
        ("日本", "5日本报记者"),
        ("中国", "其中国际航班"),
        ("上海", "以上海外"),
        ("河南", "黄河南岸"),
    ],
)
def test_a_longer_word_that_holds_a_term_by_chance_is_no_mention(term: str, run: str) -> None:
    assert not cjk.accepts(term, run, run.index(term))
    assert not cjk.accepts(term, "我" + run, run.index(term) + 1)


def test_the_same_characters_elsewhere_are_a_mention() -> None:
    assert cjk.accepts("中国", "中国和发展中国家", 0)
    assert not cjk.accepts("中国", "中国和发展中国家", 5)
    assert cjk.accepts("日本", "日本报纸", 0)
    assert cjk.accepts("日本", "昨日本", 1)
    assert cjk.accepts("中国", "其中中国内地", 2)


def test_one_character_stands_alone() -> None:
    made = forms.expand("北")
    assert not made.forms["北"].substring
    assert "single character" in made.warnings[0]
