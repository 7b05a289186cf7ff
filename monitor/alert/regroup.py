"""Messages of stories that somebody split or merged by hand: amended in silence, and never deleted."""

from __future__ import annotations

from dataclasses import replace

from monitor.model import Alert, Relation, Story
from monitor.story.attribution import lineage


def regrouped(alert: Alert, story: Story, news: str) -> Alert:
    """Return a story's alert with the members that it has now; `news` is the line that says what was done.

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
