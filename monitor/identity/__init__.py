"""Recognition of a feed's items: new or known, and which fields identify them.

A guid, a link and a text each identify an item only where they differ from item to item, and only while the site keeps
them. Real feeds break either rule in any field: one link for all (press rooms, live pages), guids made anew at every
build, 'N/A', time stamps, one title for all. So no field is believed as such: what one body shows, what is known of
the source's items, and what earlier bodies have shown (`Habits`) decide how much each of them counts.

Where it stays open whether an item is new, it is: an alert too many hurts less than one that never came, and an article
that repeats a story joins it in silence.
"""

from monitor.identity.marks import (
    Marks,
    alike,
    distinct,
    is_placeholder,
    marks,
    marks_for,
    marks_of,
    other_date,
    values_for,
    without_fragment,
)
from monitor.identity.recognise import Recognition, StoredEntry, recognise

__all__ = [
    "Marks",
    "Recognition",
    "StoredEntry",
    "alike",
    "distinct",
    "is_placeholder",
    "marks",
    "marks_for",
    "marks_of",
    "other_date",
    "recognise",
    "values_for",
    "without_fragment",
]
