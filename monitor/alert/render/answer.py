"""Layout of the bot's answers, and of people's actions on a message, as lines of runs of plain text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate

from monitor.alert.render.layout import Line, StyledRun, TimeDisplay, web_url
from monitor.alert.sanitize import clean_piece, clip, isolated, tame, units
from monitor.i18n import Phrases
from monitor.model import Act, Alert
from monitor.model import TextRun as Said

_ACTS = 8  # lines on what people did with one message
_NAME = 40  # UTF-16 units of somebody's name
_MORE = 24  # UTF-16 units that '… and 999 more' may take


def answer_lines(alert: Alert, phrases: Phrases, limit: int) -> list[Line]:
    """Lay out an answer within `limit` UTF-16 units: whole lines, and how many more there are; at least one line."""
    lines = [tuple(map(_run, _joined(line))) for line in alert.body]
    if not any(run.text.strip() for line in lines for run in line):
        lines = [(StyledRun(tame(alert.headline) or "…"),)]  # an empty message is refused
    if _length(lines) <= limit:
        return lines
    ends = accumulate(_length([line]) for line in lines)
    kept = [line for line, end in zip(lines, ends, strict=True) if end <= limit - _MORE]
    if not kept:
        kept = [(StyledRun(clip("".join(run.text for run in lines[0]), limit - _MORE - 1)),)]
    rest = len(lines) - len(kept)
    return [*kept, (StyledRun(phrases.text("more", n=rest)),)] if rest else kept


def act_lines(alert: Alert, who: TimeDisplay) -> list[Line]:
    """Lay out the actions on a message, after an empty line; nothing where there are none."""
    return [(), *((StyledRun(_act(act, who)),) for act in alert.acts[-_ACTS:])] if alert.acts else []


def _act(act: Act, who: TimeDisplay) -> str:
    name = clip(tame(act.name), _NAME) or str(act.user)
    at, phrases = who.shown(act.at), who.phrases
    if act.until is not None:
        return isolated(phrases.text("muted until", name=name, at=at, until=who.shown(act.until)))
    return isolated(phrases.text(f"deed {act.deed.value}", name=name, at=at))


def _joined(line: Iterable[Said]) -> list[Said]:
    """Join neighbours that look the same: a touch copies one piece of code, and no text hides in a seam."""
    joined: list[Said] = []
    for run in line:
        if joined and replace(joined[-1], text=run.text) == run:
            joined[-1] = replace(run, text=joined[-1].text + run.text)
        else:
            joined.append(run)
    return joined


def _run(said: Said) -> StyledRun:
    """Make a run harmless; spaces at its ends stand between it and its neighbours."""
    piece = clean_piece(said.text)
    text = piece.strip() if said.code else tame(piece)  # in code no client looks for what acts
    if not text:
        return StyledRun(piece)
    before, after = " " * piece.startswith(" "), " " * piece.endswith(" ")
    return StyledRun(f"{before}{text}{after}", bold=said.bold, link=web_url(said.url), code=said.code)


def _length(lines: Sequence[Line]) -> int:
    return sum(units(run.text) for line in lines for run in line) + len(lines)
