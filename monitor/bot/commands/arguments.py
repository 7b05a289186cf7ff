"""Parsing of commands' arguments: a watchlist's name with or without quotes, a term, a duration."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from monitor.fields.values import parse_duration

_QUOTES = {'"': '"', "'": "'", "“": "”", "”": "”", "„": "“”", "«": "»", "‘": "’"}  # as keyboards make them
_UNITS = {
    "s": "s", "sec": "s", "с": "s", "сек": "s",
    "m": "m", "min": "m", "хв": "m", "х": "m",
    "h": "h", "hr": "h", "hour": "h", "hours": "h", "г": "h", "год": "h",
    "d": "d", "day": "d", "days": "d", "д": "d", "дн": "d", "дні": "d", "днів": "d",
    "w": "w", "week": "w", "weeks": "w", "тиж": "w",
}  # fmt: skip
_SPAN = re.compile(r"(\d{1,6})\s*([a-zа-яіїє]+)\.?")
_LAST_SPAN = re.compile(r"(?:^|\s)((?:\d{1,6}\s*[a-zа-яіїє]+\.?\s*)+)$", re.IGNORECASE)


def duration(text: str) -> float | None:
    """Return the seconds of `2h`, `1h30m`, `30 min`, `2 год`; None where it is no duration."""
    folded = text.strip().lower()
    parts = _SPAN.findall(folded)
    if not parts or _SPAN.sub("", folded).strip():
        return None
    weeks = sum(float(number) * 7 * 86400 for number, unit in parts if _UNITS.get(unit) == "w")
    rest = [number + _UNITS.get(unit, "?") for number, unit in parts if _UNITS.get(unit) != "w"]
    seconds = parse_duration("".join(rest)) if rest else 0.0
    return None if seconds is None else weeks + seconds


def split_duration(text: str) -> tuple[str, float | None]:
    """Return the text before a final duration, and its seconds; the whole text and None without one."""
    for found in (_LAST_SPAN.search(text), re.search(r"(?:^|\s)(\S+)$", text)):
        seconds = duration(found[1]) if found else None
        if found and seconds is not None:
            return text[: found.start()].strip(), seconds
    return text.strip(), None


@dataclass(frozen=True, slots=True)
class Split:
    """A watchlist's name as it was written, and the rest of the text. `known`: the name as configured."""

    written: str
    known: str | None
    rest: str


def split_name(text: str, names: Iterable[str]) -> Split:
    """Take a watchlist's name from the start of a text: in quotes, or the longest known one, or the first word.

    Case and white space do not count.
    """
    text = " ".join(text.split())
    folded = {" ".join(name.split()).casefold(): name for name in names}
    quoted = _quoted(text)
    if quoted is not None:
        written, rest = quoted
        return Split(written, folded.get(written.casefold()), rest)
    words = text.split(" ")
    for count in range(len(words), 0, -1):
        written = " ".join(words[:count])
        if written.casefold() in folded:
            return Split(written, folded[written.casefold()], " ".join(words[count:]))
    return Split(words[0], None, " ".join(words[1:]))


def _quoted(text: str) -> tuple[str, str] | None:
    closing = _QUOTES.get(text[:1])
    if not closing:
        return None
    end = next((at for at in range(1, len(text)) if text[at] in closing and text[at + 1 : at + 2] in ("", " ")), None)
    if end is None:
        return None
    return text[1:end].strip(), text[end + 1 :].strip()


def unquoted(text: str) -> str:
    """Return a name without the quotes around all of it."""
    found = _quoted(text.strip())
    return found[0] if found and not found[1] else text.strip()
