"""Structured logs on stderr, with every secret redacted from the finished line.

Redaction works on the rendered text, tracebacks and foreign libraries' records included: a secret cannot slip through
as an unexpected field. JSON when stderr is not a terminal.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
from collections.abc import Mapping
from typing import Any, Literal, TextIO

from monitor.imports import without

with without(
    "rich"
):  # for tracebacks that are never printed here: with pygments and attrs a tenth of a start's imports
    import structlog

# A bot token as BotFather gives it, wherever it stands (an URL, an exception's text).
_TOKEN = re.compile(r"\d{5,}:[A-Za-z0-9_-]{20,}")
_hidden: set[str] = set()

_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (logging.NOTSET, 7))
"""Levels and what syslog calls them: crit, err, warning, info, debug."""

Format = Literal["auto", "json", "text"]


def hide(secret: str) -> None:
    """Redact `secret` from every later log line."""
    if secret:
        _hidden.add(secret)


def redact(text: str) -> str:
    """Return `text` with every known secret, and whatever looks like a bot token, replaced.

    Tokens first, then the longest secrets: a secret that is a part of another must not leave the rest readable.
    """
    text = _TOKEN.sub("<token>", text)
    for secret in sorted(_hidden, key=len, reverse=True):
        text = text.replace(secret, "<hidden>")
    return text


class _Prioritised(logging.Formatter):
    """Formats with another formatter, then puts sd-daemon(3)'s priority before each line, for `journalctl -p`."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        priority = next(number for level, number in _PRIORITIES if record.levelno >= level)
        return "\n".join(f"<{priority}>{line}" for line in self._inner.format(record).split("\n"))


def is_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Return whether what is written to a stream goes to systemd's journal: JOURNAL_STREAM names its file."""
    try:
        info = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{info.st_dev}:{info.st_ino}"


class _Redacting(logging.Formatter):
    """Formats with another formatter, then redacts."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self._inner = inner

    def format(self, record: logging.LogRecord) -> str:
        return redact(self._inner.format(record))


def log_uncaught() -> None:
    """Log warnings and uncaught exceptions, which the interpreter would print itself.

    For a process that is a daemon; call it before anything starts processes of its own.
    """
    logging.captureWarnings(capture=True)
    # multiprocessing's resource tracker outlives a killed daemon, cleans up after it, and prints a warning.
    sys.warnoptions.append("ignore::UserWarning:multiprocessing.resource_tracker")
    log = structlog.get_logger(__name__)

    def in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_type is not SystemExit and args.exc_value is not None:
            name = args.thread.name if args.thread else ""
            log.error("internal error in a thread", thread=name, exc_info=args.exc_value)

    def unraisable(args: Any) -> None:
        log.error("internal error ignored", where=args.err_msg or repr(args.object), exc_info=args.exc_value)

    threading.excepthook = in_thread
    sys.unraisablehook = unraisable


def configure(level: str = "info", form: Format = "auto") -> None:
    """Send structlog's and the standard library's records to stderr, redacted."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
    ]
    as_json = form == "json" or (form == "auto" and not sys.stderr.isatty())
    # For people the wall clock to the second; for machines the whole of it, in UTC.
    shared.append(structlog.processors.TimeStamper(fmt="iso" if as_json else "%Y-%m-%d %H:%M:%S", utc=as_json))
    last: list[structlog.typing.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if as_json
        else [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
    )
    handler = logging.StreamHandler(sys.stderr)
    redacting = _Redacting(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    handler.setFormatter(_Prioritised(redacting) if is_journal(sys.stderr, os.environ) else redacting)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # httpx names every URL at INFO, the bot's token in it; the others only repeat what our own lines say.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a skipped tick is what coalescing is for
    for noisy in ("httpx", "httpcore", "telegram", "trafilatura", "pymorphy3", "uvicorn", "watchfiles", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # a cached logger would keep the configuration of its first line for ever
    )
