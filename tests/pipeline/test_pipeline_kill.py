"""The pipeline, killed by SIGKILL at every commit and every call."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

DOUBLES = Path(__file__).parents[1] / "doubles"


def lives(program: str, folder: Path) -> list[dict[str, Any]]:
    """Let a program of the doubles kill what it kills; return a line for each boundary."""
    command = [sys.executable, str(DOUBLES / program), str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    assert ended.returncode == 0, ended.stderr
    assert found, ended.stderr
    return found


def test_no_boundary_loses_or_doubles_an_article_or_an_alert(tmp_path: Path) -> None:
    *killed, last = lives("killable_pipeline.py", tmp_path)
    assert len(killed) > 25, "fewer boundaries than the stages have"
    whole = last["rows"]
    assert last["code"] == 0
    assert whole == [["alert", 3], ["watching", 0]]
    for life in killed:
        assert life["code"] == -signal.SIGKILL, life
        assert life["again"] == [0, 0], life
        assert life["pending"] == 0, life
        assert life["rows"] == whole, life


def test_each_alert_that_is_held_or_gathered_is_told_once(tmp_path: Path) -> None:
    """By number, in the order of the messages: alone, in a digest, or in the message of a burst."""
    found = lives("killable_digests.py", tmp_path)
    told = {
        "quiet hours": [["2"], ["1", "0"]],  # the critical one passes; the loudest leads the digest
        "digest": [["0", "1"], ["2"]],
        "burst": [["0"], ["2", "1"]],  # the newest first
    }
    for plan, messages in told.items():
        *killed, last = (life for life in found if life["plan"] == plan)
        assert len(killed) > 20, "fewer boundaries than holding, gathering and sending have"
        assert {life["code"] for life in killed} == {-signal.SIGKILL}
        assert last["code"] == 0
        for life in (*killed, last):
            assert life["again"] == 0, life
            assert life["shown"] == messages, life
            assert life["states"] == ["sent"], life


def test_trouble_that_lasts_has_one_message_and_one_reminder_whenever_the_daemon_is_killed(tmp_path: Path) -> None:
    *killed, last = lives("killable_notices.py", tmp_path)
    assert len(killed) > 25, "fewer boundaries than two messages and three edits have"
    assert {life["code"] for life in killed} == {-signal.SIGKILL}
    assert last["code"] == 0
    assert last["heads"][0] == "The disk is nearly full"
    assert last["shown"] == [["The disk has room"], ["The disk has room"]]
    for life in (*killed, last):
        assert (life["again"], life["states"], life["rows"]) == (0, ["sent"], 2), life
        assert life["shown"] == last["shown"], life


def test_a_flood_that_is_killed_at_every_boundary_is_told_whole_in_one_message(tmp_path: Path) -> None:
    *killed, last = lives("killable_flood.py", tmp_path)
    assert len(killed) > 25, "fewer boundaries than five articles, a digest and a call have"
    assert {life["code"] for life in killed} == {-signal.SIGKILL}
    assert last["code"] == 0
    assert [len(message) for message in last["shown"]] == [5]
    for life in (*killed, last):
        assert (life["again"], life["pending"], life["states"]) == (0, 0, ["sent"]), life
        assert life["shown"] == last["shown"], life
        assert life["calls"] == 1, life


def test_a_start_that_is_killed_loses_no_article_and_changes_no_story(tmp_path: Path) -> None:
    """While the index is filled, while features are made again, while entities are found anew, while articles wait."""
    *killed, last = lives("killable_index.py", tmp_path)
    assert len(killed) > 15, "fewer boundaries than a start has"
    assert last["code"] == 0
    assert len(last["stories"]) == 18
    for life in (*killed, last):
        assert life["code"] == (-signal.SIGKILL if life is not last else 0), life
        assert life["again"] == [0, 0], life  # the third life reaches no boundary: nothing is left to write
        assert life["stories"] == last["stories"], life
        assert (len(life["kept"]), life["missing"]) == (1, []), life


def test_no_boundary_loses_or_doubles_an_entry_of_the_chain_of_evidence(tmp_path: Path) -> None:
    *killed, last = lives("killable_evidence.py", tmp_path)
    assert len(killed) > 20, "fewer boundaries than a reading and four re-checks have"
    assert last["code"] == 0
    assert [entry[:2] for entry in last["chain"]] == [
        ["reading", None], ["recheck", "same"], ["recheck", "read"], ["recheck", "gone"], ["recheck", "same"],
    ]  # fmt: skip
    assert last["changes"] == ["headline", "gone", "back"]
    for life in (*killed, last):
        assert life["code"] == (-signal.SIGKILL if life is not last else 0), life
        assert life["again"] == [0, 0], life
        assert (life["broken"], life["end"], life["planned"]) == (None, True, False), life
        assert [life[key] for key in ("chain", "versions", "changes")] == [
            last[key] for key in ("chain", "versions", "changes")
        ], life


def test_two_stories_become_one_whole_or_not_at_all(tmp_path: Path) -> None:
    """Each rang once; the younger one's message leads to the older one's, which tells of all three articles."""
    *killed, last = lives("killable_merge.py", tmp_path)
    assert len(killed) > 12, "fewer boundaries than three articles and four messages have"
    assert {life["code"] for life in killed} == {-signal.SIGKILL}
    assert last["code"] == 0
    for life in (*killed, last):
        assert life["again"] == [0, 0], life
        assert life["rows"] == [["alert", "sent", False, 101], ["alert", "sent", True, 102]], life
        assert life["news"] == ["new version; same event: Yonhap", None], life
        assert life["stories"] == {"1": 3}, life


def test_a_refill_that_is_killed_at_every_boundary_brings_each_article_once_and_is_told_once(tmp_path: Path) -> None:
    *killed, last = lives("killable_refill.py", tmp_path)
    assert len(killed) > 15, "fewer boundaries than a poll, two sitemaps and a refill have"
    assert {life["code"] for life in killed} == {-signal.SIGKILL}
    assert last["code"] == 0
    assert last["articles"] > 50
    for life in (*killed, last):
        assert life["again"] == [0, 0], life
        assert (life["missing"], life["twice"], life["open"], life["unaccounted"]) == ([], [], False, 0), life
        assert life["told"] == last["told"], life
        assert len(life["told"]) == 1, life
