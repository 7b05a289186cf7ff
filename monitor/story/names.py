"""Names of a title and a lead as marks that two languages can share, and whether two articles name different things.

A fire in Porto and one in Cherkasy are told in the same words, and no table has all towns and people. So what a title
names is compared by sound: 'Порту' and 'Porto' give 'prt', and '포르투' 'blt', as both do where Hangul is compared. A
name that the other article nowhere says tells two events apart where the other, too, names what this one does not say.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import NamedTuple

from monitor import data
from monitor.model import EntitySpec
from monitor.story.facts import lead_of
from monitor.story.lexicon import hangul, parents, place_at, tokens
from monitor.story.terms import short_form, skeletons
from monitor.watch.catalogue import Catalogue, shipped

SAID = 2000  # characters in which a name is looked for: what comes later is background
_TYPES = frozenset({"person", "place", "organisation", "weapon"})
_TELLING = _TYPES - {"organisation"}  # who speaks of an event is often an office
_HOME = frozenset(data.load("story_words")["names"]["home"].split(" / "))
_OFFICES = frozenset(data.load("story_words")["names"]["offices"].split())
_FOLD = str.maketrans("z", "s")  # what Cyrillic and Latin letters write alike
_HANGUL_FOLD = str.maketrans("4zrfvpg", "sslbbbk")  # what Hangul does, whose skeletons are marked by ~
# Letters that sound in two ways: Gerry, Celtic, Jan and Juan, Bach, Cologne, Mexico, Xinjiang, Zhengzhou, Qingdao,
# Bethlehem.
_SOUNDS = tuple(
    (re.compile(sound), to)
    for sound, to in (
        (r"g(?=[eiy])", "j"),
        (r"c(?=[eiy])", "k"),
        (r"j", "y"),
        (r"j", "h"),
        (r"ch", "kh"),
        (r"w", ""),
        (r"gn", "n"),
        (r"x", "kh"),
        (r"x", "s"),
        (r"zh|q", "ch"),
        (r"th", "f"),
    )
)
_SIGNS = frozenset("@=~^")
_KOREAN = "=ko"
_NAME_LIKE = re.compile(r"[^\W\d_a-zа-яёіїєґ][^\W\d_]*(?:['’ʼ-][^\W\d_]+)*")  # with a capital, or in Hangul
_ACRONYM = re.compile(r"[A-Z]{2,}")
_LONG = 3  # consonants from which a skeleton may differ in its ending
_SLIP = 4  # … from which one consonant may be another
_TAIL = 2  # consonants of an ending
_SEVERAL = 2  # names
_ALL_STRANGE, _STRANGE = 1.0, 0.5  # shares of names that the other article does not say
_ONSET = ("g", "k", "n", "d", "t", "l", "m", "b", "p", "s", "s", "", "4", "4", "4", "k", "t", "p", "g")
_CODA = (
    "",
    "g",
    "k",
    "k",
    "n",
    "n",
    "n",
    "d",
    "l",
    "lg",
    "lm",
    "lb",
    "l",
    "l",
    "lp",
    "l",
    "m",
    "b",
    "b",
    "s",
    "s",
    "n",
    "4",
    "4",
    "k",
    "t",
    "p",
    "g",
)
_SYLLABLE, _VOWELS, _CODAS = 0xAC00, 21, 28
_DOUBLE = re.compile(r"(.)\1+")
_PARTICLE = re.compile(r"(?:에서는|으로는|에서|에게|으로|까지|부터|은|는|이|가|을|를|의|에|와|과|도|로|서|주|시)$")


class Names(NamedTuple):
    """What an article names, as marks: `@id` of a place or an entity, or folded skeletons; alternatives joined by |.

    `title` and `lead` are what it names there, `said` the single marks of all that it says in its first 2,000
    characters, sentence openings included.
    """

    title: frozenset[str] = frozenset()
    lead: frozenset[str] = frozenset()
    said: frozenset[str] = frozenset()

    @property
    def korean(self) -> bool:
        """Return whether it is a Korean article, where names cannot be told from other words."""
        return _KOREAN in self.said


def names(
    title: str, text: str, known: Iterable[str], entities: Iterable[str], catalogue: Catalogue, language: str
) -> tuple[Names, dict[str, str]]:
    """Return the names of an article, and how title and lead write the mark of each, in their order: a pure function.

    `known` are the words of title and text that are names, as `terms.weigh` finds them: none that only opens a
    sentence. `entities` are ids of `catalogue` that the article has.
    """
    found = _NameReading(language, {mark for word in known for mark in _marks(word)})
    for each in entities:
        spec = catalogue.find(each)
        if spec is None or spec.type not in _TYPES:
            continue
        for word in _words_of(catalogue, each, language):
            found.words.setdefault(word, set()).add(f"@{each}")
        for acronym in _acronyms(catalogue, each, language):
            found.acronyms.setdefault(acronym, set()).add(f"@{each}")
        found.short |= dict.fromkeys(_short_names(catalogue, each, language), f"@{each}")
        if spec.type not in _TELLING or _is_common(spec):
            found.dull.add(f"@{each}")
    in_title, in_lead = (frozenset(_merged(found.marks(part))) for part in (title, lead_of(text)))
    said = {mark for word in set(_NAME_LIKE.findall(f"{title}\n{text[:SAID]}")) for mark in _said(word)}
    said |= {f"@{each}" for each in entities}
    said |= {mark for marks in (*in_title, *in_lead) for mark in marks.split("|")}
    if language == "ko":
        said.add(_KOREAN)
    return Names(in_title, in_lead, frozenset(said)), found.written


@dataclass(slots=True)
class _NameReading:
    """What an article's entities are called in its language, and which of its words are names."""

    language: str
    proper: set[str]  # marks
    words: dict[str, set[str]] = field(default_factory=dict)  # skeleton, or Korean name → ids
    short: dict[str, str] = field(default_factory=dict)  # a name without a skeleton, in lower case → mark
    dull: set[str] = field(default_factory=lambda: {f"@{each}" for each in _HOME})  # ids that tell no events apart
    written: dict[str, str] = field(default_factory=dict)  # mark → word
    acronyms: dict[str, set[str]] = field(default_factory=dict)  # abbreviation → ids

    def marks(self, part: str) -> Iterator[str]:
        """Yield the marks of what a part of the text names."""
        found, at = tokens(part), 0
        if self.short:
            words = f" {' '.join(token.low for token in found)} "
            short = [mark for name, mark in self.short.items() if f" {name} " in words and mark not in self.dull]
            self.written |= {mark: mark[1:] for mark in short}
            yield from short
        while at < len(found):
            place = place_at(found, at)
            taken = place[1] if place else 1
            own = {mark for token in found[at : at + taken] for mark in _marks(token.text)}
            ids = {f"@{place[0].id}"} if place else set[str]()
            if acronym := _ACRONYM.match(found[at].text):
                ids |= self.acronyms.get(acronym[0], set())
                if not ids:
                    yield f"={acronym[0]}"
                own.clear()
            for word in (form for token in found[at : at + taken] for form in skeletons(token.text)):
                ids |= self.words.get(word, set())
            if hangul(found[at].low):
                ids |= {id_ for word, each in self.words.items() if word in found[at].low for id_ in each}
            named = found[at].text[0].isupper() and not own.isdisjoint(self.proper) and found[at].low not in _OFFICES
            if (ids or named) and ids.isdisjoint(self.dull):
                word = " ".join(token.text for token in found[at : at + taken])
                for mark in (*ids, *own):
                    self.written.setdefault(mark, mark[1:] if mark in ids else word)
                yield "|".join(sorted(ids | own))
            at += taken


def _is_common(spec: EntitySpec) -> bool:
    """Return whether an entity is called by a common word: a drone."""
    return spec.type == "weapon" and not all(name.text[0].isupper() for name in spec.names.get("en", ()))


def _merged(marks: Iterable[str]) -> Iterator[str]:
    """Yield marks; those of one entity, as a person's two names, as one."""
    by_id: dict[str, set[str]] = {}
    for mark in marks:
        each = mark.split("|")
        by_id.setdefault(next((part for part in each if part[0] == "@"), mark), set()).update(each)
    return ("|".join(sorted(each)) for each in by_id.values())


def _said(word: str) -> tuple[str, ...]:
    return (*(f"={each}" for each in _ACRONYM.findall(word)), *_marks(word))


@lru_cache(maxsize=50_000)
def _marks(word: str) -> tuple[str, ...]:
    """Return the folded skeletons of a word, with and without an ending, by each way in which it may be pronounced."""
    if hangul(word):
        return _folded(map(_of_hangul, (word, _PARTICLE.sub("", word))), _HANGUL_FOLD, "~")
    lower = word.lower()
    forms = (lower, *(other for sound, to in _SOUNDS if (other := sound.sub(to, lower)) != lower))
    made = [each for form in forms for each in skeletons(form)]
    return (*_folded(made, _FOLD), *_folded(made, _HANGUL_FOLD, "~"), *_brief(lower, forms))


def _brief(word: str, forms: Sequence[str]) -> Iterable[str]:
    """Return the marks of a name of two consonants, none where it may be said with fewer or more, as 'Kaja'."""
    short = [short_form(form) for form in forms]
    if not all(short):
        return ()
    short.append(short_form(word.replace("c", "ts")))  # 'Fico' is said 'Фіцо', and 'Macao' is 'Макао'
    return dict.fromkeys(f"^{each.translate(_FOLD)}" for each in short)


def _folded(made: Iterable[str], fold: Mapping[int, int], sign: str = "") -> tuple[str, ...]:
    found = (sign + _DOUBLE.sub(r"\1", each.translate(fold)) for each in made)
    return tuple(dict.fromkeys(each for each in found if len(each.lstrip("~a")) >= _LONG))


def _of_hangul(word: str) -> str:
    """Return the consonants of a Hangul word; one that begins with a vowel begins with `a`, as skeletons do."""
    made: list[str] = []
    for char in word:
        at = ord(char) - _SYLLABLE
        if 0 <= at < len(_ONSET) * _VOWELS * _CODAS:
            onset = _ONSET[at // (_VOWELS * _CODAS)]
            made.append((onset or "a" * (not made)) + _CODA[at % _CODAS])
    return "".join(made)


@lru_cache(maxsize=8192)
def _words_of(catalogue: Catalogue, entity: str, language: str) -> tuple[str, ...]:
    """Return the skeletons of the words of an entity's names in a language; in Korean the names themselves.

    Of a foreigner's the last word as well: '마크 카니' is '카니 총리'.
    """
    spec = catalogue.find(entity)
    tables = (spec.names, spec.adjectives) if spec else ()
    written = [each.text for table in tables for each in table.get(language, ())]
    if language == "ko":
        known = [each.replace(" ", "") for each in written]
        if spec is not None and spec.type == "person" and " " in written[0]:
            known.append(written[0].rpartition(" ")[2])
        return tuple(dict.fromkeys(each for each in known if len(each) > 1))
    return tuple(dict.fromkeys(mark for each in written for token in tokens(each) for mark in skeletons(token.text)))


@lru_cache(maxsize=8192)
def _short_names(catalogue: Catalogue, entity: str, language: str) -> tuple[str, ...]:
    """Return the names of an entity of which no word is long enough for a skeleton: 'Кім Чен Ин', in lower case."""
    spec = catalogue.find(entity)
    written = [tokens(each.text) for each in spec.names.get(language, ())] if spec and language != "ko" else []
    return tuple(
        " ".join(token.low for token in each)
        for each in written
        if len(each) > 1 and not any(skeletons(token.text) for token in each)
    )


@lru_cache(maxsize=8192)
def _acronyms(catalogue: Catalogue, entity: str, language: str) -> tuple[str, ...]:
    """Return the names of an entity that are abbreviations of Latin letters."""
    spec = catalogue.find(entity)
    listed = [*spec.names.get(language, ()), *spec.names.get("en", ())] if spec else []
    return tuple(dict.fromkeys(each.text for each in listed if _ACRONYM.fullmatch(each.text)))


def different(a: Names, b: Names, *, one_language: bool = False) -> bool:
    """Return whether each of two articles names what the other does not say: two events of one kind.

    So for half of the names of both titles, and of all names of titles and leads; where one title names nothing, for
    all of them. Where no name of either title is said, persons and regions of the leads count for nothing: one governor
    tells of strikes on two towns. Hangul has no capitals, so that of a Korean article known names alone are seen: where
    it has none, all that the other names must be missing, and one name of it stand in title and lead. What says no name
    at all, as an article of which an earlier version kept none, is about nothing else.
    """
    if not a.said or not b.said:
        return False
    share = partial(_strange, one_language=one_language)
    first, second = (list(_merged((*each.title, *each.lead))) for each in (a, b))
    if first and second:
        titles = 0.0
        if a.title and b.title:
            titles = min(share(a.title, a, b), share(b.title, b, a))
            if titles >= _ALL_STRANGE:
                first, second = (_set_in(each) or each for each in (first, second))
        whole = min(share(first, a, b), share(second, b, a))
        if a.title and b.title:
            return whole >= _STRANGE and titles >= _STRANGE
        return whole >= _ALL_STRANGE and (bool(a.title or b.title) or min(len(first), len(second)) >= _SEVERAL)
    if not (a.korean or b.korean):
        return False
    strange = share(first, a, b) if first else share(second, b, a)
    twice = any(_sure(each.title) and _sure(each.lead) for each in (a, b))
    return twice and strange >= _ALL_STRANGE


def _sure(marks: Iterable[str]) -> bool:
    """Return whether there is a name that Hangul would show."""
    return any(mark[0] != "^" for mark in marks)


def _set_in(marks: Iterable[str]) -> list[str]:
    """Return the names that are none of the catalogue's people, countries or regions."""
    return [mark for mark in marks if _type(mark) not in {"person", "country"} and not _is_region(mark)]


def _is_region(mark: str) -> bool:
    known = (parents().get(part[1:]) for part in mark.split("|") if part[0] == "@")
    return any(place is not None and place.level == "region" for place in known)


def in_common(a: Names, b: Names) -> int:
    """Return how many names the titles of two articles share; 0 where either title has a name that the other lacks.

    A name of one title may stand in the other's lead. Countries do not count, nor a catalogue's person alone: of those
    every day has several events.
    """
    first, second = (list(_merged(each.title)) for each in (a, b))
    if not first or not second or _strange(first, a, b) or _strange(second, b, a):
        return 0
    shared = min((_telling(marks) for marks in (first, second)), key=len)
    return 0 if len(shared) == 1 and _type(shared[0]) == "person" else len(shared)


def shared_names(a: Names, b: Names, written: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of the title and lead of article `b` that `a` says, in their order.

    `written` is how `b` writes its marks. A name of the catalogue is returned as its id, any other as it is written; no
    abbreviations, no countries.
    """
    order = {mark: at for at, mark in enumerate(written)}
    marks = [parts for mark in _telling(b.title | b.lead) if (parts := mark.split("|"))[0] in written]
    found, told = list[str](), set[str]()  # a name of the title stands in the lead as well, with another ending
    for parts in sorted(marks, key=lambda parts: min(order[part] for part in parts)):
        if told.isdisjoint(parts) and _says(a.said, "|".join(parts), a.korean or b.korean):
            found.append(written[parts[0]])  # an id comes first
            told.update(parts)
    return tuple(found)


def _telling(marks: Iterable[str]) -> list[str]:
    """Return the names that are no abbreviations, and none of countries."""
    return [mark for mark in marks if mark[0] != "=" and _type(mark) != "country"]


def _type(mark: str) -> str:
    """Return the type of the catalogue's entity that a name is of, 'country' for places that are no towns; else ""."""
    specs = [spec for part in mark.split("|") if part[0] == "@" and (spec := shipped().find(part[1:]))]
    for spec in specs:
        if spec.type != "place":
            return str(spec.type)
        if spec.id not in parents():
            return "country"
    return ""


def _strange(marks: Collection[str], own: Names, other: Names, *, one_language: bool = False) -> float:
    """Return the share of an article's names that the other one does not say.

    Abbreviations count only where it says them, unless both are in `one_language`: each language makes its own. So do
    names of two consonants where one of the articles is Korean: Hangul's vowels are others.
    """
    hangul_too = own.korean or other.korean
    unsure = {"=": not one_language, "^": hangul_too}
    said = [(mark, _says(other.said, mark, hangul_too)) for mark in marks]
    found = [says for mark, says in said if says or not unsure.get(mark[0])]
    return found.count(False) / len(found) if found else 0.0


def _says(said: frozenset[str], mark: str, hangul_too: bool) -> bool:  # noqa: FBT001
    """Return whether a name is said; as Hangul writes it only where one of the articles is Korean."""
    each = [part for part in mark.split("|") if hangul_too or part[0] != "~"]
    if any(part in said for part in each):
        return True
    return any(_alike(part, other) for part in each if part[0] not in "@=^" for other in _near(said, part))


def _near(said: frozenset[str], part: str) -> tuple[str, ...]:
    """Return all of what is said that may be `_alike` a skeleton: it begins or ends with the same two consonants.

    One slip leaves either the first two or the last two as they are, as skeletons with one have `_SLIP` at least.
    """
    begin, end = _ends(part)
    by_ends = _by_ends(said)
    return (*by_ends.get(begin, ()), *by_ends.get(end, ()))


@lru_cache(maxsize=256)
def _by_ends(said: frozenset[str]) -> dict[str, tuple[str, ...]]:
    """Return what an article says by its ends: each new article is compared with many, and each mark with all said."""
    found: dict[str, tuple[str, ...]] = {}
    for mark in said:
        for end in _ends(mark):
            found[end] = (*found.get(end, ()), mark)
    return found


def _ends(mark: str) -> tuple[str, str]:
    """Return a mark's sign with its first two letters, and with its last two."""
    sign, word = (mark[0], mark[1:]) if mark[0] in _SIGNS else ("", mark)
    return f"{sign}<{word[:2]}", f"{sign}>{word[-2:]}"


@lru_cache(maxsize=50_000)
def _alike(one: str, other: str) -> bool:
    """Return whether two skeletons differ in an ending alone, or in one consonant."""
    if one[0] in _SIGNS or other[0] in _SIGNS:
        return one[0] == other[0] == "~" and _alike(one[1:], other[1:])
    short, long = sorted((one, other), key=len)
    if len(short) < _LONG or len(long) - len(short) > _TAIL:
        return False
    return long.startswith(short) or (len(short) >= _SLIP and _one_off(short, long))


def _one_off(short: str, long: str) -> bool:
    """Return whether one consonant is another, or is missing."""
    at = next((at for at, (x, y) in enumerate(zip(short, long, strict=False)) if x != y), len(short))
    rest = short[at:] if len(long) > len(short) else short[at + 1 :]
    return rest == long[at + 1 :]
