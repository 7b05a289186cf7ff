"""Which texts of an alert are translated, and how translations are shown."""

from __future__ import annotations

from dataclasses import replace

from monitor.alert.render.telegram import telegram
from monitor.alert.sanitize import units
from monitor.alert.translation import foreign, translated, untranslated
from monitor.model import Alert, MessageKind, Quote

QUOTES = (Quote("КНДР мовчить.", ((0, 4),), language="uk"), Quote("Seoul waits.", ((0, 5),)))
ALERT = Alert(MessageKind.ALERT, "Missiles fly", watchlist="Arms", language="en", quotes=QUOTES)


def test_only_what_is_in_another_language_is_foreign() -> None:
    assert foreign(ALERT, "uk") == {"Missiles fly": "en", "Seoul waits.": "en"}
    assert foreign(ALERT, "en") == {"КНДР мовчить.": "uk"}
    assert foreign(replace(ALERT, language="und", quotes=()), "uk") == {"Missiles fly": None}
    assert foreign(replace(ALERT, headline=" ", quotes=(Quote("x" * 2000, language="en"),)), "uk") == {}
    assert foreign(replace(ALERT, kind=MessageKind.NOTICE), "uk") == {}


def test_translations_that_nothing_shows_any_more_are_dropped() -> None:
    some = translated(ALERT, "uk", {"Missiles fly": "Летять ракети", "Other": "Інше"})
    assert some.translations == (("Missiles fly", "Летять ракети"),)
    assert untranslated(some, "uk") == {"Seoul waits.": "en"}
    assert translated(replace(some, headline="New"), "uk", {}).translations == ()


def test_each_stands_below_its_original() -> None:
    alert = translated(ALERT, "uk", {"Missiles fly": "Летять ракети", "Seoul waits.": "Сеул чекає."})
    lines = telegram(alert, timezone="UTC").plain.split("\n")
    assert lines[:4] == ["🟡 Arms", "Missiles fly", "↳ Летять ракети", "(en)"]
    assert lines[4:] == ["", "КНДР мовчить.", "", "Seoul waits.", "↳ Сеул чекає."]


def test_a_long_one_keeps_to_the_length_and_is_harmless() -> None:
    long = dict.fromkeys(("Missiles fly", "Seoul waits."), f"<b>{'слово ' * 300}</b>")
    shown = telegram(translated(ALERT, "uk", long), timezone="UTC")
    assert units(shown.plain) <= 900
    assert "&lt;b&gt;" in shown.html
