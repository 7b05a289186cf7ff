"""A sample alert, marked as one: what a test of a channel sends. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.i18n import alert_phrases
from monitor.model import Alert, Channel, MessageKind, NewDelivery, Quote

EXPIRES = timedelta(minutes=10)
"""A test that comes later than this tells nobody anything."""


def sample(channel: Channel, key: str, now: datetime) -> NewDelivery:
    """Return a sample alert for a channel, in the channel's language; a second one with the same `key` is not sent."""
    phrases = alert_phrases(channel.language)
    term = phrases.text("sample term")
    sentence = phrases.text("sample sentence", term=term)
    start = sentence.index(term)
    alert = Alert(
        MessageKind.ALERT,
        headline=phrases.text("sample headline"),
        watchlist=phrases.text("sample watchlist"),
        terms=(term,),
        source=phrases.text("sample source"),
        at=now,
        quotes=(Quote(sentence, ((start, start + len(term)),)),),
        wording=phrases.language,
    )
    return NewDelivery(channel.name, f"sample:{channel.name}:{key}", alert, expires_at=now + EXPIRES)
