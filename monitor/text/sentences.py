"""Sentence and paragraph boundaries in Ukrainian, Russian, English and Korean news.

By rules over the punctuation, in one pass: a full stop, question or exclamation mark, ellipsis or ideographic stop ends
a sentence when white space follows and what follows may begin one, unless the word before it is an abbreviation, an
initial or a number that leads a date. Closing quotation marks and brackets belong to the sentence that they close.
"""

from __future__ import annotations

import re

_PARAGRAPH = re.compile(r"\S(?:[^\n\f\u2029]|\n(?![^\S\n]*\n))*")
_CLOSERS = "\"'»”’)\\]）」』›"
_OPENERS = "\"'«“‘„(\\[（「『‹—–\\-"
_END = re.compile(f"(?P<mark>[.!?…。！？]+)(?P<close>[{_CLOSERS}]*)(?P<space>\\s+|(?<=[。！？])(?=\\S)|$)")
_WORD_BEFORE = re.compile(r"(?:[^\W\d_]+\.)*[^\W\d_]+(?:-[^\W\d_]+)?$|\d+$")
_NEXT = re.compile(f"[{_OPENERS}\\s]*(\\S)")
_LOOKBACK = 24  # characters: longer than any abbreviation

# Never at a sentence's end: a name or a number follows.
_BEFORE_NAME = frozenset(
    # Ukrainian and Russian
    "м с смт вул пл просп пр пров пер бул бульв обл р-н ім им св гр п тов пан д-р проф акад доц ред нар ст стор рис мал табл пп ч"
    " див зокр напр наприкл порів ул пос дер д г с ш наб корп кв ген полк підполк подполк кап лейт серж майор адм оп цит"
    " дж ю я є е св.ап зав зам нач гл тел т.зв т.н т.наз т.ч"
    # English
    " mr mrs ms dr prof gen col lt maj sgt capt cpl cmdr adm sen rep gov pres hon rev fr st mt ft sr jr.dr no nos vs fig vol op pp"
    " dist messrs mme mlle ald supt insp brig cf e.g i.e approx viz al.et"
    " jan feb mar apr jun jul aug sept sep oct nov dec".split()
)
# At an end only when a capital follows that begins no name we know of: after these a sentence often ends.
_MAYBE = frozenset(
    "т.д т.п т.ін др ін рр р руб грн коп тис млн млрд трлн долл дол год хв мин сек км м2 кг га н.е до.н.е ст в вв гг с.г с.р"
    " inc corp ltd co llc jr sr bros etc u.s u.k u.n u.s.a n.k s.k e.u d.c a.m p.m ph.d m.d b.c a.d d.p.r.k r.o.k".split()
)
_ALWAYS_MAY_END = frozenset("inc corp ltd co etc a.m p.m".split())


def paragraphs(text: str) -> list[tuple[int, int]]:
    """Give (start, end) of each paragraph: what blank lines part, without the white space around it."""
    return [
        (found.start(), found.start() + len(found.group().rstrip())) for found in _PARAGRAPH.finditer(text)
    ]


def sentences(text: str) -> list[tuple[int, int]]:
    """Give (start, end) of each sentence, without the white space around it, in order. Linear in the text's length.

    Every character that is no white space lies in exactly one sentence.
    """
    spans: list[tuple[int, int]] = []
    for start, end in paragraphs(text):
        spans.extend(_within(text, start, end))
    return spans


def _within(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Cut one paragraph."""
    spans = []
    at = start
    for found in _END.finditer(text, start, end):
        if found.end("close") >= end:
            break
        if _ends(text, found, at, end):
            spans.append((at, found.end("close")))
            at = found.end()
    spans.append((at, end))
    return spans


def _ends(text: str, found: re.Match[str], start: int, end: int) -> bool:
    """Tell whether this mark ends a sentence."""
    following = _NEXT.match(text, found.end(), min(end, found.end() + _LOOKBACK))
    after = following.group(1) if following else ""
    mark = found.group("mark")
    if mark[-1] in "。！？":
        return True
    if after.islower():
        return False
    if mark != ".":
        return True
    before = _WORD_BEFORE.search(text, max(start, found.start() - _LOOKBACK), found.start())
    return before is None or found.group("close") != "" or _full_stop_ends(before.group(), after, text, found)


def _full_stop_ends(word: str, after: str, text: str, found: re.Match[str]) -> bool:
    """Tell whether the full stop after `word`, before the character `after`, ends a sentence."""
    lowered = word.lower()
    if word.isdigit():
        return not _at_line_start(text, found.start() - len(word))
    if lowered in _ALWAYS_MAY_END:
        return True
    if lowered in _BEFORE_NAME:
        return False
    if lowered in _MAYBE:
        return after.isupper() and not _continues(text, found.end())
    is_initial = len(word) == 1 and word.isupper()
    return not is_initial


# What follows `U.S.` and the like inside a sentence: mostly a title or an institution.
_GOES_ON = re.compile(
    "(?:President|Secretary|Department|Army|Navy|Air|Forces?|Senate|House|Congress|State|Treasury|Ambassador|Embassy|Marine|Special"
    "|Defense|Vice|Sen|Rep|Gen|Security|Supreme|Capitol|Customs|Indo|Food|Pacific|Northern|Central|Strategic|Geological|Court|Attorney)"
)


def _continues(text: str, at: int) -> bool:
    return _GOES_ON.match(text, at) is not None


def _at_line_start(text: str, at: int) -> bool:
    """Tell whether a number leads its line: '1. Blinken arrived' is an item, not two sentences."""
    return at == 0 or text[at - 1] == "\n"
