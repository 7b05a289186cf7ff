from __future__ import annotations

from pathlib import Path

import pytest
from doubles.yaml_cases import read_cases


def test_a_changed_file_is_parsed_and_an_unchanged_one_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, kept = tmp_path / "cases.yaml", tmp_path / "kept"
    file.write_text("один: [1, 2026-11-30]\n2: null\n", encoding="utf-8")
    first = read_cases(file, kept)
    first["один"].append("a caller's own")
    with monkeypatch.context() as patch:
        patch.setattr("doubles.yaml_cases.YAML", None)
        again = read_cases(file, kept)
    assert list(again) == ["один", 2]
    assert len(again["один"]) == 2
    file.write_text("{}", encoding="utf-8")
    assert read_cases(file, kept) == {}


def test_what_is_damaged_or_cannot_be_kept_is_parsed(tmp_path: Path) -> None:
    file, kept = tmp_path / "cases.yaml", tmp_path / "kept"
    file.write_text("[1, 2]", encoding="utf-8")
    assert read_cases(file, kept) == [1, 2]
    (one,) = kept.iterdir()
    for damaged in (b"", b"nonsense", one.read_bytes()[:-3]):
        one.write_bytes(damaged)
        assert read_cases(file, kept) == [1, 2]
    assert read_cases(file, Path("/dev/null/kept")) == [1, 2]
