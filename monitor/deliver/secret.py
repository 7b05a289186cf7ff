"""Secrets of channels: from the environment, a file or a systemd credential; never from the YAML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from monitor.errors import MonitorError

_MOST = 16_384  # characters that are read: a service's address has a few hundred


def secret(environ: Mapping[str, str], variable: str) -> str | None:
    """Return the value of `variable`, else what the file holds that `variable`_FILE names, else systemd's credential.

    The credential has the variable's name in small letters. None where there is none of them. Raises MonitorError,
    which names the variable and never the value, where a file cannot be read.
    """
    if environ.get(variable, "").strip():
        return environ[variable].strip()
    named = environ.get(f"{variable}_FILE", "").strip()
    if named:
        return _read(named, f"{variable}_FILE")
    directory = environ.get("CREDENTIALS_DIRECTORY", "").strip()
    credential = Path(directory) / variable.lower()
    return _read(str(credential), f"the credential {variable.lower()}") if directory and credential.exists() else None


def _read(path: str, origin: str) -> str | None:
    try:
        with Path(path).open(encoding="utf-8") as file:
            return file.read(_MOST).strip() or None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        # Whoever puts the secret itself into the variable must not find it in a log.
        shown = "what it names" if "://" in path else path
        raise MonitorError(f"{origin}: {shown} cannot be read: {reason}", retryable=False) from error
