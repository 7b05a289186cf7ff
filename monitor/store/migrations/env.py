"""What Alembic runs: the program's migrations on the connection that the store opened.

To write a migration: change schema.py, then let `alembic.autogenerate.produce_migrations` show the difference
(tests/store/test_migrate.py does so), and write it by hand in versions/.
"""

from __future__ import annotations

from alembic import context

from monitor.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # both databases roll back a half-made table
    render_as_batch=True,  # SQLite alters little in place
)
with context.begin_transaction():
    context.run_migrations()
