"""The kinds of source that there are. A new kind is a module beside this one and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from monitor.ports import SourceType
from monitor.sources.feed import FeedSource
from monitor.sources.sitemap import SitemapSource


def source_types() -> Mapping[str, SourceType]:
    """Return each kind's `SourceType` by the name that `sources[].kind` uses."""
    return {"feed": FeedSource(), "sitemap": SitemapSource()}
