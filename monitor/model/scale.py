"""What many processes on one database know of each other. Times are seconds since 1970 by the database's clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.model.reading import Article


@dataclass(frozen=True, slots=True)
class ProcessState:
    """A process as it describes itself at each beat.

    `places` is how many units of work it takes at once; `configuration` the version in force, 0 where it is the
    process's own file; `problem` why a later one is not.
    """

    instance: str
    host: str
    pid: int
    roles: tuple[str, ...]
    version: str
    places: int
    ok: bool
    web: str = ""
    configuration: int = 0
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class SeenProcess:
    """A process as others see it: seconds since it began, and since its last beat."""

    state: ProcessState
    age: float
    silent: float


@dataclass(frozen=True, slots=True)
class RoleLeader:
    """Who leads a role, for how many seconds, under which epoch."""

    role: str
    epoch: int
    instance: str
    age: float


@dataclass(frozen=True, slots=True)
class UnitTurn:
    """A unit of work that was given out; `owner` is the process that has it, None where none has it yet."""

    kind: str
    ident: int
    source: str
    owner: str | None
    crashes: int
    over: bool
    """Whether its time is over."""


@dataclass(frozen=True, slots=True)
class ReadArticle:
    """An article that was read and waits to be judged.

    `baseline` is the entry's, or what the article's own date says. `waited` is for how many seconds it does.
    """

    id: int
    entry_id: int
    article: Article | None  # None: what was handed over cannot be read
    vector: bytes
    baseline: bool
    waited: float
    faults: int = 0
    page: bytes | None = None  # that it was read from, as `pipeline.hand_over` packs it


@dataclass(frozen=True, slots=True)
class SharedFiles:
    """The files of a configuration by their names, as a process has published them."""

    version: int
    files: Mapping[str, str]
    host: str
