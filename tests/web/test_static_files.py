"""The page's own files: what is shipped of others is what they published; all of it is small."""

from __future__ import annotations

import hashlib
import re

from monitor.web.static_files import address, files, version

VENDORED = {  # of npm's packages htmx.org 2.0.11 and uplot 1.6.32
    "vendor/htmx.min.js": "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717",
    "vendor/uPlot.iife.min.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
    "vendor/uPlot.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
}


def test_what_others_made_is_as_they_published_it() -> None:
    found = {
        name: hashlib.sha256(content).hexdigest() for name, content in files().items() if name.startswith("vendor")
    }
    assert found == VENDORED


def test_all_scripts_and_styles_are_at_most_150_kilobytes() -> None:
    assert sum(len(content) for name, content in files().items() if name.endswith((".js", ".css"))) <= 150_000


def test_nothing_of_it_is_elsewhere_and_its_address_changes_with_it() -> None:
    for name, content in files().items():
        if not name.startswith("vendor"):
            assert not re.search(rb"https?://(?!www\.w3\.org/2000/svg)", content), name
    assert address("page.js") == f"/static/{version()}/page.js"
