from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest
from doubles.patience import HANG
from doubles.refused_source import ALL_FAILED, CONFIG
from doubles.warm_start import WarmProcess, run, start


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def begin(folder: Path, *arguments: str, **environ: str) -> WarmProcess | subprocess.Popen[bytes]:
    with (folder / "printed").open("wb") as printed:
        return start(arguments, folder, os.environ | environ, printed.fileno())


@pytest.mark.parametrize("environ", [{}, {"PYTHONHASHSEED": "3"}], ids=["warm", "cold"])
def test_a_round_is_lived_in_its_folder_with_its_environment(folder: Path, environ: dict[str, str]) -> None:
    process = begin(folder, "once", MONITOR_STORAGE__URL="sqlite:///other.db", **environ)
    assert isinstance(process, WarmProcess) is not bool(environ)  # an interpreter reads PYTHON… when it starts
    assert process.wait(HANG) == ALL_FAILED
    printed = (folder / "printed").read_text(encoding="utf-8")
    assert "1 source polled, 1 failed" in printed
    assert "Traceback" not in printed
    assert (folder / "other.db").exists()
    assert not (folder / "monitor.db").exists()


def test_each_begins_alike_whatever_the_one_before_did(folder: Path) -> None:
    assert run(("once",), folder, os.environ | {"MONITOR_NONSENSE__KEY": "1"}).returncode == 78
    for _ in range(2):
        checked = run(("check",), folder, os.environ)
        assert (checked.returncode, checked.stderr) == (0, "")
        assert "config.yaml" in checked.stdout
    refused = run(("--no-such-option",), folder, os.environ)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "No such option" in refused.stderr


@pytest.mark.network
def test_signals_reach_it_and_its_end_is_told(folder: Path) -> None:
    process = begin(folder, "run")
    process.send_signal(signal.SIGSTOP)
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0)
    process.kill()
    assert process.wait(HANG) == process.poll() == -signal.SIGKILL
    process.kill()  # does nothing more
    assert process.wait(HANG) == -signal.SIGKILL
