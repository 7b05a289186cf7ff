"""Column types that mean the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy import BigInteger, Column, ColumnElement, Dialect, Integer, Text
from sqlalchemy.types import TypeDecorator

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

KEY_LENGTH = 400
"""Longer keys are cut and hashed: an index of PostgreSQL takes 2,704 bytes a row, and a letter takes up to four."""

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""NUL, which PostgreSQL refuses in a text, and halves of surrogate pairs, which UTF-8 cannot write."""

# SQLite counts its own row ids in INTEGER columns alone.
Ident = BigInteger().with_variant(Integer, "sqlite")


def clean(text: str) -> str:
    """Return text with U+FFFD for each character that a database refuses: offsets stay right."""
    if "\0" not in text:  # nearly always; encoding finds halves of pairs at a tenth of the pattern's cost
        try:
            text.encode()
        except UnicodeEncodeError:
            pass
        else:
            return text
    return UNSTORABLE.sub("\ufffd", text)


def shorten(key: str) -> str:
    """Return the key as it is stored: cleaned, and where it is long, cut with its hash at the end. Idempotent."""
    stored = clean(key)
    if len(stored) <= KEY_LENGTH:
        return stored
    digest = sha256(stored.encode()).hexdigest()
    return stored[: KEY_LENGTH - len(digest) - 1] + "#" + digest


def is_null(column: Column[int]) -> ColumnElement[bool]:
    """Return the condition `column IS NULL` in a form that no index on the column is used for.

    For columns that are NULL in most rows: SQLite takes `IS NULL` for as selective as `= ?`, and would read the whole
    table by that index in place of a good one.
    """
    return (column + 0).is_(None)


class Moment(TypeDecorator[datetime]):
    """An aware datetime, kept as microseconds since 1970 in UTC: compared and sorted alike by both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Refuse naive datetimes with ValueError: whose clock they mean is not known."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without an offset cannot be stored: {value}")
        return (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Return an aware datetime in UTC."""
        del dialect
        return None if value is None else EPOCH + value * MICROSECOND


class CleanText(TypeDecorator[str]):
    """A text, cleaned when it is written."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Clean the text."""
        del dialect
        return None if value is None else clean(value)


class Key(TypeDecorator[str]):
    """A text in an index, shortened when it is written and when it is looked up."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Shorten the key."""
        del dialect
        return None if value is None else shorten(value)
