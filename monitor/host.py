"""The host's time zone, for channels that name none, its boot id, its cache, and the memory that it keeps free."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from datetime import tzinfo
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

UNCHOSEN = "Etc/UTC"
"""The zone of a host that has none of its own, such as a container: its readers live elsewhere, so its times say 'UTC'.

Where a configuration says `timezone: UTC`, that is the readers' zone.
"""

_UTC = ("UTC", "Etc/UTC", "Etc/UCT", "UCT", "Zulu", "Universal", "Etc/Universal", "Etc/Zulu")


@cache
def timezone() -> str:
    """Return the host's time zone as an IANA name: `TZ`, else what /etc says; UNCHOSEN where that is none, or UTC."""
    link = Path("/etc/localtime")
    named = Path("/etc/timezone")
    candidates = [
        os.environ.get("TZ", "").removeprefix(":"),
        str(link.resolve()).partition("zoneinfo/")[2] if link.is_symlink() else "",
        named.read_text(encoding="utf-8", errors="replace").strip() if named.is_file() else "",
    ]
    found = next((name for name in candidates if _known(name)), UNCHOSEN)
    return UNCHOSEN if found in _UTC else found


def labelled(text: str, zone: tzinfo) -> str:
    """Return a time with 'UTC' behind it where neither the configuration nor the host says where its reader lives."""
    return f"{text} UTC" if getattr(zone, "key", "") == UNCHOSEN else text


@cache
def start() -> str | None:
    """Return the boot id; monotonic times of two processes compare only within one boot. None: not known."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return None


def cache_folder() -> Path:
    """Return the folder for what may be made anew: in systemd's cache directory, else in the user's.

    A user without a home (a number that no passwd entry has, as in containers) has no cache: nothing is ever kept below
    the null device. A shared directory would not do, since what others put there is not to be trusted.
    """
    folder = os.environ.get("CACHE_DIRECTORY") or os.environ.get("XDG_CACHE_HOME")
    try:
        place = Path(folder) if folder else Path.home() / ".cache"
    except RuntimeError:
        place = Path(os.devnull)
    return place / "news-monitor"


def trim_heap() -> None:
    """Release to the system the free memory that the C library keeps: glibc can, other libraries need not."""
    trim = _malloc_trim()
    if trim is not None:
        trim(0)


@cache
def _malloc_trim() -> Callable[[int], object] | None:
    return getattr(ctypes.CDLL(None), "malloc_trim", None)


def _known(name: str) -> bool:
    try:
        return bool(name) and bool(ZoneInfo(name))
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError, but odd names give these
        return False
    except KeyError:
        return False
