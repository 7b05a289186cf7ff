"""What takes long to make is made once, and mapped where it can be trusted."""

from __future__ import annotations

import mmap
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from monitor.mapped import KEY, START, kept

ONE, TWO = b"1" * KEY, b"2" * KEY
DATA = bytes(range(256)) * 300


class Maker:
    """Returns data, and counts how often it was asked."""

    def __init__(self, data: bytes = DATA) -> None:
        self.data, self.asked = data, 0

    def __call__(self) -> bytes:
        self.asked += 1
        return self.data


def names(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.iterdir())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "words.tables"


def test_what_was_made_is_mapped_by_the_next_process(path: Path) -> None:
    first, second = Maker(), Maker()
    for make in (first, second):
        buffer = kept(path, ONE, make)
        assert isinstance(buffer, mmap.mmap)
        assert buffer[START:] == DATA
    assert (first.asked, second.asked) == (1, 0)
    assert START % 8 == 0
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert names(path) == [path.name]


def test_nobody_can_write_to_what_is_mapped(path: Path) -> None:
    buffer = kept(path, ONE, Maker())
    with pytest.raises(TypeError):
        buffer[START] = 1  # type: ignore[index]


def test_another_key_is_made_anew_and_what_is_mapped_stays(path: Path) -> None:
    before = kept(path, ONE, Maker(b"before"))
    after = kept(path, TWO, make := Maker(b"after, and longer"))
    assert (make.asked, after[START:], before[START:]) == (1, b"after, and longer", b"before")
    assert kept(path, TWO, Maker(b""))[START:] == b"after, and longer"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def cut_in_the_head(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: START - 1])


def lengthen(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def flip(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    whole[START + 4000] ^= 1
    path.write_bytes(whole)


def replace_magic(path: Path) -> None:
    path.write_bytes(b"x" + path.read_bytes()[1:])


def open_to_the_group(path: Path) -> None:
    path.chmod(0o620)


def open_to_others(path: Path) -> None:
    path.chmod(0o606)


def link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to(path.with_name("elsewhere"))


def make_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize(
    "spoil",
    [cut, cut_in_the_head, lengthen, flip, replace_magic, open_to_the_group, open_to_others, link, make_a_pipe, empty],
)
def test_what_cannot_be_trusted_is_made_anew(path: Path, spoil: object) -> None:
    kept(path, ONE, Maker())
    spoil(path)  # type: ignore[operator]
    make = Maker()
    buffer = kept(path, ONE, make)
    assert (make.asked, buffer[START:]) == (1, DATA)
    assert isinstance(buffer, mmap.mmap)
    assert not path.is_symlink()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert kept(path, ONE, Maker(b""))[START:] == DATA


def test_what_another_user_left_there_is_not_used(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(path, ONE, Maker(b"another's"))
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    buffer = kept(path, ONE, Maker())
    assert buffer[START:] == DATA
    assert isinstance(buffer, bytes)  # as what was written is another's, too


@pytest.mark.parametrize("folder", ["/dev/null", "/proc/nowhere"])
def test_without_a_place_it_is_in_memory(folder: str) -> None:
    buffer = kept(Path(folder) / "cache" / "words.tables", ONE, Maker())
    assert isinstance(buffer, bytes)
    assert buffer[START:] == DATA


def test_a_folder_in_its_place_leaves_nothing_behind(path: Path) -> None:
    path.mkdir(parents=True)
    assert kept(path, ONE, Maker())[START:] == DATA
    assert names(path) == [path.name]


def test_a_file_system_that_maps_nothing_costs_memory_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> mmap.mmap:
        raise OSError(19, "No such device")

    monkeypatch.setattr(mmap, "mmap", refuse)
    assert kept(path, ONE, Maker())[START:] == DATA
    assert isinstance(kept(path, ONE, Maker()), bytes)


def test_what_a_killed_process_left_is_removed_later(path: Path) -> None:
    path.parent.mkdir()
    old, new, other = (path.parent / f".{name}" for name in (f"{path.name}-old", f"{path.name}-new", "other-old"))
    for file in (old, new, other):
        file.write_bytes(b"half")
    long_ago = time.time() - 2 * 3600
    os.utime(old, (long_ago, long_ago))
    os.utime(other, (long_ago, long_ago))
    kept(path, ONE, Maker())
    assert names(path) == sorted([new.name, other.name, path.name])


def test_what_cannot_be_made_raises_as_it_is(path: Path) -> None:
    def fail() -> bytes:
        raise ValueError("of no kind that is known")

    with pytest.raises(ValueError, match="of no kind"):
        kept(path, ONE, fail)
    assert not path.exists()


def test_processes_that_make_it_at_once_all_have_it(path: Path) -> None:
    code = (
        "import pathlib, sys; from monitor.mapped import START, kept; path = pathlib.Path(sys.argv[1])\n"
        f"print(len(kept(path, {ONE!r}, lambda: bytes(300_000))[START:]))"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    assert [process.communicate()[0].strip() for process in running] == ["300000"] * 3
    assert names(path) == [path.name]
