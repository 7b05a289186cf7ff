"""Processes on one database: their signs of life, who leads a role, and the configuration that they share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Double, cast, delete, func, literal, select, text, update

from monitor.model import ProcessState, RoleLeader, SeenProcess, SharedFiles
from monitor.store.base import Repository
from monitor.store.schema_scale import configurations, leaders, processes

_KEPT_FILES = 5  # versions of the configuration

_STATE = ("host", "pid", "version", "places", "ok", "web", "configuration", "problem")


class ServerTime(Repository):
    """The clock of the database's server: that of several hosts may differ by minutes."""

    def server_seconds(self) -> float:
        """Return the server's time in seconds since 1970."""
        return float(self.connection.execute(select(self._at_server())).scalar_one())

    def _at_server(self) -> Any:
        """Return an expression for the server's time; a file has no other clock than its process."""
        if self.dialect == "sqlite":
            return literal(self.now().timestamp(), Double)
        return cast(func.extract("epoch", func.clock_timestamp()), Double)

    def _at_statement(self) -> Any:
        """Return an expression for the server's time at which a statement began: the same in all of it."""
        if self.dialect == "sqlite":
            return self._at_server()
        return cast(func.extract("epoch", func.statement_timestamp()), Double)

    def signal(self, topic: str, words: str = "") -> None:
        """Wake who listens to `topic`, once this transaction is committed; a file has no listeners."""
        if self.dialect != "sqlite":
            self.connection.execute(text("SELECT pg_notify(:topic, :words)"), {"topic": topic, "words": words})


class Processes(ServerTime):
    """The tables `processes`, `leaders` and `configurations`."""

    def beat(self, state: ProcessState) -> None:
        """Write a process's sign of life."""
        values: dict[str, Any] = {name: getattr(state, name) for name in _STATE}
        values |= {"roles": ",".join(state.roles), "beat": self._at_server()}
        adding = self.upsert(processes).values(instance=state.instance, began=self._at_server(), **values)
        self.connection.execute(adding.on_conflict_do_update(index_elements=["instance"], set_=values))

    def end_process(self, instance: str) -> None:
        """Remove a process that ends in order."""
        self.connection.execute(delete(processes).where(processes.c.instance == instance))

    def forget_processes(self, silent: float) -> int:
        """Remove processes without a sign of life for so many seconds; return how many."""
        old = processes.c.beat < self._at_server() - silent
        return self.connection.execute(delete(processes).where(old)).rowcount

    def processes(self) -> list[SeenProcess]:
        """Return all processes that have not ended in order, oldest first."""
        ages = (self._at_server() - processes.c.began).label("age"), (self._at_server() - processes.c.beat)
        found = select(processes, ages[0], ages[1].label("silent")).order_by(processes.c.began, processes.c.instance)
        return [
            SeenProcess(
                ProcessState(
                    instance=row.instance,
                    roles=tuple(filter(None, row.roles.split(","))),
                    **{name: getattr(row, name) for name in _STATE},
                ),
                max(row.age, 0.0),
                max(row.silent, 0.0),
            )
            for row in self.connection.execute(found)
        ]

    def leaders(self) -> list[RoleLeader]:
        """Return who has taken each role last, by role; whether it lives, `processes` says."""
        found = select(leaders, (self._at_server() - leaders.c.since).label("age")).order_by(leaders.c.role)
        return [
            RoleLeader(row.role, row.epoch, row.instance, max(row.age, 0.0)) for row in self.connection.execute(found)
        ]

    def name_leader(self, role: str, instance: str) -> None:
        """Note which process has taken a role, whose epoch it has raised."""
        values = {"instance": instance, "since": self._at_server()}
        self.connection.execute(update(leaders).where(leaders.c.role == role).values(**values))

    def publish_files(self, files: Mapping[str, str], host: str) -> int:
        """Store the files of the configuration for all processes; return their version, which is as before if equal."""
        last = self.shared_files()
        if last is not None and dict(last.files) == dict(files):
            return last.version
        version = 1 if last is None else last.version + 1
        values = {"files": json.dumps(dict(files)), "host": host, "published": self._at_server()}
        self.connection.execute(self.upsert(configurations).values(version=version, **values))
        self.connection.execute(delete(configurations).where(configurations.c.version <= version - _KEPT_FILES))
        return version

    def shared_version(self) -> int:
        """Return the version of the files that all processes share; 0 where none has published any."""
        return self.connection.scalar(select(func.max(configurations.c.version))) or 0

    def shared_files(self) -> SharedFiles | None:
        """Return the files of the configuration that all processes share; None where none has published any."""
        row = self.connection.execute(
            select(configurations).order_by(configurations.c.version.desc()).limit(1)
        ).one_or_none()
        return None if row is None else SharedFiles(row.version, json.loads(row.files), row.host)
