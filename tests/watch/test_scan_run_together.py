"""Words that are written together: the whole token first, then its parts at a small letter before a capital."""

from __future__ import annotations

import pytest
from doubles.surfaces import surfaces
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.model import Article, Term, Watchlist
from monitor.text import bytewise
from monitor.text import tokens as module
from monitor.text.known_words import is_known, is_word
from monitor.text.tokens import tokenise
from monitor.watch.catalogue import Catalogue
from monitor.watch.compile import compile_watchlists

CASES = [
    ("Україна", "Виграла #УкраїнаКоманда вчора.", ["Україна"]),
    ("команда", "Виграла #УкраїнаКоманда вчора.", ["Команда"]),
    ("Північна Корея", "#ПівнічнаКорея мовчить", ["ПівнічнаКорея"]),
    ("Північна Корея", "#НоваПівнічнаКореяСьогодні", ["ПівнічнаКорея"]),
    ("збройні сили України", "#ЗбройніСилиУкраїни", ["ЗбройніСилиУкраїни"]),
    ("збройні сили України", "#НашіЗбройніСили", []),
    ("збройні сили України", "#СилиУкраїни", []),
    ("ракета", "новини:РакетаВпала", ["Ракета"]),
    ("Россия", "говоритРоссия", ["Россия"]),
    ("Шахед", "збитоШахед", ["Шахед"]),  # the term itself need not be in a dictionary
    ("missile", "#MissileDefence now", ["Missile"]),
    ("missile", "北 #MissileDefence é now", ["Missile"]),
    ("North Korea", "#NorthKorea launched", ["NorthKorea"]),
    ("Korea", "#NorthKorea launched", ["Korea"]),
    ("White House", "#WhiteHouse", ["WhiteHouse"]),
    ("Smith", "GlaxoSmithKline said", []),  # 'glaxo' is no word
    ("Space", "SpaceX launched", []),
    ("MiG", "a MiG flew", ["MiG"]),
    ("БпЛА", "збили БпЛА", ["БпЛА"]),
    ("ЛА", "збили БпЛА", []),
    ("DeepMind", "DeepMind said", ["DeepMind"]),
    ("Lavrov", "#LavrovBlinken talk", ["Lavrov"]),  # a name of the catalogue, in no dictionary
    ("North Korea", "#GlaxoNorthKorea", []),
    ("Kijów", "rozmówKijów", []),  # words of three languages alone are known
    ("Захід", "новийЗахід", ["Захід"]),
    ("захід", "НовийЗахід", ["Захід"]),
    ("Захід", "НовийзахідСонця", []),
    ("Захід", "західСонця", []),  # its capital is asked for here, too
    ("збройні сили України", "#ЗбройніСилиКоманда", []),
    ("Північна Корея", "#північнаКорея", ["північнаКорея"]),
    ("NATO", "PostNato", ["Nato"]),
    ("команда", "Команда" * 11, ["Команда"] * 11),
    ("команда", "Команда" * 13, []),  # no words any more
    ("команда", "Команда" + "Слово" + "а" * 40, []),
    ("команда", "Команда1Команда", ["Команда", "Команда"]),
]


@pytest.mark.parametrize(("term", "text", "found"), CASES, ids=[f"{at}" for at in range(len(CASES))])
def test_parts_of_words_are_found(term: str, text: str, found: list[str]) -> None:
    assert surfaces(term, text) == found


TERMS = ["розмова", "Київ", "УкраїнаКоманда", "команда", "Україна", "rozmowa", "Kijów", "Korea", "North Korea", "Glaxo",
         "Smith", "GlaxoSmithKline", "ракета", "missile", "미사일", "북한", "НАТО", "Захід"]  # fmt: skip
PARTS = ["розмова", "Київ", "Україна", "Команда", "rozmów", "Kijów", "North", "Korea", "Glaxo", "Smith", "Kline", "Ракета",
         "북한", "미사일", "Nato", "Missile", " ", ". "]  # fmt: skip


@given(
    st.lists(st.sampled_from(TERMS), min_size=1, max_size=3, unique=True),
    st.lists(st.sampled_from(TERMS), max_size=8, unique=True),
    st.lists(st.sampled_from(PARTS), min_size=1, max_size=8).map("".join),
)
@example(["Kijów"], ["rozmowa"], "rozmówKijów")
@example(["Київ"], ["Glaxo"], "GlaxoКиїв")
@example(["Україна"], ["УкраїнаКоманда"], "УкраїнаКоманда")
def test_what_a_watchlist_finds_does_not_hang_on_the_terms_of_another(
    own: list[str], other: list[str], text: str
) -> None:
    assert _found(own, [], text) == _found(own, other, text)


def _found(own: list[str], other: list[str], text: str) -> list[tuple[int, int, str]]:
    lists = [Watchlist("own", keywords=tuple(map(Term, own)))]
    lists += [Watchlist("other", keywords=tuple(map(Term, other)))] if other else []
    article = Article(url=None, title="", text=text, source="", language="uk")
    verdicts = compile_watchlists(lists, Catalogue(())).match(article)
    return sorted(
        (hit.start, hit.end, hit.term) for verdict in verdicts if verdict.watchlist == "own" for hit in verdict.hits
    )


def test_the_places_are_the_same_in_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "УкраїнаКоманда і North-KoreaDaily, БпЛА's MiG «ПівнічнаКорея»"
    fast = tokenise(text).humps
    monkeypatch.setattr(bytewise, "cut", lambda _: None)
    assert tokenise(text).humps == fast == [7, 28, 37, 44, 55]


def test_the_places_in_runs_of_lines_are_those_of_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bytewise, "_SHORT_RUN", 5)
    text = "УкраїнаКоманда мовчала цілий вечір\nÉcole MissileDefence\nзнову РакетаВпала\n"
    tokens = tokenise(text)
    assert tokens.humps == [found.start() + 1 for found in module._HUMP.finditer(text)]
    assert len(tokens.humps) == 3
    assert surfaces("ракета", text) == ["Ракета"]


def test_only_the_first_places_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bytewise, "MOST_HUMPS", 2)
    assert tokenise("aBaBaBaB").humps == [1, 3]
    assert tokenise("ßaBaBaBaB").humps == [2, 4]


@pytest.mark.parametrize(
    ("word", "known"),
    [("команда", True), ("елка", True), ("ґанок", True), ("глаксо", False), ("missile", True),
     ("korea", True), ("glaxo", False)],
    ids=[f"{at}" for at in range(7)],
)  # fmt: skip
def test_known_words(word: str, known: bool) -> None:
    assert is_known(word) == known


def test_names_of_the_catalogue_are_words() -> None:
    assert is_word("blinken")
    assert not is_known("blinken")
    assert not is_word("glaxo")


def test_a_capital_of_another_script_begins_a_token_and_no_part() -> None:
    tokens = tokenise("newsУкраїна УкраїнаКоманда")
    assert len(tokens.humps) == 2
    assert list(tokens.cuts().values()) == [[12, 19]]
