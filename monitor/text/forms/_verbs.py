"""Forms of verbs that the rules learned from tables leave out.

Participles: tables mostly have one as an adjective of its own, with a paradigm of its own (attaquée, muerto,
odpálených, angegriffenen). Which participle a verb has follows from the ending of its base form, or stands in a
list (`monitor/data/forms/verbs.yaml`); in some languages it is better told by a form that the rules make.

Finite forms that are common words besides, which the rules keep from words that they do not know (работи, gra). What is
written on to a verb: Spanish and Italian pronouns (detenerlo, uccidendoli), the Czech and Slovak negation (nezaútočil).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from monitor import data

# A form of a verb that has a participle as its beginning, and what that takes as an adjective.
_FOUND = {
    "bg": (("(?P<stem>[а-я]{2,}(?:[аея]н|[ая]т|л|[аеия]щ))", "- а о и ия ият ата ото ите"),),
    "cs": (
        # 'zabita', not the infinitive of the other aspect
        ("(?P<stem>[a-ž]{2,}(?:[aeě]n|[aiuy]t(?=[aoy])))[aoiy]?", "- a o i y u ý á é ého ému ém ým ou ých ými"),
        ("(?P<stem>[a-ž]{2,})án[aoiy]?", "án ána áno áni ány aný aná ané aného anému aném aným anou aných anými"),
        ("(?P<stem>[a-ž]{2,}(?:í|ou)c)e?", "í ího ímu ím ích ími"),
    ),
    "de": (
        ("(?P<stem>(?:[a-zäöü]{2,8})?ge[a-zäöü]{3,}(?:t|en)|[a-zäöü]{3,}end)", "e er es en em"),
        ("(?P<stem>(?:be|ent|emp|er|ge|miss|ver|zer)[a-zäöü]{2,}t|[a-zäöü]{3,}iert)", "e er es en em"),
    ),
    "nl": (("(?P<stem>(?:[a-z]{2,8})?ge[a-zë]{3,}[dt])", "- e en"), ("(?P<stem>[a-z]{2,8}ge[a-z]{3,}en)", "e")),
    "pl": (
        ("(?P<stem>[a-zà-ž]{2,}(?:[aoe]n|[iyę]t))y", "y a e ego ej emu ych ym ymi ą o"),
        ("(?P<stem>[a-zà-ž]{2,})ła", "wszy"),
    ),
    "sk": (("(?P<stem>[a-ž]{2,}(?:[úu]|[iay])c)", "i a e eho emu om ej u ou ich im imi"),),
    "sv": (
        ("(?P<stem>[a-zåäö]{2,})n[ae]", "en et na nas"),
        ("(?P<stem>[a-zåäö]+[bdfgklmtv])", "- s"),  # the passive: 'sköts'
    ),
}
# What shows a verb whose ending could be a noun's: a form that only verbs have, or the ending of the base form.
_FORM_OF_VERBS = {
    "es": "(?:ndo|ió|irá|aron)",
    "fr": "(?:ons|aient)",
    "it": "ndo",
    "pt": "ndo",
    "ro": "(?:[âi]nd|ește|ează)",
}
_ENDING_OF_VERBS = {"bg": "(?:[аеуя]в|ир)ам|[лнр]ям", "es": "(?:[cgu]i|ece|iza)r", "pt": "(?:[cgu]i|ece|iza)r"}
_LONGEST = 8  # letters of an ending
_SHORTEST = 2  # letters before it
_NEGATION = {"cs": "ne", "sk": "ne"}
# Spanish: an infinitive, and a gerund with its accent, take one pronoun or two; Italian: the infinitive drops its -e.
_SPANISH = ["se", "lo", "la", "los", "las", "le", "les", "me", "te", "nos"]
_SPANISH_PAIRS = ["selo", "sela", "selos", "selas", "melo", "telo", "noslo"]
_ITALIAN = [
    "si",
    "lo",
    "la",
    "li",
    "le",
    "gli",
    "ne",
    "ci",
    "vi",
    "mi",
    "ti",
    "sene",
    "selo",
    "sela",
    "glielo",
    "gliela",
]
_SPANISH_GERUND = re.compile("(.*)(a|ie|ye|e)ndo")
_ACCENT = str.maketrans("aei", "áéí")


@dataclass(frozen=True, slots=True)
class _VerbRules:
    """How a language makes participles of base forms."""

    endings: dict[str, tuple[str, ...]]  # ending of the base form → stems
    words: dict[str, tuple[str, ...]]  # base form → stems
    takes: dict[str, tuple[str, ...]]  # last letter of a stem, or 'else' → endings
    finite: dict[str, tuple[str, ...]]  # ending of the base form → endings of finite forms
    never: frozenset[str]


def looks_like_verb(word: str, language: str, forms: Iterable[str]) -> bool:
    """Return whether a word in small letters is taken for a verb: by a list, by its ending, or by one of its forms."""
    ending, form_of_verbs = _ENDING_OF_VERBS.get(language), _FORM_OF_VERBS.get(language)
    if word in _rules(language).words or (ending is not None and re.search(f"(?:{ending})$", word)):
        return True
    return form_of_verbs is not None and any(re.search(f"{form_of_verbs}$", form) for form in forms)


def forms_of_verb(verb: str, language: str, forms: Iterable[str]) -> list[str]:
    """Return the forms of a verb in small letters that are not among `forms`, which the rules make of it."""
    rules = _rules(language)
    known = list(forms)
    made = [*_participles(verb, language, known), *_finite(verb, rules)]
    negation = _NEGATION.get(language)
    if negation and not verb.startswith(negation):
        made += [negation + form for form in (*known, *made)]
    made += _with_pronouns(verb, language, known)
    return [form for form in made if form not in rules.never]


def _participles(verb: str, language: str, forms: Iterable[str]) -> Iterator[str]:
    """Return the forms of a verb's participles."""
    for pattern, endings in _FOUND.get(language, ()):
        for found in filter(None, (re.fullmatch(pattern, form) for form in forms if form != verb)):
            yield from (found["stem"] + ("" if ending == "-" else ending) for ending in endings.split())
    rules = _rules(language)
    stems = rules.words.get(verb) or [stem for stem in _applied(verb, rules.endings) if len(stem) > _SHORTEST]
    for stem in stems:
        for ending in rules.takes.get(stem[-1]) or rules.takes["else"]:
            yield stem[:-1] + ending[1:] if ending[0] == "<" else stem + ending.removeprefix("-")


def _finite(verb: str, rules: _VerbRules) -> Iterator[str]:
    """Return the finite forms that are made whatever else they are."""
    return (form for form in _applied(verb, rules.finite) if len(form) > _SHORTEST)


def _applied(verb: str, endings: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Return the verb with what its longest ending is changed to."""
    for length in range(min(_LONGEST, len(verb)), 0, -1):
        others = endings.get(verb[-length:])
        if others is not None:
            return (verb[:-length] + other for other in others)
    return iter(())


def _with_pronouns(verb: str, language: str, forms: Iterable[str]) -> Iterator[str]:
    """Return a verb with pronouns written on to it."""
    if language == "es" and verb[-1] == "r":
        yield from (verb + pronoun for pronoun in _SPANISH)
        accented = verb[:-2] + verb[-2].translate(_ACCENT) + "r"
        yield from (accented + pair for pair in _SPANISH_PAIRS)
        for found in filter(None, map(_SPANISH_GERUND.fullmatch, forms)):
            stem = found[1] + found[2].translate(_ACCENT).replace("í", "i") + "ndo"
            yield from (stem + pronoun for pronoun in (*_SPANISH, *_SPANISH_PAIRS))
    if language == "it" and verb.endswith("re"):
        hosts = [verb.removesuffix("re").removesuffix("r") + "r", *(form for form in forms if form.endswith("ndo"))]
        yield from (host + pronoun for host in hosts for pronoun in _ITALIAN)


@cache
def _rules(language: str) -> _VerbRules:
    read = data.load("forms/verbs").get(language, {})

    def endings(name: str) -> dict[str, tuple[str, ...]]:
        return {ending: tuple(text.split()) for ending, text in read.get(name, {}).items()}

    never = frozenset(read.get("never", "").split())
    return _VerbRules(endings("of"), endings("words"), endings("takes"), endings("finite"), never)
