"""The answer of the button Why: the watchlists' reasons, and each mention with its rule. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC

from monitor.alert.render.layout import TimeDisplay
from monitor.alert.sanitize import clean, clip
from monitor.evidence.versions import standing
from monitor.i18n import Phrases
from monitor.model import Alert, ArticleChange, Delivery, Hit, Line, MessageKind, Relation, Story, TextRun, Verdict
from monitor.pipeline.grouping import became, joins
from monitor.watch.decided import reason_in, zone_in
from monitor.watch.wording import rule_in

_TEXT = 80  # UTF-16 units of a foreign piece of a line
_OTHER, _JOINS = 60, 160  # of another article's title, of how an article joined
_MEMBERS = 12  # articles of the story shown, the newest; `monitor alerts ID` lists all
_CHANGES = 4  # changes shown of one article's page, the newest
_OFFERS, _OUTLET = 3, 20  # buttons of a kind; UTF-16 units of an outlet's name on one
_HITS = 8  # different mentions shown of one article
_ARTICLES = 5  # articles shown of one watchlist


@dataclass(frozen=True, slots=True)
class AlertEvidence:
    """An alert's row, its story (None where that is gone), and the matched verdicts on it."""

    row: Delivery
    story: Story | None
    verdicts: Sequence[tuple[int, Verdict]]  # (article id, verdict)
    reader: TimeDisplay = TimeDisplay(UTC)
    changes: Sequence[ArticleChange] = ()  # of the story's pages, since they were read
    related: Sequence[int] = ()  # stories that it may be merged with


def explained(grounds: AlertEvidence, words: Phrases) -> Alert:
    """Return the answer, as a silent message; it is sent in reply to the alert."""
    alert = grounds.row.alert
    lines: list[Line] = [(TextRun(words.text("why", title=_short(alert.headline)), bold=True),)]
    names = tuple(name for name in (alert.watchlist, *alert.also) if name)
    for name in names:
        lines += [(), *_watchlist(name, grounds, words)]
    if grounds.story is not None:
        lines += [(), *_story(grounds.story, words, grounds.reader, grounds.changes)]
    headline = words.text("why", title=_short(alert.headline))
    offers = tuple(_regroupings(grounds))
    return Alert(
        MessageKind.ANSWER, headline, body=tuple(lines), silent=True, wording=words.language, regroupings=offers
    )


def _regroupings(grounds: AlertEvidence) -> Iterator[tuple[str, int, str]]:
    """Yield what an admin may do by a button: take one of the newest articles out, merge with a related story."""
    story = grounds.story
    if story is None:
        return
    joined = [each for each in reversed(story.members) if each.relation in (Relation.SAME, Relation.COPY)]
    for member in joined[:_OFFERS]:
        yield "split", member.article_id, _short(member.source, _OUTLET)
    for number in grounds.related[:_OFFERS]:
        yield "merge", number, ""


def _watchlist(name: str, grounds: AlertEvidence, words: Phrases) -> Iterator[Line]:
    members = {member.article_id: member for member in grounds.story.members} if grounds.story else {}
    found = [(ident, verdict) for ident, verdict in grounds.verdicts if verdict.watchlist == name]
    if not found:
        yield words.line("why gone", watchlist=TextRun(_short(name), bold=True))
        return
    # The story's first article is the one that raised the alert, as a rule; members are in order of time.
    order = {ident: place for place, ident in enumerate(members)}
    found.sort(key=lambda each: order.get(each[0], len(order)))
    for ident, verdict in found[:_ARTICLES]:
        yield words.line(
            "why decided",
            watchlist=TextRun(_short(name), bold=True),
            source=_short(members[ident].source) if ident in members else "?",
            reason=_short(reason_in(verdict.reason, words)),
        )
        hits = _distinct(verdict.hits)
        for hit in hits[:_HITS]:
            yield _hit(hit, words)
        if len(hits) > _HITS:
            yield words.line("more", n=len(hits) - _HITS)
    if len(found) > _ARTICLES:
        yield words.line("why articles", n=len(found) - _ARTICLES)


def _hit(hit: Hit, words: Phrases) -> Line:
    rule = _short(rule_in(hit.rule or "exact", words.language))
    found = TextRun(clip(clean(hit.surface), _TEXT), bold=True)
    return words.line("hit", surface=found, terms=_short(hit.term), zone=zone_in(hit.zone, words), rule=rule)


def _distinct(hits: Sequence[Hit]) -> list[Hit]:
    """Return the mentions without those that differ only in their position."""
    kinds = {(hit.term, hit.surface.casefold(), hit.zone, hit.rule): hit for hit in reversed(hits)}
    return sorted(kinds.values(), key=lambda hit: (hit.start, hit.end))


def _story(story: Story, words: Phrases, who: TimeDisplay, changes: Sequence[ArticleChange]) -> Iterator[Line]:
    """Yield a line for each of the story's articles, with the rule by which the article joined."""
    outlets = len({member.source for member in story.members})
    yield words.line("why story", story=story.id, articles=len(story.members), outlets=outlets)
    if len(story.members) > _MEMBERS:
        yield words.line("why articles", n=len(story.members) - _MEMBERS)
    for member in story.members[-_MEMBERS:]:
        source = f"{who.shown(member.at)} {_short(member.source)} ({member.language}) #{member.article_id}"
        joined = _short(joins(member, story, words), _JOINS)
        yield (TextRun(source), TextRun(": "), TextRun(_short(member.title), url=member.url), TextRun(f" · {joined}"))
        found = standing([each for each in changes if each.article_id == member.article_id])
        for each in found[-_CHANGES:]:
            yield (TextRun(f"⚠ {became(each, who.shown(each.at), words)}"),)
    yield words.line("why mute", story=story.id)
    yield words.line("why split", story=story.id)


def _short(text: str, most: int = _TEXT) -> str:
    return clip(clean(text), most)
