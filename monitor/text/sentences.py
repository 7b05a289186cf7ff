"""Sentence and paragraph boundaries in Ukrainian, Russian, English and Korean news.

By rules over the punctuation, in one pass: a full stop, question or exclamation mark, ellipsis or ideographic stop ends
a sentence when white space follows and what follows may begin one, unless the word before it is an abbreviation, an
initial or a number that leads a date. Closing quotation marks and brackets belong to the sentence that they close.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PARAGRAPH = re.compile(r"\S[^\n\f\u2029]*(?:\n(?![^\S\n]*\n)[^\n\f\u2029]*)*")
_CLOSERS = "\"'»”’)\\]）」』›"
_OPENERS = "\"'«“‘„(\\[（「『‹—–\\-"
_MARKS = ".!?…。！？"
# The look-behind and the possessive repeats keep a run of a million full stops linear.
_END = re.compile(
    f"(?<![{_MARKS}])(?P<mark>[{_MARKS}]++)(?P<close>[{_CLOSERS}]*+)(?P<space>\\s+|(?<=[。！？])(?=\\S)|$)"
)
_WORD_BEFORE = re.compile(r"(?:[^\W\d_]+\.)*[^\W\d_]+(?:-[^\W\d_]+)?$|\d+$")
_NEXT = re.compile(f"[{_OPENERS}\\s]*(\\S)")
_LOOKBACK = 24  # characters: longer than any abbreviation
_DECIDED = 1000  # surroundings whose decision a paragraph remembers

# Never at a sentence's end: a name or a number follows. Ukrainian and Russian, then English.
_BEFORE_NAME_TEXT = (
    "м с смт вул пл просп пр пров пер бул бульв обл р-н ім им св гр п тов пан д-р проф акад доц ред нар ст"
    " пп ч див зокр напр наприкл порів ул пос дер д г ш наб корп кв ген полк підполк подполк кап лейт серж майор"
    " адм оп цит дж зав зам нач гл тел т.зв т.н т.наз т.ч"
    " mr mrs ms dr prof gen col lt maj sgt capt cpl cmdr adm sen rep gov pres hon rev fr st mt ft sr vs"
    " op pp dist messrs mme mlle ald supt insp brig cf e.g i.e approx viz ca"
    " jan feb mar apr jun jul aug sept sep oct nov dec"
)
_BEFORE_NAME = frozenset(_BEFORE_NAME_TEXT.split())
# Never at a sentence's end before a number; some are words too ('рис', 'no').
_BEFORE_NUMBER_TEXT = (
    "рис мал табл стор буд оф міс січ лют берез квіт трав черв лип серп верес жовт листоп груд янв февр апр авг сент"
    " окт нояб дек no nos fig vol art sec ch para"
)
_BEFORE_NUMBER = frozenset(_BEFORE_NUMBER_TEXT.split())
_AFTER_HOUR = re.compile(
    "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:E|C|M|P)[SD]T|(?:K|J|I)ST|GMT|UTC|BST|Eastern|Pacific"
)
# May end a sentence: does when a capital follows.
_MAYBE_TEXT = (
    "т.д т.п т.ін др ін рр р руб грн коп тис млн млрд трлн долл дол год хв мин сек км м2 кг га н.е до.н.е ст в вв"
    " гг с.г с.р inc corp ltd co llc jr sr bros etc a.m p.m ph.d m.d b.c a.d"
)
_MAYBE = frozenset(_MAYBE_TEXT.split())
# Countries, mostly before another name ('U.S. Ambassador'): end a sentence only before the commonest openings of one.
_COUNTRIES_TEXT = "u.s u.k u.n u.s.a n.k s.k e.u d.c d.p.r.k r.o.k u.a.e"
_HOURS = frozenset({"a.m", "p.m"})
_COUNTRIES = frozenset(_COUNTRIES_TEXT.split())
_OPENING = re.compile(
    "(?:The|A|An|In|On|At|By|For|From|With|He|She|It|They|We|I|You|But|And|So|As|If|When|While|This|That|These|Those"
    "|His|Her|Its|Their|There|After|Before|Since|Last|Earlier|Later|However|Meanwhile|What|Who|How|Why|Some|Many|Both|No|Not|Now)\\b"
)


def paragraphs(text: str) -> list[tuple[int, int]]:
    """Return (start, end) of each paragraph; blank lines separate them, white space around them is left out."""
    return [(found.start(), found.start() + len(found.group().rstrip())) for found in _PARAGRAPH.finditer(text)]


def sentences(text: str) -> list[tuple[int, int]]:
    """Return (start, end) of each sentence, without the white space around it, in order. Linear in the text's length.

    Every character that is no white space lies in exactly one sentence.
    """
    spans: list[tuple[int, int]] = []
    for start, end in paragraphs(text):
        spans.extend(_within(text, start, end))
    return spans


def ends_between(text: str, start: int, end: int) -> bool:
    """Return whether a sentence ends in what stands between two words, from `start` to `end`.

    What decides stands near: texts of many alike places, such as lists, are decided once.
    """
    first = max(0, start - _LOOKBACK - 2)
    return _ends_within(text[first : end + _LOOKBACK], start - first, end - first)


@lru_cache(maxsize=4096)
def _ends_within(text: str, start: int, end: int) -> bool:
    found = _END.search(text, start, end)
    return found is not None and _ends(text, found, 0, len(text))


def _within(text: str, start: int, end: int) -> list[tuple[int, int]]:
    spans = []
    at = start
    decided: dict[str, bool] = {}
    for found in _END.finditer(text, start, end):
        close = found.end("close")
        if close >= end:
            break
        # Far from the sentence's beginning only what stands around a mark decides: endless lists repeat themselves.
        far = found.start() - at > _LOOKBACK + 1
        around = text[found.start() - _LOOKBACK - 1 : found.end() + _LOOKBACK] if far else ""
        ends = decided.get(around) if far else None
        if ends is None:
            ends = _ends(text, found, at, end)
            if far and len(decided) < _DECIDED:
                decided[around] = ends
        if ends:
            spans.append((at, close))
            at = found.end()
    spans.append((at, end))
    return spans


def _ends(text: str, found: re.Match[str], start: int, end: int) -> bool:
    """Return whether this mark ends a sentence."""
    following = _NEXT.match(text, found.end(), min(end, found.end() + _LOOKBACK))
    after = following.group(1) if following else ""
    mark = found.group("mark")
    if mark[-1] in "。！？":
        return True
    if after.islower():
        return False
    if mark != ".":
        return True
    if not text[found.start() - 1 : found.start()].isalnum():
        return True
    before = _WORD_BEFORE.search(text, max(start, found.start() - _LOOKBACK), found.start())
    return before is None or found.group("close") != "" or _full_stop_ends(before.group(), after, text, found, start)


def _full_stop_ends(word: str, after: str, text: str, found: re.Match[str], start: int) -> bool:
    """Return whether the full stop after `word`, before the character `after`, ends the sentence from `start`."""
    lowered = word.lower()
    if word.isdigit():
        # A number that opens a sentence or a line leads an item: '1. Blinken arrived' is not two sentences.
        at = found.start() - len(word)
        return at > start and text[at - 1] != "\n"
    if len(word) == 1 and word.isupper():
        # An initial, unless it belongs to a number: 'under 2C. Many …'
        return text[max(0, found.start() - 2)].isdigit()
    if lowered in _COUNTRIES:
        return _OPENING.match(text, found.end()) is not None
    if after.isdigit() and (lowered in _BEFORE_NUMBER or len(word) == 1):
        return False
    if lowered in _MAYBE:
        return after.isupper() and not (lowered in _HOURS and _AFTER_HOUR.match(text, found.end()))
    return lowered not in _BEFORE_NAME
