"""Measures how much of an article, and how little else, is taken from a page: ours beside trafilatura, in one run.

    python bench/extract.py PATH [PATH …] [--show N]

Each PATH is a folder, or the archive (`.tar.gz`, `.tgz`, `.zip`) that its makers publish, which is unpacked for the
run. What it holds is recognised by its files:

- `evaldata.json` or `unit_tests.py` beside `cache/` (trafilatura): segments that the article has and
  has not. Precision and recall of the segments of all pages.
- `ground-truth.json` beside `html/*.html.gz` (article-extraction-benchmark): whole texts, compared by their runs of
  four words as that benchmark compares them; the mean over pages.
- `*/source.html` beside `expected.html` (readability), `html/X.html` beside `txt/X.txt` (newspaper): likewise.

A page that is refused (a wall, too little text) counts as an empty text. `CPU` is the median over pages of this
process's time for a page, `ratio` that of each page's time by trafilatura's; ours is everything that the daemon does
with a page, its language and zones included.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import gc
import gzip
import json
import logging
import re
import shutil
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import trafilatura
from lxml import html

import monitor.extract.warm  # noqa: F401 — as in the daemon, where everything is loaded before a page comes
from monitor.errors import ExtractError
from monitor.extract.extractor import ArticleExtractor
from monitor.model import Entry, Source
from monitor.ports import Response

SHINGLE = 4
NOW = datetime(2026, 1, 1, tzinfo=UTC)
OPTIONS = {"include_comments": False, "include_tables": True, "include_formatting": False}


@dataclass(frozen=True)
class Page:
    """A saved page with its whole text, or with segments that its article has and has not."""

    name: str
    body: bytes
    text: str | None = None
    inside: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()


@dataclass
class Score:
    """Per page: right, wrong and missing parts, and seconds."""

    parts: list[tuple[float, float, float]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def summed(self) -> tuple[float, float, float]:
        """Return precision, recall and F1 of all parts together."""
        right, wrong, missing = (sum(part) for part in zip(*self.parts, strict=True))
        return _prf(right / (right + wrong or 1), right / (right + missing or 1))

    def averaged(self) -> tuple[float, float, float]:
        """Return the means of the pages' precision and recall, and their F1."""
        precision = [right / (right + wrong) for right, wrong, _ in self.parts if right + wrong]
        recall = [right / (right + missing) for right, _, missing in self.parts if right + missing]
        return _prf(statistics.mean(precision or [0]), statistics.mean(recall or [0]))


def _prf(precision: float, recall: float) -> tuple[float, float, float]:
    return precision, recall, 2 * precision * recall / (precision + recall or 1)


# --------------------------------------------------------------------------- the readers


def ours(page: Page) -> str:
    entry = Entry(key="k", guid=None, link=None, title="")
    source = Source("bench", "https://example.org/feed")
    response = Response("https://example.org/article", 200, (("content-type", "text/html"),), page.body)
    try:
        article = ArticleExtractor().extract(source, entry, response, NOW)
    except ExtractError:
        return ""
    return article.text


def full(page: Page) -> str:
    return trafilatura.extract(page.body, **OPTIONS) or ""


def fast(page: Page) -> str:
    return trafilatura.extract(page.body, fast=True, **OPTIONS) or ""


READERS: dict[str, Callable[[Page], str]] = {"monitor": ours, "trafilatura": full, "trafilatura fast": fast}


# --------------------------------------------------------------------------- the corpora


def corpora(root: Path) -> Iterator[tuple[str, list[Page]]]:
    """Return the sets of pages below a folder, each with its name."""
    files = {path.name: path for path in sorted(root.rglob("*.htm*")) if path.is_file()}
    for path in sorted(root.rglob("evaldata.json")):
        yield f"{path.parent.name}: evaldata", list(_segments(json.loads(path.read_text("utf-8")), files))
    for path in sorted(root.rglob("unit_tests.py")):
        if "MOCK_PAGES" in (source := path.read_text("utf-8")):
            yield f"{path.parent.name}: unit tests", list(_segments(_asserted(source), files))
    for path in sorted(root.rglob("ground-truth.json")):
        truth = json.loads(path.read_text("utf-8"))
        yield (
            "article-extraction-benchmark",
            [
                Page(key, gzip.decompress((path.parent / "html" / f"{key}.html.gz").read_bytes()), of["articleBody"])
                for key, of in truth.items()
            ],
        )
    pairs = list(_pairs(root))
    if pairs:
        yield "whole texts", pairs


def _segments(truth: dict[str, Any], files: dict[str, Path]) -> Iterator[Page]:
    for of in truth.values():
        if of["file"] in files:
            yield Page(of["file"], files[of["file"]].read_bytes(), None, tuple(of["with"]), tuple(of["without"]))


def _asserted(source: str) -> dict[str, Any]:
    """Return what tests assert of pages: `assert 'a' in result and 'b' not in result` after `load_mock_page(URL)`."""
    tree = ast.parse(source)
    pages: dict[str, str] = next(
        ast.literal_eval(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "MOCK_PAGES"
    )
    found: dict[str, Any] = {url: {"file": name, "with": [], "without": []} for url, name in pages.items()}
    lines = sorted(
        (node for node in ast.walk(tree) if isinstance(node, ast.Call | ast.Compare)),
        key=lambda node: (node.lineno, node.col_offset),
    )
    url = ""
    for node in lines:
        match node:
            case ast.Call(func=ast.Name(id="load_mock_page"), args=[ast.Constant(value=str(url)), *_]):
                pass
            case ast.Compare(left=ast.Constant(value=str(text)), ops=[operator]) if url in found:
                found[url]["with" if isinstance(operator, ast.In) else "without"].append(text)
    return {url: of for url, of in found.items() if of["with"] or of["without"]}


def _pairs(root: Path) -> Iterator[Page]:
    for path in sorted(root.rglob("*.html")):
        expected = path.with_name("expected.html")
        text = path.parent.parent / "txt" / f"{path.stem}.txt"
        if path.name == "source.html" and expected.exists():
            tree = html.document_fromstring(expected.read_bytes(), parser=html.HTMLParser(encoding="utf-8"))
            yield Page(path.parent.name, path.read_bytes(), " ".join(tree.itertext()))
        elif path.parent.name == "html" and text.exists():
            yield Page(path.stem, path.read_bytes(), text.read_text("utf-8"))


@contextlib.contextmanager
def _folder(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield path
        return
    with tempfile.TemporaryDirectory() as temporary:
        shutil.unpack_archive(path, temporary, **({} if path.suffix == ".zip" else {"filter": "data"}))
        yield Path(temporary)


# --------------------------------------------------------------------------- comparing


def parts(page: Page, text: str) -> tuple[float, float, float]:
    """Return right, wrong and missing parts of what was read of a page."""
    if page.text is None:
        shown = " ".join(text.split())
        right = sum(" ".join(part.split()) in shown for part in page.inside)
        return right, sum(" ".join(part.split()) in shown for part in page.outside), len(page.inside) - right
    wanted, taken = _shingles(page.text), _shingles(text)
    right = (wanted & taken).total()
    wrong, missing = taken.total() - right, wanted.total() - right
    whole = right + wrong + missing or 1
    return right / whole, wrong / whole, missing / whole


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    runs = (tuple(words[start : start + SHINGLE]) for start in range(max(1, len(words) - SHINGLE + 1)))
    return Counter(run for run in runs if run)


def measure(name: str, pages: list[Page], show: int) -> None:
    scores = {reader: Score() for reader in READERS}
    readers = list(READERS.items())
    for number, page in enumerate(pages):
        turn = number % len(readers)  # each comes first in its turn: what comes first finds cold caches
        for reader, read in readers[turn:] + readers[:turn]:
            begin = time.process_time()
            text = read(page)
            scores[reader].seconds.append(time.process_time() - begin)
            scores[reader].parts.append(parts(page, text))
    print(f"\n{name}: {len(pages)} pages")
    print("| | precision | recall | F1 | against trafilatura | CPU ms | ratio |\n|---|---|---|---|---|---|---|")
    whole = pages[0].text is not None
    results = {reader: score.averaged() if whole else score.summed() for reader, score in scores.items()}
    peer, paces = results["trafilatura"][2], scores["trafilatura"].seconds
    for reader, (precision, recall, f1) in results.items():
        seconds = scores[reader].seconds
        ratio = statistics.median(one / other for one, other in zip(seconds, paces, strict=True))
        print(
            f"| {reader} | {precision:.3f} | {recall:.3f} | {f1:.3f} | {f1 - peer:+.3f}"
            f" | {statistics.median(seconds) * 1_000:.1f} | {ratio:.2f} |"
        )
    pairs = zip(scores["monitor"].parts, scores["trafilatura"].parts, pages, strict=True)
    apart = sorted(((_loss(mine) - _loss(other), page.name) for mine, other, page in pairs), reverse=True)
    for loss, page_name in apart[:show]:
        print(f"  {loss:+.2f} {page_name}")


def _loss(of: tuple[float, float, float]) -> float:
    return of[1] + of[2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--show", type=int, default=0, help="so many pages where ours is worst beside trafilatura")
    options = parser.parse_args()
    logging.disable()
    gc.freeze()  # as the fork server does: what was loaded before is looked through by no collection
    for path in options.paths:
        with _folder(path) as folder:
            for name, pages in corpora(folder):
                measure(name, pages, options.show)


if __name__ == "__main__":
    main()
