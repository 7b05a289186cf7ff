"""Unicode normalisation for terms and texts alike, with every offset traceable to the original.

What is unified: apostrophes inside words (before any normal form: NFKC would break U+00B4), canonical composition
(NFC), full-width forms, Latin look-alikes inside Cyrillic words and the reverse. What is dropped: stress marks
(U+0301), soft hyphens, zero-width and bidirectional marks, Arabic vowel signs and tatweel. Everything is linear in the
text's length, whatever it holds: runs of combining marks are cut at 30, as the Stream-Safe Text Format of Unicode's
UAX 15 says.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from monitor.fields.lookalikes import TO_CYRILLIC, TO_LATIN

APOSTROPHES = "’ʼ`´‘′ʹ‛ꞌ"  # inside words they become the straight one
# What typists and careless software have for an apostrophe in Ukrainian, where nothing but these letters follows one:
# a quotation mark ('Слов”янськ', 'об"єкт'), or two apostrophes.
_SOFT = "(?=[яюєїЯЮЄЇ])"
QUOTE_APOSTROPHE = re.compile(f'[”"]{_SOFT}(?<=[А-Яа-яҐґЄєІіЇї].)')
TWO_APOSTROPHES = re.compile(f"['{APOSTROPHES}]{{2}}{_SOFT}(?<=[А-Яа-яҐґЄєІіЇї]..)")
MIDDLE_DOTS = "·ㆍ・‧∙"  # between countries that stand for themselves by one syllable: 한·미
_CHUNK = 100  # characters; longer runs of marks would make `is_normalized` quadratic
_KNOWN_SPANS = 10_000  # how many spans' changes a text remembers
_INSIDE = frozenset({"Mn", "Mc", "Me", "Cf"})
MARKS_KEPT = 30  # UAX 15, Stream-Safe Text Format: no natural word has more

# Characters that no step below changes, alone or side by side: NFC_QC=Yes, combining class 0, not dropped.
# (The negated class is searched for, so that a clean text costs one scan in C.)
_CLEAN = (
    "\x00-\xac\xae-\u02ff\u0370-\u0373\u0375-\u037d\u037f-\u0386\u0388-\u03ff"
    "\u0400-\u0482\u048a-\u0590\u05be\u05c0\u05c3\u05c6\u05d0-\u05f4\u0620-\u063f\u0641-\u064a\u0660-\u066f\u0671-\u06d3\u0904-\u0939"
    "\u0e01-\u0e30\u1e00-\u1eff\u2002-\u200a\u2010-\u2027\u202f-\u205f\u20a0-\u20cf"
    "\u2100-\u2125\u2127-\u2129\u212c-\u2328\u232b-\u2adb\u2add-\u2cee\u2cf2-\u2d7e\u2d80-\u2ddf\u2e00-\u2fff\u3001-\u3029\u3030-\u3098\u309b-\ua66e"
    "\uac00-\ud7a3\uffe8-\ufff8\ufffc\ufffd\U0001f000-\U0001faff"
)
_SUSPECT = re.compile(f"[^{_CLEAN}]")
_SPAN = re.compile(f"(?:[{_CLEAN}]?[^{_CLEAN}]+)")
_DROP = (
    "\u0301\u00ad\u034f\u061c\u0640\u064b-\u0652\u0670\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
)
_DROPPED = re.compile(f"[{_DROP}]+")
_IGNORED = re.compile("[\u00ad\u034f\u061c\u0640\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]+")
_MANY_MARKS = re.compile(f"[^{_CLEAN}]{{{MARKS_KEPT + 1}}}")
_FULL_WIDTH = {0x3000: " ", **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}}
_IS_FULL_WIDTH = re.compile("[\u3000\uff01-\uff5e]")
# A mark of the letter before, or a character that will be dropped, does not part an apostrophe from its letters.
_APOSTROPHE = re.compile(f"[{APOSTROPHES}](?:(?<=[^\\W\\d_].)|(?<=[\u0300-\u036f{_DROP}].))(?=[{_DROP}]*+[^\\W\\d_])")
_CYRILLIC = "\u0400-\u0482\u048a-\u052f"
_LATIN = "A-Za-z\xc0-\xd6\xd8-\xf6\xf8-\u024f\u1e00-\u1eff"
# Only from a word's start, and possessive: a word of a million letters stays linear.
_MIXED = re.compile(
    f"(?<![{_LATIN}{_CYRILLIC}])(?:[{_LATIN}]++(?=[{_CYRILLIC}])|[{_CYRILLIC}]++(?=[{_LATIN}]))[{_LATIN}{_CYRILLIC}]++"
)
# Of a Persian ه the hamza that marks the ezafe goes: حملهٔ and حملۀ are حمله.
_ARABIC = str.maketrans("یکۀ٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "يكه01234567890123456789", "\u0654")
_ENDED = re.compile("[A-Z]{2,}[а-яіїєґ]{1,4}$")
_IS_CYRILLIC = re.compile(f"[{_CYRILLIC}]")


@dataclass(frozen=True, slots=True)
class Normalised:
    """A normalised text, and the original position of each of its stretches.

    `places` and `origins` have one length and both start at 0: from `places[i]` (in `text`) to `places[i + 1]` the text
    came from `origins[i]` (in the original) to `origins[i + 1]`. Where both stretches are equally long they are equal
    character by character; otherwise the stretch came as a whole from the other. The last pair is both lengths.
    """

    text: str
    places: tuple[int, ...]
    origins: tuple[int, ...]

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Return the span in the original for the span `start`, `end` of `text` (0 <= start <= end <= length)."""
        if not 0 <= start <= end <= len(self.text):
            msg = f"span {start}:{end} lies outside the normalised text of {len(self.text)} characters"
            raise IndexError(msg)
        if start == end:
            at = self._start(start)
            return at, at
        return self._start(start), self._end(end)

    def origins_of(self, starts: Sequence[int], ends: Sequence[int]) -> tuple[list[int], list[int]]:
        """Return the spans in the original for many spans of `text`, none empty, in order and apart (as of tokens)."""
        places, origins, last = self.places, self.origins, len(self.places) - 2
        found_starts, found_ends = [], []
        one = two = 0
        for start, end in zip(starts, ends, strict=True):
            while one < last and places[one + 1] <= start:
                one += 1
            two = max(one, two)
            while two < last and places[two + 1] < end:
                two += 1
            even = places[one + 1] - places[one] == origins[one + 1] - origins[one]
            found_starts.append(origins[one] + start - places[one] if even else origins[one])
            even = places[two + 1] - places[two] == origins[two + 1] - origins[two]
            found_ends.append(origins[two] + end - places[two] if even else origins[two + 1])
        return found_starts, found_ends

    def _start(self, place: int) -> int:
        """Return the original offset of the character at `place`: the first of its stretch where that is one piece."""
        index = min(bisect_right(self.places, place), len(self.places) - 1) - 1
        index = max(index, 0)
        length = self.places[index + 1] - self.places[index]
        if length == self.origins[index + 1] - self.origins[index]:
            return self.origins[index] + place - self.places[index]
        return self.origins[index + 1] if place == self.places[index + 1] else self.origins[index]

    def _end(self, place: int) -> int:
        """Return the original's offset after the character before `place`."""
        index = bisect_right(self.places, place - 1) - 1
        length = self.places[index + 1] - self.places[index]
        if length == self.origins[index + 1] - self.origins[index]:
            return self.origins[index] + place - self.places[index]
        return self.origins[index + 1]


def is_clean(text: str) -> bool:
    """Return whether `normalise` would leave every character as it is, look-alikes aside."""
    return _SUSPECT.search(text) is None


def unchanged(text: str) -> Normalised:
    """Return `text` as a normalised text that equals its original."""
    return Normalised(text, (0, len(text)), (0, len(text)))


def concatenated(parts: Iterable[Normalised]) -> Normalised:
    """Return the concatenation of adjacent normalised texts."""
    texts: list[str] = []
    places, origins = [0], [0]
    for part in parts:
        place, origin = places[-1], origins[-1]
        texts.append(part.text)
        places += [place + one for one in part.places[1:]]
        origins += [origin + one for one in part.origins[1:]]
    return Normalised("".join(texts), tuple(places), tuple(origins))


def normalise(text: str) -> Normalised:
    """Normalise `text`; see the module's docstring. Any string is accepted, lone surrogates too."""
    if _IS_FULL_WIDTH.search(text):
        text = text.translate(_FULL_WIDTH)
    text = QUOTE_APOSTROPHE.sub("'", TWO_APOSTROPHES.sub("'\u2060", text))  # the second is one of the dropped
    text = _APOSTROPHE.sub("'", text)
    if is_clean(text):
        normalised = unchanged(text)
    elif _is_composed(text):
        normalised = _without_dropped(text)
    else:
        normalised = _composed(text)
    return _repair_lookalikes(normalised)


def _is_composed(text: str) -> bool:
    """Return whether the text is in normal form, dropped characters aside."""
    kept = _IGNORED.sub("", text)
    return _MANY_MARKS.search(kept) is None and unicodedata.is_normalized("NFC", kept)


def _without_dropped(text: str) -> Normalised:
    """Normalise by dropping characters alone, the common case; their positions belong to the character before."""
    kept, dropped = _DROPPED.split(text), _DROPPED.findall(text)
    places, origins = [0], [0]
    gone = 0
    for place, length in zip(accumulate(map(len, kept)), map(len, dropped), strict=False):
        if place:
            places.append(place - 1)
            origins.append(place - 1 + gone)
        gone += length
        places.append(place)
        origins.append(place + gone)
    whole = "".join(kept)
    return Normalised(whole, (*places, len(whole)), (*origins, len(text)))


def _composed(text: str) -> Normalised:
    """Compose each base character with its marks, without the dropped characters."""
    pieces: list[str] = []
    places, origins = [0], [0]
    place = done = 0
    known: dict[str, list[tuple[int, int, str]]] = {}
    for found in _SPAN.finditer(text):
        span, at = found.group(), found.start()
        changes = known.get(span)
        if changes is None:
            changes = list(_changes(span))
            if len(known) < _KNOWN_SPANS:
                known[span] = changes
        for start, end, new in changes:
            pieces.append(text[done : at + start])
            place += at + start - done
            _mark(places, origins, place, at + start)
            pieces.append(new)
            place, done = place + len(new), at + end
            _mark(places, origins, place, done)
    pieces.append(text[done:])
    _mark(places, origins, place + len(text) - done, len(text))
    return Normalised("".join(pieces), tuple(places), tuple(origins))


def _changes(span: str) -> Iterator[tuple[int, int, str]]:
    """Return start, end and replacement of each part of a suspect span that is not in normal form."""
    for start, end in _clusters(span, 0, len(span)):
        new = _cluster(span[start:end])
        if new != span[start:end]:
            yield start, end, new


def _mark(places: list[int], origins: list[int], place: int, origin: int) -> None:
    """Add a boundary; one that does not move in either text would be an empty stretch."""
    if place != places[-1] or origin != origins[-1] or len(places) == 1:
        places.append(place)
        origins.append(origin)


def _clusters(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a suspect span before every character that composes with nothing before it; leave out what does not change.

    Words in scripts that are not known as clean mostly do not: they are looked at whole, `_CHUNK` characters a time.
    """
    while start < end:
        upto = min(start + _CHUNK, end)
        while upto < end and _joins(text[upto]):
            upto += 1
        chunk = text[start:upto]
        stable = _DROPPED.search(chunk) is None and len(chunk) <= 2 * _CHUNK and unicodedata.is_normalized("NFC", chunk)
        if not stable:
            cuts = [start, *(at for at in range(start + 1, upto) if not _joins(text[at])), upto]
            yield from pairwise(cuts)
        start = upto


def _joins(char: str) -> bool:
    """Return whether a character belongs to the one before it: marks, Hangul vowels and finals, dropped ones."""
    return unicodedata.category(char) in _INSIDE or "\u1160" <= char <= "\u11ff"


def _cluster(text: str) -> str:
    text = _IGNORED.sub("", text)[: MARKS_KEPT + 1]
    return _DROPPED.sub("", unicodedata.normalize("NFC", text))


def _repair_lookalikes(normalised: Normalised) -> Normalised:
    """Write each mixed word in its majority script, where every letter of the minority has a twin. Keeps the length."""
    if not _MIXED.search(normalised.text):
        return normalised
    return Normalised(_MIXED.sub(_repair, normalised.text), normalised.places, normalised.origins)


def _repair(found: re.Match[str]) -> str:
    """Repair one mixed word; 'KНДР' is, 'mРНК' is not, nor is an acronym with a Cyrillic ending ('COVIDу').

    An acronym may have few letters without a twin ('KHДP', 'ВМW'): there, either script may be the wanted one.
    """
    word = found.group()
    if _ENDED.match(word):
        return word
    cyrillic = len(_IS_CYRILLIC.findall(word))
    latin = len(word) - cyrillic
    acronym = word.isupper()
    for wanted, table in ((cyrillic >= latin or acronym, TO_CYRILLIC), (latin >= cyrillic or acronym, TO_LATIN)):
        repaired = word.translate(table)
        if wanted and not _MIXED.search(repaired):
            return repaired
    return word


def key(token: str) -> str:
    """Return the lookup key of a normalised token: case folded, NFKC, ё as е. One key, one word.

    Letters that keyboards write in two ways are one: Romanian ș and ț with a comma or a cedilla, Persian and Arabic ی
    and ک; so are the digits of Persian and Arabic and ours.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", token.casefold()).casefold())
    folded = _DROPPED.sub("", folded).replace("ё", "е").replace("ș", "ş").replace("ț", "ţ")
    return folded.translate(_ARABIC) if "\u0600" <= folded[:1] <= "\u06ff" else folded
