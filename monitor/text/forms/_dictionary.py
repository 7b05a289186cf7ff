"""What the dictionaries of pymorphy3 say of a word."""

from __future__ import annotations

from functools import cache
from typing import Any

from monitor.text.normalise import key


@cache
def analyzer(language: str) -> Any:
    """Give the analyser of 'uk' or 'ru'; loaded on first use (0.15 s, 30 MB)."""
    import pymorphy3

    return pymorphy3.MorphAnalyzer(lang=language)


def dictionary_forms(word: str, language: str) -> dict[str, str]:
    """Give key → rule for all forms of all nominative nominal readings of `word`."""
    forms: dict[str, str] = {}
    lowered = word.lower()
    for parse in analyzer(language).parse(lowered):
        tag = str(parse.tag)
        if "nomn" in tag and tag[:4] in {"NOUN", "ADJF", "PRTF"} and parse.normal_form == lowered:
            for form in parse.lexeme:
                forms.setdefault(key(form.word), f"dictionary: {form.tag}")
    return forms
