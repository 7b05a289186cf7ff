"""How long tests wait for what must come."""

from __future__ import annotations

HANG = 600.0
"""Seconds after which a test says that something hangs: also where other work takes nine tenths of the machine."""
