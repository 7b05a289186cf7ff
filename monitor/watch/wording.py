"""What is said of terms and of their forms, in the user's language: kept in English, translated when it is shown.

The words are in `monitor/data/terms/<language>.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from monitor.i18n import ENGLISH, Phrases, languages, texts

FOLDER = "terms"
_PIECES = re.compile(r"(: |, |; )")
_ENDING = re.compile(r"(?P<what>.+?)(?P<ending> -.+)")
_TITLE = "piece "


class TermNote(NamedTuple):
    """A note on a term of a watchlist, in English."""

    watchlist: str
    term: str
    text: str

    def __str__(self) -> str:
        """Return the note with the watchlist and the term that it is about, in one line."""
        return f"{self.watchlist}: {self.term}: {self.text}"

    def told(self, language: str) -> str:
        """Return the note in a language, with the watchlist and the term that it is about."""
        return str(self._replace(text=note_in(self.text, language)))


def note_in(text: str, language: str) -> str:
    """Return a note on a term in a language; in English where its words are not known in that."""
    if language == ENGLISH or language not in languages(FOLDER):
        return text
    phrases = Phrases(FOLDER, language)
    for section in ("slip", "term"):
        told = phrases.translated(text, section, lambda gap: _inner(gap, language))
        if told != text:
            return told
    return text


def _inner(gap: str, language: str) -> str:
    """Translate what stands in the gap of a note: 'a noun or a verb', the script of a letter."""
    if "{" in gap or "[" in gap:  # what to write
        return gap
    english, own = texts(FOLDER, ENGLISH), texts(FOLDER, language)
    for key in (key for key in english if key.startswith(_TITLE)):
        gap = re.sub(rf"(?<![\w']){re.escape(english[key])}(?![\w'])", own[key], gap)
    return gap


def rule_in(rule: str, language: str) -> str:
    """Return what made a form, in words of a language: 'dictionary: noun, genitive plural'."""
    if language == ENGLISH or language not in languages(FOLDER):
        return rule
    own = texts(FOLDER, language)
    return "".join(_piece_in(piece, own) for piece in _PIECES.split(rule))


def _piece_in(piece: str, own: Mapping[str, str]) -> str:
    found = own.get(f"rule {piece}")
    if found is not None:
        return found
    ending = _ENDING.fullmatch(piece)
    if ending is not None:
        return _piece_in(ending["what"], own) + ending["ending"]
    code, _, what = piece.partition(" ")
    return f"{code} {own[f'rule {what}']}" if f"rule {what}" in own else piece


def condition_in(condition: str, language: str) -> str:
    """Return under which conditions a form counts, in a language."""
    if not condition or language == ENGLISH or language not in languages(FOLDER):
        return condition
    phrases = Phrases(FOLDER, language)
    return "; ".join(phrases.translated(part, "condition") for part in condition.split("; "))
