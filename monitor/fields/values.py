"""The kinds of values of settings: for each the reader, the JSON Schema and the error messages."""

from __future__ import annotations

import contextlib
import ipaddress
import re
from typing import Annotated, Any, TypeAlias
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from monitor import urls
from monitor.errors import AddressError
from monitor.fields import Reads, WrittenFloat, WrittenInt, read_text, read_url, shown, whole, wrong
from monitor.fields.languages import LANGUAGES, language_hint
from monitor.fields.likeness import nearest, suggest

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
MAX_PORT = 65_535

_UNITS = {"s": 1.0, "m": MINUTE, "h": HOUR, "d": DAY}
_DURATION = re.compile(r"(\d{1,30}(?:\.\d{1,3})?)([smhd])")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_NO_HOST = re.compile(r"[\s/?#@:\\\[\]]")  # ends a host in an address


# --------------------------------------------------------------------------- text and numbers


def read_name(value: Any) -> str:
    """Return a name of something: one line, at most 100 characters."""
    text = read_text(value)
    if len(text) > 100 or "\n" in text:  # noqa: PLR2004 - said in the message
        raise wrong("must be one line of at most 100 characters")
    return text


def read_entity_id(value: Any) -> str:
    """Return an entity's id or name, without the @ that only queries and keywords need."""
    text = read_name(value)
    if text.startswith("@"):
        raise wrong(f"write it without the @: {text[1:]}")
    return text


# --------------------------------------------------------------------------- times


def parse_duration(text: str) -> float | None:
    """Return the seconds of `90s`, `3m`, `2h`, `400d` or `1h30m`; None where it is no duration."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return float(sum(float(number) * _UNITS[unit] for number, unit in parts))


def short(seconds: float) -> str:
    """Return a duration as a setting is written: 90s, 3m, 2h, 400d."""
    for unit in "dhm":
        if seconds >= _UNITS[unit] and seconds % _UNITS[unit] == 0:
            return f"{seconds / _UNITS[unit]:.0f}{unit}"
    return f"{seconds:.3f}".rstrip("0").rstrip(".") + "s"


def duration(least: float, most: float) -> Reads:
    """Read a duration of `least` to `most` seconds."""

    def read(value: Any) -> float:
        if isinstance(value, WrittenInt | WrittenFloat):
            raise wrong(f"a duration needs a unit: {_with_unit(value if 0 < value < most else 180)}")
        text = value.strip() if isinstance(value, str) else ""
        seconds = parse_duration(text)
        if seconds is None:
            raise wrong(f"{shown(value)} is no duration: write {_nearest_duration(text)}")
        if not least <= seconds <= most:
            raise wrong(f"{text[:40]} is out of range: from {short(least)} to {short(most)}")
        return seconds

    return Reads(read, {"type": "string", "pattern": r"^([0-9]+(\.[0-9]+)?[smhd])+$"})


def _with_unit(number: float) -> str:
    """Return what a number without a unit may mean: other programs count seconds, people minutes."""
    if number >= MINUTE and number % MINUTE == 0:
        return f"{short(number)}; others are 90s, 3m, 2h, 400d"
    return f"{number:g}m for minutes, {number:g}s for seconds, {number:g}h for hours"


_A_DURATION = "a number and a unit, such as 90s, 3m, 2h or 400d"
_WORDS = {
    word: unit
    for unit, words in {
        "s": "sec сек",
        "m": "min хв мин",
        "h": "hour hr год час",
        "d": "day дн ден доб діб сут",
        "w": "week тиж нед",
        "mo": "mo міс мес",
        "y": "year yr рік рок",
    }.items()
    for word in words.split()
}
_DAYS = {"w": 7, "mo": 30, "y": 365}


def _nearest_duration(text: str) -> str:
    found = re.fullmatch(r"(\d{1,6})\s*([^\W\d_]+)\.?", text)
    if found is None:
        return _A_DURATION
    number, word = int(found[1]), found[2].lower()
    unit = next((unit for start, unit in _WORDS.items() if word.startswith(start)), word[0])
    if unit in _DAYS:
        return f"{number * _DAYS[unit]}d"
    return f"{number}{unit}" if unit in _UNITS else _A_DURATION


def read_clock(value: Any) -> str:
    """Return a time of day as HH:MM."""
    text = value.strip() if isinstance(value, str) else ""
    found = _CLOCK.fullmatch(text)
    if found is None:
        raise wrong(f'{shown(value)} is no time of day: write it as HH:MM in quotes, such as "23:00" or "07:30"')
    return f"{int(found[1]):02d}:{found[2]}"


def read_clocks(value: Any) -> tuple[str, ...]:
    """Return one or several times of day as HH:MM."""
    if isinstance(value, list) and not value:
        raise wrong('is empty: write times of day, such as ["08:00", "20:00"], or delete the line')
    return tuple(dict.fromkeys(map(read_clock, value if isinstance(value, list) else [value])))


_DIGEST = duration(MINUTE, 7 * DAY)


def read_digest(value: Any) -> str | float | tuple[str, ...]:
    """Return seconds, or a time of day as HH:MM, or several of these."""
    if isinstance(value, list):
        if not value:
            raise wrong('is empty: write times of day, such as ["08:00", "20:00"], or delete the line')
        return tuple(dict.fromkeys(map(read_clock, value)))
    if isinstance(value, str) and ":" in value:
        return read_clock(value)
    if isinstance(value, str) and parse_duration(value.strip()) is None:
        raise wrong(f'{shown(value)} is neither a duration, such as 2h, nor a time of day, such as "08:00"')
    seconds: float = _DIGEST.function(value)
    return seconds


_OFFSET = re.compile(r"(?:UTC|GMT|Z)?\s*[+-]\s*\d{1,2}(?::?\d{2})?", re.IGNORECASE)


def read_timezone(value: Any) -> str:
    """Return the name of a timezone that exists."""
    text = read_text(value)
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        if _OFFSET.fullmatch(text.strip()):
            raise wrong(
                f"{shown(text)} is an offset, which knows no summer time: write a region and a city, such as "
                "Europe/Kyiv or Asia/Seoul"
            ) from error
        zones = {
            zone for zone in available_timezones() if not zone.startswith(("Etc/", "GMT"))
        }  # their signs are the wrong way
        cities = {zone.rpartition("/")[2]: zone for zone in sorted(zones)}
        city = nearest(text.rpartition("/")[2].replace(" ", "_"), cities, cutoff=0.75)
        near = cities[city] if city else nearest(text, zones, cutoff=0.7)
        hint = f" Did you mean {near!r}?" if near else ""
        raise wrong(
            f"there is no timezone {shown(text)}.{hint} Write a region and a city, such as Europe/Kyiv or Asia/Seoul"
        ) from error
    return text


DATE_PART = re.compile(r"\{(year|month|week|day)(:d)?\}")
"""What the date fills in, in the address of a sitemap."""

_MOST_SITEMAPS = 10  # requests that one gap is worth


def read_sitemaps(value: Any) -> tuple[str, ...]:
    """Return the addresses of a site's sitemaps: one, or a list of them, with parts such as `{year}`."""
    written = value if isinstance(value, list) else [value]
    if len(written) > _MOST_SITEMAPS:
        raise wrong(f"must be one address, or a list of up to {_MOST_SITEMAPS}, not {len(written)}")
    return tuple(dict.fromkeys(map(_read_sitemap, written)))


def _read_sitemap(value: Any) -> str:
    text = read_text(value)
    plain = DATE_PART.sub("11", text)
    if found := re.search(r"\{[^{}]*\}?|\}", plain):
        raise wrong(
            f"holds {found[0]}, which no date fills in: only {{year}}, {{month}}, {{week}} and {{day}} may stand there"
        )
    read_url(plain)
    return text


def read_language(value: Any) -> str:
    """Return an ISO 639-1 code."""
    if isinstance(value, bool):
        raise wrong('must be a language code: put it in quotes, such as "no"')
    text = read_text(value)
    if text not in LANGUAGES:
        raise wrong(f"{shown(text)} is no language code.{language_hint(text)} Write two letters, such as uk, en or ko")
    return text


# --------------------------------------------------------------------------- addresses


def _host(text: str) -> str | None:
    """Return a host as DNS has it, an IPv6 address without brackets and interface; None for what is no host."""
    with contextlib.suppress(ValueError):
        return str(ipaddress.IPv6Address(text.strip("[]").partition("%")[0]))
    try:
        return None if _NO_HOST.search(text) else urls.parse(f"http://{text}").host
    except AddressError:
        return None


def read_api(value: Any) -> str:
    """Return a Bot API server's address, without a slash at its end."""
    text = str(urls.parse(read_url(value))).rstrip("/")
    if re.search(r"/bot\S*$", text):
        raise wrong("write the server's address alone, such as https://api.telegram.org: /bot and the token are added")
    return text


def read_storage(value: Any) -> str:
    """Return a database's address."""
    text = read_text(value)
    scheme = text.partition(":")[0].lower()
    if scheme == "sqlite" and re.fullmatch(r"sqlite://(/.+)?", text):
        return text
    if scheme == "sqlite":
        raise wrong("a slash is missing: write sqlite:///var/monitor.db (relative) or sqlite:////var/lib/monitor.db")
    if scheme in ("postgresql", "postgres", "postgresql+psycopg") and re.match(r"[\w+]+://\S+$", text):
        try:
            _ = urlsplit(text).port
        except ValueError as error:
            raise wrong(f"check the host's brackets and the port, a number from 1 to {MAX_PORT}") from error
        return text
    hint = suggest(scheme, ["sqlite", "postgresql"]) if "://" in text else ""
    if "://" not in text and re.fullmatch(r"[\w./-]+\.(?:db|sqlite3?)", text):
        raise wrong(f"is a file: write sqlite:///{text}")
    raise wrong(f"is no database that can be used.{hint} Write sqlite:///var/monitor.db or postgresql://host/database")


def read_stamp_authority(value: Any) -> str | None:
    """Return the address of a time-stamp authority; None for `none`."""
    return None if value == "none" else read_url(value)


def read_host(value: Any) -> str:
    """Return a host name or an IP address, as DNS has it."""
    text = read_text(value)
    if "://" in text or "/" in text:
        raise wrong("write the host alone, without scheme and path, such as wiki.corp")
    host = _host(text)
    if host is None:
        raise wrong("is no host: write a name without port, path or wildcard, such as wiki.corp or 10.2.0.7")
    return host


def read_cidr(value: Any) -> str:
    """Return a range of addresses as `address/prefix`."""
    text = read_text(value)
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        pass
    try:
        wider = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise wrong(f"{shown(text)} is no range of addresses: write it as 10.2.0.0/16 or fd00::/8") from error
    alone = f"{text.partition('/')[0]}/{wider.max_prefixlen}"
    raise wrong(f"{shown(text)} names an address inside a range: did you mean {wider}, or {alone}?")


def read_listen(value: Any) -> str:
    """Return `host:port`, or nothing."""
    if isinstance(value, str) and not value.strip():
        return ""
    text = read_text(value)
    host, colon, port = text.rpartition(":")
    good_port = port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= MAX_PORT  # noqa: PLR2004
    if not colon or not good_port or _host(host) is None:
        raise wrong(
            f'{shown(text)} is no address to listen on: write host:port, such as "127.0.0.1:8080", or "" for none'
        )
    return text


# --------------------------------------------------------------------------- Telegram


def read_user(value: Any) -> int:
    """Return a user's id."""
    if isinstance(value, str) and re.fullmatch(r"\s*\d{1,16}\s*", value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**52:
        group = isinstance(value, int) and value < 0
        why = "is a group's id" if group else f"is no user id: {shown(value)}"
        raise wrong(f"{why}; write a person's number, such as 123456789 (bots like @userinfobot tell it)")
    return int(value)


# --------------------------------------------------------------------------- their annotations

_STRING = {"type": "string", "minLength": 1}
NameText: TypeAlias = Annotated[str, Reads(read_name, _STRING | {"maxLength": 100})]
EntityName: TypeAlias = Annotated[str, Reads(read_entity_id, _STRING | {"pattern": "^[^@]"})]
Clock: TypeAlias = Annotated[str, Reads(read_clock, {"type": "string", "pattern": "^([01]?[0-9]|2[0-3]):[0-5][0-9]$"})]
_CLOCK_SCHEMA = {"type": "string", "pattern": "^([01]?[0-9]|2[0-3]):[0-5][0-9]$"}
Clocks: TypeAlias = Annotated[
    tuple[str, ...], Reads(read_clocks, {"anyOf": [_CLOCK_SCHEMA, {"type": "array", "items": _CLOCK_SCHEMA}]})
]
Digest: TypeAlias = Annotated[
    str | float | tuple[str, ...],
    Reads(read_digest, {"anyOf": [_STRING, {"type": "array", "items": _STRING, "minItems": 1}]}),
]
_SITEMAP = {"type": "string", "pattern": "^https?://"}
Timezone: TypeAlias = Annotated[str, Reads(read_timezone, _STRING)]
Sitemaps: TypeAlias = Annotated[
    tuple[str, ...],
    Reads(read_sitemaps, {"anyOf": [_SITEMAP, {"type": "array", "items": _SITEMAP, "maxItems": 10}]}),
]
Language: TypeAlias = Annotated[str, Reads(read_language, {"type": "string", "pattern": "^[a-z]{2}$"})]
Api: TypeAlias = Annotated[str, Reads(read_api, {"type": "string", "pattern": "^https?://"})]
StorageUrl: TypeAlias = Annotated[
    str, Reads(read_storage, {"type": "string", "pattern": r"^(sqlite|postgres(ql)?(\+psycopg)?)://"})
]
StampAuthority: TypeAlias = Annotated[
    str | None, Reads(read_stamp_authority, {"type": "string", "pattern": "^(none$|https?://)"})
]
Host: TypeAlias = Annotated[str, Reads(read_host, _STRING)]
Cidr: TypeAlias = Annotated[str, Reads(read_cidr, _STRING)]
Listen: TypeAlias = Annotated[str, Reads(read_listen, {"type": "string"})]
User: TypeAlias = Annotated[int, Reads(read_user, {"type": "integer", "exclusiveMinimum": 0})]
Port: TypeAlias = Annotated[int, whole(1, MAX_PORT, "a port")]
