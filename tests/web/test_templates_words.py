"""Every phrase of the page is used, and what is used is there."""

from __future__ import annotations

import re
from pathlib import Path

import monitor.web
from monitor.i18n import texts

WEB = Path(monitor.web.__file__).parent
_TEMPLATE = re.compile(r"\b[tn]\(\s*(['\"])(.+?)\1(\s*~)?")
_CODE = re.compile(r"(['\"])((?:[a-z][\w -]*))\1")


def test_every_phrase_is_used_and_every_use_has_its_phrase() -> None:
    known = set(texts("web", "en"))
    used: set[str] = set()
    for file in (WEB / "templates").iterdir():
        text = file.read_text("utf-8")
        for _, key, joined in _TEMPLATE.findall(text):
            found = {each for each in known if each.startswith(key)} if joined else {key} & known
            assert found, f"{file.name}: {key}"
            used |= found
        used |= {key for _, key in _CODE.findall(text)} & known
    for file in WEB.glob("*.py"):
        used |= {key for _, key in _CODE.findall(file.read_text("utf-8"))} & known
    assert known - used == set()
