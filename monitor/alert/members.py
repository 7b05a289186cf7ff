"""The articles of an alert's story, for its message: how many, and the titles other than the headline."""

from __future__ import annotations

from functools import lru_cache

from monitor.model import Alert, Member, Relation, Story
from monitor.story.outlets import outlet_id
from monitor.story.revision import parse_title


def articles(alert: Alert) -> int:
    """Return how many articles the alert's story has."""
    return sum(member.relation is not Relation.RELATED for member in alert.members)


def in_language(story: Story, language: str | None) -> Member | None:
    """Return the newest version of the first article that the story has in a language; None where it has none.

    An outlet's article and its later versions are one, whatever other outlets publish in between.
    """
    spoken = [member for member in story.members if member.language == language and _belongs(member)]
    if not spoken:
        return None
    front = spoken[0]
    for member in spoken[1:]:
        if is_version(member, front.source):
            front = member
    return front


def is_version(member: Member, source: str | None) -> bool:
    """Return whether a member may be a later version of an article of `source`."""
    return member.relation is Relation.VERSION and outlet_id(member.source) == outlet_id(source or "")


def _belongs(member: Member) -> bool:
    return member.relation is not Relation.RELATED


def other_titles(alert: Alert) -> tuple[str, ...]:
    """Return titles that neither the headline nor the lineage covers, the newest first.

    Titles of the alert's own outlet come before others'. Left out are titles that differ in nothing but flags
    ('(2nd LD)'), and the first one of each other outlet, which the lineage names: but not of the one that opened the
    story, where an article in the reader's language stands in front of it.
    """
    own = outlet_id(alert.source or "")
    met, known = {own}, {_bare(alert.headline, alert.source or "")}
    found: list[tuple[bool, str]] = []
    for number, member in enumerate(
        sorted(filter(_belongs, alert.members), key=lambda each: (each.at, each.article_id))
    ):
        if number == 0 and alert.language == alert.reader != member.language:
            met.add(outlet_id(member.source))
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
