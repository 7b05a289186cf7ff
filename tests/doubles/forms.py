"""Forms of terms that several tests need, made once for all workers and runs."""

from __future__ import annotations

from collections.abc import MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.app.forms_cache import FormsCache

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = Path(__file__).resolve().parents[2] / ".pytest_cache" / "forms.cache"


@contextmanager
def kept_forms() -> Iterator[MutableMapping[str, bytes]]:
    """Return a cache for `compile_watchlists`: its keys name the code and the dictionaries that make the forms."""
    cache = FormsCache(FILE)
    try:
        yield cache
        cache.save()
    finally:
        cache.close()
