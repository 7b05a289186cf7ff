"""Edits of watchlists that are refused, and which file is edited."""

from __future__ import annotations

from pathlib import Path

import pytest
from doubles.config_files import W, add_term, edited, lists, remove_term, write

from monitor.config.watchlist_edit import EditRefusedError, Reason
from monitor.errors import ConfigError, MonitorError
from monitor.model import Term


@pytest.mark.parametrize(
    ("yaml", "how", "watchlist", "term", "reason", "details"),
    [
        (W + "    keywords: [a]\n", "add", "B rms", "x", Reason.NO_WATCHLIST, {"known": "A"}),
        (W.replace("A", "DPRK arms") + "    keywords: [a]\n", "add", "DPRK arm", "x", Reason.NO_WATCHLIST,
         {"near": "DPRK arms"}),
        (W + "    query: 'a AND b'\n", "add", "A", "x", Reason.QUERY, {"place": "config.yaml:6"}),
        (W + "    query: 'a AND b'\n", "remove", "A", "a", Reason.QUERY, {"place": "config.yaml:6"}),
        (W + "    keywords: [North Korea]\n", "add", "A", '"north  korea"', Reason.ALREADY, {"term": "North Korea"}),
        (W + "    entities: [DPRK]\n", "add", "A", "@КНДР", Reason.ALREADY, {"term": "@DPRK"}),
        (W + "    keywords: ['@DPRK']\n", "add", "A", "@North Korea", Reason.ALREADY, {"term": "@DPRK"}),
        (W + "    keywords: [sanctions, b]\n", "remove", "A", "sanction", Reason.NO_TERM, {"near": "sanctions"}),
        (W + "    keywords: [a]\n", "remove", "A", "a", Reason.LAST, {"term": "a"}),
        (W + "    keywords: [a]\n    entities: []\n", "remove", "A", "a", Reason.LAST, {"term": "a"}),
        (W + "    keywords:\n      - text: a\n        near: [b]\n      - c\n", "remove", "A", "a", Reason.BY_HAND,
         {"place": "config.yaml:6"}),
        (W + "    keywords:\n      [ a\n      , b ]\n", "remove", "A", "a", Reason.BY_HAND, {"place": "config.yaml:6"}),
        (W + "    keywords: [a]\n", "add", "A", " \u200b ", Reason.NO_TEXT, {}),
        (W + "    keywords: [a]\n", "add", "A", "@", Reason.NO_TEXT, {}),
        (W + "    keywords: [a]\n", "add", "A", "a\x00b", Reason.NO_TEXT, {}),
        (W + "    keywords: [a]\n", "add", "A", "x" * 201, Reason.NO_TEXT, {}),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_refused(
    yaml: str, how: str, watchlist: str, term: str, reason: Reason, details: dict[str, str], tmp_path: Path
) -> None:
    path = write(tmp_path, yaml)
    before = path.read_bytes()
    with pytest.raises(EditRefusedError) as caught:
        (add_term if how == "add" else remove_term)(path, watchlist, term, {})
    assert caught.value.reason is reason
    assert details.items() <= caught.value.details.items()
    assert path.read_bytes() == before
    assert not (tmp_path / "config.yaml.bak").exists()


def test_who_and_capitals_are_two_terms(tmp_path: Path) -> None:
    path = write(tmp_path, W + "    keywords: [who]\n")
    edited(path, "add", "A", "WHO")
    assert [term.text for term in lists(path)["A"].keywords] == ["who", "WHO"]


@pytest.mark.parametrize(
    ("term", "words"),
    [
        ("@Blinkin", r"config\.yaml:6:22: .*Did you mean 'Blinken'"),
        ("mi*", r"config\.yaml:6:\d+: .*3 letters"),
        ("/(a/", r"config\.yaml:6:\d+: "),
    ],
)
def test_what_would_not_be_valid_is_told_with_its_line(term: str, words: str, tmp_path: Path) -> None:
    key = "entities: [DPRK]" if term.startswith("@") else "keywords: [sanctions]"
    path = write(tmp_path, W + f"    {key}\n")
    with pytest.raises(ConfigError, match=words):
        add_term(path, "A", term, {})


def test_a_rule_of_the_watchlist_holds_back_a_removal(tmp_path: Path) -> None:
    path = write(tmp_path, W + "    keywords: [a, b]\n    require: 2\n")
    with pytest.raises(ConfigError, match=r"config\.yaml:7:14: .*2 terms can never be found"):
        remove_term(path, "A", "b", {})


def test_a_file_that_is_broken_now_is_not_edited(tmp_path: Path) -> None:
    path = write(tmp_path, W + "    keywords: [a]\n    severty: low\n")
    with pytest.raises(ConfigError, match=r"config\.yaml:7:5"):
        add_term(path, "A", "b", {})


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path: Path) -> None:
    path = write(tmp_path, W + "    keywords: [a]\n")
    change = add_term(path, "A", "b", {})
    path.write_bytes(path.read_bytes() + b"# mine\n")
    with pytest.raises(MonitorError, match="changed meanwhile"):
        change.write()
    assert path.read_bytes().endswith(b"[a]\n# mine\n")


def test_the_file_that_holds_the_watchlist_is_edited(tmp_path: Path) -> None:
    path = write(tmp_path, W + "    keywords: [a]\n")
    part = tmp_path / "watchlists.d" / "more.yaml"
    part.parent.mkdir()
    part.write_bytes(b"- name: Arms\r\n  keywords: [a]\r\n- name: Other\n  keywords: [z]\n")
    part.chmod(0o640)
    before = path.read_bytes()
    change = add_term(path, "arms", "b", {})
    assert change.place == "more.yaml:2"
    change.write()
    assert path.read_bytes() == before
    assert part.read_bytes() == b"- name: Arms\r\n  keywords: [a, b]\r\n- name: Other\n  keywords: [z]\n"
    assert (part.parent / "more.yaml.bak").read_bytes().startswith(b"- name: Arms\r\n  keywords: [a]\r\n")
    assert part.stat().st_mode & 0o777 == 0o640
    assert lists(path)["Arms"].keywords == (Term("a"), Term("b"))


def test_a_file_of_watchlists_with_their_key(tmp_path: Path) -> None:
    path = write(tmp_path, "")
    part = tmp_path / "watchlists.d" / "more.yaml"
    part.parent.mkdir()
    part.write_text("watchlists:\n  - name: Arms\n    keywords: [a, b]\n", encoding="utf-8")
    remove_term(path, "Arms", "a", {}).write()
    assert part.read_text(encoding="utf-8") == "watchlists:\n  - name: Arms\n    keywords: [b]\n"
