"""The texts of an alert that its readers do not read, and their translations. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from monitor.model import Alert, MessageKind

_KINDS = (MessageKind.ALERT, MessageKind.REPLY)
_LONGEST = 1000  # characters of a text that is sent to a service: the message shows fewer


def foreign(alert: Alert, language: str) -> dict[str, str | None]:
    """Return the title and sentences in other languages than `language`, each with its own (None: not known)."""
    return dict(_foreign(alert, language)) if alert.kind in _KINDS else {}


def _foreign(alert: Alert, language: str) -> Iterator[tuple[str, str | None]]:
    texts = [(alert.headline, alert.language), *((each.text, each.language or alert.language) for each in alert.quotes)]
    for text, of in texts:
        if of != language and text.strip() and len(text) <= _LONGEST:
            yield text, None if of == "und" else of


def untranslated(alert: Alert, language: str) -> dict[str, str | None]:
    """Return the foreign texts of an alert that it shows no translation of."""
    known = dict(alert.translations)
    return {text: of for text, of in foreign(alert, language).items() if text not in known}


def translated(alert: Alert, language: str, known: Mapping[str, str]) -> Alert:
    """Return the alert with the translations of its foreign texts, as far as they are known."""
    texts = {**dict(alert.translations), **known}
    return replace(alert, translations=tuple((text, texts[text]) for text in foreign(alert, language) if text in texts))
