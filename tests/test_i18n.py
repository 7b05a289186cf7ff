"""Phrases of the program: every language has all of them, with the same gaps and its own plural forms."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date, timedelta

import pytest
from doubles.phrasebook import gaps

from monitor.i18n import ALERTS, DEFAULT, PROBLEMS, Phrases, alert_phrases, languages, plural_forms, texts
from monitor.model import TextRun

FILES = [(folder, language) for folder in (ALERTS, "bot", "terms", PROBLEMS, "web") for language in languages(folder)]


@pytest.mark.parametrize(("folder", "language"), FILES)
def test_every_language_has_every_phrase_with_the_same_gaps(folder: str, language: str) -> None:
    english, own = texts(folder, "en"), texts(folder, language)
    assert own.keys() == english.keys()
    for key, text in own.items():
        assert gaps(text) == gaps(english[key]), key
        assert text.count("`") % 2 == 0, key
        assert text == text.strip(), key


@pytest.mark.parametrize(("folder", "language"), FILES)
def test_what_counts_has_a_form_for_every_number(folder: str, language: str) -> None:
    for key, text in texts(folder, "en").items():
        if " | " in text:
            forms = texts(folder, language)[key].split(" | ")
            assert len(forms) == len(plural_forms(language)), key
            assert len({frozenset(gaps(form)) for form in forms}) == 1, key
            assert "n" in gaps(forms[0]), key


@pytest.mark.parametrize(("folder", "language"), [each for each in FILES if each[1] in ("uk", "ru")])
def test_what_is_written_in_cyrillic_letters_is_not_english(folder: str, language: str) -> None:
    """But for names, settings, commands, and what stands between backticks: one types it."""
    names = r"`[^`]*`|{\w+}|monitor \w+( --\w+ ID)?|\w+\.\w+|/[a-z]+( off| \[(n|off|8h|24h|30d)\]| URL)?|\[30d\]|\b2h\b"
    names += "|PDF|JavaScript|Telegram|deleteWebhook|Bot API|API|RSS|JSON|OPML|Atom|DNS|TLS|https?|Content-Encoding"
    names += "|Cache-Control|Retry-After|skipHours|skipDays|ttl|every:|url:|sitemap:|sources:|p95|Han|Kana|OR|AND"
    names += "|TERM|keywords|-ing|\\.bak|channels|notify|watchlists|network|query|near|forms|pos|aspect: both|YAML|id"
    names += (
        "|true|false|entities|exclude|cooldown|NOT|NEAR|SENTENCE|ON|DPRK|sanctions|TELEGRAM_\\w+|@\\w+|--config|Apprise"
    )
    names += (
        "|YAML|chmod|from|such|apprise:|Europe/\\w+|Asia/\\w+|\\ball\\b|{{}}|init|docs|md|\\buk, en (або|или) ko\\b"
    )
    own = {key: re.sub(names, "", text) for key, text in texts(folder, language).items()}
    assert {key: text for key, text in own.items() if re.search("[A-Za-z]{2}", text)} == {}


def test_alerts_speak_every_language_of_the_bot() -> None:
    """Its answers are laid out and dated with them."""
    assert set(languages("bot")) <= set(languages(ALERTS))


@pytest.mark.parametrize("folder", ["bot", "terms", PROBLEMS])
def test_a_desk_is_answered_in_the_language_of_its_alerts(folder: str) -> None:
    assert languages(folder) == languages(ALERTS)


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", ("one", "other")),
        ("uk", ("one", "few", "many")),
        ("pl", ("one", "few", "many")),
        ("ko", ("other",)),
        ("ar", ("zero", "one", "two", "few", "many", "other")),
        ("fr", ("one", "other")),
    ],
)
def test_plural_forms_are_those_of_whole_numbers(language: str, forms: tuple[str, ...]) -> None:
    assert plural_forms(language) == forms


@pytest.mark.parametrize(
    ("language", "counts"),
    [
        ("en", {0: "0 articles", 1: "1 article", 2: "2 articles", 21: "21 articles"}),
        ("uk", {0: "0 статей", 1: "1 стаття", 2: "2 статті", 5: "5 статей", 11: "11 статей", 14: "14 статей",
                21: "21 стаття", 23: "23 статті", 111: "111 статей", 122: "122 статті", 1_000_000: "1000000 статей"}),
    ],
)  # fmt: skip
def test_numbers_take_their_form(language: str, counts: dict[int, str]) -> None:
    assert {n: alert_phrases(language).count("articles", n) for n in counts} == counts


def test_a_number_with_a_form_that_no_small_one_takes_gets_the_last_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """In French a million is 'many'."""
    monkeypatch.setattr("monitor.i18n.texts", lambda _folder, _language: {"articles": "{n} article | {n} articles"})
    phrases = Phrases(ALERTS, "fr")
    assert [phrases.count("articles", n) for n in (1, 1_000_000)] == ["1 article", "1000000 articles"]


def test_a_phrase_that_counts_takes_other_values_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.i18n.texts", lambda _folder, _language: {"of": "{n} of {all} | {n} of {all} each"})
    assert DEFAULT.count("of", 2, all="{n}") == "2 of {n} each"


def test_gaps_take_runs_and_backticks_are_code() -> None:
    line = Phrases("bot").line("no watchlist", name=TextRun("A {b}", bold=True))
    assert line == (TextRun("There is no watchlist "), TextRun("A {b}", bold=True), TextRun("."))
    line = Phrases("bot").line("unmute hint", command="/unmute `1`")
    assert line == (TextRun("/unmute `1`", code=True), TextRun(" ends it."))


def test_a_key_that_there_is_not_is_an_error() -> None:
    with pytest.raises(KeyError):
        DEFAULT.text("no such phrase")


def test_a_language_that_there_is_not_is_english() -> None:
    """A newer version may have written the row."""
    assert alert_phrases("xx") == DEFAULT
    assert alert_phrases("uk") == Phrases(ALERTS, "uk")


def test_days_have_the_months_of_the_language() -> None:
    days = [date(2023, month, 8) for month in range(1, 13)]
    english = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    ukrainian = ["січ.", "лют.", "бер.", "квіт.", "трав.", "черв.", "лип.", "серп.", "вер.", "жовт.", "лист.", "груд."]
    assert [DEFAULT.day(day) for day in days] == [f"8 {month}" for month in english]
    assert [alert_phrases("uk").day(day) for day in days] == [f"8 {month}" for month in ukrainian]
    assert [alert_phrases(each).day(days[10], year=True) for each in ("en", "uk")] == ["8 Nov 2023", "8 лист. 2023"]


@pytest.mark.parametrize(
    ("timezone", "english", "ukrainian"),
    [
        ("Asia/Seoul", "Seoul", "Сеул"),
        ("Europe/Kyiv", "Kyiv", "Київ"),
        ("America/New_York", "New York", "Нью-Йорк"),
        ("Etc/Nowhere_Else", "Nowhere Else", "Nowhere Else"),
    ],
)
def test_zones_have_the_city_that_stands_for_them(timezone: str, english: str, ukrainian: str) -> None:
    assert (DEFAULT.city(timezone), alert_phrases("uk").city(timezone)) == (english, ukrainian)


@pytest.mark.parametrize(
    ("seconds", "english", "ukrainian"),
    [
        (-1, "0 s", "0 с"),
        (59, "59 s", "59 с"),
        (90, "2 min", "2 хв"),
        (3 * 3600, "3 h", "3 год"),
        (172800, "2 d", "2 д"),
    ],
)
def test_durations_have_one_unit(seconds: float, english: str, ukrainian: str) -> None:
    span = timedelta(seconds=seconds)
    assert (DEFAULT.duration(span), alert_phrases("uk").duration(span)) == (english, ukrainian)


def test_numbers_are_written_as_the_language_does() -> None:
    assert [DEFAULT.number(1234.56, digits=digits) for digits in (0, 1)] == ["1,235", "1,234.6"]
    assert [alert_phrases("uk").number(1234.56, digits=digits) for digits in (0, 1)] == ["1\xa0235", "1\xa0234,6"]


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        ("the page is a consent wall", "сторінка спершу вимагає згоди"),
        ("the page answered 403", "сторінка відповіла 403"),
        ("the page could not be fetched (dns)", "сторінку не вдалося завантажити (dns)"),
        ("a reason of an older version", "a reason of an older version"),
        ("", ""),
    ],
)
def test_what_is_kept_in_english_is_translated_where_it_is_shown(kept: str, shown: str) -> None:
    assert alert_phrases("uk").translated(kept, "summary") == shown
    assert DEFAULT.translated(kept, "summary") == kept


@pytest.mark.no_cover
def test_babel_is_imported_where_it_is_needed_only() -> None:
    """It takes 30 ms of every command."""
    code = "import sys; import monitor.i18n, monitor.alert.render.telegram; sys.exit('babel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_error_that_was_kept_in_english_is_told_in_the_language_with_what_it_holds() -> None:
    kept = "api.telegram.org closed the connection (expired)"
    assert alert_phrases("uk").error(kept) == "api.telegram.org: з’єднання закрито (вийшов строк)"
    assert alert_phrases("uk").error("of another version") == "of another version"
    assert DEFAULT.error(kept) == kept


def test_a_size_is_in_the_language_s_units() -> None:
    sizes = [
        Phrases(ALERTS, language).size(count) for language in ("en", "uk") for count in (12_345_678_900, 345_000_000)
    ]
    assert [size.replace("\xa0", " ") for size in sizes] == ["12.3 GB", "345 MB", "12,3 ГБ", "345 МБ"]
