"""Zones of an article: title, lead, body, background and credit. Pure.

A credit or a background paragraph never raises an alert alone, so what is called so must be so: a phrase that may also
stand in the middle of a report counts only where little follows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from monitor.extract import phrases
from monitor.model import Zone, ZoneSpan

_LINE = re.compile(r"[^\n]*\S[^\n]*")
_WORD = re.compile(r"\w+")
_LETTER = re.compile(r"[^\W\d_]")
_SHORT = 8  # words: a first paragraph under this is a subtitle or a slug, and the next one leads too
_SHORT_KOREAN = 5  # a Korean word carries its particles
_LATE_SHARE = 0.4  # of the text: what begins behind it, or …
_LATE_LINES = 3  # … with at most so many lines after it, is late
_LONG_CREDIT = 700  # characters: no caption is longer, and patterns need not look further
_KEPT = 40  # characters: answers on lines up to this are kept
_OPENING = " \t\xa0«»\"“”„'’‘—–-•·▲△▶■◆※*"  # may stand before a phrase


class _Line(NamedTuple):
    start: int
    end: int
    text: str
    credit: bool


def zones(title: str, text: str, language: str, source: str | None = None) -> tuple[ZoneSpan, ...]:  # noqa: ARG001
    r"""Return the zones of `title + "\n\n" + text` (`text` where there is no title), in order and without gaps.

    `language` is ISO 639-1; the phrases of all languages are tried, so it only says how long a short paragraph is.
    Blank lines belong to what stands before them. Gives () for an empty document.
    """
    offset = len(title) + 2 if title else 0
    total = offset + len(text)
    lines = list(_lines(text))
    starts = [(0, Zone.TITLE)] if title else []
    lead = _lead(lines, language)
    background = _background(lines, lead, len(text))
    first = lead[0] if lead else -1
    for number, line in enumerate(lines):
        if line.credit:
            starts.append((offset + line.start, Zone.CREDIT))
            continue
        begin = line.start
        if number == first:
            begin += _dateline(line.text)
            if begin > line.start:
                starts.append((offset + line.start, Zone.CREDIT))
        zone = Zone.BACKGROUND if line.start >= background else Zone.LEAD if number in lead else Zone.BODY
        starts.append((offset + begin, zone))
    return _spans(starts, total)


def dateline(text: str) -> int:
    """Return how many characters of a first paragraph are its dateline: 'SEOUL, Nov. 9 (Yonhap) -- '."""
    return _dateline(text)


def is_credit(line: str) -> bool:
    """Return whether a line is a photo credit, a caption, a byline, or an agency's standing footer."""
    return len(line) <= _LONG_CREDIT and _credit(line.strip())


def is_promotion(line: str) -> bool:
    """Return whether a line promotes the outlet: 'Читайте нас у Telegram', 'Follow Yonhap on Facebook'."""
    return len(line) <= phrases.PROMOTION_LONGEST and bool(phrases.PROMOTION.match(line))


def is_background(line: str) -> bool:
    """Return whether a line begins like background, wherever it stands."""
    head = line.lstrip(_OPENING)
    return _background_anywhere(head) or _background_if_late(head)


def _is_credit(line: str) -> bool:
    if phrases.CREDIT.match(line) or is_promotion(line):
        return True
    return any(sign in line and pattern.match(line) for sign, pattern in phrases.CREDIT_WITH.items())


def _remembering(match: Callable[[str], object]) -> Callable[[str], bool]:
    """Return a cached match at a line's beginning: a text of a million short lines repeats them."""

    def says(line: str) -> bool:
        return bool(match(line))

    kept = lru_cache(maxsize=4096)(says)
    return lambda line: (kept if len(line) <= _KEPT else says)(line)


_credit = _remembering(_is_credit)
_background_anywhere = _remembering(phrases.BACKGROUND.match)
_background_if_late = _remembering(phrases.BACKGROUND_IF_LATE.match)


def _lines(text: str) -> Iterator[_Line]:
    for found in _LINE.finditer(text):
        yield _Line(found.start(), found.end(), found.group(), is_credit(found.group()))


def _lead(lines: list[_Line], language: str) -> list[int]:
    """Return the numbers of the lines that lead: the first real one, and the next where that is very short."""
    says = (number for number, line in enumerate(lines) if not line.credit and _LETTER.search(line.text))
    real = list(islice(says, 2))
    if not real:
        return []
    first = real[0]
    text = lines[first].text
    short = _SHORT_KOREAN if language == "ko" else _SHORT
    words = islice(_WORD.finditer(text, _dateline(text)), short)
    if sum(1 for _ in words) == short:
        return [first]
    return [number for number in real if number == first or not is_background(lines[number].text)]


def _dateline(text: str) -> int:
    found = phrases.DATELINE.match(text)
    return found.end() if found and found.end() < len(text) else 0


def _background(lines: list[_Line], lead: list[int], length: int) -> int:
    """Return the offset where background begins, `length` without any. The first paragraph is never background."""
    later = [line for number, line in enumerate(lines) if lead and number > lead[0] and not line.credit]
    for number, line in enumerate(later):
        head = line.text.lstrip(_OPENING)
        if _background_anywhere(head):
            return line.start
        late = line.start >= _LATE_SHARE * length or len(later) - number - 1 <= _LATE_LINES
        if late and _background_if_late(head):
            return line.start
    return length


def _spans(starts: list[tuple[int, Zone]], total: int) -> tuple[ZoneSpan, ...]:
    """Join neighbours of one zone; each ends where the next begins."""
    if total == 0:
        return ()
    merged: list[tuple[int, Zone]] = []
    for start, zone in starts:
        if not merged or merged[-1][1] is not zone:
            merged.append((start, zone))
    if not merged:
        return (ZoneSpan(Zone.BODY, 0, total),)
    merged[0] = (0, merged[0][1])
    ends = [start for start, _ in merged[1:]] + [total]
    return tuple(ZoneSpan(zone, start, end) for (start, zone), end in zip(merged, ends, strict=True))
