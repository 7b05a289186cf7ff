"""Dates as feeds write them: RFC 822, ISO 8601, JavaScript, Unix time, and what editors type by hand in any language.

Names of months are data (`months`): those of some sixty languages.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from monitor import data

_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)  # no feed is older; 1970 is a database's zero
_TOLERANCE = timedelta(minutes=15)  # clocks differ
_SOON = timedelta(days=1)  # ahead: of today, in a wrong zone
_LONGEST = 200  # characters

_SECONDS, _MILLISECONDS = 10, 13  # digits of Unix time in this century; more are microseconds
_BUDDHIST = range(2538, 2643)  # years of the Thai calendar since 1995
_BUDDHA = 543

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

# Hours east of UTC by the word that feeds write. Where a word means several zones the usual one comes first; another
# counts where it is an hour of the source's own zone, as does any word that this zone itself uses (IST, CST).
_ZONES: dict[str, tuple[float, ...]] = {
    "UT": (0,), "UTC": (0,), "GMT": (0,), "Z": (0,), "WET": (0,), "AZOST": (-1,), "BST": (1, 6), "WEST": (1,),
    "WAT": (1,), "CET": (1,), "MEZ": (1,), "MET": (1,), "MEWT": (1,), "CEST": (2,), "MESZ": (2,), "MEST": (2,),
    "CAT": (2,), "SAST": (2,), "EET": (2,), "OEZ": (2,), "EEST": (3,), "OESZ": (3,), "IDT": (3,), "EAT": (3,),
    "MSK": (3,), "МСК": (3,), "FET": (3,), "TRT": (3,), "IRST": (3.5,), "IRDT": (4.5,), "MSD": (4,), "SAMT": (4,),
    "GST": (4,), "GET": (4,), "AZT": (4,), "AMT": (4, -4), "AFT": (4.5,), "YEKT": (5,), "UZT": (5,), "TJT": (5,),
    "TMT": (5,), "PKT": (5,), "IST": (5.5,), "NPT": (5.75,), "OMST": (6,), "KGT": (6,), "ALMT": (5, 6), "MMT": (6.5,),
    "NOVT": (7,), "KRAT": (7,), "ICT": (7,), "WIB": (7,), "IRKT": (8,), "ULAT": (8,), "HKT": (8,), "SGT": (8,),
    "MYT": (8,), "PHT": (8,), "PHST": (8,), "AWST": (8,), "WITA": (8,), "YAKT": (9,), "KST": (9,), "JST": (9,),
    "WIT": (9,), "ACST": (9.5,), "VLAT": (10,), "AEST": (10,), "ACDT": (10.5,), "AEDT": (11,), "MAGT": (11,),
    "SAKT": (11,), "PETT": (12,), "NZST": (12,), "NZDT": (13,), "NST": (-3.5,), "NDT": (-2.5,), "BRT": (-3,),
    "ART": (-3,), "UYT": (-3,), "ADT": (-3,), "AST": (-4, 3), "CLST": (-3,), "CLT": (-4,), "VET": (-4,), "BOT": (-4,),
    "EST": (-5, 10), "COT": (-5,), "PET": (-5,), "EDT": (-4, 11), "CST": (-6, 8), "CDT": (-5,), "MST": (-7, 8),
    "MDT": (-6,), "PST": (-8, 8), "PDT": (-7,), "AKST": (-9,), "AKDT": (-8,), "HST": (-10,),
}  # fmt: skip

_AFTERNOON = {"pm", "오후", "下午", "晚上", "午後", "م", "μμ"}
_MORNING = {"am", "오전", "上午", "凌晨", "午前", "ص", "πμ"}

_MARKS = "시時时點点h"  # stand behind the hour
_BEFORE = r"(?P<before>오전|오후|上午|下午|凌晨|晚上|午前|午後|\b[ap]\.?\s?m\b\.?)"
_AFTER = r"(?P<after>[ap]\.?\s?m\b\.?|[πμ]\.?\s?μ\.?|[صم](?!\w))"
_CLOCK = re.compile(
    rf"""(?:{_BEFORE}\s*)?(?<!\d)(?P<hour>\d{{1,2}})
    (?: (?:[:.]|\s?[{_MARKS}]\s?)(?P<minute>\d{{1,2}})(?:\s?[:분分]\s?(?P<second>\d{{1,2}}))?(?:[.,]\d+)?[분分초秒]?
      | \s?[{_MARKS}](?![^\W\d_]) | \s?Uhr\b | (?=\s?[ap]\.?\s?m\b) )
    \s*{_AFTER}?""",
    re.IGNORECASE | re.VERBOSE,
)
_OFFSET = re.compile(r"(?<!\d)(?P<sign>[+\-−])(?P<hours>\d{2}|\d)(?::?(?P<minutes>\d{2}))?(?!\d)")
_WORD = re.compile(r"[^\W\d_]+")

_EPOCH = re.compile(r"(?:@|/Date\()?(\d{9,10}|\d{13}|\d{16})(?:\.\d+)?(?:[+-]\d{4})?(?:\)/)?", re.ASCII)
_COMPACT = re.compile(r"\d{12}(?:\d\d)?", re.ASCII)
# What nearly every feed writes, read at once.
_RFC822 = re.compile(
    r"(?:[A-Za-z]{3}, )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) (?:(GMT|UTC|Z)|([+-])(\d{2})(\d{2}))",
    re.ASCII,
)
# RFC 3339 with an offset: it means one moment, whatever the source's zone.
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_NUMERIC = (
    re.compile(
        r"(?<!\d)(?P<year>\d{4})\s*[-./년年]\s*(?P<month>\d{1,2})\s*[-./월月]\s*(?P<day>\d{1,2})(?:[일日号號]|\.)?(?!\d)"
    ),
    re.compile(r"(?<!\d)(?P<month>\d{1,2})\s*[월月]\s*(?P<day>\d{1,2})\s*[일日号號],?\s*(?P<year>\d{4})(?!\d)"),
    re.compile(r"(?<!\d)(?P<year>(?:19|20)\d{2})(?P<month>\d{2})(?P<day>\d{2})(?=T|\s|$)"),
    re.compile(r"(?<!\d)(?P<day>\d{1,2})[-./]\s?(?P<month>\d{1,2})[-./]\s?(?P<year>\d{4})(?!\d)"),
    re.compile(r"(?<!\d)(?P<day>\d{1,2})[./](?P<month>\d{1,2})[./](?P<year>\d{2})(?![\d:])"),
    re.compile(
        r"(?<!\d)(?P<day>\d{1,2})\s+(?:tháng|thg)\s+(?P<month>\d{1,2}),?\s+(?:năm\s+)?(?P<year>\d{4})(?!\d)",
        re.IGNORECASE,
    ),
)
_SLASHES = re.compile(r"(?<![\d/])\d{1,2}/\d{1,2}/(?:\d{4}|\d\d)(?![\d/])")
_MOST_MONTHS = 12
_NAME = r"(?<![^\W\d_])(?P<name>[^\W\d_][^\s\d,،-]{0,30}(?:\s(?:الأول|الثاني)(?!\w))?)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|[ºª])?"
_WORDED = (
    # 9 November 2023, 09-Nov-23, 9. Nov. 2023, 9 de noviembre de 2023
    re.compile(rf"(?<!\d){_DAY}[\s.,-]*(?:(?:de|of)\s)?{_NAME}[\s,،.-]*(?:(?:de|del|of)\s)?(?P<year>\d{{4}}|\d{{2}})(?![\d:])"),
    # November 9, 2023
    re.compile(rf"{_NAME}\s+{_DAY},?\s+(?P<year>\d{{4}})(?!\d)"),
    # C's asctime, whose year comes last
    re.compile(rf"{_NAME}\s+(?P<day>\d{{1,2}})\s+(?P<within>\d{{1,2}}:(?:\S+\s+)+?)(?P<year>\d{{4}})(?!\d)"),
    # 2023. november 9., 2023 m. lapkričio 9 d., 2023-Nov-09
    re.compile(rf"(?<!\d)(?P<year>\d{{4}})[\s.-]+(?:(?:m|ж)\.?\s)?{_NAME}[\s.-]+(?P<day>\d{{1,2}})(?![\d:])"),
    # 2023. gada 9. novembris
    re.compile(rf"(?<!\d)(?P<year>\d{{4}})\.\sgada\s(?P<day>\d{{1,2}})\.\s{_NAME}"),
)  # fmt: skip


@lru_cache(maxsize=512)
def zone(name: str) -> ZoneInfo:
    """Return the time zone `name`; UTC where it is unknown (the configuration has checked it)."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def parse_date(text: str | None, local: str, now: datetime, language: str | None = None) -> datetime | None:
    """Return a date in UTC; without an offset it is in the time zone `local`. None where unreadable or absurd.

    `language` decides between languages in which a word means different months. A date in the future that says UTC, but
    is not in the future when read as local time, is local time with a false offset. Of 9/11 and 11/9 with slashes,
    which America writes the other way round, the later one that is past is meant: news are new. In a `language` other
    than English the day comes first, unless it lies ahead so. Where one of the two is hours ahead, that one is meant,
    and of no use as its zone is wrong. Dates that lie ahead, and those before 1995, are no dates.
    """
    latest = now + _TOLERANCE
    moment = _settled(text) if text else None
    if moment is not None and moment <= latest:
        return moment if moment >= _EARLIEST else None
    raw = " ".join((text or "")[:_LONGEST].split())
    if not raw:
        return None
    here = zone(local)
    moment = _read(raw, here, language)
    if moment is None:
        return None
    try:
        result = _in_utc(moment, here)
        if result > latest and moment.utcoffset() == timedelta(0):
            result = moment.replace(tzinfo=here).astimezone(UTC)
        american = language in (None, "en") or result > latest
        if american and moment.day <= _MOST_MONTHS and _SLASHES.search(raw):
            other = _in_utc(moment.replace(month=moment.day, day=moment.month), here)
            if any(latest < each <= now + _SOON for each in (result, other)):
                return None
            result = max((each for each in (result, other) if each <= latest), default=result)
    except (OverflowError, ValueError):
        return None
    return result if _EARLIEST <= result <= latest else None


def _in_utc(moment: datetime, here: tzinfo) -> datetime:
    return (moment.replace(tzinfo=here) if moment.tzinfo is None else moment).astimezone(UTC)


@lru_cache(maxsize=2_048)  # a feed shows most of its dates again
def _settled(text: str) -> datetime | None:
    """Return a date with an offset, as nearly every feed writes it, in UTC; None for all others."""
    if not _RFC822.fullmatch(text) and not _RFC3339.fullmatch(text):
        return None
    try:
        moment = _machine(text)
        return moment.astimezone(UTC) if moment is not None and moment.tzinfo is not None else None
    except (OverflowError, ValueError):
        return None


@lru_cache(maxsize=2_048)
def _read(text: str, here: tzinfo, language: str | None) -> datetime | None:
    """Return a datetime, naive where the text has no offset."""
    try:
        return _machine(text) or _human(text, here, language)
    except ValueError:  # no such day or hour
        return None


def _machine(text: str) -> datetime | None:
    """Read what programs write."""
    found = _RFC822.fullmatch(text)
    if found:  # -0000 is UTC as well, of an unknown zone (RFC 5322, 3.3)
        day, name, year, hour, minute, second, _, sign, hours, minutes = found.groups()
        month = _MONTH_OF.get(name.lower())
        offset = (int(hours) * 60 + int(minutes)) * (-1 if sign == "-" else 1) if sign else 0
        if month and abs(offset) < 24 * 60 and hour != "24":  # midnight at the end of a day: read below
            where = UTC if not offset else timezone(timedelta(minutes=offset))
            return datetime(int(year), month, int(day), int(hour), int(minute), min(int(second), 59), tzinfo=where)
    counted = _EPOCH.fullmatch(text)
    if counted:
        digits = len(counted[1])
        unit = 1 if digits <= _SECONDS else 1_000 if digits == _MILLISECONDS else 1_000_000
        return datetime.fromtimestamp(int(counted[1]) / unit, UTC)
    if _COMPACT.fullmatch(text):
        text = f"{text[:8]}T{text[8:]}"
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _human(text: str, here: tzinfo, language: str | None) -> datetime | None:
    """Read what people write. Raises ValueError for a day or an hour that does not exist."""
    found = _date(text, language)
    if found is None:
        return None
    year, month, day, rest = found
    hour, minute, second, tail = _time(rest)
    late = timedelta(days=1) if (hour, minute, second) == (24, 0, 0) else timedelta(0)
    moment = datetime(year, month, day, 0 if late else hour, minute, min(second, 59)) + late  # noqa: DTZ001 — see below
    return moment.replace(tzinfo=_offset(tail, here, moment))


def _date(text: str, language: str | None) -> tuple[int, int, int, str] | None:
    """Return year, month and day, with the rest of the text; None where there is no day."""
    for pattern in _NUMERIC:
        found = pattern.search(text)
        if found:
            rest = f"{text[: found.start()]} {text[found.end() :].removeprefix('T')}"
            month, day = int(found["month"]), int(found["day"])
            if month > 12 >= day:  # noqa: PLR2004 — American: the month comes first
                month, day = day, month
            return _year(found["year"]), month, day, rest
    for pattern in _WORDED:
        for found in pattern.finditer(text):
            named = _month(found["name"], language)
            if named:
                within = found.groupdict().get("within") or ""
                rest = f"{text[: found.start()]} {within} {text[found.end() :]}"
                return _year(found["year"]), named, int(found["day"]), rest
    return None


def _year(digits: str) -> int:
    year = int(digits)
    if year in _BUDDHIST:
        return year - _BUDDHA
    return year + (0 if year > 99 else 2000 if year < 70 else 1900)  # noqa: PLR2004 — RFC 2822, 4.3


@cache
def _names(language: str) -> dict[str, int]:
    """Return the months that a language names otherwise than the rest; 'any': those of the rest."""
    months = data.load("months").get(language, {})
    return {name.replace("_", " "): int(month) for month, names in months.items() for name in names.split()}


def _month(name: str, language: str | None) -> int | None:
    low = name.casefold().rstrip(".").removeprefix("d'").removeprefix("d’")
    known = (_names(language).get(low) if language else None) or _names("any").get(low)
    return known or _MONTH_OF.get(low[:4]) or _MONTH_OF.get(low[:3])


def _time(text: str) -> tuple[int, int, int, str]:
    found = _CLOCK.search(text)
    if found is None:
        return 0, 0, 0, ""
    hour = int(found["hour"])
    half = re.sub(r"[.\s]", "", (found["before"] or found["after"] or "").lower())
    if half in _AFTERNOON and hour < 12:  # noqa: PLR2004 — noon
        hour += 12
    elif half in _MORNING and hour == 12:  # noqa: PLR2004 — midnight
        hour = 0
    return hour, int(found["minute"] or 0), int(found["second"] or 0), text[found.end() :]


def _offset(tail: str, here: tzinfo, moment: datetime) -> timezone | None:
    """Return the offset that stands behind the time: +0200, GMT+2, EET; None where nothing there is one."""
    found = _OFFSET.search(tail)
    if found:
        minutes = int(found["hours"]) * 60 + int(found["minutes"] or 0)
        return timezone(timedelta(minutes=minutes if found["sign"] == "+" else -minutes)) if minutes < 24 * 60 else None
    words: list[str] = _WORD.findall(tail)
    for word in words:
        if word.isupper() or len(words) == 1:
            offset = _named(word.upper(), here, moment)
            if offset is not None:
                return timezone(offset)
    return None


def _named(word: str, here: tzinfo, moment: datetime) -> timedelta | None:
    """Return what a zone's word means: first to the source's own zone, in winter or summer, then to most."""
    seasons = [datetime(moment.year, month, 1, tzinfo=here) for month in (1, 7)]
    own = [season.utcoffset() for season in seasons if season.tzname() == word]
    if own:
        return own[0]
    offsets = [timedelta(hours=hours) for hours in _ZONES.get(word, ())]
    local = {season.utcoffset() for season in seasons}
    return next((offset for offset in offsets if offset in local), offsets[0] if offsets else None)
