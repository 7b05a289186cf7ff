"""Sockets are refused everywhere but in tests marked `network`, which may reach loopback alone.

Nothing is judged by the clock: a slow machine, or one that counts covered lines, fails no property test.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from pytest_socket import disable_socket, enable_socket, socket_allow_hosts

from monitor.__main__ import _COLLECT_AFTER

if TYPE_CHECKING:
    from doubles.postgres import Postgres
    from doubles.telegram import TelegramDouble

# Hundreds of processes that tests start load the program: none must compile it anew where an image asks for that.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# As the program does: a sixth of the time of tests went into looking for cycles, in 700,000 objects of the collection.
gc.set_threshold(*_COLLECT_AFTER)

# The gate draws the same examples at each run, so that a change is judged by what it changed; `make fuzz` draws others.
settings.register_profile("gate", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile("fuzz", parent=settings.get_profile("gate"), derandomize=False, max_examples=500)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))


TESTS = Path(__file__).parent
COVERING = (
    *("text/", "watch/", "story/", "alert/", "identity/", "evidence/", "cli/test_match.py"),
    *(
        "test_gaps.py",
        "test_i18n.py",
        "test_i18n_problems.py",
        "test_polling.py",
        "test_redirectors.py",
        "test_relocation.py",
    ),
    *("test_rhythm.py", "test_urls.py"),
)
LONG = (
    *("e2e/", "scale/test_many_processes.py", "hostile/test_at_once.py", "web/test_page_chromium.py", "quality/"),
    *("deliver/test_worker_kill.py", "bot/test_service_kill.py", "pipeline/test_pipeline_kill.py"),
    *("pipeline/test_alerting_properties.py", "pipeline/test_grouping_properties.py"),
)
"""Those that take long: ten seconds of a processor, or as long to wait."""


def _covering(item: pytest.Item | pytest.Collector) -> bool:
    return _stands_in(item.path, COVERING)


@cache
def _stands_in(path: Path, places: tuple[str, ...]) -> bool:
    return path.is_relative_to(TESTS) and path.relative_to(TESTS).as_posix().startswith(places)


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Trace only what counts, where lines are counted at all: pytest-cov has begun by now, in each worker."""
    measuring = session.config.pluginmanager.getplugin("_cov")
    if measuring is None or measuring.cov_controller is None or session.config.getoption("numprocesses", None):
        return
    from doubles.counted_lines import CountedLines

    def counts(item: pytest.Item | pytest.Collector) -> bool:
        return _covering(item) and item.get_closest_marker("no_cover") is None

    rooms = measuring.cov_controller.cov.config.source_pkgs
    session.config.pluginmanager.register(CountedLines(measuring.cov_controller, rooms, counts))


@pytest.hookimpl(trylast=True)  # hypothesis marks its tests first
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let only the pure rooms' own examples count lines, but for slow ones so marked: it takes twice as long or more.

    What chance finds is not counted: it may find less tomorrow. Those that count come first: what another test has put
    into a cache would not be made again, and its lines not counted. Then come those that take long or wait for daemons,
    so that no worker is left alone with them at the end.
    """
    for item in items:
        if not _covering(item) or item.get_closest_marker("hypothesis"):
            item.add_marker("no_cover")
    items.sort(key=lambda item: (item.get_closest_marker("no_cover") is not None, not _stands_in(item.path, LONG)))


def pytest_collection_finish() -> None:
    """Leave what was collected out of the search for cycles: it stays to the end."""
    gc.collect()
    gc.freeze()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Return one worker more than there are processors: some of them always wait for a daemon."""
    return len(os.sched_getaffinity(0)) + 1


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("network"):
        enable_socket()
        socket_allow_hosts(["127.0.0.1", "127.0.0.2", "::1", "localhost"], allow_unix_socket=True)
    else:
        disable_socket(allow_unix_socket=True)


def pytest_runtest_teardown() -> None:
    enable_socket()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server whose databases a test may borrow."""
    from doubles.postgres import Postgres

    server = Postgres()
    yield server
    server.close()


@pytest.fixture
async def api() -> AsyncIterator[TelegramDouble]:
    """A Bot API without faults, for this test alone."""
    from doubles.telegram import TelegramDouble

    async with TelegramDouble() as running:
        yield running


@pytest.fixture(autouse=True)
def secrets_of_this_test() -> Iterator[None]:
    """Forget what a test hides from logs: a short token of one test would be hidden in the messages of the next."""
    from monitor import log

    before = set(log._hidden)
    yield
    log._hidden.intersection_update(before)


@pytest.fixture(scope="session", autouse=True)
def schema_once() -> Iterator[None]:
    """Run the migrations once a worker, not for every empty database; `real_migrations` runs them."""
    from doubles.schema_once import upgrade

    from monitor.store import migrate

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "upgrade", upgrade)
        yield


@pytest.fixture(scope="session", autouse=True)
def statements_once() -> Iterator[None]:
    """Compile each statement of SQL once a worker, not in every store anew."""
    from doubles.statements_once import share

    with pytest.MonkeyPatch.context() as patch:
        share(patch)
        yield


@pytest.fixture
def real_migrations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test's own databases be made by the migrations."""
    from doubles.schema_once import run_migrations

    from monitor.store import migrate

    monkeypatch.setattr(migrate, "upgrade", run_migrations)
