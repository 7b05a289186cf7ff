"""Files that only their owner may read: watchlists, alerts and secrets are private.

The modes do not depend on the umask.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

FILE = 0o600
DIRECTORY = 0o700


def make_directory(path: Path) -> None:
    """Make a directory (0700) and those above it (as the umask says); one that exists is left. Raises OSError."""
    if path.is_dir():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.mkdir(DIRECTORY)
    except FileExistsError:  # somebody else made it meanwhile, or it is a file
        if path.is_dir():
            return
        raise
    path.chmod(DIRECTORY)


def create(path: Path) -> None:
    """Make an empty file (0600); one that exists is left. Raises OSError."""
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE)
        try:
            os.fchmod(descriptor, FILE)
        finally:
            os.close(descriptor)


def copy(origin: Path, target: Path) -> None:
    """Copy a file with its times; the copy is 0600 from its first byte. Raises OSError."""
    create(target)
    target.chmod(FILE)
    shutil.copyfile(origin, target)
    info = origin.stat()
    os.utime(target, ns=(info.st_atime_ns, info.st_mtime_ns))


def tighten(path: Path) -> None:
    """Make a file 0600 where others may read or write it, and log that; do nothing without a file.

    A mode that gives rights to the group and to nobody else was chosen by somebody: it stays.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        if not mode & stat.S_IRWXO:
            return
        path.chmod(FILE)
    except FileNotFoundError:
        return
    except OSError as error:  # not its owner, or a file system without modes
        log.warning("others may read this file; chmod it to 600", path=str(path), error=error.strerror)
        return
    log.info("others could read this file: its mode is 600 now", path=str(path), before=f"{mode:o}")
