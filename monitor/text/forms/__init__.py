"""Inflection: every surface form of a word, with one module for each language family.

A family is a module of this package with `NAME`, `LANGUAGES`, `SCRIPTS`, `QUALITY` and `expand` (see `base.Family`);
modules whose names begin with an underscore, and `base`, are no families. Nothing is registered by hand.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Sequence
from functools import cache
from typing import cast

from monitor.fields.lookalikes import TO_CYRILLIC, TO_LATIN
from monitor.text.detect import script
from monitor.text.forms.base import PARTS, Family, Form, FormSet, Kind, PhraseFamily, exact, laxer, no_forms
from monitor.text.forms.stopwords import SCRIPTS, is_everywhere
from monitor.text.normalise import MIDDLE_DOTS, key, normalise
from monitor.text.tokens import tokenise

__all__ = ["Family", "Form", "FormSet", "Kind", "expand", "expand_phrase", "families", "family_of", "scripts_of"]


_TAGGED = frozenset({"uk", "ru", "en"})  # languages whose words are looked up by their part of speech
_DESIGNATION = 3  # letters
_TWO = 2  # letters
_DOTS = re.compile(f"[.{MIDDLE_DOTS}]")
_ONE_TOKEN = re.compile("[а-яґєії]+(?:'[а-яґєії]+)*|[a-z]+|[가-힣]+|[0-9]+")  # nearly every form: cut as it is


@cache
def families() -> tuple[Family, ...]:
    """Return all language families, by name of module."""
    names = sorted(found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_"))
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names if name != "base"]
    return tuple(cast("Family", module) for module in modules if hasattr(module, "LANGUAGES"))


@cache
def family_of(language: str | None, script_name: str) -> Family | None:
    """Return the family of a language that can write `script_name`; without one, the first of the script."""
    if language is not None:
        named = [family for family in families() if language in family.LANGUAGES]
        fitting = [family for family in named if not family.SCRIPTS or script_name in family.SCRIPTS]
        if fitting:
            return fitting[0]
    return next((family for family in families() if script_name in family.SCRIPTS), None)


@cache
def scripts_of(language: str) -> tuple[str, ...]:
    """Return the scripts that a language is written in, () for one without a family."""
    return next((tuple(family.SCRIPTS) for family in families() if language in family.LANGUAGES), ())


def expand(text: str, language: str | None = None, *, kind: Kind = Kind.AUTO) -> FormSet:
    """Return every form of ONE word (no separators in it; full stops of initials such as `U.S.` aside).

    Forms are keyed as documents are cut: a form of several tokens has a space between their keys ('южно корейский').
    `language` is ISO 639-1; None goes by script, and a Cyrillic word then has Ukrainian and Russian forms. A word in a
    script that `language` does not use goes by script too. Raises ValueError where `text` holds no word.
    """
    return _as_cut(_expand(text, _word(text), language, kind))


def _expand(text: str, word: str, language: str | None, kind: Kind) -> FormSet:
    if kind is Kind.EXACT:
        return exact(text, key(word))
    if language is not None and not word.isdigit() and not _is_supported(language):
        acronym = len(word) > 1 and word.isupper()
        return FormSet(text, {key(word): Form("exact", upper=acronym)}, (no_forms(text, f"language {language!r}"),))
    family = family_of(language, script(word))
    if family is not None:
        made = family.expand(word, language if language in family.LANGUAGES else None, kind)
        warnings = _too_common(word, language) if key(word) in made.forms else ()  # else it says what is not looked for
        if kind in PARTS and _TAGGED.isdisjoint(family.LANGUAGES):
            warnings += (f"{word!r}: parts of speech are known in Ukrainian, Russian and English: 'pos' has no effect",)
        return made | FormSet(made.word, {}, warnings) if warnings else made
    if word.isdigit():
        return exact(text, key(word))
    return exact(text, key(word), warning=no_forms(text, f"script {script(word)!r}"))


@cache
def _is_supported(language: str) -> bool:
    return any(language in family.LANGUAGES for family in families())


def _too_common(word: str, language: str | None) -> tuple[str, ...]:
    """Warn of a word that nearly every text has, or whose letters are too few to tell it."""
    written = script(word)
    if written not in SCRIPTS:
        return ()
    if len(word) == 1:
        return (f"{word!r}: one letter is found wherever it stands alone; write more, or tie it to words with 'near'",)
    if len(word) == _TWO and word.istitle():
        return (f"{word!r}: a name of two letters is found wherever it has its capital; tie it to words with 'near'",)
    if word.islower() and is_everywhere(word, language, written):
        return (f"{word!r} is in nearly every text: leave it out, or write the phrase that is meant",)
    return ()


def expand_phrase(words: Sequence[str], language: str | None = None, kind: Kind = Kind.AUTO) -> list[FormSet]:
    """Return the forms of each word of a phrase, in order. Raises ValueError where one is no word."""
    clean = [_word(word) for word in words]
    if kind is Kind.EXACT or len(clean) == 1:
        return [expand(word, language, kind=kind) for word in clean]
    return _with_twins(list(map(_as_cut, _expand_words(clean, language, kind))))


def _as_cut(made: FormSet) -> FormSet:
    """Key forms by the tokens that texts have of them: dictionaries write hyphens, and letters of two scripts, too."""
    if all(map(_ONE_TOKEN.fullmatch, made.forms)):
        return made
    forms: dict[str, Form] = {}
    for written, form in made.forms.items():
        cut = " ".join(filter(None, tokenise(written).keys))
        if not cut:  # a mark that Unicode counts as a letter: no text has a token of it
            continue
        forms[cut] = laxer(forms[cut], form) if cut in forms else form
    return FormSet(made.word, forms, made.warnings)


def _expand_words(clean: list[str], language: str | None, kind: Kind) -> list[FormSet]:
    scripts = {script(word) for word in clean if not word.isdigit()}
    known = language is None or _is_supported(language)
    family = family_of(language, scripts.pop()) if known and len(scripts) == 1 else None
    if family is not None and hasattr(family, "expand_phrase"):
        code = language if language in family.LANGUAGES else None
        return cast("PhraseFamily", family).expand_phrase(clean, code, kind)
    return [expand(word, language, kind=kind) for word in clean]


def _with_twins(sets: list[FormSet]) -> list[FormSet]:
    """Add designations in look-alike letters of the other script: Cyrillic 'С-300', Latin 'C-300'.

    Within a word such letters are repaired; a word of nothing else could be either.
    """
    if not any(one.word.isdigit() for one in sets):
        return sets
    return [one if one.word.isdigit() else one | FormSet(one.word, _twin(one)) for one in sets]


def _twin(one: FormSet) -> dict[str, Form]:
    """Return the word in the letters of the other script, where it is letters of a designation that all have twins."""
    if not one.word.isupper() or len(one.word) > _DESIGNATION:
        return {}
    twin = one.word.translate(TO_LATIN if script(one.word) == "cyrillic" else TO_CYRILLIC)
    if any(letter == other for letter, other in zip(twin, one.word, strict=True)):
        return {}
    return {key(twin): one.forms[key(one.word)]}


def _word(text: str) -> str:
    """Normalise a word and take the full stops out of initials, the middle dots out of 한·미."""
    word = _DOTS.sub("", normalise(text).text.strip())
    if not word:
        raise ValueError(f"{text!r} holds no word: write a name or a word in letters or digits")
    return word
