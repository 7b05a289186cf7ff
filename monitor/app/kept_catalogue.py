"""The compiled catalogue, kept between runs: compiling its entities takes two seconds even where all forms are kept.

It stands in the file of forms (`forms_cache`), pickled and compressed, some 700 KB. A pickle can name any code to be
called, so only the classes of which a matcher is made are let through: whatever else is in one is no catalogue.
"""

from __future__ import annotations

import hashlib
import io
import pickle
import sys
import zlib
from collections.abc import Iterator, MutableMapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

import structlog

from monitor.watch.catalogue import Catalogue
from monitor.watch.index.form_index import versions
from monitor.watch.match import Matcher

log = structlog.get_logger(__name__)

_SLOTS = 8  # catalogues that are kept: one more replaces an earlier one
_LARGEST = 256 * 1024 * 1024  # bytes, unpacked; the shipped one has 3.2 MB
_FAST = 1  # zlib's level
_DIGEST = hashlib.sha256().digest_size
_CLASSES = frozenset(
    {
        ("monitor.model.reading", "Zone"),
        ("monitor.model.settings", "Severity"),
        ("monitor.model.settings", "Watchlist"),
        ("monitor.text.forms.base", "Form"),
        ("monitor.watch.guards", "PatternGuard"),
        ("monitor.watch.index.form_index", "Index"),
        ("monitor.watch.index.pattern_index", "PatternIndex"),
        ("monitor.watch.index.terms", "CompiledTerms"),
        ("monitor.watch.index.token_cache", "TokenCache"),
        ("monitor.watch.match", "CompiledWatchlist"),
        ("monitor.watch.match", "Matcher"),
        ("monitor.watch.match", "Slot"),
        ("monitor.watch.name_context", "NameContext"),
    }
)
"""All that a matcher of entities is made of: values that compute nothing when they are made."""
_BROKEN = (
    *(pickle.UnpicklingError, zlib.error, EOFError),
    *(ArithmeticError, LookupError, AttributeError, TypeError, ValueError),
)
"""What bytes that are no pickle of a matcher raise."""


def read(kept: MutableMapping[str, bytes], catalogue: Catalogue) -> Matcher | None:
    """Return what was compiled of the same entities by the same code; None where it is not kept, or is damaged."""
    wanted = _fingerprint(catalogue)
    found = kept.get(_slot(wanted), b"")
    if found[:_DIGEST] != wanted:
        return None
    try:
        made = _Restricted(io.BytesIO(_unpacked(found[_DIGEST:]))).load()
    except _BROKEN as error:
        log.info("the kept catalogue cannot be read and is compiled anew", error=str(error))
        return None
    return made if isinstance(made, Matcher) else None


def keep(kept: MutableMapping[str, bytes], catalogue: Catalogue, matcher: Matcher) -> None:
    """Keep what was compiled of a catalogue."""
    wanted = _fingerprint(catalogue)
    kept[_slot(wanted)] = wanted + zlib.compress(pickle.dumps(matcher, pickle.HIGHEST_PROTOCOL), _FAST)


class _Restricted(pickle.Unpickler):
    """Reads pickles of matchers alone: docs.python.org/3/library/pickle.html, 'Restricting Globals'."""

    def find_class(self, module: str, name: str) -> object:
        """Return a class of `_CLASSES`. Raises UnpicklingError for anything else."""
        if (module, name) not in _CLASSES:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a matcher")
        return super().find_class(module, name)


def _unpacked(packed: bytes) -> bytes:
    """Return what was compressed. Raises ValueError where it is not whole, or too large; zlib.error."""
    unpacking = zlib.decompressobj()
    content = unpacking.decompress(packed, _LARGEST)
    if not unpacking.eof:
        raise ValueError("it is cut off, or too large")
    return content


def _slot(fingerprint: bytes) -> str:
    return hashlib.sha256(f"compiled catalogue {fingerprint[0] % _SLOTS}".encode()).hexdigest()


def _fingerprint(catalogue: Catalogue) -> bytes:
    return hashlib.sha256(f"{catalogue.fingerprint()} {versions()} {_code()}".encode()).digest()


@cache
def _code() -> str:
    """Return a hash of the code and the data that decide what a catalogue is compiled to, as they are at the start."""
    digest = hashlib.sha256(f"{sys.version_info[:2]}".encode())
    for package in ("monitor.watch", "monitor.text", "monitor.model", "monitor.data"):
        for name, content in _files(resources.files(package)):
            digest.update(f"{name} {len(content)} ".encode() + content)
    return digest.hexdigest()


def _files(folder: Traversable) -> Iterator[tuple[str, bytes]]:
    for part in sorted(folder.iterdir(), key=lambda part: part.name):
        if part.is_dir():
            yield from _files(part)
        elif part.name.endswith((".py", ".json")):
            yield part.name, part.read_bytes()
