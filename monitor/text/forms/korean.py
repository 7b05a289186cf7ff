"""Korean: whether the rest of an eojeol (the Hangul between two spaces) after a term leaves it a word.

A Korean noun is written in one piece with the particles, titles and nouns that follow it ('북한군의' = 북한 + 군 + 의).
Listing all those strings is hopeless, so a Korean form is a *prefix*: `Form.prefix` means 'the token starts with this
key and `accepts(key, rest)` is true', where `rest` is what the token has after the key. The token starts where its
Hangul starts, which is the left edge: '북한' is found in '북한군의', not in '성북한옥'. A matcher looks up the prefixes
of a Hangul token, of `MIN_PREFIX` syllables and more, and asks `accepts` for those that are terms. A token that is
particles alone and is written on to Latin, a digit or a closing quotation mark, is no word (`is_particles`).

The rules, by the length of the term in syllables:

* three and more: any rest, but for one lone syllable that starts no particle or suffix after exactly three ('금융위' is
  not in '금융위기');
* two: particles (a closed list, chained, agreeing with the final consonant before them), suffixes and titles of one
  syllable, then nouns of two syllables and more; never a verb's ending unless the term is a verbal noun ('발사했다');
* one: nothing but the bare word; all else is for explicit forms ('대북', '북측');
* an ordinary function word ('하나', '이하'): only with a title or a noun written on to it ('하나은행').

Spaces inside a compound are optional in Korean writing: `spacings` gives the ways in which a term may be spaced.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from monitor.text.forms import _korean_words as words
from monitor.text.forms.base import Form, FormSet, Kind, exact
from monitor.text.normalise import key

NAME = "Korean"
LANGUAGES = ("ko",)
SCRIPTS = ("hangul",)
QUALITY = (
    "Recall .994, precision .954 on half of the news sentences of KLUE-NER (2,500 sentences; every person, place and "
    "organisation of two syllables and more is a keyword; a hit outside all of them is wrong). An open prefix gives "
    ".9995 / .925 there, exact words .477 / .950: most of what is left is names that are ordinary words too."
)
MIN_PREFIX = 2  # syllables: a shorter key is looked up whole
_OPEN_PREFIX = 3  # syllables: from here on, nearly any rest is right (measured: precision .98)
_FIRST, _LAST, _FINALS = ord("가"), ord("힣"), 28  # Unicode 3.12: syllable = ((initial * 21) + vowel) * 28 + final
_RIEUL = 8  # the number of final ㄹ, which takes 로 like a vowel
_BRAND = "표"  # of a person's making: 윤석열표 정책
_MAX_CHAIN = 24  # syllables: a longer rest is no chain of particles, and is not searched
_MAX_PARTS = 3  # pieces into which a compound is split, as far as usage goes
_NONE: tuple[str, ...] = ("\0",)  # no token starts like this
_NAME_EDGES = (*words.NOUNS, *words.AFTER_PERSONS)


def is_particles(token: str) -> bool:
    """Return whether the token is particles alone: such a one, written on to a quotation mark or to Latin, is no word.

    `'ICBM'이란` speaks of no Iran (이란).
    """
    return len(token) <= _MAX_CHAIN and any(_is_particle_tail(token, final) for final in (0, 1))


def is_hangul(text: str) -> bool:
    """Return whether every character is a Hangul syllable; false for the empty text."""
    return bool(text) and all("가" <= character <= "힣" for character in text)


def expand(word: str, language: str | None = None, kind: Kind = Kind.AUTO) -> FormSet:  # noqa: ARG001
    """Return one open prefix, or the bare word where it is one syllable; the kind of word makes no difference."""
    if len(word) < MIN_PREFIX:
        warning = (
            f"{word!r}: one syllable is found only where it stands alone; "
            "list what else you mean with 'forms+' (such as 대북, 북측)"
        )
        return FormSet(word, {key(word): Form("exact")}, (warning,))
    warning = (
        f"{word!r} is an ordinary word too: it counts only with a title or a noun written on to it; "
        f"write '={word}' for the bare word"
    )
    warnings = (warning,) if word in words.FUNCTION_WORDS else ()
    rule = "korean: open prefix" if len(word) >= _OPEN_PREFIX else "korean: particles and nouns"
    return FormSet(word, {key(word): Form(rule, prefix=True)}, warnings)


def expand_phrase(phrase: Sequence[str], language: str | None = None, kind: Kind = Kind.AUTO) -> list[FormSet]:
    """Return the forms of each word; one syllable that ends a phrase takes particles, as its context is known."""
    sets = [expand(word, language, kind) if is_hangul(word) else exact(word, key(word)) for word in phrase]
    last = phrase[-1]
    if len(phrase) > 1 and len(last) < MIN_PREFIX and is_hangul(last):
        sets[-1] = FormSet(last, {key(last): Form("exact")} | _with_particles(last))
    return [one if len(phrase) == 1 else FormSet(one.word, one.forms) for one in sets]


def _with_particles(word: str) -> dict[str, Form]:
    particles = words.AFTER_ANY | (words.AFTER_CONSONANT if _final(word[-1]) else words.AFTER_VOWEL)
    fitting = sorted(particle for particle in particles if _is_tail(particle, _final(word[-1])))
    return {key(word + particle): Form("korean: particles") for particle in fitting}


def accepts(term: str, rest: str) -> bool:
    """Return whether a token that is `term + rest` mentions the term; both are Hangul, `rest` may be empty.

    Ask for the empty rest too: a function word alone is no mention.
    """
    if term in words.FUNCTION_WORDS:
        return rest.startswith(_NAME_EDGES)
    if not rest or len(term) < MIN_PREFIX:
        return not rest
    rest = rest[: _MAX_CHAIN + 1]  # nothing beyond changes the answer, and what is remembered stays small
    if rest.startswith(words.TRAPS.get(term, _NONE)) or _ends_longer_word(term, rest):
        return False
    if len(term) < _OPEN_PREFIX:
        return _right_edge(term, rest)
    open_ended = len(term) > _OPEN_PREFIX or rest[0] == _BRAND or rest[0] in words.PARTICLE_STARTS
    return open_ended or not _lone_syllable(term, rest)


def _ends_longer_word(term: str, rest: str) -> bool:
    """Return whether a word that begins like the term ends here, particles aside: 북한 + 강, but 북한 + 강경파."""
    return any(
        rest.startswith(more) and _is_particle_tail(rest[len(more) :], _final(more[-1]))
        for more in words.LONGER.get(term, ())
    )


def right_edge(term: str, rest: str) -> bool:
    """Return whether `rest` is a chain of particles and noun suffixes after `term`: the strictest of the tests."""
    return not rest or _is_tail(rest, _final(term[-1]))


@lru_cache(maxsize=65536)
def _right_edge(term: str, rest: str) -> bool:
    if _is_tail(rest, _final(term[-1])):
        return True
    if rest.startswith(words.NOUNS):  # first, as nouns begin like verbs too: 해군, 한국
        return True
    if rest.startswith(words.VERB_STARTS):
        return term in words.VERBAL_NOUNS
    if _lone_syllable(term, rest):
        return False
    return not _foreign(rest)


def _lone_syllable(term: str, rest: str) -> bool:
    """Return whether the rest is one syllable of no known use, followed at most by particles or a person's title.

    Such a syllable belongs to the word: 박진 + 감, 이준 + 혁씨도, 메시 + 지를.
    """
    if rest[0] in words.SUFFIXES or _is_tail(rest, _final(term[-1])) or rest.startswith(words.NOUNS):
        return False
    if rest[0] == "장" and term[-1] in words.HEADED:
        return False
    return _is_particle_tail(rest[1:], _final(rest[0])) or rest[1:].startswith(words.AFTER_PERSONS)


def _foreign(rest: str) -> bool:
    """Return whether the rest continues a transliterated word: 엘리 + 베이터, 제니 + 퍼가."""
    return rest[0] in words.FOREIGN_SYLLABLES


def _final(syllable: str) -> int:
    """Return the number of the final consonant, 0 for none."""
    code = ord(syllable)
    return (code - _FIRST) % _FINALS if _FIRST <= code <= _LAST else 0


@lru_cache(maxsize=16384)
def _is_tail(rest: str, final: int) -> bool:
    """Return whether the whole rest is particles and one-syllable suffixes, each fit for the consonant before it."""
    if not rest:
        return True
    if len(rest) > _MAX_CHAIN:
        return False
    return any(_is_tail(rest[len(part) :], _final(part[-1])) for part in _parts(rest, final))


@lru_cache(maxsize=16384)
def _is_particle_tail(rest: str, final: int) -> bool:
    return not rest or any(
        _is_particle_tail(rest[len(part) :], _final(part[-1]))
        for part in _parts(rest, final)
        if part not in words.SUFFIXES and part not in words.TITLES
    )


def _parts(rest: str, final: int) -> Iterator[str]:
    """Return the particles, suffixes and titles with which the rest may start."""
    for length in range(min(len(rest), words.LONGEST), 0, -1):
        part = rest[:length]
        if part in words.SUFFIXES or part in words.TITLES or part in words.AFTER_ANY:
            yield part
        elif part in words.AFTER_CONSONANT:
            if final and not (final == _RIEUL and part.startswith("으로")):
                yield part
        elif part in words.AFTER_VOWEL and (not final or (final == _RIEUL and part.startswith("로"))):
            yield part


def spacings(terms: Sequence[str]) -> list[tuple[str, ...]]:
    """Return every way to space a Korean term, the given one first: joined, and its long words split.

    `terms` are the words of the term. Pieces have two syllables at least. A term of one word is split into three at
    most; of several, one is split in two at a time, and two may be parted elsewhere. In a way that is not the given one
    every piece but the last stands without particles.
    """
    given = tuple(terms)
    ways = {given: None}
    joined = "".join(given)
    if is_hangul(joined):
        parts = {1: _MAX_PARTS, 2: 2}.get(len(given), 1)
        ways.update(dict.fromkeys(_splits(joined, parts)))
        for at, word in enumerate(given if len(given) > 1 else ()):
            ways.update(dict.fromkeys((*given[:at], *way, *given[at + 1 :]) for way in _splits(word, 2)))
    return list(ways)


def _splits(word: str, parts: int) -> Iterator[tuple[str, ...]]:
    yield (word,)
    if parts > 1:
        for cut in range(MIN_PREFIX, len(word) - MIN_PREFIX + 1):
            for rest in _splits(word[cut:], parts - 1):
                yield (word[:cut], *rest)
