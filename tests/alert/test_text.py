"""Alerts for services without buttons: what comes first, what is cut, what is never cut."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import Literal

import pytest
from doubles.sample_alerts import NOW, SAMPLE_ALERTS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.alert.render.text import PlainMessage, letter
from monitor.alert.sanitize import units
from monitor.model import Alert, MessageKind

UK = SAMPLE_ALERTS["ukrainian, cites an agency, quote with speaker"]
URL = UK.url or ""
Form = Literal["text", "html"]


def made(
    alert: Alert, form: Form = "text", title_units: int = 250, body_units: int = 4096, timezone: str = "Europe/Kyiv"
) -> PlainMessage:
    return letter(alert, timezone=timezone, now=NOW, form=form, title_units=title_units, body_units=body_units)


def test_the_title_has_the_mark_and_the_headline_and_is_cut_to_fit() -> None:
    assert made(UK).title == "🔴 Росія допомагає КНДР розвивати військові програми – Блінкен"
    assert made(UK, title_units=20).title == "🔴 Росія допомагає…"
    assert made(UK, title_units=0).title == ""


def test_without_a_title_the_headline_opens_the_body() -> None:
    assert made(UK, title_units=0).body.startswith(f"{made(UK).title}\nDPRK arms · DPRK, Blinken, ICBM\n")
    assert made(UK, "html", title_units=0).body.startswith(f"<b>{made(UK).title}</b><br/>DPRK arms · ")


def test_html_and_text_say_the_same() -> None:
    for name, alert in SAMPLE_ALERTS.items():
        if alert.items or alert.follows:
            continue  # text has the links' addresses
        text, marked = made(alert).body, made(alert, "html").body
        stripped = html.unescape(re.sub(r"<[^>]*>", "", marked.replace("<br/>", "\n")))
        assert stripped == text, name


def test_what_does_not_fit_goes_from_the_end_and_the_address_stays() -> None:
    long = replace(UK, quotes=(replace(UK.quotes[0], text="речення " * 40, marks=()),))
    for limit in (900, 400, 250, 160):
        body = made(long, body_units=limit).body
        assert units(body) <= limit
        assert body.endswith(f"\n\n{URL}")
        assert body.startswith("DPRK arms · ")
    assert URL not in made(long, body_units=units(URL) + 30).body
    assert made(replace(UK, url=None), body_units=12, title_units=0).body == "🔴 Росія…"


def test_an_address_that_no_button_could_carry_is_left_out() -> None:
    assert "javascript" not in made(replace(UK, url="javascript:alert(1)")).body


def test_markup_too_long_for_the_service_becomes_text() -> None:
    body = made(UK, "html", body_units=330).body
    assert "<b>" not in body
    assert "<br/>" in body
    assert units(html.unescape(body.replace("<br/>", "\n"))) <= 330


def test_a_digest_names_every_address_and_is_never_cut() -> None:
    digest = SAMPLE_ALERTS["digest"]
    body = made(digest, body_units=100).body
    assert body.count("\nhttps://") == sum(item.url is not None for item in digest.items)
    assert made(digest).title == "5 alerts gathered since 14:00"


def test_what_stands_in_a_digests_titles_is_no_markup() -> None:
    body = made(Alert(MessageKind.DIGEST, "1 alert", items=(SAMPLE_ALERTS["hostile"],)), "html").body
    assert "<b>Free" not in body
    assert "&lt;" in body


@pytest.mark.parametrize("name", ["reply: a second source", "notice: trouble", "background only"])
def test_other_kinds(name: str) -> None:
    assert made(SAMPLE_ALERTS[name]).title
    assert made(SAMPLE_ALERTS[name]).body


def test_an_answer_is_a_letter_too() -> None:
    answer = Alert(MessageKind.ANSWER, "Muted")
    assert made(answer) == PlainMessage("", "Muted")


def test_a_body_there_is_always() -> None:
    bare = Alert(MessageKind.ALERT, "a <b>")
    assert made(bare) == PlainMessage("", "🟡 a <\u2060b>")
    assert made(bare, "html") == PlainMessage("", "<b>🟡 a &lt;\u2060b&gt;</b>")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(sorted(SAMPLE_ALERTS)),
    form=st.sampled_from(("text", "html")),
    title=st.integers(0, 250),
    body=st.integers(70, 4096),
)
def test_any_limits_are_kept(name: str, form: Form, title: int, body: int) -> None:
    alert = SAMPLE_ALERTS[name]
    shown = made(alert, form, title, body)
    assert units(shown.title) <= title
    assert "\n" not in shown.title
    said = shown.body if form == "text" else html.unescape(re.sub(r"<[^>]*>", "", shown.body.replace("<br/>", "\n")))
    assert alert.items or units(said) <= body
    assert not re.search(r"<[@!#&]|\]\(|(?<![\w/])@(?=[A-Za-z])", said + shown.title)


def test_the_story_before_has_its_address_below_it_in_a_text() -> None:
    alert = SAMPLE_ALERTS["a follow-up"]
    line, address = "↪ follows: Росія погодилася передати технології (Ukrinform, 08:40)", "https://www.ukrinform.ua/1"
    assert f"{line}\n{address}\n\n{URL}" in made(alert).body
    assert f'<a href="{address}">{line}</a>' in made(alert, "html").body
