"""Tasks of procrastinate on PostgreSQL: what is queued is a kind and ids, and may be done twice.

The only module that knows procrastinate; it is imported where `dispatch: procrastinate` says so.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import procrastinate
import psycopg
import structlog
from procrastinate import exceptions
from procrastinate.jobs import Job

from monitor.errors import StoreError
from monitor.store import Transaction

log = structlog.get_logger(__name__)

QUEUE = "monitor"
_TASK = "monitor.units"
_POLLING = 1.0  # seconds between two looks where no notice comes
_BEAT, _STALLED = 2.0, 10.0  # seconds
_PRIORITY = {"read": 10, "poll": 0, "refill": -10}  # an alert waits for pages
_SETUP_KEY = 0x6E657773_6D6F6E69 + 102  # the advisory lock of whoever makes procrastinate's tables
# Not to_regclass, which `check_connection_async` asks: a session remembers that a table was not there, and hears what
# another session has made only when it locks a table.
_HAS_TABLES = """SELECT FROM pg_tables
    WHERE tablename = 'procrastinate_jobs' AND schemaname = ANY (current_schemas(false))"""

Units = Callable[[str, list[int]], Awaitable[None]]


class TaskQueue:
    """The queue of a database. `defer` is for transactions of the store, the rest for an open connection pool."""

    def __init__(self, address: str, instance: str) -> None:
        self._address = address
        self._instance = instance
        self._app: procrastinate.App | None = None
        for name in ("procrastinate", "psycopg.pool"):  # before the first app, which logs its tasks
            logging.getLogger(name).setLevel(logging.ERROR)  # each job is a line otherwise
        self._sync = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())
        self._deferring = self._sync.task(name=_TASK, queue=QUEUE)(_nothing)

    def defer(self, tx: Transaction, kind: str, batches: Sequence[Sequence[int]]) -> None:
        """Queue tasks within a transaction: they are seen once it is committed."""
        connection = tx.connection.connection.driver_connection
        deferrer = self._deferring.configure(connection=connection, priority=_PRIORITY.get(kind, 0))
        arguments: list[dict[str, Any]] = [{"kind": kind, "ids": list(batch)} for batch in batches]
        deferrer.batch_defer(*arguments)

    @contextlib.asynccontextmanager
    async def opened(self, units: Units | None = None) -> AsyncIterator[None]:
        """Hold a pool of connections open; `units` does the work of a task. Raises StoreError without a server."""
        connector = procrastinate.PsycopgConnector(
            conninfo=self._address,
            min_size=1,
            max_size=3,
            timeout=10.0,
            kwargs={"application_name": f"monitor {self._instance} tasks"},
        )
        app = procrastinate.App(connector=connector)

        async def work(kind: str, ids: list[int]) -> None:
            if units is not None:
                await units(kind, ids)

        app.task(name=_TASK, queue=QUEUE)(work)
        with _translated():
            async with app.open_async():
                self._app = app
                try:
                    await self._set_up(app)
                    yield
                finally:
                    self._app = None

    async def _set_up(self, app: procrastinate.App) -> None:
        """Make procrastinate's tables where they are not there; two processes may find that at once."""
        if await app.check_connection_async():
            return
        pool = connector_pool(app)
        async with pool.connection() as connection, connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_SETUP_KEY,))
            if await (await connection.execute(_HAS_TABLES)).fetchone() is None:
                await connection.execute(app.schema_manager.get_schema().encode())

    async def work(self, places: int) -> None:
        """Do tasks, so many at once, until cancelled; those under way are then waited for."""
        while True:
            app = self._open_app()
            try:
                with _translated():
                    await app.run_worker_async(
                        queues=[QUEUE],
                        name=self._instance,
                        concurrency=places,
                        fetch_job_polling_interval=_POLLING,
                        listen_notify=True,
                        delete_jobs="always",  # the rows say what is to be done again
                        install_signal_handlers=False,
                        update_heartbeat_interval=_BEAT,
                        stalled_worker_timeout=3 * _STALLED,
                        shutdown_graceful_timeout=20.0,
                    )
            except StoreError as error:
                log.warning("the queue of tasks cannot be read now", error=str(error))
            await asyncio.sleep(_POLLING)

    async def stalled(self) -> list[tuple[int, str, list[int]]]:
        """Return tasks whose process has died: the job's number, kind and ids."""
        with _translated():
            jobs = await self._open_app().job_manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED)
        return [(_number(job), *_units_of(job)) for job in jobs]

    async def known(self) -> set[tuple[str, int]]:
        """Return the units (kind, id) of all tasks that wait or are done now."""
        found: set[tuple[str, int]] = set()
        with _translated():
            for status in ("todo", "doing"):
                for job in await self._open_app().job_manager.list_jobs_async(queue=QUEUE, status=status):
                    kind, idents = _units_of(job)
                    found |= {(kind, ident) for ident in idents}
        return found

    async def retry(self, number: int) -> None:
        """Queue a task anew."""
        with _translated():
            jobs = self._open_app().job_manager
            await jobs.retry_job_by_id_async(number, procrastinate.utils.utcnow())

    async def length(self) -> int:
        """Return how many tasks wait."""
        with _translated():
            queues = await self._open_app().job_manager.list_queues_async(queue=QUEUE)
        return sum(int(queue["todo"]) for queue in queues)

    def _open_app(self) -> procrastinate.App:
        if self._app is None:
            raise StoreError("the queue of tasks is closed", retryable=False)
        return self._app


def connector_pool(app: procrastinate.App) -> Any:
    """Return the pool of connections of an open app."""
    connector = app.connector
    if not isinstance(connector, procrastinate.PsycopgConnector):
        raise TypeError("the app has no pool")
    return connector.pool


def _nothing(kind: str, ids: list[int]) -> None:
    """Stand for the task where it is only queued."""


def _number(job: Job) -> int:
    return job.id or 0


def _units_of(job: Job) -> tuple[str, list[int]]:
    found = job.task_kwargs
    return str(found.get("kind", "")), [int(str(each)) for each in found.get("ids", ())]  # type: ignore[union-attr]


@contextlib.contextmanager
def _translated() -> Any:
    try:
        yield
    except (exceptions.ConnectorException, psycopg.Error, OSError) as error:
        cause = str(error.__cause__ or error).strip()
        refused = isinstance(error, psycopg.Error) and not isinstance(error, psycopg.OperationalError)
        raise StoreError(f"the queue of tasks cannot be used: {cause}", retryable=not refused) from error
