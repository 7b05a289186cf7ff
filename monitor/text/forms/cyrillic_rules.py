"""Closed paradigms: the endings of all cases, derived from the ending of the base form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.text.forms.base import Kind

_SOFTER = str.maketrans("гґкх", "ззцс")
_HUSHED = str.maketrans("гкхц", "жчшч")
# What is written on to a number, in both languages: '3-тя бригада', '93-й бригаде'.
_ORDINALS_TEXT = (
    "й ій ий ый ой а я ша га тя та ма ая ья е є о ше ге тє те ме ое ее ье го ого его ього му ому ему ьому м им ім ым "
    "ом ем ї ої ьої ей у ю шу гу ту тю ую ью ою ьою і ї ті х их ых ми ими ыми"
)
ORDINALS = frozenset(_ORDINALS_TEXT.split())
_OPEN_SYLLABLE = re.compile("[ії](?=[^аеєиіїоуюяь]$)")


@dataclass(frozen=True, slots=True)
class ParadigmRule:
    """One paradigm: words matching `ending` lose `cut` letters and take each of `endings`."""

    name: str
    ending: re.Pattern[str]
    cut: int
    endings: tuple[str, ...]
    kinds: frozenset[str]


def rules(*rows: tuple[str, str, int, str, str]) -> tuple[ParadigmRule, ...]:
    """Build rules from rows of (name, ending as a regular expression, letters cut, endings, kinds)."""
    return tuple(
        ParadigmRule(name, re.compile(f"(?:{ending})$"), cut, tuple(endings.split(" ")), frozenset(kinds.split()))
        for name, ending, cut, endings, kinds in rows
    )


def apply(table: Sequence[ParadigmRule], word: str, kind: Kind) -> Iterator[tuple[str, str]]:
    """Return (form, rule) for a lower-case base form; of all kinds, unless `kind` is one of them."""
    for rule in table:
        if kind.value in {"surname", "given", "place"} and kind.value not in rule.kinds:
            continue
        if rule.ending.search(word):
            stem = word[: len(word) - rule.cut]
            for ending in rule.endings:
                form = _join(stem, ending)
                if form:
                    yield form, f"paradigm: {rule.name}"


def _join(stem: str, ending: str) -> str | None:
    """Put an ending on a stem, changing the stem as the ending's marks say; None where there is nothing to change."""
    if ending.startswith("~"):
        opened = _OPEN_SYLLABLE.sub("о", stem)
        return None if opened == stem else _join(opened, ending[1:])
    if ending.startswith("*"):
        return stem[:-1] + stem[-1:].translate(_SOFTER) + ending[1:]
    if ending.startswith("!"):
        return stem[:-1] + stem[-1:].translate(_HUSHED) + ending[1:]
    if ending.startswith("+"):
        return stem + stem[-1:] + ending[1:]
    return stem + ending
