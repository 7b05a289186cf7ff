"""The files of a configuration, and a fingerprint of them that shows a change."""

from __future__ import annotations

import os
from pathlib import Path

from monitor.model import Fingerprint

SPLIT = "watchlists.d"
"""The directory beside the configuration whose `*.yaml` files hold more watchlists."""


def split_files(path: Path) -> list[Path]:
    """Return the files of `watchlists.d`, by name; hidden ones (editors' own) are left out."""
    return [file for file in _listed(path) if file.suffix == ".yaml"]


def misnamed(path: Path) -> list[Path]:
    """Return the files of `watchlists.d` that look meant and are not read."""
    return [file for file in _listed(path) if file.suffix.lower() in (".yml", ".json") or file.suffix == ".YAML"]


def unlisted(path: Path) -> str | None:
    """Return why `watchlists.d` is there and cannot be listed; None where it can, or is not there."""
    try:
        os.listdir(path.parent / SPLIT)  # noqa: PTH208 — the attempt is what is wanted
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        return "is not a directory: make it one, with *.yaml files of watchlists, or rename it"
    except PermissionError:
        return "may not be listed by this user: change its owner or its mode (chmod)"
    except OSError as error:
        return f"cannot be listed: {error.strerror}: check the disk"
    return None


def _listed(path: Path) -> list[Path]:
    try:
        return sorted(file for file in (path.parent / SPLIT).iterdir() if not file.name.startswith("."))
    except OSError:
        return []


def fingerprint(path: Path) -> Fingerprint:
    """Return a value that changes when any file of the configuration is edited, replaced, added or removed."""
    found = []
    for file in (path, *split_files(path)):
        try:
            info = file.stat()
        except OSError:
            continue
        found.append((str(file), info.st_mtime_ns, info.st_size, info.st_ino))
    return tuple(found)
