"""What the modules of tables share: their metadata, and columns that many of them have."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, Integer, MetaData

from monitor.store.columns import Ident

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def make_id() -> Column[int]:
    """Make the column of a table's own id."""
    return Column("id", Ident, primary_key=True)


def make_flag(name: str) -> Column[bool]:
    """Make a column of a truth that begins as false."""
    return Column(name, Boolean, nullable=False, default=False)


def make_count(name: str) -> Column[int]:
    """Make a column of a number that begins as 0."""
    return Column(name, Integer, nullable=False, default=0)


def make_reference(name: str, target: str, *, cascade: bool = False, **options: Any) -> Column[int]:
    """Make a column with another table's id, `target`; `cascade`: the row ends with that one."""
    return Column(name, Ident, ForeignKey(target, ondelete="CASCADE" if cascade else "SET NULL"), **options)
