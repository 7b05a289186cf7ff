"""The interface of a language family: the forms of one word, and the conditions under which each counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """The sort of a word, where the caller knows it; AUTO decides by its letters and the dictionary."""

    AUTO = "auto"
    NAME = "name"
    SURNAME = "surname"
    GIVEN = "given"
    PLACE = "place"
    PRODUCT = "product"  # a name that several things bear: 'три Искандера', 'Искандеры'
    ACRONYM = "acronym"
    EXACT = "exact"
    NOUN = "noun"  # one part of speech of an ordinary word; else all that it has count: 'fire'
    VERB = "verb"
    ADJECTIVE = "adjective"
    BOTH_ASPECTS = "both aspects"  # a verb with its partner: 'запустити' and 'запускати'

    @property
    def described(self) -> str:
        """Return what a word of a kind that is a part of speech is: 'a noun'."""
        return "a verb" if self is Kind.BOTH_ASPECTS else f"{'an' if self is Kind.ADJECTIVE else 'a'} {self.value}"


_SHORT = 3  # letters
PARTS = frozenset({Kind.NOUN, Kind.VERB, Kind.ADJECTIVE, Kind.BOTH_ASPECTS})
"""Kinds that are a part of speech: such a word is no name, whatever its capital."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form that a term matches, and its conditions; the form's key is its place in `FormSet.forms`."""

    rule: str  # 'dictionary: noun, genitive singular', 'paradigm: surname -ен', 'acronym', 'english noun: plural'
    capital: bool = False  # the surface must begin with a capital
    upper: bool = False  # the surface must be in capitals, its ending aside
    prefix: bool = False  # a part of a Hangul token, where `korean.find` says so
    substring: bool = False  # anywhere inside a run of Han or Kana
    fused: bool = False  # no mention where a particle makes a word of its own of it: 'друге' in 'по-друге'
    unless: str = ""  # in texts of this language it is another word: Ukrainian 'теми' is a pronoun in Russian
    quoted: bool = False  # only alone between quotation marks: the plural of a name that others bear, «Кинджалами»
    mixed: bool = False  # with `upper`: may be written like a name, too, since the name is no other word: 'Nato'
    ambiguous: bool = False  # with its ending in capitals it is another word: 'СБ' and 'СБУ', 'УС' and 'УСІ'
    inside: bool = (
        False  # only with a capital inside a sentence: the name 'La'; with `quoted`: or so, 'шість Кинджалів'
    )
    hasty: bool = False  # its capital is not missed in a line that has none: 'київ', but not 'захід'
    particle: str = ""  # only where this stands at the end of the clause: 'greift … an'
    stem: int = 0  # with `upper`: how many letters must be capitals, counted from the left; 0 is all

    def passes(self, surface: str, *, caps_line: bool = False, lower_line: bool = False) -> bool:
        """Return whether a surface with this form's key passes the case gate; full stops in it do not count.

        In a line all in capitals (`caps_line`) the ending of an acronym may be in capitals too; in one without any
        (`lower_line`) a hasty writer left a name's capital out.
        """
        if not self.upper:
            return not self.capital or surface[:1] != surface[:1].lower() or (self.hasty and lower_line)
        letters = surface.replace(".", "") if "." in surface else surface
        stem, ending = (letters[: self.stem], letters[self.stem :]) if self.stem else (letters, "")
        if stem != stem.upper():
            return _is_mixed(stem, like_name=self.mixed) and ending == ending.lower()
        return not ending or ending == ending.lower() or (caps_line and not self.ambiguous)


def _is_mixed(letters: str, *, like_name: bool) -> bool:
    """Return whether an acronym is written with small letters among its capitals: 'БпЛА', or, `like_name`, 'Nato'.

    Such a name has four letters at least: shorter ones stay in capitals, or are other names ('Sam').
    """
    if letters.istitle():
        return like_name and len(letters) > _SHORT
    return len(letters) >= _SHORT and letters[0].isupper() and letters[-1].isupper() and not letters.isdigit()


@dataclass(frozen=True, slots=True)
class FormSet:
    """Every form of one word of a term: lookup key → conditions."""

    word: str  # as the term writes it
    forms: Mapping[str, Form]
    warnings: tuple[str, ...] = field(default=())

    def __or__(self, other: FormSet) -> FormSet:
        """Unite two sets of one word: where both have a form, the laxer conditions stand."""
        forms = dict(self.forms)
        for key, form in other.forms.items():
            forms[key] = laxer(forms[key], form) if key in forms else form
        return FormSet(self.word, forms, tuple(dict.fromkeys(self.warnings + other.warnings)))


def laxer(one: Form, other: Form) -> Form:
    """Return the one of two forms with fewer conditions, the first where they are equal."""
    return min(one, other, key=lambda form: (bool(form.particle), form.quoted, form.upper, form.capital))


class Family(Protocol):
    """A language family: one module in this package. Adding one adds its languages everywhere."""

    NAME: str
    LANGUAGES: tuple[str, ...]  # ISO 639-1
    SCRIPTS: tuple[str, ...]  # names that `detect.script` gives, for words of unknown language; () for none
    QUALITY: str  # measured recall and precision, and on what, for docs/languages.md

    @staticmethod
    def expand(word: str, language: str | None, kind: Kind) -> FormSet:
        """Return the forms of one normalised word; `language` None: all of the family's that fit its script."""
        ...


class PhraseFamily(Family, Protocol):
    """A family whose words have other forms within a phrase than alone."""

    @staticmethod
    def expand_phrase(words: Sequence[str], language: str | None, kind: Kind) -> list[FormSet]:
        """Return the forms of each word of a phrase."""
        ...


def exact(word: str, key: str, *, warning: str | None = None) -> FormSet:
    """Return the word as it is, and nothing else."""
    return FormSet(word, {key: Form("exact")}, (warning,) if warning else ())


def no_forms(word: str, what: str) -> str:
    """Return the warning that a word has no forms, as none are known for `what`, and what to write."""
    so = "it matches exactly as written; with a star at its end it finds what begins so"
    return f"{word!r}: no forms are known for {what}; {so}"


def left_out(word: str, seldom: Sequence[str]) -> str:
    """Return the warning that forms are left out since they are nearly always of another word."""
    others, added = " and ".join(map(repr, seldom)), f"forms+: [{', '.join(seldom)}]"
    return f"{word!r} leaves out {others}: nearly always another word; to have it all the same, write {added}"


def own_plural(word: str, singulars: Sequence[str]) -> str:
    """Return the warning that a plural does not find its singular, whose meaning is another: 'arms' and 'arm'."""
    one = " or ".join(map(repr, singulars))
    return f"{word!r} is found in the plural only: it does not mean several of {one}; for the singular add {one}"
