"""English: the plural of a phrase's last word; the possessive is the tokeniser's business."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.text.forms.base import Form, FormSet, Kind
from monitor.text.normalise import key

NAME = "English"
LANGUAGES = ("en",)
SCRIPTS = ("latin",)
QUALITY = "to be measured"


def expand(word: str, language: str | None = None, kind: Kind = Kind.AUTO) -> FormSet:
    """Give the word and its plural."""
    return FormSet(word, {key(word): Form("exact")})


def expand_phrase(words: Sequence[str], language: str | None = None, kind: Kind = Kind.AUTO) -> list[FormSet]:
    """Give the forms of each word: only the last has a plural."""
    return [*(FormSet(word, {key(word): Form("exact")}) for word in words[:-1]), expand(words[-1], language, kind)]
