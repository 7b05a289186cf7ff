r"""The nouns of the project, as frozen values that every room shares.

All datetimes are aware and in UTC unless a comment says otherwise; durations are seconds (float). A *document* is the
text that matching works on: `title + "\n\n" + text`, or `text` where there is no title; every offset counts its
characters.
"""

from monitor.model.delivery import (
    Alert,
    Asked,
    Delivery,
    Lane,
    Line,
    Member,
    MessageKind,
    NewDelivery,
    Outcome,
    Quote,
    Receipt,
    Relation,
    Result,
    Run,
    State,
    Story,
)
from monitor.model.judging import (
    Citation,
    Hit,
    Role,
    Verdict,
)
from monitor.model.reading import (
    Article,
    Entry,
    ParsedFeed,
    PendingEntry,
    SourceState,
    Validators,
    Zone,
    ZoneSpan,
)
from monitor.model.settings import (
    Channel,
    EntitySpec,
    Name,
    QuietHours,
    Severity,
    Source,
    Term,
    Watchlist,
)

__all__ = [
    "Alert",
    "Article",
    "Asked",
    "Channel",
    "Citation",
    "Delivery",
    "EntitySpec",
    "Entry",
    "Hit",
    "Lane",
    "Line",
    "Member",
    "MessageKind",
    "Name",
    "NewDelivery",
    "Outcome",
    "ParsedFeed",
    "PendingEntry",
    "QuietHours",
    "Quote",
    "Receipt",
    "Relation",
    "Result",
    "Role",
    "Run",
    "Severity",
    "Source",
    "SourceState",
    "State",
    "Story",
    "Term",
    "Validators",
    "Verdict",
    "Watchlist",
    "Zone",
    "ZoneSpan",
]
