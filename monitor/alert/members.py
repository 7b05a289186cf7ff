"""The articles of an alert's story, for its message: how many, and the titles other than the headline."""

from __future__ import annotations

from functools import lru_cache

from monitor.model import Alert, Relation
from monitor.story.outlets import outlet_id
from monitor.story.revision import parse_title


def articles(alert: Alert) -> int:
    """Return how many articles the alert's story has."""
    return sum(member.relation is not Relation.RELATED for member in alert.members)


def other_titles(alert: Alert) -> tuple[str, ...]:
    """Return titles that neither the headline nor the lineage covers, the newest first.

    Titles of the alert's own outlet come before others'. Left out are titles that differ in nothing but flags
    ('(2nd LD)'), and the first one of each other outlet, which the lineage names.
    """
    own = outlet_id(alert.source or "")
    met, known = {own}, {_bare(alert.headline, alert.source or "")}
    found: list[tuple[bool, str]] = []
    for member in sorted(alert.members, key=lambda member: (member.at, member.article_id)):
        if member.relation is Relation.RELATED:
            continue
        ident, bare = outlet_id(member.source), _bare(member.title, member.source)
        if bare and ident in met and bare not in known:
            found.append((ident == own, member.title))
        met.add(ident)
        known.add(bare)
    found.reverse()
    return tuple(title for _, title in sorted(found, key=lambda each: not each[0]))


@lru_cache(maxsize=4096)
def _bare(title: str, source: str) -> str:
    """Return a title without flags, letter case and spacing."""
    return " ".join((parse_title(title, source).title or title).casefold().split())
