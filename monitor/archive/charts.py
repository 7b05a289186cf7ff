"""Pictures of trends, drawn by a child process: matplotlib takes a second and 60 MB, and the daemon keeps neither."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from monitor.errors import MonitorError

MOST = 8
"""Subjects in one picture: more are not told apart on a phone."""

_PATIENCE = 60.0  # seconds: the first picture of a user makes matplotlib's list of fonts
_NO_LIBRARY = 69  # what the child ends with where matplotlib is missing


class ChartError(MonitorError):
    """No picture could be drawn."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as PNG. `notes` name what it lacks, such as a font for a script."""

    png: bytes
    notes: tuple[str, ...] = ()


def draw(found: Mapping[str, Any], axis: str = "") -> Picture:
    """Draw trends, given as `monitor trends --json` prints them; `axis` says what is counted, in the reader's language.

    Raises ChartError with a remedy where matplotlib is missing, or the child fails or takes too long.
    """
    shown = {**found, "trends": found["trends"][:MOST], "axis": axis or f"stories by {found['by']}"}
    command = [sys.executable, "-m", "monitor.archive.draw"]
    try:
        child = subprocess.run(  # noqa: S603 - our own module
            command, input=json.dumps(shown).encode(), capture_output=True, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise ChartError(f"the picture was not drawn within {_PATIENCE:.0f} s") from error
    except OSError as error:
        raise ChartError(f"the picture cannot be drawn: {error.strerror}", retryable=False) from error
    if child.returncode == _NO_LIBRARY:
        raise ChartError("pictures need matplotlib: install the extra `charts`", retryable=False)
    if child.returncode:
        lines = child.stderr.decode(errors="replace").strip().splitlines()
        raise ChartError(f"the picture cannot be drawn: {lines[-1] if lines else f'exit code {child.returncode}'}")
    notes, _, png = child.stdout.partition(b"\n")
    left = len(found["trends"]) - len(shown["trends"])
    more = (f"the picture shows the first {MOST} of {MOST + left} subjects",) if left > 0 else ()
    return Picture(png, (*json.loads(notes), *more))
