"""What the words around a doubtful name say of it: 'coup in Chad', not 'Chad Johnson signs'.

A name that is a person's or a common word, too, has `needs`: words of which one must stand in the article. A headline
has none of them. There the words beside the name decide, by `data/name_context.yaml`: what stands right before it and
after it, countries in a list with it, and whether its capital says anything in its line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from monitor.text.known_words import is_known
from monitor.text.tokens import TokenList
from monitor.watch.index.token_cache import is_han

Kind: TypeAlias = Literal["place", "town", "word", "person", "leader", "weapon", "body", "syllable"]
"""What a doubtful name is:

- `place`: a country whose name persons have, too (Jordan);
- `town`: a place that acts less often than its namesakes do (Engels);
- `word`: a place by a common word (Суми): a capital inside a sentence makes it a name;
- `person`: a surname that others have, too (Vance); `leader`: one that a people has (Kim), which more has to tell;
- `weapon`: one by a common word (Град, Flamingo): beside words of war; `body`: an organisation whose letters are a word
  (WHO);
- `syllable`: a country by one syllable, as Korean headlines have it (북, 미, 러, 中).
"""

NEAR = 10
"""Words on either side that a person is judged by, in the same sentence."""
_LINE = 15
"""Words on either side, at most, whose capitals are counted: a text without full stops is one sentence."""
_TITLE_CASE = 0.7
"""Of the longer words of a line, at least so many have a capital in a headline that gives one to every word."""
_LONGER = 4
_ENOUGH = 3
"""Longer words that a line must have for its capitals to be judged."""
_POSSESSIVES = ("'s ", "’s ", "' ", "’ ")
_APOSTROPHES = frozenset("'’")
_SEVERAL = 2
"""Words of politics that tell a people's surname where it does nothing itself."""
_OPENING = frozenset(':;–—«"“„(|/…?!.')
_OPENING_SYLLABLE = _OPENING | set(",'‘·")
_LISTING = frozenset(",-–/&·、")
_AFTER_SYLLABLE = (" ", ",", "·", "-", "…", "ㆍ", "‧", "'", '"', "’", "”")


@dataclass(frozen=True, slots=True, eq=False)
class NameContext:
    """The words of one language that decide, as lookup keys of all their forms."""

    prepositions: frozenset[str]
    conjunctions: frozenset[str]
    acts: frozenset[str]
    auxiliaries: frozenset[str]
    affairs: frozenset[str]
    town_affairs: frozenset[str]
    upon: frozenset[str]
    syllables: frozenset[str]
    given: frozenset[str]
    elsewhere: frozenset[str]
    personal: frozenset[str]
    held: frozenset[str]
    held_where: frozenset[str]
    titles: frozenset[str]
    politics: frozenset[str]
    weapons: frozenset[str]
    locatives: frozenset[str]
    happens: tuple[str, ...]  # what happens in places and states, of all the lists
    states: frozenset[str]
    countries: frozenset[str]


class DoubtfulName:
    """One mention of a doubtful name and its surroundings: tokens `first` to `last` (exclusive) of a sentence.

    `tail` is where the name ends in its last token, where more is written on to it; else -1.
    """

    def __init__(
        self, context: NameContext, tokens: TokenList, span: tuple[int, int], sentence: tuple[int, int], tail: int = -1
    ) -> None:
        self._context = context
        self._tokens = tokens
        self._keys = tokens.keys
        self._first, self._last = span
        self._start, self._end = sentence
        self._tail = tail

    def shows(self, kind: Kind) -> bool:
        """Return whether the words around the name show that it is of this kind."""
        ways = {"syllable": self._is_syllable, "body": self._is_body, "weapon": self._is_armed}
        if kind in ways:
            return ways[kind]()
        if self.is_other_person() or self._goes_on() or self._is_elsewhere():
            return False
        if kind in {"person", "leader"}:
            return self._leads() if kind == "leader" else self._acts() or self._is_politics()
        if self._is_in() or self._is_listed() or (kind == "word" and self._has_own_capital()):
            return True
        if kind == "town":
            return self._has(self._context.town_affairs or self._context.affairs)
        return self._acts() and not self._is_somebody()

    def _is_body(self) -> bool:
        """Return whether an organisation whose letters are a word does something: 'WHO warns', not 'WHO KNEW'."""
        return not self._tokens.caps_line[self._first] and self._acts()

    def is_other_person(self) -> bool:
        """Return whether a given name or an initial stands right before: 'Michael Jordan', 'Y. Medvedev'.

        A word with a capital that no dictionary has is a name (DeAndre Jordan), but in a line of capitals.
        """
        tokens, at = self._tokens, self._first - 1
        if at < self._start:
            return False
        surface, gap = tokens.surfaces[at], tokens.gaps[self._first]
        if not surface[:1].isupper():
            return False
        if len(surface) == 1 and gap.startswith("."):
            return True
        if gap not in {" ", "-", "‑"}:
            return False
        key = self._keys[at]
        return key in self._context.given or (not tokens.caps_line[at] and not self._is_word(key))

    def is_namesake(self) -> bool:
        """Return whether a place's name is a person's or another town's: 'Jack Guinea', 'Paris, Texas'."""
        tokens, at, after = self._tokens, self._first - 1, self._last
        named = at >= self._start and tokens.gaps[at + 1] == " " and tokens.surfaces[at][:1].isupper()
        if named and self._keys[at] in self._context.given:
            return True
        return after < self._end and tokens.gaps[after] == ", " and self._is_state(after)

    def _is_state(self, at: int) -> bool:
        """Return whether a state's name stands here: one word of it, or two ('New Hampshire')."""
        states, keys = self._context.states, self._keys
        return keys[at] in states or (at + 1 < self._end and f"{keys[at]} {keys[at + 1]}" in states)

    def _is_syllable(self) -> bool:
        """Return whether the syllable opens a headline or a quotation, or an office or a country follows it."""
        tokens, first, at = self._tokens, self._first, self._last
        written_on = at < self._end and not tokens.gaps[at] and is_han(self._keys[first])  # 日정부
        if at >= self._end or not (written_on or tokens.gaps[at].startswith(_AFTER_SYLLABLE)):
            return False
        if len(self._keys[first]) > 1 or (first > self._start and not tokens.gaps[first]):
            return False
        context = self._context
        opens = first == self._start or not _OPENING_SYLLABLE.isdisjoint(tokens.gaps[first])
        office = self._keys[at] in context.countries or any(map(self._keys[at].startswith, context.politics))
        if written_on:
            return office
        return opens or office if self._keys[first] in context.syllables else opens and office

    def _is_armed(self) -> bool:
        """Return whether a name with a capital stands beside words of war: 'Flamingo missile', «Нептуни» вразили."""
        return self._tokens.surfaces[self._first][:1].isupper() and not self._context.weapons.isdisjoint(self._near())

    def _leads(self) -> bool:
        """Return whether a people's surname is the statesman's: 'Kim inspects missile factory', 'Trump to meet Kim'."""
        tokens, keys, context, at = self._tokens, self._keys, self._context, self._first - 1
        if at >= self._start and keys[at] in context.titles:
            return False
        if self._last < self._end and tokens.gaps[self._last] == " " and self._is_given(self._last):
            return False
        told = len(self._told())
        met = at >= self._start and keys[at] in context.acts
        return told >= _SEVERAL or (told > 0 and (met or self._acts()))

    def _is_given(self, at: int) -> bool:
        """Return whether a token is no word but a name: 'Kim Kardashian'."""
        return self._tokens.surfaces[at][:1].isupper() and not self._is_word(self._keys[at])

    def _told(self) -> set[str]:
        """Return the words of politics, and countries, near the name."""
        near = self._near()
        return {key for key in near if key in self._context.politics or key in self._context.countries}

    def _is_somebody(self) -> bool:
        """Return whether what would be a country is a person: 'Chad arrested in Tampa', 'Jordan names his daughter'."""
        keys, at, context = self._keys, self._last, self._context
        if at < self._end and keys[at] in context.held:
            return at + 1 == self._end or keys[at + 1] in context.held_where
        return not context.personal.isdisjoint(self._near()) and not self._is_politics()

    def _is_word(self, key: str) -> bool:
        context = self._context
        return key in context.countries or key in context.prepositions or key in context.politics or is_known(key)

    def _goes_on(self) -> bool:
        """Return whether the name goes on with a capital where other words have none: 'Jordan Peele'."""
        tokens, at = self._tokens, self._last
        if at >= self._end:
            return False
        if tokens.gaps[at] in _APOSTROPHES:  # Xi'an
            return True
        if tokens.gaps[at] != " " or not tokens.surfaces[at][:1].isupper():
            return False
        context, key = self._context, self._keys[at]
        known = key in context.acts or key in context.affairs or key in context.countries or key in context.politics
        return not known and not self._capitals_say_nothing()

    def _is_elsewhere(self) -> bool:
        return not self._context.elsewhere.isdisjoint(self._near())

    def _is_politics(self) -> bool:
        near = self._near()
        return not (self._context.politics.isdisjoint(near) and self._context.countries.isdisjoint(near))

    def _near(self) -> Sequence[str]:
        """Return the keys of the words on either side in the sentence."""
        before = self._keys[max(self._start, self._first - NEAR) : self._first]
        return before + self._keys[self._last : min(self._end, self._last + NEAR)]

    def _is_in(self) -> bool:
        """Return whether a place is meant by what stands before: 'in Chad', 'attacked Jordan', 'government of Chad'."""
        keys, at, context = self._keys, self._first - 1, self._context
        if self._tail >= 0 and keys[self._last - 1][self._tail :] in context.locatives:
            return self._is_told()
        if at < self._start or self._tokens.gaps[at + 1].strip():
            return False
        if keys[at] in context.prepositions or keys[at] in context.upon:
            return True
        return keys[at] == "of" and at > self._start and keys[at - 1] in context.affairs

    def _is_told(self) -> bool:
        """Return whether what happens in places and states stands near, written on to whatever: 파리서 … 정상회담."""
        context = self._context
        return any(key.startswith(context.happens) or key in context.countries for key in self._near())

    def _is_listed(self) -> bool:
        """Return whether a country stands beside the name in a list: 'Turkey, Jordan', 'Jordan and Georgia'."""
        tokens, keys, context = self._tokens, self._keys, self._context
        at, after = self._first - 1, self._last
        if at >= self._start:
            if keys[at] in context.countries and not _LISTING.isdisjoint(tokens.gaps[at + 1]):
                return True
            if keys[at] in context.conjunctions and at > self._start and keys[at - 1] in context.countries:
                return True
        if after < self._end:
            if keys[after] in context.countries and not _LISTING.isdisjoint(tokens.gaps[after]):
                return True
            joined = keys[after] in context.conjunctions and after + 1 < self._end
            return joined and keys[after + 1] in context.countries
        return False

    def _acts(self) -> bool:
        """Return whether the name does what states do, or has what they have; 'Jordan: …' opens a headline on it."""
        tokens, at = self._tokens, self._last
        if self._has_affairs():
            return True
        opens = self._first == self._start or not _OPENING.isdisjoint(tokens.gaps[self._first])
        if at >= self._end or not opens:
            return False
        gap = tokens.gaps[at]
        return gap.startswith(":") or (not gap.strip() and self._verb(at) in self._context.acts)

    def _has_affairs(self) -> bool:
        """Return whether a state's or a town's affairs follow the name: 'Jordan border', 'Суми під ударом'."""
        return self._has(self._context.affairs)

    def _has(self, affairs: frozenset[str]) -> bool:
        at = self._last
        if at >= self._end:
            return False
        gap = self._tokens.gaps[at]
        return (not gap.strip() or gap.startswith(_POSSESSIVES)) and _is_affair(self._keys[at], affairs)

    def _verb(self, at: int) -> str:
        """Return the key of the verb at a token: what stands after auxiliaries ('to host', 'will not meet')."""
        while at + 1 < self._end and self._keys[at] in self._context.auxiliaries:
            at += 1
        return self._keys[at]

    def _has_own_capital(self) -> bool:
        """Return whether the name stands inside a sentence whose other words need no capital: 'бої за Лиман'."""
        tokens, first = self._tokens, self._first
        inside = first > self._start and _OPENING.isdisjoint(tokens.gaps[first])
        return inside and tokens.surfaces[first][:1].isupper() and not self._capitals_say_nothing()

    def _capitals_say_nothing(self) -> bool:
        """Return whether the sentence gives capitals to all letters, or to (nearly) all words."""
        tokens = self._tokens
        if tokens.caps_line[self._first]:
            return True
        start, end = max(self._start, self._first - _LINE), min(self._end, self._last + _LINE)
        longer = [word for word in tokens.surfaces[start:end] if len(word) >= _LONGER and word.isalpha()]
        capitals = sum(word[0].isupper() for word in longer)
        return len(longer) >= _ENOUGH and capitals >= _TITLE_CASE * len(longer)


def _is_affair(key: str, affairs: frozenset[str]) -> bool:
    """Return whether a word is one of these affairs; Korean ones may go on: 정부군, 대선서."""
    return key in affairs or ("가" <= key[:1] <= "힣" and any(map(key.startswith, affairs)))
