"""Measures matching on annotated text: every base form a keyword, the sentences the text.

    python bench/quality.py --data DIR [--errors N] [--only NAME]

DIR holds public corpora as their makers publish them: `ud-*.conllu` (Universal Dependencies), `factrueval/book_*`
(factRuEval-2016) and `klue-ner*.tsv` (KLUE). All base forms are active at once. A mention is found where a hit of its
own base form overlaps it; a hit is right where it overlaps a mention of its own base form; in KLUE, which marks names
without their base forms, where it overlaps any mention. Printed beside the goals.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from monitor.model import Article, Term, Watchlist
from monitor.text.detect import detect
from monitor.text.forms.korean import is_hangul
from monitor.text.tokens import tokenise
from monitor.watch.catalogue import Catalogue
from monitor.watch.compile import compile_watchlists


@dataclass
class Document:
    """A text, the mentions to be found in it, and what else a hit may rightly lie on: (start, end, base form)."""

    text: str
    mentions: list[tuple[int, int, str]] = field(default_factory=list)
    right: list[tuple[int, int, str]] = field(default_factory=list)
    participles: list[tuple[int, int]] = field(default_factory=list)  # where the hit of a verb may rightly lie
    verbs: set[str] = field(default_factory=set)  # the base forms that are verbs
    unknown: list[tuple[int, int]] = field(default_factory=list)  # words without a lemma: a hit on one says nothing


@dataclass
class Score:
    """What was found, of what there is."""

    mentions: int = 0
    found: int = 0
    hits: int = 0
    right: int = 0
    missed: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: Counter[tuple[str, str, str]] = field(default_factory=Counter)


class Terms:
    """The product's own matcher, with every base form as a term."""

    def __init__(self, bases: Iterable[str], language: str | None = None) -> None:
        """Compile one watchlist of all base forms; as phrases, so that nothing in them is an operator."""
        self.language = language
        self.terms = sorted({base for base in bases if tokenise(base).keys and '"' not in base})
        keywords = tuple(Term(f'"{base}"', language=language) for base in self.terms)
        self.matcher = compile_watchlists([Watchlist("all", keywords=keywords)], Catalogue(()))
        self.bases = {f'"{base}"': base for base in self.terms}

    def hits(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Return (start, end, base form) of each hit."""
        article = Article(url=None, title="", text=text, source="", language=self.language or detect(text))
        for verdict in self.matcher.match(article):
            for hit in verdict.hits:
                yield hit.start, hit.end, self.bases[hit.term]


def measure(documents: list[Document], *, any_mention: bool = False, language: str | None = None) -> Score:
    """Run the experiment; with `any_mention`, a hit is right on a mention of another base form too.

    `language` is said of every term, for languages that their script does not tell.
    """
    matcher = Terms({base for document in documents for _, _, base in document.mentions}, language)
    verbs = {base.casefold() for document in documents for base in document.verbs}
    score = Score()
    for document in documents:
        hits = list(matcher.hits(document.text))
        by_base = defaultdict(list)
        for start, end, base in (*document.mentions, *document.right):
            for part in {base.casefold(), *re.split("[-_]", base.casefold())}:  # 'Denis' is in 'Saint-Denis'
                by_base[part].append((start, end))
        by_term = defaultdict(list)
        for start, end, term in hits:
            if any(start < e and s < end for s, e in document.unknown):
                continue
            score.hits += 1
            by_term[term.casefold()].append((start, end))
            here = [base for s, e, base in (*document.mentions, *document.right) if start < e and s < end]
            spans = by_base[term.casefold()]
            if term.casefold() in verbs:
                spans = spans + [span for span in document.participles if alike(document.text[slice(*span)], term)]
            if any(start < e and s < end for s, e in spans) or (any_mention and here):
                score.right += 1
            else:
                score.wrong[term, document.text[start:end], here[0] if here else ""] += 1
        for start, end, base in document.mentions:
            score.mentions += 1
            if any(start < e and s < end for s, e in by_term[base.casefold()]):
                score.found += 1
            else:
                score.missed[base, document.text[start:end]] += 1
    return score


def universal(path: Path, tags: set[str]) -> list[Document]:
    """Read CoNLL-U: the lemma of each word with one of `tags` is a mention's base form."""
    documents = []
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        found = re.search(r"^# text = (.*)$", block, re.MULTILINE)
        if not found:
            continue
        document, at = Document(found.group(1)), 0
        inside = 0
        for line in block.split("\n"):
            row = line.split("\t")
            if len(row) < 10 or "." in row[0]:
                continue
            if "-" in row[0]:
                inside = int(row[0].split("-")[1])
                start = at = document.text.find(row[1], at)
                at = end = start + len(row[1])
            elif int(row[0]) > inside:
                start = document.text.find(row[1], at)
                at = end = start + len(row[1])
            note(document, row, start, end, tags)
        documents.append(document)
    return documents


def note(document: Document, row: list[str], start: int, end: int, tags: set[str]) -> None:
    """Note a word of a treebank: as a mention, as another word, or as one without a lemma."""
    lemma = base_form(row)
    if lemma == "_" and "-" not in row[0]:
        document.unknown.append((start, end))
    elif row[3] in tags and is_term(lemma):
        document.mentions.append((start, end, lemma))
    else:
        document.right.append((start, end, lemma))
    if row[3] == "VERB":
        document.verbs.add(lemma)
    if "VERB" in tags and is_participle(row):
        document.participles.append((start, end))


def is_term(lemma: str) -> bool:
    """Return whether a lemma can be a term: letters, and not one of Han or Kana, which is found only by itself."""
    single = len(lemma) == 1 and "\u3040" <= lemma <= "\u9fff"
    return bool(re.search(r"[^\W\d_]", lemma)) and "_" not in lemma and not single


_REFLEXIVE = re.compile(r"(?<=[а-я])-(?:се|си|\((?:се|си)\))$")  # the Bulgarian treebank's 'дам-(се)'


def base_form(row: list[str]) -> str:
    """Return the lemma as a user would write it: a name with its capital, which some treebanks take from it."""
    lemma = _REFLEXIVE.sub("", row[2].replace("\u0301", ""))
    if row[3] != "PROPN":
        return lemma
    if lemma == "_":  # the Portuguese treebank has no lemmas of names
        return row[1]
    return lemma[:1].upper() + lemma[1:] if row[1][:1].isupper() else lemma


def alike(participle: str, verb: str) -> bool:
    """Return whether a participle may be of a verb: they begin alike."""
    return participle[:2].casefold() == verb[:2].casefold()


def is_participle(row: list[str]) -> bool:
    """Return whether a word is a participle: marked as one, or an English adjective that looks like one."""
    return "VerbForm=Part" in row[5] or (row[3] == "ADJ" and row[4] == "JJ" and row[1].endswith(("ed", "en", "ing")))


FIELDS = {"surname": "lastname", "name": "firstname", "loc_name": "name"}


def factrueval(folder: Path) -> list[Document]:
    """Read factRuEval: the words of a mention carry the canonical name of the entity that it refers to."""
    documents = []
    for path in sorted(folder.glob("book_*.txt")):
        document = Document(path.read_text(encoding="utf-8"))
        objects = spans_of_objects(path)
        for block in re.split(r"\n\s*\n", path.with_suffix(".coref").read_text(encoding="utf-8").strip()):
            head, *lines = block.strip().split("\n")
            names = dict(line.split(" ", 1) for line in lines if " " in line)
            for number in head.split()[1:]:
                document.mentions.extend(mentions(document.text, objects.get(number, ()), names))
        documents.append(document)
    return documents


def mentions(text: str, spans: Iterable[tuple[str, int, int]], names: dict[str, str]) -> Iterator[tuple[int, int, str]]:
    """Return the spans that are written with their entity's canonical name; other names and slips are left out."""
    for kind, start, end in spans:
        base, surface = names.get(FIELDS.get(kind, ""), "").strip(), text[start:end]
        same = base[:2].casefold() == surface[:2].casefold() and len(base.split()) == len(surface.split())
        if len(base) > 1 and same:
            yield start, end, base


def spans_of_objects(path: Path) -> dict[str, list[tuple[str, int, int]]]:
    """Read the files of spans and objects of one text: object → (kind, start, end) of its spans."""
    spans = {}
    for line in path.with_suffix(".spans").read_text(encoding="utf-8").splitlines():
        row = line.split()
        if len(row) > 3:
            spans[row[0]] = (row[1], int(row[2]), int(row[2]) + int(row[3]))
    rows = (
        line.split("#")[0].split() for line in path.with_suffix(".objects").read_text(encoding="utf-8").splitlines()
    )
    return {row[0]: [spans[one] for one in row[2:] if one in spans] for row in rows if len(row) > 2}


_NAMED = frozenset({"PS", "LC", "OG"})  # persons, places, organisations
_SHORTEST = 2  # syllables: of one, only explicit forms are matched


def klue(path: Path) -> list[Document]:
    """Read KLUE-NER: a character and its tag a line, sentences parted by empty lines and headed by `##`."""
    documents = []
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        rows = [tuple(line.split("\t")) for line in block.split("\n") if not line.startswith("## ")]
        pairs = [row for row in rows if len(row) == 2]
        document = Document("".join(character for character, _ in pairs))
        document.mentions.extend(names(document.text, [tag for _, tag in pairs]))
        documents.append(document)
    return documents


def names(text: str, tags: list[str]) -> Iterator[tuple[int, int, str]]:
    """Return the spans that begin at B-PS, B-LC or B-OG and go on while the tag does."""
    for start, tag in enumerate(tags):
        if tag.startswith("B-") and tag[2:] in _NAMED:
            end = start + 1
            while end < len(tags) and tags[end] == "I-" + tag[2:]:
                end += 1
            if len(text[start:end].strip()) >= _SHORTEST:
                yield start, end, text[start:end].strip()


_KOREAN_NOUNS = frozenset({"ncn", "ncpa", "ncps", "NNG"})  # common nouns, by KAIST's tags and by Sejong's


def morphemes(path: Path, *, pieces: bool = False) -> list[Document]:
    """Read CoNLL-U of Korean whose lemmas and tags are morphemes joined by `+`: each common noun is a mention.

    It may stand inside the eojeol, but must be written in it as it is; other morphemes are what a hit may lie on. With
    `pieces`, a hit may also lie on the beginning or the end of a compound that the treebank leaves whole.
    """
    documents = []
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        found = re.search(r"^# text = (.*)$", block, re.MULTILINE)
        if not found:
            continue
        document, at, text = Document(found.group(1)), 0, found.group(1)
        for row in (line.split("\t") for line in block.split("\n") if line[:1].isdigit()):
            start = at = document.text.find(row[1], at)
            at += len(row[1])
            for piece, tag in zip(row[2].split("+"), row[4].split("+"), strict=False):
                place = document.text.find(piece, start, at)
                if place < 0:
                    continue
                start = place + len(piece)
                noun = tag in _KOREAN_NOUNS and len(piece) >= _SHORTEST and is_hangul(piece)
                (document.mentions if noun else document.right).append((place, start, piece))
                for cut in range(place + _SHORTEST, start - _SHORTEST + 1) if noun and pieces else ():
                    document.right += [(place, cut, text[place:cut]), (cut, start, text[cut:start])]
        documents.append(document)
    return documents


# Languages that a term has to name, and a treebank of each.
UNIVERSAL = {
    "bg": "btb",
    "cs": "cac",
    "de": "gsd",
    "es": "gsd",
    "fr": "gsd",
    "it": "isdt",
    "ja": "gsd",
    "nl": "alpino",
    "pl": "pdb",
    "pt": "gsd",
    "ro": "rrt",
    "sk": "snk",
    "sl": "ssj",
    "sv": "talbanken",
    "tr": "boun",
    "zh": "gsdsimp",
}

EXPERIMENTS = {
    "uk names (dev)": ("ud-parlamint-uk-dev.conllu", {"PROPN"}, 0.9985, 0.998),
    "uk names (test)": ("ud-parlamint-uk-test.conllu", {"PROPN"}, 0.9985, 0.998),
    "uk nouns (dev)": ("ud-parlamint-uk-dev.conllu", {"NOUN"}, 0.99, 0.965),
    "uk nouns (test)": ("ud-parlamint-uk-test.conllu", {"NOUN"}, 0.99, 0.965),
    "ru names (pud)": ("ud-pud-ru.conllu", {"PROPN"}, 0.995, 0.998),
    "ru names (factrueval)": ("factrueval", set(), 0.995, 0.998),
    "ru nouns (pud)": ("ud-pud-ru.conllu", {"NOUN"}, 0.99, 0.965),
    "en names (pud)": ("ud-pud-en.conllu", {"PROPN"}, 0.998, 0.98),
    "en nouns (pud)": ("ud-pud-en.conllu", {"NOUN"}, 0.998, 0.98),
    "uk nouns, verbs (dev)": ("ud-parlamint-uk-dev.conllu", {"NOUN", "VERB"}, 0.99, 0.96),
    "uk nouns, verbs (test)": ("ud-parlamint-uk-test.conllu", {"NOUN", "VERB"}, 0.99, 0.96),
    "ru nouns, verbs (pud)": ("ud-pud-ru.conllu", {"NOUN", "VERB"}, 0.99, 0.96),
    "en nouns, verbs (pud)": ("ud-pud-en.conllu", {"NOUN", "VERB"}, 0.99, 0.96),
    "en nouns, verbs (ewt)": ("ud/en_ewt-ud-dev.conllu", {"NOUN", "VERB"}, 0.99, 0.96),
    "ko nouns (kaist)": ("ud/ko_kaist-ud-dev.conllu", {"morphemes"}, 0.96, 0.93),
    "ko nouns, pieces (kaist)": ("ud/ko_kaist-ud-dev.conllu", {"morphemes", "pieces"}, 0.96, 0.93),
    **{
        f"{code} {kind}": (f"ud/{code}_{treebank}-ud-dev.conllu", {tag}, recall, precision)
        for code, treebank in UNIVERSAL.items()
        for kind, tag, recall, precision in (
            ("names", "PROPN", 0.96, 0.96),
            ("nouns", "NOUN", 0.955, 0.92),
            ("verbs", "VERB", 0.96, 0.92),
        )
    },
    "ko names (klue)": ("klue-ner-even.tsv", set(), 0.993, 0.955),
}


def run(path: Path, tags: set[str]) -> Score:
    """Run the experiment on a corpus, read by its kind."""
    if path.suffix == ".tsv":
        return measure(klue(path), any_mention=True)
    if "morphemes" in tags:
        return measure(morphemes(path, pieces="pieces" in tags))
    if not path.is_file():
        return measure(factrueval(path))
    code = path.name[:2]
    documents = universal(path, tags)
    if code == "tr" and "VERB" in tags:
        for document in documents:
            document.mentions = [(start, end, infinitive(stem)) for start, end, stem in document.mentions]
    return measure(documents, language=code if code in UNIVERSAL else None)


def infinitive(stem: str) -> str:
    """Return a Turkish verb as users write it; the treebank has its stem."""
    vowels = [letter for letter in stem if letter in "aeıioöuü"]
    return stem + ("mak" if vowels and vowels[-1] in "aıou" else "mek")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--errors", type=int, default=0, help="show this many errors of each kind")
    parser.add_argument("--only", default="", help="only experiments whose names hold this")
    options = parser.parse_args()
    for name, (file, tags, recall, precision) in EXPERIMENTS.items():
        path = options.data / file
        if options.only not in name or not path.exists():
            continue
        score = run(path, tags)
        print(
            f"{name:24} recall {score.found / max(score.mentions, 1):.4f} (goal {recall})  "
            f"precision {score.right / max(score.hits, 1):.4f} (goal {precision})  mentions {score.mentions}"
        )
        for (base, surface), count in score.missed.most_common(options.errors):
            print(f"    missed {count:3} {base!r}: {surface!r}")
        for (term, surface, here), count in score.wrong.most_common(options.errors):
            print(f"    wrong  {count:3} {term!r}: {surface!r} is {here!r}")


if __name__ == "__main__":
    main()
