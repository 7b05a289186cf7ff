"""A wall clock that a test sets while a program runs: libfaketime, where the host has it.

Only the wall clock is moved, and no file's times: the monotonic clock goes on, as it does when a host's clock is set.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDERS = ("/usr/lib/*/faketime", "/usr/lib/faketime", "/usr/lib64/faketime", "/usr/local/lib/faketime", "/usr/lib*")
NAMES = ("libfaketimeMT.so.1", "libfaketime.so.1")  # the first is for programs with threads


def library() -> str | None:
    """Return the library's path; None where the host has none."""
    return next(_found(), None)


def _found() -> Iterator[str]:
    for name in NAMES:
        for folder in FOLDERS:
            yield from map(str, sorted(Path("/").glob(f"{folder.lstrip('/')}/{name}")))
    command = shutil.which("faketime")
    if command:  # it tells its children where the library is
        asked = subprocess.run(
            [command, "-f", "+0", "printenv", "LD_PRELOAD"], capture_output=True, text=True, check=False
        )
        yield from filter(None, asked.stdout.split())


@dataclass(frozen=True, slots=True)
class WallClock:
    """The clock of the programs that are started with `environ`."""

    library: str
    file: Path

    @property
    def environ(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": self.library,
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def set(self, seconds: int) -> None:
        """Set it to so many seconds after the host's."""
        new = self.file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n", encoding="ascii")
        new.replace(self.file)

    def works(self) -> bool:
        """Return whether a program sees it, and sees the monotonic clock as it is."""
        self.set(7200)
        program = "import time; print(time.time(), time.monotonic())"
        asked = subprocess.run(
            [sys.executable, "-c", program], env=self.environ, capture_output=True, text=True, check=False
        )
        self.set(0)
        if asked.returncode != 0:
            return False
        wall, mono = map(float, asked.stdout.split())
        return 7000 < wall - time.time() < 7300 and abs(mono - time.monotonic()) < 100
