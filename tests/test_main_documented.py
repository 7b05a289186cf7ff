"""Every command that the documentation shows is run, or stands below with the reason why it is not."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from doubles.command_harness import CONFIG, CommandHarness
from doubles.patience import HANG

from monitor.cli import cli
from monitor.store import open_store

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
SHELLS = {"sh", "console"}
OTHERS = {
    "text": "what is printed, or a drawing",
    "yaml": "configuration: tests/config",
    "json": "data",
    "python": "tests/deliver/test_webhook.py runs it",
    "ini": "a part of a unit",
    "cron": "lines of a crontab",
    "nginx": "another program's configuration",
    "shapes": "tests/cli/test_printed_documented.py compares them with what is printed",
}
NOT_RUN = {
    r"make (demo|init|run)": "they set up an environment; tests/cli/test_demo.py, test_init.py, tests/e2e run the commands",
    r"export TELEGRAM_BOT_TOKEN=": "a token that is none",
    r"monitor worker": "runs until it is stopped, on PostgreSQL: tests/scale",
    r"monitor migrate-storage \S+ postgresql:": "needs PostgreSQL: tests/store/test_transfer.py",
    r"pg_dump ": "a program of PostgreSQL's",
    r"(sudo )?systemctl ": "changes the host's services",
    r"journalctl ": "the host's journal",
    r"docker ": "needs Docker",
    r"sudo ": "root's work on the host; tests/cli/test_systemd.py runs `service install`",
    r"echo \S+ \| sudo ": "root's work on the host",
    r"MONITOR_CONFIG=\S+ exec ": "a line of a script that sudo writes",
    r"END$": "the end of that script",
}
CODES = {"monitor check --probe": 1}
"""Where the exit code is not 0: the sources of these tests cannot be reached."""
_FENCE = re.compile(r"^ *```(\S*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_WORDS = re.compile(r"`((?:\.venv/bin/)?monitor [^`]+|make [^`]+)`")


def blocks(page: Path) -> list[tuple[str, str]]:
    return _FENCE.findall(page.read_text(encoding="utf-8"))


def commands(page: Path) -> list[str]:
    """Return the commands of a page's blocks, without prompts and remarks."""
    lines = [line.strip() for kind, text in blocks(page) if kind in SHELLS for line in text.splitlines()]
    shown = [re.sub(r"\s+# .*", "", line.removeprefix("$ ")) for line in lines if line and not line.startswith("#")]
    return [re.sub(r"^\.venv/bin/", "", line) for line in shown]


def reason(command: str) -> str | None:
    return next((why for pattern, why in NOT_RUN.items() if re.match(pattern, command)), None)


def test_every_block_says_what_it_is() -> None:
    kinds = {kind for page in PAGES for kind, _ in blocks(page)}
    assert kinds == SHELLS | set(OTHERS)
    assert all(page.read_text(encoding="utf-8").count("```") == 2 * len(blocks(page)) for page in PAGES)


def test_every_reason_is_needed() -> None:
    shown = [command for page in PAGES for command in commands(page)]
    assert len(shown) > 40
    unused = [pattern for pattern in NOT_RUN if not any(re.match(pattern, command) for command in shown)]
    assert unused == []


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory as the pages suppose it: a configuration, another one, a database that a daemon has written."""
    for name in ("TELEGRAM_BOT_TOKEN", "TELEGRAM_BOT_TOKEN_FILE", "CREDENTIALS_DIRECTORY", "MONITOR_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "var").mkdir()
    store = open_store(f"sqlite:///{tmp_path}/var/monitor.db")
    config = CONFIG.replace("https://www.ukrinform.ua/", "http://127.0.0.1:9/")
    desk = CommandHarness(store, tmp_path, config.replace("https://en.yna.co.kr/", "http://127.0.0.1:9/"))
    desk.story("North Korea launches a ballistic missile")
    desk.story("Second sanctions")
    store.close()
    (tmp_path / "other.yaml").write_text(desk.path.read_text("utf-8").replace("[sanctions, ", "["), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    before = dict(os.environ)
    yield tmp_path
    for name in os.environ.keys() - before.keys():
        del os.environ[name]


@pytest.mark.network
@pytest.mark.parametrize("page", [page for page in PAGES if any(not reason(each) for each in commands(page))],
                         ids=lambda page: page.name)  # fmt: skip
def test_what_a_page_shows_can_be_run(page: Path, folder: Path) -> None:
    """In its order, in one directory."""
    for command in commands(page):
        if reason(command):
            continue
        assert run(command, folder) == CODES.get(command, 0), command


def run(command: str, folder: Path) -> int:
    """Run a command; return its exit code. A program that the tests do not know needs a reason above."""
    words = shlex.split(command)
    if words[0] == "export":
        name, _, value = words[1].partition("=")
        os.environ[name] = value
        return 0
    if words[0] == "monitor":
        return CliRunner().invoke(cli, words[1:], catch_exceptions=False, standalone_mode=False).return_value or 0
    assert words[0] in {"python", "sha256sum", "warcio"}, f"{command}: run it, or say in NOT_RUN why not"
    return subprocess.run(words, cwd=folder, check=False, capture_output=True, timeout=HANG).returncode


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_and_option_in_a_sentence_is_there(page: Path) -> None:
    """Those in sentences have words in capitals for what is yours, so that they cannot be run."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for text in _WORDS.findall(re.sub(_FENCE, "", page.read_text(encoding="utf-8"))):
        words = [word.strip("[]") for word in text.replace("\\|", "|").split()]
        if words[0] == "make":
            assert words[1] in targets, text
            continue
        if words[1].startswith("-"):
            assert words[1] in {"--help", "--config"}, text
            continue
        command = lookup(words[1:])
        assert command is not None, text
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        options = {word for word in words[2:] if word.startswith("-") and word != "-"}
        assert options <= {*known, "--help"}, text


def lookup(words: list[str]) -> click.Command | None:
    """Return the command that words name, the innermost."""
    context = click.Context(cli)
    found: click.Command | None = cli
    for word in words:
        if not isinstance(found, click.Group):
            break
        inner = found.get_command(context, word)
        found = inner or found.get_command(context, "export" if found.name == "evidence" else "")
    return found
