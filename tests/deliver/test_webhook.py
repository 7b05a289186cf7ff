"""The webhook: signed, with an idempotency key; which answers are tried again."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import textwrap
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from doubles.addresses import BAD
from doubles.delivery_harness import alert, opened

from monitor.deliver.channels import registry, webhook
from monitor.deliver.channels.webhook import WebhookNotifier
from monitor.errors import DeliveryError, MonitorError, Remedy, Sent
from monitor.model import Channel, Delivery, Lane, State

CHANNEL = Channel("hook", "webhook", {"url": "https://hook.example/secret-path"})
SHARED = "squirrel"
NOW = datetime(2024, 1, 2, tzinfo=UTC)
ROW = Delivery(17, "hook", "d", alert("Заголовок"), State.SENDING, 3, None, 2, 1, 1, NOW, NOW)
Answer = Callable[[httpx.Request], httpx.Response]


def notifier(answer: Answer, secret: str | None = SHARED) -> WebhookNotifier:
    return WebhookNotifier(secret, now=lambda: 1_700_000_000.0, transport=httpx.MockTransport(answer))


async def send(answer: Answer, secret: str | None = SHARED) -> None:
    hook = notifier(answer, secret)
    try:
        await hook.send(CHANNEL, ROW, Lane("webhook"), None)
    finally:
        await hook.close()


async def test_the_post_is_signed_and_can_be_told_from_others() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(204)

    await send(answer)
    (request,) = seen
    body = json.loads(request.content)
    assert (body["id"], body["revision"], body["story"], body["alert"]["headline"]) == (17, 2, 3, "Заголовок")
    assert request.headers["idempotency-key"] == "17:2"
    expected = hmac.new(b"squirrel", b"1700000000." + request.content, hashlib.sha256).hexdigest()
    assert request.headers["x-monitor-signature"] == f"sha256={expected}"


@pytest.mark.parametrize("url", [url for url in BAD if "://" in url])
async def test_what_is_no_address_is_a_named_error_without_the_path(url: str) -> None:
    hook = WebhookNotifier()
    channel = Channel("hook", "webhook", {"url": url})
    assert hook.lane(channel).startswith("webhook:")
    for call in (hook.send(channel, ROW, Lane("webhook"), None), hook.check(channel)):
        with pytest.raises(DeliveryError, match="the webhook's url ") as caught:
            await call
        assert (caught.value.sent, caught.value.remedy) == (Sent.NO, Remedy.DEAD)
        assert "a.html" not in str(caught.value)
    await hook.close()


async def test_without_a_secret_there_is_no_signature() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    await send(answer, None)
    assert "x-monitor-signature" not in seen[0].headers


@pytest.mark.parametrize(
    ("status", "headers", "remedy", "pause"),
    [
        (500, {}, Remedy.RETRY, None),
        (503, {"retry-after": "7"}, Remedy.PAUSE, 7.0),
        (429, {"retry-after": "Tue, 14 Nov 2023 22:13:50 GMT"}, Remedy.PAUSE, 30.0),
        (429, {"retry-after": "soon"}, Remedy.RETRY, None),
        (429, {"retry-after": "99999999"}, Remedy.PAUSE, 3600.0),
        (408, {}, Remedy.RETRY, None),
        (404, {}, Remedy.RETRY, None),
        (401, {}, Remedy.RETRY, None),
        (301, {"location": "https://elsewhere.example/"}, Remedy.RETRY, None),
        (413, {}, Remedy.DEAD, None),
        (422, {}, Remedy.DEAD, None),
        (400, {"retry-after": "7"}, Remedy.DEAD, None),
    ],
)
async def test_answers(status: int, headers: dict[str, str], remedy: Remedy, pause: float | None) -> None:
    with pytest.raises(DeliveryError) as caught:
        await send(lambda _request: httpx.Response(status, headers=headers))
    assert (caught.value.sent, caught.value.remedy, caught.value.retry_after) == (Sent.NO, remedy, pause)
    assert "secret-path" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "sent"),
    [
        (httpx.ConnectError("refused"), Sent.NO),
        (httpx.ConnectTimeout("slow"), Sent.NO),
        (httpx.PoolTimeout("busy"), Sent.NO),
        (httpx.ReadTimeout("slow"), Sent.UNKNOWN),
        (httpx.RemoteProtocolError("cut"), Sent.UNKNOWN),
        (httpx.WriteError("cut"), Sent.UNKNOWN),
    ],
)
async def test_broken_connections(error: httpx.HTTPError, sent: Sent) -> None:
    def answer(_request: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(DeliveryError) as caught:
        await send(answer)
    assert caught.value.sent is sent


@pytest.mark.parametrize(("on_unknown", "state", "posts"), [("resend", "sent", 2), ("hold", "dead", 1)])
async def test_what_becomes_of_an_unknown_fate_is_configured(on_unknown: str, state: str, posts: int) -> None:
    keys: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["idempotency-key"])
        if len(keys) == 1:
            raise httpx.ReadTimeout("slow")
        return httpx.Response(200)

    channel = replace(CHANNEL, on_unknown=on_unknown)
    async with opened({"hook": channel}, {"webhook": notifier(answer)}) as harness:
        ident = await harness.add("One", channel="hook")
        await harness.until(ident, state)
    assert keys == [f"{ident}:1"] * posts


async def test_a_body_without_end_is_not_read() -> None:
    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 65_536

    await send(lambda _request: httpx.Response(200, stream=Endless()))


async def test_an_answer_that_never_comes_is_of_unknown_fate(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(_request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(webhook, "_DEADLINE", 0.01)
    hook = WebhookNotifier(transport=httpx.MockTransport(never))
    with pytest.raises(DeliveryError) as caught:
        await hook.send(CHANNEL, ROW, Lane("webhook"), None)
    assert (caught.value.sent, caught.value.remedy) == (Sent.UNKNOWN, Remedy.PROBE)
    await hook.close()


async def test_the_documented_check_takes_ours_and_nothing_else() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(204)

    await send(answer)
    page = (Path(__file__).parents[2] / "docs" / "delivery.md").read_text(encoding="utf-8")
    snippet = next(part for part in page.split("```python\n")[1:] if "def genuine" in part).partition("```")[0]
    known: dict[str, Any] = {}
    exec(textwrap.dedent(snippet), known)  # noqa: S102 - what users copy must work
    genuine, (request,) = known["genuine"], seen
    stamp, signature = request.headers["x-monitor-timestamp"], request.headers["x-monitor-signature"]
    secret, body, now = b"squirrel", request.content, 1_700_000_000.0
    assert genuine(secret, body, stamp, signature, now)
    assert genuine(secret, body, stamp, signature, now + 299)
    assert not genuine(secret, body, stamp, signature, now + 301), "a replay"
    assert not genuine(secret, body, stamp, signature, now - 301), "from a clock that is far ahead"
    assert not genuine(secret, body, "1700000001", signature, now), "a stamp that was not signed"
    assert not genuine(secret, body + b" ", stamp, signature, now)
    assert not genuine(b"another", body, stamp, signature, now)
    for broken in ("", "sha256=", "sha1=" + signature[7:], "sha256=é", signature.upper()):
        assert not genuine(secret, body, stamp, broken, now)
    for stamped in ("", "soon", "1e999", "-1", "²", "9" * 5000):
        assert not genuine(secret, body, stamped, signature, now)


async def test_every_try_is_stamped_anew_and_keeps_its_key() -> None:
    stamps = iter((1_700_000_000.0, 1_700_000_000.0, 1_700_000_900.0))
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(503 if len(seen) == 1 else 200)

    hook = WebhookNotifier(SHARED, now=lambda: next(stamps), transport=httpx.MockTransport(answer))
    with pytest.raises(DeliveryError):
        await hook.send(CHANNEL, ROW, Lane("webhook"), None)
    await hook.send(CHANNEL, ROW, Lane("webhook"), None)
    await hook.close()
    assert seen[0].headers["idempotency-key"] == seen[1].headers["idempotency-key"] == "17:2"
    assert seen[0].headers["x-monitor-timestamp"] != seen[1].headers["x-monitor-timestamp"]
    assert seen[0].content == seen[1].content


async def test_the_lane_and_the_check_keep_the_path_to_themselves() -> None:
    hook = notifier(lambda _request: httpx.Response(200))
    assert "secret-path" not in hook.lane(CHANNEL) + await hook.check(CHANNEL)
    with pytest.raises(DeliveryError):
        await hook.check(replace(CHANNEL, settings={"url": "ftp://hook.example"}))
    await hook.close()


def test_the_secret_comes_from_the_environment_or_a_file(tmp_path: Path) -> None:
    held = tmp_path / "secret"
    held.write_text("squirrel\n", encoding="utf-8")
    for environ in ({"MONITOR_WEBHOOK_SECRET": "squirrel"}, {"MONITOR_WEBHOOK_SECRET_FILE": str(held)}):
        built = registry.build(["webhook"], environ=environ)["webhook"]
        assert isinstance(built, WebhookNotifier)
        assert built._secret == "squirrel"
        assert "squirrel" not in repr(built)
    with pytest.raises(MonitorError, match="cannot be read: No such file"):
        registry.build(["webhook"], environ={"MONITOR_WEBHOOK_SECRET_FILE": str(tmp_path / "nothing")})
