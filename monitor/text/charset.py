"""Decoding of feeds and pages to text, robust against wrong charset labels.

The order is: byte-order mark, strict UTF-8, then the best of the label (mapped as browsers map it, WHATWG Encoding
Standard, 4.2) and of what the bytes look like. Pure; never raises but for UTF-7.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice

from monitor.text import charset_guess

_UTF8, _UTF16LE, _UTF16BE = "utf-8", "utf-16-le", "utf-16-be"
_UTF32LE, _UTF32BE = "utf-32-le", "utf-32-be"
_BOMS = (
    (b"\xff\xfe\x00\x00", _UTF32LE),  # before the mark of UTF-16 that it begins with
    (b"\x00\x00\xfe\xff", _UTF32BE),
    (b"\xef\xbb\xbf", _UTF8),
    (b"\xff\xfe", _UTF16LE),
    (b"\xfe\xff", _UTF16BE),
)

# Label → Python codec, where the standard's name differs or is broader than the label's own.
_LABELS = {
    "utf8": _UTF8,
    "unicode11utf8": _UTF8,
    "xunicode20utf8": _UTF8,
    "utf16": _UTF16LE,
    "utf16le": _UTF16LE,
    "utf16be": _UTF16BE,
    "unicode": _UTF16LE,
    "ucs2": _UTF16LE,
    **dict.fromkeys(("latin1", "iso88591", "ascii", "usascii", "windows1252", "cp1252", "l1", "xcp1252"), "cp1252"),
    **dict.fromkeys(("iso88599", "latin5", "windows1254", "cp1254"), "cp1254"),
    **dict.fromkeys(("iso885911", "tis620", "windows874"), "cp874"),
    **dict.fromkeys(
        ("euckr", "ksc56011987", "ksc56011989", "ksc5601", "korean", "windows949", "cp949", "ms949", "uhc"), "cp949"
    ),
    **dict.fromkeys(("gb2312", "gbk", "xgbk", "gb18030", "chinese", "cp936", "gb231280"), "gb18030"),
    **dict.fromkeys(("shiftjis", "sjis", "xsjis", "windows31j", "mskanji", "ms932", "cp932"), "cp932"),
    **dict.fromkeys(("big5", "big5hkscs", "cnbig5", "xxbig5"), "big5hkscs"),
    **dict.fromkeys(("eucjp", "xeucjp"), "euc_jp"),
    "iso2022jp": "iso2022_jp",
    **dict.fromkeys(("iso2022kr", "csiso2022kr"), "iso2022_kr"),
    "hzgb2312": "hz",
    **dict.fromkeys(("koi8r", "koi", "koi8"), "koi8_r"),
    **dict.fromkeys(("koi8u", "koi8ru"), "koi8_u"),
    **dict.fromkeys(("windows1251", "cp1251", "xcp1251", "win1251"), "cp1251"),
    **dict.fromkeys(("ibm866", "cp866", "866"), "cp866"),
    **dict.fromkeys(("xmaccyrillic", "xmacukrainian"), "mac_cyrillic"),
    **dict.fromkeys(("macintosh", "mac", "xmacroman"), "mac_roman"),
    **{f"iso8859{n}": f"iso8859_{n}" for n in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)},
    **{f"windows125{n}": f"cp125{n}" for n in (0, 3, 5, 6, 7, 8)},
    **{f"cp125{n}": f"cp125{n}" for n in (0, 3, 5, 6, 7, 8)},
}
_SHIFTED = {"iso2022_jp": b"\x1b$", "iso2022_kr": b"\x1b$)C", "hz": b"~{"}
"""Codecs that write other letters by ASCII's bytes, and what begins these: to UTF-8 such a text is English."""
_REFUSED = {"utf7", "unicode11utf7", "csutf7", "unicode20utf7"}

_XML_DECLARATION = re.compile(rb"""^\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*["']\s*([\w.:-]+)""", re.IGNORECASE)
_META = re.compile(rb"""<meta[^>]{0,300}?\bcharset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_LOOK = 4096  # bytes: browsers look at 1,024, but some sites put scripts first

CODECS = frozenset({_UTF8, _UTF32LE, _UTF32BE, *_LABELS.values(), *charset_guess.GUESSED, *charset_guess.LEVELS})
"""Every codec that a text may be read with: Python loads each when it is first asked for."""
_LABEL_BONUS = 8.0  # nats: a label is believed unless another codec reads far better
_MARGIN = 12.0  # nats by which a field must read better otherwise than as the rest of its document
_FIELDS = 100  # that are guessed on their own; what is left is read as most of them were
_LOOKED_AT = 5_000  # fields that are weighed
_PLAUSIBLE = 4.6  # nats a byte that text in its own encoding costs at most, where it is not very short
_ENOUGH = 3  # characters that are valid UTF-8: no accident
_FIELD = re.compile(rb"[\x80-\xff][^<>]*")


class UnknownCharset(ValueError):  # noqa: N818 — says what it is
    """The text is in an encoding that is refused."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, the codec that read it, and whether bytes had to be replaced."""

    text: str
    codec: str
    repaired: int = 0  # characters that stand for bytes that could not be read


def codec_of(label: str | None) -> str | None:
    """Return the Python codec for a charset label as browsers map it; None for an unknown label.

    Raises UnknownCharset for UTF-7, which no browser reads, because it smuggles markup.
    """
    name = re.sub(r"[^a-z0-9]", "", (label or "").lower())
    if name in _REFUSED:
        raise UnknownCharset(f"the charset {label} is not read: it hides markup")
    return _LABELS.get(name)


def header_label(content_type: str | None) -> str | None:
    """Return the charset of a Content-Type header."""
    found = _HEADER.search(content_type or "")
    return found.group(1) if found else None


def decode(body: bytes, content_type: str | None = None) -> Decoded:
    """Decode a feed or a page; `content_type` is the header's value. Raises UnknownCharset for UTF-7."""
    for mark, codec in _BOMS:
        if body.startswith(mark):
            return _lenient(body[len(mark) :], codec)
    labels = [codec_of(header_label(content_type)), codec_of(_declared(body))]
    wide = _without_mark(body)
    if wide:
        return _lenient(body, wide)
    for codec, begin in _SHIFTED.items():
        if codec in labels and begin in body[:_LOOK]:
            return _lenient(body, codec)
    try:
        return Decoded(body.decode(_UTF8), _UTF8)
    except UnicodeDecodeError:
        return _legacy(body, [label for label in labels if label])


def _declared(body: bytes) -> str | None:
    head = body[:_LOOK]
    found = _XML_DECLARATION.search(head) or _META.search(head)
    return found.group(1).decode("ascii", "replace") if found else None


def _without_mark(body: bytes) -> str | None:
    """Return the UTF-16 or UTF-32 codec that the zero bytes of markup reveal without a byte order mark."""
    head = body[:200]
    if len(head) < 4:  # noqa: PLR2004 — two characters
        return None
    zeros = [not any(head[place::4]) for place in range(4)]  # of a character's four bytes
    if zeros[2:] == [True, True] and not zeros[0]:
        return _UTF32LE
    if zeros[:2] == [True, True] and not zeros[3]:
        return _UTF32BE
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) / 4
    if odd > half and even < odd / 4:
        return _UTF16LE
    return _UTF16BE if even > half and odd < even / 4 else None


def _lenient(body: bytes, codec: str) -> Decoded:
    text = body.decode(codec, "replace").removeprefix("\ufeff")
    return Decoded(text, codec, text.count("\ufffd"))


def _legacy(body: bytes, labels: list[str]) -> Decoded:
    favoured = {label: _LABEL_BONUS for label in labels if not label.startswith("utf")}
    fields = [found[0] for found in islice(_FIELD.finditer(body), _LOOKED_AT)]
    repaired = _lenient(body, _UTF8)
    whole = sum(1 for char in repaired.text[:200_000] if char > "\x7f" and char != "\ufffd")
    # A few broken bytes in text that is UTF-8 otherwise: mend those, do not garble the rest.
    if (
        repaired.repaired * 4 <= whole
        or (labels[:1] == [_UTF8] and repaired.repaired <= 1)
        or sum(map(_is_utf8, fields)) * 2 > len(fields)
    ):
        return _by_field(body, _UTF8, favoured)
    foreign = (field for field in fields if not _is_utf8(field))
    return _by_field(body, charset_guess.likeliest(foreign, favoured), favoured)


def _is_utf8(field: bytes) -> bool:
    try:
        return len(field.decode(_UTF8)) <= len(field) - _ENOUGH
    except UnicodeDecodeError:
        return False


def _by_field(body: bytes, codec: str, favoured: dict[str, float]) -> Decoded:
    """Decode a document, and texts in it that are plainly in another encoding than the rest by themselves."""
    others: Counter[str] = Counter()
    pieces: list[str] = []
    end = 0
    for found in islice(_FIELD.finditer(body), None if codec == _UTF8 else _LOOKED_AT):
        other = _other(found[0], codec, favoured, others)
        if other != codec:
            pieces += (_lenient(body[end : found.start()], codec).text, _lenient(found[0], other).text)
            end = found.end()
    text = "".join([*pieces, body[end:].decode(codec, "replace")])
    return Decoded(text.removeprefix("\ufeff"), codec, text.count("\ufffd"))


def _other(field: bytes, codec: str, favoured: dict[str, float], others: Counter[str]) -> str:
    """Return the codec of one text in a document that is in `codec`; `others` counts what came of it."""
    read = field.decode(_UTF8, "replace")
    broken = read.count("\ufffd")
    whole = sum(char > "\x7f" for char in read) - broken
    if codec == _UTF8 and broken <= max(whole, 1):
        return codec
    sample = charset_guess.sample_of(field)
    cost = math.inf if codec == _UTF8 else charset_guess.cost(sample, codec)
    plausible = cost < _PLAUSIBLE * len(sample) + _MARGIN
    if not broken and (whole >= _ENOUGH or not plausible):
        return _UTF8
    if plausible:
        return codec
    if others.total() >= _FIELDS:
        return others.most_common(1)[0][0]
    other = charset_guess.likeliest([field], favoured)
    if charset_guess.cost(sample, other) + _MARGIN > cost:
        other = codec
    others[other] += 1
    return other
