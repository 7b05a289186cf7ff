"""Cases in YAML, parsed once for all workers and runs: parsing them anew took each worker a fifth of its collection."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import tempfile
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML, __version__

FOLDER = Path(__file__).resolve().parents[2] / ".pytest_cache" / "cases"


def read_cases(path: Path, folder: Path = FOLDER) -> Any:
    """Return what stands in a file, as `YAML(typ="safe")` reads it: a value of the caller's own.

    What was parsed is kept in `folder` by a hash of the file's content, so that it is never that of another content.
    """
    content = path.read_bytes()
    kept = folder / hashlib.sha256(__version__.encode() + b"\0" + content).hexdigest()
    with contextlib.suppress(OSError, EOFError, pickle.UnpicklingError):
        return pickle.loads(kept.read_bytes())  # noqa: S301 — the tests' own
    found = YAML(typ="safe", pure=True).load(content.decode("utf-8"))
    with contextlib.suppress(OSError):  # where nothing can be kept, each worker parses
        _keep(kept, pickle.dumps(found))
    return found


def _keep(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all: other workers read it meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(number, "wb") as file:
        file.write(content)
    Path(name).replace(path)
