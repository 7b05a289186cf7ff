"""Row 17: `monitor match --jsonl` on one core, by the number of terms."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from bench.frame import usage
from bench.frame.daemon import MONITOR
from bench.frame.row import OURS, Result, Row, Sitting, alternated
from bench.match import SHARES, make_terms, make_text, vocabulary

TERMS = (1_000, 10_000)
MEGABYTES, ARTICLE = 5.0, 2_600  # of input; characters of an article: some 4.7 kB
FEW = 5  # of so many articles one: their time is taken off with the start's, so that models are loaded in both


def measure(sitting: Sitting) -> Sequence[Result]:
    """Match articles, forms kept; the figure is MB of input a CPU second, what a start takes left out.

    Texts and terms are those of `bench/match.py`; 1 word in 60 is of a term. How the peers' engines do is its table.
    """
    rng, results = random.Random(17), []
    words = {language: vocabulary(language, rng) for language in SHARES}
    for count in TERMS:
        terms = make_terms(sitting.count(count), words, rng)
        text = make_text(MEGABYTES * sitting.scale, words, terms, rng)
        folder = sitting.folder / str(count)
        folder.mkdir()
        rows = (
            {"id": number, "title": "Про події дня", "text": text[at : at + ARTICLE]}
            for number, at in enumerate(range(0, len(text), ARTICLE))
        )
        lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
        (folder / "all.jsonl").write_text("".join(lines), encoding="utf-8")
        (folder / "few.jsonl").write_text("".join(lines[: len(lines) // FEW]), encoding="utf-8")
        (folder / "config.yaml").write_text(
            "sources:\n  - {name: a, url: 'https://a.example/rss'}\n"
            f"watchlists:\n  - {{name: many, notify: [], keywords: {json.dumps(terms, ensure_ascii=False)}}}\n",
            encoding="utf-8",
        )
        figures = alternated(sitting, {OURS: partial(_rate, folder)})
        results.append(Result(f"{count:,} terms, articles of 4.7 kB", "MB/s", figures, better="more"))
    return results


def _rate(folder: Path) -> float:
    size = (folder / "all.jsonl").stat().st_size - (folder / "few.jsonl").stat().st_size
    few, every = (_cpu(folder, name) for name in ("few", "all"))
    return size / 1e6 / (every - few)


def _cpu(folder: Path, name: str) -> float:
    match = f"exec {MONITOR} --config config.yaml match --jsonl --workers 1 < {name}.jsonl > found.jsonl"
    return usage.run(["sh", "-c", match], {"XDG_CACHE_HOME": str(folder / "cache")}, folder).cpu


ROW = Row(17, "monitor match --jsonl, a core", "≥ 20 MB/s", measure)
