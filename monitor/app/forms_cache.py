"""Compiled forms of terms, kept between runs: the catalogue takes seconds to compile and milliseconds to read.

Keys are hashes of the term, the code and the dictionaries' versions (`watch.compile`), so an entry is never wrong, only
unused; a file that grew beyond its bound is begun anew. The file is a convenience: whatever is wrong with it costs
time and nothing else.
"""

from __future__ import annotations

import base64
import json
import os
import tempfile
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

_MOST = 200_000  # entries; about 60 MB on disk


def default_path() -> Path:
    """Give the file: in systemd's cache directory, else in the user's."""
    folder = os.environ.get("CACHE_DIRECTORY") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(folder) / "news-monitor" / "forms.json"


class FormsCache(dict[str, bytes]):
    """A mapping for `compile_watchlists` that can be saved."""

    def __init__(self, path: Path) -> None:
        """Read what an earlier run kept at `path`; begin empty where that cannot be read."""
        super().__init__()
        self._path = path
        try:
            rows = json.loads(path.read_text(encoding="ascii"))
            self.update((key, base64.b64decode(value)) for key, value in rows.items())
        except FileNotFoundError:
            pass
        except (OSError, ValueError, AttributeError, TypeError) as error:
            log.debug("forms are compiled anew", path=str(path), error=str(error))
        self._saved = len(self)

    def save(self) -> None:
        """Write the file where the mapping has grown, all of it or nothing."""
        if len(self) == self._saved:
            return
        if len(self) > _MOST:
            self.clear()
        rows = {key: base64.b64encode(value).decode("ascii") for key, value in self.items()}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=self._path.parent, delete=False, encoding="ascii") as file:
                json.dump(rows, file)
            Path(file.name).replace(self._path)
        except OSError as error:
            log.debug("forms are not kept", path=str(self._path), error=str(error))
        self._saved = len(self)
