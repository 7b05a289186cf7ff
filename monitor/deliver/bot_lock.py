"""One daemon a bot: two that send with one token would break each other's pace, and look for each other's messages.

The database's own lock keeps two daemons from one outbox; this keeps two outboxes from one bot, on one host.
"""

from __future__ import annotations

import os
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Self

import structlog

from monitor.errors import DeliveryError, Remedy, Sent
from monitor.filelock import FileLock, HeldError

log = structlog.get_logger(__name__)


class BotLock:
    """The bot that this process holds: one at most, and another one after a reload that changes the token.

    A context manager: the bot is let go at the end of the block.
    """

    def __init__(self, database: str = "") -> None:
        """Hold nothing yet. `database` is written into the lock: whoever looks for a running daemon finds it there."""
        self._database = database
        self._place: Path | None = None
        self._lock: FileLock | None = None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go."""
        self.release()

    def hold(self, token: str, api: str) -> None:
        """Hold this bot of the server at `api`, and no other any more.

        Raises DeliveryError (not retryable) with the other's pid where another process of this user and host holds it;
        what was held before then still is. Where no lock can be made (a host without a writable temporary directory),
        the process goes on without.
        """
        place = _place(token, api)
        if place == self._place:
            return
        lock = self._taken(place)
        self.release()
        self._place, self._lock = place, lock

    def keep(self) -> None:
        """Hold the bot anew where its file was deleted. Raises DeliveryError where another process has it now."""
        if self._lock is None:
            return
        try:
            self._lock.keep()
        except HeldError as error:
            raise _refused(error) from error
        except OSError as error:
            log.warning("nothing keeps another daemon from using this bot any more", error=error.strerror)
            self._lock.release()
            self._lock = None

    def release(self) -> None:
        """Let go of what is held, and take its file away."""
        lock, self._place, self._lock = self._lock, None, None
        if lock is not None:
            lock.release(remove=True)

    def _taken(self, place: Path) -> FileLock | None:
        try:
            return FileLock(place, database=self._database)
        except HeldError as error:
            raise _refused(error) from error
        except OSError as error:
            log.warning("nothing keeps another daemon from using this bot", error=error.strerror)
            return None


def _refused(error: HeldError) -> DeliveryError:
    return DeliveryError(
        f"another daemon ({error.holder}) sends with this bot's token; "
        "stop it first, or give this one a bot of its own",
        sent=Sent.NO,
        remedy=Remedy.DEAD,
    )


def _place(token: str, api: str) -> Path:
    """Name the lock after the bot, by a hash: the name must not give the token away."""
    name = sha256(f"{api.rstrip('/')} {token}".encode()).hexdigest()[:24]
    return Path(tempfile.gettempdir()) / f"monitor-bot-{os.geteuid()}-{name}.lock"
