"""Channels of kind apprise: their addresses hold secrets, so the YAML names at most the variable that has one."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from monitor.config.fields import Reads, read_text, wrong
from monitor.model import Channel

PREFIX = "MONITOR_APPRISE_"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}", re.ASCII)


def read_variable(value: Any) -> str:
    """Give the name of an environment variable."""
    text = read_text(value)
    if "://" in text:
        raise wrong(
            "must be the name of a variable, not the address itself: secrets are never in the YAML; put it into "
            f"{PREFIX}<CHANNEL>, or into a variable whose name is written here"
        )
    if not _VARIABLE.fullmatch(text):
        raise wrong(f"{text[:40]!r} is no name of a variable: write letters, digits and _, as DESK_ADDRESS")
    return text


Variable: TypeAlias = Annotated[str, Reads(read_variable, {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"})]


def variable_of(channel: str) -> str:
    """Name the variable of a channel's address: its name in capitals, anything but letters and digits as _."""
    return PREFIX + re.sub(r"[^A-Za-z0-9]+", "_", channel).strip("_").upper()


def mistake(channel: str, *, named: bool) -> str | None:
    """Say why a channel of this kind cannot be: no variable can have its name, or the package is missing."""
    if not named and not re.search("[A-Za-z0-9]", channel):
        return "no variable can be named after this channel: write `apprise: {url_env: NAME_OF_A_VARIABLE}`"
    if importlib.util.find_spec("apprise") is None:
        return "needs the package apprise, which is not installed: run `make notify`, or `pip install 'apprise>=2.2'`"
    return None


def without_address(channels: Iterable[Channel], environ: Mapping[str, str]) -> Iterator[str]:
    """Give a warning for each channel whose address is nowhere: not every command has the daemon's environment."""
    for channel in channels:
        variable = channel.settings.get("url_env")
        if variable is None or any(environ.get(name, "").strip() for name in (variable, f"{variable}_FILE")):
            continue
        credentials = environ.get("CREDENTIALS_DIRECTORY", "")
        if not credentials or not (Path(credentials) / variable.lower()).exists():
            yield f"channels.{channel.name}: its alerts wait for an address: set {variable}, or {variable}_FILE"
