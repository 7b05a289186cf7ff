"""Watchlists on articles: which match, why, and where the hits stand."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from monitor.model import Article, EntitySpec, Name, Term, Verdict, Watchlist, Zone, ZoneSpan
from monitor.watch import match
from monitor.watch.catalogue import Catalogue, shipped
from monitor.watch.compile import CompileError, compile_watchlists
from monitor.watch.match import Matcher

NK = EntitySpec(
    id="DPRK",
    type="place",
    names={
        "en": (Name("DPRK"), Name("North Korea"), Name("N.K."), Name("Korea", not_before=("South",))),
        "uk": (Name("КНДР"), Name("Північна Корея")),
        "ko": (Name("북한"),),
    },
    adjectives={"uk": (Name("північнокорейський"),)},
)
MINISTER = EntitySpec(
    id="Minister",
    type="person",
    names={
        "uk": (Name("Марко Пак"), Name("Пак", needs=("Марко Пак", "міністр"))),
        "en": (Name("Pak", needs=("minister",)),),
    },
)
CATALOGUE = Catalogue([NK, MINISTER])


def article(
    text: str,
    title: str = "",
    zones: Sequence[tuple[Zone, str]] = (),
    source: str = "Ukrinform",
    language: str = "uk",
    **more: str,
) -> Article:
    """Make an article; `zones` name the zone that begins with each text."""
    bare = Article(url=more.get("url"), title=title, text=text, source=source, language=language)
    starts = [bare.document.index(beginning) for _, beginning in zones]
    spans = tuple(
        ZoneSpan(zone, start, end)
        for (zone, _), start, end in zip(zones, starts, [*starts, len(bare.document)][1:], strict=False)
    )
    return replace(bare, zones=spans, author=more.get("author"))


def matcher(*watchlists: Watchlist) -> Matcher:
    return compile_watchlists(watchlists, CATALOGUE)


def keywords(*terms: str | Term, name: str = "list", **more: object) -> Watchlist:
    return Watchlist(name, keywords=tuple(Term(term) if isinstance(term, str) else term for term in terms), **more)  # type: ignore[arg-type]


def one(watchlist: Watchlist, text: str, title: str = "", **more: object) -> Verdict:
    return matcher(watchlist).match(article(text, title, **more))[0]  # type: ignore[arg-type]


def surfaces(term: str | Term, text: str) -> list[str]:
    verdict = one(keywords(term), text)
    return [hit.surface for hit in verdict.hits]


# --------------------------------------------------------------------------- terms


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("ракета", "Ракетами і ракеті, не ракетник", ["Ракетами", "ракеті"]),
        ("балістична ракета", "балістичні ракети, балістичну «ракету»", ["балістичні ракети", "балістичну «ракету"]),
        ("балістична ракета", "балістична. І ракета; балістична\n\nракета", []),
        ("=ракета", "Ракета, ракети", ["Ракета"]),
        ("=North Korea", "north korea, North-Korea, North Koreas", ["north korea", "North-Korea"]),
        ("missil*", "Missiles, anti-missile, dismissile", ["Missiles", "missile"]),
        ("WHO", "WHO and who", ["WHO"]),
        ("=WHO", "WHO and who", ["WHO"]),
        ("WHO*", "WHOs and whose", ["WHOs"]),
        ("МБР", "МБР, мбр", ["МБР"]),
        ("US", "the U.S. and the US told us", ["U.S.", "US"]),
        (r"/Hwasong-\d+/", "hwasong-18", ["hwasong-18"]),
        ("Hwasong-18", "Hwasong-18, Hwasong 18, Hwasong18, Hwasong-19", ["Hwasong-18", "Hwasong 18", "Hwasong18"]),
        ("ядерний", "ракетно-ядерний", ["ядерний"]),
        ("북한", "북한의 성북한옥", ["북한"]),
        ("대륙간탄도미사일", "대륙간 탄도미사일을", ["대륙간 탄도미사일"]),
        ("금융위", "금융위는 금융위기", ["금융위"]),
        ("K팝", "K팝의 K팝송", ["K팝"]),
        ("국방부 장관", "러시아국방부 장관이, 국방부 신장관은", ["국방부 장관"]),
        ("미사일", "대륙간탄도미사일을", ["미사일"]),
        ("朝鲜", "关于朝鲜的消息", ["朝鲜"]),
        ("北京", "他在北京", ["北京"]),
        ("missil*", "missive, mission, missilery", ["missilery"]),
        ("тактична ядерна зброя", "ядерна зброя. Тактична ядерна зброя, тактична ядерна", ["Тактична ядерна зброя"]),
        ("安东尼·布林肯", "安东尼斯·布林肯", []),
        ("安东尼·布林肯", "安东尼·大布林肯", []),
        ("安东尼·布林肯", "国务卿安东尼·布林肯说", ["安东尼·布林肯"]),
    ],
)
def test_term_finds(term: str, text: str, found: list[str]) -> None:
    assert surfaces(term, text) == found


def test_capitals_term_in_a_headline_all_in_capitals() -> None:
    verdict = one(keywords("WHO"), "Nothing.", "WHO WARNS OF FLU", language="en")
    assert [hit.zone for hit in verdict.hits] == [Zone.TITLE]


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        (Term("Пак", add_forms=("Пакос",)), "Пакос", ["Пакос"]),
        (Term("북", add_forms=("대북", "북측")), "북측은 대북제재를, 북은 동북을", ["북측", "대북"]),
        (Term("하나", add_forms=("오늘도", "우리")), "우리는 우리 오늘도", ["우리", "오늘도"]),
        (Term("ракета", drop_forms=("ракети",)), "ракети ракету", ["ракету"]),
        (Term("ядерний", whole=True), "ракетно-ядерний, ядерний", ["ядерний"]),
        (Term("Apple", exact_case=True), "Apple apple APPLE", ["Apple"]),
        (Term("apple", exact_case=True), "Apple apple", ["apple"]),
        (Term("Apple", exact_case=True), "APPLE HAS A NEW CHIP", ["APPLE"]),
        (Term("apple", exact_case=True), "APPLE HAS A NEW CHIP", []),
        (Term("Пак", near=("Сеул",)), "Пак у Сеулі.", ["Пак"]),
        (Term("Пак", near=("Сеул",)), "Пак у Києві. " + "Щось інше сталося тут. " * 4 + "Сеул мовчить.", []),
        (Term("박진", except_=("박진감",)), "박진감 넘치는 박진은", ["박진"]),
        (Term("Korea", except_=("South Korea",)), "South Korea and Korea", ["Korea"]),
        (Term("Корея", language="uk"), "Корею", ["Корею"]),
        (Term("a.m."), "At 5 a.m. I am up, at 6 AM, at 7 A.M.", ["a.m", "AM", "A.M."]),
        (Term("a.m.", exact_case=True), "At 5 a.m., at 6 AM", ["a.m"]),
        (Term("fire"), "They fired; the fires burn.", ["fired", "fires"]),
        (Term("fire", pos="noun"), "They fired; the fires burn.", ["fires"]),
        (Term("fire", pos="verb"), "Firing went on.", ["Firing"]),
        (Term("запустити"), "Запустили дві, запускають ще.", ["Запустили"]),
        (Term("запустити", both_aspects=True), "Запустили дві, запускають ще.", ["Запустили", "запускають"]),
    ],
)
def test_overrides(term: Term, text: str, found: list[str]) -> None:
    assert surfaces(term, text) == found


def test_one_syllable_with_forms_of_its_own_is_not_warned_of() -> None:
    assert matcher(keywords(Term("북"))).warnings
    assert not matcher(keywords(Term("북", add_forms=("대북", "북측")))).warnings


def test_near_reaches_to_the_end_of_a_long_sentence() -> None:
    text = "Пак " + "сказав і повторив " * 8 + "у Сеулі. Кінець."
    assert surfaces(Term("Пак", near=("Сеул",)), text) == ["Пак"]


# --------------------------------------------------------------------------- entities


def test_a_foreign_spelling_is_as_guarded_as_the_same_in_its_own_script() -> None:
    spec = EntitySpec(
        id="WHO", type="organisation", names={"en": (Name("WHO", needs=("health",)),), "ko": (Name("WHO"),)}
    )
    matcher = compile_watchlists([Watchlist("list", entities=("WHO",))], Catalogue([spec]))
    texts = ["WHO WILL WIN THE CUP?", "WHO on health", "WHO는 WHO가 밝혔다고 했다"]
    assert [len(matcher.match(article(text))[0].hits) for text in texts] == [0, 1, 2]


def test_words_of_two_phrases_make_no_third() -> None:
    verdict = one(keywords("балістична ракета", "крилата торпеда"), "Балістична торпеда, крилата ракета.")
    assert verdict.hits == ()


def _entity(id_: str, text: str) -> list[tuple[str, str]]:
    verdict = one(Watchlist("list", entities=(id_,)), text)
    return [(hit.term, hit.surface) for hit in verdict.hits]


def test_entity_is_found_by_its_names_and_shown_as_written() -> None:
    text = "КНДР, Північній Кореї, N.K., 북한의, північнокорейських"
    assert _entity("DPRK", text) == [
        ("DPRK", "КНДР"),
        ("DPRK", "Північній Кореї"),
        ("DPRK", "N.K."),
        ("DPRK", "북한"),
        ("DPRK", "північнокорейських"),
    ]
    assert _entity("North Korea", "КНДР") == [("North Korea", "КНДР")]


def test_the_longest_name_is_kept_for_an_entity() -> None:
    assert _entity("DPRK", "North Korea") == [("DPRK", "North Korea")]


def test_not_before_guards_a_name() -> None:
    assert _entity("DPRK", "South Korea and Korea") == [("DPRK", "Korea")]
    assert _entity("DPRK", "South of Korea") == [("DPRK", "Korea")]


def test_a_surname_needs_the_full_name_or_a_guard_word() -> None:
    assert _entity("Minister", "Пак сказав.") == []
    assert _entity("Minister", "Міністр мовчав. Пак сказав.") == [("Minister", "Пак")]
    assert _entity("Minister", "Марка Пака чули. Пак сказав.") == [("Minister", "Марка Пака"), ("Minister", "Пак")]
    assert _entity("Minister", "Марко Пак was there; Pak said.") == [("Minister", "Марко Пак"), ("Minister", "Pak")]


def test_unknown_entity_names_the_watchlist_and_suggests() -> None:
    with pytest.raises(CompileError, match=r"watchlist 'list', 'DPRC': .*did you mean DPRK\?"):
        matcher(Watchlist("list", entities=("DPRC",)))


@pytest.mark.parametrize(
    ("watchlist", "what"),
    [
        (Watchlist("list"), "is empty"),
        (Watchlist("list", query="a OR"), "missing"),
        (Watchlist("list", query="a", entities=("DPRK",)), "query and terms"),
        (keywords("a AND b"), "query:"),
        (keywords("a", require=2), "require"),
        (keywords("a", where=("head",)), "zones are"),
        (keywords("anti-miss*"), "one word"),
        (keywords("a " * 30), "24 words"),
    ],
)
def test_bad_watchlist_is_refused(watchlist: Watchlist, what: str) -> None:
    with pytest.raises(CompileError, match=what) as caught:
        matcher(watchlist)
    assert "list" in str(caught.value)


# --------------------------------------------------------------------------- decisions

ZONED: list[tuple[Zone, str]] = [
    (Zone.TITLE, "Заголовок"),
    (Zone.LEAD, "Перший"),
    (Zone.BODY, "Другий"),
    (Zone.BACKGROUND, "Як повідомляв"),
    (Zone.CREDIT, "Фото"),
]
TEXT = "Перший абзац про КНДР.\n\nДругий про ракету.\n\nЯк повідомляв, були санкції.\n\nФото: Yonhap"


@pytest.mark.parametrize(
    ("watchlist", "matched", "reason", "terms"),
    [
        (keywords("КНДР", "ракета", "танк"), True, "2 of 3 terms", ("КНДР", "ракета")),
        (keywords("КНДР"), True, "1 of 1 term", ("КНДР",)),
        (keywords("КНДР", "танк", require="all"), False, "1 of 2 terms, 2 needed", ("КНДР",)),
        (keywords("КНДР", "ракета", "танк", require=2), True, "2 of 3 terms", ("КНДР", "ракета")),
        (keywords("санкція"), False, "background only", ()),
        (keywords("санкція", "Yonhap"), False, "background and credit only", ()),
        (keywords("КНДР", "санкція", require="all"), False, "1 of 2 terms, 2 needed", ("КНДР",)),
        (keywords("санкція", where=("background",)), True, "1 of 1 term", ("санкція",)),
        (keywords("ракета", where=("title",)), False, "body only", ()),
        (keywords("танк"), False, "no term", ()),
        (keywords("КНДР", exclude=(Term("ракета"),)), False, "vetoed by ракета in the body", ("КНДР",)),
        (keywords("КНДР", exclude=(Term("санкція"),)), True, "1 of 1 term", ("КНДР",)),
        (keywords("КНДР", sources=("Yonhap",)), False, "other source", ("КНДР",)),
        (keywords("КНДР", languages=("en",)), False, "other language", ("КНДР",)),
        (keywords("танк", sources=("Yonhap",)), False, "other source", ()),
        (keywords("КНДР", sources=("Ukrinform",), languages=("uk", "en")), True, "1 of 1 term", ("КНДР",)),
        (Watchlist("list", query="КНДР ракета"), True, "the query holds by КНДР, ракета", ("КНДР", "ракета")),
        (Watchlist("list", query="КНДР OR танк"), True, "the query holds by КНДР", ("КНДР",)),
        (Watchlist("list", query="КНДР танк"), False, "no танк", ("КНДР",)),
        (Watchlist("list", query="санкція"), False, "санкція: background only", ()),
        (Watchlist("list", query="background:санкція"), True, "the query holds by санкція", ("санкція",)),
        (Watchlist("list", query="КНДР NOT ракета"), False, "vetoed by ракета in the body", ("КНДР",)),
        (Watchlist("list", query="КНДР NOT санкція"), True, "the query holds by КНДР", ("КНДР",)),
        (Watchlist("list", query="lead:КНДР"), True, "the query holds by КНДР", ("КНДР",)),
        (Watchlist("list", query="title:КНДР"), False, "no КНДР in the title", ("КНДР",)),
        (
            Watchlist("list", query="@DPRK", exclude=(Term("ракета"),)),
            False,
            "vetoed by ракета in the body",
            ("@DPRK",),
        ),
    ],
)
def test_decision(watchlist: Watchlist, matched: bool, reason: str, terms: tuple[str, ...]) -> None:
    verdict = one(watchlist, TEXT, "Заголовок", zones=ZONED)
    assert (verdict.matched, verdict.reason, verdict.terms) == (matched, reason, terms)


def test_near_does_not_cross_from_title_to_text() -> None:
    assert not one(Watchlist("list", query="КНДР NEAR/5 ракета"), "Ракета злетіла.", "Про КНДР").matched
    assert one(Watchlist("list", query="КНДР NEAR/5 ракета"), "Ракета КНДР злетіла.", "Про це").matched


def test_sentence_and_paragraph_in_real_text() -> None:
    text = "Ракета злетіла 9.11.2023 р. у м. Києві, каже КНДР. Танк стоїть.\n\nЛітак."
    assert one(Watchlist("list", query="ракета SENTENCE КНДР"), text).matched
    assert not one(Watchlist("list", query="ракета SENTENCE танк"), text).matched
    assert one(Watchlist("list", query="ракета PARAGRAPH танк"), text).matched
    assert not one(Watchlist("list", query="ракета PARAGRAPH літак"), text).matched


def test_address_and_author() -> None:
    more = {"url": "https://example.org/sport/north-korea-1", "author": "Іван Франко"}
    for query, matched in [
        ("url:sport", True),
        ('url:"North Korea"', True),
        ("url:DPRK", False),
        ("author:Франко", True),
        ("author:(Іван NEAR/1 Франко)", True),
        ("author:Леся", False),
        (r"url:/korea-\d/", True),
        ("ракета NOT url:sport", False),
    ]:
        verdict = one(Watchlist("list", query=query), "Ракета.", **more)
        assert verdict.matched is matched, query


def test_every_hit_knows_its_place_and_sentence() -> None:
    given = article("Перше речення. Друге про північнокорейські ракети! Третє.", "Про КНДР")
    verdict = matcher(Watchlist("list", entities=("DPRK",), keywords=(Term("ракета"),))).match(given)[0]
    shown = [(hit.term, hit.surface, hit.zone, given.document[slice(*hit.sentence)], hit.form) for hit in verdict.hits]
    sentence = "Друге про північнокорейські ракети!"
    assert shown == [
        ("DPRK", "КНДР", Zone.TITLE, "Про КНДР", "КНДР"),
        ("DPRK", "північнокорейські", Zone.BODY, sentence, "північнокорейський"),
        ("ракета", "ракети", Zone.BODY, sentence, "ракета"),
    ]
    assert all(given.document[hit.start : hit.end] == hit.surface for hit in verdict.hits)
    assert all(hit.rule for hit in verdict.hits)


def test_verdicts_come_in_the_order_of_watchlists() -> None:
    many = matcher(keywords("танк", name="a"), keywords("ракета", name="b"), keywords("літак", name="c"))
    assert [(v.watchlist, v.matched) for v in many.match(article("Ракета."))] == [
        ("a", False),
        ("b", True),
        ("c", False),
    ]


def test_one_article_does_not_change_the_next() -> None:
    many = matcher(keywords("танк"), Watchlist("q", query="ракета NOT танк"))
    first, second = article("Ракета."), article("Танк.")
    alone = [many.match(first), many.match(second)]
    assert [many.match(first), many.match(second), many.match(first)] == [*alone, alone[0]]


@pytest.mark.parametrize("text", ["", "\n\n", "...", "\x00", "\ud800", "а́" * 50, "👍" * 20, "١٢٣"])
def test_odd_texts_match_nothing(text: str) -> None:
    assert not one(keywords("ракета", "북한", "朝鲜", "missil*", "/x+/"), text).matched


def test_offsets_are_those_of_the_original() -> None:
    given = article("ПІВНІЧНА КОРЕ\u0301Я і ки\u0301ївська раке\u0301та, K\u041dДР")
    hits = matcher(Watchlist("list", entities=("DPRK",), keywords=(Term("ракета"),))).match(given)[0].hits
    assert [hit.surface for hit in hits] == ["ПІВНІЧНА КОРЕ\u0301Я", "раке\u0301та", "K\u041dДР"]


def test_warnings_name_watchlist_and_term() -> None:
    assert any(str(line).startswith("list: 핵: ") for line in matcher(keywords("핵")).warnings)


def test_a_matcher_can_be_pickled() -> None:
    whole = matcher(keywords("ракета"), Watchlist("q", query=r"/Hwasong-\d+/ OR @DPRK"))
    again = pickle.loads(pickle.dumps(whole))  # noqa: S301 - our own
    given = article("Ракети КНДР, Hwasong-18")
    assert again.match(given) == whole.match(given)


def test_the_cache_gives_the_same_matcher() -> None:
    class Counting(dict[str, bytes]):
        written = 0

        def __setitem__(self, key: str, value: bytes) -> None:
            self.written += 1
            super().__setitem__(key, value)

    cache = Counting()
    lists = (
        keywords("ракета", "міжконтинентальна балістична ракета", "북한", "WHO"),
        Watchlist("q", entities=("DPRK",)),
    )
    given = article("Ракетами, міжконтинентальних балістичних ракет, 북한의 WHO")
    first = compile_watchlists(lists, CATALOGUE, cache).match(given)
    written = cache.written
    assert written
    second = compile_watchlists(lists, CATALOGUE, cache).match(given)
    assert cache.written == written
    assert first == second == compile_watchlists(lists, CATALOGUE).match(given)


def test_a_damaged_cache_costs_no_match() -> None:
    class Damaged(dict[str, bytes]):
        def __missing__(self, key: str) -> bytes:
            return b"\xff\x00"

        def get(self, key: str, default: object = None) -> bytes:
            return self[key]

    found = compile_watchlists([keywords("ракета")], CATALOGUE, Damaged()).match(article("Ракети"))
    assert found[0].matched


def _catalogue_of(names: Mapping[str, tuple[str, ...]]) -> Catalogue:
    return Catalogue([EntitySpec("X", names={code: tuple(map(Name, texts)) for code, texts in names.items()})])


def test_names_of_each_language_have_their_own_forms() -> None:
    catalogue = _catalogue_of({"ru": ("ракета",)})
    compiled = compile_watchlists([Watchlist("list", entities=("X",))], catalogue)
    hits = compiled.match(article("ракетой, ракеті"))[0].hits
    assert [hit.surface for hit in hits] == ["ракетой"]


@pytest.mark.parametrize("run", ["朝鲜", "북한", "ракета", "а\u0301", "U.S.", "北"])
def test_a_text_of_one_token_is_read_in_its_length(run: str) -> None:
    verdict = one(keywords("朝鲜", "안녕북한", "安东尼·布林肯", "ракета", "U.S.", "missil*"), run * 30_000)
    assert all(hit.end - hit.start < 60 for hit in verdict.hits)


@pytest.mark.parametrize(
    ("query", "matched", "reason"),
    [
        ("atleast/3(missile OR bomb)", True, "the query holds by missile, bomb"),
        ("atleast/4(missile OR bomb)", False, "3 of 4 mentions of missile OR bomb"),
        ("atleast/2(body:missile)", True, "the query holds by missile"),
        ("(missile ONEAR/2 bomb) NEAR/3 depot", True, "the query holds by missile, bomb, depot"),
        ("depot NEAR/9 (fort OR (bomb AND missile))", True, "the query holds by depot, bomb, missile"),
        ("depot NEAR/9 (fort OR (bomb AND tank))", False, "not depot NEAR/9 (fort OR (bomb AND tank))"),
        ("tank OR (missile AND fort)", False, "no tank; no fort"),
    ],
)
def test_queries_within_queries(query: str, matched: bool, reason: str) -> None:
    matcher = compile_watchlists([Watchlist("list", query=query)], Catalogue(()))
    text = "A missile and a bomb lay in the depot. The missile was old."
    verdict = matcher.match(Article(url=None, title="", text=text, source="", language="en"))[0]
    assert (verdict.matched, verdict.reason) == (matched, reason)


def test_verdicts_of_many_sources_are_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(match, "_KEPT_BLANKS", 2)
    matcher = compile_watchlists([Watchlist("list", keywords=(Term("missile"),))], Catalogue(()))
    for number in range(6):
        article = Article(url=None, title="", text="Nothing.", source=f"Paper {number}", language="en")
        assert matcher.match(article)[0].reason == "no term"
    assert len(matcher._blank) <= 3


def test_a_term_in_two_watchlists_is_read_once_and_shown_in_both() -> None:
    lists = [Watchlist(name, keywords=(Term("missile"),)) for name in ("one", "two")]
    matcher = compile_watchlists(lists, Catalogue(()))
    one, two = matcher.match(Article(url=None, title="", text="A missile.", source="", language="en"))
    assert one.hits == two.hits
    assert one.hits[0].surface == "missile"


def test_the_names_of_the_watchlists_that_match_are_those_of_their_verdicts() -> None:
    lists = [
        Watchlist("all", keywords=(Term("missile"), Term("fort")), require="all"),
        Watchlist("one", keywords=(Term("missile"),)),
        Watchlist("without", query="missile NOT fort"),
        Watchlist("never", keywords=(Term("tank"),)),
    ]
    matcher = compile_watchlists(lists, Catalogue(()))
    for text, names in (("A missile.", ["one", "without"]), ("A missile, a fort.", ["all", "one"]), ("Nothing.", [])):
        reading = matcher.read(Article(url=None, title="", text=text, source="", language="en"))
        assert matcher.names(reading, matcher.touched(reading)) == names
        assert [one.watchlist for one in matcher.decide(reading) if one.matched] == names


def test_terms_are_those_of_the_hits_also_where_the_words_were_cut_for_another_matcher() -> None:
    some = ("Blinken", "DPRK", "WHO", "Biden", "Kim Jong Un", "US", "ICBM", "NATO", "Seoul", "Russia", "Ukraine")
    catalogue = compile_watchlists([Watchlist("catalogue", entities=some)], shipped())
    other = matcher(keywords("ракета", "missile"), Watchlist("q", query='"missile launch" SENTENCE Kim'))
    texts = [
        "Міністр Ентоні Блінкен у Сеулі. Ракета КНДР! Джон Керрі мовчить.\n\nКеррі. Пхеньян.",
        "The WHO said so; who else? Biden met Kim Jong Un. Biden left.\n\nUnited States, N.K. and 'ICBM'.",
        "북한이 미사일을 발사했다고 합참이 밝혔다. 바이든 대통령은 서울에서.",
        "",
    ]
    for text in texts:
        plain = article(text, "Про НАТО")
        cut = len(plain.document) // 2
        zones = (ZoneSpan(Zone.BODY, 0, cut), ZoneSpan(Zone.BACKGROUND, cut, len(plain.document)))
        for given in (plain, replace(plain, zones=zones)):
            for outside in (frozenset[Zone](), frozenset({Zone.BACKGROUND})):
                (verdict,) = catalogue.match(given)
                expected = {hit.term for hit in verdict.hits if hit.zone not in outside}
                assert catalogue.terms(catalogue.read(given), outside) == expected
                reading = other.read(given)
                other.decide(reading)
                assert catalogue.terms(catalogue.read(given, reading), outside) == expected
                assert other.decide(other.read(given, catalogue.read(given))) == other.match(given)


def test_mentions_are_counted_by_term_where_they_count() -> None:
    lists = matcher(keywords("ракета", "missile"), keywords("missile", "peace", name="other"))
    plain = article("A missile. Two missiles, ракета.\n\nA missile again.")
    cut = plain.document.index("A missile again")
    given = replace(plain, zones=(ZoneSpan(Zone.BODY, 0, cut), ZoneSpan(Zone.BACKGROUND, cut, len(plain.document))))
    assert lists.counts(lists.read(given)) == {"ракета": 1, "missile": 3}
    assert lists.counts(lists.read(given), frozenset({Zone.BACKGROUND})) == {"ракета": 1, "missile": 2}
    assert lists.counts(lists.read(given), frozenset({Zone.BODY})) == {"missile": 1}
