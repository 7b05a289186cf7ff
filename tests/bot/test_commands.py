"""Commands of the bot: who is answered, what is told of sources and alerts, what is muted."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from doubles.command_harness import ADMIN, CONFIG, MEMBER, CommandHarness, at, plain
from doubles.store_samples import record

from monitor.alert.sanitize import units
from monitor.bot.commands import _COMMANDS, answer
from monitor.bot.commands.help import CHANGING, LOOKING
from monitor.bot.i18n import bot_phrases
from monitor.model import ActKind, MuteKind, NewDelivery, PollReason

# --------------------------------------------------------------------------- who is answered


@pytest.mark.parametrize("command", ["mute", "unmute", "add", "remove", "test"])
async def test_only_admins_change_anything(desk: CommandHarness, command: str) -> None:
    before = desk.path.read_bytes()
    found = await desk.answer(f"/{command} DPRK arms tanks 2h", admin=False, user_id=MEMBER)
    assert found is not None
    assert found.effects is None
    assert plain(found).startswith("Only admins")
    assert str(MEMBER) in plain(found)
    assert desk.path.read_bytes() == before


@pytest.mark.parametrize("command", ["status", "watchlists", "last", "missed", "help", "start"])
async def test_members_may_look(desk: CommandHarness, command: str) -> None:
    assert "admins" not in await desk.ask(f"/{command}", admin=False)


def test_every_command_is_for_everybody_or_for_admins() -> None:
    """What stands in neither list of help.py would be for everybody, and in no menu."""
    assert _COMMANDS.keys() == {*LOOKING, *CHANGING, "help", "start"}
    assert not set(LOOKING) & set(CHANGING)


async def test_unknown_commands_are_answered_where_the_bot_is_meant(desk: CommandHarness) -> None:
    assert await desk.answer("/frobnicate") is None
    assert await desk.ask("/frobnicate", private=True) == "There is no command /frobnicate. /help lists what there is."
    assert "/help" in await desk.ask("/frobnicate", addressed=True)
    for written, meant in (("stauts", "status"), ("stat", "status"), ("watch", "watchlists"), ("unmut", "unmute")):
        told = f"There is no command /{written}. Did you mean /{meant}?"
        assert await desk.ask(f"/{written}", private=True) == told


async def test_help_lists_what_the_user_may_do(desk: CommandHarness) -> None:
    for_all, for_admins = await desk.ask("/help", admin=False), await desk.ask("/help")
    assert for_admins.startswith(for_all)
    assert "/add WATCHLIST TERM" not in for_all
    assert "/add WATCHLIST TERM — add a term to a watchlist" in for_admins.split("\n")


async def test_a_chat_is_answered_in_the_language_of_its_channel(desk: CommandHarness) -> None:
    """Whatever the language of the Telegram app of whoever asks; without one, in that."""
    english = await desk.ask("/frobnicate", private=True)
    assert await desk.ask("/frobnicate", private=True, language="uk") != english
    desk.path.write_text(f"language: uk\n{CONFIG}", encoding="utf-8")
    desk.reload()
    assert await desk.ask("/frobnicate", private=True) != english
    own = await desk.ask("/frobnicate", private=True, channel=f"admin:{ADMIN}")
    assert own == await desk.ask("/frobnicate", private=True)


async def test_a_sample_alert_follows_where_it_is_asked_for(desk: CommandHarness) -> None:
    """Once, however often the same update is answered; an admin in private gets it there."""
    request = desk.request("/test")
    for _ in range(2):
        found = await answer(request, desk.desk)
        assert found is not None
        assert found.effects is not None
        assert plain(found) == "A sample alert for desk follows."
        await desk.store.run(found.effects)
    await desk.answer("/test", channel=f"admin:{ADMIN}", private=True)
    with desk.store.begin() as tx:
        rows = tx.deliveries()
    assert {row.channel: row.alert.watchlist for row in rows} == {"desk": "Test", f"admin:{ADMIN}": "Test"}
    assert len(rows) == 2


# --------------------------------------------------------------------------- /status


async def test_status_tells_of_what_is_not_well(desk: CommandHarness) -> None:
    now = desk.clock.now()
    with desk.store.begin() as tx:
        one, two = tx.source_states()
        tx.record_poll(record(one.id, at=now - timedelta(minutes=5), baseline=True))
        tx.record_poll(record(two.id, at=now - timedelta(hours=3), baseline=True))
        failed = record(two.id, at=now, failures=4, error="the server answered 503", error_kind="status")
        failed = replace(failed, reason=PollReason.FAILURES, reason_number=4.0)
        tx.record_poll(replace(failed, next_poll_at=now + timedelta(minutes=12)))
    desk.story("A", published=60, sent=4)
    desk.story("B", sent=None)
    lines = (await desk.ask("/status")).split("\n")
    assert lines == [
        "Sources: 1 of 2 are well",
        "Yonhap: the server answered 503; 4 failed polls, last success: 06:00",
        "    next poll in 12 min: backs off after 4 failures",
        "Last success: 08:55; longest ago 06:00 (Yonhap)",
        "Queue: 0 articles to read; messages: 1 to send",
        "24 hours, 2 alerts: published → sent 1 min 4 s (p95 1 min 4 s); seen → sent 4.0 s (p95 4.0 s)",
        "Disk: 12.3 GB free of 40.0 GB",
        "Version 0.1.0, running for 2 d 2 h",
    ]


async def test_numbers_and_units_are_of_the_answers_language(desk: CommandHarness) -> None:
    with desk.store.begin() as tx:
        one, _ = tx.source_states()
        tx.record_poll(record(one.id, at=desk.clock.now(), baseline=True))
    desk.story("B", published=60, sent=4)
    text = (await desk.ask("/status", language="uk")).replace("\xa0", " ")
    assert "Джерела: працює 1 з 2" in text
    assert "Диск: вільно 12,3 ГБ з 40,0 ГБ" in text
    assert "виявлення → надсилання 4,0 с (p95 4,0 с)" in text


@pytest.mark.parametrize(
    ("language", "heads"),
    [
        ("en", ["Sources: 1 of 1 is well", "Sources: all 2 are well", "Sources: all 5 are well"]),
        ("uk", ["Джерела: працює 1 з 1", "Джерела: усі 2 справні", "Джерела: усі 5 справні"]),
        ("pl", ["Źródła: sprawne 1 z 1", "Źródła: wszystkie 2 sprawne", "Źródła: wszystkie 5 sprawne"]),
    ],
)
def test_one_source_is_not_called_all(language: str, heads: list[str]) -> None:
    assert [bot_phrases(language).count("sources well", n) for n in (1, 2, 5)] == heads


async def test_status_of_a_quiet_day(desk: CommandHarness) -> None:
    with desk.store.begin() as tx:
        for state in tx.source_states():
            tx.record_poll(record(state.id, at=desk.clock.now(), baseline=True))
        tx.mute("watchlist", "Aid", None, ADMIN)
    lines = (await desk.ask("/status", language="uk-UA")).split("\n")
    assert lines[:4] == [
        "Джерела: усі 2 справні",
        "Останній успіх: 09:00",
        "Черга: 0 статей; повідомлення: жодне не чекає",
        "За добу сповіщень не було",
    ]
    assert lines[4] == "Стишено: Aid"


# --------------------------------------------------------------------------- /watchlists, /last, /missed


async def test_watchlists_show_counts_precision_and_mutes(desk: CommandHarness) -> None:
    for number in range(14):
        desk.story(f"Story {number}")
    desk.story("To two channels")
    with desk.store.begin() as tx:
        for number in range(14):
            tx.save_feedback(number + 1, 1, useful=number > 1, now=desk.clock.now())
        tx.mute("watchlist", "DPRK arms", desk.clock.now() + timedelta(hours=2), ADMIN)
    assert (await desk.ask("/watchlists")).split("\n") == [
        "DPRK arms · high → desk",
        "@DPRK, @ICBM, sanctions, балістична ракета",
        "4 terms; alerts: 15 in 24 h, 15 in 7 d",
        "12 of 14 useful (86 %); muted until 11:00",
        "Aid · normal → desk, aside",
        "aid AND NOT football",
        "a query; alerts: 0 in 24 h, 0 in 7 d",
        "not judged yet",
    ]


async def test_a_story_in_two_channels_counts_once_and_old_ones_do_not(desk: CommandHarness) -> None:
    story = desk.story("Old", watchlist="Aid")
    desk.clock.pass_(3 * 86400)
    with desk.store.begin() as tx:
        row = tx.deliveries_of(story)[0]
        now = desk.clock.now()
        again = tx.create_story(now)
        for channel in ("desk", "aside"):
            tx.add_delivery(NewDelivery(channel, f"alert:77:Aid:{channel}", row.alert, story_id=again), now)
    assert "a query; alerts: 1 in 24 h, 2 in 7 d" in await desk.ask("/watchlists")


async def test_last_shows_what_this_chat_was_sent(desk: CommandHarness) -> None:
    for number in range(7):
        desk.story(f"Title {number}")
    desk.story("Elsewhere", channel="aside", watchlist="Aid")
    desk.story("Not sent yet", sent=None)
    assert (await desk.ask("/last 2")).split("\n") == [
        "The last alerts here",
        "Title 6",
        "DPRK arms · 09:00 · story 7",
        "Title 5",
        "DPRK arms · 09:00 · story 6",
    ]
    assert (await desk.ask("/last")).count("story") == 5
    found = await desk.answer("/last 1")
    assert found is not None
    assert found.lines[1][0].url == "https://news.example/7"


async def test_last_in_private_is_of_all_channels_for_admins(desk: CommandHarness) -> None:
    desk.story("Here")
    desk.story("There", channel="aside", watchlist="Aid")
    alone = {"private": True, "channel": None, "chat_id": ADMIN}
    head, first, facts, *_ = (await desk.ask("/last", **alone)).split("\n")
    assert (head, first) == ("The last alerts of all channels", "There")
    assert re.fullmatch(r"Aid · .*\d\d:\d\d( UTC)? · story 2 → aside", facts)  # on the host's clock
    assert await desk.ask("/last", **alone, admin=False) == "No alert has been sent here yet."
    own = {"private": True, "chat_id": ADMIN, "channel": "aside"}  # most admins have alerts in that chat, too
    assert "Here" in await desk.ask("/last", **own)
    assert "Here" not in await desk.ask("/last", **own, admin=False)


@pytest.mark.parametrize("argument", ["0", "21", "-1", "x", "1e3", "²", "99999999999999999999"])
async def test_last_wants_a_number(desk: CommandHarness, argument: str) -> None:
    assert await desk.ask(f"/last {argument}") == "Write a number from 1 to 20: /last 10"


async def test_missed_shows_latencies_and_what_is_held_dead_or_lost(desk: CommandHarness) -> None:
    now = desk.clock.now()
    desk.story("Quick", published=30, sent=2)
    desk.story("Slow", published=3600, sent=60)
    desk.story("Dead", sent=None)
    desk.story("Held", sent=None)
    with desk.store.begin() as tx:
        dead, held = tx.deliveries(limit=2)[::-1]
        tx.mark_dead(dead.id, "chat not found")
        tx.hold_deliveries([held.id], now + timedelta(hours=8))
        one, two = tx.source_states()
        tx.record_poll(record(one.id, at=now, failures=2, error="dns", error_kind="dns"))
        tx.record_poll(record(two.id, at=now, baseline=True))
    text = await desk.ask("/missed")
    assert text.split("\n") == [
        "The last 24 h: 2 alerts",
        "published → seen: 30 min 15 s (p95 57 min 2 s)",
        "seen → sent: 31 s (p95 57 s)",
        "published → sent: 30 min 46 s (p95 57 min 59 s), longest 1 h 1 min",
        "Slowest",
        "1 h 1 min: Slow (1 h + 1 min)",
        "32 s: Quick (30 s + 2.0 s)",
        "Given up (1; monitor alerts --replay ID sends one again)",
        "3 → desk: Dead (chat not found)",
        "Held until quiet hours, a digest or a cooldown end (1)",
        "17:00 → desk: Held",
        "Sources that are not well",
        "Ukrinform: dns",
    ]


async def test_missed_of_a_short_time_counts_that_time_alone(desk: CommandHarness) -> None:
    desk.story("Early")
    desk.clock.pass_(7200)
    assert (await desk.ask("/missed 1h")).startswith("The last 1 h: 0 alerts\n")
    assert (await desk.ask("/missed 3 год", language="uk")).startswith("За 3 год: 1 сповіщення\n")


@pytest.mark.parametrize("argument", ["x", "30s", "31d", "24", "1h and more"])
async def test_missed_wants_a_duration(desk: CommandHarness, argument: str) -> None:
    assert "/missed 24h" in await desk.ask(f"/missed {argument}")


# --------------------------------------------------------------------------- /mute, /unmute


@pytest.mark.parametrize(
    ("text", "kind", "key", "hours"),
    [
        ("/mute DPRK arms 2h", MuteKind.WATCHLIST, "DPRK arms", 2),
        ("/mute dprk  ARMS 90m", MuteKind.WATCHLIST, "DPRK arms", 1.5),
        ('/mute "DPRK arms" 1d', MuteKind.WATCHLIST, "DPRK arms", 24),
        ("/mute «aid» 2 год", MuteKind.WATCHLIST, "Aid", 2),
        ("/mute Aid 1h 30min", MuteKind.WATCHLIST, "Aid", 1.5),
        ("/mute 1 2h", MuteKind.STORY, "1", 2),
        ("/mute #1 30 хв", MuteKind.STORY, "1", 0.5),
        ("/mute 1", MuteKind.STORY, "1", None),
    ],
)
async def test_mute_by_name_or_number(
    desk: CommandHarness, text: str, kind: MuteKind, key: str, hours: float | None
) -> None:
    desk.story("A title")
    answer = await desk.ask(text)
    with desk.store.begin() as tx:
        (mute,) = tx.mutes(desk.clock.now())
    until = None if hours is None else desk.clock.now() + timedelta(hours=hours)
    assert (mute.kind, mute.key, mute.until, mute.by) == (kind, key, until, ADMIN)
    assert answer.split("\n")[1] == f"/unmute {key} ends it."
    assert ("A title" in answer) == (kind is MuteKind.STORY)


async def test_mute_in_reply_to_an_alert(desk: CommandHarness) -> None:
    story = desk.story("A title")
    with desk.store.begin() as tx:
        row = tx.deliveries_of(story)[0]
    assert (await desk.ask("/mute 2h", replied=row)).startswith("Story 1 is muted until 11:00: A title")
    with desk.store.begin() as tx:
        (act,) = tx.deliveries_of(story)[0].alert.acts
    assert (act.deed, act.name, act.until) == (ActKind.MUTE, "Ann", desk.clock.now() + timedelta(hours=2))
    assert await desk.ask("/unmute", replied=row) == "Story 1 (A title) is heard again."
    with desk.store.begin() as tx:
        assert tx.mutes(desk.clock.now()) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/mute", "/mute DPRK arms 2h"),
        ("/mute 2h", "/mute DPRK arms 2h"),
        ("/mute DPRK arms", "For how long is DPRK arms to be muted?"),
        ("/mute DPRK arms 30s", "For how long"),
        ("/mute DPRK arms 31d", "For how long"),
        ("/mute 1 31d", "For how long"),
        ("/mute 99 2h", "There is no story 99"),
        ("/mute 99999999999999999999999 2h", "There is no story 999"),
        ("/mute DPRK amrs 2h", "Did you mean DPRK arms?"),
        ("/mute zzzz 2h", "There are: DPRK arms, Aid"),
    ],
)
async def test_mutes_that_cannot_be(desk: CommandHarness, text: str, words: str) -> None:
    desk.story("A title")
    found = await desk.answer(text)
    assert found is not None
    assert found.effects is None
    assert words in plain(found)


async def test_a_name_may_end_like_a_duration(desk: CommandHarness) -> None:
    desk.path.write_text(CONFIG.replace("name: Aid", "name: Aid 24h"), encoding="utf-8")
    desk.reload()
    assert (await desk.ask("/mute aid 24h 2h")).startswith("Aid 24h is muted until 11:00")
    assert "For how long is Aid 24h to be muted?" in await desk.ask("/mute Aid 24h")
    assert "For how long" not in await desk.ask("/mute Aid 24h and more 2h")


async def test_a_mute_counts_from_when_it_was_written(desk: CommandHarness) -> None:
    assert "are over: nothing is muted" in await desk.ask("/mute Aid 2h", at=at(3))
    assert "until 10:00" in await desk.ask("/mute Aid 2h", at=at(1))


async def test_unmute_lists_what_is_muted(desk: CommandHarness) -> None:
    assert await desk.ask("/unmute") == "Nothing is muted."
    desk.story("A title")
    await desk.ask("/mute Aid 2h")
    await desk.ask("/mute 1")
    assert "\nMuted: Story 1 (A title); Aid\n" in await desk.ask("/status")
    assert await desk.ask("/unmute") == "Muted now\nStory 1 (A title)\nAid: until 11:00"
    assert (await desk.ask("/unmute DPRK arms")).startswith("DPRK arms is not muted.\nMuted now")
    assert await desk.ask("/unmute aid") == "Aid is heard again."
    assert await desk.ask("/unmute #1") == "Story 1 (A title) is heard again."
    assert await desk.ask("/unmute") == "Nothing is muted."


# --------------------------------------------------------------------------- hostile and huge


@pytest.mark.parametrize(("number", "shown"), [(20, True), (28, False)])
async def test_terms_push_no_watchlist_out_of_the_answer(desk: CommandHarness, number: int, shown: bool) -> None:
    words = ", ".join(f"word{n}" for n in range(60))
    watchlists = "".join(f"  - {{name: 'List {n}', keywords: [{words}]}}\n" for n in range(number))
    desk.path.write_text(
        re.sub(r"watchlists:\n.*?channels:", f"watchlists:\n{watchlists}channels:", CONFIG, flags=re.DOTALL)
    )
    desk.reload()
    text = await desk.ask("/watchlists")
    assert text.count("\n60 terms; ") == number
    assert text.count("\nword0, word1, ") == number * shown


async def test_answers_never_exceed_a_message(desk: CommandHarness) -> None:
    watchlists = "".join(f"  - {{name: 'Watchlist number {n} 🚀🚀🚀', keywords: [word]}}\n" for n in range(300))
    desk.path.write_text(
        re.sub(r"watchlists:\n.*?channels:", f"watchlists:\n{watchlists}channels:", CONFIG, flags=re.DOTALL)
    )
    desk.reload()
    text = await desk.ask("/watchlists")
    assert units(text) <= 3900
    found = re.search(r"\nand (\d+) more$", text)
    assert found is not None
    assert text.count("Watchlist number") + int(found[1]) == 300
    for _ in range(25):
        desk.story("🚀" * 3000 + "\n\u202e<b>x</b>", watchlist="Watchlist number 1 🚀🚀🚀")
    assert units(await desk.ask("/last 20")) <= 3900
    assert units(await desk.ask("/missed")) <= 3900
    assert units(await desk.ask(f"/mute {'x ' * 1900}2h")) <= 3900
    assert units(await desk.ask(f"/{'x' * 3000}", private=True)) <= 3900
