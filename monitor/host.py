"""The host's time zone, for channels that name none, and its boot id."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo


@cache
def timezone() -> str:
    """Return the host's time zone as an IANA name: `TZ`, else what /etc says, else UTC."""
    link = Path("/etc/localtime")
    named = Path("/etc/timezone")
    candidates = [
        os.environ.get("TZ", "").removeprefix(":"),
        str(link.resolve()).partition("zoneinfo/")[2] if link.is_symlink() else "",
        named.read_text(encoding="utf-8", errors="replace").strip() if named.is_file() else "",
    ]
    return next((name for name in candidates if _known(name)), "UTC")


@cache
def start() -> str | None:
    """Return the boot id; monotonic times of two processes compare only within one boot. None: not known."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return None


def _known(name: str) -> bool:
    try:
        return bool(name) and bool(ZoneInfo(name))
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError, but odd names give these
        return False
    except KeyError:
        return False
