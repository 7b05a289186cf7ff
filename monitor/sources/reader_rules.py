"""Filter rules of other readers, as terms for a watchlist: they are proposed, never applied.

FreshRSS marks what a search finds as read; Miniflux blocks entries or keeps them alone. Both look at one feed, so that
what they say here is for a watchlist with that source.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SEARCH = re.compile(r"""(?P<not>[-!])?(?:(?P<field>\w+):)?(?P<text>/(?:[^/\\]|\\.)+/i?m?|"[^"]+"|'[^']+'|\S+)""")
_FIELDS = frozenset({"intitle", "intext", None})  # what a term can stand for; authors, dates and labels are none
_RULE = re.compile(r"(?P<field>\w+)\s*=\s*(?P<pattern>.+)")
_RULE_FIELDS = frozenset({"entrytitle", "entrycontent"})
_IGNORED = re.compile(r"^\(\?[imsu]+\)")
_WORDS = re.compile(r"[\w' -]+")


@dataclass(frozen=True, slots=True)
class ReaderRule:
    """A rule of one feed, as it was written. `key` is the watchlist's key that comes nearest, `terms` go there.

    Without terms there is nothing here that would do the same.
    """

    feed: str
    text: str
    key: str  # exclude | keywords
    terms: tuple[str, ...] = ()


def of_search(feed: str, text: str) -> ReaderRule:
    """Return the rule for a search of FreshRSS whose results are marked as read: what all its words are in is excluded.

    Only a search of one part can be put so: several parts stand for 'and'.
    """
    parts = list(_SEARCH.finditer(text))
    part = parts[0] if len(parts) == 1 else None
    if part is None or part["not"] or (part["field"] and part["field"].lower()) not in _FIELDS:
        return ReaderRule(feed, text, "exclude")
    found = part["text"]
    term = re.sub(r"/[im]*$", "/", found) if found.startswith("/") else found.strip("\"'")
    return ReaderRule(feed, text, "exclude", (term,))


def of_line(feed: str, text: str, *, keep: bool) -> ReaderRule:
    """Return the rule for a line of Miniflux's block or keep rules: `EntryTitle=(?i)a|b`, or a bare pattern."""
    key = "keywords" if keep else "exclude"
    found = _RULE.fullmatch(text)
    if found is not None and found["field"].lower() not in _RULE_FIELDS:
        return ReaderRule(feed, text, key)
    pattern = _IGNORED.sub("", (found["pattern"] if found else text).strip()).strip()
    words = [word.strip() for word in pattern.removeprefix("(").removesuffix(")").split("|")]
    if words and all(_WORDS.fullmatch(word) for word in words):
        return ReaderRule(feed, text, key, tuple(words))
    return ReaderRule(feed, text, key, (f"/{pattern}/",) if pattern else ())
