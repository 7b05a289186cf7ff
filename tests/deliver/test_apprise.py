"""Apprise: what each kind of service gets, what a failure comes to, and that no address is ever shown."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import logging
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from apprise import NotifyFormat, OverflowMode
from doubles.apprise_services import ADDRESS, Service
from doubles.delivery_harness import alert, opened
from doubles.http_sink import Sink
from doubles.sample_alerts import NOW, SAMPLE_ALERTS

from monitor.deliver.channels import registry
from monitor.deliver.channels.apprise import AppriseNotifier
from monitor.errors import DeliveryError, MonitorError, Remedy, Sent
from monitor.log import redact
from monitor.model import Alert, Channel, Delivery, Lane, Severity, State

VARIABLE = "MONITOR_APPRISE_OFFICE"
CHANNEL = Channel("office", "apprise", {"url_env": VARIABLE}, timezone="Europe/Kyiv")
LANE = Lane(f"apprise:{VARIABLE}")
UK = SAMPLE_ALERTS["ukrainian, cites an agency, quote with speaker"]


def row(shown: Alert = UK, **changes: Any) -> Delivery:
    made = Delivery(9, "office", "d", shown, State.SENDING, None, None, 1, 0, 1, NOW, NOW)
    return replace(made, **changes)


def notifier(service: Service | None, **more: Any) -> AppriseNotifier:
    return AppriseNotifier({VARIABLE: ADDRESS}, make=lambda _address: service, **more)


async def send(service: Service, delivery: Delivery | None = None) -> None:
    await notifier(service).send(CHANNEL, delivery or row(), LANE, None)


async def test_a_text_service_gets_title_text_and_address() -> None:
    service = Service()
    await send(service)
    (taken,) = service.taken
    assert taken["title"] == "🔴 Росія допомагає КНДР розвивати військові програми – Блінкен"
    assert taken["body"] == (
        "DPRK arms · DPRK, Blinken, ICBM\n"
        "Ukrinform (uk) 09:40 · citing Yonhap\n\n"
        "«Ми бачимо, як КНДР надає військове обладнання Росії» — Ентоні Блінкен\n\n"
        "Yonhap (en) 09:12 → Ukrinform (uk) 09:40 · 2 outlets, 1 independent, 3 articles\n\n"
        "https://www.ukrinform.ua/rubric-polytics/3784521-rosia-dopomagae-kndr.html"
    )


async def test_a_service_that_reads_html_gets_markup() -> None:
    service = Service(notify_format=(NotifyFormat.HTML, NotifyFormat.TEXT))
    await send(service)
    (taken,) = service.taken
    assert "як <b>КНДР</b> надає військове обладнання Росії» — <b>Ентоні Блінкен</b><br/><br/>Yonhap" in taken["body"]
    assert '<a href="https://www.ukrinform.ua/rubric-polytics/3784521-rosia-dopomagae-kndr.html">' in taken["body"]
    assert taken["body_format"] == NotifyFormat.HTML


async def test_a_service_that_reads_markdown_gets_that() -> None:
    service = Service(notify_format=NotifyFormat.MARKDOWN)
    await send(service)
    assert "**КНДР**" in service.taken[0]["body"]


async def test_a_service_without_titles_gets_the_headline_first() -> None:
    service = Service(title_maxlen=0)
    await send(service)
    (taken,) = service.taken
    assert taken["title"] == ""
    assert taken["body"].startswith("🔴 Росія допомагає КНДР розвивати військові програми – Блінкен\nDPRK arms · DPRK")


async def test_a_short_service_gets_the_headline_and_the_address_whole() -> None:
    service = Service(title_maxlen=0, body_maxlen=160)
    await send(service)
    (taken,) = service.taken
    assert taken["body"] == (
        "🔴 Росія допомагає КНДР розвивати військові програми – Блінкен\n\n"
        "https://www.ukrinform.ua/rubric-polytics/3784521-rosia-dopomagae-kndr.html"
    )


async def test_a_digest_longer_than_a_message_is_split_and_nothing_of_it_is_lost() -> None:
    digest = SAMPLE_ALERTS["digest"]
    service = Service(body_maxlen=160)
    await send(service, row(digest))
    assert service.overflow_mode == OverflowMode.SPLIT
    assert len(service.taken) > 1
    told = "".join(taken["body"] for taken in service.taken)
    for item in digest.items:
        assert item.url is None or item.url in told


@pytest.mark.parametrize("name", SAMPLE_ALERTS)
@pytest.mark.parametrize("form", list(NotifyFormat))
async def test_every_alert_goes_and_nothing_in_it_acts(name: str, form: NotifyFormat) -> None:
    service = Service(notify_format=form, body_maxlen=2000)
    await send(service, row(SAMPLE_ALERTS[name]))
    told = "\n".join(service.texts)
    assert told.strip()
    assert not {"\x00", "\u202e"} & set(told)
    assert "@everyone" not in told
    assert "<@" not in told
    if form is NotifyFormat.HTML:
        assert "<script" not in told
        assert "<a href='tg:" not in told


async def test_what_chats_read_as_a_mention_or_a_hidden_link_is_broken() -> None:
    for form in NotifyFormat:
        service = Service(notify_format=form)
        await send(service, row(alert("<@U1> <!here> <#C1> [safe](https://evil.example) @all", url=None)))
        told = service.texts[0]
        assert not any(acting in told for acting in ("<@U1", "<!here", "<#C1", "](https", "@all"))


@pytest.mark.parametrize(
    ("severity", "kind"), [("low", "info"), ("normal", "info"), ("high", "warning"), ("critical", "failure")]
)
async def test_severity_is_what_the_service_calls_a_type(severity: str, kind: str) -> None:
    service = Service()
    await send(service, row(replace(UK, severity=Severity(severity))))
    assert service.taken[0]["notify_type"] == kind


# --------------------------------------------------------------------------- failures


@pytest.mark.parametrize(
    ("line", "level", "sent", "remedy"),
    [
        ("Failed to send Pigeon notification: Unauthorized, error=401.", "warning", Sent.NO, Remedy.RETRY),
        ("Socket Exception: Read timed out. (read timeout=30)", "debug", Sent.UNKNOWN, Remedy.PROBE),
        ("('Connection aborted.', RemoteDisconnected('closed'))", "debug", Sent.UNKNOWN, Remedy.PROBE),
        ("Max retries exceeded (Caused by NewConnectionError('timed out'))", "debug", Sent.NO, Remedy.RETRY),
        ("Max retries exceeded (Caused by ConnectTimeoutError('timed out'))", "debug", Sent.NO, Remedy.RETRY),
    ],
)
async def test_a_refusal_is_told_from_a_call_that_broke_off(line: str, level: str, sent: Sent, remedy: Remedy) -> None:
    service = Service()
    service.answers = [service.complains(line, level)]
    with pytest.raises(DeliveryError) as caught:
        await send(service)
    assert (caught.value.sent, caught.value.remedy) == (sent, remedy)
    assert str(caught.value).startswith("Pigeon did not take it: ")
    assert (line in str(caught.value)) is (level == "warning")


async def test_a_secret_in_the_reason_is_hidden() -> None:
    service = Service()
    service.answers = [service.complains(f"POST {ADDRESS} failed for Swordf1sh at /AbCd1234efGH")]
    with pytest.raises(DeliveryError) as caught:
        await send(service)
    assert not any(secret in str(caught.value) for secret in ("Swordf1sh", "AbCd1234efGH"))


async def test_a_call_that_hangs_is_given_up_and_no_second_one_begins_beside_it() -> None:
    hung = threading.Event()
    service = Service(hung.wait)
    sending = notifier(service, timeout=0.05)
    with pytest.raises(DeliveryError) as caught:
        await sending.send(CHANNEL, row(), LANE, None)
    assert (caught.value.sent, caught.value.remedy) == (Sent.UNKNOWN, Remedy.PROBE)
    with pytest.raises(DeliveryError, match="has not ended") as again:
        await sending.send(CHANNEL, row(), LANE, None)
    assert (again.value.sent, again.value.remedy) == (Sent.NO, Remedy.RETRY)
    ours = [thread for thread in threading.enumerate() if thread.name == "apprise"]
    assert all(thread.daemon for thread in ours), "the process may end all the same"
    hung.set()
    await asyncio.to_thread(sending._ended[LANE.name].wait)
    await sending.send(CHANNEL, row(), LANE, None)


async def test_a_bug_in_a_service_is_not_swallowed_here() -> None:
    def bug() -> bool:
        raise ZeroDivisionError

    with pytest.raises(DeliveryError):  # Apprise itself catches what its services raise
        await send(Service(bug))


# --------------------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({}, f"set {VARIABLE}, or {VARIABLE}_FILE"),
        ({VARIABLE: " "}, f"set {VARIABLE}"),
        ({VARIABLE: "telegraph://nowhere"}, f"{VARIABLE} holds no address that Apprise knows"),
        ({VARIABLE: "slack://short"}, f"{VARIABLE} holds no address that Apprise knows"),
        ({f"{VARIABLE}_FILE": "/nonexistent/office"}, "/nonexistent/office cannot be read"),
        ({f"{VARIABLE}_FILE": "slack://T1JJ3T3L2/secret"}, "what it names cannot be read"),
    ],
)
async def test_without_a_good_address_the_rows_wait(environ: dict[str, str], words: str) -> None:
    waiting = AppriseNotifier(environ)
    for call in (waiting.check(CHANNEL), waiting.send(CHANNEL, row(), LANE, None)):
        with pytest.raises(DeliveryError, match=words) as caught:
            await call
        assert (caught.value.sent, caught.value.remedy) == (Sent.NO, Remedy.SUSPEND)
        assert "T1JJ3T3L2" not in str(caught.value)


async def test_the_address_comes_from_a_file_or_a_credential(tmp_path: Path) -> None:
    (tmp_path / VARIABLE.lower()).write_text("json://one.example\n", encoding="utf-8")
    for environ in (
        {f"{VARIABLE}_FILE": str(tmp_path / VARIABLE.lower())},
        {"CREDENTIALS_DIRECTORY": str(tmp_path)},
    ):
        assert await AppriseNotifier(environ).check(CHANNEL) == "JSON"


async def test_several_targets_in_one_address_are_said() -> None:
    address = "ntfys://ntfy.example/one/two"
    assert await AppriseNotifier({VARIABLE: address}).check(CHANNEL) == (
        "ntfy, 2 targets (where one fails, all are tried again)"
    )


async def test_nothing_of_the_address_is_shown() -> None:
    secrets = ("123456789:AbCdEfGhIjKlMnOpQrStUvWxYz012345678", "p%40ssW0rd", "p@ssW0rd", "T1JJ3T3L2QX")
    address = f"tgram://{secrets[0]}/12315544/?pw={secrets[1]}&to={secrets[3]}"
    hidden = AppriseNotifier({VARIABLE: address})
    await hidden.check(CHANNEL)
    assert hidden.lane(CHANNEL) == LANE.name
    shown = redact(f"{address} {' '.join(secrets)} ordinary words, www.example.org and 12:30 stay")
    assert not any(secret in shown for secret in secrets)
    assert shown.endswith("ordinary words, www.example.org and 12:30 stay")
    assert secrets[0] not in repr(hidden)


async def test_its_own_log_lines_go_nowhere() -> None:
    class Reader(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record.getMessage())

    seen: list[str] = []
    logging.getLogger().addHandler(reader := Reader())
    service = Service()
    service.answers = [service.complains("a warning with a token")]
    with pytest.raises(DeliveryError):
        await send(service)
    another = logging.getLogger("another")
    another.setLevel(logging.WARNING)  # whatever an earlier test's command asked of the root logger
    another.warning("this one is seen")
    logging.getLogger().removeHandler(reader)
    assert "this one is seen" in seen
    assert not any("a warning with a token" in line for line in seen)


async def test_without_the_package_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(MonitorError, match="pip install 'apprise"):
        registry.build(["apprise"], environ={})


# --------------------------------------------------------------------------- a real call


@pytest.mark.network
async def test_over_a_socket_a_refused_message_is_sent_again_and_arrives_once() -> None:
    with Sink(503) as sink:
        sending = AppriseNotifier({VARIABLE: f"json://127.0.0.1:{sink.port}/hook"})
        service = await sending._service(CHANNEL)
        service.request_rate_per_sec = 0
        async with opened({"office": CHANNEL}, {"apprise": sending}) as office:
            ident = await office.add("Запуск ракети", channel="office")
            done = await office.until(ident, "sent")
    assert done.sent_at is not None
    assert len(sink.posts) == 2
    assert json.loads(sink.posts[1].body)["title"] == "🟡 Запуск ракети"


@pytest.mark.network
async def test_a_port_where_nobody_listens_is_a_certain_no() -> None:
    with Sink() as sink:
        pass
    with pytest.raises(DeliveryError) as caught:
        await AppriseNotifier({VARIABLE: f"json://127.0.0.1:{sink.port}/"}).send(CHANNEL, row(), LANE, None)
    assert (caught.value.sent, caught.value.remedy) == (Sent.NO, Remedy.RETRY)
