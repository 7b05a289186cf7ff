"""The sample alert: an alert like any other, and marked as a test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.alert.render.telegram import telegram
from monitor.alert.sample import sample
from monitor.i18n import ALERTS, alert_phrases, languages
from monitor.model import Channel

NOW = datetime(2026, 11, 9, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize("language", languages(ALERTS))
def test_it_looks_like_an_alert_and_says_that_it_is_a_test(language: str) -> None:
    new = sample(Channel("desk", "telegram", {"chat": 1}, language=language), "x", NOW)
    phrases = alert_phrases(language)
    (quote,) = new.alert.quotes
    assert [quote.text[start:end] for start, end in quote.marks] == [phrases.text("sample term")]
    shown = telegram(new.alert, timezone="UTC", now=NOW)
    top, title, *_ = shown.plain.split("\n")
    assert phrases.text("sample watchlist") in top
    assert title == phrases.text("sample headline")
    assert f"<b>{phrases.text('sample term')}</b>" in shown.html
    assert (new.dedupe, new.story_id, new.expires_at) == ("sample:desk:x", None, NOW + timedelta(minutes=10))
