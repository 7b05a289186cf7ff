"""English: plurals, the forms of verbs, and the case gate of names.

The possessive is the tokeniser's business. A word alone stands for the noun and for the verb (`launch`); of a phrase,
the last word has a plural, and the first one its verb forms where a particle follows ('shot down'). Irregular plurals
after Quirk et al., *A Comprehensive Grammar of the English Language*, 5.73-5.103, verbs after 3.1-3.20; irregular verbs
are in `monitor/data/forms/en.yaml`. What is an ordinary word, and a form of which, is looked up in simplemma's English
table (packaged, loaded on first use in 0.4 s).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from monitor import data
from monitor.text.forms._heads import ENGLISH
from monitor.text.forms.base import PARTS, Form, FormSet, Kind, left_out, own_plural
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
    " uzbek kazakh afghan afghani pakistani iraqi israeli spaniard slovak slovene azeri kuwaiti qatari saudi yemeni"
    " omani bengali nepali croatian uighur uyghur yazidi muslim christian catholic protestant sunni shiite buddhist"
    " hindu tory republican democrat liberal marine houthi hutu tutsi druze hazara pashtun tuareg cossack gurkha"
    " chetnik fatahist jihadi salafi hashemite yemenite maronite alawite ismaili tamil sikh partisan maquisard"
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
QUALITY = "nouns: recall .999, precision .974; nouns and verbs: .997 / .975; names: .991 / .981 (UD English PUD)"

# Names of things that there are several of; the catalogue knows those of weapons, too.
_THINGS_TEXT = (
    "airbus abrams antonov apache archer bayraktar blackhawk boeing bofors bradley bulava bullpup cessna challenger"
    " chinook cobra dreamliner eurofighter fokker fulcrum galaxy geran gepard grad gripen growler harpoon"
    " hawk hellfire hercules hornet humvee ilyushin iskander ipad iphone javelin kalibr kalashnikov katyusha kinzhal"
    " kornet lancet learjet leopard leclerc macbook marder maverick merkava minuteman mirage molotov neptune nebo"
    " orlan osprey paladin panther pantsir patriot phantom predator puma qassam rafale raptor reaper sarmat scud"
    " sentinel shahed starlink stinger stryker stugna sukhoi hornet switchblade tesla tochka tomahawk topol"
    " tornado toyota trident tupolev typhoon uragan viper warthog wraith yars zircon"
)
_THINGS = frozenset(_THINGS_TEXT.split())
# Plurals whose meaning is their own: 'arms' are not an 'arm'.
_OWN_PLURALS_TEXT = (
    "arms forces talks goods customs minutes proceedings remains waters colours colors damages spirits terms wages"
    " looks manners odds quarters savings belongings outskirts barracks stairs glasses brains papers works grounds"
    " powers games greens lords commons tropics heavens woods accounts affairs authorities regards respects times"
    " troops services pants jeans shorts scissors clothes thanks ruins surroundings earnings rights futures kinds"
    " seconds presents wells wills backs lots bits ones others thousands hundreds millions billions dozens tens"
)
OWN_PLURALS = frozenset(_OWN_PLURALS_TEXT.split())
# Forms that are nearly always another word: 'ground' is not of 'grind'. `forms+` has them all the same.
_SELDOM_TEXT = (
    "according bedding bit ceiling cleft clothing clove crew dove evening footing gilt girt ground housing hove lodging"
    " outing plumbing pudding rent resent shilling span stocking stove wedding wound"
)
SELDOM = frozenset(_SELDOM_TEXT.split())
# Words whose forms in -ed and -ing are of the verb with an e: 'united' is of 'unite'; so are those in -th.
_NO_VERBS_TEXT = "bast bing hast hing laps lung past rang secret tens unit"
_NO_VERBS = frozenset(_NO_VERBS_TEXT.split())
# Nouns whose verbs are other words, far rarer: 'droned on'. `pos: verb` has them.
_NOUNS_FIRST = frozenset({"attache", "drone", "plane"})
# What makes one verb of a verb and itself: 'shot down', 'carried out'.
_PARTICLES_TEXT = "across ahead apart aside away back down forward in off on out over through together up"
_PARTICLES = frozenset(_PARTICLES_TEXT.split())
# Words that are others than what they are with accents: 'résumé', 'exposé', 'pâté'.
_OTHER_TEXT = "resume expose rose sake pate mate lame pique vise chasse glace peche mange conge"
_OTHER_WITHOUT_ACCENTS = frozenset(_OTHER_TEXT.split())
# Names of persons and places that the table lacks, and acronyms are spelled like.
_NAMES_TEXT = "wada isis dior rada kata kaya aida mina mara yara osman"
_NAMES_LIKE_ACRONYMS = frozenset(_NAMES_TEXT.split())
_THIRD = {"be": ("is", "am", "are"), "have": ("has",), "do": ("does",), "go": ("goes",), "mean": ("means",)}

_NAMES = {Kind.NAME, Kind.SURNAME, Kind.GIVEN, Kind.PLACE}
_VERBS = frozenset({Kind.AUTO, Kind.VERB, Kind.BOTH_ASPECTS})
_NOUNS = frozenset(Kind) - {Kind.VERB, Kind.BOTH_ASPECTS, Kind.ADJECTIVE}
_STRICT = 5  # letters: longer acronyms are also written like names ('Unesco')
_SHORT = 3
_PAIR = 2  # words
# What stands after the word of a phrase that takes the plural: 'prisoners of war', 'attorneys general'.
_AFTER_HEAD = frozenset({"of", "in", "at", "on", "for", "by", "to", "with", "from", "general", "elect", "martial"})
# Names of peoples and parties have a plural; those of persons have not ('Peter' is not 'Peters').
_PEOPLE = re.compile(r"..(?:ian|ean|[aio]can|[gtr]man|ist|crat|stani|raqi|raeli)$")
_COMPOUND = re.compile(r".{2,}(?:man|woman|child|foot|tooth|mouse|goose)$")
_COMPOUND_PLURAL = re.compile(r".{2,}((?:wo)?men)$")
_SIBILANT = re.compile(r"(?:s|x|z|ch|sh)$")
_CLASSICAL = (("sis", "ses"), ("xis", "xes"), ("eau", "eaux"), ("phenomenon", "phenomena"), ("criterion", "criteria"))


def expand(word: str, language: str | None = None, kind: Kind = Kind.AUTO) -> FormSet:  # noqa: ARG001 - Family
    """Return the forms of one word alone: a name has one, a noun two or more."""
    if is_acronym(word, kind):
        return acronym(word)
    base = key(word)
    name = (word[:1].isupper() and kind not in PARTS) or kind in _NAMES
    forms = {base: Form("exact", capital=name and is_marked(base))}
    several = kind is Kind.PRODUCT or base in _THINGS or base in PEOPLES or _PEOPLE.search(base)
    if kind in _NOUNS and (not name or several):
        for plural in plurals(base):
            forms.setdefault(plural, Form("english noun: plural", capital=name and is_marked(plural)))
    if kind in _NOUNS and not name:
        forms |= {one: Form("english noun: singular") for one in singulars(base)}
    if name or kind not in _VERBS:
        return FormSet(word, _with_accents(forms, base), _on_own_plural(word, kind, name=name))
    made = {} if kind is Kind.AUTO and base in _NOUNS_FIRST else verb_forms(base)
    for form, rule in made.items():
        if form in forms and rule == _RULE_THIRD:
            forms[form] = Form(_RULE_BOTH)
        elif form not in SELDOM:
            forms.setdefault(form, Form(rule))
    seldom = sorted(SELDOM.intersection(made) - forms.keys())
    warnings = (*_warnings(word, seldom, kind, verb=bool(made)), *_on_own_plural(word, kind, name=name))
    return FormSet(word, _with_accents(forms, base), warnings)


def _on_own_plural(word: str, kind: Kind, *, name: bool) -> tuple[str, ...]:
    """Name the singular that a plural does not find, since its meaning is another."""
    one = () if name or kind not in _NOUNS or word not in OWN_PLURALS else _singulars(word)
    return (own_plural(word, one),) if one else ()


def singulars(base: str) -> tuple[str, ...]:
    """Return the singular of a noun that is written in the plural, () of those whose meaning is another."""
    return () if base in OWN_PLURALS else _singulars(base)


def _singulars(base: str) -> tuple[str, ...]:
    """Return the singular of a plural, () of what is none: one that has it as its plural."""
    if base in ALIKE or base in NO_PLURAL:
        return ()
    found = {_table().get(base, base), *_irregular_singulars().get(base, ())} - {base}
    compound = _COMPOUND_PLURAL.search(base)
    if compound:
        found.add(base[: -len(compound[1])] + compound[1].replace("e", "a"))
    return tuple(sorted(one for one in found if base in plurals(one)))


@cache
def _irregular_singulars() -> Mapping[str, tuple[str, ...]]:
    """Return the singulars of irregular plurals."""
    found: dict[str, tuple[str, ...]] = {}
    for one, many in IRREGULAR.items():
        for plural in many:
            found[plural] = (*found.get(plural, ()), one)
    return found


def _with_accents(forms: dict[str, Form], base: str) -> dict[str, Form]:
    """Add the spellings with and without accents: 'attaché' and 'attache', 'Erdoğan' and 'Erdogan'.

    Not where the one without is another word: a 'résumé' is not what talks do that 'resume'.
    """
    plain = _without_accents(base)
    if plain in _OTHER_WITHOUT_ACCENTS:
        return forms
    more = dict(forms)
    for form, one in forms.items():
        bare = _without_accents(form)
        if bare == form:
            spelled = _accents().get(form, ())
        else:
            spelled = (bare,) if _table().get(bare, bare) in {bare, plain} else ()
        for other in spelled:
            more.setdefault(other, one)
    return more


def _without_accents(word: str) -> str:
    """Return a word without the marks on its letters."""
    if word.isascii():
        return word
    return "".join(char for char in unicodedata.normalize("NFD", word) if not unicodedata.combining(char))


@cache
def _accents() -> Mapping[str, tuple[str, ...]]:
    """Return the table's words with accents, by their spelling without."""
    found: dict[str, tuple[str, ...]] = {}
    for word in _table():
        if not word.isascii() and word.isalpha():
            form = key(word)
            bare = _without_accents(form)
            if bare != form:
                found[bare] = (*found.get(bare, ()), form)
    return found


def _warnings(word: str, seldom: Sequence[str], kind: Kind, *, verb: bool) -> tuple[str, ...]:
    """Warn of forms that are left out, and of a verb that is none."""
    if seldom:
        return (left_out(word, seldom),)
    if kind is Kind.BOTH_ASPECTS:
        return (f"{word!r} has no other aspect: 'aspect: both' is for Ukrainian and Russian verbs",)
    if kind is Kind.VERB and not verb:
        return (f"{word!r} is not known as a verb, so it matches only as written",)
    base = _table().get(word, word)
    if word != base and verb_forms(base).get(word) == _RULE_PAST:
        return (f"{word!r} is a past tense: for all forms of the verb write {base!r}",)
    return ()


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
        phrasal = not at and words[1] in _PARTICLES
        again = at == 1 == len(words) - 1 and words[0] in _REPEATED | {"co", "de"}
        if word.islower() and (phrasal or again):
            forms |= {form: Form(rule) for form, rule in verb_forms(word).items()}
        elif head and kind not in {Kind.SURNAME, Kind.GIVEN} and is_ordinary(key(word)):
            for plural in plurals(key(word)):
                forms.setdefault(plural, Form("english noun: plural"))
            if all(map(str.islower, words)):
                forms |= {one: Form("english noun: singular") for one in singulars(word)}
        sets.append(FormSet(word, _with_accents(forms, key(word))))
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
    """Return an acronym in capitals, and its plural with a small s: `ICBM`, `ICBMs`; and like a name (`Nato`)."""
    base, strict = key(word), len(word) <= _STRICT
    mixed = not _is_word(base)
    forms = {base: Form("acronym", upper=strict, capital=not strict, stem=len(word), mixed=mixed)}
    if len(word) > 1:
        ended = base + "s"
        clash = len(word) < _SHORT or _is_word(ended) or ended.upper() in _table()  # 'US' is not in 'USS'
        forms[base + "s"] = Form("acronym: plural", upper=True, stem=len(word), mixed=mixed, ambiguous=clash)
    return FormSet(word, forms)


def _is_word(base: str) -> bool:
    """Return whether a word of small letters is an English word or name: 'sam', 'aids'."""
    table = _table()
    return base in table or base.capitalize() in table or base in _NAMES_LIKE_ACRONYMS


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


# --------------------------------------------------------------------------- verbs


def verb_forms(base: str) -> dict[str, str]:
    """Return the forms of a verb in small letters, and the rule of each; nothing for what is no verb.

    A verb is a word that the table has a form in -ed or -ing or an irregular past of, and a word that the table does
    not have at all: 'missile' is none, and has no 'missiled'.
    """
    if len(base) < _SHORT - 1 or not base.isalpha():
        return {}
    past, participles = _irregular(base)
    regular = tuple(form for form in _past(base) if _is_of(form, base)) if not past or base not in _verbs() else ()
    ing = [form for form in _ing(base) if _is_of(form, base)]
    if not (past or regular or any(_table().get(form) == base for form in ing)):
        return {}
    forms = dict.fromkeys(_THIRD.get(base) or _third(base), _RULE_THIRD)
    forms |= dict.fromkeys((*past, *regular), _RULE_PAST) | dict.fromkeys(participles, _RULE_PARTICIPLE)
    return forms | dict.fromkeys(ing, _RULE_ING)


def _third(base: str) -> Iterator[str]:
    """Return the third person, unless the noun has an irregular plural, and it would be taken for that: 'mans'."""
    irregular = IRREGULAR.get(base)
    if not (irregular is None and _COMPOUND.search(base)):
        yield from (form for form in _regular(base) if form not in NO_PLURAL and (not irregular or form in irregular))


_RULE_THIRD, _RULE_PAST = "english verb: present", "english verb: past tense or participle"
_RULE_BOTH = "english noun: plural, or verb: present"
_RULE_PARTICIPLE, _RULE_ING = "english verb: participle", "english verb: -ing form"
_VOWELS = "aeiou"
_REPEATED = frozenset({"counter", "over", "under", "out", "fore", "mis", "pre", "re", "un", "up"})
# One consonant after one vowel at the end is doubled, surely so where the word has one syllable: 'stopped', 'refer'.
_DOUBLED = re.compile(r"(?:[^aeiou]|qu)[aeiouy][bcdfghjkmnpqrstvz]$|l$|^[aeiou][dhmnp]$")
_ONE_SYLLABLE = re.compile(r"^y?[^aeiouy]*(?:(?<=q)u)?[aeiouy][^aeiouywx]$")


@cache
def _verbs() -> Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return the irregular verbs: past tenses, and participles that are none of these."""
    rows = {base: written.partition(";") for base, written in data.load("forms/en")["verbs"].items()}
    return {base: (tuple(past.split()), tuple(more.split())) for base, (past, _, more) in rows.items()}


def _irregular(base: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the irregular past tenses and participles of a verb, or of the verb that it is made of: 'overthrow'."""
    known = _verbs().get(base)
    if known is not None:
        return known
    for at in range(1, len(base) - 1):
        made = _verbs().get(base[at:], ((), ()))
        past, more = (tuple(base[:at] + form for form in forms if _is_made(base, at, form)) for forms in made)
        if past:  # 'mishear' is made of 'hear', not of 'shear'
            return past, more
    return (), ()


def _is_made(base: str, at: int, form: str) -> bool:
    """Return whether a verb of a prefix (up to `at`) and an irregular one has a form as that one has it."""
    lemma = _table().get(base[:at] + form)
    return lemma == base or (base[:at] in _REPEATED and lemma in {None, base[:at] + form})


def _is_of(form: str, base: str) -> bool:
    """Return whether a regular form may be one of `base`: no other verb's ('unit' is not in 'united').

    The table has lemmas that are no words ('playe', 'travell', 'panick'); and what stands in it for itself ('building',
    'privileged') is of the verb as well. To a word that the table does not have belongs what it does not have either.
    """
    lemma = _table().get(form)
    if lemma is None or not is_ordinary(base):
        return lemma is None and not is_ordinary(base)
    if lemma == base + "e":
        return base not in _NO_VERBS and not base.endswith("th")
    alike = {base, base + base[-1], base + "k", base.removesuffix("e")} if len(base) > _SHORT else {base}
    return lemma in alike or (lemma == form and not base.endswith("ee"))  # but 'added' is of 'add', not of 'ad'


def _past(base: str) -> Iterator[str]:
    """Return the regular past tense, in both spellings where the stress decides: 'visited', 'referred'."""
    if base.endswith("e"):
        yield base + "d"
    elif base.endswith("y") and base[-2] not in _VOWELS:
        yield base[:-1] + "ied"
    else:
        yield from (stem + "ed" for stem in _stems(base))


def _ing(base: str) -> Iterator[str]:
    """Return the form in -ing: 'making', 'dying', 'ageing' beside 'aging'."""
    if base.endswith("ie"):
        yield base[:-2] + "ying"
    elif base.endswith("e") and base != "be":
        yield base + "ing"
        if base[-2] not in "eoy" and (base[:-1] not in _verbs() or _DOUBLED.search(base[:-1])):
            yield base[:-1] + "ing"  # but 'singing' is of 'sing'
    else:
        yield from (stem + "ing" for stem in _stems(base))


def _stems(base: str) -> Iterator[str]:
    """Return what stands before -ed and -ing: with the last letter doubled, 'panick', or as it is."""
    if base.endswith("c"):
        yield base + "k"
    doubled = bool(_DOUBLED.search(base))
    if doubled:
        yield base + base[-1]
    if not (doubled and _ONE_SYLLABLE.search(base)) or base.endswith("s"):
        yield base
