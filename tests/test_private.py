"""Files that their owner alone may read, whatever the umask is."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor import private


@pytest.fixture(params=[0o000, 0o022, 0o777], ids=oct, autouse=True)
def umask(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    tmp_path.chmod(0o700)
    before = os.umask(request.param)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_made_private_and_one_that_is_there_is_left(tmp_path: Path) -> None:
    made = tmp_path / "made"
    private.create(made)
    assert mode(made) == 0o600
    made.write_text("kept", encoding="utf-8")
    private.create(made)
    assert made.read_text(encoding="utf-8") == "kept"


def test_a_directory_is_made_private_and_one_that_is_there_is_left(tmp_path: Path) -> None:
    private.make_directory(tmp_path / "made")
    assert mode(tmp_path / "made") == 0o700
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    private.make_directory(shared)
    assert mode(shared) == 0o755


def test_a_file_in_the_place_of_a_directory_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        private.make_directory(tmp_path / "file")


def test_a_copy_is_private_and_as_old_as_its_origin(tmp_path: Path) -> None:
    origin, target = tmp_path / "origin", tmp_path / "target"
    private.create(origin)
    origin.write_text("words", encoding="utf-8")
    origin.chmod(0o644)
    os.utime(origin, (1000, 1000))
    private.copy(origin, target)
    assert (mode(target), target.read_text(encoding="utf-8"), target.stat().st_mtime) == (0o600, "words", 1000)


@pytest.mark.parametrize(
    ("before", "after"),
    [(0o644, 0o600), (0o604, 0o600), (0o666, 0o600), (0o602, 0o600), (0o640, 0o640), (0o660, 0o660), (0o600, 0o600)],
)
def test_what_everybody_may_read_is_tightened_and_what_a_group_was_given_stays(
    tmp_path: Path, before: int, after: int
) -> None:
    path = tmp_path / "file"
    private.create(path)
    path.chmod(before)
    private.tighten(path)
    assert mode(path) == after
    private.tighten(tmp_path / "none")  # nothing to do


def test_a_mode_that_cannot_be_changed_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    private.create(path)
    path.chmod(0o644)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", refuse)
    private.tighten(path)
    assert mode(path) == 0o644
