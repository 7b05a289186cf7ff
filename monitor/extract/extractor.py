"""The extractor as other rooms hold it: light, as what reads pages (trafilatura, lxml, numpy) is in children alone.

A function travels to a child by its name, so this process imports the module of what it sends: this one, which imports
the reader when it is called. There the fork server has it loaded (`extract/warm.py`).
"""

from __future__ import annotations

from datetime import datetime

from monitor.model import Article, Entry, Source
from monitor.ports import Response


class ArticleExtractor:
    """Reads articles; see `ports.Extractor`."""

    def extract(self, source: Source, entry: Entry, response: Response, seen_at: datetime) -> Article:
        """Return the article. Raises ExtractError with a clause that an alert can show."""
        from monitor.extract import article

        return article.extract(source, entry, response, seen_at)

    def refresh(self, response: Response) -> str | None:
        """Return the address that a page sends its reader to by itself; None where it does not."""
        from monitor.extract import refresh

        return refresh.target(response)

    def from_summary(self, source: Source, entry: Entry, reason: str, seen_at: datetime) -> Article:
        """Return an article of the feed's title and summary; `reason` says why, and is shown."""
        from monitor.extract import article

        return article.from_summary(source, entry, reason, seen_at)
