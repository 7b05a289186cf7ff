"""Writing several new files as one: all are there, or none is."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from monitor import private
from monitor.errors import MonitorError

_PUBLIC = 0o644


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to be written; a `private` one is 0600 from its first byte."""

    path: Path
    text: str
    private: bool = False


def write_all(files: Sequence[NewFile], *, backup: bool = False) -> list[Path]:
    """Write all files, or none, whatever comes between; with `backup`, what is replaced stays as `NAME.bak`.

    Returns the paths of what was kept so. Raises MonitorError where one cannot be written.
    """
    drafts: list[tuple[Path, Path]] = []
    kept: list[Path] = []
    try:
        with _uninterrupted():
            try:
                for file in files:
                    if file.path.is_dir():
                        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file.path))
                    drafts.append((_draft(file), file.path))
                if backup:
                    kept = [_keep(file.path) for file in files if file.path.is_file() and not file.private]
                for draft, target in drafts:
                    draft.replace(target)
            finally:
                for draft, _ in drafts:
                    draft.unlink(missing_ok=True)
    except OSError as error:
        raise MonitorError(f"{error.filename} cannot be written: {error.strerror}", retryable=False) from error
    return kept


def _draft(file: NewFile) -> Path:
    """Write the text beside its place, under another name; the file is on the disk then."""
    file.path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{file.path.name}.", dir=file.path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            os.fchmod(stream.fileno(), private.FILE if file.private else _PUBLIC & ~_umask())
            stream.write(file.text)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _keep(path: Path) -> Path:
    return Path(shutil.copy2(path, path.with_name(path.name + ".bak")))


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let Ctrl-C wait until the block has ended."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
