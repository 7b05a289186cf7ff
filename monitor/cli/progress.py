"""A spinner on a terminal's stderr while something takes seconds."""

from __future__ import annotations

from contextlib import AbstractContextManager


def busy(what: str) -> AbstractContextManager[object]:
    """Show a spinner with `what` while the block runs; nothing where stderr is no terminal."""
    from rich.console import Console

    return Console(stderr=True).status(f"{what} …")
