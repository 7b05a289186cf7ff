"""Outgoing HTTP: guarded, bounded, and throttled by host."""

from monitor.imports import without

with without("rich"):  # for httpx's own command
    import httpx  # noqa: F401
