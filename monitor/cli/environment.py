"""The service manager's environment file, read by commands that operators run beside the daemon.

A setting that stands in the unit alone (MONITOR_STORAGE__URL above all) is unknown to `monitor status` in a shell,
which then looks at another database. So both read one file, `monitor.env` beside the configuration: systemd by
`EnvironmentFile=`, commands here. What the process has in its environment already wins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from monitor.errors import ConfigError, Problem

VARIABLE = "MONITOR_ENV_FILE"
"""Names the file; empty: there is none to read, as in the unit, where systemd has read it."""

NAME = "monitor.env"

_LINE = re.compile(
    r"""\s*(?P<key>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*
    (?: '(?P<single>[^']*)' | "(?P<double>[^"\\$`]*)" | (?P<plain>[^'"\\\s](?:[^'"\\]*[^'"\\\s])?)? )\s*""",
    re.VERBOSE,
)


def environment(config: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that the environment file adds to `environ`; none without a file.

    Raises ConfigError for a file that cannot be read or understood: without it a command would look at the wrong
    database.
    """
    named = environ.get(VARIABLE)
    if named == "":
        return {}
    path = Path(named) if named else config.parent / NAME
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError) as error:
        if named:
            raise _bad(path, 0, f"does not exist, but {VARIABLE} names it: write it, or unset the variable") from error
        return {}
    except PermissionError as error:
        raise _bad(
            path,
            0,
            f"may not be read by this user: run the command with sudo, or set {VARIABLE} to nothing to go without",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise _bad(path, 0, f"cannot be read: {reason}") from error
    return {key: value for key, value in _parsed(path, text).items() if key not in environ}


def _parsed(path: Path, text: str) -> dict[str, str]:
    """Read `KEY=value` lines as systemd does; refuse lines that systemd and shells read differently."""
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip()[0] in "#;":
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            problems.append(
                Problem(
                    str(path), number, 1, "", "write KEY=value, or KEY='value' where it holds quotes or backslashes"
                )
            )
            continue
        found[match["key"]] = next((match[kind] for kind in ("single", "double", "plain") if match[kind]), "")
    if problems:
        raise ConfigError(problems)
    return found


def _bad(path: Path, line: int, message: str) -> ConfigError:
    return ConfigError([Problem(str(path), line, 0, "", message)])
