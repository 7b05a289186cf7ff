"""What a session of the page hangs on: the chat of a member, the password; those of before are asked to log in anew.

They do not say which chat their member was in, or by which password they were made.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

IDENT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, and end the sessions that cannot be checked by them."""
    op.add_column("web_keys", sa.Column("chat", IDENT))
    op.add_column("web_keys", sa.Column("password", sa.Text()))
    browsers = "kind IN ('link', 'session')"
    members, by_password = "user_id <> 0 AND NOT admin", "user_id = 0 AND name = 'admin'"
    op.execute(f"DELETE FROM web_keys WHERE {browsers} AND ({members} OR {by_password})")  # noqa: S608 — no input
