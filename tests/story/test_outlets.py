from __future__ import annotations

from collections import defaultdict

import pytest

from monitor.story import outlets as module
from monitor.story.mentions import mentions
from monitor.story.outlets import can_publish, is_person, offices, origin_id, origin_name, outlet, outlet_id, outlets

ALL = {**outlets(), **offices()}


def test_every_alias_is_of_one_origin() -> None:
    owners: dict[str, set[str]] = defaultdict(set)
    for ident, found in ALL.items():
        for alias in found.aliases:
            owners[" ".join(alias.replace("*", "").casefold().replace("-", " ").split())].add(ident)
    assert {alias: ids for alias, ids in owners.items() if len(ids) > 1} == {}


@pytest.mark.parametrize("ident", sorted(ALL))
def test_every_alias_means_its_own_origin_and_no_other(ident: str) -> None:
    for alias in ALL[ident].aliases:
        name = alias.replace("*", "")
        assert origin_id(name) == ident, alias
        for text in (f"повідомляє {name}.", f"reports {name},", f"«{name}» пише", f"({name})"):
            found, _ = mentions(text)
            assert [each.outlet.id for each in found] == [ident], text
            assert text[found[0].start : found[0].end] == name


def test_an_outlet_is_known_by_its_sites() -> None:
    sites = [(site, found.id) for found in outlets().values() for site in found.sites]
    assert len({site for site, _ in sites}) == len(sites)
    for site, ident in sites:
        named = outlet(f"https://www.{site}/news/1")
        assert named is not None
        assert named.id == ident


@pytest.mark.parametrize(
    ("name", "ident"),
    [
        ("Інтерфакс-Україна", "interfax_ua"),
        ("Інтерфакс", "interfax"),
        ("РБК-Україна", "rbc_ua"),
        ("РБК", "rbc"),
        ("Європейська правда", "eupravda"),
        ("Економічна правда", "epravda"),
        ("Радіо Свобода", "rfe"),
        ("The Korea Herald", "koreaherald"),
        ("Генштаб", "office:general_staff"),
        ("General Staff", "office:general_staff"),
        ("합참", "office:joint_chiefs"),
        ("Daily Planet", "daily planet"),
        ("The Kyiv Independent", "kyivindependent"),
        ("Washington Post", "wapo"),
        ("The Sun", "thesun"),
        ("Sun Times News", "sun times news"),
        ("Times of Malta", "times of malta"),
    ],
)
def test_names_that_resemble_others(name: str, ident: str) -> None:
    assert outlet_id(name) == ident


def test_a_person_is_one_in_every_case_and_script() -> None:
    names = ["Сергій Лисак", "Сергія Лисака", "Сергей Лысак", "Сергею Лысаку", "Serhii Lysak", "Serhiy Lysak"]
    assert {origin_id(name) for name in names} == {"person:lsk"}
    assert origin_id("Лі Ок") == "person:ок"  # too short for a skeleton


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("Сергій Лисак", True),
        ("Vitali Klitschko", True),
        ("홍길동 기자", True),
        ("Boston Herald", False),
        ("Маяк", False),
        ("NEWSru.com", False),
        ("Новини Донбасу", False),
        ("One Two Three Four", False),
    ],
)
def test_who_looks_like_a_person(name: str, person: bool) -> None:
    assert is_person(name) is person
    assert can_publish(name) is not person


def test_offices_do_not_publish_and_outlets_do() -> None:
    module._by_office.cache_clear()  # else its lines count only where no test before has asked
    assert can_publish("Reuters")
    assert not can_publish("Police")
    assert outlet("Police") is None


def test_an_origin_is_called_as_the_readers_language_calls_it() -> None:
    names = ["Police", "KCNA", "AP", "Antony Blinken", "Nobody Known"]
    assert [origin_name(name, "en") for name in names] == names
    assert [origin_name(name, "uk") for name in names] == [
        "Поліція", "ЦТАК", "Associated Press", "Ентоні Блінкен", "Nobody Known"
    ]  # fmt: skip
    assert origin_name("Newsis", "uk") == "Newsis"
    foreign = ["Укрінформ", "Ентоні Блінкен", "Хтось Невідомий", "연합뉴스"]
    assert [origin_name(name, "en") for name in foreign] == [
        "Ukrinform", "Antony Blinken", "Хтось Невідомий", "Yonhap"
    ]  # fmt: skip
    assert all(len(office.names) == 5 for office in offices().values())
