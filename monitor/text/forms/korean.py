"""Korean: whether an eojeol (the Hangul between two spaces) that a term is a part of mentions it.

A Korean noun is written in one piece with the particles, titles and nouns that follow it ('북한군의' = 북한 + 군 + 의),
and with the nouns before it ('탄도미사일' = 탄도 + 미사일). Listing all those strings is hopeless, so a Korean form is
a *prefix*: `Form.prefix` means that a Hangul token may hold this key, and `find(key, token)` says where it does, if it
does. A token that is particles alone and is written on to Latin, a digit or a closing quotation mark, is no word
(`is_particles`).

What may follow a term, by its length in syllables:

* three and more: anything, but for one lone syllable that starts no particle or suffix after exactly three ('금융위' is
  not in '금융위기');
* two: particles (a closed list, chained, agreeing with the final consonant before them), suffixes and titles of one
  syllable, nouns, and what makes a verb or an adjective of a noun (-하다, -되다, -스럽다, by rule: '발사했다');
* one: nothing but the bare word; all else is for explicit forms ('대북', '북측');
* an ordinary function word ('하나', '이하'): only a title or a noun written on to it ('하나은행').

What may stand before a term, and which longer words are no mention, is told by a cut of the whole eojeol
(`_korean_compounds`): '북한' is not in '성북한옥', nor '아이' in '아이디어'.

Spaces inside a compound are optional in Korean writing: `spacings` gives the ways in which a term may be spaced.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from monitor.text.forms import _korean_compounds as compounds
from monitor.text.forms import _korean_words as words
from monitor.text.forms.base import Form, FormSet, Kind, exact
from monitor.text.normalise import key

NAME = "Korean"
LANGUAGES = ("ko",)
SCRIPTS = ("hangul",)
QUALITY = (
    "Names: recall .994, precision .951 on half of the sentences of KLUE-NER (2,500 sentences; every person, place "
    "and organisation of two syllables and more is a keyword; a hit outside all is wrong). Most of what is left is "
    "names that are ordinary words too. Common nouns, by the morphemes of UD Kaist dev, at an eojeol's beginning and "
    "inside: recall .978, precision .918, or .963 where parts of compounds that the treebank leaves whole are right."
)
LONGEST_COMPOUND = compounds.LONGEST  # syllables: of a longer token only the beginning is looked at
MIN_PREFIX = 2  # syllables: a shorter key is looked up whole
_OPEN_PREFIX = 3  # syllables: from here on, nearly any rest is right (measured: precision .98)
_FIRST, _LAST, _FINALS = ord("가"), ord("힣"), 28  # Unicode 3.12: syllable = ((initial * 21) + vowel) * 28 + final
_RIEUL = 8  # the number of final ㄹ, which takes 로 like a vowel
_BRAND = "표"  # of a person's making: 윤석열표 정책
_MAX_CHAIN = 24  # syllables: a longer rest is no chain of particles, and is not searched
_MAX_PARTS = 3  # pieces into which a compound is split, as far as usage goes
_NONE: tuple[str, ...] = ("\0",)  # no token starts like this
FUNCTION_WORDS = words.FUNCTION_WORDS
TITLES = words.TITLES
BOUND = words.BOUND
_NAME_EDGES = (*words.NOUNS, *words.AFTER_PERSONS)
_CLOSED = 1  # any final consonant but ㄹ


def _agrees(particle: str, final: int) -> bool:
    """Return whether a particle has the shape that a syllable with this final consonant wants."""
    if particle in words.AFTER_CONSONANT and final and not (final == _RIEUL and particle.startswith("으로")):
        return True
    return particle in words.AFTER_VOWEL and (not final or (final == _RIEUL and particle.startswith("로")))


_ANY_TAIL = words.SUFFIXES | words.TITLES | words.AFTER_ANY
_FITTING = {
    final: _ANY_TAIL | {part for part in words.AFTER_CONSONANT | words.AFTER_VOWEL if _agrees(part, final)}
    for final in (0, _CLOSED, _RIEUL)
}
"""What may follow a syllable, by its final consonant."""
_LENGTHS = words.lengths(frozenset().union(*_FITTING.values()))


def is_particles(token: str) -> bool:
    """Return whether the token is particles alone: such a one, written on to a quotation mark or to Latin, is no word.

    `'ICBM'이란` speaks of no Iran (이란).
    """
    return len(token) <= _MAX_CHAIN and any(_is_particle_tail(token, final) for final in (0, 1))


def is_bound(before: str, token: str, after: str) -> bool:
    """Return whether a token is a bound noun with its particle, as its neighbours say: 수도 in '할 수도 있다'."""
    return (
        token in words.BOUND and bool(before) and _final(before[-1]) == _RIEUL and after.startswith(words.AFTER_BOUND)
    )


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
    warnings = (warning,) if word in words.FUNCTION_WORDS else _on_ending(word)
    rule = "korean: open prefix" if len(word) >= _OPEN_PREFIX else "korean: particles and nouns"
    return FormSet(word, {key(word): Form(rule, prefix=True)}, warnings)


def _on_ending(word: str) -> tuple[str, ...]:
    """Warn of a noun that is written with its particle, or as a verb: 핵실험에서, 발사했다."""
    cut = compounds.cut_ending(word)
    if cut is None:
        return ()
    base, rest = cut
    return (f"{word!r} is {base!r} with {rest!r} written on to it, so it misses all other forms: write {base!r}",)


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
    return begins(term, term + rest)


def begins(term: str, token: str, *, cut: bool = True) -> bool:
    """Return whether a token begins with a term that it mentions.

    Without `cut` the whole token is not cut into words, which is what costs: some longer words then count as the term.
    """
    return _accepts(token[: len(term) + _MAX_CHAIN + 1], 0, len(term), cut=cut)  # nothing beyond changes the answer


@lru_cache(maxsize=65536)
def find(term: str, token: str) -> int:
    """Return where a token mentions a term: 0 at its beginning, more inside a compound, -1 nowhere.

    One syllable is found at the beginning alone, before particles: it is a prefix within phrases only.
    """
    if token.startswith(term):
        rest = token[len(term) :]
        if accepts(term, rest) or (len(term) < MIN_PREFIX and right_edge(term, rest)):
            return 0
    if len(term) < MIN_PREFIX or term in words.FUNCTION_WORDS or len(token) > LONGEST_COMPOUND:
        return -1
    start = token.find(term, 1)
    while start > 0:
        end = start + len(term)
        if compounds.eojeol(token).has_inside(start, end) and _accepts(token, start, end):
            return start
        start = token.find(term, start + 1)
    return -1


def _accepts(token: str, start: int, end: int, *, cut: bool = True) -> bool:
    """Return whether the term from `start` to `end` of a token is a word there, as what follows it says."""
    term, rest = token[start:end], token[end:]
    if term in words.FUNCTION_WORDS:
        return rest.startswith(_NAME_EDGES)
    if not rest or len(term) < MIN_PREFIX:
        return not rest
    if _is_other_word(term, rest):
        return False
    if rest in words.AT and compounds.is_place(term):
        return True
    return compounds.is_about_event(token, end, term, cut=cut) or _goes_on(token, start, end, cut=cut)


def _goes_on(token: str, start: int, end: int, *, cut: bool) -> bool:
    """Return whether what follows a term makes no other word of it: no longer noun, no lone syllable."""
    term, rest = token[start:end], token[end:]
    if compounds.has_longer(token, start, end, cut=cut) or compounds.is_derived(term, rest):
        return False
    if (term in words.FEELINGS or term in words.UNLIKE_VERBS) and compounds.begins_verb(rest):
        return False
    if term in words.STEMS and rest in words.AFTER_STEMS:
        return False
    if len(term) < _OPEN_PREFIX:
        return _right_edge(token, start, end, cut=cut)
    open_ended = len(term) > _OPEN_PREFIX or rest[0] == _BRAND or rest[0] in words.PARTICLE_STARTS or rest in words.AT
    return open_ended or compounds.is_verb(rest) or not _lone_syllable(token, start, end, cut=cut)


def _is_other_word(term: str, rest: str) -> bool:
    """Return whether a term and what follows it are a longer word that is listed, or one in -ism."""
    return (
        rest.startswith(words.TRAPS.get(term, _NONE)) or _ends_longer_word(term, rest) or compounds.is_ism(term, rest)
    )


def _ends_longer_word(term: str, rest: str) -> bool:
    """Return whether a word that begins like the term ends here, particles aside: 북한 + 강, but 북한 + 강경파."""
    return compounds.is_other(term, rest) or any(
        rest.startswith(more) and _is_particle_tail(rest[len(more) :], _final(more[-1]))
        for more in words.LONGER.get(term, ())
    )


def right_edge(term: str, rest: str) -> bool:
    """Return whether `rest` is a chain of particles and noun suffixes after `term`: the strictest of the tests."""
    return not rest or _is_tail(rest, _final(term[-1]))


def _right_edge(token: str, start: int, end: int, *, cut: bool) -> bool:
    term, rest = token[start:end], token[end:]
    if _is_tail(rest, _final(term[-1])) or rest.startswith(words.NOUNS) or compounds.is_verb(rest):
        return True
    if _lone_syllable(token, start, end, cut=cut):
        return False
    known = cut and len(token) <= LONGEST_COMPOUND and compounds.eojeol(token).goes_on(term, end)
    return known or not _foreign(rest)


def _lone_syllable(token: str, start: int, end: int, *, cut: bool) -> bool:
    """Return whether the rest is one syllable of no known use, followed at most by particles or a person's title.

    Such a syllable belongs to the word: 박진 + 감, 이준 + 혁씨도, 메시 + 지를.
    """
    term, rest = token[start:end], token[end:]
    if rest[0] in words.SUFFIXES or _is_tail(rest, _final(term[-1])) or rest.startswith(words.NOUNS):
        return False
    if not cut or len(token) > LONGEST_COMPOUND or (rest[0] == "장" and term[-1] in words.HEADED):
        return False
    if len(term) >= _OPEN_PREFIX and rest[0] == words.SITE and compounds.eojeol(term).is_nouns():
        return False
    cuts = compounds.eojeol(token)
    return cuts.is_derivation(end) or (rest[1:].startswith(words.AFTER_PERSONS) and not cuts.has_noun(end))


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
    """Return the particles, suffixes and titles with which the rest may start, the longest first."""
    fitting = _FITTING[final if final in (0, _RIEUL) else _CLOSED]
    for length in _LENGTHS.get(rest[0], ()):
        part = rest[:length]
        if part in fitting:
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
