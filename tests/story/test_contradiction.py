"""What keeps two events apart whatever their words, and what does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from monitor.story.contradiction import agreed, contradiction, once_more, other_kind, reacts, support
from monitor.story.facts import Facts, facts

THURSDAY = date(2023, 11, 9)
HOURS = 7200.0


def of(title: str, lead: str = "") -> Facts:
    return facts(title, lead, THURSDAY)


def between(a: Facts, b: Facts, gap: float = 0.0, *, one_language: bool = True, one_outlet: bool = False) -> str | None:
    there = contradiction(a, b, gap, one_language=one_language, one_outlet=one_outlet)
    assert contradiction(b, a, gap, one_language=one_language, one_outlet=one_outlet) == there
    return there


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("Drones strike houses in Kharkiv", "Drones strike houses in Sumy", "template"),
        ("Drones strike homes in Kharkiv", "Sumy hit by drones", "place"),
        ("Drones strike homes in Kharkiv", "Kharkiv region hit by drones", None),
        ("Drones strike homes in Izium", "Kharkiv region hit by drones", None),
        ("Ministers discuss arms in Seoul", "Ministers meet again in Tokyo", "place"),
        ("Missile falls into Yellow Sea", "Missile lands in East Sea", "place"),
        ("Missile falls into Yellow Sea", "Missile fired from Sunan", None),
        ("North fires missile at 7:10 a.m.", "Missile fired at 11:45 p.m., military says", "time"),
        ("North fires missile at 7:10 a.m.", "Missile fired at 7:15 a.m., military says", None),
        ("North fires missile at 7:28 a.m.", "Missile fired at 22:28 the day before, military says", None),
        ("North fires missile in morning", "Missile fired in evening, military says", "time"),
        ("North fires missile in morning", "Missile fired at night, military says", None),
        ("Ministers talk in morning", "Ministers talk on and on in evening", None),
        ("Vote on sanctions on Monday", "Sanctions: vote set for Thursday", "time"),
        ("Vote on sanctions on Wednesday", "Sanctions: vote set for Thursday", None),
        ("North launches ballistic missile", "Cruise missile launched by North", "weapon"),
        ("North launches ballistic missile", "Hypersonic missile launched by North", None),
        ("North launches ICBM", "Short-range missile launched by North", "weapon"),
        ("Ballistic talks", "Cruise deal", None),
        ("Strike hits school", "School and hospital hit by strike", None),
        ("Strike hits school", "Hospital hit by strike", "object"),
        ("Three missiles launched", "Two missiles fired, army says", "count"),
        ("Strike wounds three", "Strike wounds five in all", None),
        ("Magnitude 5.1 quake felt", "Quake with magnitude 5.3 reported", None),
        ("Magnitude 5.1 quake felt", "Quake with magnitude 6.3 reported", "count"),
        ("Stocks close 0.5 percent higher", "Stocks of all kinds close 1.2 percent up", "count"),
        ("Sales up 0.5 percent", "Sales of all kinds up 1.2 percent", None),
        ("EU adopts 14th package of sanctions", "Sanctions: EU agrees on 15th package", "ordinal"),
        ("US sends $500 million in aid", "Aid of $725 million sent by US", "count"),
        ("Flight to Sumy", "Flight of drone to Odesa and Lviv and Sumy", None),
        ("Court jails Smith for 7 years", "Seven-year term: court gives Smith 12 years", "count"),
        ("EU adopts 14th package of sanctions", "Sanctions: bill passes second reading", None),
        ("Toll in fire rises to 5 dead", "Toll in fire rises to 7 dead", None),
        ("Fire in mill", "Fire in mill", None),
        ("Fire kills Smith in mill", "Fire kills Miller Jones in mill", None),
    ],
)
def test_two_titles(one: str, other: str, kind: str | None) -> None:
    assert between(of(one), of(other)) == kind


def test_capitals_are_compared_where_people_meet() -> None:
    talks, held = "Ministers hold talks in Seoul", "Ministers hold their talks"
    assert between(of(talks), of(held, "It was in Tokyo, officials said.")) == "place"
    assert between(of(talks), of(held, "It was a success, officials said.")) is None


def test_hours_across_time_zones() -> None:
    korea, kyiv = of("Missile fired at 7:28"), of("Ракету запущено о 00:28")
    assert between(korea, kyiv, one_language=False) is None
    assert between(korea, of("Ракету запущено о 00:45"), one_language=False) == "time"
    assert between(korea, of("Missile fired", "It was fired at 22:29 GMT, it said.")) is None


def test_again() -> None:
    once, more = of("North fires missile"), of("North fires another missile, army says")
    assert once_more(once, more)
    assert between(once, more, HOURS) is None
    assert between(once, more, HOURS, one_outlet=True) == "again"
    assert between(once, more, 60.0, one_outlet=True) is None
    at_seven = of("North fires another missile at 7:28, army says")
    assert between(of("North fires missile at 7:28"), at_seven, HOURS, one_outlet=True) is None
    assert not once_more(of("North fires two missiles"), of("North again fires two missiles, army says"))
    assert not once_more(of("Kharkiv shelled"), of("Strike on Kharkiv again"))


def test_shared_facts_lower_the_bar() -> None:
    launch = of("Missile fired at 7:28", "It left Sunan, the army said.")
    assert support(launch, of("Missile launched from Sunan at 7:28")) == 0.25
    assert support(of("Two missiles fired"), of("Army: two ballistic missiles fired")) == 0.05
    assert support(of("Two ballistic missiles fired"), of("Army: two ballistic missiles fired")) == 0.15
    assert support(of("Missile fired"), of("Army: missile launched")) == 0.0
    assert support(of("Fire in Izium"), of("Talks in Izium")) == 0.0


def test_other_kinds_of_event() -> None:
    assert other_kind(of("Ministers meet"), of("Ship sinks in storm"))
    assert not other_kind(of("Ministers meet"), of("Ministers"))
    assert between(of("Air raid alert in Odesa region"), of("Drones strike Odesa")) == "event"
    assert between(of("Air raid alert in Odesa region"), of("Odesa waits")) is None
    assert between(of("Ministers hold talks in Seoul"), of("Seoul court jails minister")) == "event"
    assert between(of("Ministers hold talks in Seoul"), of("Protest in Seoul")) is None


def test_reactions() -> None:
    event, reaction = of("EU adopts package"), of("Hungary says it will block the package")
    assert reacts(event, reaction)
    assert reacts(reaction, event)
    assert not reacts(event, event)
    assert not reacts(reaction, of("Budapest to block and condemn the package"))


def test_what_two_articles_agree_on() -> None:
    one = of(
        "N. Korea fires 2 ballistic missiles", "They left the Sunan area at 7:28 a.m. for the East Sea. 3 wounded."
    )
    assert agreed(one, one) == ("launch", "Sunan", "07:28", "ballistic", "2 missile", "3 wounded")
    assert agreed(of("Strike on school in Izium"), of("Kharkiv region: school hit by strike")) == (
        "strike",
        "Izium",
        "school",
    )
    assert agreed(of("Kharkiv region: school hit by strike"), of("Strike on school in Izium")) == (
        "strike",
        "Izium",
        "school",
    )
    assert agreed(of("Missile over East Sea"), of("Missile in East Sea")) == ("East Sea",)
    assert agreed(of("EU adopts 14th package"), of("EU adopts 14th package")) == ("aid", "vote", "package 14")
    assert agreed(of("Rain"), of("Rain")) == ()


@given(some.text(max_size=80), some.text(max_size=80))
def test_nothing_contradicts_itself(title: str, lead: str) -> None:
    found = of(title, lead)
    assert between(found, found) is None


def test_the_living_are_exchanged_and_the_dead_handed_over() -> None:
    swap, bodies = Facts(kinds=frozenset({"exchange"})), Facts(kinds=frozenset({"bodies"}))
    both = Facts(kinds=frozenset({"exchange", "bodies"}))
    assert contradiction(swap, bodies, 60.0, one_language=True) == "event"
    assert contradiction(swap, both, 60.0, one_language=True) is None


@pytest.mark.parametrize(
    ("kind", "unit", "number", "backed"),
    [
        ("exchange", "person", "103", 0.15),
        ("exchange", "person", "100", 0.05),  # round: others may count as many
        ("vote", "vote", "243", 0.15),
        ("strike", "person", "243", 0.05),
        ("market", "point", "2526.1", 0.15),
    ],
)
def test_the_same_number_of_one_kind_of_event_is_hardly_chance(
    kind: str, unit: str, number: str, backed: float
) -> None:
    one = Facts(kinds=frozenset({kind}), counts={unit: frozenset({number})})
    assert support(one, one) == backed


def test_one_number_of_one_thing_is_no_contradiction() -> None:
    launch = Facts(kinds=frozenset({"launch"}), counts={"missile": frozenset({"3"})})
    other = Facts(kinds=frozenset({"launch"}), counts={"missile": frozenset({"3", "5"})})
    assert contradiction(launch, other, 0.0, one_language=True) is None
    assert (
        contradiction(launch, replace(other, counts={"missile": frozenset({"5"})}), 0.0, one_language=True) == "count"
    )


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("Російський удар по Балаклії: загинула людина", "У Балаклії оголосили день жалоби", "event"),
        ("Росія вдарила по Дніпру, у місті день жалоби", "Удар по Дніпру: 9 загиблих", None),
        ("Bulgarian prime minister resigns after protests", "Parties in Sofia begin coalition talks", "event"),
        ("КНДР запустила баллистическую ракету", "Южная Корея ввела санкции против КНДР", "event"),
        ("EU adopts 14th package", "EU imposes sanctions on Russia", None),
        ("Hyundai recalls 52,000 cars", "Hyundai profit falls 3 percent", "event"),
        ("Seoul shares close 1.2 pct higher", "Seoul shares close 1.2 pct lower", "ordinal"),
        ("갤럽 지지율 57%", "리얼미터 지지율 54.1%", "count"),
        ("Украине передали тела 563 погибших военных", "Украине передали тела 1000 военных", "count"),
        ("Україні повернули тіла 1000 полеглих", "Украине передали тела 1000 погибших", None),
        ("Обмін полоненими: повернули 175 військових", "Обмен пленными по формуле 75 на 75", "count"),
        ("Assembly passes bill by a vote of 174 to 1", "Deputies adopt bill, by a vote of 179 to 1", "count"),
        ("법안 통과, 찬성 174명", "찬성 179명으로 개정안 가결", "count"),
        ("Сили ППО збили 64 зі 79 дронів", "Сили ППО збили 64 з 79 дронів", None),
    ],
)
def test_kinds_of_events_of_a_newsday(one: str, other: str, kind: str | None) -> None:
    assert between(of(one), of(other)) == between(of(other), of(one)) == kind


def test_several_numbers_are_more_evidence_than_one() -> None:
    one = support(of("Kospi adds 48.2 points to close at 4,102.33"), of("코스피 48.2포인트 오른 채 마감"))
    both = support(of("Kospi adds 48.2 points, or 1.3 pct, at close"), of("코스피 48.2포인트(1.3%) 오른 채 마감"))
    assert (one, both) == (0.15, 0.2)
