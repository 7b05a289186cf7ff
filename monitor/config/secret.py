"""The bot's token: from the environment, a file, or a systemd credential; never from the YAML, never in a message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from monitor.config.report import Report
from monitor.config.yaml_tree import Place
from monitor.model import Secret

VARIABLE = "TELEGRAM_BOT_TOKEN"
FILE_VARIABLE = "TELEGRAM_BOT_TOKEN_FILE"
CREDENTIAL = "telegram_bot_token"
WITHOUT = "none"  # what a file holds to run without: systemd and Docker want a file, or a value in its place
_SHAPE = re.compile(r"\d+:[A-Za-z0-9_-]+")
_LIKE = re.compile(r"(?<!\d)\d{5,}:[A-Za-z0-9_-]{20,}")
_MAX_BYTES = 4096


def looks_like_token(text: str) -> bool:
    """Return whether a text holds a token as BotFather gives out."""
    return _LIKE.search(text) is not None


def token(environ: Mapping[str, str], report: Report) -> Secret | None:
    """Return the token of TELEGRAM_BOT_TOKEN, else of the file that TELEGRAM_BOT_TOKEN_FILE names, else of systemd.

    None where there is none; what is there and cannot be a token is a problem, told without repeating it.
    """
    if environ.get(VARIABLE, "").strip():
        return _checked(environ[VARIABLE], Place(VARIABLE, 0, 0), report)
    if environ.get(FILE_VARIABLE, "").strip():
        return _from_file(Path(environ[FILE_VARIABLE].strip()), FILE_VARIABLE, report)
    directory = environ.get("CREDENTIALS_DIRECTORY", "").strip()
    if not directory:
        return None
    return _from_file(Path(directory) / CREDENTIAL, f"the credential {CREDENTIAL}", report, optional=True)


def _from_file(path: Path, origin: str, report: Report, *, optional: bool = False) -> Secret | None:
    place = Place(origin, 0, 0)
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_BYTES).decode("utf-8-sig")
    except (OSError, ValueError) as error:
        if optional and isinstance(error, FileNotFoundError):
            return None
        reason = getattr(error, "strerror", None) or "it is no text"
        # Whoever puts the token itself into the variable must not find it in a log.
        shown = "what it names" if looks_like_token(str(path)) else str(path)
        report.add(place, "", f"{shown} cannot be read: {reason}. Write the token into it, for this user to read")
        return None
    if text.strip() == WITHOUT:
        return None
    if not text.strip():
        report.add(place, "", f"{path} is empty: write the token into it")
        return None
    return _checked(text, place, report)


def _checked(text: str, place: Place, report: Report) -> Secret | None:
    text = text.strip()
    if _SHAPE.fullmatch(text):
        return Secret(text)
    report.add(
        place,
        "",
        "is no bot token: it should be digits, a colon, then letters, digits, _ and -, without quotes or spaces; "
        "copy it from @BotFather again",
    )
    return None
