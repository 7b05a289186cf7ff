"""The table `translations`: what services gave, so that no text is sent to one twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select

from monitor.store.base import Repository
from monitor.store.schema import translations


class Translations(Repository):
    """The table `translations`."""

    def translations(self, service: str, language: str, texts: Sequence[str]) -> dict[str, str]:
        """Return the kept translations of some texts into a language, by text."""
        digests = {_digest(service, language, text): text for text in texts}
        found = select(translations.c.digest, translations.c.text).where(translations.c.digest.in_(list(digests)))
        return {digests[row.digest]: row.text for row in self.connection.execute(found)}

    def keep_translations(self, service: str, language: str, found: Mapping[str, str], now: datetime) -> None:
        """Keep translations by text."""
        for text, meant in found.items():
            insert = self.upsert(translations).values(digest=_digest(service, language, text), text=meant, at=now)
            self.connection.execute(insert.on_conflict_do_nothing(index_elements=["digest"]))


def _digest(service: str, language: str, text: str) -> str:
    return sha256(f"{service}\x00{language}\x00{text}".encode("utf-8", "surrogatepass")).hexdigest()
