"""Streaming matching: JSON lines in, JSON lines out, in order, in constant memory, in one process or many."""

from __future__ import annotations

import gc
import io
import json
import os
import socket
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, TextIO

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
_READ = 1 << 16  # bytes; no less than what a stream keeps ahead, so that nothing stays in it unseen


class LineError(ValueError):
    """A line of input cannot be used; the message says what is wrong and what would be right."""


@dataclass(frozen=True, slots=True)
class LineResult:
    """The result of one line: its output or its error, with its number."""

    number: int
    output: str | None
    error: str | None = None


class LineReader:
    """Numbered lines of a stream, without the blank ones; tells whether the next one is here."""

    def __init__(self, source: io.BufferedIOBase) -> None:
        self._source = source
        try:
            self._file: int | None = source.fileno()
        except io.UnsupportedOperation:  # bytes in memory, which are all here
            self._file = None
        self._lines: deque[tuple[int, bytes]] = deque()
        self._begun: list[bytes] = []  # pieces of a line whose end has not come
        self._number = 0
        self._ended = False

    def is_here(self) -> bool:
        """Return whether `next` would not wait, as there is a line, or no further one."""
        while not self._lines and not self._ended:
            if self._file is not None and not wait([self._file], 0):
                return False
            self._receive()
        return True

    def next(self) -> tuple[int, bytes] | None:
        """Return the next line; wait for it. None at the end."""
        while not self._lines and not self._ended:
            self._receive()
        return self._lines.popleft() if self._lines else None

    def put_back(self, lines: list[tuple[int, bytes]]) -> None:
        """Take lines back, which `next` returns once more."""
        self._lines.extendleft(reversed(lines))

    def wait(self, other: socket.socket) -> None:
        """Wait until there is more to read here, or at a socket."""
        wait([other] if self._file is None else [self._file, other])

    def _receive(self) -> None:
        """Read what has come, or wait for some bytes."""
        data = self._source.read1(_READ)
        self._ended = not data
        *whole, rest = data.split(b"\n")
        for piece in whole:
            self._take(b"".join((*self._begun, piece, b"\n")))
            self._begun.clear()
        if rest:
            self._begun.append(rest)
        if self._ended and self._begun:
            self._take(b"".join(self._begun))

    def _take(self, line: bytes) -> None:
        self._number += 1
        if line.strip():
            self._lines.append((self._number, line))


def run(matcher: Matcher, source: io.BufferedIOBase, target: TextIO, complaints: TextIO, workers: int) -> int:
    """Match every line of `source`; return 0, or 1 where a line was bad (the others are matched all the same).

    Results are written out whenever no further line is here: a caller may wait for one before it writes the next line.
    `workers` 0 is one for each core that this process may use. Raises SandboxError where a worker died.
    """
    results = _results(matcher, LineReader(source), workers or len(os.sched_getaffinity(0)))
    bad = 0
    with _rare_collections():
        for result in results:
            if result is None:
                target.flush()
                complaints.flush()
            elif result.output is not None:
                target.write(result.output + "\n")
            else:
                bad += 1
                complaints.write(f"stdin:{result.number}: {result.error}\n")
    target.flush()
    return 1 if bad else 0


@dataclass(slots=True)
class _Batches:
    """How many batches lines make."""

    whole: int = 0
    lines: int = 0  # of the batch that is not whole yet
    size: int = 0

    def add(self, line: tuple[int, bytes]) -> None:
        """Count a line."""
        self.lines += 1
        self.size += len(line[1])
        if self.lines >= _BATCH_LINES or self.size >= _BATCH_BYTES:
            self.whole, self.lines, self.size = self.whole + 1, 0, 0


def _results(matcher: Matcher, lines: LineReader, workers: int) -> Iterator[LineResult | None]:
    """Yield results in order, and None before input is waited for.

    Lines are matched in this process until two batches have come without a pause: starting others would take longer.
    """
    come = _Batches()  # since input was waited for
    while True:
        ahead: list[tuple[int, bytes]] = []
        while workers > 1 and come.whole <= 1 and lines.is_here() and (line := lines.next()) is not None:
            ahead.append(line)
            come.add(line)
        if workers > 1 and come.whole > 1:
            lines.put_back(ahead)
            yield from _parallel(matcher, lines, workers)
            return
        for number, text in ahead:
            yield match_line(matcher, number, text)
        if not lines.is_here():
            yield None
            come = _Batches()
        if (line := lines.next()) is None:
            return
        come.add(line)
        yield match_line(matcher, *line)


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


class _Workers:
    """Processes that match batches; results come in the order of the batches, of which few are under way at once."""

    def __init__(self, pool: ProcessPoolExecutor, count: int) -> None:
        self._pool = pool
        self._count = count
        self._under_way: deque[tuple[int, Future[list[LineResult]]]] = deque()
        self.woken, self._wake = socket.socketpair()  # readable when a batch is done
        self.woken.setblocking(False)
        self._wake.setblocking(False)
        self.number = 1  # of the first line of the batch whose results were taken last

    def __len__(self) -> int:
        """Return how many batches are under way, those included whose results are not taken."""
        return len(self._under_way)

    @property
    def are_full(self) -> bool:
        """Whether no further batch is to be given to them."""
        return len(self) >= self._count * _AHEAD

    @property
    def has_idle(self) -> bool:
        """Whether one of them has nothing to do."""
        return sum(not done.done() for _, done in self._under_way) < self._count

    @property
    def has_results(self) -> bool:
        """Whether `results` would not wait."""
        return bool(self._under_way) and self._under_way[0][1].done()

    def submit(self, batch: list[tuple[int, bytes]]) -> None:
        """Have a batch matched."""
        done = self._pool.submit(_match_batch, batch)
        done.add_done_callback(self._notify)
        self._under_way.append((batch[0][0], done))

    def results(self) -> list[LineResult]:
        """Return the next batch's results; wait for them."""
        self.number, done = self._under_way.popleft()
        return done.result()

    def clear_woken(self) -> None:
        """Forget what is done so far."""
        with suppress(BlockingIOError):
            self.woken.recv(_READ)

    def _notify(self, _: object) -> None:
        with suppress(OSError):  # it is full, or nobody waits any more
            self._wake.send(b".")

    def close(self) -> None:
        """Close the sockets."""
        self.woken.close()
        self._wake.close()


def _parallel(matcher: Matcher, lines: LineReader, workers: int) -> Iterator[LineResult | None]:
    """Match lines in processes, in batches: whole ones, or as they come where a process would have nothing to do.

    Yields results in order, and None before input is waited for.
    """
    pool = ProcessPoolExecutor(workers, initializer=_start, initargs=(matcher,))
    processes = _Workers(pool, workers)
    batch: list[tuple[int, bytes]] = []
    counted, ended = _Batches(), False
    try:
        with closing(processes), pool:
            while True:
                while not ended and not counted.whole and lines.is_here():
                    line = lines.next()
                    ended = line is None
                    if line is not None:
                        batch.append(line)
                        counted.add(line)
                if batch and not processes.are_full and (counted.whole or ended or processes.has_idle):
                    processes.submit(batch)
                    batch, counted = [], _Batches()
                elif processes.has_results or (len(processes) and (ended or processes.are_full)):
                    yield from processes.results()
                elif ended:
                    return
                else:
                    yield None
                    lines.wait(processes.woken)
                    processes.clear_woken()
    except BrokenProcessPool as error:
        message = (
            f"a process of `match --workers` died, near line {processes.number} of the input or after it (killed, or "
            "out of memory): what was printed is complete up to there; use fewer --workers, or 1"
        )
        raise SandboxError(message, retryable=False) from error
