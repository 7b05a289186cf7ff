"""Bytes to text for feeds and pages, whatever their labels claim.

The order is: byte-order mark, strict UTF-8, then the best of the label (mapped as browsers map it, WHATWG Encoding
Standard, 4.2) and of what the bytes look like. Pure; never raises but for UTF-7.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

_UTF8, _UTF16LE, _UTF16BE = "utf-8", "utf-16-le", "utf-16-be"
_BOMS = ((b"\xef\xbb\xbf", _UTF8), (b"\xff\xfe", _UTF16LE), (b"\xfe\xff", _UTF16BE))

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
_REFUSED = {"utf7", "unicode11utf7", "csutf7", "unicode20utf7"}

_XML_DECLARATION = re.compile(rb"""^\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*["']\s*([\w.:-]+)""", re.IGNORECASE)
_META = re.compile(rb"""<meta[^>]{0,300}?\bcharset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_LOOK = 4096  # bytes: browsers look at 1,024, but some sites put scripts first

# The commonest letters of running text, and what share of all non-ASCII characters they make, counted on newspaper
# text of each language. A wrong codec rarely reaches half of the share.
_COMMON = (
    ("cp1251", "оаеиіїнтсрвлкдмпуязьгбєчйыхжшщюцф", 0.93),
    ("koi8_u", "оаеиіїнтсрвлкдмпуязьгбєчйыхжшщюцф", 0.93),
    ("cp949", "이다의에는을고가하한은로사지기대인도해시서정부국을를과전북미자보일군장들", 0.40),
    ("cp932", "のにをはがとでたしていなるれらさもこかす、。", 0.50),
    ("euc_jp", "のにをはがとでたしていなるれらさもこかす、。", 0.50),
    ("gb18030", "的一是在不了有和人这中大为上国要以会年到说时后来对出，。", 0.30),
    ("big5hkscs", "的一是在不了有和人這中大為上國要以會年到說時後來對出，。", 0.30),
    ("iso8859_5", "оаеиіїнтсрвлкдмпуязьгбєчйыхжшщюцф", 0.93),
    ("cp866", "оаеиіїнтсрвлкдмпуязьгбєчйыхжшщюцф", 0.93),
    ("cp1252", "éèàâêîôûçäöüßñáíóúåæøœ’‘“”–—…«»°·£€§©®\xa0", 0.90),
    ("cp1250", "áčďéěíňóřšťúůýžąćęłńóśźżäöüßőű’‘“”„–—…«»\xa0", 0.88),
    ("iso8859_2", "áčďéěíňóřšťúůýžąćęłńóśźżäöüßőű\xa0", 0.88),
)
_SHARE = {codec: (frozenset(letters), share) for codec, letters, share in _COMMON}
CODECS = frozenset({_UTF8, *_LABELS.values(), *_SHARE})
"""Every codec that a text may be read with: Python loads each when it is first asked for."""
_LATIN = {"cp1252", "cp1250", "cp1254", "cp1257", "cp1258", "mac_roman"} | {
    f"iso8859_{n}" for n in (2, 3, 4, 10, 13, 14, 15, 16)
}  # their languages sprinkle letters over ASCII; all others write whole words beyond it
_LABEL_BONUS = 0.35  # a label is believed unless another codec reads far better
_SAMPLE = 20_000  # bytes: enough to tell, little to decode ten times


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
    if b"\x1b$" in body[:_LOOK] and "iso2022_jp" in labels:
        return _lenient(body, "iso2022_jp")
    try:
        return Decoded(body.decode(_UTF8), _UTF8)
    except UnicodeDecodeError:
        return _legacy(body, [label for label in labels if label])


def _declared(body: bytes) -> str | None:
    head = body[:_LOOK]
    found = _XML_DECLARATION.search(head) or _META.search(head)
    return found.group(1).decode("ascii", "replace") if found else None


def _without_mark(body: bytes) -> str | None:
    """Recognise UTF-16 by the zero bytes of its markup, whatever the label says."""
    head = body[:200]
    if len(head) < 4:  # noqa: PLR2004 — two characters
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    half = len(head) / 4
    if odd > half and even < odd / 4:
        return _UTF16LE
    return _UTF16BE if even > half and odd < even / 4 else None


def _lenient(body: bytes, codec: str) -> Decoded:
    text = body.decode(codec, "replace").removeprefix("\ufeff")
    return Decoded(text, codec, text.count("\ufffd"))


def _legacy(body: bytes, labels: list[str]) -> Decoded:
    repaired = _lenient(body, _UTF8)
    whole = sum(1 for char in repaired.text[:200_000] if char > "\x7f" and char != "\ufffd")
    # A few broken bytes in text that is UTF-8 otherwise: mend those, do not garble the rest.
    if repaired.repaired * 4 <= whole or (labels[:1] == [_UTF8] and repaired.repaired <= 1):
        return repaired
    sample = b"".join(_around(body))
    bonus = {label: _LABEL_BONUS for label in labels if not label.startswith("utf")}
    codecs = dict.fromkeys([*bonus, *_SHARE])
    dense = _density(sample)
    best = max(codecs, key=lambda codec: _score(sample, codec, dense) + bonus.get(codec, 0.0))
    return _lenient(body, best)


def _around(body: bytes) -> list[bytes]:
    """Return runs of non-ASCII bytes with their ASCII neighbours left out, so that markup does not thin the sample."""
    return re.findall(rb"[\x80-\xff][\x40-\xff]*(?: |\n|)", body[: _SAMPLE * 20])[:_SAMPLE]


def _density(sample: bytes) -> float:
    """Return the share of non-ASCII bytes that another one follows: near 0 in French, above 0.7 in Cyrillic."""
    high = [byte > 0x7F for byte in sample[:_SAMPLE]]  # noqa: PLR2004 — the end of ASCII
    return sum(a and b for a, b in pairwise(high)) / max(1, sum(high))


def _score(sample: bytes, codec: str, dense: float) -> float:
    """Return how much `sample` looks like text in `codec`: about 1 for the right one, below 0.5 for others."""
    text = sample[:_SAMPLE].decode(codec, "replace")
    strange = [char for char in text if char > "\x7f"]
    if not strange:
        return 0.0
    broken = sum(char == "\ufffd" or "\x80" <= char <= "\x9f" or "\ue000" <= char <= "\uf8ff" for char in strange)
    unlikely = max(0.0, dense - 0.2) if codec in _LATIN else max(0.0, 0.5 - dense)
    faults = unlikely + 3 * broken / len(strange)
    letters, share = _SHARE.get(codec, (None, 1.0))
    if letters is None:  # a labelled codec without a profile (Greek, Thai) wins, but for what it cannot read
        return 0.9 - faults
    common = sum(char in letters for char in strange)
    return min(common / len(strange) / share, 1.2) - faults
