"""Learns how words inflect from simplemma's tables, and writes `monitor/data/forms/CODE.yaml` (then: `make data`).

    pip install wordfreq     # for developers, and for this script alone
    python bench/learn_forms.py CODE... [--write] [--held-out 0.1]

A table maps forms to lemmas. Turned round, it gives each lemma's forms, and each form is an *operation* on the lemma:
cut n letters off its end, add letters ('1ę': rakieta → rakietę). Which operations a lemma takes is told by its ending,
so for every ending of up to five letters the operations that enough of its lemmas take are kept; an ending that says
nothing new is left out. At run time the longest known ending of a word decides (`monitor.text.forms.tables`).

Rules are learned by part of speech. The tables have none: a verb is a lemma of a verb's shape that has a form which
only verbs have (`VERBS`); names are the lemmas with a capital, and where a table has few of them, names follow the
other nouns. How often words are written is looked up in wordfreq (Apache-2.0; its data CC BY-SA 4.0):

- an operation counts where the form that it makes is written at all, and is left out where what it makes is another
  word as often as not;
- `common` are the words that are written most: none of them is a form of a word that no table has;
- `known` are the lemmas of some frequency that the rules get wrong, with what is to be changed. A function word
  (`monitor/data/stopwords.yaml`) that is written far more than a lemma's other forms is not the lemma's. A plural that
  the table takes for a word of its own (*milliards*) is.

Printed: of the lemmas that the rules were not learned from, how much of the running text that is made of their forms
the rules find (recall), and how much of what they find is theirs (precision), by the frequencies of words.
"""

from __future__ import annotations

import argparse
import random
import re
import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from simplemma.strategies.dictionaries import DefaultDictionaryFactory

from monitor import data
from monitor.text.forms.tables import keeps_enough
from monitor.text.normalise import key

LONGEST = 5  # letters of an ending
SHARE = 0.06  # of an ending's lemmas that must take an operation: lower finds more and collides more
SUPPORT = 10  # lemmas with an ending, for it to say anything
MOST = 60  # operations of an ending
FEW = 1_000  # names in a table: with fewer, names follow the rules of nouns, too
SLACK = 2  # operations that a shorter ending may have too many before a longer one corrects it
STEM = 2  # letters that a form must share with its lemma for a rule; a known lemma's form may share none
RIGHT = 0.5  # of what an operation makes that is a word: the least share that is of the lemma
COMMON = 2_500  # words that are no form of an unknown word
KNOWN = 2e-6  # frequency of a lemma's forms in all from which it is known by itself
FAR = 4.0  # times that a function word is written more than a lemma's other forms, and so is not the lemma's
DATA = Path(__file__).parent.parent / "monitor" / "data" / "forms"

# The shape of a verb's base form, and of a form that only verbs have (a participle, a gerund, an aorist).
VERBS = {
    "bg": ("[аям]$", "(йки|ше|хте)$"),
    "cs": ("(t|ti|ct|ci)$", "l[aioy]?$"),
    "de": ("^[^A-ZÄÖÜ].*n$", "(end|t)$"),
    "es": ("r(se)?$", "ndo$"),
    "fr": ("(er|ir|re)$", "ant$"),
    "it": ("(re|rsi)$", "ndo$"),
    "nl": ("n$", "(end|t)$"),
    "pl": ("(ć|c)$", "ł[aoy]?$"),
    "pt": ("r$", "ndo$"),
    "ro": ("(a|ea|e|i|î)$", "nd$"),
    "sk": ("ť$", "l[aoi]?$"),
    "sl": ("(ti|či)$", "l[aoie]?$"),
    "sv": ("[aåeoöy]$", "nde$"),
}

# Languages whose names have a plural at most, and the operations that make it.
PLURAL_ONLY = frozenset({"es", "fr", "it", "pt"})
PLURALS = frozenset({"0s", "0x", "0es"})

Lemmas = dict[str, set[str]]
Rules = dict[str, tuple[str, ...]]


@dataclass
class Table:
    """The lemmas of a language by part of speech, with their forms, all in small letters; and how often words are."""

    names: Lemmas
    nouns: Lemmas  # and adjectives, and whatever else is no verb
    verbs: Lemmas
    owner: dict[str, set[str]]  # form → lemmas of all parts of speech, names with their capital
    often: Mapping[str, float]

    def classes(self) -> Iterator[tuple[str, Lemmas]]:
        """Yield each part of speech with its lemmas."""
        yield "names", self.names
        yield "nouns", self.nouns
        yield "verbs", self.verbs

    def is_other(self, form: str, lemma: str, *, name: bool) -> bool:
        """Return whether a form is a word, and no form of this lemma: of a name, whether it is another name."""
        owners = {one for one in self.owner.get(form, ()) if one[0].isupper() or not name}
        if lemma in self.verbs:  # a participle that the table takes for an adjective
            owners.discard(form)
        return bool(owners) and lemma not in {one.lower() for one in owners}

    def is_rarer(self, form: str, lemma: str, forms: Iterable[str], *, name: bool) -> bool:
        """Return whether a form is more likely another word's than this lemma's: their other forms are written more."""
        mine = self.weight(forms, without=form)
        for other in self.owner.get(form, ()):
            of = self.names if other[0].isupper() else self.verbs if other in self.verbs else self.nouns
            if (other[0].isupper() or not name) and other.lower() != lemma:
                theirs = of.get(other.lower(), set()) | {other.lower()}
                if self.weight(theirs, without=form if other.lower() != form else "") > mine * (FAR if name else 1):
                    return True
        return False

    def is_likely(self, form: str, lemma: str, forms: Iterable[str], *, name: bool) -> bool:
        """Return whether a form that the table has for another word is more likely this lemma's."""
        other = self.is_other(form, lemma, name=name)
        return other and keeps_enough(lemma, form) and not self.is_rarer(form, lemma, forms, name=name)

    def weight(self, forms: Iterable[str], *, without: str = "") -> float:
        """Return how often forms are written in all."""
        return sum(self.often.get(form, 0.0) for form in forms if form != without)


@dataclass
class Model:
    """What is learned of a language."""

    rules: dict[str, Rules]  # by part of speech
    parts: dict[str, str]  # ending → part of speech
    common: frozenset[str]
    function: frozenset[str]  # words that are a form of no name either


def read(code: str) -> Table:
    """Return a language's table, parted by part of speech."""
    from wordfreq import get_frequency_dict

    table = Table(defaultdict(set), defaultdict(set), defaultdict(set), defaultdict(set), get_frequency_dict(code))
    plain: Lemmas = defaultdict(set)
    for form, lemma in DefaultDictionaryFactory().get_dictionary(code).items():
        if lemma.isalpha() and form.isalpha() and len(lemma) > 1 and not lemma.isupper() and key(form) == form.lower():
            (table.names if lemma[0].isupper() else plain)[lemma.lower()].add(form.lower())
            table.owner[form.lower()].add(lemma)
    for lemmas in (table.names, plain):  # what nobody writes teaches what nobody needs
        for lemma in [one for one, forms in lemmas.items() if table.often.keys().isdisjoint({one, *forms})]:
            del lemmas[lemma]
    shape, marker = map(re.compile, VERBS[code])
    for lemma, forms in plain.items():
        verb = shape.search(lemma) and any(marker.search(form) for form in forms - {lemma})
        (table.verbs if verb else table.nouns)[lemma] = forms | {lemma}
    for lemma, forms in table.names.items():
        forms.add(lemma)
    return table


def operation(lemma: str, form: str) -> str | None:
    """Return how the form is made of the lemma; None where they share too little."""
    shared = 0
    while shared < min(len(lemma), len(form)) and lemma[shared] == form[shared]:
        shared += 1
    if shared < min(STEM, len(lemma) - 1) or len(lemma) - shared > 9:
        return None
    return f"{len(lemma) - shared}{form[shared:]}"


def made_by(lemma: str, op: str) -> str:
    return lemma[: len(lemma) - int(op[0])] + op[1:]


def learn(lemmas: Lemmas, table: Table, *, name: bool = False) -> Rules:
    """Return ending → operations."""
    taken: dict[str, Counter[str]] = defaultdict(Counter)
    support: Counter[str] = Counter()
    by_ending: dict[str, list[str]] = defaultdict(list)
    for lemma, forms in lemmas.items():
        made = sorted({made for form in forms if form != lemma and (made := operation(lemma, form))})
        for length in range(min(LONGEST, len(lemma)) + 1):
            ending = lemma[len(lemma) - length :]
            support[ending] += 1
            taken[ending].update(made)
            by_ending[ending].append(lemma)
    rules: Rules = {}
    for ending in sorted(support, key=len):
        if support[ending] < SUPPORT and ending:
            continue
        counted = sorted(taken[ending].items(), key=lambda item: (-item[1], item[0]))[:MOST]
        kept = [op for op, count in counted if count >= SHARE * support[ending]]
        kept = [op for op in kept if int(op[0]) <= max(len(ending), 1)] if ending else []
        kept = [op for op in kept if is_right(op, by_ending[ending], lemmas, table, name=name)]
        shorter = set(apply_to(ending, rules))
        if not set(kept) <= shorter or len(shorter) > len(kept) + SLACK:
            rules[ending] = tuple(kept)
    return rules


def is_right(op: str, ending_of: list[str], lemmas: Lemmas, table: Table, *, name: bool) -> bool:
    """Return whether what an operation makes of the lemmas of an ending is mostly theirs, where it is a word at all."""
    right = wrong = 0
    for lemma in ending_of:
        form = made_by(lemma, op)
        if form in lemmas[lemma]:
            right += form in table.often
        elif form in table.often and table.is_other(form, lemma, name=name):
            wrong += 1
    return right >= RIGHT * (right + wrong)


def apply_to(word: str, rules: Rules) -> tuple[str, ...]:
    """Return the operations of the longest ending that has any."""
    for length in range(min(LONGEST, len(word)), -1, -1):
        found = rules.get(word[len(word) - length :])
        if found is not None:
            return found
    return ()


def forms_of(word: str, rules: Rules, common: frozenset[str]) -> set[str]:
    """Return every form that the rules make of a word that is not known by itself."""
    made = {made_by(word, op) for op in apply_to(word, rules)}
    return {word} | {form for form in made if form not in common and keeps_enough(word, form)}


def right_forms(lemma: str, forms: set[str], table: Table, function: frozenset[str]) -> set[str]:
    """Return a lemma's forms in the table without function words that are nearly always themselves."""
    kept = {lemma}
    for form in forms - {lemma}:
        if form not in function or table.often.get(form, 0.0) <= FAR * table.weight(forms, without=form):
            kept.add(form)
    return kept


def own_plurals(lemma: str, forms: set[str], made: set[str], table: Table) -> set[str]:
    """Return the forms by rule that the table takes for words of their own without forms: *ans* beside `an`."""
    return {
        form
        for form in made - forms
        if table.owner.get(form) == {form}
        and len(table.nouns.get(form, {form})) == 1
        and form not in table.verbs
        and table.often.get(form, 0.0) <= FAR * table.weight(forms)
        and keeps_enough(lemma, form)
    }


def verbal(table: Table) -> dict[str, str]:
    """Return ending → 'verbs' or 'nouns', by what most of the lemmas with that ending are."""
    count: dict[str, Counter[str]] = defaultdict(Counter)
    for part, lemmas in (("nouns", table.nouns), ("verbs", table.verbs)):
        for lemma in lemmas:
            for length in range(min(LONGEST, len(lemma)) + 1):
                count[lemma[len(lemma) - length :]][part] += 1
    parts: dict[str, str] = {}
    for ending in sorted(count, key=len):
        most = "verbs" if count[ending]["verbs"] > count[ending]["nouns"] else "nouns"
        if (sum(count[ending].values()) >= SUPPORT or not ending) and part_of(ending, parts) != most:
            parts[ending] = most
    return parts


def part_of(word: str, parts: dict[str, str]) -> str:
    """Return what the longest ending that is told takes a word for."""
    for length in range(min(LONGEST, len(word)), -1, -1):
        found = parts.get(word[len(word) - length :])
        if found is not None:
            return found
    return "nouns"


def known(lemmas: Lemmas, model: Model, table: Table, part: str) -> dict[str, str]:
    """Return the lemmas that the rules get wrong, each with what is to be changed.

    'verbs' or 'nouns' is the part of speech that its ending does not tell; '-1y' is no operation of it, '+1ě' is one.
    """
    found = {}
    name = part == "names"
    barred = model.common | model.function
    for lemma, forms in lemmas.items():
        if table.weight(forms) < KNOWN:
            continue
        told = part if name else part_of(lemma, model.parts)
        made = {made_by(lemma, op) for op in apply_to(lemma, model.rules[part])}
        by_rule = forms_of(lemma, model.rules[part], barred)
        wanted = forms | {lemma} if name else right_forms(lemma, forms, table, model.function)
        wanted |= own_plurals(lemma, forms, made, table) - model.function
        wanted |= {form for form in made & barred - model.function if table.is_likely(form, lemma, forms, name=name)}
        # what no table has as another word does no harm, and may be missing from this one
        dropped = {
            form
            for form in by_rule - wanted
            if form in table.often
            and table.is_other(form, lemma, name=name)
            and table.is_rarer(form, lemma, forms, name=name)
        }
        added = {form for form in wanted - by_rule if form in table.often}
        changes = [
            written_as(lemma, form, sign) for sign, some in (("-", dropped), ("+", added)) for form in sorted(some)
        ]
        other = told != part and forms_of(lemma, model.rules[told], barred) & table.often.keys() != {lemma}
        if changes or other:
            found[lemma] = " ".join([part] * other + changes)
    return found


def written_as(lemma: str, form: str, sign: str) -> str:
    """Return the change for a form; '+=form' where it shares nothing with its lemma."""
    return sign + (operation(lemma, form) or f"={form}")


def measure(held: Lemmas, rules: Rules, table: Table, common: frozenset[str]) -> tuple[float, float]:
    """Return recall and precision on held-out lemmas, by frequency; no lemma counts for more than a common one."""
    right = wanted = made = 0.0
    for lemma, forms in held.items():
        mine = forms_of(lemma, rules, common)
        cap = 1e-5
        wanted += sum(min(table.often.get(form, 0.0), cap) for form in forms)
        right += sum(min(table.often.get(form, 0.0), cap) for form in forms & mine)
        made += sum(min(table.often.get(form, 0.0), cap) for form in mine if form in table.owner)
    return right / max(wanted, 1e-12), right / max(made, 1e-12)


def united(some: Rules, others: Rules) -> Rules:
    """Return the rules that make what either make."""
    return {
        ending: tuple(dict.fromkeys(apply_to(ending, some) + apply_to(ending, others)))
        for ending in sorted(some.keys() | others.keys())
    }


def split(lemmas: Lemmas, share: float) -> tuple[Lemmas, Lemmas]:
    """Split at random, the same way every time."""
    order = sorted(lemmas)
    random.Random(20231109).shuffle(order)
    cut = int(len(order) * share)
    return {lemma: lemmas[lemma] for lemma in order[cut:]}, {lemma: lemmas[lemma] for lemma in order[:cut]}


def folded(words: Iterable[str]) -> str:
    """Return words as the lines of a folded YAML scalar."""
    return textwrap.fill(" ".join(words), 116, initial_indent="    ", subsequent_indent="    ", break_long_words=False)


def write(code: str, model: Model, exceptions: dict[str, dict[str, str]]) -> int:
    """Write the rules; return the size in bytes."""
    lines = [
        f"# How words of the language {code!r} inflect: ending → letters to cut and letters to add.",
        "# Learned by bench/learn_forms.py from the tables of simplemma (MIT licence) and the word frequencies of",
        "# wordfreq (CC BY-SA 4.0): change that, not this.",
        "common: >-",
        folded(sorted(model.common)),
        "parts:",
        *(f'  "{ending}": {part}' for ending, part in sorted(model.parts.items())),
    ]
    for name, rules in model.rules.items():
        lines.append(f"{name}:" if rules else f"{name}: {{}}")
        lines.extend(f'  "{ending}": "{" ".join(ops)}"' for ending, ops in sorted(rules.items()))
    for name, found in exceptions.items():
        lines.append(f"{name}:" if found else f"{name}: {{}}")
        grouped = defaultdict(list)
        for lemma, changes in found.items():
            grouped[changes].append(lemma)
        for changes, lemmas in sorted(grouped.items()):
            lines.append(f'  "{changes}": {" ".join(sorted(lemmas))}')
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
        table = read(code)
        common = [word for word in table.often if word.isalpha()][:COMMON]
        model = Model({}, verbal(table), frozenset(common), frozenset(data.load("stopwords")[code]["terms"]))
        for name, lemmas in table.classes():
            if options.held_out:
                train, held = split(lemmas, options.held_out)
                learned = learn(train, table, name=name == "names")
                recall, precision = measure(held, learned, table, model.common)
                print(f"{code} {name}: recall {recall:.3f}, precision {precision:.3f}, {len(held)} lemmas")
            model.rules[name] = learn(lemmas, table, name=name == "names")
        if len(table.names) < FEW:
            model.rules["names"] = united(model.rules["names"], model.rules["nouns"])
        if code in PLURAL_ONLY:
            model.rules["names"] = {
                ending: tuple(op for op in ops if op in PLURALS) for ending, ops in model.rules["nouns"].items()
            }
        exceptions = {
            "known names": known(table.names, model, table, "names"),
            "known words": known(table.nouns, model, table, "nouns") | known(table.verbs, model, table, "verbs"),
        }
        print(code, *(f"{name}: {len(rows)}" for name, rows in (model.rules | exceptions).items()))
        if options.write:
            print(f"{code}: {write(code, model, exceptions)} bytes")


if __name__ == "__main__":
    main()
