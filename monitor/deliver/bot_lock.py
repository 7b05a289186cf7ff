"""A lock for each bot, held by one daemon: two with one token would break its rate, and probe each other's messages.

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
from monitor.filelock import HeldError, LockFile

log = structlog.get_logger(__name__)


class BotLock:
    """The lock of the bot that this process sends with: one at most, another one after a reload changed the token.

    A context manager: the lock is released at the end of the block.

    `database` is written into the file, where commands that search for a running daemon read it. `among`: processes of
    one database share its bot, as a role's lock says which of them sends: who finds another one's file goes on without,
    and `keep` takes it as soon as that one has ended.
    """

    def __init__(self, database: str = "", *, among: bool = False) -> None:
        self._database = database
        self._among = among
        self._path: Path | None = None
        self._file: LockFile | None = None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Release the lock."""
        self.release()

    def take(self, token: str, api: str) -> None:
        """Lock this bot of the server at `api`, in place of the one locked before.

        Raises DeliveryError (not retryable) with the other's pid where another process of this user and host has it;
        the lock held before then stays. Where no lock can be made (a host without a writable temporary directory),
        the process goes on without.
        """
        path = _path_of(token, api)
        if path == self._path:
            return
        file = self._locked(path)
        self.release()
        self._path, self._file = path, file

    def keep(self) -> None:
        """Take the lock anew where its file was deleted. Raises DeliveryError where another process has it now."""
        if self._file is None:
            if self._among and self._path is not None:
                self._file = self._locked(self._path)
            return
        try:
            self._file.keep()
        except HeldError as error:
            raise _refused(error) from error
        except OSError as error:
            log.warning("nothing keeps another daemon from using this bot any more", error=error.strerror)
            self._file.release()
            self._file = None

    def release(self) -> None:
        """Release the lock, and remove its file. Safe to call twice."""
        file, self._path, self._file = self._file, None, None
        if file is not None:
            file.release(remove=True)

    def _locked(self, path: Path) -> LockFile | None:
        try:
            return LockFile(path, database=self._database)
        except HeldError as error:
            if self._among and error.holder.database == self._database:
                return None
            raise _refused(error) from error
        except OSError as error:
            write = log.debug if path == self._path else log.warning  # `keep` asks again and again
            write("nothing keeps another daemon from using this bot", error=error.strerror)
            return None


def _refused(error: HeldError) -> DeliveryError:
    return DeliveryError(
        f"another daemon ({error.holder}) sends with this bot's token; "
        "stop it first, or give this one a bot of its own",
        sent=Sent.NO,
        remedy=Remedy.DEAD,
    )


def _path_of(token: str, api: str) -> Path:
    """Return a path named after the bot, by a hash: the name must not give the token away."""
    name = sha256(f"{api.rstrip('/')} {token}".encode()).hexdigest()[:24]
    return Path(tempfile.gettempdir()) / f"monitor-bot-{os.geteuid()}-{name}.lock"
