"""Which title an article has: the feed's, unless the page has plainly the same headline in full. Pure."""

from __future__ import annotations

import re

from monitor.extract.page import Meta

_CUT = re.compile(r"\s*(?:\.\.\.|…|\[(?:\.\.\.|…)\]|\((?:\.\.\.|…)\))\s*$")
_STEM_CUT = 8  # letters and digits that a title which says that it is cut has to share
_STEM = 20  # the same of one that does not say so
_MORE = 6  # letters and digits that a headline in full has more than one that does not say that it is cut
_BRACKETED = re.compile(r"[(\[][^)\]]*[)\]]")  # '(video)', '[updated]'
_SAME = re.compile(r"[\W_]+")
_SEPARATOR = re.compile(r"\s*(?:[|·•»/]|\s[–—:-]\s)")  # between a headline and a site's name


def headline(feed: str, about: Meta, outlet: str) -> str:
    """Return the title: the page's where the feed gave none, or gave the beginning of it."""
    if not feed:
        return about.title
    stem = _CUT.sub("", feed)
    cut = stem != feed
    if len(_SAME.sub("", stem)) < (_STEM_CUT if cut else _STEM):
        return feed
    whole = [text for text in about.headlines if _continues(stem, text, cut=cut)]
    if not whole and cut:
        whole = [text for text in (about.shown, about.title) if _continues(stem, text, cut=cut)]
    for text in sorted(whole, key=len):
        found = _without_site(text, (outlet, about.site), len(stem))
        more = _SAME.sub("", _BRACKETED.sub("", found[len(stem) :]))
        if cut and more:
            return found
        # Behind a separator a heading may have its section; what the markup for machines repeats is of the headline.
        if len(more) >= _MORE and (not _SEPARATOR.match(found, len(stem)) or whole.count(text) > 1):
            return found
    return feed


def _continues(stem: str, text: str, *, cut: bool) -> bool:
    """Return whether a text goes on where the stem ends: at a word's end, unless the title says that it is cut."""
    if text[: len(stem)].casefold() != stem.casefold() or len(text) <= len(stem):
        return False
    return cut or not (stem[-1].isalnum() and text[len(stem)].isalnum())


def _without_site(text: str, sites: tuple[str, ...], start: int) -> str:
    """Take a site's name off the end: what stands behind a separator, and is the name of the outlet or of the site."""
    for found in _SEPARATOR.finditer(text, start):
        rest = _SAME.sub("", text[found.end() :]).casefold()
        if rest and any(rest == _SAME.sub("", site).casefold() for site in sites):
            return text[: found.start()]
    return text
