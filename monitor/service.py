"""The systemd notification protocol (sd_notify(3)): READY, WATCHDOG, STOPPING over a datagram socket."""

from __future__ import annotations

import os
import socket


def notify(state: str) -> bool:
    """Send `state` ('READY=1', 'WATCHDOG=1', …) to the service manager; False where there is none."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]  # abstract namespace
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.sendto(state.encode(), address)
    except OSError:
        return False
    return True


def watchdog_seconds() -> float | None:
    """Return half of the service manager's watchdog interval; None without a watchdog."""
    micros = os.environ.get("WATCHDOG_USEC", "")
    mine = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(micros) / 2e6 if micros.isdigit() and mine else None
