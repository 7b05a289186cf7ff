"""Streaming matching: JSON lines in, JSON lines out, in order, in constant memory, in one process or many."""

from __future__ import annotations

import gc
import json
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from monitor.errors import SandboxError
from monitor.model import Article

if TYPE_CHECKING:
    from monitor.watch.match import Matcher

_BATCH_LINES = 200
_BATCH_BYTES = 500_000
"""A batch for a worker ends at whichever comes first: large enough to hide the hop, small enough to bound memory."""
_COLLECT_AFTER = 100_000
_NAMES = {bool: "true or false", list: "a list", dict: "an object"}
_AHEAD = 3
"""Batches a worker that are under way at once."""


class LineError(ValueError):
    """A line of input cannot be used; the message says what is wrong and what would be right."""


@dataclass(frozen=True, slots=True)
class LineResult:
    """The result of one line: its output or its error, with its number."""

    number: int
    output: str | None
    error: str | None = None


def run(matcher: Matcher, source: BinaryIO, target: TextIO, complaints: TextIO, workers: int) -> int:
    """Match every line of `source`; return 0, or 1 where a line was bad (the others are matched all the same).

    `workers` 0 is one for each core that this process may use. Raises SandboxError where a worker died.
    """
    lines = ((number, line) for number, line in enumerate(source, 1) if line.strip())
    results = _results(matcher, lines, workers or len(os.sched_getaffinity(0)))
    bad = 0
    with _rare_collections():
        for result in results:
            if result.output is not None:
                target.write(result.output + "\n")
            else:
                bad += 1
                complaints.write(f"stdin:{result.number}: {result.error}\n")
    target.flush()
    return 1 if bad else 0


def _results(matcher: Matcher, lines: Iterator[tuple[int, bytes]], workers: int) -> Iterator[LineResult]:
    """Match in this process where there is one batch or one worker: starting others would take longer."""
    batches = _batches(lines)
    ahead = list(islice(batches, 2)) if workers > 1 else []
    if len(ahead) > 1:
        yield from _parallel(matcher, chain(ahead, batches), workers)
        return
    for number, line in chain(*ahead, lines):
        yield match_line(matcher, number, line)


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Exempt the compiled terms from garbage collection; forks then copy none of their pages.

    A document's thousands of mentions hold no cycles, so that rare collections are enough.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 50, 1000)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def match_line(matcher: Matcher, number: int, line: bytes) -> LineResult:
    """Match one line."""
    try:
        row = parse(line, first=number == 1)
        return LineResult(number, write(row["id"], match_row(matcher, row)))
    except LineError as error:
        return LineResult(number, None, str(error))


def parse(line: bytes, *, first: bool = False) -> dict[str, Any]:
    """Read a line. Raises LineError."""
    try:
        row = json.loads(line.decode("utf-8-sig" if first else "utf-8"), parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise LineError(f"not UTF-8 (byte {error.start}): convert the input first") from error
    except RecursionError as error:
        raise LineError("nested too deep: one flat object a line is wanted") from error
    except ValueError as error:
        raise LineError(f"not JSON ({error}): one object a line is wanted") from error
    if not isinstance(row, dict):
        raise LineError('not an object: {"id", "text"} is wanted')
    if not isinstance(row.get("id"), str | int | float) or isinstance(row["id"], bool):
        raise LineError('"id" is missing: give a text or a number')
    return row


def _refuse(constant: str) -> None:
    """Refuse NaN and Infinity, which Python takes and JSON has not: they could not be written again."""
    raise ValueError(f"{constant} is no JSON value")


def article_of(row: dict[str, Any]) -> Article:
    """Make an article of a line's fields, with its language and zones found. Raises LineError."""
    from monitor.extract.zones import zones
    from monitor.text.detect import detect

    title, text = _text(row, "title"), _text(row, "text")
    source = _text(row, "source")
    language = language_of(row) or detect(f"{title}\n\n{text}" if title else text)
    return Article(
        url=_text(row, "url") or None,
        title=title,
        text=text,
        source=source,
        language=language,
        zones=zones(title, text, language, source or None),
        author=_text(row, "author") or None,
    )


def match_row(matcher: Matcher, row: dict[str, Any]) -> dict[str, Any]:
    """Return the language, every mention of every term, and the watchlists that matched. Raises LineError."""
    if row.get("text") is None:
        raise LineError('"text" is missing: give the article, or "" where there is a title alone')
    article = article_of(row)
    reading = matcher.read(article)
    touched = matcher.touched(reading)
    hits = [
        {
            "watchlist": matcher.rules[at].watchlist.name,
            "term": slot.written,
            "surface": reading.document[mention.start : mention.end],
            "zone": mention.zone,
            "start": mention.start,
            "end": mention.end,
        }
        for at, slots in touched.items()
        for slot in slots
        for mention in reading.found[slot.term]
    ]
    hits.sort(key=lambda hit: (hit["start"], hit["end"]))
    return {
        "language": article.language,
        "hits": hits,
        "watchlists": matcher.names(reading, touched),
    }


def write(identity: object, matched: dict[str, Any]) -> str:
    """Write a line of output; lone surrogates, which no encoding can carry, stay escaped."""
    whole = {"id": identity} | matched
    line = json.dumps(whole, ensure_ascii=False)
    try:
        line.encode()
    except UnicodeEncodeError:
        return json.dumps(whole)
    return line


def language_of(row: dict[str, Any]) -> str:
    """Return a line's language, "" where it names none; "und" is what the output has where none was told.

    Raises LineError for what is no code, as the configuration does.
    """
    from monitor.fields.languages import LANGUAGES, no_language

    language = _text(row, "language")
    if language and language != "und" and language not in LANGUAGES:
        raise LineError(f'"language": {no_language(language)}')
    return language


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise LineError(f'"{name}" must be text, and is {_NAMES.get(type(value), "a number")}')
    return value


# --------------------------------------------------------------------------- many processes

_shared: Matcher | None = None
"""In a worker: the matcher, handed over once (forked, it costs no memory)."""


def _start(matcher: Matcher) -> None:
    global _shared  # noqa: PLW0603 - a worker process has no other place to keep it
    _shared = matcher


def _match_batch(batch: list[tuple[int, bytes]]) -> list[LineResult]:
    if _shared is None:
        raise RuntimeError("a worker was not started")
    return [match_line(_shared, number, line) for number, line in batch]


def _parallel(matcher: Matcher, batches: Iterable[list[tuple[int, bytes]]], workers: int) -> Iterator[LineResult]:
    """Match batches in processes, handing results on in order; only a few batches are ever read ahead."""
    under_way: deque[tuple[int, Future[list[LineResult]]]] = deque()
    number = 1
    try:
        with ProcessPoolExecutor(workers, initializer=_start, initargs=(matcher,)) as pool:
            for batch in batches:
                under_way.append((batch[0][0], pool.submit(_match_batch, batch)))
                if len(under_way) >= workers * _AHEAD:
                    number, done = under_way.popleft()
                    yield from done.result()
            while under_way:
                number, done = under_way.popleft()
                yield from done.result()
    except BrokenProcessPool as error:
        message = (
            f"a process of `match --workers` died, near line {number} of the input or after it (killed, or out of "
            "memory): what was printed is complete up to there; use fewer --workers, or 1"
        )
        raise SandboxError(message, retryable=False) from error


def _batches(lines: Iterable[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    batch: list[tuple[int, bytes]] = []
    size = 0
    for number, line in lines:
        batch.append((number, line))
        size += len(line)
        if len(batch) >= _BATCH_LINES or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
