from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from monitor.cli import cli

PAGE = (
    '<html lang="uk"><head><meta charset="utf-8"><title>Блінкен у Сеулі</title></head><body><article><h1>Блінкен у Сеулі</h1>'
    "<p>Держсекретар США Ентоні Блінкен заявив у Сеулі, що Росія допомагає Північній Кореї розвивати ракети.</p>"
    "<p>Як повідомляв Укрінформ, у жовтні КНДР відправила до Росії снаряди.</p><p>Фото: Yonhap</p></article></body></html>"
)


def test_json_has_the_fields_of_the_contract(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(PAGE, encoding="utf-8")
    result = CliRunner().invoke(
        cli, ["--config", str(tmp_path / "none.yaml"), "extract", "--json", str(tmp_path / "page.html")]
    )
    assert result.exit_code == 0, result.output
    article = json.loads(result.stdout)
    assert article["title"] == "Блінкен у Сеулі"
    assert (article["language"], article["author"], article["published"]) == ("uk", None, None)
    document = f"{article['title']}\n\n{article['text']}"
    found = [(span["zone"], document[span["start"] : span["end"]].strip()) for span in article["zones"]]
    assert [zone for zone, _ in found] == ["title", "lead", "background", "credit"]
    assert found[-1][1] == "Фото: Yonhap"


def test_people_see_the_zones(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(PAGE, encoding="utf-8")
    result = CliRunner().invoke(cli, ["extract", str(tmp_path / "page.html")])
    assert "[background] Як повідомляв Укрінформ" in result.output


def test_a_missing_file_is_named() -> None:
    result = CliRunner().invoke(cli, ["extract", "no/such/page.html"])
    assert result.exit_code == 2
    assert "no/such/page.html" in result.output
