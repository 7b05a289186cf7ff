"""Korean compounds: the cheapest way to cut an eojeol into nouns, affixes of one syllable, and what ends it.

A noun inside an eojeol ('탄도미사일', '러시아국방부') is told from a chance meeting of syllables ('현대미술관' holds no
대미) by a cut of the whole eojeol: what stands before and behind the noun must be words, too, and no other cut may be
cheaper. The words are those of `monitor/data/forms/ko.yaml`; affixes, particles and verbs' endings are closed lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from operator import add

from monitor import data
from monitor.text.forms import _korean_words as words

_PLURAL = "들"
_PARTICLE_LENGTHS = words.lengths(words.PARTICLES)
_PARTICLE_STARTS = _PARTICLE_LENGTHS.keys() | {_PLURAL, ""}
_VERB_STARTS = frozenset(shape[0] for row in words.LIGHT_VERBS for shape in row) | {
    part[0] for part in words.CONTRACTED
}
NEVER = 1_000
"""More than any cut costs."""
_NOUN, _PREFIX, _SUFFIX, _END = 10, 9, 8, 1
"""Costs of pieces: two nouns are dearer than a noun with an affix, and one with two affixes is dearer than both. A noun
that has an affix already ('문화사', '핵무기') costs what its pieces do."""
_CHEAP = {"적": 3, "들": 2}  # suffixes that go with any noun: '-ic', plural
_OTHER = 13  # a word that begins like a noun by chance: 도청 + 사실, but 도청사 + 에서
_UNIVERSITY = "대"  # of a place: 서울대병원
_UNKNOWN = 18  # a name or a new word before a known noun: '젤렌스키대통령'
LONGEST = 16
"""Syllables of an eojeol that is looked into."""
_SHORTEST = 2  # syllables of a noun
_FINALS = 28  # Unicode 3.12: syllable = ((initial * 21) + vowel) * 28 + final
_BARE = 3  # syllables of a noun with an affix


def _any(endings: Iterable[str]) -> str:
    return "|".join(sorted(endings, key=len, reverse=True))


def _verb_pattern() -> str:
    """Return the pattern of a verb or an adjective that is made of a noun: its shapes, with what may follow each."""
    ways = []
    for stem, nieun, rieul, mieum, pieup, vowel, past in words.LIGHT_VERBS:
        ways += [
            f"{stem}(?:{_any(words.AFTER_STEM)})",
            f"{stem}(?:{_any(words.AFTER_STEM_OPEN)}).*",
            f"{nieun}(?:{_any(words.AFTER_NIEUN)})?",
            f"{rieul}(?:{_any(words.AFTER_RIEUL)})?",
            f"{mieum}(?:{_any(words.PARTICLES)})?",
            f"{pieup}(?:니다|니까|시다).*",
            f"{vowel}(?:{_any(words.AFTER_VOWEL_STEM)})?",
            f"{vowel}(?:{_any(words.OTHER_VERBS)}).*",
            f"{past}.*",
        ]
    return "|".join((*ways, _any(words.CONTRACTED)))


_VERB = re.compile(_verb_pattern())
_VERB_END = re.compile(f"(?:{_any(words.AFTER_STEM)}|(?:을|를)?수록|어야|야)(?:만|도|은|는|이|의|을|를)*")


@cache
def _common() -> frozenset[str]:
    """Return the known nouns that are no names."""
    return _listed("nouns") | {*words.NOUNS} | words.TITLES


def _listed(name: str) -> frozenset[str]:
    table = data.load("forms/ko")[name]
    return frozenset(first + rest for first, line in table.items() for rest in line.split())


@cache
def _names() -> frozenset[str]:
    """Return the known names of places."""
    return _listed("names")


def is_place(word: str) -> bool:
    """Return whether a word is the known name of a place."""
    return word in _names() or word in words.PLACES


@cache
def _others() -> frozenset[str]:
    """Return the words that are about another thing than a noun that they hold."""
    return _listed("others")


@cache
def _others_from() -> dict[str, tuple[str, ...]]:
    """Return what follows each beginning of such words, two syllables and more: 방법 → (론,)."""
    found: dict[str, list[str]] = {}
    for word in sorted(_others()):
        for cut in range(_SHORTEST, len(word)):
            found.setdefault(word[:cut], []).append(word[cut:])
    return {beginning: tuple(rests) for beginning, rests in found.items()}


def is_other(term: str, rest: str) -> bool:
    """Return whether a term and what follows it are a word about another thing, with its particles: 유가 + 족이."""
    return any(rest.startswith(more) and ends_noun(rest[len(more) :]) for more in _others_from().get(term, ()))


@cache
def _nouns() -> dict[str, int]:
    """Return the cost of each known noun and name."""
    known = _common() | _names() | words.STATES | _others()
    return {noun: _cost(noun, known) for noun in known}


def _cost(noun: str, known: frozenset[str]) -> int:
    """Return what a noun costs: one of three syllables may be one with a suffix, any begin with one of a syllable."""
    if noun in _others():
        return _OTHER
    if len(noun) == _BARE and noun[:-1] in known:
        return _NOUN + _SUFFIX
    if len(noun) >= _BARE and noun[0] in words.NOUN_PREFIXES and noun[1:] in known:
        return _PREFIX + _NOUN
    return _NOUN


@cache
def _by_beginning() -> dict[str, tuple[tuple[str, int], ...]]:
    """Return the nouns with their costs, by their first two syllables: one look-up for each place of an eojeol."""
    found: dict[str, list[tuple[str, int]]] = {}
    for noun, cost in _nouns().items():
        found.setdefault(noun[:_SHORTEST], []).append((noun, cost))
    return {beginning: tuple(nouns) for beginning, nouns in found.items()}


class Eojeol:
    """The cuts of one eojeol: what it costs at least to cut it up to each syllable, and from each one on."""

    __slots__ = ("after", "before", "cheapest", "nouns", "pieces", "text", "unknown")

    def __init__(self, text: str) -> None:
        self.text = text
        self.pieces = _pieces(text)
        self.after, self.nouns = _backward(text, self.pieces)
        self.before = _forward(text, 0, self.pieces)
        self.unknown: list[int] | None = None
        self.cheapest: int | None = None

    def has_inside(self, start: int, end: int) -> bool:
        """Return whether the term from syllable `start` > 0 to `end` is one of the nouns in the cheapest cut."""
        term, after = self.text[start:end], self.after[end]
        if after >= NEVER or term.startswith(words.ISM) or (start == 1 and not _takes_prefix(term, self.text[0])):
            return False
        before = self.before[start]
        known = before < NEVER
        if (
            not known and self._cheapest() >= NEVER and term in _common() and words.FOREIGN_SYLLABLES.isdisjoint(term)
        ):  # 푸틴 is not in 라스푸틴
            before = self._before_unknown()[start]
        whole = (term in words.EVENTS or _seems_suffixed(term)) and not self._is_torn(start)
        noun = _NOUN - _END if whole else _NOUN  # 전쟁 + 포로, rather than 전쟁 + 포 with a particle
        cost = before + noun + after
        return cost < NEVER and cost <= self._cheapest() and not _is_ending(self.text, start, end, known=known)

    def _is_torn(self, start: int) -> bool:
        """Return whether the syllable at `start` ends a noun that begins before it: 외교 + 전, 자주포 + 로.

        Not so where another noun ends before it and begins earlier: 미군 + 포로, though 군포 is a town; nor after what
        news is about: 추락 + 사고.
        """
        if self.text[max(start - _SHORTEST, 0) : start] in words.EVENTS or _is_torn_wrongly(self.text[start:]):
            return False
        if self.text[: start + 1].endswith(words.GUNS):
            return True
        ends = (frozenset(end for end, _ in pieces) for pieces in self.pieces[:start])
        first = next((each for each in ends if start in each or start + 1 in each), frozenset[int]())
        return start + 1 in first

    def _before_unknown(self) -> list[int]:
        """Return what cuts cost whose first word may be any, of two syllables and more."""
        if self.unknown is None:
            self.unknown = _forward(self.text, _UNKNOWN, self.pieces)
        return self.unknown

    def _cheapest(self) -> int:
        """Return the cost of the cheapest cut of the whole.

        Where a term is a noun, it is in that cut, unless another is cheaper: so no cut needs to be left out.
        """
        if self.cheapest is None:
            self.cheapest = min(map(add, self.before[1:], map(self._end, range(1, len(self.text) + 1))))
        return self.cheapest

    def _end(self, start: int) -> int:
        return self.after[start] if self.after[start] <= _END else NEVER

    def has_longer(self, start: int, end: int) -> bool:
        """Return whether a longer noun than the term from `start` to `end` begins there at a lower cost: 아이디어.

        Not so where that noun is the term with another noun, or with suffixes: 국회의원, 유엔군, 경제학자.
        """
        after = self.after[end]
        if after >= NEVER and end - start > _SHORTEST:
            return False
        bound = _NOUN + min(after, 2 * _NOUN)
        return any(
            stop > end
            and cost + self.after[stop] < bound
            and (self.text[start:stop] in _others() or not _is_attached(self.text[end:stop]))
            for stop, cost in self.pieces[start]
        )

    def is_derivation(self, start: int) -> bool:
        """Return whether the syllable at `start` belongs to the word before it: 노동 + 자들은.

        Not so where what begins there is cut as cheaply into nouns: 경제 + 정의.
        """
        more = start + 1
        if self.text[start : start + _SHORTEST] in words.EVENTS:  # 전쟁 + 포로
            return False
        ends = self._end(more) < NEVER
        if self.text[start] in words.NOUN_SUFFIXES:
            ends = ends or (self.nouns[more] < NEVER and self.text[start] != _UNIVERSITY)
            return ends and _SUFFIX + self.after[more] < self.nouns[start]
        return ends and self.nouns[start] > _NOUN + _END

    def goes_on(self, term: str, end: int) -> bool:
        """Return whether an ordinary noun that ends at `end` is followed by known nouns: 기뢰 + 제거."""
        return term in _common() and self.nouns[end] < NEVER

    def is_nouns(self) -> bool:
        """Return whether the whole is cut into known nouns and affixes."""
        return self.before[-1] < NEVER

    def has_noun(self, start: int) -> bool:
        """Return whether a noun begins at `start`, and what may follow one goes on to the end."""
        return self.nouns[start] < NEVER


def _is_torn_wrongly(rest: str) -> bool:
    """Return whether what follows a suffix is a particle of the other shape: 회원국 + 가 is not written."""
    return len(rest) > 1 and rest[1] in words.PARTICLES and not _agrees(rest[0], rest[1])


def _seems_suffixed(term: str) -> bool:
    """Return whether a noun only looks like a suffix with an ending that hardly follows one: 사 + 고, 국 + 가, 제 + 한.

    Such a noun, and not the suffix, is what a compound ends in: 교통사고, 회원국가, 출국제한.
    """
    if len(term) != _SHORTEST or term[0] not in words.NOUN_SUFFIXES or term not in _common():
        return False
    rest = term[1]
    particle = rest in words.PARTICLES and rest not in words.RARELY_AFTER_SUFFIXES and _agrees(term[0], rest)
    return not particle or term in words.ENDING_IN_PARTICLES


@lru_cache(maxsize=8192)
def eojeol(text: str) -> Eojeol:
    """Return the cuts of an eojeol of `LONGEST` syllables at most."""
    return Eojeol(text)


def _takes_prefix(term: str, prefix: str) -> bool:
    """Return whether a word with a prefix is about the term still: 비합법 is not 합법, nor is any prefix a name's."""
    if term in _names() or term in words.STATES:
        return prefix not in words.NEGATIONS
    known = term in _nouns() or (len(term) >= _BARE and eojeol(term).is_nouns())  # 핵 + 잠수 + 함
    return prefix in (words.ADDED if known else words.NAME_PREFIXES)


def is_about_event(token: str, end: int, term: str, *, cut: bool) -> bool:
    """Return whether a noun of what happened is followed by a suffix that makes a word about it still: 사망자들이.

    `cut` is whether the token may be cut into words, as it is for nouns after the suffix: 해킹범 + 죄수.
    """
    if term not in words.EVENTS or token[end] not in words.OF_EVENTS:
        return False
    return ends_noun(token[end + 1 :]) or (cut and len(token) <= LONGEST and eojeol(token).has_noun(end + 1))


def is_derived(term: str, rest: str) -> bool:
    """Return whether an ordinary noun and what follows are another word: 연구 + 가들은, 교육 + 학, 적대 + 시하는."""
    if term.endswith(words.ISM):
        return rest[0] == "자" and is_particles(rest[1:])  # 사회주의 + 자들은
    if term not in _common() or term in _names() or term in words.STATES:
        return False
    if rest[0] == words.DEEMED:
        return is_verb(rest[1:])
    after = rest[1:]
    return any(after.startswith(one) if one else not after for one in words.DERIVING.get(rest[0], ())) and (
        is_particles(after)
    )


def has_longer(token: str, start: int, end: int, *, cut: bool) -> bool:
    """Return whether a longer noun than the term from `start` to `end` begins there (see `Eojeol.has_longer`).

    `cut` is whether the token may be cut into words.

    Before particles and a verb's endings, as most terms stand, only the whole is one; nothing else needs to be cut.
    """
    if len(token) > LONGEST:
        return False
    if ends_noun(token[end:]):
        return _nouns().get(token[start:]) == _NOUN and not _is_attached(token[end:])
    return cut and eojeol(token).has_longer(start, end)


def _is_attached(text: str) -> bool:
    """Return whether a text is a noun that is written on to another, or suffixes of which names take the first."""
    return text in _nouns() or (text[:1] in words.SUFFIXES and words.NOUN_SUFFIXES.issuperset(text))


def cut_ending(word: str) -> tuple[str, str] | None:
    """Return the noun, and the particles or verb's ending written on to it; None where a word is not cut so.

    The noun has to be known, or be cut into known ones. What words end in as well (도, 의, 가) counts only where the
    whole is not cut into words: 제주도, 국무회의.
    """
    if len(word) > LONGEST:
        return None
    cuts = _forward(word, 0, _pieces(word))
    for end in range(len(word) - 1, _SHORTEST - 1, -1):
        base, rest = word[:end], word[end:]
        if not _ends_surely(rest, whole=cuts[-1] < NEVER):
            continue
        if cuts[end] + _END < cuts[-1] and ends_noun(rest) and _agrees(base[-1], rest):
            return base, rest
    return None


def _ends_surely(rest: str, *, whole: bool) -> bool:
    """Return whether words do not end so by chance; `whole`: the word that does is cut into words as well."""
    if len(rest) > 1:
        return rest not in _nouns() and not rest.endswith("움")  # 자유로움 is a noun
    return rest in words.SURE_PARTICLES or (rest in words.OFTEN_PARTICLES and not whole)


def _agrees(syllable: str, rest: str) -> bool:
    """Return whether particles have the shape that goes with a syllable: 북한이, 러시아가."""
    closed = (ord(syllable) - ord("가")) % _FINALS > 0
    if rest in words.AFTER_CONSONANT:
        return closed or rest in words.AFTER_VOWEL
    return not closed or rest not in words.AFTER_VOWEL


def is_ism(term: str, rest: str) -> bool:
    """Return whether a noun is the stem of a word in -ism: 사회주의 is not 사회, but 호우주의보 is about 호우."""
    return rest.startswith(words.ISM) and not rest.startswith(words.CAUTIONS) and term in _common()


def _pieces(text: str) -> list[list[tuple[int, int]]]:
    """Return the nouns that begin at each place, each as its end and its cost."""
    nouns = _by_beginning()
    return [
        [
            (start + len(noun), cost)
            for noun, cost in nouns.get(text[start : start + _SHORTEST], ())
            if text.startswith(noun, start)
        ]
        for start in range(len(text))
    ]


def _forward(text: str, unknown: int, pieces: Sequence[Sequence[tuple[int, int]]]) -> list[int]:
    """Return what it costs at least to cut the text up to each place into words; `unknown`: the cost of a first one."""
    size = len(text)
    costs = [0] + [NEVER] * size
    if unknown:
        costs[_SHORTEST:] = [unknown] * (size - 1)
    for start, (syllable, nouns) in enumerate(zip(text, pieces, strict=True)):
        here = costs[start]
        if here >= NEVER:
            continue
        if syllable in (words.NOUN_SUFFIXES if start else words.PREFIXES):
            affix = here + (_CHEAP.get(syllable, _SUFFIX) if start else _PREFIX)
            costs[start + 1] = min(costs[start + 1], affix)
        for end, cost in nouns:
            costs[end] = min(costs[end], here + cost)
    return costs


def _backward(text: str, pieces: Sequence[Sequence[tuple[int, int]]]) -> tuple[list[int], list[int]]:
    """Return what it costs at least to cut the text from each place on as what follows a noun, and as nouns first."""
    size = len(text)
    after = [NEVER] * size + [0]
    starting = [NEVER] * (size + 1)
    chains = [False] * size + [True]  # whether particles go on from each place to the end
    for start in range(size - 1, -1, -1):
        for end, cost in pieces[start]:
            starting[start] = min(starting[start], cost + after[end])
        first = text[start]
        for length in _PARTICLE_LENGTHS.get(first, ()):  # a loop, since it is run for each syllable
            stop = start + length
            if stop <= size and chains[stop] and text[start:stop] in words.PARTICLES:
                chains[start] = True
                break
        if chains[start + (first == _PLURAL)] or (first in _VERB_STARTS and is_verb(text[start:])):
            after[start] = _END
        else:
            suffix = _suffix(first) + after[start + 1] if first in words.NOUN_SUFFIXES else NEVER
            after[start] = min(starting[start], suffix)
    return after, starting


def _suffix(syllable: str) -> int:
    return _CHEAP.get(syllable, _SUFFIX)


def _is_ending(token: str, start: int, end: int, *, known: bool) -> bool:
    """Return whether a term is a part of particles or of a verb's ending: 의도 in 사회주의도, 지도 in 하는지도."""
    if is_particles(token[start:]) or (not known and _VERB_END.fullmatch(token[start:])):
        return True
    if any(is_particles(token[place:]) for place in range(_SHORTEST, start)):
        return True
    return not known and any(_is_long_ending(token[place:]) for place in range(start + 1, end))


def _is_long_ending(rest: str) -> bool:
    """Return whether the rest is a plural, or begins with a particle of several syllables: no chance likeness."""
    return is_particles(rest) and rest.startswith(words.LONG_PARTICLES)


def ends_noun(rest: str) -> bool:
    """Return whether the rest of an eojeol after a noun is particles, or a verb's ending: 는, 에서도, 했다."""
    first = rest[:1]
    return (first in _PARTICLE_STARTS and is_particles(rest)) or (first in _VERB_STARTS and is_verb(rest))


@lru_cache(maxsize=32768)
def is_particles(rest: str) -> bool:
    """Return whether the rest is particles, with a plural before them at most; agreement aside."""
    return _is_chain(rest.removeprefix(_PLURAL))


def _is_chain(rest: str) -> bool:
    return not rest or any(
        rest[:length] in words.PARTICLES and _is_chain(rest[length:]) for length in _PARTICLE_LENGTHS.get(rest[0], ())
    )


@lru_cache(maxsize=32768)
def is_verb(rest: str) -> bool:
    """Return whether the rest makes a verb or an adjective of a noun: 했다, 되는, 시킬, 스러운, 받았다."""
    return _VERB.fullmatch(rest) is not None


def begins_verb(rest: str) -> bool:
    """Return whether the rest begins like a verb that is made of a noun, whatever follows: 하는사람이."""
    return _VERB.match(rest) is not None
