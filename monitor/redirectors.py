"""Links that lead over another site and hold the address of the page: news aggregators, alerts, mail, social networks.

Only what stands in the link counts: nothing is asked.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from urllib.parse import SplitResult, unquote

_HOSTS = re.compile(r"(?:www\.|news\.|m\.)?google\.[a-z]{2,3}(?:\.[a-z]{2})?")

# Host, path (whole, without a slash at its end), and the parameters that may hold the address, the likeliest first.
# Each is what the service itself makes: Google Alerts and Search, Google News, Bing News' RSS, Facebook, Instagram,
# Outlook's Safe Links, Tumblr, Reddit, YouTube, LinkedIn, VK, Steam, DuckDuckGo, Slack, SoundCloud.
_BY_PARAMETER = tuple(
    (re.compile(host), re.compile(path), parameters)
    for host, path, parameters in (
        (_HOSTS.pattern, r"/url", ("url", "q")),
        (r"news\.google\.com", r"/(?:rss/)?articles|/news/url", ("url",)),
        (r"(?:www\.)?bing\.com", r"/news/apiclick\.aspx", ("url",)),
        (r"lm?\.facebook\.com|(?:www\.|m\.)?facebook\.com|l\.messenger\.com", r"/l\.php", ("u",)),
        (r"l\.instagram\.com", r"", ("u",)),
        (r"[\w-]+\.safelinks\.protection\.outlook\.com", r"(?:/GetUrlReputation)?", ("url",)),
        (r"t\.umblr\.com", r"/redirect", ("z",)),
        (r"out\.reddit\.com", r"(?:/\w+)?", ("url",)),
        (r"(?:www\.|m\.)?youtube\.com", r"/redirect", ("q",)),
        (r"(?:www\.)?linkedin\.com", r"/redir/redirect|/safety/go", ("url",)),
        (r"(?:m\.)?vk\.com", r"/away(?:\.php)?", ("to",)),
        (r"(?:www\.)?steamcommunity\.com", r"/linkfilter", ("u", "url")),
        (r"(?:www\.|html\.)?duckduckgo\.com", r"/l", ("uddg",)),
        (r"slack-redir\.net", r"/link", ("url",)),
        (r"exit\.sc", r"", ("url",)),
    )
)
# Host, and where in the path the address stands: Yahoo's search, and its older feeds.
_BY_PATH = (
    (re.compile(r"r\.search\.yahoo\.com"), re.compile(r"/RU=([^/]+)")),
    (re.compile(r"(?:\w+\.)*rd\.yahoo\.com"), re.compile(r"/\*+(https?(?::|%3[Aa]).*)", re.DOTALL)),
)
_CODED_HOST = "news.google.com"
_CODED = re.compile(r"/(?:rss/)?(?:__i/rss/rd/)?(?:articles|read)/([\w-]{8,4000})=*")
_WEB = re.compile(r"https?://[^\s/]", re.IGNORECASE)
_LONG_FIELD = 2  # the wire type of bytes with their length before them, in protocol buffers
_ADDRESS_FIELD = 4


def is_one(name: str) -> bool:
    """Return whether a host (in lower case) has links that lead elsewhere."""
    rules = (*(host for host, _, _ in _BY_PARAMETER), *(host for host, _ in _BY_PATH))
    return name == _CODED_HOST or any(host.fullmatch(name) for host in rules)


def target(parts: SplitResult) -> str | None:
    """Return the address of the page that a redirector's link leads to; None for any other link."""
    name = (parts.hostname or "").rstrip(".")
    return next((found for found in _candidates(parts, name) if _WEB.match(found)), None)


def _candidates(parts: SplitResult, name: str) -> Iterator[str]:
    path = parts.path.rstrip("/")
    for host, where, parameters in _BY_PARAMETER:
        if host.fullmatch(name) and where.fullmatch(path):
            values = _values(parts.query)
            yield from (values[parameter] for parameter in parameters if parameter in values)
    for host, where in _BY_PATH:
        found = where.search(parts.path) if host.fullmatch(name) else None
        if found:
            yield unquote(found[1]) + (f"?{parts.query}" if parts.query and "*" in found[0] else "")
    coded = _CODED.fullmatch(parts.path) if name == _CODED_HOST else None
    if coded:
        yield _coded(coded[1])


def _values(query: str) -> dict[str, str]:
    """Return the parameters; of several of one name, the first."""
    pairs = (pair.partition("=") for pair in reversed(query.replace("&amp;", "&").split("&")))
    return {key: unquote(value).strip() for key, _, value in pairs}


def _coded(text: str) -> str:
    """Return the address in an id of Google News, '' where there is none.

    The id is a message in protocol buffers (protobuf.dev, 'Encoding') in URL-safe Base64. Until 2024 its field 4 was
    the address; since then it is a key that only Google can read. Inferred from use, it is not documented.
    """
    data = base64.urlsafe_b64decode(text[: len(text) - (len(text) % 4 == 1)] + "===")
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        size, start = _varint(data, at)
        if tag & 7 == _LONG_FIELD:
            if tag >> 3 == _ADDRESS_FIELD:
                return data[start : start + size].decode("utf-8", "replace")
            start += size
        elif tag & 7:
            return ""
        at = start
    return ""


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the number at `at`, of seven bits a byte, and where it ends; (0, end) where the data ends within it."""
    value = 0
    for count, byte in enumerate(data[at : at + 5]):
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:  # noqa: PLR2004 — the last one
            return value, at + count + 1
    return 0, len(data)
