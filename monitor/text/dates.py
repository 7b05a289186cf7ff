"""Dates as feeds write them: RFC 822, ISO 8601, and what editors type by hand in four languages."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)  # no feed is older; 1970 is a database's zero
_TOLERANCE = timedelta(minutes=15)  # clocks differ

# First letters of month names, enough to tell them apart in any case form: nominative, genitive, short.
_MONTHS = {
    1: ("jan", "січ", "янв"),
    2: ("feb", "лют", "фев"),
    3: ("mar", "бер", "мар"),
    4: ("apr", "квіт", "кві", "апр"),
    5: ("may", "трав", "тра", "мая", "май"),
    6: ("jun", "черв", "чер", "июн"),
    7: ("jul", "лип", "июл"),
    8: ("aug", "серп", "сер", "авг"),
    9: ("sep", "вер", "сен"),
    10: ("oct", "жовт", "жов", "окт"),
    11: ("nov", "лист", "лис", "ноя"),
    12: ("dec", "груд", "гру", "дек"),
}
_MONTH_OF = {prefix: month for month, prefixes in _MONTHS.items() for prefix in prefixes}

# Hours east of UTC. Only names that are unambiguous in news, or that RFC 822 defines.
_ZONES = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0, "bst": 1, "west": 1, "cet": 1, "cest": 2, "eet": 2, "eest": 3,
    "msk": 3, "trt": 3, "kst": 9, "jst": 9, "hkt": 8, "sgt": 8, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7,
    "mdt": -6, "pst": -8, "pdt": -7, "aest": 10, "aedt": 11,
}  # fmt: skip

_TIME = r"(?P<hour>\d{1,2})[:시.](?:\s*)(?P<minute>\d{1,2})(?:[:분]\s*(?P<second>\d{1,2}))?(?:[.,]\d+)?초?"
_HALF = r"(?P<half>오전|오후|[ap]\.?m\.?)"
_OFFSET = r"(?P<sign>[+\-−])(?P<zh>\d{1,2}):?(?P<zm>\d{2})?"
_CLOCK = re.compile(rf"(?:{_HALF}\s*)?{_TIME}\s*(?P<after>[ap]\.?m\.?)?", re.IGNORECASE)
_ZONE = re.compile(rf"(?:{_OFFSET}|\b(?P<name>[A-Z]{{1,4}})\b)", re.IGNORECASE)
_NUMERIC = (
    re.compile(r"(?<!\d)(?P<year>\d{4})\s*[-./년]\s*(?P<month>\d{1,2})\s*[-./월]\s*(?P<day>\d{1,2})(?:일|\.)?(?!\d)"),
    re.compile(r"(?<!\d)(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})(?=T|\s|$|\d{6}$)"),
    re.compile(r"(?<!\d)(?P<day>\d{1,2})[./](?P<month>\d{1,2})[./](?P<year>\d{4})(?!\d)"),
)
_WORDED = (
    re.compile(r"(?<!\d)(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s.-]+(?P<name>[^\W\d_]{3,})\.?[\s,-]+(?P<year>\d{4}|\d{2})(?!\d)"),
    re.compile(r"(?P<name>[^\W\d_]{3,})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})(?!\d)"),
    # C's asctime, whose year comes last
    re.compile(r"(?P<name>[^\W\d_]{3,})\s+(?P<day>\d{1,2})\s+(?=\d{1,2}:)(?:\S+\s+)+?(?P<year>\d{4})(?!\d)"),
)  # fmt: skip


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """Return the time zone `name`; UTC where it is unknown (the configuration has checked it)."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def parse_date(text: str | None, local: str, now: datetime) -> datetime | None:
    """Read a date in UTC; without an offset it is in the time zone `local`. None where unreadable or absurd.

    A date in the future that says UTC, but is not in the future when read as local time, is local time with a false
    offset. Other dates that lie ahead, and those before 1995, are no dates.
    """
    raw = " ".join((text or "")[:200].split())
    if re.fullmatch(r"\d{14}", raw, re.ASCII):
        raw = f"{raw[:8]}T{raw[8:]}"
    if not raw:
        return None
    raw = re.sub(r"-0000$", "+0000", raw)  # RFC 5322: UTC, of an unknown zone; Python reads it as no offset at all
    moment = _read(raw)
    if moment is None:
        return None
    here = zone(local)
    try:
        result = (moment.replace(tzinfo=here) if moment.tzinfo is None else moment).astimezone(UTC)
        latest = now + _TOLERANCE
        if result > latest and moment.utcoffset() == timedelta(0):
            result = moment.replace(tzinfo=here).astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return result if _EARLIEST <= result <= latest else None


def _read(text: str) -> datetime | None:
    """Return a datetime, naive where the text has no offset."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    found = _date(text)
    if found is None:
        return None
    year, month, day, rest = found
    hour, minute, second, tail = _time(rest)
    try:
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=_offset(tail))
    except ValueError:
        return None
    return moment


def _date(text: str) -> tuple[int, int, int, str] | None:
    """Find the day; return it with what stands around it."""
    for pattern in _NUMERIC:
        found = pattern.search(text)
        if found:
            rest = f"{text[: found.start()]} {text[found.end() :].removeprefix('T')}"
            return int(found["year"]), int(found["month"]), int(found["day"]), rest
    for pattern in _WORDED:
        for found in pattern.finditer(text):
            month = _month(found["name"])
            if month:
                year = int(found["year"])
                year += 0 if year > 99 else 2000 if year < 70 else 1900  # noqa: PLR2004 — RFC 2822, 4.3
                rest = text[: found.start()] + " " + text[found.start("day") :]
                return year, month, int(found["day"]), rest
    return None


def _month(name: str) -> int | None:
    low = name.lower()
    return _MONTH_OF.get(low[:4]) or _MONTH_OF.get(low[:3])


def _time(text: str) -> tuple[int, int, int, str]:
    found = _CLOCK.search(text)
    if found is None:
        return 0, 0, 0, ""
    hour = int(found["hour"])
    half = (found["half"] or found["after"] or "").lower().replace(".", "")
    if half in {"오후", "pm"} and hour < 12:  # noqa: PLR2004 — noon
        hour += 12
    elif half in {"오전", "am"} and hour == 12:  # noqa: PLR2004 — midnight
        hour = 0
    return hour, int(found["minute"]), int(found["second"] or 0), text[found.end() :]


def _offset(text: str) -> timezone | None:
    found = _ZONE.search(text)
    if found is None:
        return None
    if found["sign"]:
        minutes = int(found["zh"]) * 60 + int(found["zm"] or 0)
        if minutes >= 24 * 60 or text[found.start() :].startswith("-0000"):  # RFC 2822, 3.3: -0000 says nothing
            return None
        return timezone(timedelta(minutes=minutes if found["sign"] == "+" else -minutes))
    hours = _ZONES.get(found["name"].lower())
    return None if hours is None else timezone(timedelta(hours=hours))
