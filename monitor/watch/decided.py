"""What a watchlist decided, in words of a language: verdicts are kept in English."""

from __future__ import annotations

from monitor.i18n import Phrases
from monitor.model import Zone

_AND = " and "
_ZONES = {zone.value for zone in Zone}


def reason_in(reason: str, words: Phrases) -> str:
    """Return a verdict's reason: '4 of 5 terms', 'background only'; one whose words are not known stays as it is."""
    return "; ".join(words.translated(part, "decided", lambda gap: _gap(gap, words)) for part in reason.split("; "))


def zone_in(zone: Zone, words: Phrases) -> str:
    """Return what a part of an article is called."""
    return words.text(f"zone {zone.value}")


def _gap(gap: str, words: Phrases) -> str:
    """Return what a gap holds: names of zones in the language, terms as they are."""
    parts = gap.split(_AND)
    return ", ".join(zone_in(Zone(part), words) for part in parts) if set(parts) <= _ZONES else gap
