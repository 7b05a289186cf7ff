"""What an installed wheel brings: everything that the program reads, and the demo's newsroom."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from fnmatch import fnmatch
from pathlib import Path

import pytest

from monitor.cli.demo import default_seeds, load_timeline

ROOT = Path(__file__).parents[2]
BUILD = "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel that is built from a copy of what belongs into it."""
    folder = tmp_path_factory.mktemp("source")
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("monitor", "seeds"):
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    subprocess.run([sys.executable, "-c", BUILD, "dist"], cwd=folder, check=True, capture_output=True)
    (wheel,) = (folder / "dist").glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """The files of the wheel."""
    with zipfile.ZipFile(wheel) as content:
        return set(content.namelist())


def files(folder: Path) -> set[str]:
    """Return the files of the checkout below a folder that are no caches."""
    found = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(ROOT).as_posix() for path in found}


def test_a_wheel_has_all_of_the_package(names: set[str]) -> None:
    assert files(ROOT / "monitor") - names == set()


def test_an_index_shows_the_readme_without_links_that_lead_nowhere_there(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as content:
        (name,) = (name for name in content.namelist() if name.endswith(".dist-info/METADATA"))
        shown = content.read(name).decode()
    assert "\nDescription-Content-Type: text/markdown\n" in shown
    assert [link for link in re.findall(r"\]\(([^)]*)\)", shown) if not link.startswith("https://")] == []
    for told in ("# News monitor", "`docs/telegram.md`", "the first hour (`docs/first-hour.md`)", "@BotFather"):
        assert told in shown


def test_a_wheel_has_the_demos_newsroom(names: set[str]) -> None:
    installed = {name.partition("/data/share/news-monitor/")[2] for name in names}
    assert files(ROOT / "seeds") - installed == set()


def test_the_demo_finds_its_newsroom_where_the_wheel_put_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "seeds", tmp_path / "share" / "news-monitor" / "seeds")
    (tmp_path / "elsewhere" / "seeds").mkdir(parents=True)  # another one's folder of that name
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setattr("monitor.cli.demo.__file__", str(tmp_path / "lib" / "monitor" / "cli" / "demo.py"))
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    assert default_seeds() == tmp_path / "share" / "news-monitor" / "seeds"
    assert load_timeline(default_seeds()).items


def test_the_source_archive_has_what_is_in_the_folder() -> None:
    """`make dist` builds it; what the images, the tests and the documentation need is in it."""
    lines = [line.split() for line in (ROOT / "MANIFEST.in").read_text(encoding="utf-8").splitlines()]
    named = [pattern for verb, *patterns in lines if verb in ("include", "graft") for pattern in patterns]
    always = ["README.md", "MANIFEST.in", "LICENSE", "pyproject.toml", "setup.py", "monitor", "*.egg-info"]
    made = ["build", "dist", "var", "monitor.env", "telegram_bot_token", "*.bak"]  # as in .gitignore
    here = [path.name for path in ROOT.iterdir() if not path.name.startswith(".")]
    assert [name for name in here if not any(fnmatch(name, each) for each in (*named, *always, *made))] == []


def test_the_gate_builds_both_and_checks_them_as_an_index_does() -> None:
    said = subprocess.run(["make", "-n", "test"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "-m build" in said
    assert "check --strict dist/*" in said
