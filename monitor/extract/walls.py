"""Pages that stand where an article should: walls, challenges, pages that say 'not found' with status 200."""

from __future__ import annotations

import re

from lxml import html

from monitor.extract import phrases
from monitor.i18n import DEFAULT

_WALL = 1_500  # characters: a wall's text is shorter, an article on cookies is longer
_TITLE = 200
_ENOUGH_MARKS = 2


def wall(title: str, text: str, tree: html.HtmlElement) -> str | None:
    """Return why the page is no article, as a clause that an alert can show; None where it may be one.

    `title` is the page's own, `text` what was extracted.
    """
    if len(text) > _WALL:
        return None
    head = title[:_TITLE]
    shown = f"{head}\n{text or _visible(tree)}"
    if phrases.CHALLENGE.search(head) or (len(text) < _WALL / 3 and phrases.CHALLENGE.search(shown)):
        return DEFAULT.text("summary robots")
    if phrases.MISSING.search(head) or (len(text) < _WALL / 5 and phrases.MISSING.search(shown)):
        return DEFAULT.text("summary not found")
    if _marks(phrases.CONSENT, shown) >= _ENOUGH_MARKS:
        return DEFAULT.text("summary consent")
    if phrases.LOGIN.search(head) or (len(text) < _WALL / 2 and _login(shown, tree)):
        return DEFAULT.text("summary login")
    return None


def empty(tree: html.HtmlElement) -> str:
    """Return why a page without text has none."""
    scripts = tree.xpath("count(//script)")
    if scripts and len(_visible(tree)) < _TITLE:
        return DEFAULT.text("summary script")
    return DEFAULT.text("summary no text")


def _login(shown: str, tree: html.HtmlElement) -> bool:
    return phrases.LOGIN.search(shown) is not None or bool(tree.xpath("//input[@type='password']"))


def _marks(pattern: re.Pattern[str], text: str) -> int:
    return len({found.group().lower() for found in pattern.finditer(text)})


def _visible(tree: html.HtmlElement) -> str:
    """Return the first characters that a reader would see."""
    parts = tree.xpath("//body//text()[not(ancestor::script or ancestor::style or ancestor::noscript)]")
    return " ".join(" ".join(map(str, parts[:2_000])).split())[: _WALL * 2]
