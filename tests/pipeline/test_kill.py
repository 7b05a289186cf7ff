"""The pipeline, killed by SIGKILL at every commit and every call."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

PROGRAM = Path(__file__).parents[1] / "doubles" / "mortal_desk.py"


def test_no_boundary_loses_or_doubles_an_article_or_an_alert(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, str(PROGRAM), str(tmp_path)], capture_output=True, text=True, check=False)
    lives = [json.loads(line) for line in ended.stdout.splitlines()]
    assert lives, ended.stderr
    assert lives[-1]["code"] == 0, ended.stderr
    killed = lives[:-1]
    assert len(killed) > 40, "fewer boundaries than the stages have"
    whole = lives[-1]["rows"]
    assert whole == [["alert", 3], ["watching", 0]]
    for life in killed:
        assert life["code"] == -signal.SIGKILL, life
        assert life["again"] == [0, 0], life
        assert life["pending"] == 0, life
        assert life["rows"] == whole, life
