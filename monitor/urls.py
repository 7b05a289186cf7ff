"""Web addresses: parsing, and keys by which they mean the same page or article.

Canonical addresses are keys. What is shown and fetched is the address that the feed gave, but for links over a
redirector that hold the address of the page.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Protocol
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit, urlunsplit

from monitor import redirectors
from monitor.errors import AddressError

# Parameters that say where a reader came from, never what is read. The names are those that analytics and
# advertising products document for themselves (utm_*: Google, fbclid: Meta, yclid: Yandex, mc_*: Mailchimp …).
_TRACKING = re.compile(
    r"""(?: utm_\w+ | mtm_\w+ | pk_\w+ | hsa_\w+ | at_(?:medium|campaign|custom\w*|format|link\w*|bbc\w*|ptr\w*)
    | fbclid | gclid | gclsrc | dclid | gbraid | wbraid | yclid | ysclid | msclkid | twclid | ttclid | li_fat_id
    | igsh | igshid | mc_cid | mc_eid | _ga | _gl | _hsenc | _hsmi | _openstat | oly_\w+_id | vero_id | wickedid
    | ref_src | ref_url | cmpid | cmp | icid | ncid | s_cid | ito | ns_\w+ | smid | smtyp | spm | rss_id | soc_\w+
    | __twitter_impression | sr_share | share | shared | feedtype | trk )""",
    re.IGNORECASE | re.VERBOSE,
)
# These may be meaningful, but not with such a value.
_CARRIER = re.compile(r"ref|source|src|from|via|input|feature|origin|channel", re.IGNORECASE)
_CARRIED = re.compile(
    r"rss\d?|rss[-_]?feed|feed|feeds|atom|tw|fb|sns|twitter|facebook|telegram|tg|whatsapp|viber|copy|email|newsletter",
    re.IGNORECASE,
)
_AMP_NAME = re.compile(r"amp", re.IGNORECASE)
_AMP_VALUE = re.compile(r"|1|true|amp|yes", re.IGNORECASE)
_AMP_CARRIER = re.compile(r"output|outputtype|view|type|format", re.IGNORECASE)
_AMP_HOST = re.compile(r"\.cdn\.ampproject\.org$|^www\.google\.[a-z.]+$")
_AMP_CACHE = re.compile(r"/(?:amp|c|v|a)/(?:s/)?([\w-]+(?:\.[\w-]+)+(?::\d+)?/.*)", re.DOTALL)

PORTS = {"http": 80, "https": 443}
LONGEST = 8_000  # characters; what RFC 9110, 4.1, asks servers to take
_LONGEST_NAME = 253  # characters of a host; RFC 1035, 2.3.4
_LABEL = re.compile(r"[a-z0-9_-]{1,63}")
_DOTTED = re.compile(r"\d+\.\d+\.\d+\.\d+", re.ASCII)
_DOT = re.compile("[.\u3002\uff0e\uff61]")  # RFC 3490, 3.1
_BLANKS = "".join(map(chr, range(0x21)))  # what browsers cut off
_FORBIDDEN = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")  # half a pair: JSON may hold one, no encoding does
_NEVER_WEB = frozenset({"file", "mailto", "data", "javascript", "tel", "tag", "urn", "blob", "about"})  # have no '//'
_YONHAP_ID = re.compile(r"(?<![A-Z0-9])(A[A-Z]{2})(\d{4})(\d{2})(\d{2})(\d{4})(\d{2})(\d{3})(?!\d)")
_YONHAP_HOST = re.compile(r"(?:^|\.)(?:yna\.co\.kr|yonhapnews\.co\.kr|yonhapnewstv\.co\.kr)$")
_UKRINFORM_ID = re.compile(r"/rubric-[\w-]+/(\d{5,})(?:-[^/]*)?(?:\.html)?$")
_UKRINFORM_HOST = re.compile(r"(?:^|\.)(ukrinform\.(?:ua|net|ru|jp|de|es|fr|com|org|pl))$")
# Two-part endings under which registries sell names. The full list is long and changes; a wrong guess here merely
# makes one site of two, or two of one, in places where a person reads the result.
_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "ac", "go", "gov", "edu", "or", "ne", "re", "mil", "gob", "in"})
_CONTROL = re.compile(r"\x20*[\x00-\x1f\x7f][\x00-\x20\x7f]*")  # with the blanks of an indented line
_UNSAFE = re.compile(r'[\x00-\x20\x7f"<>^`{|}]')  # some feeds do not escape them; no button carries them as they are
# An address that is its own canonical one, but for a slash at its end and for parameters that are noise, if its host is
# ordinary: as most articles'. Its parts: scheme and host, path, query.
_PLAIN = re.compile(
    r"(https?://[a-z0-9.:-]+)((?:/[A-Za-z0-9_~!$&'()*+,=:@-][A-Za-z0-9._~!$&'()*+,=:@-]*)*)/?"
    r"(?:\?({pair}(?:&{pair})*))?".format(pair="[A-Za-z0-9._~!$'()*+,:@/?-]+(?:=[A-Za-z0-9._~!$'()*+,:@/?-]*)?")
)
_WRAPPED = 5  # links in a link that are unwrapped: a mail's Safe Link to an alert's redirect to an AMP page has three
_LONG = 400  # characters of a key; longer ones are hashed, as an index row has bounds


PART = "part:"
"""Begins the key of an article that its address alone does not identify."""


UNTITLED = f"{PART}untitled:"
"""Begins such a key where other articles have its title, too."""


class EntryLike(Protocol):
    """The fields that identify an entry."""

    @property
    def guid(self) -> str | None:
        """The feed's own identifier."""
        ...

    @property
    def link(self) -> str | None:
        """The article's address."""
        ...

    @property
    def title(self) -> str:
        """The headline."""
        ...


@dataclass(frozen=True, slots=True)
class WebAddress:
    """A web address that can be asked."""

    scheme: str  # 'http' or 'https'
    host: str  # as DNS has it: lower-case ASCII; an IPv6 address without its brackets
    port: int | None  # None: the scheme's own
    target: str  # path and query as written; begins with '/'
    credentials: bool = False  # a name or a password stood before an @; it is left out

    def __str__(self) -> str:
        """Return the address without fragment and credentials."""
        where = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{where}{'' if self.port is None else f':{self.port}'}{self.target}"


def parse(text: str, base: str | None = None) -> WebAddress:
    """Read a web address, relative to `base` where there is one. Raises AddressError, with the remedy.

    The one place where it is decided what an address is: whatever this returns, httpx and the resolver take.
    """
    plain = text.strip(_BLANKS)
    if not plain:
        raise AddressError("is empty: write an address, such as https://example.org/path")
    if len(plain) > LONGEST:
        raise AddressError(f"is longer than {LONGEST:,} characters, which no server takes: write a shorter one", text)
    if _FORBIDDEN.search(plain):
        raise AddressError("holds a control character: write it without", text)
    try:
        parts = urlsplit(urljoin(base, plain) if base else plain)
        name = parts.hostname or ""
    except ValueError:
        raise AddressError("is no address: check its brackets, which only go around an IPv6 address", text) from None
    _check_scheme(parts.scheme, plain)
    try:
        return WebAddress(
            parts.scheme,
            _host_of(parts.netloc, name),
            _port_of(parts),
            (parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
            credentials="@" in parts.netloc,
        )
    except AddressError as error:
        raise AddressError(error.reason, text) from None


def _check_scheme(scheme: str, text: str) -> None:
    if scheme in PORTS:
        return
    if scheme == "feed":
        rest = text[len("feed:") :].removeprefix("//")
        raise AddressError(f"feed: is no way to get it: write {rest if '://' in rest else f'https://{rest}'}", text)
    if text.startswith("/") and not text.startswith("//"):
        raise AddressError(f"is the path of an address: write all of it, such as https://example.org{text}", text)
    if not scheme and ("://" in text or any(map(str.isspace, text))):
        raise AddressError("is no address: write one alone, which begins with https:// or http://", text)
    if "://" not in text and scheme not in _NEVER_WEB:
        raise AddressError(f"the scheme is missing: did you mean https://{text.lstrip('/')}?", text)
    raise AddressError(f"{scheme}: addresses are not read: write one that begins with https:// or http://", text)


def _port_of(parts: SplitResult) -> int | None:
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise AddressError("has no valid port: write a number from 1 to 65535, or none")
    return port


def _host_of(netloc: str, name: str) -> str:
    """Return the host as DNS has it. Raises AddressError."""
    plain = name.removesuffix(".")
    if not plain or "\\" in netloc:
        raise AddressError("has no valid host: write it as https://example.org/path")
    try:
        if "[" in netloc:
            return str(IPv6Address(_without_zone(plain)))
        if _DOTTED.fullmatch(plain):
            return str(IPv4Address(plain))
    except AddressValueError:
        raise AddressError(f"has no valid host: {plain} is no IP address") from None
    found = plain if plain.isascii() and "xn--" not in plain else _in_dns(plain)
    if len(found) > _LONGEST_NAME or not all(map(_LABEL.fullmatch, found.split("."))):
        raise AddressError(f"has no valid host: {plain[:80]} is no name in DNS; write it as https://example.org/path")
    return found


def _without_zone(address: str) -> str:
    if "%" in address:
        raise AddressError("has no valid host: leave out the interface after the %")
    return address


def _in_dns(name: str) -> str:
    """Return a name that has, or encodes, other letters than ASCII's as DNS has it. Raises AddressError."""
    import idna

    try:
        labels = _DOT.split(idna.uts46_remap(name, std3_rules=False))
        found = ".".join(label if label.isascii() else idna.alabel(label).decode("ascii") for label in labels)
        if "xn--" in found:
            idna.decode(found)  # as httpx does, lazily
    except UnicodeError:  # idna's errors, too, are such
        raise AddressError(
            f"has no valid host: {name[:80]} does not spell an international name; copy the address from a browser"
        ) from None
    return found


def is_web(url: str | None) -> bool:
    """Return whether `url` is an absolute http or https address with a host."""
    if not url or url.lstrip(_BLANKS)[:4].lower() != "http":
        return False
    if plain(url):
        return True
    return _is_address(url)


@lru_cache(maxsize=256)
def _is_address(url: str) -> bool:
    try:
        parse(url)
    except AddressError:
        return False
    return True


def written(text: str) -> str:
    """Return a web address as it is asked for: `str(parse(text))`. Raises AddressError."""
    return text if plain(text) else str(parse(text))


@lru_cache(maxsize=2_048)
def plain(url: str) -> str | None:
    """Return the canonical address of one that loses no more than a slash and parameters; None for any other.

    It is an article's that can be asked as it stands, and no redirector's. A feed's addresses are asked for several
    times each, and nearly all of them are such.
    """
    found = _PLAIN.fullmatch(url)
    if found is None or len(url) > LONGEST:
        return None
    start, path, query = found.groups()
    if not (path or (query and url[len(start)] == "/")) or "amp" in path.lower() or not _is_ordinary(start):
        return None
    if query is None:
        return f"{start}{path}"
    name = start.partition("://")[2].partition(":")[0]
    pairs = [(pair, *pair.partition("=")) for pair in query.split("&")]
    kept = "&".join(pair for pair, key, _, value in pairs if not _is_noise(key, value, name))
    return f"{start}{path or '/'}{'?' if kept else ''}{kept}"


@lru_cache(maxsize=4_096)
def _is_ordinary(start: str) -> bool:
    """Return whether scheme and host stay as they are, and none of the host's pages means anything else."""
    address = f"{start}/x"
    try:
        name = parse(address).host
    except AddressError:
        return False
    special = redirectors.is_one(name) or _UKRINFORM_HOST.search(name) or _AMP_HOST.search(name)
    return not special and _normal(address) == address


def host(url: str) -> str:
    """Return the host in lower case, '' where there is none."""
    parts = _split(url)
    return (parts.hostname or "").rstrip(".") if parts else ""


def path(url: str) -> str:
    """Return the path with its query, '' where there is none."""
    parts = _split(url)
    return (parts.path + (f"?{parts.query}" if parts.query else "")) if parts else ""


def slug(url: str | None) -> str:
    """Return the words that an address ends with: 'rain in kyiv' of '/rubric-x/3784521-rain-in-kyiv.html', else ''.

    They stand for a title where neither a sitemap nor a page gives one.
    """
    parts = _split(url or "")
    name = unquote(parts.path).rstrip("/").rpartition("/")[2] if parts else ""
    words = re.split(r"[-_+\s]+", re.sub(r"\.[a-z]{2,5}$", "", name, flags=re.IGNORECASE))
    found = [word for word in words if word and not any(map(str.isdigit, word))]
    return " ".join(found) if len(found) > 1 else ""


def is_front_page(url: str) -> bool:
    """Return whether an address is a site's front page."""
    if plain(url) or not is_web(url):
        return False
    parts = urlsplit(url.strip())
    return parts.path.strip("/") == "" and not parts.query and not parts.fragment


def origin(url: str) -> str | None:
    """Return the first page of an address's site, such as 'https://example.org/'; None where there is no host."""
    parts = _split(url)
    return f"{parts.scheme}://{parts.netloc}/" if parts and parts.scheme in PORTS and parts.hostname else None


def site(url: str) -> str:
    """Return the registered domain of the host ('yna.co.kr' of 'en.yna.co.kr'), or the address where it is a number."""
    name = host(url)
    labels = name.split(".")
    if ":" in name or len(labels) <= 2 or labels[-1].isdigit():  # noqa: PLR2004 — name and ending
        return name
    size = 3 if len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 2  # noqa: PLR2004 — country codes
    return ".".join(labels[-size:])


def absolute(base: str | None, link: str | None) -> str | None:
    """Resolve `link` against `base`; None where the result is no web address (javascript:, data:, mailto: …).

    Blanks and quotes in it are escaped, as browsers do; line breaks are left out.
    """
    if link and plain(link):
        return link
    text = (_CONTROL.sub("", link or "") if _is_scheme_only(link) else link or "").strip()
    if not text:
        return None
    try:
        joined = _UNSAFE.sub(lambda match: quote(match[0]), urljoin(base, text) if base else text)
    except ValueError:
        return None
    return joined if is_web(joined) else None


def _is_scheme_only(link: str | None) -> bool:
    # Browsers ignore control characters inside a scheme: 'java\nscript:' is still a script.
    return bool(link) and bool(re.match(r"[\x00-\x20]*[a-z][a-z\x00-\x20+.-]*:", link or "", re.IGNORECASE))


def canonical(url: str) -> str:
    """Return one form for all addresses of a page: a key, not a link.

    Lower-case scheme and host, no default port, fragment, credentials, tracking parameters, AMP marks or trailing
    slash; escapes are normal (RFC 3986, 6.2.2); other parameters are kept, in their order. Total: what is no web
    address comes back without its surrounding blanks.
    """
    return plain(url) or _canonical(url)


@lru_cache(maxsize=256)
def _canonical(url: str) -> str:
    return _normal(_publisher(_SURROGATE.sub("\ufffd", url)))


def _normal(url: str) -> str:
    parts = _split(url)
    if parts is None or parts.scheme not in PORTS or not parts.hostname:
        return url.strip()
    name = _ascii(parts.hostname)
    port = _port(parts)
    where = f"[{name}]" if ":" in name else name
    netloc = where if port in {None, PORTS[parts.scheme]} else f"{where}:{port}"
    return urlunsplit((parts.scheme, netloc, _path(parts.path), _query(parts.query, name), ""))


def article_key(url: str | None, guid: str | None = None, title: str | None = None, outlet: str | None = None) -> str:
    """Return one key for an article, whatever its address.

    Ukrinform's numeric id (rubric and slug change) and Yonhap's whole id (each revision is an article) come first, then
    the canonical address (scheme and `www.` aside), then the guid, then a hash of title and outlet.
    """
    address = url if is_web(url) else guid if is_web(guid) else None
    if address is not None:
        return _address_key(address)
    if guid:
        return _bounded(f"guid:{outlet or ''}:{guid.strip()}")
    return _hashed(title or "", outlet or "")


def part_key(key: str, part: str) -> str:
    """Return a key for one of several articles that share the address of `key`: `part` tells them apart."""
    digest = hashlib.sha256(part.encode(errors="replace")).hexdigest()[:32]
    return f"{PART}{_bounded(key.removeprefix(PART))}#{digest}"


def entry_key(entry: EntryLike, source: str = "") -> str:
    """Return the identity of an entry within its outlet: see `key_of`."""
    return key_of(entry.guid, entry.link, entry.title, source)


def key_of(guid: str | None, link: str | None, title: str, source: str = "") -> str:
    """Return the identity of an entry within its outlet: guid, else the article's address, else a hash of the rest.

    A guid that is an address loses its tracking parameters, but keeps its fragment, which some feeds tell items by.
    """
    guid = (guid or "").strip()
    if guid:
        fragment = guid.partition("#")[2]
        text = _address_key(guid) + (f"#{fragment}" if fragment else "") if is_web(guid) else f"guid:{guid}"
        return _bounded(text)
    if is_web(link):
        return _address_key(link or "")
    return _hashed(title, source)


def yonhap_story(url: str | None) -> str | None:
    """Return 'AEN20231109' + '0072', the same for all revisions of a Yonhap story in one language; None elsewhere.

    An id is AEN (English), AKR (Korean) … + YYYYMMDD + story (4) + revision (2) + section (3); inferred from use, the
    agency does not document it.
    """
    found = _yonhap(url or "")
    if found is None:
        return None
    desk, year, month, day, story = found.groups()[:5]
    return f"{desk}{year}{month}{day}{story}"


def _yonhap(url: str) -> re.Match[str] | None:
    parts = _split(url)
    found = _YONHAP_ID.search(parts.path) if parts else None
    if found is None:
        return None
    try:
        date(*map(int, found.groups()[1:4]))
    except ValueError:
        return None
    return found


@lru_cache(maxsize=256)
def _address_key(url: str) -> str:
    usual = plain(url)
    if usual and (usual.islower() or not _YONHAP_ID.search(usual)):  # an id has capitals
        return _bounded("url:" + usual.partition("://")[2].removeprefix("www."))
    found = _yonhap(url)
    if found is not None:
        return f"yonhap:{found.group()}"
    usual = canonical(url)
    parts = urlsplit(usual)
    ours = _UKRINFORM_HOST.search(parts.hostname or "")
    number = _UKRINFORM_ID.search(parts.path)
    if ours and number:
        return f"{ours.group(1)}:{number.group(1)}"
    return _bounded("url:" + usual.partition("://")[2].removeprefix("www."))


def _bounded(key: str) -> str:
    return key if len(key) <= _LONG else f"{key[:100]}…{hashlib.sha256(key.encode(errors='replace')).hexdigest()}"


def _hashed(title: str, outlet: str) -> str:
    text = f"{' '.join(title.casefold().split())}\0{outlet}"
    return "hash:" + hashlib.sha256(text.encode(errors="replace")).hexdigest()


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url.strip())
        _ = parts.hostname, parts.port  # both are parsed lazily, and raise
    except ValueError:
        return None
    return parts


def _port(parts: SplitResult) -> int | None:
    return parts.port


def _ascii(name: str) -> str:
    name = name.rstrip(".")
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode("ascii").rstrip(".")
    except UnicodeError:
        return name


def direct(url: str) -> str:
    """Return the address of the page that a link over a known redirector leads to, else the address itself.

    It is what stands in the link (`monitor.redirectors`): nothing is asked.
    """
    if plain(url):
        return url
    for _ in range(_WRAPPED):
        parts = _split(url)
        found = redirectors.target(parts) if parts else None
        inner = absolute(None, found) if found else None
        if inner is None:
            break
        url = inner
    return url


def _publisher(url: str) -> str:
    """Return the publisher's address of a page that a redirector or an AMP cache serves, else the address itself."""
    for _ in range(_WRAPPED):
        url = direct(url)
        parts = _split(url)
        inner = _cached(parts) if parts else None
        if inner is None:
            break
        url = inner
    return url


def _cached(parts: SplitResult) -> str | None:
    """Return the publisher's address where `parts` is one of Google's AMP caches."""
    name = parts.hostname or ""
    if not _AMP_HOST.search(name):
        return None
    found = _AMP_CACHE.fullmatch(parts.path)
    if found is None:
        return None
    scheme = "https" if "/s/" in parts.path[: found.start(1)] else "http"
    return f"{scheme}://{found.group(1)}" + (f"?{parts.query}" if parts.query else "")


def _path(path: str) -> str:
    segments = _without_dots(path.split("/"))
    inner = [segment for segment in segments if segment]
    if len(inner) > 1:
        if _AMP_NAME.fullmatch(inner[-1]):
            inner.pop()
        elif _AMP_NAME.fullmatch(inner[0]):
            inner.pop(0)
    if inner:
        inner[-1] = re.sub(r"\.amp(?=\.html?$|$)", "", inner[-1], flags=re.IGNORECASE)
    return "/" + "/".join(_escaped(segment) for segment in inner)


def _without_dots(segments: list[str]) -> list[str]:
    result: list[str] = []
    for segment in segments:
        if segment == "..":
            if result:
                result.pop()
        elif segment != ".":
            result.append(segment)
    return result


def _escaped(text: str, safe: str = "!$&'()*+,;=:@") -> str:
    """Escape what must be, in capitals, and nothing else; a stray % is escaped."""
    pieces = re.split(r"(%(?:2[Ff]|2[56]|3[BDbd]|2[Bb]))", text)  # escapes that would change the meaning
    return "".join(
        piece.upper() if number % 2 else quote(unquote(piece, errors="surrogateescape"), safe, errors="surrogateescape")
        for number, piece in enumerate(pieces)
    )


def _query(query: str, name: str) -> str:
    if not query:
        return ""
    pairs = [pair.partition("=") for pair in query.replace("&amp;", "&").split("&") if pair]
    kept = [(key, mark, value) for key, mark, value in pairs if not _is_noise(key, value, name)]
    return "&".join(_escaped(key, _IN_QUERY) + mark + _escaped(value, _IN_QUERY) for key, mark, value in kept)


_IN_QUERY = "!$'()*+,;:@/?"


def _is_noise(key: str, value: str, name: str) -> bool:
    if _TRACKING.fullmatch(key) or (_AMP_NAME.fullmatch(key) and _AMP_VALUE.fullmatch(value)):
        return True
    if _CARRIER.fullmatch(key) and _CARRIED.fullmatch(value):
        return True
    if _AMP_CARRIER.fullmatch(key) and _AMP_NAME.fullmatch(value):
        return True
    return bool(_YONHAP_HOST.search(name)) and key in {"section", "input", "site"}
