"""The board: live stories, newest first, each with what was told of it; mute, acknowledge, judge with one tap."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

import structlog
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from monitor.model import Act, ActKind, Delivery, Member, MessageKind, Mute, MuteKind, Relation, Severity
from monitor.pipeline.acks import end_mute, mark_story, next_morning
from monitor.store import Transaction
from monitor.store.screens import RowMark
from monitor.web.events import BoardEvents
from monitor.web.site import Site
from monitor.web.visit import Visit, whole_number

log = structlog.get_logger(__name__)

HOURS = (6, 24, 72, 168)
STORIES = 200
ROWS = 2_000  # of the outbox that the board looks at
_KEPT = 4_000  # lines of stories that are kept as HTML
_RANKS = {each: rank for rank, each in enumerate(Severity)}
_MUTE_HOURS = {"1h": 1, "8h": 8, "24h": 24}
_SPANS = {*_MUTE_HOURS, "morning", ""}  # '': for good


def routes(site: Site, events: BoardEvents) -> list[Route]:
    """Return the routes of the board."""
    board = Board()
    return [
        Route("/", site.screen(board.show), methods=["GET"]),
        Route("/board/stories", site.screen(board.lines), methods=["GET"]),
        Route("/events", events.stream(site), methods=["GET"]),
        Route("/story/{story:int}/mute", site.action(_mute), methods=["POST"]),
        Route("/story/{story:int}/unmute", site.action(_unmute), methods=["POST"]),
        Route("/story/{story:int}/ack", site.action(_ack, admin=False), methods=["POST"]),
        Route("/story/{story:int}/feedback", site.action(_judge, admin=False), methods=["POST"]),
    ]


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One story on the board, from the rows of the outbox that tell it."""

    id: int
    severity: Severity
    headline: str
    language: str
    watchlists: tuple[str, ...]
    terms: tuple[str, ...]
    outlets: tuple[str, ...]
    languages: tuple[str, ...]
    independent: int
    first_seen: datetime
    updated_at: datetime
    rang: bool  # a phone rang for it
    waits: bool  # nothing was sent yet
    edits: int
    news: str | None
    acts: tuple[Act, ...]
    muted: bool
    muted_until: datetime | None  # None: for good


@dataclass(frozen=True, slots=True)
class BoardFilter:
    """What of the board is shown."""

    hours: int = 24
    watchlist: str = ""
    language: str = ""
    outlet: str = ""
    wall: bool = False

    @classmethod
    def of(cls, query: Mapping[str, str]) -> BoardFilter:
        """Read an address's query; what makes no sense is left out."""
        hours = query.get("hours", "")
        return cls(
            hours=int(hours) if hours in {str(each) for each in HOURS} else 24,
            watchlist=query.get("watchlist", ""),
            language=query.get("language", ""),
            outlet=query.get("outlet", ""),
            wall=query.get("wall") == "1",
        )

    def shows(self, line: StoryLine) -> bool:
        """Return whether a story is among what is asked for."""
        return (
            (not self.watchlist or self.watchlist in line.watchlists)
            and (not self.language or self.language in line.languages)
            and (not self.outlet or self.outlet in line.outlets)
        )


@dataclass(slots=True)
class Board:
    """The screen, with the lines that did not change since they were last made."""

    _kept: OrderedDict[tuple[object, ...], tuple[StoryLine, str]] = field(default_factory=OrderedDict)

    def show(self, visit: Visit, tx: Transaction) -> Response:
        """Show the board."""
        chosen = BoardFilter.of(visit.query)
        found = self._lines(visit, tx, chosen.hours)
        shown = [(line, html) for line, html in found if chosen.shows(line)][:STORIES]
        everything = [line for line, _ in found]
        lines = "".join(html for _, html in shown)
        return visit.html(
            "board.html",
            chosen=chosen,
            hours=HOURS,
            lines=Markup(lines),  # noqa: S704 — of our own templates, escaped there
            state=state_of(lines),
            count=len(shown),
            watchlists=_sorted(name for line in everything for name in line.watchlists),
            languages=_sorted(name for line in everything for name in line.languages),
            outlets=_sorted(name for line in everything for name in line.outlets),
        )

    def lines(self, visit: Visit, tx: Transaction) -> Response:
        """Answer with the lines of some stories, as far as the filter shows them; without ids, with all of them.

        204 where all are as the browser has them: it asks when it begins to listen, for what came in between.
        """
        if "ids" not in visit.query:
            return self._all(visit, tx)
        asked = map(whole_number, visit.query.get("ids", "").split(",")[:STORIES])
        wanted = {each for each in asked if each is not None}
        chosen = BoardFilter.of(visit.query)
        found = self._lines(visit, tx, chosen.hours, wanted)
        return HTMLResponse("".join(html for line, html in found if chosen.shows(line)))

    def _all(self, visit: Visit, tx: Transaction) -> Response:
        chosen = BoardFilter.of(visit.query)
        found = self._lines(visit, tx, chosen.hours)
        lines = "".join([html for line, html in found if chosen.shows(line)][:STORIES])
        return Response(status_code=204) if state_of(lines) == visit.query.get("state") else HTMLResponse(lines)

    def _lines(
        self, visit: Visit, tx: Transaction, hours: int, wanted: set[int] | None = None
    ) -> list[tuple[StoryLine, str]]:
        marks = tx.board_marks(visit.now - timedelta(hours=hours), ROWS)
        muted = {each.key: each for each in tx.mutes(visit.now) if each.kind is MuteKind.STORY}
        groups = {story: tuple(rows) for story, rows in groupby(marks, key=lambda mark: mark.story)}
        chosen = {story: rows for story, rows in groups.items() if wanted is None or story in wanted}
        keys = {story: self._key(visit, rows, muted.get(str(story))) for story, rows in chosen.items()}
        missing = [story for story, key in keys.items() if key not in self._kept]
        if missing:
            self._make(visit, tx, {story: chosen[story] for story in missing}, muted, keys)
        for key in keys.values():
            self._kept.move_to_end(key)
        while len(self._kept) > max(_KEPT, len(keys)):
            self._kept.popitem(last=False)
        return [self._kept[key] for key in keys.values()]

    @staticmethod
    def _key(visit: Visit, rows: tuple[RowMark, ...], mute: Mute | None) -> tuple[object, ...]:
        day = visit.now.astimezone(visit.zone).date()
        return (rows, mute, visit.language, str(visit.zone), visit.admin, day)

    def _make(
        self,
        visit: Visit,
        tx: Transaction,
        groups: Mapping[int, Sequence[RowMark]],
        muted: Mapping[str, Mute],
        keys: Mapping[int, tuple[object, ...]],
    ) -> None:
        by_story: dict[int, list[Delivery]] = {}
        for row in tx.alerts_of(list(groups)):
            by_story.setdefault(row.story_id or 0, []).append(row)
        for story, marks in groups.items():
            line = story_line(story, by_story[story], marks[0].updated_at, visit.language, muted.get(str(story)))
            self._kept[keys[story]] = line, visit.text("_line.html", line=line)


def state_of(lines: str) -> str:
    """Return a name for what a board shows: another one where a line differs."""
    return hashlib.sha256(lines.encode()).hexdigest()[:16]


def story_line(
    story: int, rows: Sequence[Delivery], updated_at: datetime, language: str, mute: Mute | None = None
) -> StoryLine:
    """Return a story's line from its rows of the outbox, oldest first."""
    told = [row for row in rows if row.alert.kind is MessageKind.ALERT] or list(rows)
    main = max(told, key=lambda row: (len(row.alert.members), row.revision))
    members = [each for each in main.alert.members if each.relation is not Relation.RELATED]
    own = _in_language(members, language)
    sent = [row for row in rows if row.sent_at is not None]
    names = dict.fromkeys(name for row in told for name in (row.alert.watchlist, *row.alert.also) if name)
    return StoryLine(
        id=story,
        severity=max((row.alert.severity for row in told), key=_RANKS.__getitem__),
        headline=own.title if own else main.alert.headline,
        language=own.language if own else main.alert.language or "",
        watchlists=tuple(names),
        terms=tuple(dict.fromkeys(term for row in told for term in row.alert.terms)),
        outlets=tuple(dict.fromkeys(member.source for member in members)) or tuple(filter(None, (main.alert.source,))),
        languages=tuple(dict.fromkeys(member.language for member in members)),
        independent=main.alert.independent,
        first_seen=min([row.created_at for row in rows]),
        updated_at=updated_at,
        rang=any(not row.alert.silent and row.in_digest is None for row in sent),
        waits=not sent and any(row.lives for row in rows),
        edits=max(row.edits for row in rows),
        news=main.alert.news,
        acts=tuple({(act.deed, act.user): act for row in told for act in row.alert.acts}.values()),
        muted=mute is not None,
        muted_until=mute.until if mute else None,
    )


def _in_language(members: Sequence[Member], language: str) -> Member | None:
    """Return the newest article in a language: its headline says most."""
    return next((each for each in reversed(members) if each.language == language), None)


def _sorted(names: Iterable[str]) -> list[str]:
    return sorted(set(names), key=str.casefold)


# --------------------------------------------------------------------------- what one tap does


def until(visit: Visit, span: str) -> datetime | None:
    """Return when a mute ends: after some hours, next morning in the reader's zone; None: never."""
    if span in _MUTE_HOURS:
        return visit.now + timedelta(hours=_MUTE_HOURS[span])
    return next_morning(visit.now, visit.zone) if span == "morning" else None


def _act(visit: Visit, deed: ActKind, end: datetime | None = None) -> Act:
    viewer = visit.viewer
    return Act(deed, viewer.user_id if viewer else 0, viewer.name if viewer else "", visit.now, end)


def _mute(visit: Visit, tx: Transaction) -> Response:
    story, span = visit.params["story"], visit.form.get("for")
    if span is None or span not in _SPANS:  # what nobody offered must not mute for good
        return _refused(visit)
    end = until(visit, span)
    act = _act(visit, ActKind.MUTE, end)
    if not tx.mute(MuteKind.STORY, str(story), end, act.user):
        return _gone(visit)
    mark_story(tx, story, act, visit.now, None)
    log.info("a story was muted on the page", story=story, until=end and end.isoformat(), by=act.user)
    if end is None:
        return _muted(visit, tx, "said muted for good")
    return _muted(visit, tx, "said muted", until=visit.times.shown(end))


def _unmute(visit: Visit, tx: Transaction) -> Response:
    story = visit.params["story"]
    act = _act(visit, ActKind.UNMUTE)
    end_mute(tx, story, act)
    log.info("a story's mute was ended on the page", story=story, by=act.user)
    return _muted(visit, tx, "said unmuted")


def _ack(visit: Visit, tx: Transaction) -> Response:
    story, act = visit.params["story"], _act(visit, ActKind.ACK)
    rows = [row for row in tx.alerts_of([story]) if row.alert.kind is MessageKind.ALERT]
    if not rows:
        return _gone(visit)
    if any(each.deed is ActKind.ACK and each.user == act.user for row in rows for each in row.alert.acts):
        return _said(visit, "said acked already")
    mark_story(tx, story, act, visit.now, None)
    log.info("a story was acknowledged on the page", story=story, by=act.user)
    return _said(visit, "said acked")


def _judge(visit: Visit, tx: Transaction) -> Response:
    story, useful = visit.params["story"], visit.form.get("useful") == "1"
    user = visit.viewer.user_id if visit.viewer else 0
    judged: dict[str, Delivery] = {}
    for row in tx.alerts_of([story]):
        if row.alert.kind is MessageKind.ALERT and row.alert.watchlist is not None:
            judged.setdefault(row.alert.watchlist, row)
    if not judged:
        return _gone(visit)
    if visit.form.get("useful") not in {"0", "1"}:
        return _refused(visit)
    for row in judged.values():
        tx.save_feedback(row.id, user, useful=useful, now=visit.now)
    log.info("a story was judged on the page", story=story, useful=useful, by=user)
    return _said(visit, "said up" if useful else "said down")


def _refused(visit: Visit) -> Response:
    return HTMLResponse(visit.text("_said.html", line=visit.words.text("refused form"), bad=True), 400)


def _gone(visit: Visit) -> Response:
    line = visit.words.text("said gone")
    return HTMLResponse(visit.text("_said.html", line=line, bad=True), 404)


def _muted(visit: Visit, tx: Transaction, key: str, **values: object) -> Response:
    """Return what became of a mute; the page of the story gets the buttons that take the mute back in its place."""
    if not visit.partial or visit.form.get("place") != "story":
        return _said(visit, key, **values)
    story = visit.params["story"]
    mute = mute_of(tx, story, visit.now)
    return HTMLResponse(visit.text("_muted.html", story=story, mute=mute, line=visit.words.text(key, **values)))


def mute_of(tx: Transaction, story: int, now: datetime) -> Mute | None:
    """Return the mute of a story that is in force."""
    return next((each for each in tx.mutes(now) if (each.kind, each.key) == (MuteKind.STORY, str(story))), None)


def _said(visit: Visit, key: str, **values: object) -> Response:
    if not visit.partial:
        return visit.go(f"/story/{visit.params['story']}")
    return HTMLResponse(visit.text("_said.html", line=visit.words.text(key, **values), bad=False))
