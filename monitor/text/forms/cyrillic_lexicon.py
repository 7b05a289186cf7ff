"""What the dictionaries of pymorphy3 (OpenCorpora for Russian, dict_uk for Ukrainian) say of words and of their forms.

Known words are looked up in the dictionary's own tables: building pymorphy's Parse objects costs ten times as much.
Unknown words go through its analogy (known prefixes, known endings). Tags are compared as strings, because those of the
Ukrainian dictionary miss grammemes: there 'nomn' is often absent where the word is its own normal form.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

LANGUAGES_KNOWN = ("uk", "ru")
_FOREIGN = {"uk": frozenset("ыэъё"), "ru": frozenset("іїєґ'")}
_NOMINAL = ("NOUN", "ADJF", "PRTF", "NUMR")
_PROPER = frozenset({"Name", "Surn", "Patr", "Geox", "Orgn", "Trad"})
_FUNCTION = ("PREP", "CONJ", "PRCL", "NPRO", "INTJ")
_RARE = 0.1  # a reading that the annotated corpus gives to fewer of a word's occurrences does not speak for it


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a word: the word (with ё where the dictionary writes it), its tag and its lexeme."""

    word: str
    tag: frozenset[str]
    normal: str
    lexeme: tuple[tuple[str, frozenset[str]], ...]  # every form with its tag
    known: bool  # stands in the dictionary, not guessed by analogy

    @property
    def part(self) -> str:
        """Give the part of speech."""
        return next((name for name in (*_NOMINAL, *_FUNCTION, "VERB", "INFN", "ADVB") if name in self.tag), "")

    @property
    def nominative(self) -> bool:
        """Tell whether this is a base form of a noun, adjective, participle or numeral, singular or plural."""
        return self.part in _NOMINAL and ("nomn" in self.tag or (self.normal == self.word and not self.tag & _OBLIQUE))

    @property
    def plural(self) -> bool:
        """Tell whether the reading is plural."""
        return "plur" in self.tag


_OBLIQUE = frozenset({"gent", "datv", "accs", "ablt", "loct", "voct", "gen2", "acc2", "loc2"})


@cache
def analyzer(language: str) -> Any:
    """Give pymorphy's analyser of 'uk' or 'ru', loaded on first use (0.15 s, 30 MB)."""
    import pymorphy3

    return pymorphy3.MorphAnalyzer(lang=language)


def writes(word: str, language: str) -> bool:
    """Tell whether `word` has no letter that `language` lacks."""
    return _FOREIGN[language].isdisjoint(word.lower())


@cache
def _tag(language: str, tag_id: int) -> frozenset[str]:
    """Give a tag's grammemes; tags are shared by all words of a paradigm."""
    return frozenset(str(analyzer(language).dictionary.gramtab[tag_id]).replace(" ", ",").split(","))


@lru_cache(maxsize=8192)
def _paradigm(language: str, number: int) -> tuple[tuple[str, str, frozenset[str]], ...]:
    """Give (prefix, ending, tag) of each form of a paradigm."""
    words = analyzer(language).dictionary
    row = words.paradigms[number]
    size = len(row) // 3
    return tuple(
        (words.paradigm_prefixes[row[2 * size + i]], words.suffixes[row[i]], _tag(language, row[size + i]))
        for i in range(size)
    )


def known(word: str, language: str) -> list[Reading]:
    """Give the readings of a lower-case word that the dictionary has, е standing for ё."""
    found = []
    morph = analyzer(language)
    for spelled, values in morph.dictionary.words.similar_items(word, morph.char_substitutes):
        for number, index in values:
            rows = _paradigm(language, number)
            prefix, ending, tag = rows[index]
            stem = spelled[len(prefix) : len(spelled) - len(ending)]
            lexeme = tuple((before + stem + after, its) for before, after, its in rows)
            found.append(Reading(spelled, tag, lexeme[0][0], lexeme, known=True))
    return found


def guessed(word: str, language: str) -> list[Reading]:
    """Give the readings of an unknown lower-case word by analogy."""
    found = []
    for parse in analyzer(language).parse(word):
        tag = frozenset(str(parse.tag).replace(" ", ",").split(","))
        if tag.isdisjoint(_NOMINAL):
            continue
        lexeme = tuple((form.word, frozenset(str(form.tag).replace(" ", ",").split(","))) for form in parse.lexeme)
        found.append(Reading(parse.word, tag, parse.normal_form, lexeme, known=False))
    return found


@lru_cache(maxsize=200_000)
def tags(word: str, language: str) -> tuple[frozenset[str], ...]:
    """Give the tag of each dictionary reading of a lower-case word."""
    morph = analyzer(language)
    gramtab_ids = []
    for _, values in morph.dictionary.words.similar_items(word, morph.char_substitutes):
        for number, index in values:
            row = morph.dictionary.paradigms[number]
            gramtab_ids.append(row[len(row) // 3 + index])
    return tuple(_tag(language, tag_id) for tag_id in gramtab_ids)


def is_ordinary(word: str) -> bool:
    """Tell whether a lower-case word is in a dictionary as anything but a name.

    The Ukrainian dictionary does not mark places: what it has is ordinary, unless Russian knows it as a name only.
    """
    russian = tags(word, "ru")
    if russian:
        return any(not tag & _PROPER for tag in russian)
    return any(not tag & _PROPER for tag in tags(word, "uk"))


@lru_cache(maxsize=100_000)
def is_function_word(word: str, language: str) -> bool:
    """Tell whether a lower-case word is, more often than not, a preposition, conjunction, particle or pronoun."""
    readings = tags(word, language)
    if not any(tag & _FUNCTIONS for tag in readings):
        return False
    if language != "ru" or all(tag & _FUNCTIONS for tag in readings):
        return True
    # Only the Russian dictionary comes with frequencies.
    weight: float = sum(parse.score for parse in analyzer("ru").parse(word) if _functional(str(parse.tag)))
    return weight > 1 - _RARE


_FUNCTIONS = frozenset({*_FUNCTION, "Apro"})


def _functional(tag: str) -> bool:
    return any(part in tag for part in _FUNCTIONS)


def belongs_to_another(word: str, normal: str, language: str) -> bool:
    """Tell whether a lower-case word is also a form of a lexeme other than that of `normal`."""
    morph = analyzer(language)
    for spelled, values in morph.dictionary.words.similar_items(word, morph.char_substitutes):
        for number, index in values:
            if morph.dictionary.build_normal_form(number, index, spelled) != normal:
                return True
    return False
