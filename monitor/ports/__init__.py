"""The protocols between rooms. A port stands where there are two implementations of a thing.

`pipeline/` and `scheduler.py` know these and the store, and nothing else of the adapters.
"""

from monitor.ports.channel import (
    ChannelKind,
    Kinds,
    NotifierContext,
)
from monitor.ports.delivery import (
    Clock,
    Dispatcher,
    Notifier,
    Operators,
    ProbeNotes,
    SteadyClock,
    Translator,
)
from monitor.ports.reading import (
    Extractor,
    Fetcher,
    Request,
    Response,
    Sandbox,
    SitemapReader,
    SourceType,
)

__all__ = [
    "ChannelKind",
    "Clock",
    "Dispatcher",
    "Extractor",
    "Fetcher",
    "Kinds",
    "Notifier",
    "NotifierContext",
    "Operators",
    "ProbeNotes",
    "Request",
    "Response",
    "Sandbox",
    "SitemapReader",
    "SourceType",
    "SteadyClock",
    "Translator",
]
