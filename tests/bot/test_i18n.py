"""The texts of the bot: every language has all of them, with the same gaps, and they are found where they are used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import monitor.bot
from monitor.bot.commands import menus
from monitor.bot.commands.help import CHANGING, LOOKING
from monitor.bot.i18n import FOLDER, LANGUAGES, bot_phrases, language_of
from monitor.config.watchlist_edit import Reason
from monitor.i18n import languages, problem_text, texts
from monitor.model import Severity, State
from monitor.watch.query.parse import QueryError, parse_query

BOT = Path(monitor.bot.__path__[0])
OTHER_ROOMS = ("pipeline/grouping.py", "watch/decided.py")  # what the page and the command line say as well
FILES = *BOT.rglob("*.py"), *(BOT.parent / name for name in OTHER_ROOMS)
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in FILES)


def test_ukrainian_is_not_english() -> None:
    same = [
        key
        for key, text in texts(FOLDER, "uk").items()
        if text == texts(FOLDER, "en")[key] and re.search("[a-z]{4}", gapless(text))
    ]
    assert same == []


def gapless(text: str) -> str:
    return re.sub(r"`[^`]*`|{\w+}|/\w+ \S+", "", text)


COMPLETED = ("state ", "edit ", "about ", "usage ")  # keys whose end is put on in the code
OTHERS = {"low", "normal", "high", "critical", "add how", "remove how"}  # severities; the commands of one family


@pytest.mark.parametrize("key", texts(FOLDER, "en"))
def test_every_text_is_used(key: str) -> None:
    completed = re.search(rf"[\"']{key.partition(' ')[0]} {{", SOURCES)  # as in f"state {state}"
    assert f'"{key}"' in SOURCES or completed or key in OTHERS or key.startswith(("decided ", "query ", "zone "))


def test_keys_that_are_completed_in_the_code_are_complete() -> None:
    states = {f"state {state}" for state in State} - {"state sent", "state muted"}
    edits = {f"edit {reason}" for reason in Reason} - {"edit no watchlist"}
    abouts = {f"about {name}" for name in (*LOOKING, *CHANGING, "help")}
    usages = {f"usage {name}" for name in (*LOOKING, *CHANGING)} & texts(FOLDER, "en").keys()  # with arguments
    assert {key for key in texts(FOLDER, "en") if key.startswith(COMPLETED)} == states | edits | abouts | usages
    assert {severity.value for severity in Severity} <= texts(FOLDER, "en").keys()


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("uk", "uk"),
        ("uk-UA", "uk"),
        ("UK_ua", "uk"),
        ("en", "en"),
        ("ru", "ru"),
        ("ko-KR", "ko"),
        ("be", "en"),
        ("pt-br", "en"),
        (None, "en"),
        ("", "en"),
    ],
)
def test_clients_are_answered_in_their_language_where_the_bot_has_it(tag: str | None, language: str) -> None:
    assert language_of(tag) == language


@pytest.mark.parametrize(
    ("language", "counts"),
    [
        ("en", {0: "0 terms", 1: "1 term", 2: "2 terms", 21: "21 terms"}),
        ("uk", {0: "0 слів", 1: "1 слово", 2: "2 слова", 5: "5 слів", 11: "11 слів", 12: "12 слів", 21: "21 слово",
                22: "22 слова", 111: "111 слів", 114: "114 слів", 122: "122 слова"}),
        ("ru", {1: "1 слово", 3: "3 слова", 12: "12 слов", 21: "21 слово"}),
        ("pl", {1: "1 słowo", 3: "3 słowa", 12: "12 słów", 21: "21 słów", 22: "22 słowa"}),
        ("de", {0: "0 Wörter", 1: "1 Wort", 2: "2 Wörter"}),
        ("ko", {0: "낱말 0개", 1: "낱말 1개"}),
    ],
)  # fmt: skip
def test_numbers_take_their_form(language: str, counts: dict[int, str]) -> None:
    assert {n: bot_phrases(language).count("terms", n) for n in counts} == counts


# --------------------------------------------------------------------------- menus


def test_menus_hold_what_the_bot_api_takes() -> None:
    """Names of 1–32 of a–z, 0–9 and _; descriptions of 1–256 characters; 100 commands at most (Bot API, BotCommand)."""
    found = menus([7, 8])
    spoken = [None, *(language for language in LANGUAGES if language != "en")]
    wanted = [(chat, language) for language in spoken for chat in (None, 7, 8)]
    assert sorted(map(str, wanted)) == sorted(str((menu.chat, menu.language)) for menu in found)
    for menu in found:
        assert all(re.fullmatch("[a-z0-9_]{1,32}", name) for name, _ in menu.commands)
        assert all(1 <= len(text) <= 256 for _, text in menu.commands)
        names = [name for name, _ in menu.commands]
        assert set(names) == {*LOOKING, "help", *(CHANGING if menu.chat else ())}
        assert len(names) == len(set(names))


MISTAKES = (
    *("(a", "a)", "a near/5 b", "a and b", "a NEAR b", "atleast(a)", "a*b", "mi *s", '"a', "/a", "= b", "headline:a"),
    *("titel:a", "title: a", "a AND", "AND b", "a NEAR/5 NOT b", "()", "ab*", "...", "a NEAR/0 b", "NOT a", "a & & b"),
    *("(a AND b) NEAR/5 (c AND d)", "atleast/2(a AND b)", "(NOT a) SENTENCE (NOT b)", "a " * 5001, "‽"),
    " OR ".join(f"word{number}" for number in range(1001)),
)


def test_mistakes_in_queries_are_told_in_every_language() -> None:
    said: set[str] = set()
    for text in MISTAKES:
        with pytest.raises(QueryError) as caught:
            parse_query(text)
        said.add(caught.value.message)
    for language in set(languages(FOLDER)) - {"en"}:
        told = {message: problem_text(message, language) for message in said}
        assert [message for message, shown in told.items() if message == shown] == [], language
