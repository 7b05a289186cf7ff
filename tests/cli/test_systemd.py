"""`monitor service install`: the unit for an installation, and what keeps its user out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.app import unit
from monitor.cli import cli

ROOT = Path(__file__).parents[2]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation that anybody may use, in a folder that counts as no home."""
    tmp_path.chmod(0o755)
    place = tmp_path / "opt"
    for name in ("bin", "etc"):
        (place / name).mkdir(parents=True)
    for name in ("bin/python", "bin/monitor", "etc/config.yaml"):
        (place / name).write_text("", encoding="utf-8")
        (place / name).chmod(0o755)
    monkeypatch.setattr("monitor.app.unit.sys.executable", str(place / "bin/python"))
    monkeypatch.setattr("monitor.app.unit._HIDDEN", (tmp_path / "home",))
    monkeypatch.setattr("monitor.app.unit._of", _below(tmp_path))
    return place


def _below(folder: Path) -> Callable[[Path], list[str]]:
    """Look at what is below a folder alone: the machine's own folders are what they are."""
    real = unit._of

    def of(path: Path) -> list[str]:
        inner = path if path.is_relative_to(folder) else folder
        outer = {str(each) for each in folder.parents}
        return [line for line in real(inner) if not any(line.startswith(f"{each} is closed") for each in outer)]

    return of


def install(place: Path, *options: str) -> Result:
    config = place / "etc/config.yaml"
    return CliRunner().invoke(cli, ["--config", str(config), "service", "install", *options], standalone_mode=False)


def test_the_shipped_units_are_one() -> None:
    data = (ROOT / "monitor/data/monitor.service").read_text(encoding="utf-8")
    assert data == (ROOT / "monitor.service").read_text(encoding="utf-8")


def test_a_unit_names_this_installation(place: Path, tmp_path: Path) -> None:
    target = tmp_path / "monitor.service"
    result = install(place, "--unit", str(target))
    assert result.return_value == 0, result.output
    text = target.read_text(encoding="utf-8")
    assert f"ExecStart={place}/bin/monitor --config {place}/etc/config.yaml run\n" in text
    assert f"LoadCredential=telegram_bot_token:{place}/etc/telegram_bot_token\n" in text
    assert "/etc/monitor/" not in text.replace(f"{place}", "")
    assert "systemctl enable --now monitor" in result.output
    target.write_text("another", encoding="utf-8")
    assert "--force" in str(install(place, "--unit", str(target)).exception)


def test_what_keeps_the_service_out_is_named_with_the_remedy(place: Path, tmp_path: Path) -> None:
    (place / "etc/config.yaml").chmod(0o600)
    (place / "bin").chmod(0o700)
    target = tmp_path / "monitor.service"
    result = install(place, "--unit", str(target))
    assert result.return_value == 1
    assert f"chmod o+r {place}/etc/config.yaml" in result.stderr
    assert f"chmod o+rx {place}/bin" in result.stderr
    assert not target.exists()
    assert install(place, "--unit", str(target), "--force").return_value == 0


def test_a_home_directory_is_refused(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.app.unit._HIDDEN", (tmp_path,))
    result = install(place, "--print")
    assert result.return_value == 1
    assert "which the service may not see: install under /opt" in result.stderr
    assert "[Service]" in result.stdout


def test_a_path_that_a_unit_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="move it"):
        unit.unit(Path("/opt/my monitor/bin/monitor"), Path("/etc/monitor/config.yaml"))
