"""Brings a database to the program's schema, in one transaction."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from monitor.errors import SchemaError
from monitor.store import schema

if TYPE_CHECKING:  # loading Alembic takes longer than opening the database
    from alembic.config import Config

MIGRATIONS = Path(__file__).with_name("migrations")


def revision_of(connection: Connection) -> str | None:
    """Return the migration that the database carries; None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def older(connection: Connection, name: str) -> str | None:
    """Return the schema of the database where that is older than the program's ('none': it is empty), else None.

    Raises SchemaError where it is newer.
    """
    revision = revision_of(connection)
    if revision == schema.HEAD:
        return None
    if revision is None or revision in _known():
        return revision or "none"
    raise SchemaError(
        f"the database {name} was made by a newer version of this program (schema {revision}); "
        "upgrade the program, or restore the backup made before its upgrade",
        retryable=False,
    )


def migrate(connection: Connection, name: str) -> None:
    """Upgrade to the newest schema. Raises SchemaError where the database is newer than the program."""
    if older(connection, name) is not None:
        upgrade(connection)


def upgrade(connection: Connection, to: str = "head") -> None:
    """Run the migrations up to `to` on an open connection, within its transaction."""
    from alembic import command

    if connection.dialect.name == "postgresql":  # a migration may read texts for minutes between two statements
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def _known() -> set[str]:
    from alembic.script import ScriptDirectory

    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    # Not through the ini parser: a '%' in a path would be an interpolation.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
