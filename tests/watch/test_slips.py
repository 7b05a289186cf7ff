"""Terms written as another program wants them, or in another script's letters: what is said of them."""

from __future__ import annotations

import pytest

from monitor.model import EntitySpec, Name, Term, Watchlist
from monitor.watch.catalogue import Catalogue, shipped
from monitor.watch.compile import compile_watchlists
from monitor.watch.explain import show_forms
from monitor.watch.query.nodes import leaves
from monitor.watch.query.parse import QueryError, parse_query, parse_term
from monitor.watch.slips import is_of_case, is_plain, of_case, of_query, of_term
from monitor.watch.wording import TermNote, note_in

MEANT = {
    "NORTH KOREA|DPRK": "[NORTH KOREA, DPRK]",
    "ракета || танк": "[ракета, танк]",
    "a, b; c": "[a, b, c]",
    "missile, rocket": "[missile, rocket]",
    "ракета або танк": "[ракета, танк]",
    "ракета АБО танк": "[ракета, танк]",
    "танк ИЛИ ракета": "[танк, ракета]",
    "ракета/танк": "[ракета, танк]",
    "[rocket, tank]": "[rocket, tank]",
    "rocket's; tank": '["rocket\'s", tank]',
    '"missile OR rocket"': "[missile, rocket]",
    "ракета - танк": "[ракета, танк]",
    "ракета НЕ футбол": "query: ракета NOT футбол",
    "ракета І танк": "query: ракета AND танк",
    '"missile AND rocket"': "query: missile AND rocket",
    "missile w/5 Seoul": "query: missile NEAR/5 Seoul",
    "missile NEAR5 South Korea": 'query: missile NEAR/5 "South Korea"',
    "missile within 5 Seoul": "query: missile NEAR/5 Seoul",
    "ракета pre/3 Київ": "query: ракета ONEAR/3 Київ",
    "+rocket": "write rocket",
    "rocket +Seoul": "write rocket Seoul",
    "!rocket": "write rocket",
    "missile~2": "write missile",
    "missi?e": "write missi*",
    "missile$": "write missile*",
    "(rocket)": "write rocket",
    "intitle:rocket": "query: title:rocket",
    "inurl:rocket launch": 'query: url:"rocket launch"',
    "drone && rocket": "query: drone AND rocket",
    "ракеты БЕЗ учений": "query: ракеты NOT учений",
    "ракета.": "full stop follows: write ракета",
    "missile.": "full stop follows: write missile",
    "missile site:yna.co.kr": "query: missile AND url:yna.co.kr",
    "site:kcna.kp": "query: url:kcna.kp",
    "missile -football": "query: missile NOT football",
    "missile AROUND(5) Seoul": "query: missile NEAR/5 Seoul",
    "missile /7 Seoul": "query: missile NEAR/7 Seoul",
    "missile /s Seoul": "query: missile SENTENCE Seoul",
    "missile ONEAR South Korea": 'query: missile ONEAR/5 "South Korea"',
    "atleast3 missile": "query: atleast/3(missile)",
    "lang:en missile": "write missile",
    "hlp=(missile launch)": "write missile launch",
    "keyword: missile": "write missile",
    "en: missile": "write missile",
    "1. missile": "write missile",
    "missile^2": "write missile",
    "missile (not football)": "write missile",
    "\\bmissiles?\\b": "write /\\bmissiles?\\b/",
    "R&amp;D": "write R&D",
    "missile%20launch": "write missile launch",
    "<b>missile</b>": "write missile",
    "ракета / танк": "[ракета, танк]",
    "ракета та/або танк": "[ракета, танк]",
    "미사일、로켓": "[미사일, 로켓]",
    "미사일 그리고 발사": "query: 미사일 AND 발사",
    "missile ANDNOT game": "query: missile AND NOT game",
    "NORTH KOREA": "write North Korea",
    "MISSILE": "write missile",
    "р а к е т а": "write ракета",
    "ІСВМ": "write ICBM in Latin letters",
    "KHAB": "write КНАВ in Cyrillic letters",
}
SOUND = (
    "Президент України|North Korea|Вибори-2024|км/год|AFP/Getty|AT&T|C++|Disney+|1,000 tanks|Yahoo!|Хто винен?|50%"
    "|війна і мир|Закон І Порядок|ВІЙНА І МИР|НАТО|СВО|МАТЕ|Ізраїль|North-South|Сеул – Пхеньян|Указ № 64|Lee's|missil*"
    "|=rocket|@DPRK|BOEING|from: |Section 3. missile|Note en: missile|missile^2 more|missile (not football) more|missile -5|a -b c|"
    "inc.|грн.|просп.|Чорне море|ОАЕ|G7|Twitter/X|rocket;"
)


def known(word: str) -> bool:
    return shipped().find(word) is not None or word == "КНАВ"


def notes(term: str) -> list[str]:
    return list(of_term(parse_term(term), term, known))


@pytest.mark.parametrize(("term", "meant"), MEANT.items())
def test_a_slip_is_told_with_what_was_meant(term: str, meant: str) -> None:
    (note,) = notes(term)
    assert note.endswith(meant)


@pytest.mark.parametrize("term", SOUND.split("|"))
def test_of_a_sound_term_nothing_is_said(term: str) -> None:
    assert notes(term) == []


@pytest.mark.parametrize("term", [*MEANT, *SOUND.split("|")])
def test_a_plain_term_has_no_slip(term: str) -> None:
    assert not (is_plain(term) and notes(term))


def test_most_terms_are_plain() -> None:
    assert all(map(is_plain, ["ракета", "Північна Корея", "п'ять", "ядерно-ракетний щит", "북한", "Park Jin"]))


def test_a_regular_expression_may_hold_anything() -> None:
    assert notes("/a|b, c/") == []


@pytest.mark.parametrize(
    ("term", "letters", "meant"),
    [
        ("ракета АND танк", "Cyrillic А", "AND"),
        ("ракета ОR танк", "Cyrillic О", "OR"),
        ("сало NЕАR/5 хліб", "Cyrillic Е, А", "NEAR/5"),
    ],
)
def test_the_odd_letters_of_an_operator_are_named(term: str, letters: str, meant: str) -> None:
    first, second = notes(term)
    assert letters in first
    assert first.endswith(f"write {meant} in Latin letters")
    assert f" {meant} " in second


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("ракета АБО танк", "ракета OR танк"),
        ("ракета НЕ танк", "ракета NOT танк"),
        ("Київ І Львів", "Київ AND Львів"),
        ("missile w/5 Seoul", "missile NEAR/5 Seoul"),
        ("missile pre/3 Seoul", "missile ONEAR/3 Seoul"),
        ('"missile Seoul"~5 AND x', "(missile NEAR/5 Seoul) AND x"),
        ("a, b; c", "a OR b OR c"),
        ("a b;", "a b"),
        ("+rocket AND tank", "rocket AND tank"),
        ("NОT x AND y", "NOT x AND y"),
        ("'missile test' AND Seoul", '"missile test" AND Seoul'),
        ("‘missile test’ OR ракета", '"missile test" OR ракета'),
        ("''missile test'' AND Seoul", '"missile test" AND Seoul'),
        ("``missile test'' AND Seoul", '"missile test" AND Seoul'),
        ("Seoul AND ’missile test’", 'Seoul AND "missile test"'),
        ("‹missile test› OR ракета", '"missile test" OR ракета'),
        (
            "「미사일 발사」 OR 《북한 핵》 OR 〈서울 시〉 OR 『a b』",
            '"미사일 발사" OR "북한 핵" OR "서울 시" OR "a b"',
        ),
        ("＂missile  test＂ OR <<North Korea>>", '"missile  test" OR "North Korea"'),
        ("missil? AND Seoul", "missil* AND Seoul"),
        ("missile ADJ Seoul", "missile ONEAR/1 Seoul"),
    ],
)
def test_a_slip_of_a_query_is_told_with_the_query_that_was_meant(query: str, meant: str) -> None:
    told = list(of_query(query, leaves(parse_query(query)), known))
    assert told[-1].endswith(f"write {meant}")
    parse_query(meant)


@pytest.mark.parametrize(
    "query",
    [
        "missile NEAR/5 Seoul",
        'a ONEAR/3 "b, c; АБО"',
        '@DPRK AND (artillery NEAR/8 Russia OR "снаряди для Росії") NOT title:футбол',
        "ВІЙНА І МИР",
        "/a; b/ x",
        "who is Kim?",
        "Lee's AND don't AND x",
        "’Ndrangheta boss OR workers’ pay",
        "workers’ rights OR owners’ duty",
        "‘one’ OR 「둘」",
        "missile && Seoul",
    ],
)
def test_of_a_sound_query_nothing_is_said(query: str) -> None:
    assert list(of_query(query, leaves(parse_query(query)), known)) == []


def test_look_alikes_in_a_query_are_told() -> None:
    (note,) = of_query("ІСВМ OR @DPRK", leaves(parse_query("ІСВМ OR @DPRK")), known)
    assert "Cyrillic І, С, В, М" in note


def test_a_distance_in_quotes_is_refused_with_the_query_that_was_meant() -> None:
    with pytest.raises(QueryError, match="write it under query: missile NEAR/5 Seoul"):
        parse_term('"missile Seoul"~5')


def test_check_forms_and_chat_have_the_notes() -> None:
    lists = [
        Watchlist("arms", keywords=(Term("ракета|танк"),), exclude=(Term("+футбол"),)),
        Watchlist("query", query="ракета АБО танк"),
    ]
    warnings = compile_watchlists(lists, Catalogue(())).warnings
    assert {("arms", "ракета|танк"), ("arms", "+футбол"), ("query", "ракета АБО танк")} <= {
        (note.watchlist, note.term) for note in warnings
    }
    assert "[ракета, танк]" in show_forms(Term("ракета|танк"), Catalogue(())).warnings[0]


@pytest.mark.parametrize("term", [*MEANT, "ракета АND танк"])
def test_every_note_is_told_in_ukrainian(term: str) -> None:
    for note in notes(term):
        told = note_in(note, "uk")
        assert told != note
        assert not {"write", "found", "Cyrillic", "operators"} & set(told.replace(":", " ").split())


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Зеленським", "Зеленський"),
        ("Залужного", "Залужний"),
        ("Макроном", "Макрон"),
        ("Пхеньяну", "Пхеньян"),
        ("Києва", "Київ"),
        ("Харкові", "Харків"),
        ("Росією", "Росія"),
        ("Олегом", "Олег"),  # of the dictionary alone
    ],
)
def test_a_name_in_another_case_is_told_with_its_base_form(written: str, meant: str) -> None:
    (note,) = compile_watchlists([Watchlist("w", keywords=(Term(written),))], shipped()).warnings
    assert note.text == f"{written!r} is not in its base form, so it is found in few forms: write {meant!r}"
    assert show_forms(Term(written), shipped()).warnings == (note.text,)


@pytest.mark.parametrize("written", ["Київ", "Росія", "Мексика", "Герасимова", "Шевченко", "Кім", "Марина", "Каліна"])
def test_of_a_name_in_its_base_form_nothing_is_said(written: str) -> None:
    assert show_forms(Term(written), shipped()).warnings == ()


def test_a_name_of_the_catalogue_is_a_base_form_whatever_the_dictionary_has() -> None:
    own = EntitySpec(id="Nosa", type="person", names={"uk": (Name("Носа"),)})
    (note,) = show_forms(Term("Носа"), Catalogue(())).warnings
    assert note.endswith("write 'Нос'")
    assert show_forms(Term("Носа"), Catalogue((own,))).warnings == ()


def test_a_note_that_has_no_words_stays() -> None:
    assert note_in("something else", "uk") == "something else"
    assert note_in("'x' is a past tense: for all forms of the verb write 'y'", "xx").startswith("'x' is")
    assert str(TermNote("list", "term", "text")) == TermNote("list", "term", "text").told("en") == "list: term: text"


def test_a_note_on_a_case_is_known_by_its_kind() -> None:
    note = of_case("Пхеняну", frozenset({"пхенян"}))
    assert note is not None
    assert is_of_case(note)
    assert not is_of_case(next(of_term(parse_term("missile$"), "missile$", known)))
    assert not is_of_case("a word that is not in its base form, says somebody")
