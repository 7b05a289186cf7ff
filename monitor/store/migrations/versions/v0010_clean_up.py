"""An index of the outbox by age: the clean-up finds old rows without reading the others."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_outbox_created_at", "outbox", ["created_at"])
