"""What people write behind a command, and lines that fit into a message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alert.sanitize import units
from monitor.bot.commands.arguments import Split, duration, split_duration, split_name, unquoted
from monitor.bot.commands.reply import Page
from monitor.bot.i18n import bot_phrases
from monitor.model import TextRun

NAMES = ("DPRK", "DPRK arms", "Їжа", 'A "quoted" one', "24h")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90), ("2h", 7200), ("1h30m", 5400), ("1 h 30 min", 5400), ("2 hours", 7200), ("1d", 86400), ("1w", 604800),
        ("1w 1d", 691200), ("2 год", 7200), ("2г", 7200), ("30 хв.", 1800), ("3 дні", 259200), ("2H", 7200), ("0m", 0),
        ("", None), ("h", None), ("2", None), ("2x", None), ("2h x", None), ("-2h", None), ("1.5h", None), ("2h,", None),
        ("²h", None), ("99999999999h", None),
    ],
)  # fmt: skip
def test_durations(text: str, seconds: float | None) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("DPRK arms 2h", ("DPRK arms", 7200)),
        ("17 30 хв", ("17", 1800)),
        ("17 1h 30m", ("17", 5400)),
        ("2h", ("", 7200)),
        ("DPRK arms", ("DPRK arms", None)),
        ("", ("", None)),
        ("arms2h", ("arms2h", None)),
        ("17", ("17", None)),
    ],
)
def test_a_duration_stands_at_the_end(text: str, found: tuple[str, float | None]) -> None:
    assert split_duration(text) == found


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("DPRK arms missile", Split("DPRK arms", "DPRK arms", "missile")),
        ("dprk  ARMS\nmissile launch", Split("dprk ARMS", "DPRK arms", "missile launch")),
        ("DPRK missile", Split("DPRK", "DPRK", "missile")),
        ("DPRK", Split("DPRK", "DPRK", "")),
        ('"DPRK" arms', Split("DPRK", "DPRK", "arms")),
        ("«їжа» борщ", Split("їжа", "Їжа", "борщ")),
        ("„DPRK arms“ x", Split("DPRK arms", "DPRK arms", "x")),
        ("“DPRK arms” x", Split("DPRK arms", "DPRK arms", "x")),
        ("'Nope it's' x", Split("Nope it's", None, "x")),
        ("Nope x y", Split("Nope", None, "x y")),
        ('"never closed x', Split('"never', None, "closed x")),
        ('A "quoted" one x', Split('A "quoted" one', 'A "quoted" one', "x")),
        ("", Split("", None, "")),
    ],
)
def test_a_name_stands_at_the_start(text: str, split: Split) -> None:
    assert split_name(text, NAMES) == split


@pytest.mark.parametrize(("text", "name"), [('"a b"', "a b"), ("«a»", "a"), ('"a" b', '"a" b'), ("a", "a"), ('"', '"')])
def test_quotes_around_all_of_it_are_taken_off(text: str, name: str) -> None:
    assert unquoted(text) == name


@given(st.text(st.sampled_from("aA \"'«»“”„2hdхв1.\n"), max_size=40))
def test_whatever_is_written_can_be_read(text: str) -> None:
    name, seconds = split_duration(text)
    assert seconds is None or seconds >= 0
    assert name in text
    split = split_name(text, NAMES)
    assert split.known is None or split.known in NAMES
    assert len(split.written) + len(split.rest) <= len(text)
    unquoted(text)


@given(
    st.lists(st.lists(st.text(st.sampled_from("aя🚀 "), max_size=300), min_size=1, max_size=4), max_size=30),
    st.integers(200, 3900),
)
def test_a_page_fits_and_counts_what_it_leaves_out(blocks: list[list[str]], room: int) -> None:
    page = Page(bot_phrases("en"))
    for block in blocks:
        page.add(*((TextRun(text, bold=True), TextRun("|")) for text in block))
    lines = ["".join(run.text for run in line) for line in page.answer(room).lines]
    assert units("\n".join(lines)) <= room
    shown, left = lines, 0
    if lines and lines[-1].startswith("and "):
        left = int(lines[-1].split()[1])
        shown = lines[:-1]
    kept = blocks[: len(blocks) - left]
    if sum(units(text) + 2 for text in (blocks[0] if blocks else [])) < room - 20:  # else the first block is cut
        assert shown == [f"{text}|" for block in kept for text in block]
