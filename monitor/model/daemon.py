"""What a running daemon writes of itself for `monitor health` and `monitor status`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignOfLife:
    """The daemon's last sign of life in its database.

    `instance` is a random id of this run, which `/healthz` shows as well. `mono` is the monotonic clock at that moment,
    which compares within one start of the host (`boot`). `web` is the address of its web server, '' where it has none.
    """

    instance: str
    pid: int
    host: str
    boot: str | None
    mono: float
    ok: bool
    web: str = ""
