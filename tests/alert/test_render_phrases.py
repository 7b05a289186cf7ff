"""The phrases of alerts: found where they are used, filled in as they ask for, and nowhere but in their files."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from doubles.phrasebook import Use, gaps, literals, uses

import monitor
from monitor.alert import incidents
from monitor.alert.render.digest import gathered
from monitor.alert.render.telegram import Button, telegram
from monitor.alert.sanitize import units
from monitor.i18n import ALERTS, alert_phrases, languages, texts
from monitor.model import Act, ActKind, Alert, Delivery, Member, MessageKind, Relation, Severity, State
from monitor.pipeline.health import STAGES

ROOM = Path(monitor.__path__[0])
MODULES = [*sorted((ROOM / "alert").rglob("*.py")), ROOM / "story" / "lineage.py"]
KINDS = "|".join(incidents.KINDS)
USES = [use for path in sorted(ROOM.rglob("*.py")) if path.parts[-2:] != ("monitor", "i18n.py") for use in uses(path)]
ALERT_USES = [use for use in USES if use.of(texts(ALERTS, "en"))]

OWN = {"day", "day in year", "days", "hours", "minutes", "seconds"}  # used by i18n itself

# Texts in the code that no reader takes for words: zones, codes, markup, the first part of names of rows.
TECHNICAL = re.compile(
    rf"""{KINDS}|UTC|und|AL|off|text|reply|gathered|apprise|bold|standard|(alert|reply|joined|notice|watching|digest|burst|sample|escalate):
    |cites|copies|summary|fetch|fresh|again|over|close|why|ack|</?code>|<a\ href="|<br/>|sent\ lately:""",
    re.VERBOSE,
)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOM)))
def test_no_words_stand_in_the_code(path: Path) -> None:
    found = {text for text in literals(path) if re.search(r"[^\W\d_]{2}", text) and not TECHNICAL.fullmatch(text)}
    if path.name in ("sanitize.py", "escalation.py"):
        found = {text for text in found if re.fullmatch(r"[\w ,.:;{}'-]+", text)}  # its patterns
    assert found == set(), "words that people read stand in monitor/data/alerts/"


@pytest.mark.parametrize("key", texts(ALERTS, "en"))
def test_every_phrase_is_used(key: str) -> None:
    kept = key.startswith(("error ", "fetch "))  # of texts that other rooms write: see tests/test_i18n_errors.py
    assert key in OWN or kept or any(key in use.of([key]) for use in USES)


@pytest.mark.parametrize("use", ALERT_USES, ids=lambda use: use.place)
def test_every_value_has_its_gap_and_every_gap_its_value(use: Use) -> None:
    wanted = [gaps(texts(ALERTS, "en")[key]) for key in use.of(texts(ALERTS, "en"))]
    assert set().union(*wanted) | ({"n"} & use.values) == use.values


def test_keys_that_are_completed_in_the_code_are_complete() -> None:
    keys = texts(ALERTS, "en").keys()
    assert {f"severity {severity.value}" for severity in Severity} <= keys
    assert {f"deed {deed.value}" for deed in ActKind} <= keys
    assert {f"digest {word}" for word in ("gathered", "delayed", "in a flood")} <= keys
    assert {f"stage {stage}" for stage in STAGES} <= keys
    kinds = {f"incident {over}{kind}" for over in ("", "over ") for kind in incidents.KINDS}
    assert {key for key in keys if key.startswith("incident ")} == kinds
    numbered = {f"incidents {over}{kind}" for over in ("", "over ") for kind in incidents.NUMBERED}
    assert {key for key in keys if key.startswith("incidents ")} == numbered


@pytest.mark.parametrize("language", languages(ALERTS))
def test_what_is_left_out_is_counted_in_the_room_that_is_kept_for_it(language: str) -> None:
    assert units(alert_phrases(language).text("more", n=999)) <= 15


# --------------------------------------------------------------------------- a message in another language

AT = datetime(2023, 11, 8, 7, 0, tzinfo=UTC)
MEMBERS = (
    Member(1, "Yonhap", "en", "Talks end", None, AT, Relation.FIRST),
    Member(2, "Ukrinform", "uk", "Переговори", None, AT, Relation.SAME, ("Yonhap",)),
    Member(3, "Ukrinform", "uk", "Переговори: подробиці", None, AT, Relation.SAME, ("Yonhap", "KCNA")),
)
ALERT = Alert(
    MessageKind.ALERT, "Talks end", watchlist="arms", source="Yonhap", language="en", at=AT, members=MEMBERS,
    citing=("KCNA",), url="https://example.org/1", note="з анонсу в стрічці: сторінка порожня", wording="uk",
    acts=(Act(ActKind.ACK, 7, "Ann", AT), Act(ActKind.MUTE, 8, "Bob", AT, AT + timedelta(days=400))),
)  # fmt: skip


COUNTS = "2 видання, з них 1 незалежне, 3 статті"


def labels(rows: tuple[tuple[Button, ...], ...]) -> list[str]:
    return [button.text for row in rows for button in row]


def test_an_alert_is_shown_in_the_language_that_it_was_written_in() -> None:
    shown = telegram(ALERT, timezone="UTC", now=AT + timedelta(days=1))
    assert shown.plain.split("\n") == [
        "🟡 arms",
        "Talks end",
        "Yonhap (en) 8 лист. 07:00 (16:00 Сеул) · джерело: ЦТАК",
        "",
        f"Yonhap (en) 8 лист. 07:00 + ЦТАК (не бачили) → Укрінформ (uk) 8 лист. 07:00 · {COUNTS}",
        "також: Переговори: подробиці",
        "",
        "з анонсу в стрічці: сторінка порожня",
        "",
        "Прийнято: Ann, 8 лист. 07:00",
        "Стишено до 12 груд. 2024 07:00: Bob, 8 лист. 07:00",
    ]
    assert labels(shown.buttons) == ["Відкрити", "Стишити", "👍", "👎", "Чому", "Прийняти"]


def test_buttons_of_notices_and_answers_too() -> None:
    notice = Alert(MessageKind.NOTICE, "", lines=("x" * 200,) * 20, wording="uk")
    shown = telegram(notice, timezone="UTC")
    assert shown.plain.split("\n")[0] == "(без заголовка)"
    assert shown.plain.split("\n")[-1] == "… і ще 16"
    assert labels(shown.buttons) == ["Зрозуміло"]
    assert labels(telegram(replace(notice, kind=MessageKind.ANSWER), timezone="UTC").buttons) == ["Закрити"]


def test_a_digest_is_written_and_grows_in_its_language() -> None:
    rows = [
        Delivery(
            number, "desk", f"alert:{number}", replace(ALERT, acts=()), State.HELD, 1, None, 1, 0, 0, AT, created_at=AT
        )
        for number in (1, 2, 3)
    ]
    (batch,) = gathered("desk", rows, AT, expire=60, reason="delayed", phrases=alert_phrases("uk"))
    assert batch.new.alert.wording == "uk"
    lines = telegram(batch.new.alert, timezone="UTC", now=AT).plain.split("\n")
    assert lines[0] == "3 запізнілі сповіщення, починаючи з 07:00"
    assert lines[-1].endswith(" · 3 статті")


@pytest.mark.parametrize("language", languages(ALERTS))
def test_buttons_of_a_row_of_four_fit_a_phone(language: str) -> None:
    """Telegram gives each a quarter of a message's width, and cuts what does not fit."""
    named = {key: alert_phrases(language).text(key) for key in ("button open", "button mute", "button unmute")}
    assert {key: label for key, label in named.items() if len(label) > 10} == {}
