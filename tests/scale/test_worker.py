"""What a process of many does where it cannot begin, and what it shares."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from doubles.daemon import until
from doubles.patience import HANG
from doubles.store_samples import NOW
from doubles.warm_start import run
from ruamel.yaml import YAML
from sqlalchemy import text
from structlog.testing import capture_logs

from monitor.app import preparation, shared_config
from monitor.app.configuration import load
from monitor.app.life import examine
from monitor.app.roles import ALL
from monitor.app.server_clock import ServerClock
from monitor.app.worker import WorkerProcess
from monitor.cli.service import worker
from monitor.errors import ConfigError, Problem, StoreError
from monitor.model import Config, ProcessState, Source
from monitor.store import Database, Transaction, open_store

CONFIG = """\
sources:
  - {{name: A, url: "https://a.example/rss"}}
watchlists:
  - {{name: Ships, keywords: [warship], notify: [screen]}}
channels:
  screen: {{console: {{}}}}
storage: {{url: '{url}'}}
web: {{listen: ""}}
{dispatch}
"""


def write(folder: Path, url: str, dispatch: str = "dispatch: procrastinate") -> Path:
    path = folder / "config.yaml"
    path.write_text(CONFIG.format(url=url, dispatch=dispatch), encoding="utf-8")
    return path


def monitor(path: Path, *command: str) -> tuple[int, str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("TELEGRAM_", "PG"))}
    done = run(("-c", str(path), *command), path.parent, environ)
    return done.returncode, done.stdout + done.stderr


def test_sqlite_is_for_one_process(tmp_path: Path) -> None:
    path = write(tmp_path, "sqlite:///one.db")
    with pytest.raises(ConfigError, match=r"config.yaml:\d+:\d+: dispatch: .*needs PostgreSQL.*migrate-storage"):
        load(path)
    with pytest.raises(ConfigError, match="needs PostgreSQL"):
        load(path.with_name("config.yaml"), {"MONITOR_STORAGE__URL": "sqlite:///other.db"})
    assert load(path, {"MONITOR_STORAGE__URL": "postgresql://u@h/d"}).dispatch == "procrastinate"


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.config.checks.find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"not installed: `pip install 'news-monitor\[scale\]'`"):
        load(write(tmp_path, "postgresql://u@h/d"))
    assert load(write(tmp_path, "postgresql://u@h/d", "dispatch: local")).dispatch == "local"


def test_a_worker_needs_the_setting_and_known_roles(tmp_path: Path) -> None:
    path = write(tmp_path, "sqlite:///one.db", "")
    code, said = monitor(path, "worker")
    assert code == 78
    assert "`monitor worker` needs `dispatch: procrastinate`" in said
    code, said = monitor(path, "worker", "--roles", "read,cook")
    assert code == 2
    assert "cook: write some of read, judge, deliver, schedule, bot, web" in said


def test_a_server_that_refuses_is_temporary(tmp_path: Path) -> None:
    code, said = monitor(write(tmp_path, f"postgresql://u@/d?host={tmp_path}"), "worker")
    assert code == 75
    assert "cannot be reached" in said
    assert "Traceback" not in said


def test_a_newer_schema_asks_for_a_newer_program(server: str, tmp_path: Path) -> None:
    store = open_store(server, clock_now=lambda: NOW)
    with store.begin() as tx:
        tx.connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    code, said = monitor(write(tmp_path, server), "worker")
    assert code == 75
    assert "newer version" in said


def test_files_are_shared_with_their_watchlists(tmp_path: Path) -> None:
    path = write(tmp_path, "postgresql://u@h/d")
    (tmp_path / "watchlists.d").mkdir()
    more = tmp_path / "watchlists.d" / "more.yaml"
    more.write_text("- {name: Флот, keywords: [корабель], notify: [screen]}\n", encoding="utf-8")
    config = load(path)
    files = shared_config.files_of(config)
    assert set(files) == {"config.yaml", "watchlists.d/more.yaml"}
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shared = shared_config.load_shared(files, elsewhere / "config.yaml")
    assert [each.name for each in shared.watchlists] == ["Ships", "Флот"]
    assert shared.path == elsewhere / "config.yaml"
    with pytest.raises(ConfigError, match="sources"):
        shared_config.load_shared(files | {"config.yaml": "sources: 7"}, path)
    with pytest.raises(ConfigError, match="leads out"):
        shared_config.load_shared({"../x.yaml": ""}, path)
    assert not list(Path("/tmp").glob("monitor-config-*"))


@pytest.fixture
def member(server: str) -> Database:
    return open_store(server, clock_now=lambda: NOW, instance="aaaa")


async def test_hosts_go_by_the_servers_clock(member: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    real = __import__("time").time
    monkeypatch.setattr(
        "monitor.app.server_clock.time",
        type(
            "Late",
            (),
            {"time": staticmethod(lambda: real() - 300), "monotonic": staticmethod(__import__("time").monotonic)},
        ),
    )
    clock = ServerClock()
    assert abs(clock.now().timestamp() - real() + 300) < 5
    ahead = await clock.follow(member)
    assert -301 < ahead < -299
    assert abs(clock.now().timestamp() - real()) < 5
    assert clock.step() == 0
    assert clock.moment()[1] == 0
    clock.adopt(7)
    member.close()


LEADS = ("schedule", "judge", "deliver", "bot")


@pytest.fixture
def process(server: str, tmp_path: Path) -> WorkerProcess:
    """A process in this one, with every role but reading."""
    return WorkerProcess(load(write(tmp_path, server)), LEADS)


async def test_a_stop_does_not_wait_for_the_compiler(process: WorkerProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[bool] = []
    process._on_end = lambda: ends.append(True)
    begun, go_on = threading.Event(), threading.Event()

    def compile_slowly(*_: object, **__: object) -> None:
        begun.set()
        go_on.wait()

    monkeypatch.setattr(preparation, "make_rules", compile_slowly)
    running = asyncio.create_task(process.run())
    await asyncio.to_thread(begun.wait)
    await until(lambda: process._leading == set(LEADS), "it leads")
    process._stop.set()
    async with asyncio.timeout(HANG):
        await running
    go_on.set()
    assert ends == [True]


async def test_a_process_whose_database_takes_no_sign_of_life_or_whose_role_stands_is_not_well(
    process: WorkerProcess,
) -> None:
    running = asyncio.create_task(process.run())
    await until(
        lambda: process._context is not None and {"schedule", "judge"} <= set(process._context.checks), "checks"
    )
    context = process._context
    assert context is not None
    await until(lambda: bool(process._health()["ok"]), "it is well")
    real = dict(context.checks)
    context.checks["schedule"] = lambda: {"ok": False, "tick_age": 99.0}
    seen = process._health()
    assert seen["ok"] is False
    assert seen["checks"] | {"judge": None, "deliver": None} == {  # type: ignore[operator]
        "schedule": {"ok": False, "tick_age": 99.0},
        "judge": None,
        "deliver": None,
    }
    await process._beat(context)
    with context.base.begin() as tx:
        assert [each.state.ok for each in tx.processes()] == [False]
    found = await asyncio.to_thread(examine, process._config)
    assert not found.ok
    assert f"not well, see its log or /healthz: pid {os.getpid()}" in found.line
    context.checks.update(real)
    context.rhythm.last -= 100
    assert process._health()["ok"] is False, "no sign of life for so long"
    process._stop.set()
    async with asyncio.timeout(HANG):
        await running
    assert context.checks == {}


async def test_files_that_are_as_published_are_not_published_again_and_again(
    process: WorkerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: list[str] = []
    beats: list[str] = []
    publish, beat = Transaction.publish_files, Transaction.beat

    def count(tx: Transaction, files: Mapping[str, str], host: str) -> int:
        published.append(host)
        return publish(tx, files, host)

    def count_beat(tx: Transaction, state: ProcessState) -> None:
        beats.append(state.instance)
        beat(tx, state)

    monkeypatch.setattr(Transaction, "publish_files", count)
    monkeypatch.setattr(Transaction, "beat", count_beat)
    running = asyncio.create_task(process.run())
    await until(lambda: process._version > 0, "the files are published")
    before = len(beats)
    await until(lambda: len(beats) >= before + 2, "two more signs of life")
    process._stop.set()
    async with asyncio.timeout(HANG):
        await running
    assert len(published) <= 3, "when it leads, and when it hears of that"


async def test_an_edit_reaches_every_role_though_the_database_refuses_it_once(
    process: WorkerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a new source is polled never, and a new channel gets nothing, until the next edit."""
    synced: list[set[str]] = []
    sync = Transaction.sync_sources

    def refuse_once(tx: Transaction, sources: Sequence[Source], now: datetime) -> None:
        if "B" in (names := {source.name for source in sources}):
            synced.append(names)
            if len(synced) == 1:
                raise StoreError("it is full", retryable=True)
        sync(tx, sources, now)

    monkeypatch.setattr(Transaction, "sync_sources", refuse_once)
    running = asyncio.create_task(process.run())
    await until(lambda: process._version > 0, "the files are published")
    text = process._path.read_text(encoding="utf-8")
    added = '  - {name: B, url: "https://b.example/rss"}\nwatchlists:'
    process._path.write_text(text.replace("watchlists:", added), encoding="utf-8")
    process._edited.set()
    await until(lambda: len(synced) > 1, "the role that was refused hears of it again")
    process._stop.set()
    async with asyncio.timeout(HANG):
        await running


async def test_a_shared_configuration_that_cannot_be_used_is_not_read_with_every_beat(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names a secret that is missing here, say; later it is there."""
    reads: list[bool] = []
    beats: list[str] = []
    missing = [True]
    real, beat = shared_config.load_shared, Transaction.beat

    def read(files: Mapping[str, str], path: Path) -> Config:
        reads.append(missing[0])
        if missing[0]:
            raise ConfigError([Problem("config.yaml", 4, 5, "channels.desk", "SECRET is not set")])
        return real(files, path)

    def count(tx: Transaction, state: ProcessState) -> None:
        beats.append(state.instance)
        beat(tx, state)

    monkeypatch.setattr(shared_config, "load_shared", read)
    monkeypatch.setattr(Transaction, "beat", count)
    monkeypatch.setattr("monitor.app.worker._BEAT", 0.05)
    process = WorkerProcess(load(write(tmp_path, server)), ["schedule"])
    with capture_logs() as lines:
        running = asyncio.create_task(process.run())
        await until(lambda: len(beats) > 1, "it beats")
        store = open_store(server, clock_now=lambda: NOW)
        files = shared_config.files_of(process._config)
        with store.begin() as tx:
            version = tx.publish_files(files, "elsewhere")
            tx.signal(shared_config.CHANGED)
        await until(lambda: process._problem is not None, "it reads what is published")
        told = len(beats)
        await until(lambda: len(beats) >= told + 10, "ten more signs of life")
        assert len(reads) <= 3, "a signal, and the beat beside it"
        missing[0] = False
        monkeypatch.setattr("monitor.app.worker._TRY_AGAIN", 0.0)
        await until(lambda: process._version == version, "it is read again after a while")
        assert process._problem is None
        process._stop.set()
        async with asyncio.timeout(HANG):
            await running
    store.close()
    assert len([line for line in lines if line["event"].startswith("bad configuration")]) == 1


async def test_why_a_process_ends_is_logged_at_once_and_raised(
    process: WorkerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ConfigError([Problem("config.yaml", 4, 5, "watchlists", "no form of it")])

    monkeypatch.setattr(preparation, "make_rules", fail)
    with capture_logs() as lines, pytest.raises(ConfigError, match="no form of it"):
        async with asyncio.timeout(HANG):
            await process.run()
    said = [line["event"] for line in lines]
    why = said.index("a part of this process ended, and the process with it")
    assert why < said.index("stopping")
    assert "no form of it" in lines[why]["error"]


COMPOSE = Path(__file__).parents[2] / "compose.scale.yaml"


def test_the_example_of_many_containers_names_what_there_is() -> None:
    found = YAML(typ="safe").load(COMPOSE)
    services, dockerfile = found["services"], COMPOSE.with_name("Dockerfile").read_text(encoding="utf-8")
    led = []
    for name, service in services.items():
        assert set(service.get("secrets", ())) <= found["secrets"].keys(), name
        assert set(service.get("depends_on", ())) <= services.keys(), name
        volumes = {each.partition(":")[0] for each in service.get("volumes", ())}
        assert {each for each in volumes if not each.startswith(".")} <= found["volumes"].keys(), name
        for argument in service.get("build", {}).get("args", {}):
            assert f"ARG {argument}" in dockerfile
        if name == "postgres":
            continue
        command, *options = service["command"]
        assert command == "worker", name
        led += worker.make_context(command, options).params["roles"]
    assert sorted(led) == sorted(ALL), "each role is some container's"
