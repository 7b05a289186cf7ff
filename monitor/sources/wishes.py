"""What a feed asks of those that poll it: `ttl`, `skipHours` and `skipDays` of RSS 2.0."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from monitor.model import FeedWishes

_DAY = 86_400.0
_HOURS = 24
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MOST = 10  # lists that are looked at: a channel has one, and items may speak of some
_LONGEST = 10_000  # characters that are looked at in a list of hours or days
_NONE = FeedWishes()


def read(text: str, ttl: str) -> FeedWishes:
    """Return what a feed asks for. `ttl` is in minutes; what it is capped at is a day: some feeds ask for years.

    What lists every hour, or every day, would forbid the feed to be read, and is not meant.
    """
    if not text and not ttl:
        return _NONE
    hours = {int(hour) % _HOURS for hour in _listed(text, "skiphours", "hour") if re.fullmatch(r"[0-9]{1,2}", hour)}
    days = {_DAYS.index(day) for day in _listed(text, "skipdays", "day") if day in _DAYS}
    return FeedWishes(
        ttl=min(float(ttl[:9]) * 60, _DAY) if re.fullmatch(r"[0-9]+", ttl) else None,
        skip_hours=frozenset(hours if len(hours) < _HOURS else ()),
        skip_days=frozenset(days if len(days) < len(_DAYS) else ()),
    )


def _listed(text: str, around: str, each: str) -> Iterator[str]:
    """Yield what stands in the elements `each` of the channel's element `around`, in small letters."""
    for found in islice(re.finditer(rf"<{around}\s*>", text, re.IGNORECASE), _MOST):
        if _in_item(text, found.start()):
            continue
        block = text[found.end() : found.end() + _LONGEST]
        inner = re.split(rf"</{around}", block, maxsplit=1, flags=re.IGNORECASE)[0]
        for value in re.findall(rf"<{each}\s*>([^<]*)<", inner, re.IGNORECASE):
            yield value.strip().lower()
        return


def _in_item(text: str, at: int) -> bool:
    """Return whether the text at `at` belongs to an item: its words are no wishes."""
    return text.rfind("<item", 0, at) > text.rfind("</item", 0, at)
