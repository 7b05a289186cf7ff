"""Identity of an entry's article: its key, whether the page is its own, and whether the article is known."""

from __future__ import annotations

from dataclasses import dataclass, replace

from monitor import urls
from monitor.identity import alike, is_placeholder, marks, other_date, without_fragment
from monitor.model import Article, Entry, PendingEntry
from monitor.store import Transaction


@dataclass(frozen=True, slots=True)
class ArticleIdentity:
    """`key` and `guid` are the article's; `own_page`: its link opens a page of its own; `known`: it was judged."""

    key: str
    guid: str | None
    own_page: bool
    known: Article | None = None


def identify(tx: Transaction, pending: PendingEntry) -> ArticleIdentity:
    """Return the identity of a pending entry's article.

    Other entries of the source with its link say whether the link opens a page of its own. An article that another feed
    of the outlet has brought is known by its link, where the titles agree: two titles are two articles of one page, and
    so is one title of two dates. A site's first page is no item's own.
    """
    entry = pending.entry
    by_link, by_guid, by_title = tx.namesakes(pending.id)
    guid = None if is_placeholder(entry.guid) or any(_are_two(each, entry) for each in by_guid) else entry.guid
    others = [each for each in by_link if _are_two(each, entry)]
    home = entry.link is not None and marks(entry).link is None
    shared = home or any(without_fragment(each.link) == without_fragment(entry.link) for each in others)
    own_page = entry.link is not None and not shared
    if pending.edited:
        mine = tx.article_of(pending.id)
        if mine is not None and _same_address(mine.url, entry.link):
            return ArticleIdentity(mine.key, guid, own_page)
    key = _key(pending, guid, shared=shared, by_parameter=bool(others))
    if key.startswith(urls.PART) and any(not alike(each, entry) for each in by_title):
        key = urls.UNTITLED + key.removeprefix(urls.PART)
    known = None if pending.edited else tx.article_by_key(key)
    if known is None:
        return ArticleIdentity(key, guid, own_page)
    # An entry of a sitemap may have no title: then it has that of its page.
    brought_by = [
        (source, replace(each, title=each.title or known.title)) for source, each in tx.entries_of(known.id or 0)
    ]
    here = pending.source.name
    if key.startswith(urls.PART):
        if all(source != here and alike(each, entry, summaries=False) for source, each in brought_by):
            return ArticleIdentity(key, guid, own_page, known)
        return ArticleIdentity(urls.part_key(key, pending.entry.key), guid, own_page)
    if not brought_by or any(alike(each, entry, summaries=source == here) for source, each in brought_by):
        return ArticleIdentity(key, guid, own_page, known)
    key = urls.part_key(key, _text(pending))
    return ArticleIdentity(key, guid, own_page=False, known=tx.article_by_key(key))


def _key(pending: PendingEntry, guid: str | None, *, shared: bool, by_parameter: bool) -> str:
    entry, source = pending.entry, pending.source.name
    if entry.link is None and not urls.is_web(guid):
        return urls.part_key(source, entry.key)  # nobody else has this entry
    key = urls.article_key(entry.link, guid, entry.title, source)
    if shared:
        return urls.part_key(key, _text(pending))
    return urls.part_key(key, without_fragment(entry.link) or "") if by_parameter else key


def _are_two(one: Entry, other: Entry) -> bool:
    """Return whether two entries of a source, that have a field in common, are two articles."""
    if not alike(one, other) or other_date(one, other):
        return True
    guids = {marks(each).guid for each in (one, other)}
    return one.published is None and len(guids - {None}) > 1


def _text(pending: PendingEntry) -> str:
    found = marks(pending.entry)
    return f"{found.title} {found.summary}"


def _same_address(one: str | None, other: str | None) -> bool:
    return one == other if one is None or other is None else urls.article_key(one) == urls.article_key(other)
