"""How much CPU time do hostile documents cost `monitor match --jsonl`? One of each kind, all terms of the catalogue.

    python bench/hostile_match.py [--megabytes 5] [--only KIND] [--goal 8]

Each document is made up to be dear for one part of matching: normalising, tokens, words written together, Korean and
Chinese compounds, phrases that begin at each word, zones, sentences, detection of the language, look-alike letters.
Watchlists ask for every entity of the catalogue, phrases, wildcards, distances and regular expressions. Each
goes through what `match --jsonl` runs for a line, in this process; its CPU time is printed. Exits 1 where one costs
more than `goal` seconds.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from monitor.app.configuration import load
from monitor.cli.jsonl import run
from monitor.cli.match import compile_matcher
from monitor.watch.catalogue import shipped
from monitor.watch.match import Matcher

RNG = random.Random(7)
NAMES = ("North Korea", "Блінкен", "КНДР", "북한", "балістична ракета", "ICBM", "朝鲜", "Путін", "Су-57", "санкції")


def shuffled(words: str, count: int) -> str:
    return " ".join(RNG.choices(words.split(), k=count))


KINDS: dict[str, Callable[[], str]] = {
    "one letter": lambda: "a",
    "one Hangul syllable": lambda: "북",
    "Korean nouns in one run": lambda: "".join(
        RNG.choices(["북한", "미사일", "대통령", "국방부", "러시아", "제재", "핵실험"], k=3000)
    ),
    "Korean compounds": lambda: " ".join(
        "".join(RNG.choices(["북한", "미사일", "대통령", "국방부", "러시아", "제재", "핵실험", "군", "의", "적"], k=5))
        for _ in range(150_000)
    ),
    "Hangul of chance": lambda: " ".join(
        "".join(chr(RNG.randint(0xAC00, 0xD7A3)) for _ in range(8)) for _ in range(150_000)
    ),
    "Chinese names in one run": lambda: "".join(
        RNG.choices(["朝鲜", "中国", "美国", "国务卿", "安东尼·布林肯", "俄罗斯"], k=3000)
    ),
    "Katakana": lambda: "".join(RNG.choices("アイウエオカキクケコタイトルマリ", k=5000)),
    "only names": lambda: " ".join(RNG.choices(NAMES, k=5000)),
    "one name": lambda: "North Korea ",
    "a phrase's first word": lambda: "North ",
    "beginnings of phrases": lambda: shuffled(
        "Republic of United Minister Foreign People's the of and Democratic", 5000
    ),
    "different words": lambda: " ".join("".join(RNG.choices("абвгдеєжзиіклмнопрст", k=7)) for _ in range(30_000)),
    "words with capitals inside": lambda: " ".join(
        "".join(RNG.choices(("Ukraine", "Korea", "North", "Missile", "Україна"), k=8)) for _ in range(10_000)
    ),
    "look-alike letters": lambda: " ".join("".join(RNG.choices("КНДРKHДPаaсcеeоo", k=6)) for _ in range(30_000)),
    "letters and digits": lambda: "Su57Х101" * 5000,
    "combining marks": lambda: "a" + "\u0301\u0323\u0316" * 500,
    "zero-width and bidirectional": lambda: "\u200b\u202e\u2066C\u00adу\u200d" * 500,
    "full-width and compatibility": lambda: "ＮＡＴＯﷺ㎒㌀" * 500,
    "apostrophes": lambda: "м'’ʼ`я " * 500,
    "hyphens": lambda: "ракетно-" * 500,
    "dots": lambda: "U.S.N.K." * 500 + " ",
    "short lines": lambda: "Фото: Yonhap\nЯк повідомляв Укрінформ, КНДР\n\n",
    "quotation marks": lambda: "«\"“'" * 300 + "Кинджалів" + "»\"”'" * 300,
    "digits and numbers": lambda: "№ 64-5,000.000 " * 300,
    "surrogates and controls": lambda: "\ud800\x00\x1b[31m\ufffe КНДР " * 300,
    "brackets and mark-up": lambda: "<a href='КНДР'>((((" * 300,
    "capitals": lambda: shuffled("КНДР США НАТО СБУ ЗСУ РФ МБР БПЛА ООН ЄС WHO US UN", 5000),
    "for regular expressions": lambda: "Hwasong-" + "1" * 3000 + "a ",
    "distances": lambda: shuffled("missile Seoul ракета Сеул", 5000),
}


def document(kind: str, size: int) -> str:
    unit = KINDS[kind]()
    text = (unit * (size // max(len(unit.encode("utf-8", "surrogatepass")), 1) + 1))[:size]
    return text.encode("utf-8", "surrogatepass")[:size].decode("utf-8", "ignore") if unit.isprintable() else text


def configuration(folder: Path) -> Path:
    names = shipped().ids()
    path = folder / "config.yaml"
    lists = [
        {"name": "all", "entities": names, "notify": ["screen"]},
        {
            "name": "terms",
            "keywords": ["missil*", "/Hwasong-\\d+/", "/miss(ile|iles)? +test/", *NAMES],
            "notify": ["screen"],
        },
        {
            "name": "near",
            "query": "missile NEAR/5 Seoul OR ракета SENTENCE Сеул OR atleast/3(KНДР)",
            "notify": ["screen"],
        },
    ]
    source = {"name": "A", "url": "https://example.org/rss"}
    settings = {"sources": [source], "watchlists": lists, "channels": {"screen": {"console": {}}}}
    path.write_text(json.dumps(settings, ensure_ascii=False), "utf-8")
    return path


def cost(matcher: Matcher, kind: str, text: str) -> tuple[float, int]:
    """Return the CPU seconds of one line through `match --jsonl` in this process, and its hits."""
    line, out, complaints = json.dumps({"id": kind, "text": text}).encode() + b"\n", io.StringIO(), io.StringIO()
    before = time.process_time()
    run(matcher, io.BytesIO(line), out, complaints, 1)
    spent = time.process_time() - before
    return spent, len(json.loads(out.getvalue())["hits"])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=5.0)
    parser.add_argument("--only", default="", help="only kinds whose names hold this")
    parser.add_argument("--goal", type=float, default=8.0, help="seconds of CPU time that a document may cost")
    options = parser.parse_args()
    size, total, worst = int(options.megabytes * 1_000_000), 0.0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        matcher = compile_matcher(load(configuration(Path(folder))))
    cost(matcher, "warm", "КНДР, 북한, North Korea")
    for kind in (kind for kind in KINDS if options.only in kind):
        spent, hits = cost(matcher, kind, document(kind, size))
        print(f"{kind:32} {spent:6.2f} s  {hits:7} hits", flush=True)
        total, worst = total + spent, max(worst, spent)
    print(f"{'all':32} {total:6.2f} s; most for one document {worst:.2f} s (goal {options.goal:g})")
    return int(worst > options.goal)


if __name__ == "__main__":
    sys.exit(main())
