"""Extraction of an article from a page, or from the feed's summary. Pure; runs in a child process (`extractor.py`)."""

from __future__ import annotations

import re
from datetime import datetime

from monitor import urls
from monitor.errors import ExtractError
from monitor.extract import body, page, phrases, walls
from monitor.extract.blocks import blocks
from monitor.extract.headline import headline
from monitor.extract.zones import is_promotion, zones
from monitor.i18n import DEFAULT
from monitor.model import Article, Entry, Source
from monitor.ports import Response
from monitor.text.dates import parse_date
from monitor.text.detect import detect

_MAX_TEXT = 500_000  # characters; a book is no news
_LOOK = 2_000  # characters that show whether there is enough text
_SAME = re.compile(r"[\W_]+")


def extract(source: Source, entry: Entry, response: Response, seen_at: datetime) -> Article:
    """Return the article. Raises ExtractError with a clause that an alert can show."""
    text = page.text_of(response)
    if not page.is_markup(text):
        return _plain(source, entry, text, response, seen_at)
    tree = page.parse(text)
    about = page.meta(tree)
    title = headline(entry.title, about, source.name)
    scripts = tree.find(".//script") is not None
    page.strip(tree)
    shown = walls.take_dialogue(blocks(page.body_of(tree)))
    taken = body.paragraphs(tree, shown)
    own = body.without_teasers(shown, taken, title)
    kept = _clean(walls.without_dialogue(own), title, entry.title, about.title)
    joined = "\n\n".join(kept)[:_MAX_TEXT]
    reason = walls.wall(about.title, entry.title, own, kept, tree)
    if reason is None and taken and not own:
        reason = DEFAULT.text("summary teasers")
    if reason is None and walls.letters(joined[:_LOOK]) < walls.SHORT:
        reason = DEFAULT.text("summary little text") if joined else walls.empty(tree, scripts=scripts)
    if reason is None and len(entry.summary) > 2 * len(joined):
        reason = DEFAULT.text("summary less text")
    if reason is not None:
        raise ExtractError(reason, retryable=False)
    return _article(
        source,
        entry,
        title=title,
        text=joined,
        url=_url(entry, response),
        author=entry.author or about.author,
        published=_published(entry, parse_date(about.published, source.timezone, seen_at)),
        hint=source.language or entry.language or about.language,
        seen_at=seen_at,
        own_headline=about.title,
    )


def _published(entry: Entry, written: datetime | None) -> datetime | None:
    """Return when an article was published: an entry that a sitemap made may know the last change of its page alone."""
    if entry.published is None or (entry.is_bare and written is not None and written < entry.published):
        return written
    return entry.published


def from_summary(source: Source, entry: Entry, reason: str, seen_at: datetime) -> Article:
    """Return an article of the feed's title and summary; `reason` says why, and is shown."""
    summary = "" if _alike(entry.summary, entry.title) else entry.summary
    return _article(
        source,
        entry,
        title=entry.title or ("" if summary else urls.slug(entry.link)),
        text=summary,
        url=entry.link,
        author=entry.author,
        published=entry.published,
        hint=source.language or entry.language,
        seen_at=seen_at,
        from_summary=reason,
    )


def _article(
    source: Source,
    entry: Entry,
    *,
    title: str,
    text: str,
    url: str | None,
    author: str | None,
    published: datetime | None,
    hint: str | None,
    seen_at: datetime,
    from_summary: str | None = None,
    own_headline: str = "",
) -> Article:
    language = detect(f"{title}\n\n{text}", hint)
    return Article(
        url=url,
        title=title,
        text=text,
        source=source.name,
        language=language,
        zones=zones(title, text, language, source.name),
        author=author,
        published=published,
        seen_at=seen_at,
        key=urls.article_key(entry.link, entry.guid, entry.title, source.name),
        guid=entry.guid,
        from_summary=from_summary,
        headline=own_headline,
    )


def _url(entry: Entry, response: Response) -> str | None:
    return entry.link or (response.url if urls.is_web(response.url) else None)


def _plain(source: Source, entry: Entry, text: str, response: Response, seen_at: datetime) -> Article:
    """Read plain text: its first line is the title where the feed gave none."""
    head, _, rest = text.strip().partition("\n")
    title, body = (entry.title, text) if entry.title else (head.strip()[:1_000], rest)
    paragraphs = _clean(_split(body), title, "")
    if not title and not paragraphs:
        raise ExtractError(DEFAULT.text("summary empty"), retryable=False)
    return _article(
        source,
        entry,
        title=title,
        text="\n\n".join(paragraphs)[:_MAX_TEXT],
        url=_url(entry, response),
        author=entry.author,
        published=entry.published,
        hint=source.language or entry.language,
        seen_at=seen_at,
    )


def _split(text: str) -> list[str]:
    """Return the paragraphs of plain text: blocks between blank lines, or lines where there are none."""
    blocks = re.split(r"\n[^\S\n]*\n", text.strip())
    if len(blocks) == 1:
        blocks = text.splitlines()
    return [" ".join(block.split()) for block in blocks if block.strip()]


def _clean(paragraphs: list[str], *titles: str) -> list[str]:
    """Return the paragraphs without the page's own: the title again, bylines, links to other articles, licences."""
    kept: list[str] = []
    for text in paragraphs:
        if phrases.FURNITURE.match(text.strip(" *•·-–—|")) or is_promotion(text):
            continue
        if len(kept) < 3 and any(_alike(text, title) for title in titles):  # noqa: PLR2004 — headline, subtitle, again
            continue
        if kept and text == kept[-1]:
            continue
        kept.append(_unfurnished(text))
    return kept


def _unfurnished(text: str) -> str:
    """Remove '(END)' from the end of a paragraph."""
    return re.sub(r"\s*\((?:END|끝)\)\s*$", "", text)


def _alike(one: str, other: str) -> bool:
    return bool(other) and _SAME.sub("", one).casefold() == _SAME.sub("", other).casefold()
