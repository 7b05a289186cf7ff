"""A story: its articles in order of time, what each added, who cites whom, quotes, facts, alerts; split and merge."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from starlette.responses import Response
from starlette.routing import Route

from monitor.errors import StoreError
from monitor.evidence.diff import DiffPiece, counted, word_diff
from monitor.i18n import Phrases
from monitor.model import Article, ArticleChange, Delivery, Member, Quote, Relation, Story
from monitor.pipeline import grouping
from monitor.pipeline.report import AlertLatency, passages
from monitor.store import Transaction
from monitor.story.quotes import quotes
from monitor.web.board import mute_of
from monitor.web.graph import HEIGHT, WIDTH, CitationGraph, citation_graph
from monitor.web.site import Refusal, Site
from monitor.web.visit import Visit, whole_number

log = structlog.get_logger(__name__)

_COMPARED = 20_000  # characters of a version that are compared
_COMPARING = 2.0  # seconds of one page: a hostile version takes one, and other screens wait meanwhile
_QUOTES = 12
_MEMBERS = 200  # articles shown
_KEEP = 90  # characters shown around a change
_CUT_AT_BEGIN, _CUT_AT_END = re.compile(r"^\S{0,30}\s"), re.compile(r"\s\S{0,30}$")  # half a word


@dataclass(frozen=True, slots=True)
class Version:
    """What an article says that the version before it did not."""

    before: Member
    title: tuple[DiffPiece, ...]
    text: tuple[DiffPiece, ...]
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class TimelineItem:
    """One article of a story."""

    member: Member
    joined: str
    version: Version | None
    quotes: tuple[Quote, ...]
    changes: tuple[ArticleChange, ...]  # of its page, since it was read
    can_leave: bool


def routes(site: Site) -> list[Route]:
    """Return the routes of a story."""

    def split(visit: Visit, tx: Transaction) -> Response:
        story, ident = _story(site, visit, tx), _number(visit.form.get("article", ""))
        if ident is None or not grouping.can_split(story, ident):
            return site.refused(visit, 409, "split not")
        own = grouping.split(tx, site.parts.live, story, ident, user=_user(visit), now=visit.now)
        log.info("a story was split on the page", story=story.id, article=ident, own=own, by=_user(visit))
        return visit.go(f"/story/{own}")

    def merge(visit: Visit, tx: Transaction) -> Response:
        story, other = _story(site, visit, tx), _number(visit.form.get("other", ""))
        if other is None or other == story.id:
            return site.refused(visit, 409, "merge not")
        found = _found(tx, other)
        if found is None or not found.members or not story.members:
            return site.refused(visit, 409, "merge not")
        kept = grouping.merge(tx, site.parts.live, (story, found), user=_user(visit), now=visit.now)
        log.info("stories were merged on the page", kept=kept, stories=[story.id, other], by=_user(visit))
        return visit.go(f"/story/{kept}")

    def show(visit: Visit, tx: Transaction) -> Response:
        clock, end = site.parts.clock, site.parts.clock.monotonic() + _COMPARING
        return _show(visit, tx, _story(site, visit, tx), lambda: clock.monotonic() > end)

    def export(visit: Visit, tx: Transaction) -> Response:
        return _export(tx, _story(site, visit, tx))

    return [
        Route("/story/{story:int}", site.screen(show), methods=["GET"]),
        Route("/story/{story:int}/export", site.screen(export), methods=["GET"]),
        Route("/story/{story:int}/split", site.action(split), methods=["POST"]),
        Route("/story/{story:int}/merge", site.action(merge), methods=["POST"]),
    ]


def _user(visit: Visit) -> int:
    return visit.viewer.user_id if visit.viewer else 0


def _number(text: str) -> int | None:
    return whole_number(text.strip().lstrip("#"))


def _found(tx: Transaction, story_id: int) -> Story | None:
    try:
        return tx.story(story_id)
    except StoreError:
        return None


def _story(site: Site, visit: Visit, tx: Transaction) -> Story:
    found = _found(tx, visit.params["story"])
    if found is None:
        raise Refusal(site.refused(visit, 404, "not found"))
    return found


def _show(visit: Visit, tx: Transaction, story: Story, late: Callable[[], bool]) -> Response:
    members = story.members[-_MEMBERS:]
    articles = {each.id: each for each in tx.articles([member.article_id for member in members])}
    rows = [row for row in tx.deliveries_of(story.id) if row.alert.watchlist is not None]
    changes: dict[int, list[ArticleChange]] = {}
    for change in tx.changes_of([member.article_id for member in members]):
        changes.setdefault(change.article_id, []).append(change)
    hits: dict[int, list[Quote]] = {}
    for ident, verdict in tx.verdicts_of(story.id):
        if ident in articles and ident not in hits:
            hits[ident] = list(quotes(articles[ident], verdict.hits))
    words = Phrases("bot", visit.language)
    versions: dict[int, Version | None] = {}
    for member in reversed(members):  # the newest ones are read
        versions[member.article_id] = None if late() else _version(member, members, articles)
    items = [
        TimelineItem(
            member,
            grouping.joins(member, story, words),
            versions[member.article_id],
            tuple(hits.get(member.article_id, ()))[:_QUOTES],
            tuple(changes.get(member.article_id, ())),
            grouping.can_split(story, member.article_id),
        )
        for member in members
    ]
    return visit.html(
        "story.html",
        story=story,
        items=items,
        left=len(story.members) - len(members),
        graph=_graph(members),
        box=(WIDTH, HEIGHT),
        rows=rows,
        passages=_passages(tx, rows),
        facts=_facts(rows),
        mute=mute_of(tx, story.id, visit.now),
        headline=_headline(story, visit.language),
        evidence=tx.evidence_of([member.article_id for member in members]),
    )


def _headline(story: Story, language: str) -> Member | None:
    own = [
        member for member in story.members if member.language == language and member.relation is not Relation.RELATED
    ]
    return own[-1] if own else next(iter(story.members), None)


def _graph(members: Sequence[Member]) -> CitationGraph:
    return citation_graph(member for member in members if member.relation is not Relation.RELATED)


def _passages(tx: Transaction, rows: Sequence[Delivery]) -> Mapping[int, AlertLatency]:
    return {way.delivery.id: way for way in passages(tx, rows)}


def _facts(rows: Sequence[Delivery]) -> list[tuple[str, str, str]]:
    """Return (kind, what it was when it rang, what it is now) of what the story's alerts tell."""
    found: dict[str, tuple[str, str]] = {}
    for row in rows:
        before, now = dict(row.alert.rang), dict(row.alert.figures)
        for kind in {*before, *now}:
            if before.get(kind) != now.get(kind) and before:
                found[kind] = before.get(kind, ""), now.get(kind, "")
    return [(kind, *values) for kind, values in sorted(found.items())]


def _version(member: Member, members: Sequence[Member], articles: Mapping[int | None, Article]) -> Version | None:
    """Return what a revised article changed of the one that it revises."""
    if member.relation is not Relation.VERSION or member.article_id not in articles:
        return None
    before = _before(member, members)
    if before is None or before.article_id not in articles:
        return None
    old, new = articles[before.article_id], articles[member.article_id]
    text = word_diff(old.text[:_COMPARED], new.text[:_COMPARED])
    count = counted(text)
    title = word_diff(old.title, new.title) if old.title != new.title else []
    return Version(before, tuple(title), tuple(_around(text)), count.added, count.removed)


def _before(member: Member, members: Sequence[Member]) -> Member | None:
    """Return the article that a version follows: the outlet's newest version of the same text before it.

    What it joined by may be any of them: '3rd LD' is often nearest to the first one, and would seem to add all that
    came between.
    """
    root = member.reason.of if member.reason else None
    older = [each for each in members if (each.at, each.article_id) < (member.at, member.article_id)]
    own = [each for each in older if each.source == member.source]
    chain = [each for each in own if each.relation is Relation.VERSION or each.article_id == root] or own
    return chain[-1] if chain else next((each for each in older if each.article_id == root), None)


def _around(pieces: Sequence[DiffPiece]) -> list[DiffPiece]:
    """Return a difference with little of what stayed between two changes, cut between words."""
    shown = []
    for place, piece in enumerate(pieces):
        text = piece.text
        if piece.sign == "=" and len(text) > 2 * _KEEP:
            head = "" if place == 0 else _CUT_AT_END.sub("", text[:_KEEP])
            tail = "" if place == len(pieces) - 1 else _CUT_AT_BEGIN.sub("", text[-_KEEP:])
            text = f"{head} … {tail}"
        shown.append(DiffPiece(piece.sign, text))
    return shown if any(piece.sign != "=" for piece in pieces) else []


def _export(tx: Transaction, story: Story) -> Response:
    """Answer with all that is kept of a story, as a file."""

    def iso(moment: datetime | None) -> str | None:
        return moment.isoformat() if moment else None

    texts = {each.id: each for each in tx.articles([member.article_id for member in story.members])}
    found = {
        "story": story.id,
        "created": iso(story.created_at),
        "updated": iso(story.updated_at),
        "articles": [
            {
                "id": member.article_id,
                "source": member.source,
                "language": member.language,
                "title": member.title,
                "url": member.url,
                "at": iso(member.at),
                "relation": member.relation.value,
                "cites": list(member.cites),
                "rule": member.reason.rule.value if member.reason else None,
                "author": texts[member.article_id].author if member.article_id in texts else None,
                "text": texts[member.article_id].text if member.article_id in texts else None,
            }
            for member in story.members
        ],
        "alerts": [
            {
                "id": row.id,
                "channel": row.channel,
                "kind": row.alert.kind.value,
                "watchlist": row.alert.watchlist,
                "headline": row.alert.headline,
                "state": row.state.value,
                "message": row.message_id,
                "written": iso(row.created_at),
                "sent": iso(row.sent_at),
                "edits": row.edits,
            }
            for row in tx.deliveries_of(story.id)
        ],
    }
    content = json.dumps(found, ensure_ascii=False, indent=1)
    headers = {"Content-Disposition": f'attachment; filename="story-{story.id}.json"'}
    return Response(content, media_type="application/json", headers=headers)
