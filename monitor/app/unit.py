"""The systemd unit of this installation, and what would keep its user from starting it."""

from __future__ import annotations

import re
import stat
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

_HIDDEN = tuple(map(Path, ("/home", "/root", "/run/user")))
"""What `ProtectHome=yes` hides from the service."""

_FOLDER = "/etc/monitor"  # of the shipped unit


def unit(command: Path, config: Path) -> str:
    """Return the shipped unit with the paths of this installation. Raises ValueError for one that it cannot hold."""
    for path in (command, config):
        if re.search(r"[\s\"'\\%$]", str(path)):
            raise ValueError(f"{path}: a unit cannot name a path with spaces, quotes, % or $: move it")
    text = resources.files("monitor").joinpath("data", "monitor.service").read_text(encoding="utf-8")
    text = re.sub(r"(?m)^ExecStart=.*$", f"ExecStart={command} --config {config} run", text)
    return text.replace(f"{_FOLDER}/", f"{config.parent}/")


def obstacles(command: Path, config: Path) -> list[str]:
    """Return what keeps the service's user from this installation, each with the remedy; empty where nothing does.

    systemd ends such a unit in 203/EXEC, and says no more.
    """
    interpreter = Path(sys.executable)
    package = Path(str(resources.files("monitor")))
    found: dict[str, None] = {}
    for path in (command, interpreter, interpreter.resolve(), package, config):
        found |= dict.fromkeys(_of(path))
    return list(found)


def _of(path: Path) -> Iterator[str]:
    home = next((root for root in _HIDDEN if path.is_relative_to(root)), None)
    if home is not None:
        yield f"{path} is below {home}, which the service may not see: install under /opt (docs/service.md)"
        return
    if not path.exists():
        yield f"{path} is not there: write it first"
        return
    for each in (*reversed(path.parents), path):
        mode = each.stat().st_mode
        if stat.S_ISDIR(mode) and not mode & stat.S_IXOTH:
            yield f"{each} is closed to the service's user (mode {stat.S_IMODE(mode):o}): chmod o+rx {each}"
        elif stat.S_ISREG(mode) and not mode & stat.S_IROTH:
            yield f"{each} cannot be read by the service's user (mode {stat.S_IMODE(mode):o}): chmod o+r {each}"
