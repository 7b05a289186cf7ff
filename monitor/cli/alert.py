"""One alert with its story's members: `monitor alerts ID`."""

from __future__ import annotations

import json
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.archive import shown

if TYPE_CHECKING:
    from monitor.model import ArticleChange, Delivery, Story
    from monitor.store import Transaction

    ToldStory = tuple[Delivery, Story | None, list[ArticleChange]]


def look(tx: Transaction, ident: int) -> tuple[Delivery, list[ToldStory]] | None:
    """Return a row, with the stories of the rows that it carries (of a digest, a burst, other watchlists).

    None where there is no such row; a story is None where it was cleaned up, or the row tells none.
    """
    from monitor.pipeline import report

    row = tx.delivery(ident)
    if row is None:
        return None
    told = ((each, report.story_of(tx, each)) for each in (row, *tx.carried_deliveries(ident)))
    return row, [(each, story, report.changes_of(tx, story)) for each, story in told]


def stories_of(told: list[ToldStory], zone: tzinfo) -> list[dict[str, Any]]:
    """Return the stories of an alert, each once, with the one that each follows, all their members and their joins."""
    found: dict[int, dict[str, Any]] = {}
    for row, story, changes in told:
        before = row.alert.follows
        if story is not None:
            found.setdefault(
                story.id,
                {
                    "story": story.id,
                    "alert": row.id,
                    "headline": row.alert.headline,
                    "muted": story.muted,
                    "follows": {"story": before.story, "title": before.title, "source": before.source}
                    if before
                    else None,
                    "members": _members(story, changes, zone),
                },
            )
    return list(found.values())


def _members(story: Story, changes: list[ArticleChange], zone: tzinfo) -> list[dict[str, Any]]:
    from monitor.bot.i18n import bot_phrases
    from monitor.evidence.versions import standing
    from monitor.i18n import ENGLISH
    from monitor.pipeline.grouping import became, joins

    words = bot_phrases(ENGLISH)

    def of_page(article_id: int) -> list[dict[str, Any]]:
        return [
            {
                "at": each.at.isoformat(),
                "kind": each.kind.value,
                "before": each.before,
                "after": each.after,
                "words": became(each, shown(each.at.isoformat(), zone), words),
            }
            for each in standing([each for each in changes if each.article_id == article_id])
        ]

    return [
        {
            "article": member.article_id,
            "relation": member.relation.value,
            "at": member.at.isoformat(),
            "source": member.source,
            "language": member.language,
            "title": member.title,
            "url": member.url,
            "joined": joins(member, story, words),
            "rule": member.reason.rule.value if member.reason else None,
            "of": member.reason.of if member.reason else None,
            "score": member.reason.score if member.reason else None,
            "terms": list(member.reason.terms) if member.reason else [],
            "names": list(member.reason.names) if member.reason else [],
            "changes": of_page(member.article_id),
        }
        for member in story.members
    ]


def show(row: dict[str, Any], stories: list[dict[str, Any]], zone: tzinfo, *, as_json: bool) -> None:
    """Print an alert and its stories, every member in three lines at most."""
    if as_json:
        click.echo(json.dumps(row | {"stories": stories}, ensure_ascii=False))
        return
    lists = " + ".join(filter(None, (row["watchlist"], *row["also"])))
    sent = f", sent {shown(row['sent'], zone)}" if row["sent"] else ""
    _print(f"alert {row['id']}: {row['kind']}, {row['state']}, {row['channel']}{f', {lists}' if lists else ''}{sent}")
    _print(f"  {row['headline']}")
    if row["error"]:
        _print(f"  {row['error']}")
    if not stories:
        click.echo("it belongs to no story that is kept", err=True)
    for story in stories:
        muted = ", muted" if story["muted"] else ""
        several = len(story["members"])
        _print("")
        _print(f"story {story['story']}: {several} article{'' if several == 1 else 's'}{muted}")
        if story["follows"]:
            _print(f"  follows story {story['follows']['story']}: {story['follows']['title']}")
        for member in story["members"]:
            _print(f"  {shown(member['at'], zone)} {member['source']} ({member['language']}) {member['title']}")
            _print(f"    {member['joined']}")
            if member["url"]:
                _print(f"    {member['url']}")
            for change in member["changes"]:
                _print(f"    {change['words']}")


def _print(text: str) -> None:
    """Print a line of foreign text: no escape sequence of it reaches a terminal."""
    from monitor.alert.sanitize import clean

    indent = len(text) - len(text.lstrip(" "))
    click.echo(" " * indent + clean(text))
