"""Processes, leaders, turns, readings, hosts, configurations: what many processes on one database share.

All begin empty, and stay so where one daemon has the database to itself.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

IDENT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "processes",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", IDENT, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("roles", "version")),
        sa.Column("places", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("began", "beat")),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("web", sa.Text(), nullable=False),
        sa.Column("configuration", IDENT, nullable=False),
        sa.Column("problem", sa.Text()),
        sa.PrimaryKeyConstraint("instance", name="pk_processes"),
    )
    op.create_table(
        "leaders",
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("epoch", IDENT, nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("role", name="pk_leaders"),
    )
    op.create_table(
        "turns",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ident", IDENT, autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("until", sa.Double(), nullable=False),
        sa.Column("crashes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "ident", name="pk_turns"),
    )
    op.create_index("ix_turns_owner", "turns", ["owner"])
    op.create_table(
        "readings",
        sa.Column("id", IDENT, nullable=False),
        sa.Column("entry_id", IDENT, nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.Column("baseline", sa.Boolean(), nullable=False),
        sa.Column("read", sa.Double(), nullable=False),
        sa.Column("faults", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_readings"),
        sa.UniqueConstraint("entry_id", name="uq_readings_entry_id"),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name="fk_readings_entry_id_entries", ondelete="CASCADE"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "hosts",
        sa.Column("host", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("next", "closed")),
        sa.PrimaryKeyConstraint("host", name="pk_hosts"),
    )
    op.create_table(
        "configurations",
        sa.Column("version", IDENT, autoincrement=False, nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("published", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_configurations"),
    )
