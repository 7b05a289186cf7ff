"""Inflection by rules learned from simplemma's tables: ending of a word → letters cut and added.

The tables themselves take seconds and hundreds of megabytes to read (Polish: 5 s, 435 MB); the rules learned from
them by `bench/learn_forms.py` are some 30 – 300 kB a language, in `monitor/data/forms/CODE.yaml`, and are read when
a term of that language is first met. To add a language, run that script, `make data`, and add a row to `MEASURED`.

These languages have no dictionary here, so that there is no telling whether a form is also an ordinary word: a
capital is demanded of a capitalised term's short forms alone.
"""

from __future__ import annotations

from functools import cache

from monitor import data
from monitor.text.forms.base import Form, FormSet, Kind
from monitor.text.normalise import key

NAME = "Languages learned from tables"
SCRIPTS: tuple[str, ...] = ()  # by language alone: a Latin word of unknown language is taken for English
# On a tenth of each table's lemmas, which the rules were not learned from: the share of their forms that is made
# (recall) / the share of what is made that the table has for other lemmas only (collisions).
MEASURED = {
    "bg": ".920 / .026",
    "cs": "names .965 / .018, words .872 / .022",
    "de": "names .989 / .011, words .918 / .014",
    "es": ".978 / .031",
    "fr": ".988 / .049",
    "it": ".993 / .033",
    "nl": ".888 / .019",
    "pl": "names .990 / .081, words .936 / .025",
    "pt": ".963 / .024",
    "ro": ".922 / .030",
    "sk": ".950 / .012",
    "sl": ".885 / .020",
    "sv": "names .835 / .002, words .973 / .019",
}
LANGUAGES = tuple(MEASURED)
QUALITY = "Recall / collisions on held-out lemmas of simplemma's tables. " + "; ".join(
    f"{code}: {measured}" for code, measured in MEASURED.items()
)
# Names of countries that follow no rule of their ending (Polish: the plural ones keep the old locative in -ech).
_IRREGULAR = {
    "cs": ("korea koreje koreji koreu koreou koreo", "spojené spojených spojeným spojenými"),
    "sk": ("spojené spojených spojeným spojenými",),
    "pl": (
        "polska polski polsce polskę polską polsko",
        "niemcy niemiec niemcom niemcami niemczech",
        "węgry węgier węgrom węgrami węgrzech",
        "włochy włoch włochom włochami włoszech",
        "indie indii indiom indiami indiach",
    ),
}
_LONGEST = 5  # letters of an ending, as learned
_SHORT = 3  # letters: a capitalised term this short demands its capital

Rules = dict[str, tuple[str, ...]]


def expand(word: str, language: str | None = None, kind: Kind = Kind.AUTO) -> FormSet:  # noqa: ARG001
    """Return the word and every form that the rules of its language make; the kind of word makes no difference."""
    if word.isupper() and len(word) > 1:
        return FormSet(word, {key(word): Form("acronym", upper=True)})
    forms = {key(word): Form("exact", capital=_needs_capital(word, word))}
    models = _models(language) if language else {}
    rules = models.get("names" if word[0].isupper() else "words") or models.get("words", {})
    small = word.lower()
    for cut, added in _operations(small, rules):
        made = small[: len(small) - cut] + added
        if made:  # a rule may cut the only letter
            forms.setdefault(key(made), Form(f"paradigm: {language} -{added}", capital=_needs_capital(word, made)))
    for made in _irregular(language or "").get(small, ()):
        forms.setdefault(key(made), Form(f"{language} irregular"))
    return FormSet(word, forms)


@cache
def _irregular(language: str) -> dict[str, tuple[str, ...]]:
    """Return the forms of a language's irregular names, by their base form."""
    return {row.split()[0]: tuple(row.split()[1:]) for row in _IRREGULAR.get(language, ())}


def _needs_capital(word: str, form: str) -> bool:
    return word[0].isupper() and len(form) <= _SHORT


def _operations(word: str, rules: Rules) -> list[tuple[int, str]]:
    """Return how many letters are cut and what is added, by the longest ending that is known."""
    for length in range(min(_LONGEST, len(word)), -1, -1):
        found = rules.get(word[len(word) - length :])
        if found is not None:
            return [(int(operation[0]), operation[1:]) for operation in found]
    return []


@cache
def _models(language: str) -> dict[str, Rules]:
    """Return a language's rules, for names and for other words."""
    return {
        kind: {ending: tuple(operations.split()) for ending, operations in rules.items()}
        for kind, rules in data.load(f"forms/{language}").items()
    }
