from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.i18n import ALERTS, Phrases
from monitor.model import JoinReason, JoinRule, Member, Relation
from monitor.story.attribution import lineage, outlet, outlet_id

START = datetime(2023, 11, 9, 7, 0, tzinfo=UTC)


def story(*rows: tuple[str, Relation, tuple[str, ...]]) -> list[Member]:
    return [
        Member(n, source, "en", "t", None, START + timedelta(minutes=10 * n), relation, cites)
        for n, (source, relation, cites) in enumerate(rows)
    ]


FIRST, SAME, COPY, VERSION = Relation.FIRST, Relation.SAME, Relation.COPY, Relation.VERSION

CASES = [
    ("one", [("Yonhap", FIRST, ())], 1, 1, "Yonhap (en) 07:00"),
    ("versions", [("Yonhap", FIRST, ()), ("Yonhap", VERSION, ())], 1, 1, "Yonhap (en) 07:00"),
    ("two feeds of one outlet", [("Yonhap", FIRST, ()), ("Yonhap (ko)", SAME, ())], 1, 1, "Yonhap (en) 07:00"),
    ("cites", [("Yonhap", FIRST, ()), ("Ukrinform", SAME, ("Yonhap",))], 2, 1, "Yonhap (en) 07:00 → Ukrinform (en) 07:10"),
    ("independent", [("Yonhap", FIRST, ()), ("Reuters", SAME, ())], 2, 2, "Yonhap (en) 07:00; Reuters (en) 07:10"),
    ("copy", [("Yonhap", FIRST, ()), ("Korea Times", COPY, ())], 2, 1, "Yonhap (en) 07:00 → Korea Times (en) 07:10"),
    ("one origin", [("Ukrinform", FIRST, ("KCNA",)), ("Reuters", SAME, ("KCNA",))], 2, 1,
     "KCNA (not seen) → Ukrinform (en) 07:00, Reuters (en) 07:10"),
    ("two origins", [("Ukrinform", FIRST, ("KCNA",)), ("Reuters", SAME, ("TASS",))], 2, 2,
     "KCNA (not seen) → Ukrinform (en) 07:00; TASS (not seen) → Reuters (en) 07:10"),
    ("cited together", [("Ukrinform", FIRST, ("Yonhap", "KCNA"))], 1, 1,
     "Yonhap (not seen) + KCNA (not seen) → Ukrinform (en) 07:00"),
    ("chain", [("Yonhap", FIRST, ("KCNA",)), ("Ukrinform", SAME, ("Yonhap",))], 2, 1,
     "KCNA (not seen) → Yonhap (en) 07:00, Ukrinform (en) 07:10"),
    ("circle", [("Yonhap", FIRST, ("Reuters",)), ("Reuters", SAME, ("Yonhap",))], 2, 1,
     "Yonhap (en) 07:00 → Reuters (en) 07:10"),
    ("two ways to one origin", [("Yonhap", FIRST, ("TASS",)), ("TASS", SAME, ("AFP", "BBC")), ("AFP", SAME, ("CNN",)),
     ("BBC", SAME, ("CNN",)), ("CNN", SAME, ())], 5, 1,
     "CNN (en) 07:40 → Yonhap (en) 07:00, TASS (en) 07:10, AFP (en) 07:20, BBC (en) 07:30"),
    ("itself", [("Ukrinform", FIRST, ("Укрінформ",))], 1, 1, "Ukrinform (en) 07:00"),
    ("related is no member", [("Yonhap", FIRST, ()), ("Reuters", Relation.RELATED, ())], 1, 1, "Yonhap (en) 07:00"),
    ("one official's word", [("Ukrinform", FIRST, ("Serhii Lysak",)), ("UNIAN", SAME, ("Сергій Лисак",)),
     ("Suspilne", SAME, ("Сергей Лысак",))], 3, 1,
     "Serhii Lysak → Ukrinform (en) 07:00, UNIAN (en) 07:10, Suspilne (en) 07:20"),
    ("an office, and who took it from whom", [("Yonhap", FIRST, ("Joint Chiefs of Staff",)),
     ("Ukrinform", SAME, ("Yonhap",))], 2, 1,
     "Joint Chiefs of Staff → Yonhap (en) 07:00 → Ukrinform (en) 07:10"),
    ("two officials of one outlet", [("Yonhap", FIRST, ("Police", "FBI"))], 1, 1, "Police + FBI → Yonhap (en) 07:00"),
    ("an unlisted outlet", [("Ukrinform", FIRST, ("NEWSru.com",)), ("UNIAN", SAME, ("Вогник.ua",))], 2, 2,
     "NEWSru.com (not seen) → Ukrinform (en) 07:00; Вогник.ua (not seen) → UNIAN (en) 07:10"),
    ("nothing", [], 0, 0, ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "outlets", "independent", "line"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_lineage(rows: list[tuple[str, Relation, tuple[str, ...]]], outlets: int, independent: int, line: str) -> None:
    found = lineage(story(*rows))
    assert (found.outlets, found.independent, found.line) == (outlets, independent, line)
    assert lineage(reversed(story(*rows))) == found


def _joined(of: int, rule: JoinRule = JoinRule.TITLE) -> JoinReason:
    return JoinReason(rule, of)


@pytest.mark.parametrize(
    ("rows", "independent"),
    [
        pytest.param([("Korea Times", COPY, None), ("Korea Times", VERSION, _joined(1))], 1, id="a version of a copy"),
        pytest.param(
            [("Korea Times", COPY, None), ("Korea Times", VERSION, _joined(1)), ("Korea Times", VERSION, _joined(2))],
            1,
            id="and a version of that",
        ),
        pytest.param([("Korea Times", SAME, None), ("Korea Times", VERSION, _joined(1))], 2, id="of a report"),
        pytest.param([("Korea Times", VERSION, _joined(0, JoinRule.PHRASES))], 1, id="a copy that was edited once"),
        pytest.param([("Korea Times", VERSION, _joined(0, JoinRule.WORDS))], 2, id="a report that was edited once"),
        pytest.param([("Korea Times", VERSION, _joined(99))], 2, id="of an article that is gone"),
        pytest.param([("Korea Times", VERSION, None)], 2, id="nobody knows of what"),
        pytest.param(
            [("Korea Times", VERSION, _joined(2)), ("Korea Times", VERSION, _joined(1))], 2, id="of each other"
        ),
    ],
)
def test_a_version_of_a_copy_is_no_source(
    rows: list[tuple[str, Relation, JoinReason | None]], independent: int
) -> None:
    members = story(("Yonhap", FIRST, ()), *((source, relation, ()) for source, relation, _ in rows))
    reasons = [None, *(reason for *_, reason in rows)]
    told = [replace(member, reason=reason) for member, reason in zip(members, reasons, strict=True)]
    assert lineage(told).independent == independent


def test_times_are_local_and_other_days_are_named() -> None:
    members = story(("Yonhap", FIRST, ()), ("Ukrinform", SAME, ("Yonhap",)))
    members[0] = Member(0, "Yonhap", "en", "t", None, START - timedelta(hours=20), FIRST)
    line = lineage(members, zone=ZoneInfo("Europe/Kyiv")).line
    assert line == "Yonhap (en) 8 Nov 13:00 → Ukrinform (en) 09:10"
    line = lineage(members, zone=ZoneInfo("Europe/Kyiv"), today=date(2023, 11, 10)).line
    assert line == "Yonhap (en) 8 Nov 13:00 → Ukrinform (en) 9 Nov 09:10"


def test_an_outlets_translations_are_named() -> None:
    members = story(("Yonhap", FIRST, ()), ("Yonhap (ko)", SAME, ()))
    members[1] = Member(1, "Yonhap (ko)", "ko", "t", None, START, SAME)
    assert lineage(members).line == "Yonhap (en, ko) 07:00"


@pytest.mark.parametrize(("language", "name"), [("en", "Taras Tkalenko"), ("uk", "Тарас Ткаленко")])
def test_an_origin_has_the_name_that_articles_in_the_readers_language_give_it(language: str, name: str) -> None:
    """Where none does, the name of the first article that names it, unless the catalogue has one in that language."""
    told = story(("Ukrinform", FIRST, ("Тарас Ткаленко",)), ("Yonhap", SAME, ("Taras Tkalenko",)))
    members = [replace(told[0], language="uk"), told[1]]
    assert lineage(members, phrases=Phrases(ALERTS, language)).line.startswith(f"{name} → ")
    others = [members[0], replace(told[1], language="ru")]
    assert lineage(others).line.startswith("Тарас Ткаленко → ")
    known = [replace(members[0], cites=("Ентоні Блінкен",))]
    assert lineage(known).line.startswith("Antony Blinken → ")


def test_edges_say_how() -> None:
    found = lineage(story(("Yonhap", FIRST, ()), ("Ukrinform", SAME, ("Yonhap",)), ("Korea Times", COPY, ())))
    assert [(edge.origin, edge.to, edge.kind) for edge in found.edges] == [
        ("Yonhap", "Ukrinform", "cites"),
        ("Yonhap", "Korea Times", "copies"),
    ]


@pytest.mark.parametrize(
    ("name", "ident"),
    [
        ("Yonhap", "yonhap"), ("연합뉴스 북한", "yonhap"), ("Ukrinform (en)", "ukrinform"), ("Укрінформ", "ukrinform"),
        ("Interfax-Ukraine", "interfax_ua"), ("https://en.yna.co.kr/view/AEN1", "yonhap"), ("https://[bad", None),
        ("https://notyna.co.kr/", None), ("Daily Planet", None), ("", None),
    ],
)  # fmt: skip
def test_outlets_are_known_by_many_names(name: str, ident: str | None) -> None:
    found = outlet(name)
    assert (found.id if found else None) == ident


def test_unknown_outlets_are_themselves() -> None:
    assert outlet_id("Daily Planet ") == outlet_id("daily planet")


def test_a_line_is_short_enough_for_a_phone() -> None:
    names = [f"Local Herald {n}" for n in range(9)]
    found = lineage(story(("Yonhap", FIRST, ()), *((name, SAME, ("Yonhap",)) for name in names)))
    assert len(found.line) <= 180
    assert found.line.endswith("Local Herald 4 (en) 07:50, 4 more")
    assert lineage(story((f"Herald {'x' * 300}", FIRST, ()))).line  # one is named, whatever its length
