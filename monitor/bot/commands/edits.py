"""/add and /remove: add or remove a term in config.yaml, which the daemon then reloads by itself."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import structlog

from monitor.bot.commands.arguments import split_name
from monitor.bot.commands.mutes import no_watchlist
from monitor.bot.commands.preview import previewed
from monitor.bot.commands.reply import CommandContext, bold, code, title
from monitor.bot.context import Answer
from monitor.config.edit import ChangedMeanwhileError
from monitor.config.watchlist_edit import (
    Change,
    EditRefusedError,
    InvalidEditError,
    Reason,
    add_term,
    remove_term,
)
from monitor.errors import ConfigError, MonitorError, Problem
from monitor.i18n import problem_text
from monitor.log import redact
from monitor.model import Fact, Line, Term, TextRun, Watchlist
from monitor.watch.catalogue import Catalogue, shipped
from monitor.watch.compile import CompileError, compile_watchlists
from monitor.watch.explain import ShownForm, show_forms
from monitor.watch.query.parse import QueryError

log = structlog.get_logger(__name__)

_FORMS = 200  # UTF-16 units of the forms that are shown
_PROBLEMS = 3  # that one answer tells


async def add(ctx: CommandContext) -> Answer:
    """Add a term to a watchlist."""
    return await _edit(ctx, "add", add_term)


async def remove(ctx: CommandContext) -> Answer:
    """Take a term out of a watchlist."""
    return await _edit(ctx, "remove", remove_term)


_Plan = Callable[..., Change]


async def _edit(ctx: CommandContext, command: str, plan: _Plan) -> Answer:
    names = [watchlist.name for watchlist in ctx.config.watchlists]
    example = names[0] if names else "…"
    split = split_name(ctx.request.argument, names)
    if not split.written:
        return ctx.say(f"{command} how", watchlist=example)
    if not split.rest and split.known is not None:
        return ctx.say("which term", example=f"/{command} {split.known} …")
    if not split.rest:
        return no_watchlist(ctx, split.written, names)
    try:
        return await _done_before(ctx) or await _write(ctx, command, plan, split.known or split.written, split.rest)
    except MonitorError as error:
        return _failed(ctx, error, names)


async def _write(ctx: CommandContext, command: str, plan: _Plan, watchlist: str, term: str) -> Answer:
    """Plan the edit, note the intention, write the file."""
    change, answer = await asyncio.to_thread(_planned, ctx, command, plan, watchlist, term)
    if change is None:
        return answer
    if not ctx.request.confirmed:
        lines = [*await asyncio.to_thread(previewed, ctx, change), *answer.lines[1:-1]]
        return Answer((_asked(ctx, command, change), *lines), proposal=f"/{command} {ctx.request.argument}")
    note = _noted(ctx.request.update_id, change, answer)
    await ctx.bot.store.run(lambda tx: tx.put(Fact.BOT_EDIT, note))
    await asyncio.to_thread(change.write)
    log.info(
        "watchlist edited", command=command, watchlist=change.watchlist, place=change.place, by=ctx.request.user_id
    )
    return answer


def _asked(ctx: CommandContext, command: str, change: Change) -> Line:
    key = "preview add" if command == "add" else "preview remove"
    term = code(f"@{change.term}" if change.key == "entities" else change.term)
    return ctx.words.line(key, term=term, watchlist=bold(change.watchlist))


# A file and a database do not change in one transaction. So the answer is noted before the file is written: whoever is
# killed between the two gives that answer at the next start, and does not say that the term was there already.


def _noted(update_id: int, change: Change, answer: Answer) -> str:
    lines = [[[run.text, run.bold, run.code, run.url] for run in line] for line in answer.lines]
    file = str(change.original.path)
    digest = sha256(change.original.encoded(change.text)).hexdigest()
    return json.dumps({"update": update_id, "file": file, "digest": digest, "lines": lines}, ensure_ascii=False)


async def _done_before(ctx: CommandContext) -> Answer | None:
    """Return the answer to a command that changed the file and was cut off before it was answered."""
    found = await ctx.bot.store.run(lambda tx: tx.get(Fact.BOT_EDIT))
    note = json.loads(found or "{}")
    if note.get("update") != ctx.request.update_id:
        return None
    try:
        data = await asyncio.to_thread(Path(note["file"]).read_bytes)
    except OSError:
        return None
    if sha256(data).hexdigest() != note["digest"]:
        return None
    return Answer(tuple(tuple(TextRun(*run) for run in line) for line in note["lines"]))


def _failed(ctx: CommandContext, error: MonitorError, names: list[str]) -> Answer:
    match error:
        case EditRefusedError():
            return _refused(ctx, error, names)
        case ConfigError():
            return _invalid(ctx, error)
        case ChangedMeanwhileError():
            return ctx.say("changed meanwhile", file=ctx.config.path.name)
    return ctx.say("not writable", reason=title(redact(str(error)), 300))


def _planned(ctx: CommandContext, command: str, plan: _Plan, watchlist: str, term: str) -> tuple[Change | None, Answer]:
    """Plan the edit, and compile a new term: a term that cannot come into force is not written."""
    change = plan(ctx.config.path, watchlist, term, kinds=ctx.bot.kinds)
    new = _new(change) if command == "add" else None
    notes = change.notes
    if new is not None:
        try:
            found = compile_watchlists([new], shipped().merged(change.config.entities)).warnings
            notes += tuple(note.told(ctx.words.language) for note in found)
        except CompileError as error:
            told = problem_text(redact(str(error)), ctx.words.language)
            return None, Answer((ctx.words.line("would break"), (TextRun(title(told, 300)),)))
    shown = code(f"@{change.term}" if change.key == "entities" else change.term)
    done = "added" if command == "add" else "removed"
    file = change.original.path.resolve().name
    lines = [
        ctx.words.line(done, watchlist=bold(change.watchlist), term=shown),
        *(_finds(ctx, change, new.keywords) if new else []),
        *(ctx.words.line("note", text=title(redact(note), 200)) for note in notes[:_PROBLEMS]),
        ctx.words.line("edited", place=change.place, backup=f"{file}.bak"),
    ]
    return change, Answer(tuple(lines))


def _new(change: Change) -> Watchlist | None:
    """Return the new term as a watchlist of its own: the others are in force already, and there may be many."""
    changed = next((each for each in change.config.watchlists if each.name == change.watchlist), None)
    if changed is None:  # its name is overridden by the environment
        return None
    if change.key == "entities":
        return Watchlist(changed.name, entities=(change.term,))
    return Watchlist(changed.name, keywords=changed.keywords[-1:])


def _finds(ctx: CommandContext, change: Change, keywords: Sequence[Term]) -> list[Line]:
    """Show some of the forms that a new keyword finds, and the entity of that name."""
    if not keywords:
        return []
    catalogue = shipped().merged(change.config.entities)
    lines = []
    forms = [form.form for spelling in _spellings(keywords[-1], catalogue) for form in spelling]
    if len(forms) > 1:
        lines.append(ctx.words.line("forms", forms=title(", ".join(dict.fromkeys(forms)), _FORMS)))
    spec = catalogue.find(change.term)
    if spec is not None:
        command = f'/add "{change.watchlist}" @{spec.id}'
        lines.append(ctx.words.line("entity too", term=code(change.term), command=command))
    return lines


def _spellings(term: Term, catalogue: Catalogue) -> list[tuple[ShownForm, ...]]:
    """Return the forms of each word of a term; of a regular expression there are none."""
    try:
        return [word for spelling in show_forms(term, catalogue).spellings for word in spelling.words]
    except (QueryError, CompileError):
        return []


# --------------------------------------------------------------------------- what went wrong


def _refused(ctx: CommandContext, refused: EditRefusedError, names: list[str]) -> Answer:
    details = refused.details
    if refused.reason is Reason.NO_WATCHLIST:
        return no_watchlist(ctx, details["watchlist"], names)
    known = title(details.get("known", ""), 600)
    shown = {
        "watchlist": bold(details.get("watchlist", "")),
        "term": code(title(details.get("term", ""))),
        "place": code(details.get("place", "")),
    }
    lines = [ctx.words.line(f"edit {refused.reason}", **shown)]
    if details.get("near"):
        lines.append(ctx.words.line("did you mean", near=code(details["near"])))
    elif known:
        lines.append(ctx.words.line("there are", names=known))
    return Answer(tuple(lines))


def _invalid(ctx: CommandContext, error: ConfigError) -> Answer:
    page = ctx.page()
    page.line("would break" if isinstance(error, InvalidEditError) else "broken now")
    for problem in error.problems[:_PROBLEMS]:
        page.add((TextRun(_problem(problem, ctx.words.language)),))
    if len(error.problems) > _PROBLEMS:
        page.line("more", n=len(error.problems) - _PROBLEMS)
    return page.answer()


def _problem(problem: Problem, language: str) -> str:
    """Return `config.yaml:LINE:COLUMN: path: what is wrong`, without the directory, which is nobody's business."""
    return title(problem_text(redact(str(replace(problem, file=Path(problem.file).name))), language), 600)
