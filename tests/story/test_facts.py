"""What titles and leads say of an event, in four languages, and what of it is kept."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from monitor.model import Article
from monitor.story.facts import Facts, facts, named, plain, read_plain
from monitor.story.features import article_facts
from monitor.story.lexicon import contains

THURSDAY = date(2023, 11, 9)

LAUNCH = {
    "en": (
        "N. Korea fires two short-range ballistic missiles toward East Sea",
        "SEOUL, Nov. 9 (Yonhap) -- The missiles were fired from the Sunan area at around 7:28 a.m. on Thursday, the JCS said.",
    ),
    "uk": (
        "КНДР запустила дві балістичні ракети малої дальності",
        "КНДР у четвер о 7:28 запустила з району Сунан дві ракети в бік Японського моря.",
    ),
    "ru": (
        "КНДР запустила две баллистические ракеты малой дальности",
        "КНДР в четверг в 07:28 запустила две ракеты из района Сунан в сторону Японского моря.",
    ),
    "ko": (
        "북한, 동해상으로 단거리 탄도미사일 2발 발사",
        "(서울=연합뉴스) 김기자 기자 = 북한이 9일 오전 7시 28분께 평양 순안 일대에서 탄도미사일 2발을 쐈다고 군이 밝혔다.",
    ),
}


@pytest.mark.parametrize("language", sorted(LAUNCH))
def test_a_launch_says_the_same_in_every_language(language: str) -> None:
    found = facts(*LAUNCH[language], THURSDAY)
    assert found.kinds == {"launch"}
    assert found.places == {"Sunan"}
    assert found.seas == {"East Sea"}
    assert found.clocks == {7 * 60 + 28}
    assert found.parts == {"morning"}
    assert found.days == {THURSDAY.toordinal()}
    assert found.counts == {"missile": {"2"}}
    assert {"ballistic", "ballistic/short"} == found.weapons


@pytest.mark.parametrize(
    ("title", "counts"),
    [
        ("Strike on Odesa kills 3, wounds 12", {"dead": {"3"}, "wounded": {"12"}}),
        ("3 killed, 12 wounded in strike on Odesa", {"dead": {"3"}, "wounded": {"12"}}),
        ("Удар по Одесі: загинули щонайменше троє, 12 поранених", {"dead": {"3"}, "wounded": {"12"}}),
        ("Удар по Одессе: погибли три человека, ранены 12", {"dead": {"3"}, "wounded": {"12"}}),
        ("오데사 공습으로 3명 사망, 12명 부상", {"dead": {"3"}, "wounded": {"12"}}),
        ("Air defence downs 35 of 40 drones over 12 regions", {"drone": {"35", "40"}}),
        ("US to send $500 million in arms", {"money": {"5e+08"}}),
        ("Допомога на 1,2 млрд доларів", {"money": {"1.2e+09"}}),
        ("Exports rise 3.2 percent", {"percent": {"3.2"}}),
        ("Some 1,200 people marched", {"person": {"1200"}}),
        ("Flight 1.2.3 carried 4 missiles", {"missile": {"4"}, "person": set()}),
        ("Room 12", {}),
        ("Five 7 dead", {"dead": {"7"}}),
    ],
)
def test_numbers_with_their_kinds(title: str, counts: dict[str, set[str]]) -> None:
    found = facts(title, "", THURSDAY).counts
    assert found == {kind: numbers for kind, numbers in counts.items() if numbers}


def test_the_title_counts_before_the_lead() -> None:
    found = facts("Strike on Kharkiv wounds 5", "A strike on Kherson wounded 3 people and killed 2.", THURSDAY)
    assert found.places == {"Kharkiv"}
    assert found.counts == {"wounded": {"5"}, "dead": {"2"}}
    assert found.titled == {"wounded"}


@pytest.mark.parametrize(
    ("title", "places"),
    [
        ("Seoul warns the North", set()),
        ("Ministers meet in Seoul", {"Seoul"}),
        ("Russia strikes Kyiv", {"Kyiv"}),
        ("Удар по Києву", {"Kyiv"}),
        ("Київ заявляє про успіх", set()),
        ("В Москве прошли переговоры", {"Moscow"}),
        ("서울에서 회담", {"Seoul"}),
        ("서울의 봄", set()),
        ("Explosions in Kharkiv's centre", {"Kharkiv"}),
        ("Kharkiv region shelled", {"Kharkiv Oblast"}),
        ("На Харківщині тривога", {"Kharkiv Oblast"}),
        ("У Харківській області тривога", {"Kharkiv Oblast"}),
        ("Харківський суд зібрався", set()),
        ("В Белгородской области взрывы", {"Belgorod Oblast"}),
        ("Обстріл Ізюма", {"Izium"}),
        ("Kryvyi Rih under attack", {"Kryvyi Rih"}),
        ("Sumska street", set()),
        ("У Кременчуці вибухи", {"Kremenchuk"}),
        ("Ministers fly from Kharkiv to Warsaw", {"Kharkiv"}),
        ("Gunfire in Crimea", {"Crimea"}),
        ("У Краматорську пролунали вибухи", {"Kramatorsk"}),
        ("Вибухи: до Краматорська прибув голова ОВА", {"Kramatorsk"}),
        ("Мешканці Краматорська без світла", {"Kramatorsk"}),
        ("Громада (Краматорська громада) без світла", set()),
        ("Дітей забрали в Краматорську лікарню", {"Kramatorsk"}),
        ("По Донецком району били дважды", {"Donetsk"}),
        ("Удар: Донецком районе били дважды", set()),
        ("У Хмельницькому загорівся склад", {"Khmelnytskyi"}),
        ("Бої: Кам'янського району не зачепило", set()),
        ("Тривога: Хмельницька", set()),
        ("Пожежа на вулиці Богдана Хмельницького у Києві", {"Kyiv"}),
        ("Пожежа на вул. Хмельницького", set()),
        ("Пожежа в театрі імені Кропивницького", set()),
        ("Дрони над Нижегородской областью", {"Nizhny Novgorod Oblast"}),
        ("Тривога в Орловському музеї", set()),
        ("Одещина: тривога", {"Odesa Oblast"}),
        ("Взрывы на Одесчине", {"Odesa Oblast"}),
        ("Обстріл Дніпропетровщини", {"Dnipro Oblast"}),
        ("В Днепропетровской области тревога", {"Dnipro Oblast"}),
        ("У Чернігівській області тривога", {"Chernihiv Oblast"}),
        ("Тривога на Волині", {"Lutsk Oblast"}),
        ("Alert in Zakarpattia region", {"Uzhhorod Oblast"}),
        ("Бої на Донбасі", {"Donbas"}),
        ("На Кубани горит склад", {"Krasnodar Oblast"}),
        ("В Краснодарском крае тревога", {"Krasnodar Oblast"}),
        ("돈바스 전투", {"Donbas"}),
    ],
)
def test_places(title: str, places: set[str]) -> None:
    assert facts(title, "", THURSDAY).places == places


_OBLASTS = {
    "Kharkiv": "Харківщина Харьковщина Харківська Харьковская", "Kherson": "Херсонщина Херсонщина Херсонська Херсонская",
    "Sumy": "Сумщина Сумщина Сумська Сумская", "Odesa": "Одещина Одесчина Одеська Одесская",
    "Mykolaiv": "Миколаївщина Николаевщина Миколаївська Николаевская", "Lviv": "Львівщина Львовщина Львівська Львовская",
    "Vinnytsia": "Вінниччина Винничина Вінницька Винницкая", "Poltava": "Полтавщина Полтавщина Полтавська Полтавская",
    "Chernihiv": "Чернігівщина Черниговщина Чернігівська Черниговская", "Lutsk": "Волинь Волынь Волинська Волынская",
    "Zhytomyr": "Житомирщина Житомирщина Житомирська Житомирская", "Rivne": "Рівненщина Ровенщина Рівненська Ровенская",
    "Ternopil": "Тернопільщина Тернопольщина Тернопільська Тернопольская",
    "Cherkasy": "Черкащина Черкасчина Черкаська Черкасская", "Donetsk": "Донеччина Донетчина Донецька Донецкая",
    "Khmelnytskyi": "Хмельниччина Хмельнитчина Хмельницька Хмельницкая",
    "Luhansk": "Луганщина Луганщина Луганська Луганская", "Kyiv": "Київщина Киевщина Київська Киевская",
    "Uzhhorod": "Закарпаття Закарпатье Закарпатська Закарпатская",
    "Chernivtsi": "Буковина Буковина Чернівецька Черновицкая",
    "Ivano-Frankivsk": "Івано-Франківщина Ивано-Франковщина Івано-Франківська Ивано-Франковская",
    "Kropyvnytskyi": "Кіровоградщина Кировоградщина Кіровоградська Кировоградская",
    "Dnipro": "Дніпропетровщина Днепропетровщина Дніпропетровська Днепропетровская",
    "Belgorod": "Бєлгородщина Белгородчина Бєлгородська Белгородская", "Bryansk": "Брянщина Брянщина Брянська Брянская",
    "Kursk": "Курщина Курщина Курська Курская", "Oryol": "Орловщина Орловщина Орловська Орловская",
    "Smolensk": "Смоленщина Смоленщина Смоленська Смоленская", "Rostov": "Ростовщина Ростовщина Ростовська Ростовская",
}  # fmt: skip
_ENDINGS = {"а": ("а", "у"), "ька": ("ька область", "ькій області", "ької області"), "ая": ("ая область", "ой области"),
            "ття": ("ття", "тті"), "ье": ("ье", "ья"), "ь": ("ь",)}  # fmt: skip


@pytest.mark.parametrize("oblast", sorted(_OBLASTS))
def test_a_region_is_one_place_by_all_its_names_in_all_their_cases(oblast: str) -> None:
    """By what people call it, 'Одещина', as by what it is named officially, in Ukrainian and in Russian."""
    for name in _OBLASTS[oblast].split():
        ending = next(each for each in ("ька", *_ENDINGS) if name.endswith(each))
        for form in _ENDINGS[ending]:
            written = f"Тривога: {name.removesuffix(ending)}{form}, сирени"
            assert facts(written, "", THURSDAY).places == {f"{oblast} Oblast"}, written


def test_what_lies_in_a_region_lies_in_what_that_lies_in() -> None:
    assert contains("Donbas", "Bakhmut")
    assert contains("Donbas", "Luhansk")
    assert contains("Donbas", "Donetsk Oblast")
    assert not contains("Donbas", "Kharkiv")
    assert not contains("Donetsk Oblast", "Luhansk Oblast")


def test_a_capital_counts_where_no_other_place_is_named() -> None:
    found = facts("Missile fired", "Officials in Seoul said it flew far over the Yellow Sea.", THURSDAY)
    assert found.places == {"Seoul"}
    assert found.seas == {"Yellow Sea"}
    assert facts("Missile fired", "It fell in Wonsan, officials in Seoul said.", THURSDAY).places == {"Wonsan"}


def test_towns_that_no_table_knows() -> None:
    assert facts("Fire in Banstead guts store", "", THURSDAY).strangers == {"bnstd"}
    assert facts("Fire In Banstead Guts Store", "", THURSDAY).strangers == frozenset()
    assert facts("Пожежа в Тростянці", "", THURSDAY).strangers
    assert facts("양평군에서 산불", "", THURSDAY).strangers == {"양평군"}
    assert facts("Fire in May", "", THURSDAY).strangers == frozenset()
    assert facts("Fire in Xi", "", THURSDAY).strangers == frozenset()


@pytest.mark.parametrize(
    ("text", "clocks", "part"),
    [
        ("at 7:28 p.m.", {1168}, "evening"),
        ("at 7.05 a.m.", {425}, "morning"),
        ("at 12:10 a.m.", {10}, "night"),
        ("at 12:10 p.m.", {730}, "day"),
        ("오후 3시 5분", {905}, "day"),
        ("1시 5분", {65}, "night"),
        ("о 23:40", {1420}, "night"),
        ("12:34:56 of the record", set(), None),
    ],
)
def test_times_of_day(text: str, clocks: set[int], part: str | None) -> None:
    found = facts("It happened", f"It happened {text}", THURSDAY)
    assert found.clocks == clocks
    assert found.parts == ({part} if part else frozenset())


@pytest.mark.parametrize(
    ("title", "days"),
    [
        ("Vote on Thursday", {0}),
        ("Vote on Friday", {-6, 1}),  # the outlet may be where it is Friday
        ("Vote on Nov. 7", {-2}),
        ("Vote on 7 November", {-2}),
        ("Голосування 7 листопада", {-2}),
        ("Голосование 12 ноября", {3}),
        ("11월 7일 표결", {-2}),
        ("7일 표결", {-2}),
        ("1월 7일 표결", set()),
        ("Vote on 1 May", set()),
        ("Vote in May", set()),
        ("Room 7", set()),
        ("7 일", set()),
    ],
)
def test_days(title: str, days: set[int]) -> None:
    assert facts(title, "", THURSDAY).days == {THURSDAY.toordinal() + day for day in days}
    assert facts(title, "", None).days == frozenset()


@pytest.mark.parametrize(
    ("outlet", "published", "lead", "days"),
    [
        ("Yonhap", datetime(2023, 11, 8, 22, 42, tzinfo=UTC), "fired on Thursday morning", {date(2023, 11, 9)}),
        ("연합뉴스", datetime(2023, 11, 30, 22, 42, tzinfo=UTC), "북한이 1일 오전 발사했다", {date(2023, 12, 1)}),
        ("Ukrinform", datetime(2023, 11, 8, 22, 42, tzinfo=UTC), "запустила у четвер", {date(2023, 11, 9)}),
        ("Reuters", datetime(2023, 11, 9, 1, 0, tzinfo=UTC), "fired on Thursday", {date(2023, 11, 9)}),
        (
            "Village Gazette",
            datetime(2023, 11, 8, 22, 42, tzinfo=UTC),
            "fired on Thursday",
            {date(2023, 11, 2), date(2023, 11, 9)},
        ),
    ],
)
def test_a_day_is_one_of_the_outlets_own_calendar(outlet: str, published: datetime, lead: str, days: set[date]) -> None:
    """A morning in Seoul is the evening before in UTC: a day that is a week off kept reports of one event apart."""
    found = article_facts(Article("https://a.example/1", "News", lead, outlet, "en", published=published))
    assert {date.fromordinal(day) for day in found.days} == days


@pytest.mark.parametrize(
    ("title", "ordinals"),
    [
        ("EU adopts 14th package of sanctions", {"package:14"}),
        ("ЄС ухвалив 14-й пакет санкцій", {"package:14"}),
        ("ЕС принял четырнадцатый пакет", set()),
        ("EU 14차 제재 패키지 채택", {"package:14"}),
        ("Rada passes bill in second reading", {"reading:2"}),
        ("Рада ухвалила закон у другому читанні", {"reading:2"}),
        ("The 14th of them", set()),
        ("The 14", set()),
        ("14 차이", set()),
        ("Second man held", set()),
    ],
)
def test_ordinals(title: str, ordinals: set[str]) -> None:
    assert facts(title, "", THURSDAY).ordinals == ordinals


def test_ordinals_of_a_lead_are_those_of_packages() -> None:
    lead = "The second round ended; the 14th package of sanctions is next."
    assert facts("Talks end", lead, THURSDAY).ordinals == {"package:14"}


@pytest.mark.parametrize(
    ("title", "again", "acts", "reactions"),
    [
        ("North fires another missile", True, set(), set()),
        ("КНДР запустила ще одну ракету", True, set(), set()),
        ("КНДР запустила ещё одну ракету", True, set(), set()),
        ("북한, 또 미사일 발사", True, set(), set()),
        ("Kremlin denies strike", False, {"deny"}, set()),
        ("Міноборони підтвердило удар", False, {"confirm"}, set()),
        ("Hungary says it will block the package", False, set(), {"block"}),
        ("한국, 북한 발사 규탄", False, set(), {"condemn"}),
        ("Суд засудив міністра до 5 років", False, set(), set()),
    ],
)
def test_repetition_and_acts(title: str, again: bool, acts: set[str], reactions: set[str]) -> None:
    found = facts(title, "", THURSDAY)
    assert found.again is again
    assert found.acts == acts
    assert found.reactions == reactions


def test_workers_are_fired_and_nothing_is_launched() -> None:
    assert facts("Plant fired 200 workers", "", THURSDAY).kinds == frozenset()


def test_a_series_is_a_template_with_slots() -> None:
    first = facts("Air raid alert in Kharkiv region", "", THURSDAY)
    second = facts("Air raid alert in Sumy region", "", THURSDAY)
    assert first.template == second.template
    assert (first.slots, second.slots) == (("Kharkiv Oblast",), ("Sumy Oblast",))
    dated = facts("21 July, last updated at 11", "", THURSDAY)
    assert (dated.template, dated.slots) == ((), ())
    named = facts("Pupils honour Xi at home", "", THURSDAY)
    assert named.slots == ("xi",)


def test_casualties_are_no_slot() -> None:
    assert facts("Toll rises to 5 dead", "", THURSDAY).slots == ()
    assert facts("Quake of magnitude 5, 5 dead", "", THURSDAY).slots == ("5", "")


def test_a_lead_ends_with_a_sentence() -> None:
    long = (
        "Ships waited. " * 25
        + "It was in Odesa that they waited for the storm to go by, for the whole of the long night."
    )
    assert facts("Ships wait", long, THURSDAY).places == frozenset()


def test_facts_are_named_for_people() -> None:
    assert named(facts(*LAUNCH["en"], THURSDAY)) == {
        "event": ["launch"],
        "place": ["Sunan"],
        "day": ["2023-11-09"],
        "time": ["07:28"],
        "part of day": ["morning"],
        "number": ["2 missile"],
        "weapon": ["ballistic", "ballistic/short"],
    }
    assert named(facts("Hungary to block 14th package again", "", THURSDAY)) == {
        "event": ["aid"],
        "count": ["package 14"],
        "repetition": ["again"],
        "reaction": ["block"],
    }
    assert named(Facts()) == {}


@pytest.mark.parametrize("language", sorted(LAUNCH))
def test_what_is_kept_is_read_back(language: str) -> None:
    found = facts(*LAUNCH[language], THURSDAY)
    assert read_plain(plain(found)) == found


@given(some.text(max_size=80), some.text(max_size=200))
def test_any_text_has_facts(title: str, text: str) -> None:
    found = facts(title, text, THURSDAY)
    values: Any = plain(found)
    assert read_plain(values) == found
    assert Facts() == read_plain(plain(Facts()))


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("German defence minister arrives in Kyiv on visit", "", {"visitor:germany"}),
        ("Міністр закордонних справ Польщі прибув до Києва з візитом", "", {"visitor:poland"}),
        ("폴란드 외무장관 키이우 도착", "", {"visitor:poland"}),
        ("Минобороны: делегация прибыла с визитом", "Министр обороны Германии прибыл в Киев.", {"visitor:germany"}),
        ("German minister speaks on aid", "", set()),
        ("German tourists arrive in Lviv", "", set()),
        ("Seoul shares open higher", "", {"session:open", "move:up"}),
        ("코스피, 외국인 매도에 하락 마감", "", {"session:close", "move:down"}),
        ("Museum opens in Seoul", "", set()),
    ],
)
def test_which_session_of_a_market_and_whose_visit(title: str, text: str, expected: set[str]) -> None:
    assert facts(title, text, None).ordinals == expected


def test_a_nation_is_what_changes_in_a_template() -> None:
    one, other = (facts(f"Shares close lower in {name} as banks fall", "", None) for name in ("Germany", "France"))
    assert one.template == other.template
    assert one.slots != other.slots


@pytest.mark.parametrize(
    ("title", "kinds"),
    [
        ("Oslo airport closed after drone sightings", set()),
        ("KOSPI closes at 4,100 points", {"market"}),
        ("Oil ends 2 pct higher", {"market"}),
        ("Kyiv stocks fall", {"market"}),
    ],
)
def test_a_close_is_a_markets_where_something_is_counted(title: str, kinds: set[str]) -> None:
    assert facts(title, "", THURSDAY).kinds == kinds


@pytest.mark.parametrize(
    ("title", "counts"),
    [
        ("Storm drives two million people away", {"person": {"2e+06"}}),
        ("Data of 33.7 mln customers leaked", {"person": {"3.37e+07"}}),
        ("Norway gives 200 mln euros", {"money": {"2e+08"}}),
        ("Norway gives 200 mln", {"money": {"2e+08"}}),
        ("Bombs kill 2 million", {"dead": {"2e+06"}}),
    ],
)
def test_a_million_is_money_where_nothing_else_is_counted(title: str, counts: dict[str, set[str]]) -> None:
    assert facts(title, "", THURSDAY).counts == counts


def test_a_club_is_neither_a_place_nor_a_mine() -> None:
    found = facts("«Шахтар» переміг «Ростов» у Львові", "", THURSDAY)
    assert found.places == {"Lviv"}
    assert not found.targets
    assert facts("Шахтар загинув у Ростові", "", THURSDAY).places == {"Rostov"}


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("러 다게스탄 홍수로 1천200명 대피", {"1200"}),
        ("홍수로 6만명 대피", {"60000"}),
        ("홍수로 5만 명 대피", {"50000"}),
        ("홍수로 5만2천명 대피", {"52000"}),
        ("홍수로 1,200명 대피", {"1200"}),
        ("홍수로 1천2백30명 대피", {"1230"}),
    ],
)
def test_numbers_that_hangul_scales_are_one(title: str, expected: set[str]) -> None:
    assert facts(title, "", None).counts["person"] == expected


def test_what_an_exchange_counts_are_people() -> None:
    assert facts("Обмін полоненими «205 на 205»", "", None).counts == {"person": {"205"}}
    assert facts("Exchange 3 for 4", "", None).counts == {}
