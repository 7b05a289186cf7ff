"""Answers of the bot, and what people did with a message."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alert.render.telegram import Button, Rendered, console, payload, telegram
from monitor.alert.sanitize import units
from monitor.model import Act, ActKind, Alert, MessageKind, MuteMenu, Severity, TextRun


def answer(*lines: tuple[TextRun, ...]) -> Rendered:
    return telegram(Alert(MessageKind.ANSWER, "/status", body=lines), timezone="UTC")


def test_runs_become_markup() -> None:
    shown = answer(
        (TextRun("Sources", bold=True), TextRun(" 2 of 3 ok")),
        (),
        (TextRun("site", url="https://news.example/a?b=1&c=2"), TextRun(" · "), TextRun("/mute 17 2h", code=True)),
    )
    assert shown.html == (
        '<b>Sources</b> 2 of 3 ok\n\n<a href="https://news.example/a?b=1&amp;c=2">site</a> · <code>/mute 17 2h</code>'
    )
    assert shown.plain == "Sources 2 of 3 ok\n\nsite · /mute 17 2h"
    assert shown.buttons == ((Button("Close", action="close"),),)
    assert not shown.silent
    assert shown.preview_url is None


@pytest.mark.parametrize(("command", "label"), [("/add Arms x", "Add"), ("/remove Arms x", "Remove")])
def test_an_answer_that_proposes_a_command_has_a_button_that_gives_it(command: str, label: str) -> None:
    shown = telegram(Alert(MessageKind.ANSWER, "/add", body=((TextRun("?"),),), proposal=command), timezone="UTC")
    assert shown.buttons == ((Button(label, action="apply"), Button("Cancel", action="close")),)


@pytest.mark.parametrize(
    ("run", "html"),
    [
        (TextRun("<b>&amp;"), "&lt;b&gt;&amp;amp;"),
        (TextRun("<i>", code=True, bold=True, url="https://a.example"), "<code>&lt;i&gt;</code>"),
        (TextRun("x", url="javascript:alert(1)"), "x"),
        (TextRun("x", url="tg://user?id=1"), "x"),
        (TextRun("two\nlines\x00"), "two lines"),
        (TextRun("\u202eevil"), "evil"),
        (TextRun("\u202e evil \u200f"), " evil "),
        (TextRun("\u202e \u200f"), " "),
        (TextRun("@channel"), "@\u2060channel"),
        (TextRun("see /start now"), "see /\u2060start now"),
        (TextRun("/status", code=True), "<code>/status</code>"),
        (TextRun("/mute@other_bot"), "/\u2060mute@other_bot"),
    ],
)
def test_foreign_text_does_not_act(run: TextRun, html: str) -> None:
    assert answer((TextRun("·"), run)).html == f"·{html}"


def test_neighbours_that_look_the_same_are_one_piece() -> None:
    """One touch copies one piece of code; and '@' + 'all' is as tame as '@all'."""
    line = (
        TextRun("/mute ", code=True),
        TextRun("17", code=True),
        TextRun(" 2h", code=True),
        TextRun(" @"),
        TextRun("all", url=None),
        TextRun("!", bold=True),
    )
    assert answer(line).html == "<code>/mute 17 2h</code> @\u2060all<b>!</b>"


def test_a_long_answer_is_cut_at_a_line_and_says_so() -> None:
    shown = answer(*((TextRun(f"line {number} " + "x" * 90),) for number in range(100)))
    lines = shown.plain.split("\n")
    assert units(shown.plain) <= 4000
    assert lines[-1] == f"… and {100 - len(lines) + 1} more"
    assert lines[-2].startswith(f"line {len(lines) - 2} ")


def test_one_endless_line_is_cut_as_well() -> None:
    shown = answer((TextRun("🚀" * 4000),), (TextRun("next"),))
    assert units(shown.plain) <= 4000
    assert shown.plain.endswith("…\n… and 1 more")


def test_an_answer_without_lines_is_no_empty_message() -> None:
    for lines in ([], [()], [(TextRun(" "), TextRun("\u200b"))]):
        assert answer(*lines).plain == "/\u2060status"


@given(st.lists(st.lists(st.builds(TextRun, st.text(), bold=st.booleans(), code=st.booleans())).map(tuple), min_size=1))
def test_no_answer_is_too_long_or_many_lines_in_one(lines: list[tuple[TextRun, ...]]) -> None:
    shown = answer(*lines)
    assert 0 < units(shown.plain.strip()) <= units(shown.plain) <= 4096
    assert shown.plain.count("\n") <= len(lines)


AT = datetime(2023, 11, 9, 9, 41, tzinfo=UTC)
ACK = Act(ActKind.ACK, 77, "Ann", AT)
ALERT = Alert(
    MessageKind.ALERT, "Headline", watchlist="Arms", severity=Severity.HIGH, url="https://a.example/1", source="Yonhap"
)


def test_the_buttons_of_an_alert_stay_the_same_whatever_happens_to_it() -> None:
    before = telegram(ALERT, timezone="UTC").buttons
    assert [[button.text for button in row] for row in before] == [["Open", "Mute story", "👍", "👎"], ["Why", "Ack"]]
    for changed in (replace(ALERT, acts=(ACK,)), replace(ALERT, severity=Severity.CRITICAL)):
        assert telegram(changed, timezone="UTC").buttons == before


@pytest.mark.parametrize("kind", [MessageKind.ALERT, MessageKind.REPLY, MessageKind.NOTICE, MessageKind.DIGEST])
def test_what_people_did_stands_at_the_end(kind: MessageKind) -> None:
    acts = (ACK, Act(ActKind.MUTE, 78, "<b>Bob @all", AT + timedelta(minutes=1)))
    shown = telegram(replace(ALERT, kind=kind, acts=acts), timezone="UTC")
    assert shown.html.endswith("\n\nAcknowledged by Ann, 09:41\nMuted by &lt;b&gt;Bob @\u2060all, 09:42")


def test_paths_in_a_notice_can_be_copied_and_commands_do_not_act() -> None:
    lines = ("/etc/monitor/config.yaml:3:5: sources: no url; see /help, @all", "(/srv/a/x.db) /mute/1")
    shown = telegram(replace(ALERT, kind=MessageKind.NOTICE, lines=lines), timezone="UTC")
    assert shown.html.split("\n")[1:] == [
        "<code>/etc/monitor/config.yaml:3:5</code>: sources: no url; see /\u2060help, @\u2060all",
        "(<code>/srv/a/x.db</code>) <code>/mute/1</code>",
    ]
    assert telegram(replace(ALERT, kind=MessageKind.NOTICE, lines=("",)), timezone="UTC").plain == "Headline"


def test_what_people_did_is_never_pushed_out_by_a_long_alert() -> None:
    acts = tuple(replace(ACK, user=user, name="N" * 200) for user in range(20))
    long = replace(ALERT, headline="H" * 5000, note="N" * 5000, acts=acts)
    for kind in (MessageKind.ALERT, MessageKind.NOTICE):
        shown = telegram(replace(long, kind=kind, lines=("L" * 500,) * 50), timezone="UTC")
        assert units(shown.plain) <= 1000
        assert shown.plain.count("Acknowledged") == 8
    digest = telegram(replace(long, kind=MessageKind.DIGEST, items=(ALERT,) * 500), timezone="UTC")
    assert units(digest.plain) <= 4096
    assert digest.plain.count("Acknowledged") == 8
    said = replace(long, kind=MessageKind.ANSWER, body=((TextRun("word " * 2000),),) * 3)
    assert units(telegram(said, timezone="UTC").plain) <= 4096


def test_a_mute_says_when_it_ends() -> None:
    muted = replace(ALERT, acts=(Act(ActKind.MUTE, 77, "Ann", AT, AT + timedelta(days=1)),))
    shown = telegram(muted, timezone="UTC", now=AT).plain
    assert shown.endswith("\n\nMuted until 10 Nov 09:41 by Ann, 09:41")


def test_other_channels_know_what_people_did() -> None:
    acted = replace(ALERT, acts=(ACK,))
    assert payload(acted)["acts"] == [{"deed": "ack", "by": "Ann", "at": "2023-11-09T09:41:00+00:00"}]
    shown = console(acted, timezone="UTC")
    assert "Acknowledged by Ann, 09:41" in shown
    assert "[Why]" not in shown


def test_the_time_is_the_readers_and_has_its_day_where_that_is_another() -> None:
    acted = replace(ALERT, acts=(ACK, replace(ACK, name="\u202e ", at=AT + timedelta(days=1))))
    shown = telegram(acted, timezone="Asia/Seoul", now=AT).plain
    assert shown.endswith("Acknowledged by Ann, 18:41\nAcknowledged by 77, 10 Nov 18:41")


def test_an_answer_offers_what_its_alert_may_become() -> None:
    offers = (("split", 123, "Yonhap"), ("merge", 45, ""))
    rows = telegram(Alert(MessageKind.ANSWER, "Why", regroupings=offers), timezone="UTC").buttons
    assert [[(button.text, button.action) for button in row] for row in rows] == [
        [("✂ Split off Yonhap #123", "split-123")],
        [("🔗 Merge with story 45", "merge-45")],
        [("Close", "close")],
    ]


def test_an_alert_that_is_to_be_muted_asks_for_how_long_and_a_muted_one_offers_the_way_back() -> None:
    def actions(menu: MuteMenu | None) -> list[list[str]]:
        rows = telegram(replace(ALERT, kind=MessageKind.ALERT, mute_menu=menu), timezone="UTC").buttons
        return [[button.action for button in row if button.action] for row in rows]

    last = ["why", "ack"]
    assert actions(None) == [["mute", "up", "down"], last]
    assert actions(MuteMenu.MUTED) == [["unmute", "up", "down"], last]
    assert actions(MuteMenu.OPEN) == [["mute-hour", "mute-morning", "mute-ever", "mute-not"], ["up", "down"], last]
