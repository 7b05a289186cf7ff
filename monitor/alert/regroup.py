"""Messages of stories that were split or merged: amended in silence, and never deleted."""

from __future__ import annotations

from dataclasses import replace

from monitor.model import Alert, FollowedStory, Relation, Story
from monitor.story.attribution import lineage


def pointing(alert: Alert, story: FollowedStory) -> Alert:
    """Return the alert of a story that is part of an older one now: what it told stays, and it leads there."""
    return replace(alert, follows=story, pointer=True, news=None)


def absorbing(alert: Alert, other: Alert) -> Alert:
    """Return a story's alert that speaks for the watchlists of another one's as well, as loud as the louder of both."""
    lists = dict.fromkeys((*alert.also, *filter(None, (other.watchlist, *other.also))))
    lists.pop(alert.watchlist or "", None)
    severity = max(alert.severity, other.severity, key=lambda severity: severity.rank)
    critical_at = alert.critical_at or other.critical_at
    return replace(alert, also=tuple(lists), severity=severity, critical_at=critical_at)


def regrouped(alert: Alert, story: Story, news: str | None) -> Alert:
    """Return a story's alert with the members that it has now; `news` is the line that says what was done, if any.

    Where the article that it shows is in another story now, the first of those that are left comes to the front,
    one in the same language if there is one.
    """
    found = lineage(story.members)
    alert = replace(alert, members=story.members, outlets=found.outlets, independent=found.independent, news=news)
    members = [member for member in story.members if member.relation is not Relation.RELATED]
    shown = any((member.title, member.url) == (alert.headline, alert.url) for member in members)
    if shown or not members:
        return alert
    first = next((member for member in members if member.language == alert.language), members[0])
    return replace(
        alert,
        headline=first.title,
        source=first.source,
        language=first.language,
        at=first.at,
        url=first.url,
        citing=first.cites,
        quotes=(),
    )
