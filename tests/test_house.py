"""What the house demands of every file: sizes, no addresses, documented commands, a lock that is only hashes."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted((ROOT / "monitor").rglob("*.py"))
PACKAGE = ROOT / "monitor"
TESTED = [ROOT / "tests", *(path for path in sorted((ROOT / "tests").iterdir()) if (PACKAGE / path.name).is_dir())]
UNNAMED = {"test_house.py"}  # holds for all files
TRACKED = [
    Path(line)
    for line in subprocess.run(
        ["git", "-c", f"safe.directory={ROOT}", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.splitlines()
]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_readable(path: Path) -> None:
    """The figures of CONTRIBUTING.md are advice: these are where advice ends."""
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 600
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert (node.end_lineno or node.lineno) - node.lineno < 75, f"{path.name}: {node.name}"


def test_a_class_name_means_one_thing() -> None:
    """A private class counts as well where a public one has its name; nested classes and migrations do not."""
    places: dict[str, list[str]] = {}
    for path in MODULES:
        if "migrations" not in path.parts:
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef):
                    places.setdefault(node.name.lstrip("_"), []).append(f"{path.relative_to(ROOT)}: {node.name}")
    repeated = [found for found in places.values() if len(found) > 1]
    assert not repeated


def test_files_of_tests_stay_readable_too() -> None:
    for path in (ROOT / "tests").rglob("*.py"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 600, path.name


@pytest.mark.parametrize("room", TESTED, ids=lambda room: room.name)
def test_a_test_file_has_the_name_of_what_it_tests(room: Path) -> None:
    """The name of a module or package of its room, or of the room itself, and maybe what of it is tested."""
    paths = MODULES if room.name != "tests" else [path for path in MODULES if len(path.relative_to(PACKAGE).parts) <= 2]
    modules = [path for path in paths if room.name == "tests" or path.is_relative_to(PACKAGE / room.name)]
    names = {part.strip("_") for path in modules for part in path.relative_to(PACKAGE).with_suffix("").parts}
    for path in room.glob("test_*.py"):
        words = path.stem.removeprefix("test_").split("_")
        known = any("_".join(words[:count]) in names for count in range(1, len(words) + 1))
        assert known or path.name in UNNAMED, f"{path.name}: no module of {room.name} has the name"


def test_tests_that_count_lines_come_before_all_that_might_fill_a_cache(request: pytest.FixtureRequest) -> None:
    uncounted = [item.get_closest_marker("no_cover") is not None for item in request.session.items]
    assert uncounted == sorted(uncounted)


def test_a_broad_except_stands_only_where_it_is_explained() -> None:
    broad = re.compile(r"^\s*except( Exception| BaseException)?( as \w+)?:(?P<rest>.*)$")
    for path in MODULES:
        for line in path.read_text(encoding="utf-8").splitlines():
            match = broad.match(line)
            if match and "BaseException" not in line:
                assert "#" in match["rest"], f"{path.name}: {line.strip()}"


@pytest.mark.skipif(not TRACKED, reason="not a git checkout")
def test_no_address_of_a_registry_and_no_path_of_a_machine() -> None:
    forbidden = re.compile(
        r"https?://[\w.-]*(?:pypi|pythonhosted|npmjs|debian)\.(?:org|net|com)|/(?:root|work|home/\w+)/(?!\.cache/pip)"
    )
    for path in TRACKED:
        file = ROOT / path
        if path.suffix in {".png", ".db"} or not file.is_file() or path.name == "test_house.py":
            continue
        found = forbidden.search(file.read_text(encoding="utf-8", errors="replace"))
        assert found is None, f"{path}: {found}"


@pytest.mark.parametrize(
    "lock",
    [
        *("requirements.lock", "requirements-dev.lock", "requirements-notify.lock"),
        *("requirements-scale.lock", "requirements-stories.lock", "requirements-postgres.lock"),
    ],
)
def test_every_locked_package_has_a_hash_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert "index-url" not in text
    for block in re.split(r"\n(?=[a-zA-Z])", text.strip()):
        assert "==" in block
        assert "--hash=sha256:" in block, block.splitlines()[0]


def test_the_container_has_what_it_copies_and_may_write_its_volume() -> None:
    image = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for line in re.findall(r"^COPY (?!--from)(?:--\S+ )?(.+) \S+$", image, re.MULTILINE):
        for name in line.split():
            assert (ROOT / name).exists(), name
            assert f"!{name}" in sent, name
    user, volume = re.findall(r"^(?:USER|VOLUME) (\S+)$", image, re.MULTILINE)
    # A volume on a directory that the image lacks belongs to root.
    assert f"--mode=0700 --owner={user} {volume}\n" in image  # what people watch for is nobody else's business


def test_every_command_is_documented() -> None:
    from monitor.cli import _COMMANDS

    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    for command in _COMMANDS:
        assert f"`monitor {command}" in page, f"docs/commands.md does not name `monitor {command}`"


def test_every_word_of_the_glossary_occurs_in_the_code() -> None:
    glossary = (ROOT / "docs" / "internals.md").read_text(encoding="utf-8").partition("## Glossary")[2]
    terms = [term for row in re.findall(r"^\| ([^|]+) \|", glossary, re.MULTILINE)[1:] for term in row.split(", ")]
    code = "\n".join(path.read_text(encoding="utf-8").casefold() for path in MODULES)
    assert "lane" in terms
    for term in terms:
        assert re.search(rf"\b{re.escape(term)}", code), (
            f"docs/internals.md explains {term!r}, which the code never uses"
        )


PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.skipif(not TRACKED, reason="not a git checkout")
@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_files_and_modules_that_a_page_names_exist(page: Path) -> None:
    """A file is named from the repository's root, from `monitor/`, or by the end of its path; a folder has a slash."""
    files = {path.as_posix() for path in TRACKED if (ROOT / path).exists()}
    folders = {f"{parent.as_posix()}/" for path in map(Path, files) for parent in path.parents}
    ends = {"/".join(path.split("/")[-count:]) for path in files for count in range(1, path.count("/") + 2)}
    code = "\n".join(
        path.read_text(encoding="utf-8") for room in ("monitor", "tests") for path in (ROOT / room).rglob("*.py")
    )
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for name in re.findall(r"`([\w./-]+)`", text):
        if name.endswith(".py") or name.startswith(("monitor/", "tests/", "bench/", "docs/", "seeds/")):
            if re.search("[A-Z]{3}", name):  # stands for a name that is to be chosen
                continue
            known = name in folders or f"monitor/{name}" in folders if name.endswith("/") else name in ends
            assert known, f"{page.name} names {name}"
    if page.name in {"CONTRIBUTING.md", "internals.md"}:
        for name in re.findall(r"`(_?[A-Z][A-Za-z_]*[a-z][A-Za-z]*|_[A-Z]+)`", text):
            assert re.search(rf"\b{name}\b", code), f"{page.name} names {name}"


def test_internals_name_every_room() -> None:
    """The table of floors has every package and module of the first level."""
    house = (
        (ROOT / "docs" / "internals.md").read_text(encoding="utf-8").partition("## The house")[2].partition("\n## ")[0]
    )
    rooms = {
        path.name + "/" if path.is_dir() else path.name
        for path in PACKAGE.iterdir()
        if not path.name.startswith("_") and path.name != "py.typed"
    }
    assert {room for room in rooms if f"`{room}`" not in house and (PACKAGE / room).exists()} == set()


def test_links_between_the_documents_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} → {target}"


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_an_initialiser_is_described_by_its_class(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name == "__init__":
            assert ast.get_docstring(node) is None, f"line {node.lineno}: its class's docstring is the place"
