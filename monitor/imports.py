"""Imports of libraries that load another one where it is installed, for something that is never used here."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(name: str) -> Iterator[None]:
    """Hide a package from what is imported in the block; where it is loaded already, nothing is changed."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # what the language reference names for it
    try:
        yield
    finally:
        del sys.modules[name]
