"""Speakers of quotations: named right, or not at all, in sentences written for this project, with a floor each.

A line of `speakers/<language>.txt` is `TEXT => SPEAKER`: {…} is the sentence that is asked about, '-' means that none is
sure. A name counts where it is the speaker's, with or without a title.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.story.speakers import speaker

FOLDER = Path(__file__).parent / "speakers"
F1, PRECISION = 0.85, 0.95


@pytest.mark.parametrize("language", ["uk", "ru", "en", "ko"])
def test_speakers_are_named_right_or_not_at_all(language: str) -> None:
    right = wrong = missed = 0
    failures: list[str] = []
    for line in (FOLDER / f"{language}.txt").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        text, _, wanted = line.rpartition(" => ")
        start, end = text.index("{"), text.index("}") - 1
        found = speaker(text.replace("{", "").replace("}", ""), start, end) or "-"
        right += found == wanted != "-"
        wrong += found not in ("-", wanted)
        missed += wanted not in ("-", found)
        failures += [f"{line}: {found}"] if found != wanted else []
    precision, recall = right / (right + wrong), right / (right + missed)
    assert precision >= PRECISION, failures
    assert 2 * precision * recall / (precision + recall) >= F1, failures
