"""English: the plural of a term's last word, and the case gate of names.

The possessive is the tokeniser's business. Verb forms are not matched: `launch` is taken as the noun. Irregular plurals
after Quirk et al., *A Comprehensive Grammar of the English Language*, 5.73-5.103; what is an ordinary word is looked
up in simplemma's English table (packaged, loaded on first use in 0.4 s).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from monitor.text.forms._heads import ENGLISH
from monitor.text.forms.base import Form, FormSet, Kind
from monitor.text.normalise import key

_ALIKE_TEXT = (
    "series species aircraft spacecraft hovercraft watercraft rotorcraft fish sheep deer offspring headquarters"
    " means swine salmon trout moose shrimp crossroads barracks gallows news politics economics mathematics"
    " physics athletics police military personnel cattle staff bison cod squid"
)
ALIKE = frozenset(_ALIKE_TEXT.split())

# Words in -s that are no plurals of the word before the -s.
_NO_PLURAL_TEXT = (
    "news means always besides its his this was as is us hers ours theirs thus plus yes does goes whereas perhaps"
    " nowadays has hers ins its thanks alas whys"
)
NO_PLURAL = frozenset(_NO_PLURAL_TEXT.split())

_NO_COMPOUND_TEXT = (
    "human german roman ottoman norman talisman shaman caiman superhuman brahman mussulman turkoman ataman"
)
NO_COMPOUND = frozenset(_NO_COMPOUND_TEXT.split())

_PEOPLES_TEXT = (
    "roman ottoman spartan jew slav greek turk arab kurd czech pole dane swede finn serb croat briton scot tatar"
    " uzbek kazakh afghan afghani pakistani iraqi israeli spaniard slovak slovene azeri kuwaiti qatari saudi"
    " yemeni omani bengali nepali croatian uighur uyghur yazidi muslim christian catholic protestant sunni shiite"
    " buddhist hindu tory republican democrat liberal marine"
)
PEOPLES = frozenset(_PEOPLES_TEXT.split())

_VES_TEXT = "life wife knife leaf half wolf shelf thief loaf calf self elf sheaf scarf hoof"
VES = tuple(_VES_TEXT.split())

_PAIRS = (
    "man men|woman women|child children|foot feet|tooth teeth|goose geese|mouse mice|louse lice|ox oxen"
    "|person persons|penny pennies pence|die dice dies|brother brothers brethren|quiz quizzes|whiz whizzes"
    "|bus buses busses|gas gases gasses|criterion criteria criterions|phenomenon phenomena phenomenons"
    "|automaton automata automatons|datum data|bacterium bacteria|memorandum memoranda memorandums"
    "|stratum strata|curriculum curricula curriculums|referendum referendums referenda|addendum addenda"
    "|erratum errata|spectrum spectra spectrums|symposium symposia symposiums"
    "|millennium millennia millenniums|aquarium aquariums aquaria|stadium stadiums stadia|quantum quanta"
    "|momentum momenta|medium media mediums|ovum ova|forum forums fora|maximum maxima maximums"
    "|minimum minima minimums|nucleus nuclei|stimulus stimuli|alumnus alumni|fungus fungi funguses"
    "|cactus cacti cactuses|focus foci focuses|syllabus syllabi syllabuses|radius radii radiuses"
    "|terminus termini terminuses|bacillus bacilli|locus loci|genius geniuses|genus genera"
    "|corpus corpora corpuses|opus opuses opera|index indices indexes|appendix appendices appendixes"
    "|matrix matrices matrixes|vertex vertices vertexes|vortex vortices vortexes|codex codices|larva larvae"
    "|alga algae|antenna antennas antennae|formula formulas formulae|vertebra vertebrae"
    "|nebula nebulae nebulas|alumna alumnae|axis axes|passerby passersby|staff staffs staves"
    "|dwarf dwarfs dwarves|brief briefs|chief chiefs|belief beliefs|proof proofs|roof roofs|cliff cliffs"
    "|reef reefs|relief reliefs|mischief mischiefs|photo photos|piano pianos|radio radios|video videos"
)

IRREGULAR: dict[str, tuple[str, ...]] = {
    words[0]: tuple(words[1:]) for words in (pair.split() for pair in _PAIRS.split("|"))
}


NAME = "English"
LANGUAGES = ("en",)
SCRIPTS = ("latin",)
QUALITY = "nouns: recall .998, precision .984; names: .991 / .982 (UD English PUD)"

_NAMES = {Kind.NAME, Kind.SURNAME, Kind.GIVEN, Kind.PLACE}
_STRICT = 5  # letters: longer acronyms are also written like names ('Unesco')
_SHORT = 3
_PAIR = 2  # words
# What stands after the word of a phrase that takes the plural: 'prisoners of war', 'attorneys general'.
_AFTER_HEAD = frozenset({"of", "in", "at", "on", "for", "by", "to", "with", "from", "general", "elect", "martial"})
# Names of peoples and parties have a plural; those of persons have not ('Peter' is not 'Peters').
_PEOPLE = re.compile(r"..(?:ian|ean|[aio]can|[gtr]man|ist|crat|stani|raqi|raeli)$")
_COMPOUND = re.compile(r".{2,}(?:man|woman|child|foot|tooth|mouse|goose)$")
_SIBILANT = re.compile(r"(?:s|x|z|ch|sh)$")
_CLASSICAL = (("sis", "ses"), ("xis", "xes"), ("eau", "eaux"), ("phenomenon", "phenomena"), ("criterion", "criteria"))


def expand(word: str, language: str | None = None, kind: Kind = Kind.AUTO) -> FormSet:  # noqa: ARG001 - Family
    """Return the forms of one word alone: a name has one, a noun two or more."""
    if is_acronym(word, kind):
        return acronym(word)
    base = key(word)
    name = word[:1].isupper() or kind in _NAMES
    forms = {base: Form("exact", capital=name and is_marked(base))}
    if not name or kind is Kind.PRODUCT or base in PEOPLES or _PEOPLE.search(base):
        for plural in plurals(base):
            forms.setdefault(plural, Form("english plural", capital=name and is_marked(plural)))
    return FormSet(word, forms)


def expand_phrase(
    words: Sequence[str],
    language: str | None = None,  # noqa: ARG001 - PhraseFamily
    kind: Kind = Kind.AUTO,
) -> list[FormSet]:
    """Return the forms of each word of a phrase: its head and the last have a plural, unless it is a person's name."""
    sets = []
    for at, word in enumerate(words):
        if is_acronym(word, Kind.AUTO):
            sets.append(acronym(word))
            continue
        forms = {key(word): Form("exact")}
        head = at == len(words) - 1 or key(words[at + 1]) in _AFTER_HEAD
        if head and kind not in {Kind.SURNAME, Kind.GIVEN} and is_ordinary(key(word)):
            for plural in plurals(key(word)):
                forms.setdefault(plural, Form("english plural"))
        sets.append(FormSet(word, forms))
    if _needs_marking(words):
        sets[0] = FormSet(
            sets[0].word, {k: Form(f.rule, capital=True, upper=f.upper, stem=f.stem) for k, f in sets[0].forms.items()}
        )
    return sets


def _needs_marking(words: Sequence[str]) -> bool:
    """Return whether only its capital tells a phrase from ordinary words: 'White House', not 'Foreign Ministry'."""
    if len(words) != _PAIR or not words[0][:1].isupper():
        return False
    keys = [key(word) for word in words]
    return ENGLISH.isdisjoint(keys) and all(map(is_ordinary, keys))


def is_acronym(word: str, kind: Kind) -> bool:
    """Return whether a word is to be taken as an acronym: a term in capitals matches capitals only."""
    return kind is Kind.ACRONYM or word.isupper()


def acronym(word: str) -> FormSet:
    """Return an acronym, in capitals, and its plural with a small s: `ICBM`, `ICBMs`."""
    base, strict = key(word), len(word) <= _STRICT
    forms = {base: Form("acronym", upper=strict, capital=not strict, stem=len(word))}
    if len(word) > 1:
        forms[base + "s"] = Form("acronym: plural", upper=True, stem=len(word))
    return FormSet(word, forms)


def is_marked(base: str) -> bool:
    """Return whether a name needs its capital to be told from an ordinary word."""
    return len(base) <= _SHORT or is_ordinary(base)


def is_ordinary(base: str) -> bool:
    """Return whether a word is in the English table in small letters; 'Korea' is there with its capital only."""
    return base in _table()


@cache
def _table() -> Mapping[str, str]:
    """Return simplemma's English table: forms to lemmas."""
    from simplemma.strategies import DefaultDictionaryFactory

    table: Mapping[str, str] = DefaultDictionaryFactory().get_dictionary("en")
    return table


def plurals(base: str) -> Iterator[str]:
    """Return the plurals of a noun in small letters; nothing for what is a plural already."""
    if base in ALIKE or len(base) < _SHORT - 1 or not base.isalpha():
        return
    if base in IRREGULAR:
        yield from IRREGULAR[base]
        return
    compound = _COMPOUND.search(base)
    if compound and base not in NO_COMPOUND:
        head = next(
            noun for noun in ("woman", "man", "child", "foot", "tooth", "mouse", "goose") if base.endswith(noun)
        )
        yield base[: -len(head)] + IRREGULAR[head][0]
        return
    for plural in _regular(base):
        if plural not in NO_PLURAL:
            yield plural


def _regular(base: str) -> Iterator[str]:
    """Return the regular plurals, and the classical ones where the ending tells."""
    for ending, plural in _CLASSICAL:
        if base.endswith(ending):
            yield base[: -len(ending)] + plural
            if ending != "eau":
                return
    if _is_plural(base):
        return
    if base.endswith("y") and base[-2:-1] not in "aeiou":
        yield base[:-1] + "ies"
    elif _SIBILANT.search(base):
        yield base + "es"
    elif base.endswith("o"):
        yield base + "s"
        yield base + "es"
    elif base.endswith(VES):
        yield base[: -2 if base.endswith("fe") else -1] + "ves"
        yield base + "s"
    else:
        yield base + "s"


def _is_plural(base: str) -> bool:
    """Return whether a word in -s is a plural: the table knows its singular."""
    if not base.endswith("s") or base.endswith(("ss", "us", "is")):
        return False
    from simplemma import lemmatize

    return is_ordinary(base) and lemmatize(base, "en") != base
