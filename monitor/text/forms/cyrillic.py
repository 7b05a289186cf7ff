"""Ukrainian and Russian: dictionary forms and closed paradigms, united."""

from __future__ import annotations

from monitor.text.forms.base import Form, FormSet, Kind
from monitor.text.forms._dictionary import dictionary_forms
from monitor.text.normalise import key

NAME = "Ukrainian and Russian"
LANGUAGES = ("uk", "ru")
SCRIPTS = ("cyrillic",)
QUALITY = "to be measured"


def expand(word: str, language: str | None = None, kind: Kind = Kind.AUTO) -> FormSet:
    """Give every form of one word."""
    forms: dict[str, Form] = {key(word): Form("exact")}
    if kind is Kind.ACRONYM or (len(word) > 1 and word.isupper()):
        return FormSet(word, {key(word): Form("acronym", upper=True, stem=len(word))})
    for code in (language,) if language else LANGUAGES:
        for form, rule in dictionary_forms(word, code).items():
            forms.setdefault(form, Form(rule))
    return FormSet(word, forms)
