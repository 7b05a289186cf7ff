"""CPU time and memory of whole process trees, read from /proc (Linux)."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PARENT, _UTIME, _CSTIME = 1, 11, 14  # fields of /proc/PID/stat, counted from the one after the name: proc(5)


@dataclass(frozen=True, slots=True)
class Run:
    """A command that has ended: user and system seconds of its whole tree, and what it printed."""

    cpu: float
    output: str


def run(command: Sequence[str | Path], env: Mapping[str, str] | None = None, cwd: Path | None = None) -> Run:
    """Run a command to its end. Raises CalledProcessError where it fails."""
    before = _ended()
    done = subprocess.run(
        [str(part) for part in command], env={**os.environ, **(env or {})}, cwd=cwd, check=True, text=True, stdout=-1
    )
    return Run(_ended() - before, done.stdout)


def _ended() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def cpu(pid: int) -> float:
    """Return the user and system seconds that a process and its descendants have used, ended ones included."""
    return sum(sum(map(int, stat[_UTIME : _CSTIME + 1])) for _, stat in _tree(pid)) / _TICKS


def pss(pid: int, *, alone: bool = False) -> int:
    """Return the proportional set size of a process and (unless `alone`) its descendants, in bytes."""
    return sum(_pss(each) for each, _ in _tree(pid) if each == pid or not alone)


def rss(pid: int) -> int:
    """Return the resident bytes of one process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def _pss(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0
    return 1024 * sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))


def _tree(root: int) -> Iterator[tuple[int, list[str]]]:
    """Yield each live process of a tree, with the fields of its stat."""
    stats = dict(_stats())
    children: dict[int, list[int]] = {}
    for pid, stat in stats.items():
        children.setdefault(int(stat[_PARENT]), []).append(pid)
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        if pid in stats:
            yield pid, stats[pid]
        waiting += children.get(pid, ())


def _stats() -> Iterator[tuple[int, list[str]]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                text = (entry / "stat").read_text(encoding="ascii", errors="replace")
            except OSError:
                continue  # it has ended
            yield int(entry.name), text[text.rindex(")") + 2 :].split()
