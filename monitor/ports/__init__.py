"""The protocols between rooms. A port stands where there are two implementations of a thing.

`pipeline/` and `scheduler.py` know these and nothing else of the adapters. Methods of `Transaction` are synchronous
and run on the store's one thread; everything that a stage decides is written through one transaction.
"""

from monitor.ports.channel import (
    ChannelKind,
    Kinds,
    Means,
)
from monitor.ports.delivery import (
    Clock,
    Dispatcher,
    Notes,
    Notifier,
    SteadyClock,
)
from monitor.ports.reading import (
    Extractor,
    Fetcher,
    Request,
    Response,
    Sandbox,
    SourceType,
)
from monitor.ports.storage import (
    PollRecord,
    Store,
    Transaction,
)

__all__ = [
    "ChannelKind",
    "Clock",
    "Dispatcher",
    "Extractor",
    "Fetcher",
    "Kinds",
    "Means",
    "Notes",
    "Notifier",
    "PollRecord",
    "Request",
    "Response",
    "Sandbox",
    "SourceType",
    "SteadyClock",
    "Store",
    "Transaction",
]
