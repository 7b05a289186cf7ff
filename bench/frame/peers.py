"""Peers: each set of packages in a virtual environment of its own, made when it is first asked for."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]


def python(name: str) -> Path:
    """Return the interpreter of the environment that `bench/requirements/NAME.txt` describes, with its packages."""
    wanted = HERE / "requirements" / f"{name}.txt"
    place = HERE / "peers" / name
    mark = place / ".requirements"
    digest = hashlib.sha256(wanted.read_bytes()).hexdigest()
    if not mark.exists() or mark.read_text(encoding="ascii") != digest:
        print(f"setting up {place} ...", file=sys.stderr)
        venv.create(place, with_pip=True, clear=True)
        pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--prefer-binary", "--requirement", str(wanted)], check=True)
        mark.write_text(digest, encoding="ascii")
    return place / "bin" / "python"


def versions(name: str) -> str:
    """Return the packages of an environment that its requirements name, as they are written there: 'reader==3.27'."""
    lines = (HERE / "requirements" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    return ", ".join(line for line in map(str.strip, lines) if line and not line.startswith("#"))
