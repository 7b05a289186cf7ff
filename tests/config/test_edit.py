"""Edits of config.yaml leave every other line as it was."""

from __future__ import annotations

import difflib
import subprocess
import threading
from pathlib import Path

import pytest

from monitor.config import edit
from monitor.config.edit import Original, add_sources
from monitor.errors import ConfigError, MonitorError
from monitor.model import Source

NEW = (
    Source("Agency: one", "https://one.example/rss", language="uk"),
    Source("It's #2", "https://two.example/a,b?x=[1]"),
)


def lines(before: str, after: str) -> tuple[list[str], list[str]]:
    """Return the removed and the added lines."""
    diff = [row for row in difflib.ndiff(before.split("\n"), after.split("\n")) if row[0] in "+-"]
    return [row[2:] for row in diff if row[0] == "-"], [row[2:] for row in diff if row[0] == "+"]


def names(text: str, tmp_path: Path) -> list[str]:
    from monitor.app.configuration import load

    return [source.name for source in load(tmp_path / "config.yaml", {}, text=text).sources]


BLOCKS = {
    "block": "# top\nsources:\n  - name: a   # first\n    url: https://a.example/\n\n  # the second\n  - name: b\n"
    "    url: 'https://b.example/'  # last\n# below\nlog: {level: info}\n",
    "unindented": "sources:\n- url: https://a.example/\n  name: a\n- {name: b, url: 'https://b.example/'}\nlog:\n",
    "wide": "sources:\n    -   name: a\n        url: https://a.example/\n    -   name: b\n        url: https://b.example/",
    "no end of line": "log: {level: info}\nsources:\n  - name: a\n    url: https://a.example/\n"
    "  - name: b\n    url: https://b.example/\n    language:",
}


@pytest.mark.parametrize("text", BLOCKS.values(), ids=BLOCKS)
def test_only_adds_lines_to_a_block(text: str, tmp_path: Path) -> None:
    edit = add_sources(text, "config.yaml", NEW)
    removed, added = lines(text.rstrip("\n"), edit.text.rstrip("\n"))
    assert removed == []
    assert [line.strip().lstrip("- ") for line in added] == [
        "name: 'Agency: one'",
        "url: https://one.example/rss",
        "language: uk",
        "name: 'It''s #2'",
        "url: 'https://two.example/a,b?x=[1]'",
    ]
    if "language:" not in text:
        assert names(edit.text, tmp_path) == ["a", "b", "Agency: one", "It's #2"]


@pytest.mark.parametrize(
    "text",
    [
        "log: {level: info}\n",
        "log: {level: info}",
        "log: {level: info}\nsources:   # none yet\n",
        "log: {level: info}\nsources:",
        "sources: []  # none yet\nlog: {level: info}\n",
        "sources: ~\nlog: {level: info}\n",
        "sources:\n  []\nlog: {level: info}\n",
    ],
)
def test_begins_a_list_where_there_is_none(text: str, tmp_path: Path) -> None:
    edit = add_sources(text, "config.yaml", NEW)
    assert names(edit.text, tmp_path) == ["Agency: one", "It's #2"]
    assert ("# none yet" in edit.text) == ("# none yet" in text)
    assert "log: {level: info}" in edit.text.split("\n")


@pytest.mark.parametrize("end", ["]", ",]", "\n ]", " ] # all"])
def test_adds_to_a_list_on_one_line(end: str, tmp_path: Path) -> None:
    text = "sources: [{name: a, url: 'https://a.example/'}" + end + "\nlog: {level: info}\n"
    edit = add_sources(text, "config.yaml", NEW)
    assert names(edit.text, tmp_path) == ["a", "Agency: one", "It's #2"]
    assert edit.text.endswith("\nlog: {level: info}\n")


def test_each_address_once_each_name_its_own() -> None:
    text = "sources:\n  - name: a\n    url: https://a.example/feed?utm_source=x\n"
    sources = [
        Source("a", "https://A.example:443/feed"),
        Source("A", "https://b.example/"),
        Source("A", "https://c.example/"),
        Source("c", "https://c.example/"),
        Source("no", "ftp://d.example/"),
    ]
    edit = add_sources(text, "config.yaml", sources)
    assert [source.name for source in edit.added] == ["A 2", "A 3"]
    assert edit.skipped == ["a: is there already", "c: is there already"]
    assert len(edit.unusable) == 1
    assert edit.unusable[0].startswith("no: ftp://d.example/ ")


def test_nothing_new_changes_nothing() -> None:
    text = "sources:\n  - name: a\n    url: https://a.example/\n"
    assert add_sources(text, "config.yaml", [Source("b", "https://a.example/")]).text == text


def test_what_is_no_yaml_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"config\.yaml:1:1"):
        add_sources("", "config.yaml", NEW)
    with pytest.raises(ConfigError, match=r"config\.yaml:1:2"):
        add_sources("{", "config.yaml", NEW)


# --------------------------------------------------------------------------- the file


def test_writing_keeps_mode_line_ends_bom_and_links(tmp_path: Path) -> None:
    target, link = tmp_path / "real.yaml", tmp_path / "config.yaml"
    target.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    target.chmod(0o640)
    link.symlink_to(target)
    original = Original(link, link.read_bytes())
    assert original.text == "a: 1\nb: 2\n"
    original.write("a: 1\nb: 3\n", backup=True)
    assert target.read_bytes() == b"\xef\xbb\xbfa: 1\r\nb: 3\r\n"
    assert link.is_symlink()
    assert target.stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "real.yaml.bak").read_bytes() == original.data
    assert sorted(file.name for file in tmp_path.iterdir()) == ["config.yaml", "real.yaml", "real.yaml.bak"]


def test_a_file_that_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("a: 1\n", encoding="utf-8")
    original = Original(file, file.read_bytes())
    file.write_text("a: 2\n", encoding="utf-8")
    with pytest.raises(MonitorError, match="changed meanwhile"):
        original.write("a: 3\n")
    assert file.read_text(encoding="utf-8") == "a: 2\n"


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    with pytest.raises(MonitorError, match="cannot be written"):
        Original(file, b"").write("a: 3\n")


def test_of_two_edits_at_once_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both read the same file; the second begins while the first writes."""
    file = tmp_path / "config.yaml"
    file.write_text("a: 1\n", encoding="utf-8")
    first, second = (Original(file, file.read_bytes()) for _ in range(2))
    replace, others, refused = edit._replace, list[threading.Thread](), list[MonitorError]()

    def late() -> None:
        try:
            second.write("a: 3\n")
        except MonitorError as error:
            refused.append(error)

    def slow(target: Path, data: bytes) -> None:
        if not others:
            others.append(threading.Thread(target=late))
            others[0].start()
            others[0].join(0.2)
        replace(target, data)

    monkeypatch.setattr(edit, "_replace", slow)
    first.write("a: 2\n")
    others[0].join()
    assert file.read_text(encoding="utf-8") == "a: 2\n"
    assert [type(each) for each in refused] == [edit.ChangedMeanwhileError]


def test_of_two_processes_one_waits_for_the_other(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("a: 1\n", encoding="utf-8")
    with edit._alone(tmp_path):
        tried = subprocess.run(["flock", "--nonblock", str(tmp_path), "true"], check=False)
    assert tried.returncode == 1
    assert subprocess.run(["flock", "--nonblock", str(tmp_path), "true"], check=False).returncode == 0
