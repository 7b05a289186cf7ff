"""Sentences that begin with a pronoun: alone, they do not say of whom they speak.

The pronouns are data (`data/pronouns.yaml`). A language that has no entry there is taken as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from monitor import data
from monitor.story.speakers import speaker_before
from monitor.text.sentences import sentences

_MOST = 300  # characters of a sentence with those in front of it
_OPENING = "«»“”„\"'’‘`(—–- \u2026\u00a0"


@dataclass(frozen=True, slots=True)
class _Beginnings:
    dangling: re.Pattern[str]
    exempt: re.Pattern[str] | None
    said: re.Pattern[str] | None


def dangles(text: str, language: str) -> bool:
    """Return whether a sentence begins with a pronoun whose meaning stands in front of it."""
    words = _beginnings(language)
    text = text.lstrip(_OPENING)
    if words is None or not words.dangling.match(text):
        return False
    return words.exempt is None or not words.exempt.match(text)


def with_antecedent(document: str, span: tuple[int, int], language: str, floor: int = 0) -> tuple[int, int] | None:
    """Return the sentence with those in front of it that say of whom it speaks; None where they would be too long.

    They stand in the same paragraph, or end the one before; none begins in front of `floor`.
    """
    start, end = span
    floor = max(floor, start - _MOST - 1)  # what is longer is not taken anyway
    for first, _ in reversed(sentences(document[floor:start])):
        begin = floor + first
        if end - begin > _MOST:
            break
        if not dangles(document[begin:start], language):
            return begin, end
    return None


def reported(document: str, span: tuple[int, int], language: str) -> tuple[int, str] | None:
    """Return where what a pronoun said begins, and who that pronoun is; None where either is not plain.

    'He said that Seoul …' gives the place of 'Seoul' and 'Blinken', where nobody else spoke before.
    """
    start, end = span
    words = _beginnings(language)
    said = words.said.match(document, start, end) if words is not None and words.said is not None else None
    if said is None:
        return None
    name = speaker_before(document, start)
    return None if name is None else (said.end(), name)


def without_pronoun(document: str, span: tuple[int, int], language: str) -> int:
    """Return where a sentence that begins with a pronoun goes on behind its pronoun."""
    start, end = span
    words = _beginnings(language)
    lead = len(document[start:end]) - len(document[start:end].lstrip(_OPENING))
    found = words.dangling.match(document, start + lead, end) if words is not None else None
    at = start if found is None else found.end()
    while at < end and not document[at].isalnum():
        at += 1
    return at


@cache
def _beginnings(language: str) -> _Beginnings | None:
    given = data.load("pronouns").get(language)
    if given is None:
        return None
    starts = [*given["phrases"], *given["words"]]
    if given["behind"]:
        starts.insert(0, f"(?:{'|'.join(given['prepositions'])}) (?:{'|'.join(given['behind'])})")
    return _Beginnings(
        re.compile(rf"(?i:{'|'.join(starts)})(?!\w)"),
        re.compile(rf"(?i:{'|'.join(given['not'])})") if given["not"] else None,
        re.compile(rf"(?i:{given['said']})") if given["said"] else None,
    )
