"""What every kind of channel must do. A new kind gets its row in `made`."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
from doubles.delivering import CHAT, alert, opened, telegram
from doubles.telegram import TOKEN, TelegramDouble

from monitor.deliver import registry
from monitor.deliver.console import ConsoleNotifier
from monitor.deliver.telegram import TelegramNotifier
from monitor.deliver.webhook import WebhookNotifier
from monitor.errors import MonitorError
from monitor.model import Alert, Channel, Delivery, Lane, Member, MessageKind, Quote, Relation, Severity, State
from monitor.ports import Notifier

NOW = datetime(2024, 1, 2, tzinfo=UTC)
MEMBER = Member(1, "Yonhap", "en", "N. Korea …", "https://y.example/1", NOW, Relation.FIRST)
ALERTS = {
    "full": alert(
        "Росія допомагає КНДР",
        severity=Severity.HIGH,
        source="Ukrinform",
        language="uk",
        at=NOW,
        citing=("Yonhap",),
        quotes=(Quote("Ми бачимо КНДР", ((10, 14),), "Блінкен"),),
        members=(MEMBER, MEMBER),
        outlets=2,
        independent=1,
    ),
    "bare": Alert(MessageKind.ALERT, "x"),
    "hostile": alert("<b>&amp;</i> <script>\"' tg://user?id=1 \u202e\x00 @all /start", url="javascript:alert(1)"),
    "huge": alert("ракета 🚀 " * 50_000),
    "empty": Alert(MessageKind.ALERT, ""),
    "digest": Alert(MessageKind.DIGEST, "12 alerts", items=tuple(alert(f"Item {n} " * 30) for n in range(40))),
    "notice": Alert(MessageKind.NOTICE, "Now watching", lines=("Ukrinform", "Yonhap <en>")),
    "reply": alert("A second source", kind=MessageKind.REPLY),
}


@pytest.fixture(params=registry.KINDS)
async def made(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Channel, Notifier]]:
    """One notifier of each kind with a channel of it, all connected to something that accepts."""
    if request.param == "console":
        yield Channel("c", "console"), ConsoleNotifier(io.StringIO())
    elif request.param == "webhook":
        accepting = httpx.MockTransport(lambda _request: httpx.Response(200))
        yield Channel("c", "webhook", {"url": "https://hook.example/"}), WebhookNotifier(transport=accepting)
    elif request.param == "telegram":
        async with TelegramDouble() as api:
            yield Channel("c", "telegram", {"chat": CHAT}), telegram(api)
    else:
        pytest.fail(f"no contract test for channels of kind {request.param}")


def row(shown: Alert) -> Delivery:
    return Delivery(9, "c", "d", shown, State.SENDING, None, None, 1, 0, 1, NOW, NOW)


@pytest.mark.network
@pytest.mark.parametrize("name", sorted(ALERTS))
async def test_any_alert_is_accepted_and_then_edited(made: tuple[Channel, Notifier], name: str) -> None:
    channel, notifier = made
    lane = Lane(notifier.lane(channel))
    receipt = await notifier.send(channel, row(ALERTS[name]), lane, None)
    grown = replace(row(ALERTS["full"]), message_id=receipt.message_id, sent_revision=1, revision=2)
    again = await notifier.send(channel, grown, lane, None)
    assert again.message_id == receipt.message_id
    await notifier.close()


@pytest.mark.network
async def test_a_repaired_message_is_accepted(made: tuple[Channel, Notifier]) -> None:
    channel, notifier = made
    for shown in ALERTS.values():
        await notifier.send(channel, replace(row(shown), repaired=True), Lane(notifier.lane(channel)), None)
    await notifier.close()


@pytest.mark.network
async def test_one_address_is_one_lane_and_the_rest_of_the_port_answers(made: tuple[Channel, Notifier]) -> None:
    channel, notifier = made
    lane = Lane(notifier.lane(channel))
    assert notifier.lane(replace(channel, name="another name", timezone="Asia/Seoul")) == lane.name
    assert notifier.delay(channel, lane) == 0.0
    assert notifier.numbering(channel, lane)
    assert await notifier.check(channel)
    if notifier.can_probe:
        assert await notifier.probe(channel, replace(row(ALERTS["bare"]), last_known_id=0), lane) is None
    await notifier.close()
    await notifier.close()


@pytest.mark.network
async def test_the_outbox_delivers_in_order(made: tuple[Channel, Notifier]) -> None:
    channel, notifier = made
    async with opened({"c": channel}, {channel.kind: notifier}) as office:
        idents = [await office.add(f"No. {number}", channel="c") for number in range(5)]
        rows = [await office.until(ident, "sent") for ident in idents]
    times = [found.sent_at for found in rows]
    assert times == sorted(times, key=str)


def test_an_unknown_kind_is_refused_with_what_there_is() -> None:
    with pytest.raises(MonitorError, match="console, telegram, webhook"):
        registry.build(["pigeon"])


def test_without_a_token_telegram_is_the_console(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(registry.log, "warning", lambda event, **more: said.append(f"{event} {more}"))
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
