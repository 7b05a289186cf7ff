"""Look-ups in pymorphy3's dictionaries (OpenCorpora for Russian, dict_uk for Ukrainian).

Known words are looked up in the dictionary's own tables: building pymorphy's Parse objects costs ten times as much.
Unknown words go through its analogy (known prefixes, known endings). Tags are compared as strings, because those of the
Ukrainian dictionary miss grammemes: there 'nomn' is often absent where the word is its own normal form.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from monitor.text import word_trees

LANGUAGES_KNOWN = ("uk", "ru")
_VARIANTS = {"uk": {"г": "ґ"}, "ru": {"е": "ё"}}
_FOREIGN = {"uk": frozenset("ыэъё"), "ru": frozenset("іїєґ'")}
_NOMINAL = ("NOUN", "ADJF", "PRTF", "NUMR")
_INFLECTED = (*_NOMINAL, "INFN", "VERB")
_PROPER = frozenset({"Name", "Surn", "Patr", "Geox", "Orgn", "Trad"})
_FUNCTION = ("PREP", "CONJ", "PRCL", "NPRO", "INTJ")
_LONGEST = 64  # letters: no word is longer, and each letter costs a step in the dictionary
_FUNCTION_LONGEST = 5  # letters: longer ones share no form with nouns, or seldom ('шляхом', 'нічого')
_PAYLOAD = b"\x01"  # parts a word from its paradigms in the dictionary's tree
# Short forms of nouns that are more frequent than the function words they look like.
_NOUNS_AFTER_ALL = frozenset({"меж", "мов", "отця", "отцю", "отці", "округ"})
# Adverbs and prepositions that are far more frequent than the case of a noun that they look like, and mean nothing of
# the noun: 'уже' is not of 'уж', 'потом' not of 'пот', while 'утром' is of 'утро'.
_ADVERBS_TEXT = {
    "uk": "відразу загалом кругом підряд порою поспіхом протягом разом",
    "ru": (
        "битком верхом даром кругом мигом наряду особняком подряд порой порою потом прямиком пуще разом рядом сходу "
        "толком уже целиком"
    ),
}
_ADVERBS_FIRST = {language: frozenset(text.split()) for language, text in _ADVERBS_TEXT.items()}
# What makes, with a hyphen, an adverb or a pronoun of another word: 'по-друге', 'все-таки', 'будь-який', 'в-третьих'.
PARTICLES_BEFORE = frozenset({"по", "в", "во", "кое", "кой", "будь", "казна", "хтозна", "бозна", "чортзна", "аби"})
PARTICLES_AFTER = frozenset({"таки", "то", "небудь", "нибудь", "либо", "будь"})
_RARE_CASES = frozenset({"voct", "loct"})
_SHORT_NAME = 3  # letters
_MOST = 0.5  # where no reading has more, the corpus knows too little of the word
_RARE = 0.1  # a reading that the annotated corpus gives to fewer of a word's occurrences does not speak for it


@dataclass(frozen=True, slots=True)
class WordAnalysis:
    """One morphological analysis of a word: its spelling (with ё), its tag and its lexeme."""

    word: str
    tag: frozenset[str]
    normal: str
    lexeme: tuple[tuple[str, frozenset[str]], ...]  # every form with its tag
    known: bool  # stands in the dictionary, not guessed by analogy

    @property
    def part(self) -> str:
        """Return the part of speech."""
        return next((name for name in (*_NOMINAL, *_FUNCTION, "VERB", "INFN", "ADVB") if name in self.tag), "")

    @property
    def nominative(self) -> bool:
        """Return whether this is a base form of a noun, adjective, participle or numeral, singular or plural."""
        return self.part in _NOMINAL and ("nomn" in self.tag or (self.normal == self.word and not self.tag & _OBLIQUE))

    @property
    def infinitive(self) -> bool:
        """Return whether this is the base form of a verb."""
        return "INFN" in self.tag or ("VERB" in self.tag and self.normal == self.word and self.tag.isdisjoint(_FINITE))

    @property
    def plural(self) -> bool:
        """Return whether the reading is plural."""
        return "plur" in self.tag


_FINITE = frozenset({"past", "pres", "futr", "impr"})
_OBLIQUE = frozenset({"gent", "datv", "accs", "ablt", "loct", "voct", "gen2", "acc2", "loc2"})


@cache
def analyzer(language: str) -> Any:
    """Return pymorphy's analyser of 'uk' or 'ru', loaded on first use (.06 s, 5 MB besides what is mapped)."""
    import pymorphy3

    made = pymorphy3.MorphAnalyzer(lang=language)
    word_trees.map_analyzer(made)
    return made


def writes(word: str, language: str) -> bool:
    """Return whether `word` has no letter that `language` lacks."""
    return _FOREIGN[language].isdisjoint(word.lower())


@cache
def _tag(language: str, tag_id: int) -> frozenset[str]:
    """Return a tag's grammemes; tags are shared by all words of a paradigm."""
    return frozenset(str(analyzer(language).dictionary.gramtab[tag_id]).replace(" ", ",").split(","))


@lru_cache(maxsize=8192)
def _paradigm(language: str, number: int) -> tuple[tuple[str, str, frozenset[str]], ...]:
    """Return (prefix, ending, tag) of each form of a paradigm."""
    words = analyzer(language).dictionary
    row = words.paradigms[number]
    size = len(row) // 3
    return tuple(
        (words.paradigm_prefixes[row[2 * size + i]], words.suffixes[row[i]], _tag(language, row[size + i]))
        for i in range(size)
    )


@lru_cache(maxsize=20_000)
def _places(prefix: str, language: str) -> tuple[tuple[str, int], ...]:
    """Return where a prefix leads to in the dictionary's tree, with its spellings there (е may stand for ё, г for ґ).

    The forms of a term share their stem, so that each costs a step or two: a tenth of looking it up anew.
    """
    if not prefix:
        return (("", 0),)
    letters = (prefix[-1], *_VARIANTS[language].get(prefix[-1], ()))
    follow = analyzer(language).dictionary.words.dct.follow_bytes
    return tuple(
        (before + letter, place)
        for before, at in _places(prefix[:-1], language)
        for letter in letters
        if (place := follow(letter.encode(), at)) is not None
    )


def _entries(word: str, language: str) -> Iterator[tuple[str, int, int]]:
    """Return (spelling, number of the paradigm, index in it) of each dictionary reading of a lower-case word."""
    if len(word) > _LONGEST:
        return
    words = analyzer(language).dictionary.words
    for spelled, place in _places(word, language):
        if words.dct.follow_bytes(_PAYLOAD, place) is not None:
            for number, index in words.get(spelled):
                yield spelled, number, index


def known(word: str, language: str) -> list[WordAnalysis]:
    """Return the readings of a lower-case word that the dictionary has, е standing for ё."""
    found = []
    for spelled, number, index in _entries(word, language):
        rows = _paradigm(language, number)
        prefix, ending, tag = rows[index]
        stem = spelled[len(prefix) : len(spelled) - len(ending)]
        lexeme = tuple((before + stem + after, its) for before, after, its in rows)
        found.append(WordAnalysis(spelled, tag, lexeme[0][0], lexeme, known=True))
    return found


def guessed(word: str, language: str) -> list[WordAnalysis]:
    """Return the readings of an unknown lower-case word by analogy."""
    found = []
    for parse in analyzer(language).parse(word):
        tag = frozenset(str(parse.tag).replace(" ", ",").split(","))
        if tag.isdisjoint(_INFLECTED):
            continue
        lexeme = tuple((form.word, frozenset(str(form.tag).replace(" ", ",").split(","))) for form in parse.lexeme)
        found.append(WordAnalysis(parse.word, tag, parse.normal_form, lexeme, known=False))
    return found


@lru_cache(maxsize=20_000)
def tags(word: str, language: str) -> tuple[frozenset[str], ...]:
    """Return the tag of each dictionary reading of a lower-case word."""
    return tuple(_paradigm(language, number)[index][2] for _, number, index in _entries(word, language))


def is_ordinary(word: str) -> bool:
    """Return whether a lower-case word is in a dictionary as anything but a name.

    The Ukrainian dictionary does not mark places: its nouns are ordinary, unless Russian knows them as names only, one
    of a place among them ('вовка' is a wolf's, though Russian has a Вовка).
    """
    russian = tags(word, "ru")
    if any(not tag & _PROPER for tag in russian):
        return True
    place = any("Geox" in tag for tag in russian)
    return any(not tag & _PROPER and not (place and "NOUN" in tag) for tag in tags(word, "uk"))


def is_word(word: str) -> bool:
    """Return whether a lower-case word is in a dictionary as anything but an acronym: as a word or a name.

    Where one of the two has it as an acronym or an organisation, the other's noun is that, too ('хамас').
    """
    readings = [(language, tag) for language in LANGUAGES_KNOWN for tag in tags(word, language)]
    marked = any(tag & _ORGANISED for _, tag in readings)
    return any(
        not tag & _ORGANISED and "voct" not in tag and not (marked and language == "uk" and tag >= _UNMARKED)
        for language, tag in readings
    )


_ORGANISED = frozenset({"Abbr", "Orgn"})
_UNMARKED = frozenset({"NOUN", "inan"})


def is_acronym(word: str) -> bool:
    """Return whether a lower-case word is in a dictionary as an acronym: 'сбу'."""
    return any("Abbr" in tag for language in LANGUAGES_KNOWN for tag in tags(word, language))


def is_told_without_capital(form: str, base: str) -> bool:
    """Return whether a form of a name is still told as such where all capitals are missing: 'одеса', but not 'захід'.

    It is where it is no form of an ordinary word. The Ukrainian dictionary does not mark places: it has their singular
    alone. Of these, rare cases of other things do not count ('київ' of 'кий').
    """
    if len(base) <= _SHORT_NAME:
        return False
    place = any(_is_unmarked(one, base) for one in known(base, "uk"))
    return all(
        one.tag & _PROPER or (place and language == "uk" and (_is_unmarked(one, base) or _is_rare(form, one.tag)))
        for language in LANGUAGES_KNOWN
        for one in known(form, language)
    )


def _is_rare(form: str, tag: frozenset[str]) -> bool:
    """Return whether a reading is of a case that few texts have of a thing: 'київ' of several 'кий', 'києві' of one."""
    long_dative = bool(tag & {"datv", "loct"}) and form.endswith(("ові", "еві", "єві"))
    return "NOUN" in tag and (tag >= {"gent", "plur"} or long_dative)


def _is_unmarked(reading: WordAnalysis, base: str) -> bool:
    """Return whether a reading of the Ukrainian dictionary may be of a place: of a noun that has no plural."""
    return (
        reading.normal == base
        and reading.part == "NOUN"
        and "inan" in reading.tag
        and not any("plur" in tag for _, tag in reading.lexeme)
    )


def is_base_of_another(form: str, normal: str, language: str) -> bool:
    """Return whether a lower-case form of the lexeme of `normal` is the base form of another ordinary word: 'роль'."""
    return any(
        one.normal == one.word != normal and one.nominative and not one.plural and not one.tag & _PROPER
        for one in known(form, language)
    )


def is_given_name(word: str) -> bool:
    """Return whether a lower-case word is in a dictionary as a given name or a place, and not as an ordinary word."""
    return not is_ordinary(word) and any(
        tag & {"Name", "Geox"} for language in LANGUAGES_KNOWN for tag in tags(word, language)
    )


def is_function_word(word: str, language: str) -> bool:
    """Return whether a lower-case word is, more often than not, a preposition, conjunction, particle or pronoun."""
    if len(word) > _FUNCTION_LONGEST or word in _NOUNS_AFTER_ALL:
        return False
    readings = tags(word, language)
    if not any(tag & _FUNCTIONS for tag in readings):
        return False
    if language != "ru" or all(tag & _FUNCTIONS for tag in readings):
        return True
    return _weight_in_text(word) > 1 - _RARE


@lru_cache(maxsize=4096)
def _weight_in_text(word: str) -> float:
    """Return how many of a Russian word's occurrences are function words: only that dictionary has frequencies."""
    parses = analyzer("ru").parse(word)
    return float(sum(parse.score for parse in parses if any(part in str(parse.tag) for part in _FUNCTIONS)))


_FUNCTIONS = frozenset({*_FUNCTION, "Apro"})


def is_seldom(form: str, tag: frozenset[str], normal: str, language: str) -> bool:
    """Return whether a lower-case form of the lexeme of `normal` is nearly always a word of another lexeme.

    For Russian the annotated corpus tells ('выборов' is of 'выборы', not of 'выбор'). For Ukrainian, which has none,
    cases tell: a vocative is rarer than what is none ('діє'), a dative in -ові of things than the adjective
    ('військові'), an imperative than a noun ('заяви').
    """
    if not belongs_to_another(form, normal, language):
        return _is_seldom_abroad(form, tag, normal, language)
    if _is_frozen(form, tag, language) or ("PRTF" in tag and form.startswith(_STEMS_NOW)):
        return True
    if language == "ru":
        return _share_in_text(form, normal) < _RARE
    return _is_seldom_in_ukrainian(form, tag)


def _is_seldom_in_ukrainian(form: str, tag: frozenset[str]) -> bool:
    language = "uk"
    if "VERB" in tag:
        return any(_is_rare_of_verb(form, tag, other) for other in tags(form, language))
    if "voct" in tag:
        return not all("voct" in other for other in tags(form, language))
    things = "anim" not in tag and bool(tag & {"datv", "loct"}) and form.endswith(("ові", "еві", "єві"))
    return things and any("ADJF" in other for other in tags(form, language))


def participles(reading: WordAnalysis, language: str) -> Iterator[WordAnalysis]:
    """Return the participles and gerunds of a verb, which the Ukrainian dictionary has as words of their own.

    They are found by the forms that they share their stem with: 'запущений' by the impersonal 'запущено', 'палаючий'
    and 'палаючи' by 'палають', 'загиблий' by 'загибла', 'запустивши' by 'запустив'; of verbs by analogy, too.
    """
    if language != "uk" or not reading.infinitive:
        return
    for made in _IRREGULAR_PARTICIPLES.get(reading.normal, ()):
        yield from _of_kind(made, "actv", language)
    for form, tag in reading.lexeme:
        for marks, ending, added, kind in _TO_PARTICIPLE:
            made = form.removesuffix(ending) + added
            if marks <= tag and form.endswith(ending) and made not in _ADJECTIVES_NOW:
                yield from _of_kind(made, kind, language) if reading.known else _by_analogy(made, kind, language)


def _of_kind(made: str, kind: str, language: str) -> Iterator[WordAnalysis]:
    return (
        one
        for one in known(made, language)
        if {kind, "nomn"} <= one.tag
        or (kind == "GRND" and kind in one.tag)
        or (kind == "actv" and {"NOUN", "anim", "masc", "nomn"} <= one.tag)  # 'загиблий', which is a noun there
    )


def _by_analogy(made: str, kind: str, language: str) -> Iterator[WordAnalysis]:
    """Return the passive participle or the gerund of a verb in no dictionary."""
    if kind == "GRND":
        tag = frozenset({kind})
        yield WordAnalysis(made, tag, made, ((made, tag),), known=False)
    elif kind == "pssv":
        yield from (one for one in guessed(made, language) if {"ADJF", "nomn"} <= one.tag and one.normal == made)


_TO_PARTICIPLE = (
    (frozenset({"Impe"}), "о", "ий", "pssv"),
    (frozenset({"3per", "plur", "pres"}), "ть", "чий", "actv"),
    (frozenset({"past", "femn"}), "ла", "лий", "actv"),
    (frozenset({"3per", "plur", "pres"}), "ть", "чи", "GRND"),
    (frozenset({"3per", "plur", "pres"}), "ться", "чись", "GRND"),
    (frozenset({"past", "masc"}), "", "ши", "GRND"),
    (frozenset({"past", "masc", "Refl"}), "ся", "шись", "GRND"),
)
_IRREGULAR_PARTICIPLES = {"загинути": ("загиблий",), "полягти": ("полеглий",)}
# Adjectives that were participles: 'следующий' is not of 'следовать', 'минулий' not of 'минути'.
_ADJECTIVES_NOW = frozenset({"даний", "минулий", "бувший", "званий"})
_STEMS_NOW = ("следующ", "данн", "бывш")


def _is_rare_of_verb(form: str, tag: frozenset[str], other: frozenset[str]) -> bool:
    """Return whether a form of a Ukrainian verb is rarer in news than another word of these letters.

    Rare are imperatives ('заяви'), short forms ('дума', 'знать', 'видим'), and beside a noun 'I' ('стану').
    """
    if "VERB" in other:
        return False
    short = (
        "infn" in tag or ("3per" in tag and form.endswith(("а", "я")) and "Refl" not in tag) or {"1per", "plur"} <= tag
    )
    first = {"1per", "sing"} <= tag and other >= {"NOUN", "inan"} and not other.isdisjoint({"gent", "accs"})
    return first or "impr" in tag or (short and not form.endswith(("ти", "мо")))


def _is_frozen(form: str, tag: frozenset[str], language: str) -> bool:
    """Return whether a case of a noun looks like an adverb that is far more frequent: 'разом', 'уже'."""
    return "NOUN" in tag and "nomn" not in tag and form in _ADVERBS_FIRST[language]


def _is_seldom_abroad(form: str, tag: frozenset[str], normal: str, language: str) -> bool:
    """Return whether a rare case in one language is a word of the other: Russian 'о друге' is Ukrainian 'друге'."""
    if "voct" not in tag and not ({"loct", "anim", "sing"} <= tag):
        return False
    other = "ru" if language == "uk" else "uk"
    return belongs_to_another(form, normal, other) and any(not one & _RARE_CASES for one in tags(form, other))


@lru_cache(maxsize=20_000)
def _share_in_text(form: str, normal: str) -> float:
    """Return how many of a Russian form's occurrences are of the lexeme of `normal`, 1 where nothing is known of it.

    Adverbs are counted as its forms: annotators do not agree on which 'утром' is a noun.
    """
    parses = analyzer("ru").parse(form)
    if not any(parse.score > _MOST for parse in parses):
        return 1.0
    return float(sum(parse.score for parse in parses if parse.normal_form == normal or "ADVB" in str(parse.tag)))


def is_fused(word: str, language: str) -> bool:
    """Return whether a lower-case word and a particle with a hyphen are a word of their own: 'друге' in 'по-друге'."""
    if word in _after_particles(language):
        return True
    if len(word) >= _LONGEST or not _places(f"{word}-", language):
        return False
    return any(tag & _FUSED for particle in PARTICLES_AFTER for tag in tags(f"{word}-{particle}", language))


@cache
def _after_particles(language: str) -> frozenset[str]:
    """Return what the dictionary has after a particle and a hyphen, in adverbs and pronouns: some hundreds of words."""
    words = analyzer(language).dictionary.words
    found = (
        (spelled.removeprefix(before), _paradigm(language, number)[index][2])
        for before in (f"{particle}-" for particle in PARTICLES_BEFORE)
        for spelled, (number, index) in words.iteritems(before)
    )
    return frozenset(word.replace("ё", "е") for word, tag in found if tag & _FUSED)


_FUSED = frozenset({*_FUNCTIONS, "ADVB"})


def means_another(form: str, base: str, language: str) -> bool:
    """Return whether a lower-case form that only the other language makes of `base` is another word of `language`.

    Where Russian has it as a form of `base` and does not make it, it is seldom that ('начал'). An adjective that is the
    same but for its ending is no other word ('ядерний', 'ядерный').
    """
    build = analyzer(language).dictionary.build_normal_form
    normals = {build(number, index, spelled).replace("ё", "е") for spelled, number, index in _entries(form, language)}
    if base.endswith(_ADJECTIVE) and any(one.endswith(_ADJECTIVE) and one[:-2] == base[:-2] for one in normals):
        return False
    return bool(normals) and (language == "ru" or base not in normals)


_ADJECTIVE = ("ий", "ый", "ой", "ій")


def belongs_to_another(word: str, normal: str, language: str) -> bool:
    """Return whether a lower-case word is also a form of a lexeme other than that of `normal`."""
    build = analyzer(language).dictionary.build_normal_form
    return any(build(number, index, spelled) != normal for spelled, number, index in _entries(word, language))
