"""Terms that cannot find what is meant: written for another program, or in another script's letters.

Nothing here is an error: what a user writes may be meant. Each note says what is wrong, and what is probably right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from html import unescape
from urllib.parse import unquote

from monitor.fields.lookalikes import TO_CYRILLIC, as_latin, odd_letters
from monitor.i18n import Phrases
from monitor.text.known_words import is_known
from monitor.text.normalise import key as lookup_key
from monitor.watch.query.nodes import Leaf, LeafKind
from monitor.watch.query.parse import blank_quoted
from monitor.watch.wording import FOLDER

_SAID = Phrases(FOLDER)
_WORDS = {"АБО": "OR", "ЧИ": "OR", "ИЛИ": "OR", "ЛИБО": "OR", "ODER": "OR", "LUB": "OR", "OU": "OR", "또는": "OR"}
_JOINING = {"І": "AND", "Й": "AND", "ТА": "AND", "И": "AND", "UND": "AND", "ET": "AND", "그리고": "AND"}
_JOINING |= {"БЕЗ": "NOT", "WITHOUT": "NOT", "ADJ": "ONEAR/1", "ANDNOT": "AND NOT", "BUTNOT": "NOT"}
_JOINING |= {"НЕ": "NOT", "NICHT": "NOT", "БІЛЯ": "NEAR/5", "ПОРУЧ": "NEAR/5", "РЯДОМ": "NEAR/5", "ВОЗЛЕ": "NEAR/5"}
"""Operators in other languages; the second ones only among words that are not all in capitals."""
_OURS = re.compile(r"(?:AND|OR|NOT|SENTENCE|PARAGRAPH|O?NEAR/\d+)")
_EITHER = re.compile(
    r"\s*(?:\|\|?|｜|;|；|，|、|•)\s*|,\s+|\s+(?://?|and/or|та/або|і/або|и/или|OR|or|АБО|або|ЧИ|чи|ИЛИ|или|ЛИБО|либо|ODER|oder|LUB|lub|또는)\s+|(?<=\D{4})/(?=\D{4})"
)
_SLASHED = re.compile(r"[^\W\d_A-ZА-ЯҐЄІЇ]{4,}(?:/[^\W\d_A-ZА-ЯҐЄІЇ]{4,})+")
_APART = re.compile(r"\s//?\s|(?:and/or|та/або|і/або|и/или)\s")
_FOLDED = re.compile(r"\s+-\s+")
_DISTANCE = re.compile(
    r"""(?P<left>\S.*?)\s+(?P<mark>(?:(?P<order>pre|onear)|w|n|p|near|within|adj)
    (?:/|(?<=near)|(?<=within)|(?<=adj))\s?(?P<words>\d+))\s+(?P<right>.*\S)""",
    re.IGNORECASE | re.VERBOSE,
)
_AROUND = re.compile(
    r"(?P<left>\S.*?)\s+(?P<mark>AROUND\s?\((?P<around>\d+)\)|[/~](?P<words>\d+)|(?P<order>O)?NEAR|/(?P<unit>[sp]))"
    r"\s+(?P<right>.*\S)"
)
_NEARNESS = 5  # words, where another program's own number is not written
_UNITS = {"s": "SENTENCE", "p": "PARAGRAPH"}
_ATLEAST = re.compile(r"(?P<mark>atleast/?(?P<count>\d+))\s+(?P<term>.+)", re.IGNORECASE)
_MINUS = re.compile(r"(?P<wanted>\S.*?)\s+(?P<mark>-)(?P<unwanted>[^\W\d_]\S*)")
_SITE = re.compile(r"(?P<before>.*?)\s*(?P<mark>site:)(?P<site>\S+)\s*(?P<after>.*)", re.IGNORECASE)
_SETTING = re.compile(
    r"(?P<before>.*?)\s*(?P<mark>(?:source|lang|language|from|until|since|after|before|filetype|keywords?|term|word|hd|hlp|rst|tx)"
    r"[:=])(?P<value>\([^()]+\)|\S*)\s*(?P<after>.*)",
    re.IGNORECASE,
)
_TERM_SETTINGS = frozenset({"keyword", "keywords", "term", "word", "hd", "hlp", "tx"})
_LANGUAGE_MARK = re.compile(r"(?P<mark>(?:en|uk|ua|ru|ko|kr|pl|de):)\s+(?P<term>.+)")
_REGEX = re.compile(r"(?P<mark>\\[bBdDsSwW]|\[[^\W\d_]{2,}\](?=\w)|\(\?)")
_ENTITY = re.compile(r"(?P<mark>&(?:#\d+|#x[0-9a-f]+|[a-z]+);)", re.IGNORECASE)
_ESCAPE = re.compile(r"(?P<mark>%[0-9A-Fa-f]{2})")
_TAG = re.compile(r"(?P<mark></?[a-z]+>)", re.IGNORECASE)
_NUMBERED = re.compile(r"(?P<mark>\d{1,2}[.)])\s+(?P<term>[^\W\d_].*)")
_BOOST = re.compile(r"(?P<term>.*\w)(?P<mark>\^\d+(?:\.\d+)?)")
_REMARK = re.compile(
    r"(?P<term>\S.*?)\s+(?P<mark>[(\[](?:not|exact|без|не|кроме|крім|окрім|en|uk|ua|ru|ko)\b[^)\]]*[)\]])",
    re.IGNORECASE,
)
_SPACED = re.compile(r"(?:[^\W\d_] ){3,}[^\W\d_]")
_CAPITALS = 5
"""Letters of a word in capitals, at least, that is told to be no acronym where dictionaries have it."""
_SYLLABLES = re.compile("[가-힣]")
_TILDE = re.compile(r'"(?P<terms>[^"]+)"\s*~\s*(?P<words>\d+)')
_FUZZY = re.compile(r"(?P<word>\w{3,})(?P<mark>~\d*)")
_MUST = re.compile(r"(?:^|(?<=\s))(?P<mark>[+!^])(?=[^\W\d_])")
_WILDCARD = re.compile(r"(?P<stem>[^\W\d_]{3,})(?P<mark>[?%$]|\.\*)(?:\w*)")
_FIELD = re.compile(r"(?P<mark>(?P<field>intitle|allintitle|headline|subject|inurl):)\s*(?P<term>.+)", re.IGNORECASE)
_FIELDS = {"inurl": "url"}
# Quotation marks of YAML, of keyboards and of other languages, which are none here, with their partners.
_MARKS = (
    ("(?<![\\w'])(?:''|``|['‘’‚‛`´])", "(?:''|['‘’‛`´])(?![\\w'])"),
    ("[‹›]", "[‹›]"),
    ("「", "」"),
    ("『", "』"),
    ("《", "》"),
    ("〈", "〉"),
    ("[〝〟＂″]", "[〞〟＂″]"),
    ("<{1,2}", ">{1,2}"),
)
_QUOTED_WORDS = r"[^\s'‘’‚‛`´‹›「」『』《》〈〉〝〞〟＂″<>\"()]+"
_OTHER_QUOTES = re.compile(
    "|".join(rf"{opens}({_QUOTED_WORDS}(?:\s+{_QUOTED_WORDS})+){closes}" for opens, closes in _MARKS)
)
_STOPPED = re.compile(r"(?P<word>[^\W\d_]{5,})\.")
_BRACKETS = re.compile(r"^(?P<mark>[(\[{])(?P<inner>[^()\[\]{}]+)[)\]}]$")
_PLAIN = re.compile(r"[\w .-]+")
_PLAIN_WORDS = re.compile(r"[^\W\d_]+(?:[ '’-][^\W\d_]+)*")
_EITHER_WORDS = frozenset({"or", "або", "чи", "или", "либо", "oder", "lub", "그리고", *_WORDS})
_LEAST = 3  # letters of a word that is told to be written in another script
_LETTERS = re.compile(r"[^\W\d_]+")
_CYRILLIC_WORD = re.compile("[а-яёґєії]+")
_WOMEN = ("ова", "ева", "єва", "ина", "іна", "їна")  # base forms of surnames, as well
_STEM = 3  # letters of a name that all its cases have
_IN_CASE = "term base phrase"
# Endings of Ukrainian and Russian names in the singular, the longest first, with those that the base form may have.
_CASES = {
    "овом": ("ів",),
    "євом": ("їв",),
    "єва": ("їв",),
    "єву": ("їв",),
    "ова": ("ів",),
    "ову": ("ів",),
    "ого": ("ий", "ый", "ой"),
    "ому": ("ий", "ый", "ой"),
    "ові": ("", "о", "ів"),
    "еві": ("ь", "й"),
    "єві": ("й", "їв"),
    "ою": ("а",),
    "ею": ("я", "а"),
    "єю": ("я",),
    "ією": ("ія",),
    "ом": ("", "о"),
    "ем": ("ь", "й", ""),
    "єм": ("й",),
    "им": ("ий", ""),
    "ым": ("ый", ""),
    "ії": ("ія",),
    "ии": ("ия",),
    "ию": ("ия", "ий"),
    "ія": ("ій",),
    "а": ("", "о"),
    "у": ("", "а", "о"),
    "я": ("ь", "й"),
    "ю": ("ь", "й", "я"),
    "е": ("", "а"),
    "і": ("а", ""),
    "и": ("а", "я"),
    "ы": ("а",),
}


def is_plain(text: str) -> bool:
    """Return whether a keyword can have no slip: words in letters, none of them an operator or all in capitals.

    Most are such, and there may be 100,000 of them.
    """
    return (
        _PLAIN_WORDS.fullmatch(text) is not None
        and text[1:2] != " "
        and not any(word.isupper() or word in _EITHER_WORDS for word in text.split(" "))
    )


def of_term(leaf: Leaf, written: str, known: Callable[[str], bool]) -> Iterator[str]:
    """Return a note on each slip of a keyword; `known` says whether the catalogue has a name."""
    if leaf.kind in (LeafKind.REGEX, LeafKind.ENTITY):
        return
    text = leaf.text
    yield from _odd_operators(text)
    capitals = _of_capitals(text, known)
    if capitals is not None:
        yield capitals
    if _SPACED.fullmatch(text):
        yield _SAID.text("slip spaced", term=text, meant=text.replace(" ", ""))
    note = _of_text(text, quoted=leaf.kind is LeafKind.PHRASE and written.strip()[:1] in '"“„«')
    if note is not None:
        yield note
    yield from _lookalikes(text, known)


def of_query(text: str, leaves: Iterable[Leaf], known: Callable[[str], bool]) -> Iterator[str]:
    """Return a note on each slip of a query, whose terms are `leaves`."""
    yield from _odd_operators(text)
    meant = _as_query(text)
    if meant != text:
        yield _SAID.text("slip query", query=text, meant=meant)
    for leaf in leaves:
        if leaf.kind not in (LeafKind.REGEX, LeafKind.ENTITY):
            yield from _lookalikes(leaf.text, known)


def of_case(word: str, names: Container[str]) -> str | None:
    """Return the note on a name of the catalogue that is written in another case: 'Пхеняну', 'Зеленським'.

    `names` are the catalogue's, of one word and in small letters. None for any other word.
    """
    lowered = word.lower()
    if not word.istitle() or not _CYRILLIC_WORD.fullmatch(lowered) or lowered in names:
        return None
    for ending, bases in _CASES.items():
        stem = lowered.removesuffix(ending)
        if stem != lowered and len(stem) >= _STEM:
            meant = next((stem + base for base in bases if stem + base in names), None)
            if meant is not None and not (ending == "а" and lowered.endswith(_WOMEN)):
                return _SAID.text(_IN_CASE, term=word, meant=meant.capitalize())
    return None


def is_of_case(note: str) -> bool:
    """Return whether a note says that a term is not in its base form."""
    return _SAID.key_of(note, "term") == _IN_CASE


def _of_capitals(text: str, known: Callable[[str], bool]) -> str | None:
    """Return the note on words in capitals that are no acronyms: 'NORTH KOREA', 'MISSILE'; None for others.

    A term in capitals is found in capitals alone, so that 'WHO' is not 'who'.
    """
    words = text.split()
    if not text.isupper() or not all(word.isalpha() for word in words) or any(map(_OURS.fullmatch, words)):
        return None
    named = known(text) and len(words) > 1
    common = len(text) >= _CAPITALS and is_known(lookup_key(text)) and not known(text)
    if not named and not common:
        return None
    return _SAID.text("slip capitals", term=text, meant=text.title() if named else text.lower())


def _of_text(text: str, *, quoted: bool) -> str | None:
    """Return the note on what a keyword holds that means something elsewhere; None for nothing."""
    for pattern, key, meant in _SHAPES:
        found = pattern.search(text)
        if found is not None:
            right = meant(found)
            if right is not None:
                return _SAID.text(key, term=text, mark=found["mark"], meant=right)
    stopped = _STOPPED.fullmatch(text)
    if stopped is not None and text.islower() and is_known(lookup_key(stopped["word"])):  # no abbreviation
        return _SAID.text("slip stop", term=text, meant=stopped["word"])
    folded = _FOLDED.split(text)
    if len(folded) > 1 and all(folded):
        return _SAID.text("slip folded", term=text, meant=_as_list(folded))
    bare = _BRACKETS.sub(r"\g<inner>", text)
    either = _EITHER.split(bare) if "/" not in bare or _SLASHED.fullmatch(bare) or _APART.search(bare) else [bare]
    if len(either) > 1 and all(either):
        return _SAID.text("slip alternatives", term=text, meant=_as_list(either))
    cased = any(word[:1].islower() for word in text.split()) or _SYLLABLES.search(text) is not None
    meant_query = _with_operators(text.replace(" && ", " AND "), joining=cased)
    if meant_query != text or (quoted and any(map(_OURS.fullmatch, text.split()))):
        return _SAID.text("slip operators", term=text, meant=meant_query)
    return None


_Meant = Callable[[re.Match[str]], str | None]


def _near(found: re.Match[str]) -> str:
    operator = "ONEAR" if found["order"] else "NEAR"
    return f"{_as_term(found['left'])} {operator}/{found['words']} {_as_term(found['right'])}"


def _near_all(found: re.Match[str]) -> str:
    terms = found["terms"].split()
    return f" NEAR/{found['words']} ".join(terms)


def _around(found: re.Match[str]) -> str:
    left, right = _as_term(found["left"]), _as_term(found["right"])
    if found["unit"]:
        return f"{left} {_UNITS[found['unit']]} {right}"
    words = found["around"] or found["words"] or _NEARNESS
    return f"{left} {found['order'] or ''}NEAR/{words} {right}"


def _without(found: re.Match[str]) -> str:
    return f"{_as_term(found['wanted'])} NOT {_as_term(found['unwanted'])}"


def _at_site(found: re.Match[str]) -> str:
    words = f"{found['before']} {found['after']}".strip()
    return f"{_as_term(words)} AND url:{found['site']}" if words else f"url:{found['site']}"


def _less_setting(found: re.Match[str]) -> str | None:
    name = found["mark"][:-1].casefold()
    value = found["value"].strip("()") if name in _TERM_SETTINGS else ""
    return " ".join(" ".join((found["before"], value, found["after"])).split()) or None


def _as_regex(found: re.Match[str]) -> str:
    return f"/{found.string}/"


def _as_text(found: re.Match[str]) -> str | None:
    """Return the term as it reads without the escapes and the mark-up of web pages."""
    text = unescape(found.string)
    text = unquote(text) if found.re is _ESCAPE else _TAG.sub("", text)
    return text.replace("\xa0", " ").strip().strip('"') or None


_SHAPES: tuple[tuple[re.Pattern[str], str, _Meant], ...] = (
    (_ENTITY, "slip mark", _as_text),
    (_ESCAPE, "slip mark", _as_text),
    (_TAG, "slip mark", _as_text),
    (_REGEX, "slip mark", _as_regex),
    (_SITE, "slip field", _at_site),
    (_SETTING, "slip mark", _less_setting),
    (_LANGUAGE_MARK, "slip mark", lambda found: found["term"] if found.start() == 0 else None),
    (_NUMBERED, "slip mark", lambda found: found["term"] if found.start() == 0 else None),
    (_BOOST, "slip mark", lambda found: found["term"] if found.end() == len(found.string) else None),
    (_REMARK, "slip mark", lambda found: found["term"] if found.end() == len(found.string) else None),
    (_DISTANCE, "slip distance", _near),
    (_AROUND, "slip distance", _around),
    (_ATLEAST, "slip operators", lambda found: f"atleast/{found['count']}({_as_term(found['term'])})"),
    (_MINUS, "slip operators", lambda found: _without(found) if found.end() == len(found.string) else None),
    (_FUZZY, "slip mark", lambda found: found["word"]),
    (_MUST, "slip mark", lambda found: (found.string[: found.start()] + found.string[found.end() :]).strip()),
    (
        _FIELD,
        "slip field",
        lambda found: f"{_FIELDS.get(found['field'].casefold(), 'title')}:{_as_term(found['term'])}",
    ),
    (_BRACKETS, "slip mark", lambda found: None if _EITHER.search(found["inner"]) else found["inner"].strip()),
    (_WILDCARD, "slip mark", lambda found: f"{found['stem']}*" if found.group() == found.string else None),
)


def _as_list(terms: Sequence[str]) -> str:
    """Return terms as a list of YAML: quotes where they need any."""
    return f"[{', '.join(term if _PLAIN.fullmatch(term) else repr(term) for term in terms)}]"


def _as_term(text: str) -> str:
    """Return a term as a query wants it: several words in quotes."""
    text = text.strip().strip('"')
    return f'"{text}"' if " " in text else text


def _as_query(text: str) -> str:
    """Return a query in this language's operators, where another's are written; else as it is."""
    outside = blank_quoted(text)
    for found in reversed(list(_OTHER_QUOTES.finditer(outside))):
        words = found[found.lastindex or 0]
        if not any(map(_OURS.fullmatch, words.split())):  # else two apostrophes: ’Ndrangheta OR workers’ pay
            text = f'{text[: found.start()]}"{words}"{text[found.end() :]}'
    outside = blank_quoted(text)
    if any(map(_OURS.fullmatch, outside.split())):
        for found in reversed(list(_WILDCARD.finditer(outside))):
            text = f"{text[: found.start()]}{found['stem']}*{text[found.end() :]}"
        outside = blank_quoted(text)
    if _TILDE.search(text):
        text = _TILDE.sub(lambda found: f"({_near_all(found)})", text)
        outside = blank_quoted(text)
    distance = re.search(r"(?<=\s)(?:(pre)|w|n|near|within|adj)/?(\d+)(?=\s)", outside, re.IGNORECASE)
    if distance is not None and not _OURS.fullmatch(distance.group()):
        operator = f"{'ONEAR' if distance[1] else 'NEAR'}/{distance[2]}"
        text = text[: distance.start()] + operator + text[distance.end() :]
        outside = blank_quoted(text)
    for found in reversed(list(re.finditer(r"[;,](?=\s|$)", outside))):
        text = text[: found.start()] + (" OR" if text[found.end() :].strip() else "") + text[found.end() :]
    for found in reversed(list(_MUST.finditer(blank_quoted(text)))):
        text = text[: found.start()] + text[found.end() :]
    return _with_operators(text, joining=text != text.upper())


def _with_operators(text: str, *, joining: bool) -> str:
    """Return a text with its operators in English letters and words: ракета АБО танк, ракета АND танк.

    `joining`: those too that are words of a headline in capitals, or of a title: І, НЕ.
    """
    outside = blank_quoted(text)
    for found in reversed(list(re.finditer(r"[^\s()]+", outside))):
        word = found.group()
        latin = as_latin(word)
        own = latin if latin != word and _OURS.fullmatch(latin) else _WORDS.get(word)
        if own is None and joining:
            own = _JOINING.get(word)
        if own is not None and (found.start() or own == "NOT"):
            text = text[: found.start()] + own + text[found.end() :]
    return text


def _odd_operators(text: str) -> Iterator[str]:
    """Return a note on each operator that has another script's letters."""
    for word in blank_quoted(text).split():
        latin = as_latin(word)
        if latin != word and _OURS.fullmatch(latin):
            yield _SAID.text("slip operator letters", word=word, meant=latin, letters=odd_letters(word, latin))


def _lookalikes(text: str, known: Callable[[str], bool]) -> Iterator[str]:
    """Return a note on each word whose letters are another script's than those of the name that it looks like.

    A word of both scripts is read as one of them, in terms and in texts; one that is of the wrong script wholly is not.
    """
    for word in _LETTERS.findall(text):
        if len(word) < _LEAST or known(word):
            continue
        latin, cyrillic = as_latin(word), word.translate(TO_CYRILLIC)
        if latin != word and latin.isascii() and word.isupper() and known(latin):
            yield _SAID.text("slip letters", word=word, meant=latin, letters=odd_letters(word, latin))
        elif _has_twins(word) and known(cyrillic):
            yield _SAID.text("slip latin letters", word=word, meant=cyrillic)


def _has_twins(word: str) -> bool:
    """Return whether a word is of Latin capitals that all look like Cyrillic letters."""
    return word.isascii() and word.isupper() and not any(map(str.isascii, word.translate(TO_CYRILLIC)))
