"""What every kind of channel must do. A new kind gets its receiver in `doubles/channel_receivers.py`.

The toy channel of `doubles/toychannel.py` is held to it as well: a new kind needs no change here.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from doubles import toychannel
from doubles.channel_receivers import Receiver, receiver
from doubles.delivery_harness import CHAT, alert, opened, telegram
from doubles.sample_alerts import SAMPLE_ALERTS
from doubles.telegram import TOKEN, TelegramDouble

from monitor.deliver import channels
from monitor.deliver.channels import registry
from monitor.deliver.channels.console import ConsoleNotifier
from monitor.deliver.channels.telegram.notifier import TelegramNotifier
from monitor.errors import MonitorError
from monitor.fields import StrictSettings
from monitor.model import Alert, Channel, Delivery, Lane, MessageKind, Severity, State
from monitor.ports import ChannelKind

pytestmark = pytest.mark.network
NOW = datetime(2024, 1, 2, tzinfo=UTC)
ALERTS = SAMPLE_ALERTS | {
    "bare": Alert(MessageKind.ALERT, "x"),
    "acting": alert("<b>&amp;</i> <script>\"' tg://user?id=1 \u202e\x00 @all /start", url="javascript:alert(1)"),
    "huge": alert("ракета 🚀 " * 50_000),
    "lone halves": alert("a \ud800 b", source="\udfff", terms=("\ud83d",)),
    "empty": Alert(MessageKind.ALERT, ""),
    "empty notice": Alert(MessageKind.NOTICE, " \u200b"),
    "empty digest": Alert(MessageKind.DIGEST, "", items=(Alert(MessageKind.ALERT, ""),)),
    "forty items": Alert(MessageKind.DIGEST, "40 alerts", items=tuple(alert(f"Item {n} " * 30) for n in range(40))),
}
FULL = SAMPLE_ALERTS["ukrainian, cites an agency, quote with speaker"]


KINDS = (*registry.CHANNELS, toychannel.KIND)


@pytest.fixture(params=[kind.name for kind in KINDS])
async def far(request: pytest.FixtureRequest) -> AsyncIterator[Receiver]:
    """One channel of each kind, all connected to something that accepts."""
    async with receiver(request.param) as side:
        yield side
        await side.notifier.close()


def row(shown: Alert) -> Delivery:
    return Delivery(9, "c", "d", shown, State.SENDING, None, None, 1, 0, 1, NOW, NOW)


@pytest.mark.parametrize("name", sorted(ALERTS))
async def test_any_alert_is_accepted_and_then_edited(far: Receiver, name: str) -> None:
    lane = Lane(far.notifier.lane(far.channel))
    receipt = await far.notifier.send(far.channel, row(ALERTS[name]), lane, None)
    assert far.accepted()
    grown = replace(row(FULL), message_id=receipt.message_id, sent_revision=1, revision=2)
    again = await far.notifier.send(far.channel, grown, lane, None)
    assert again.message_id == receipt.message_id


@pytest.mark.parametrize("name", sorted(ALERTS))
async def test_a_repaired_message_is_accepted(far: Receiver, name: str) -> None:
    await far.notifier.send(
        far.channel, replace(row(ALERTS[name]), repaired=True), Lane(far.notifier.lane(far.channel)), None
    )
    assert far.accepted()


async def test_what_is_read_by_people_has_nothing_that_hides_or_acts(far: Receiver) -> None:
    if far.for_programs:
        pytest.skip("a program reads it: text goes as it came, and markup is the reader's")
    for name in ("acting", "hostile"):
        await far.notifier.send(far.channel, row(ALERTS[name]), Lane(far.notifier.lane(far.channel)), None)
    told = "\n".join(far.accepted())
    assert "script" in told
    assert not {"\x00", "\u202e", "\u200b", "\x1b"} & set(told)
    if not far.on_screen:
        assert not any(acting in told for acting in ("@all", "/start", "tg://", "t.me/"))


async def test_one_address_is_one_lane_and_the_rest_of_the_port_answers(far: Receiver) -> None:
    channel, notifier = far.channel, far.notifier
    lane = Lane(notifier.lane(channel))
    assert notifier.lane(replace(channel, name="another name", timezone="Asia/Seoul")) == lane.name
    assert notifier.delay(channel, lane) == 0.0
    assert notifier.numbering(channel, lane)
    assert await notifier.check(channel)
    assert far.accepted() == [], "a check sends nothing"
    if notifier.can_probe:
        assert await notifier.probe(channel, replace(row(ALERTS["bare"]), last_known_id=0), lane) is None
    else:
        assert notifier.fingerprint(channel, row(FULL)) == ""
    await notifier.close()
    await notifier.close()


async def test_the_outbox_delivers_in_order(far: Receiver) -> None:
    async with opened({"c": far.channel}, {far.channel.kind: far.notifier}) as harness:
        idents = [await harness.add(f"No. {number}", channel="c") for number in range(5)]
        rows = [await harness.until(ident, "sent") for ident in idents]
    times = [found.sent_at for found in rows]
    assert times == sorted(times, key=str)
    assert in_order(far.accepted()) == [0, 1, 2, 3, 4]


def in_order(texts: list[str]) -> list[int]:
    return [number for text in texts for number in range(10) if f"No. {number}" in text]


async def test_what_is_refused_for_now_goes_later_once_and_in_its_place(far: Receiver) -> None:
    far.refuse(2)
    async with opened({"c": far.channel}, {far.channel.kind: far.notifier}) as harness:
        idents = [await harness.add(f"No. {number}", channel="c") for number in range(3)]
        for ident in idents:
            assert (await harness.until(ident, "sent")).attempts == 0
    assert in_order(far.accepted()) == [0, 1, 2]


async def test_an_unheard_answer_is_looked_for_or_the_message_is_sent_again(far: Receiver) -> None:
    if far.lose_answer is None:
        pytest.skip("printing has no answer that could be lost")
    far.lose_answer()
    async with opened({"c": far.channel}, {far.channel.kind: far.notifier}) as harness:
        await harness.until(await harness.add("One", channel="c"), "sent")
    told = [text for text in far.accepted() if "One" in text]  # Telegram's look may have needed a marker
    assert len(told) == (1 if far.notifier.can_probe else 2)


async def test_an_unheard_answer_is_held_where_the_user_prefers_that(far: Receiver) -> None:
    if far.lose_answer is None or far.notifier.can_probe:
        pytest.skip("on_unknown is for channels that cannot be looked into")
    far.lose_answer()
    channel = replace(far.channel, on_unknown="hold")
    async with opened({"c": channel}, {channel.kind: far.notifier}) as harness:
        held = await harness.until(await harness.add("One", channel="c"), "dead")
        await harness.until(await harness.add("Two", channel="c"), "sent")
    assert "nobody knows whether it arrived" in str(held.error)
    assert len(far.accepted()) == 2


async def test_a_story_that_grows_is_shown_as_the_kind_can(far: Receiver) -> None:
    async with opened({"c": far.channel}, {far.channel.kind: far.notifier}) as harness:
        ident = await harness.add("One", channel="c")
        await harness.until(ident, "sent")
        await harness.amend(ident, alert("One, and more"))
        await harness.until(ident, "sent", revision=2)
    texts = far.accepted()
    if not far.notifier.can_edit:
        assert len(texts) == 1, "an edit must not ring"
        return
    assert len(texts) == 2
    assert "One, and more" in texts[1]


async def test_a_digest_that_grows_reaches_everybody(far: Receiver) -> None:
    def gathered(*names: str) -> Alert:
        return Alert(MessageKind.DIGEST, f"{len(names)} alerts", items=tuple(map(alert, names)))

    async with opened({"c": far.channel}, {far.channel.kind: far.notifier}) as harness:
        ident = await harness.add("digest", channel="c", alert=gathered("One", "Two"))
        await harness.until(ident, "sent")
        await harness.amend(ident, gathered("One", "Two", "Three"))
        await harness.until(ident, "sent", revision=2)
    assert "Three" in far.accepted()[-1]


async def test_severity_and_kind_are_told(far: Receiver) -> None:
    lane = Lane(far.notifier.lane(far.channel))
    await far.notifier.send(far.channel, row(replace(FULL, severity=Severity.CRITICAL)), lane, None)
    await far.notifier.send(far.channel, row(SAMPLE_ALERTS["reply: a second source"]), lane, 5)
    loud, reply = far.accepted()
    assert "critical" in loud or "🚨" in loud
    assert "second independent source: Reuters" in reply


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_declares_what_others_read(kind: ChannelKind) -> None:
    assert re.fullmatch("[a-z]+", kind.name)
    assert issubclass(kind.settings, StrictSettings)
    assert kind.settings.__doc__
    assert len(kind.description) > 10
    assert not (kind.secret and kind.secret_setting)
    assert not kind.without_secret or kind.secret or kind.secret_setting
    assert "{" not in kind.without_secret.format(channel="c", variable="V")


@pytest.mark.parametrize("kind", registry.CHANNELS, ids=lambda kind: kind.name)
def test_the_secret_of_a_kind_is_documented(kind: ChannelKind) -> None:
    pages = Path(__file__).parents[2] / "docs"
    told = "".join(page.read_text(encoding="utf-8") for page in pages.glob("*.md"))
    assert (kind.secret or kind.secret_setting or kind.name) in told


def test_the_documentation_lists_the_kinds() -> None:
    pages = Path(__file__).parents[2] / "docs"
    table = (pages / "delivery.md").read_text(encoding="utf-8").partition("\n## Channels\n")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == [kind.name for kind in registry.CHANNELS]
    *most, last = [f"`{kind.name}`" for kind in registry.CHANNELS]
    assert f"exactly one of {', '.join(most)} and {last}." in (pages / "configuration.md").read_text(encoding="utf-8")


def test_every_kind_has_a_name_of_its_own() -> None:
    assert len({kind.name for kind in registry.CHANNELS}) == len(registry.CHANNELS)


def test_an_unknown_kind_is_refused_with_what_there_is() -> None:
    with pytest.raises(MonitorError, match=", ".join(sorted(kind.name for kind in registry.CHANNELS))):
        registry.build(["pigeon"])


def test_without_a_token_telegram_is_the_console(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(channels.telegram.log, "warning", lambda event, **more: said.append(f"{event} {more}"))
    built = registry.build(["telegram", "console"], token=None)
    assert isinstance(built["telegram"], ConsoleNotifier)
    channel = Channel("desk", "telegram", {"chat": 5})
    assert built["telegram"].lane(channel) == built["console"].lane(Channel("screen", "console"))
    assert len(said) == 1
    assert "TELEGRAM_BOT_TOKEN" in said[0]


@pytest.mark.parametrize("token", [TOKEN, lambda: TOKEN])
async def test_a_token_may_be_a_function(token: object) -> None:
    built = registry.build(["telegram"], token=token)  # type: ignore[arg-type]
    assert isinstance(built["telegram"], TelegramNotifier)
    await built["telegram"].close()


@pytest.mark.parametrize(("settings", "preview"), [({}, "https://news.example/1"), ({"preview": False}, None)])
async def test_the_preview_is_of_the_article_or_off(settings: dict[str, bool], preview: str | None) -> None:
    async with TelegramDouble() as api:
        channel = Channel("desk", "telegram", {"chat": CHAT, **settings})
        notifier = telegram(api)
        await notifier.send(channel, row(alert("One")), Lane(notifier.lane(channel)), None)
        (sent,) = api.sent()
        assert sent["preview"].get("url") == preview
        assert sent["preview"].get("is_disabled", False) is (preview is None)
        await notifier.close()
