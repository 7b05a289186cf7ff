"""The chain of evidence: each entry's hash covers its facts and the hash of the entry before.

An entry's hash is the SHA-256 of the hash before, a line feed, and the SHA-256 of its facts, both in hex. The
facts are JSON with sorted keys, without spaces, in ASCII. They hold hashes of contents and no content: whoever has them
proves what a kept page was, and deletion of old contents leaves the chain whole. As the digest of the facts stands in
between, an entry can be shown to be in its place without its facts: a package has those of its own story alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

START = "0" * 64
"""The hash before the first entry."""


@dataclass(frozen=True, slots=True)
class ChainLink:
    """An entry in its place. `facts` is None where only the digest is shown."""

    seq: int  # 1, 2, 3 … without gaps
    digest: str  # of the facts
    hash: str
    facts: str | None = None


def canonical(facts: Mapping[str, Any]) -> str:
    """Return facts as the text that is hashed."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def digest_of(data: str | bytes) -> str:
    """Return the SHA-256 of some bytes, or of a text in UTF-8, in hex."""
    return sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def linked(previous: str, digest: str) -> str:
    """Return the hash of an entry that follows `previous`."""
    return digest_of(f"{previous}\n{digest}")


def first_break(links: Iterable[ChainLink], previous: str = START) -> str | None:
    """Return what is wrong with the first entry that does not follow from the one before; None where all do.

    `previous` is the hash before the first of the links.
    """
    before: int | None = None
    for link in links:
        if before is not None and link.seq != before + 1:
            return f"entry {before + 1} is missing: {link.seq} follows {before}"
        if link.facts is not None and digest_of(link.facts) != link.digest:
            return f"entry {link.seq} was changed: its facts do not have the digest {link.digest[:16]}…"
        if linked(previous, link.digest) != link.hash:
            return f"entry {link.seq} does not follow the one before: an entry was changed, removed or put in"
        before, previous = link.seq, link.hash
    return None
