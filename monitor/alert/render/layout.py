"""Layout of an alert as lines of runs of plain text, and the length of each part.

Each part has its share of the visible length, so that a title of 5 MB or forty outlets never push the quote out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from monitor import urls
from monitor.alert.members import articles, other_titles
from monitor.alert.operator_notices import gathered_since
from monitor.alert.sanitize import (
    Marks,
    clean,
    clean_piece,
    clip,
    clip_around,
    direction,
    isolated,
    tame,
    tame_marked,
    units,
)
from monitor.errors import AddressError
from monitor.host import labelled
from monitor.i18n import DEFAULT, Phrases
from monitor.model import Alert, MessageKind, Quote, Severity
from monitor.story.attribution import lineage, outlet
from monitor.story.outlets import origin_name

MARKS = {Severity.LOW: "⚪", Severity.NORMAL: "🟡", Severity.HIGH: "🔴", Severity.CRITICAL: "🚨"}

# Shares of the visible length, in UTF-16 units. They sum to less than 900; other titles take what a quote leaves.
_WATCHLIST, _TERMS, _TITLE, _SOURCE, _LINEAGE, _NOTE = 60, 110, 230, 150, 200, 120
_NEWS = 110  # what the last edit added: from what a note leaves of its share, 40 at least
_OTHERS, _OTHER, _OTHERS_MIN = 170, 70, 30  # of the line of other titles: at most, each title, at least
_FOLLOWS, _FOLLOWS_TITLE, _FOLLOWS_SOURCE = 120, 60, 24  # of the line of the story before: at most, its parts
_OTHERS_MOST = 3  # titles in that line
_QUOTE_ROOM = 150  # kept for a quote where there is one
_MARKS, _MORE = 6, 6  # what the marks of direction of a title, and ' +NN', take
_QUOTE_MIN = 40
_QUOTES = 2
_URL_MAX = 2048
_PATH = re.compile(r"(?<![^\s(])/[\w.+~-]+(?:/[\w.+~-]+)+(?::\d+)*")  # of a file, perhaps with line and column


@dataclass(frozen=True, slots=True)
class StyledRun:
    """A piece of a line: plain text, bold or not, perhaps a link, or to be copied as it is (`code`)."""

    text: str
    bold: bool = False
    link: str | None = None
    code: bool = False


Line = tuple[StyledRun, ...]


def web_url(url: str | None) -> str | None:
    """Return `url` where it is an http(s) address that a button can carry, else None.

    What stands before an @ is left out: a secret of the feed, or the name of a site that the link does not lead to.
    """
    if not url or len(url) > _URL_MAX or any(char in ' "<>\\^`{|}' or not char.isprintable() for char in url):
        return None
    try:
        address = urls.parse(url)
    except AddressError:
        return None
    if not address.credentials:
        return url
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


@lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo:
    """Return the zone of an IANA name, UTC where there is none: an alert is never lost over its clock."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


@dataclass(frozen=True, slots=True)
class TimeDisplay:
    """How times are shown: the zone, the day on which a time needs no date (None: every day), and the language."""

    zone: tzinfo
    today: date | None = None
    phrases: Phrases = DEFAULT

    def shown(self, at: datetime) -> str:
        """Return '09:40', '8 Nov 09:40' on another day, '8 Nov 2023 09:40' in another year.

        Behind it stands 'UTC' where nobody has said in which zone the readers live, and the host does not know either.
        """
        local = at.astimezone(self.zone)
        clock = labelled(f"{local:%H:%M}", self.zone)
        if self.today is None or local.date() == self.today:
            return clock
        return f"{self.day(local, self.today)} {clock}"

    def day(self, day: date, today: date) -> str:
        """Return '8 Nov', with its year where that is not the one of `today`."""
        return self.phrases.day(day, year=day.year != today.year)


def reader(timezone: str, now: datetime | None, phrases: Phrases = DEFAULT) -> TimeDisplay:
    """Return the display of times in `timezone` at the time `now`, in the language of `phrases`."""
    zone = zone_of(timezone)
    return TimeDisplay(zone, now.astimezone(zone).date() if now else None, phrases)


def lines_of(alert: Alert, who: TimeDisplay, limit: int) -> list[Line]:
    """Lay out an alert, a reply or a notice within about `limit` visible UTF-16 units."""
    if alert.kind is MessageKind.NOTICE:
        return _notice(alert, who, limit)
    head = [_top(alert), (StyledRun(_title(alert.headline, who.phrases), bold=True),)]
    texts = dict(alert.translations)
    head += _translation(texts.get(alert.headline), _TITLE)
    source = _source(alert, who)
    if source:
        head.append((StyledRun(isolated(source)),))
    if alert.pointer:
        return _pointing(alert, who, limit, head)
    tail: list[Line] = []
    line = _lineage(alert, who)
    if line:
        tail += [(), (StyledRun(isolated(line)),)]
    if alert.news:
        share = max(_NEWS - units(alert.note or ""), _QUOTE_MIN)
        tail += [(StyledRun(isolated(f"✎ {clip(tame(alert.news), share)}")),)]
    if alert.note and alert.kind is not MessageKind.REPLY:
        tail += [(), (StyledRun(isolated(clip(tame(alert.note), _NOTE))),)]
    room = limit - _length(head) - _length(tail)
    if alert.kind is MessageKind.ALERT:
        kept = _QUOTE_ROOM if alert.quotes else 0
        before = _follows(alert, who, room - kept)
        if before and not line:
            before = [(), *before]
        below = 2 if line else 0
        tail[below:below] = before
        room -= _length(before)
        also = _others(alert, who.phrases, room - kept)
        tail[2:2] = also  # below the lineage, which every story of several articles has
        room -= _length(also)
    return head + _quotes(alert.quotes, room, texts) + tail


def _pointing(alert: Alert, who: TimeDisplay, limit: int, head: list[Line]) -> list[Line]:
    """Lay out an alert whose story is part of an older one: what rang stays, and its line leads to that one."""
    tail = [(), *_follows(alert, who, limit)]
    return head + _quotes(alert.quotes, limit - _length(head) - _length(tail), dict(alert.translations)) + tail


def title_of(headline: str, phrases: Phrases) -> str:
    """Return a headline made harmless; a placeholder where nothing of it is left."""
    return tame(headline) or phrases.text("no title")


def _title(headline: str, phrases: Phrases) -> str:
    title = title_of(headline, phrases)
    return direction(title) + clip(title, _TITLE)


def _notice(alert: Alert, who: TimeDisplay, limit: int) -> list[Line]:
    phrases, since = who.phrases, gathered_since(alert)
    title = clip(title_of(alert.headline, phrases), _TITLE)
    if since is not None:
        title = phrases.text("headline since", headline=title, time=who.shown(since))
    lines: list[Line] = [(StyledRun(isolated(title), bold=True),)]
    for number, text in enumerate(alert.lines):
        line = _told(clip(clean(text), 300))
        if _length(lines) + _length([line]) > limit - 16:
            return [*lines, (StyledRun(phrases.text("more", n=len(alert.lines) - number)),)]
        lines.append(line)
    return lines


def _told(text: str) -> Line:
    """Lay out a clean line: paths as code, where no client looks for a command, so that they need no joiner."""
    runs: list[StyledRun] = []
    at = 0
    for path in _PATH.finditer(text):
        runs += [StyledRun(_piece(text[at : path.start()])), StyledRun(path[0], code=True)]
        at = path.end()
    runs.append(StyledRun(_piece(text[at:])))
    return tuple(run for run in runs if run.text)


def _piece(text: str) -> str:
    return isolated(tame_marked(text, ())[0])


def _top(alert: Alert) -> Line:
    said = clip(tame(alert.note or ""), _TERMS) if alert.kind is MessageKind.REPLY else _terms(called(alert))
    named = " · ".join(filter(None, (_names(alert), said)))
    return (StyledRun(f"{MARKS[alert.severity]} {isolated(named)}".rstrip()),)


def _names(alert: Alert) -> str:
    names = " + ".join(filter(None, (alert.watchlist, *alert.also)))
    return clip(tame(names), _WATCHLIST + 30 * min(len(alert.also), 2))


def called(alert: Alert) -> list[str]:
    """Return an alert's terms, entities as its language calls them."""
    names = dict(alert.names)
    return [names.get(term, term) for term in alert.terms]


def _terms(terms: Sequence[str]) -> str:
    """Join terms as they were written, as many as fit; the rest is counted.

    What one watchlist calls Blinken and another one's query '@Blinken' is said once.
    """
    written: dict[str, str] = {}
    for term in map(tame, terms):
        written.setdefault(term.strip('@"\u2060').casefold(), term)
    shown = ""
    for number, term in enumerate(written.values()):
        longer = f"{shown}, {term}" if shown else clip(term, 60)
        if units(longer) > _TERMS - 6 and shown:
            return f"{shown} +{len(written) - number}"
        shown = longer
    return shown


def _source(alert: Alert, who: TimeDisplay) -> str:
    name = clip(tame(alert.source or ""), 50)
    language = f"({clip(tame(alert.language), 8)})" if alert.language and alert.language != "und" else ""
    clock = _clocks(alert.at, alert.source or "", who) if alert.at else ""
    parts = [" ".join(filter(None, (name, language, clock)))]
    if alert.citing:
        names = ", ".join(tame(origin_name(each, who.phrases.language)) for each in alert.citing[:3])
        parts.append(clip(who.phrases.text("citing", names=names), 70))
    return clip(" · ".join(filter(None, parts)), _SOURCE)


def _clocks(at: datetime, source: str, who: TimeDisplay) -> str:
    """Return the reader's time and, where the outlet's own clock shows another, that one too: '09:40 (16:40 Seoul)'."""
    here = at.astimezone(who.zone)
    found = outlet(source)
    if found is None or found.timezone is None:
        return who.shown(at)
    there = at.astimezone(zone_of(found.timezone))
    if there.utcoffset() == here.utcoffset():
        return who.shown(at)
    city = who.phrases.city(found.timezone)
    day = "" if there.date() == here.date() else f"{who.day(there, here.date())} "
    return f"{who.shown(at)} ({day}{there:%H:%M} {city})"


def _lineage(alert: Alert, who: TimeDisplay) -> str:
    """Return the lineage line; none for one article that names no source: its own line says it all."""
    if not alert.members:
        return ""
    phrases = who.phrases
    found, several = lineage(alert.members, zone=who.zone, today=who.today, phrases=phrases), articles(alert)
    if found.outlets == 1 and not found.edges and len({member.language for member in alert.members}) == 1:
        return phrases.count("articles", several) if several > 1 else ""
    outlets, independent = alert.outlets or found.outlets, alert.independent or found.independent
    return phrases.text(
        "lineage and articles" if several > outlets else "lineage",
        line=clip(tame(found.line), _LINEAGE),
        outlets=phrases.count("outlets", outlets),
        independent=phrases.count("independent", independent),
        articles=phrases.count("articles", several),
    )


def _others(alert: Alert, phrases: Phrases, room: int) -> list[Line]:
    """Return the line 'also: …' of `other_titles`, as many as fit and a count of the rest; no line without room."""
    room = min(room - 1, _OTHERS)
    titles = [clip(tame(title), _OTHER) for title in other_titles(alert)]
    if not titles or room < _OTHERS_MIN:
        return []
    room -= units(phrases.text("other titles", titles=""))
    line = ""
    for number, title in enumerate(titles):
        longer = f"{line} · {isolated(title)}" if line else isolated(clip(title, room - _MARKS))
        if line and (number == _OTHERS_MOST or units(longer) > room - _MORE):
            line += f" +{len(titles) - number}"
            break
        line = longer
    return [(StyledRun(phrases.text("other titles", titles=line)),)]


def _follows(alert: Alert, who: TimeDisplay, room: int) -> list[Line]:
    """Return the line of the earlier story that this one is related to, a link to it; none where there is no room."""
    story = alert.follows
    if story is None or room < _FOLLOWS:
        return []
    title = clip(title_of(story.title, who.phrases), _FOLLOWS_TITLE)
    source = clip(tame(story.source or ""), _FOLLOWS_SOURCE)
    told = ", ".join(filter(None, (isolated(source) if source else "", who.shown(story.at) if story.at else "")))
    shown = isolated(title) + (f" ({told})" if told else "")
    text = who.phrases.text("part of" if alert.pointer else "follows", story=shown)
    return [(StyledRun(text, link=web_url(story.url)),)]


def _quotes(quotes: Sequence[Quote], room: int, texts: Mapping[str, str]) -> list[Line]:
    lines: list[Line] = []
    for quote in quotes[:_QUOTES]:
        left = room - _length(lines) - 4
        speaker = clip(tame(quote.speaker or ""), 60)
        share = left - (units(speaker) + 3 if speaker else 0)
        if share < _QUOTE_MIN:
            break
        lines += [(), _quote(quote, speaker, min(share, 320))]
        lines += _translation(texts.get(quote.text), min(room - _length(lines) - 4, 320))
    return lines


def _translation(text: str | None, share: int) -> list[Line]:
    """Return the line below a text with its translation; none where there is none, or no room."""
    if not text or share < _QUOTE_MIN:
        return []
    line = clip(tame(text), share - _MARKS)
    return [(StyledRun(f"↳ {direction(line)}{line}"),)]


def _quote(quote: Quote, speaker: str, share: int) -> Line:
    text, marks = clip_around(*_cleaned(quote), share)
    runs: list[StyledRun] = [StyledRun(direction(text))]
    at = 0
    for start, end in marks:  # in order, none inside another: see _cleaned
        runs += [StyledRun(text[at:start]), StyledRun(text[start:end], bold=True)]
        at = end
    runs.append(StyledRun(text[at:]))
    if speaker:
        runs += [StyledRun(" — "), StyledRun(speaker, bold=True)]
    return tuple(run for run in runs if run.text)


def _cleaned(quote: Quote) -> tuple[str, Marks]:
    """Clean a quote piece by piece, so that its marks stay on their surfaces."""
    pieces: list[tuple[str, bool]] = []
    at = 0
    for start, end in sorted(quote.marks):
        if at <= start < end <= len(quote.text):
            pieces += [(quote.text[at:start], False), (quote.text[start:end], True)]
            at = end
    pieces.append((quote.text[at:], False))
    text, marks = "", []
    for raw, marked in pieces:
        piece = clean_piece(raw)
        body = piece.strip()
        if piece.startswith(" ") and text and not text.endswith(" "):
            text += " "
        if marked and body:
            marks.append((len(text), len(text) + len(body)))
        text += body
        if piece.endswith(" ") and body:
            text += " "
    return tame_marked(text.rstrip(), tuple(marks))


def _length(lines: Sequence[Line]) -> int:
    return sum(units(run.text) for line in lines for run in line) + len(lines)
