"""Learns how words inflect from simplemma's tables, and writes `monitor/data/forms/CODE.yaml` (then: `make data`).

    python bench/learn_forms.py CODE... [--write] [--held-out 0.1]

A table maps forms to lemmas. Turned round, it gives each lemma's forms, and each form is an *operation* on the
lemma: cut n letters off its end, add letters ('1ę': rakieta → rakietę). Which operations a lemma takes is told by
its ending, so for every ending of up to five letters the operations that enough of its lemmas take are kept; an
ending that says nothing new is left out. At run time the longest known ending of a word decides
(`monitor.text.forms.tables`).

Printed: recall on held-out lemmas (share of their forms in the table that the rules make), and collisions (share of
the forms made that the table has for other lemmas only: what is made and exists nowhere does no harm).
"""

from __future__ import annotations

import argparse
import random
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from simplemma.strategies.dictionaries import DefaultDictionaryFactory

LONGEST = 5  # letters of an ending
SHARE = 0.06  # of an ending's lemmas that must take an operation: lower finds more and collides more
SUPPORT = 10  # lemmas with an ending, for it to say anything
MOST = 60  # operations of an ending
FEW = 4_000  # names in a table: with fewer, names follow the rules of the other words
SLACK = 2  # operations that a shorter ending may have too many before a longer one corrects it
STEM = 2  # letters that a form must share with its lemma
TABLES = {"sr": "hbs", "hr": "hbs", "bs": "hbs", "no": "nb"}
DATA = Path(__file__).parent.parent / "monitor" / "data" / "forms"

Lemmas = dict[str, set[str]]


def read(code: str) -> tuple[Lemmas, Lemmas]:
    """Return lemma → forms, for names (capitalised lemmas) and for other words; all in small letters."""
    names: Lemmas = defaultdict(set)
    plain: Lemmas = defaultdict(set)
    for form, lemma in DefaultDictionaryFactory().get_dictionary(TABLES.get(code, code)).items():
        if lemma.isalpha() and form.isalpha() and len(lemma) > STEM and not lemma.isupper():
            (names if lemma[0].isupper() else plain)[lemma.lower()].add(form.lower())
    if len(names) < FEW:
        for lemma, forms in names.items():
            plain[lemma] |= forms
        names.clear()
    return names, plain


def operation(lemma: str, form: str) -> str | None:
    """Return how the form is made of the lemma; None where they share too little."""
    shared = 0
    while shared < min(len(lemma), len(form)) and lemma[shared] == form[shared]:
        shared += 1
    return f"{len(lemma) - shared}{form[shared:]}" if shared >= min(STEM, len(lemma) - 1) else None


def learn(lemmas: Lemmas, share: float = SHARE) -> dict[str, tuple[str, ...]]:
    """Return ending → operations."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    support: Counter[str] = Counter()
    for lemma, forms in lemmas.items():
        made = sorted({made for form in forms if form != lemma and (made := operation(lemma, form))})
        if not made:
            continue
        for length in range(min(LONGEST, len(lemma)) + 1):
            ending = lemma[len(lemma) - length :]
            support[ending] += 1
            seen[ending].update(made)
    rules: dict[str, tuple[str, ...]] = {}
    for ending in sorted(support, key=len):
        if support[ending] < SUPPORT and ending:
            continue
        counted = sorted(seen[ending].items(), key=lambda item: (-item[1], item[0]))[:MOST]
        kept = [op for op, count in counted if count >= share * support[ending]]
        kept = [op for op in kept if int_of(op) <= max(len(ending), 1)] if ending else []
        shorter = set(apply_to(ending, rules))
        if not set(kept) <= shorter or len(shorter) > len(kept) + SLACK:
            rules[ending] = tuple(kept)
    return rules


def int_of(op: str) -> int:
    """Return the number of letters that an operation cuts."""
    return int(op[0])


def apply_to(word: str, rules: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Return the operations of the longest ending that has any."""
    for length in range(min(LONGEST, len(word)), -1, -1):
        found = rules.get(word[len(word) - length :])
        if found is not None:
            return found
    return ()


def forms_of(word: str, rules: dict[str, tuple[str, ...]]) -> set[str]:
    """Return every form that the rules make."""
    return {word} | {word[: len(word) - int_of(op)] + op[1:] for op in apply_to(word, rules)}


def measure(held: Lemmas, rules: dict[str, tuple[str, ...]], known: set[str]) -> tuple[float, float]:
    """Return recall and collisions on held-out lemmas."""
    right = wanted = made = collided = 0
    for lemma, forms in held.items():
        others = forms - {lemma}
        mine = forms_of(lemma, rules) - {lemma}
        wanted += len(others)
        right += len(others & mine)
        made += len(mine)
        collided += len((mine - forms) & known)
    return right / max(wanted, 1), collided / max(made, 1)


def split(lemmas: Lemmas, share: float) -> tuple[Lemmas, Lemmas]:
    """Split at random, the same way every time."""
    order = sorted(lemmas)
    random.Random(20231109).shuffle(order)
    cut = int(len(order) * share)
    return {lemma: lemmas[lemma] for lemma in order[cut:]}, {lemma: lemmas[lemma] for lemma in order[:cut]}


def write(code: str, models: Iterable[tuple[str, dict[str, tuple[str, ...]]]]) -> int:
    """Write the rules; return the size in bytes."""
    lines = [
        f"# How words of the language {code!r} inflect: ending → letters to cut and letters to add.",
        "# Learned from the tables of simplemma (MIT licence) by bench/learn_forms.py: change that, not this.",
    ]
    for name, rules in models:
        lines.append(f"{name}:")
        lines.extend(f'  "{ending}": "{" ".join(ops)}"' for ending, ops in sorted(rules.items()))
    text = "\n".join(lines) + "\n"
    DATA.mkdir(parents=True, exist_ok=True)
    (DATA / f"{code}.yaml").write_text(text, "utf-8")
    return len(text.encode())


def main() -> None:
    """Learn, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("codes", nargs="+", metavar="CODE")
    parser.add_argument("--write", action="store_true", help="write the rules, learned from all lemmas")
    parser.add_argument("--held-out", type=float, default=0.1, help="share of lemmas to measure on")
    options = parser.parse_args()
    for code in options.codes:
        models = []
        for name, lemmas in zip(("names", "words"), read(code), strict=True):
            if not lemmas:
                continue
            known = {form for forms in lemmas.values() for form in forms}
            train, held = split(lemmas, options.held_out)
            recall, collisions = measure(held, learn(train), known)
            rules = learn(lemmas)
            models.append((name, rules))
            figures = f"recall {recall:.3f}, collisions {collisions:.3f}, {len(held)} lemmas, {len(rules)} endings"
            print(f"{code} {name}: {figures}")
        if options.write:
            print(f"{code}: {write(code, models)} bytes")


if __name__ == "__main__":
    main()
