"""Measures matching beside its peers, on one text and over the same surface forms, in one run.

    python3 -m venv .venv-bench && .venv-bench/bin/pip install -r bench/requirements.txt
    .venv/bin/python bench/match.py --peers .venv-bench/bin/python [--terms 1000 10000] [--megabytes 5]

The text is made up, with a fixed seed, in the shape of real text: sentences in Ukrainian (4 in 10), Russian (3) and
English (3), of words from the dictionaries that the monitor installs, as frequent as Zipf's law has them (the commonest
words by hand), with 1 word in 60 from a term, in any of its forms. Of the terms half are made-up surnames, a third full
names, the rest words of the dictionaries, alone or before a name. Each engine runs in a process of its own. The peers
get every form of each single word, and of a phrase the forms whose words agree (a full product would not fit into
memory): a lower bound of what the monitor looks for. They run on lower-cased text, and what they find inside a longer
word is dropped, as it would have to be.

The monitor's time is that of the whole way from a string to mentions: normalise, tokenise, scan, offsets, zones. Its
load is that of terms whose forms are cached; to make them takes as long as the heading says, once. Printed for each
engine: seconds to load, MB/s (UTF-8) of matching, with that as a ratio to the monitor's, MB of memory that loading
added, hits, and which share of the monitor's hits it finds, and finds besides.
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from itertools import accumulate, product
from pathlib import Path
from typing import Any

Span = tuple[int, int]
Engine = tuple[Callable[[list[str]], Any], Callable[[Any, str], Iterable[Span]]]

SYLLABLES, ENDINGS = map(
    str.split,
    (
        "ка ро ме лі ти ван дор гра пе но ша бур ен зи ля тро ми ру хо сте пло вер чу жан бі сол",
        "енко ський ова ин ак ець ський ів",
    ),
)
COMMONEST = {
    "uk": "і в на що з до за про це він вона але як також уже після під час від для не був сказав у та й є",
    "ru": "и в на что с к за о это он она но как также уже после под во время от для не был сказал у а",
    "en": "the of and to in a that is was with for said on has by from have it he they at as be this not are",
}
SHARES = {"uk": 4, "ru": 3, "en": 3}
VOCABULARY = 40_000  # forms a language: as many distinct ones as a few megabytes of news have
RARE = 300  # terms are no words of the commonest ranks
TERM_EVERY = 60  # words


def name(rng: random.Random) -> str:
    return "".join(rng.choices(SYLLABLES, k=rng.randint(2, 3))).capitalize() + rng.choice(ENDINGS)


def vocabulary(language: str, rng: random.Random) -> list[str]:
    """Return words of a language, the most frequent first: the commonest by hand, the others in an order of chance."""
    if language == "en":
        from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

        words = sorted(DefaultDictionaryFactory().get_dictionary("en"))
    else:
        import pymorphy3

        words = list(dict.fromkeys(pymorphy3.MorphAnalyzer(lang=language).dictionary.words.iterkeys("")))
    words = [word for word in words if word.isalpha() and word.islower() and len(word) > 2]
    return [*COMMONEST[language].split(), *rng.sample(words, VOCABULARY)]


def make_terms(count: int, words: dict[str, list[str]], rng: random.Random) -> list[str]:
    """Half surnames, a third full names, the rest words, alone or with a name after them."""
    terms: dict[str, None] = {}
    while len(terms) < count:
        kind = rng.random()
        word = rng.choice(words[rng.choice(list(words))][RARE:])
        if kind < 0.5:
            terms[name(rng)] = None
        elif kind < 0.83:
            terms[f"{name(rng)} {name(rng)}"] = None
        else:
            terms[f"{word} {name(rng)}" if kind < 0.93 else word] = None
    return list(terms)


def make_text(megabytes: float, words: dict[str, list[str]], forms: list[str], rng: random.Random) -> str:
    """Return sentences of five to thirty words, one language each, in paragraphs."""
    weights = {of: list(accumulate(1 / (rank + 2.7) for rank in range(len(found)))) for of, found in words.items()}
    parts: list[str] = []
    size = 0
    while size < megabytes * 1e6:
        language = rng.choices(list(SHARES), list(SHARES.values()))[0]
        chosen = rng.choices(words[language], cum_weights=weights[language], k=rng.randint(5, 30))
        chosen = [rng.choice(forms).title() if rng.random() < 1 / TERM_EVERY else word for word in chosen]
        sentence = " ".join([chosen[0].capitalize(), *chosen[1:]])
        sentence = sentence.replace(" ", ", ", 1) if rng.random() < 0.5 else sentence
        parts.append(f"{sentence}.{rng.choice([' ', ' ', ' ', chr(10) * 2])}")
        size += len(parts[-1].encode())
    return "".join(parts)


def surface_forms(terms: list[str], cache: dict[str, bytes]) -> list[str]:
    """Return every form of each term, in lower case; of a phrase those whose words are in one case."""
    from monitor.text.forms import Kind
    from monitor.watch.index.form_index import Forms, FormTable

    table = FormTable()
    made = Forms(table, cache)
    found: dict[str, None] = {}
    for term in terms:
        words = made.phrase(tuple(term.split()), None, Kind.AUTO).words
        by_rule: dict[str, list[list[str]]] = {}
        for place, word in enumerate(words):
            for key, form in zip(word.keys, word.forms, strict=True):
                slots = by_rule.setdefault(_case(table.forms[form].rule), [[] for _ in words])
                slots[place].append(key)
        for slots in by_rule.values():
            found.update((" ".join(keys), None) for keys in product(*slots))
    return list(found)


def _case(rule: str) -> str:
    """Return the grammatical case that a rule names: 'genitive' of 'dictionary: noun, genitive singular'."""
    cases = ("nominative", "genitive", "dative", "accusative", "instrumental", "locative", "vocative")
    return next((case for case in cases if case in rule), "")


# --------------------------------------------------------------------------- engines


def monitor_engine(folder: Path) -> Engine:
    from monitor.model import Article, Term, Watchlist
    from monitor.watch.catalogue import Catalogue
    from monitor.watch.compile import compile_watchlists

    terms = json.loads((folder / "terms.json").read_text())
    cache = pickle.loads((folder / "cache.pickle").read_bytes())  # noqa: S301 - written by this script

    def load(_: list[str]) -> Any:
        lists = [Watchlist(f"list {at}", keywords=tuple(map(Term, terms[at::100]))) for at in range(100)]
        return compile_watchlists(lists, Catalogue([]), cache)

    def find(matcher: Any, text: str) -> Iterable[Span]:
        reading = matcher.read(Article(None, "", text, "bench", "uk"))
        return ((one.start, one.end) for found in reading.found.values() for one in found)

    return load, find


def aho_corasick() -> Engine:
    import ahocorasick_rs

    def find(automaton: Any, text: str) -> Iterable[Span]:
        found = automaton.find_matches_as_indexes(text.lower(), overlapping=True)
        return ((start, end) for _, start, end in found)

    return ahocorasick_rs.AhoCorasick, find


def flashtext() -> Engine:
    from flashtext import KeywordProcessor

    def load(forms: list[str]) -> Any:
        processor = KeywordProcessor()
        processor.non_word_boundaries |= set("абвгґдеєжзиіїйклмнопрстуфхцчшщьюяыэъё'")
        processor.add_keywords_from_list(forms)
        return processor

    def find(processor: Any, text: str) -> Iterable[Span]:
        return ((start, end) for _, start, end in processor.extract_keywords(text.lower(), span_info=True))

    return load, find


def spacy_matcher() -> Engine:
    import spacy
    from spacy.matcher import PhraseMatcher

    nlp = spacy.blank("uk")
    nlp.max_length = 1_000_000_000

    def load(forms: list[str]) -> Any:
        matcher = PhraseMatcher(nlp.vocab)
        matcher.add("term", list(nlp.tokenizer.pipe(forms)))
        return matcher

    def find(matcher: Any, text: str) -> Iterable[Span]:
        document = nlp.tokenizer(text.lower())
        return (
            (document[start].idx, document[end - 1].idx + len(document[end - 1])) for _, start, end in matcher(document)
        )

    return load, find


def regex_alternation() -> Engine:
    import regex

    def load(forms: list[str]) -> Any:
        return regex.compile(r"\b(?:" + "|".join(map(regex.escape, sorted(forms, key=len, reverse=True))) + r")\b")

    def find(pattern: Any, text: str) -> Iterable[Span]:
        return (found.span() for found in pattern.finditer(text.lower()))

    return load, find


PEERS: dict[str, Callable[[], Engine]] = {
    "ahocorasick_rs": aho_corasick,
    "flashtext": flashtext,
    "spaCy PhraseMatcher": spacy_matcher,
    "regex alternation": regex_alternation,
}
# Some are a hundred times slower: a part of the text is enough to tell.
SHARE_OF_TEXT = {"regex alternation": 0.01, "spaCy PhraseMatcher": 0.2}


def measure(engine_name: str, folder: Path) -> None:
    """Run one engine (in this process) and write what it took and found."""
    load, find = monitor_engine(folder) if engine_name == "monitor" else PEERS[engine_name]()
    forms = json.loads((folder / "forms.json").read_text())
    text = (folder / "text.txt").read_text(encoding="utf-8")
    text = text[: int(len(text) * SHARE_OF_TEXT.get(engine_name, 1))]
    before, start = memory(), time.process_time()
    engine = load(forms)
    loaded, after = time.process_time() - start, memory()
    best, spans = float("inf"), []
    for _ in range(3):
        start = time.process_time()
        spans = list(find(engine, text))
        best = min(best, time.process_time() - start)
    whole = [(a, b) for a, b in set(spans) if not text[a - 1 : a].isalpha() and not text[b : b + 1].isalpha()]
    speed = len(text.encode()) / 1e6 / best
    result = {"load": loaded, "memory": after - before, "speed": speed, "hits": sorted(whole), "length": len(text)}
    (folder / f"{engine_name}.json").write_text(json.dumps(result))


def memory() -> float:
    """Return the process's resident memory, MB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


# --------------------------------------------------------------------------- the run


def report(folder: Path, names: list[str]) -> None:
    ours = json.loads((folder / "monitor.json").read_text())
    print(f"{'':22}{'load s':>9}{'MB/s':>9}{'ratio':>8}{'MB':>7}{'hits':>9}{'of ours':>9}{'besides':>9}")
    for engine_name in names:
        result = json.loads((folder / f"{engine_name}.json").read_text())
        mine = {tuple(hit) for hit in ours["hits"] if hit[1] <= result["length"]}
        theirs = {tuple(hit) for hit in result["hits"]}
        shared = len(mine & theirs) / max(len(mine), 1)
        print(
            f"{engine_name:22}{result['load']:9.2f}{result['speed']:9.2f}{result['speed'] / ours['speed']:8.2f}"
            f"{result['memory']:7.0f}{len(theirs):9}{shared:9.3f}{len(theirs - mine) / max(len(theirs), 1):9.3f}"
        )


def run(count: int, megabytes: float, peers: Path | None, only: list[str]) -> None:
    """Make text and terms, run every engine, print the table."""
    rng = random.Random(count)
    words = {language: vocabulary(language, rng) for language in SHARES}
    terms = make_terms(count, words, rng)
    cache: dict[str, bytes] = {}
    start = time.process_time()
    forms = surface_forms(terms, cache)
    print(f"\n{count} terms, {len(forms)} surface forms (made in {time.process_time() - start:.1f} s, then cached)")
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        (folder / "terms.json").write_text(json.dumps(terms))
        (folder / "forms.json").write_text(json.dumps(forms))
        (folder / "cache.pickle").write_bytes(pickle.dumps(cache))
        text = make_text(megabytes, words, forms, rng)
        (folder / "text.txt").write_text(text, encoding="utf-8")
        done = []
        for engine_name in ("monitor", *(PEERS if peers else ())):
            if only and engine_name not in ("monitor", *only):
                continue
            python = sys.executable if engine_name == "monitor" else str(peers)
            command = [python, __file__, "--measure", engine_name, "--folder", kept]
            if subprocess.run(command, check=False, timeout=3600).returncode == 0:
                done.append(engine_name)
        report(folder, done)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--terms", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--megabytes", type=float, default=5.0)
    parser.add_argument("--peers", type=Path, help="the Python that has the peers; without it, the monitor alone")
    parser.add_argument("--only", nargs="*", default=[], help="these peers only")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure, options.folder)
        return
    for count in options.terms:
        run(count, options.megabytes, options.peers, options.only)


if __name__ == "__main__":
    main()
