"""Recognition of known entries in a body, and of the fields that identify a source's items."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from monitor.identity.marks import MANY, Item, Marks, alike, marks, marks_of, other_date
from monitor.model import Entry, Habits


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """A stored entry, as it was when the feed showed it last."""

    id: int
    key: str
    guid: str | None
    link: str | None
    title: str
    summary: str
    published: datetime | None
    digest: str
    marks: Marks | None = None  # as they were stored; None: to be made

    @property
    def found(self) -> Marks:
        """Return the marks of the stored entry."""
        return self.marks or marks(self)


@dataclass(frozen=True, slots=True)
class Recognition:
    """Which of a body's entries, by their positions in it, are known.

    `same` and `moved` pair an entry with a known one: in `moved` its guid or link was renewed and nothing else, in
    `same` it is as before or edited. `new` are unknown.
    """

    same: tuple[tuple[int, StoredEntry], ...]
    moved: tuple[tuple[int, StoredEntry], ...]
    new: tuple[int, ...]
    habits: Habits


@dataclass(slots=True)
class _ComparedField:
    """One identifying field of a source: its shared values, and whether items keep theirs between polls."""

    get: Callable[[Marks], Hashable]
    shared: frozenset[Hashable] = frozenset()
    apart: bool | None = None  # items have values of their own; None: not known
    kept: bool | None = None  # an item has the same value at the next poll

    def agree(self, one: Marks, other: Marks) -> int:
        """Return 1 where both have one value that is theirs alone, -1 where they differ, else 0: it decides nothing."""
        a, b = self.get(one), self.get(other)
        if a is None or b is None:
            return 0
        if self.apart is False or self.kept is False:
            return 0  # where guids are made anew, or are numbers of places, an equal one is a coincidence
        if a == b:
            return 0 if a in self.shared else 1
        return -1


def recognise(
    entries: Sequence[Entry],
    known: Sequence[StoredEntry],
    habits: Habits,
    exact: Mapping[int, StoredEntry] | None = None,
    *,
    here: Sequence[Marks] | None = None,
) -> Recognition:
    """Find each of a body's (distinct) entries among the known ones of its source.

    `exact` are entries, by position, that were found already, with their known ones; `here` are the entries' marks,
    where they are made already. The answer does not depend on the order of the entries.
    """
    made = [marks_of(entry) for entry in entries] if here is None else here
    return _Recogniser(entries, known, habits, exact or {}, made).recognise()


@dataclass(slots=True)
class _Recogniser:
    entries: Sequence[Entry]
    known: Sequence[StoredEntry]
    habits: Habits
    exact: Mapping[int, StoredEntry]
    here: Sequence[Marks]
    there: dict[int, Marks] = field(default_factory=dict)
    guid: _ComparedField = field(default_factory=lambda: _ComparedField(lambda each: each.guid))
    link: _ComparedField = field(default_factory=lambda: _ComparedField(lambda each: each.link))
    page: _ComparedField = field(default_factory=lambda: _ComparedField(lambda each: each.page))
    title: _ComparedField = field(default_factory=lambda: _ComparedField(lambda each: each.title))
    summary: _ComparedField = field(default_factory=lambda: _ComparedField(lambda each: each.summary))
    texts: frozenset[Hashable] = frozenset()  # that several items have
    dates: Counter[datetime | None] = field(default_factory=Counter)
    known_dates: Counter[datetime | None] = field(default_factory=Counter)
    dated: bool = False  # known items still have their dates, which are not those of the build then
    timed: bool = False  # a date has a time of day

    def recognise(self) -> Recognition:
        self.there = {row.id: row.found for row in self.known}
        self.there |= {row.id: self.here[number] for number, row in self.exact.items()}
        self.dates.update(entry.published for entry in self.entries)
        self.timed = any(date and (date.minute, date.second) != (0, 0) for date in self.dates)
        self.known_dates.update(row.published for row in self.known)
        self._learn_apart()
        self._learn_kept()
        pairs = dict(self.exact)
        taken = {row.id for row in pairs.values()}
        moved: set[int] = set()
        for number, row in self._candidates():
            if number in pairs or row.id in taken:
                continue
            if self._is_same(number, row):
                pairs[number] = row
                taken.add(row.id)
                moved |= {number} if self._is_moved(number, row) else set()
        numbers = range(len(self.entries))
        return Recognition(
            same=tuple((number, pairs[number]) for number in numbers if number in pairs and number not in moved),
            moved=tuple((number, pairs[number]) for number in numbers if number in moved),
            new=tuple(number for number in numbers if number not in pairs),
            habits=self._habits(),
        )

    # ----------------------------------------------------------------- what the fields are worth

    def _learn_apart(self) -> None:
        """Find the values that several items have, in this body or among the known ones, and which fields do."""
        for each, before in (
            (self.guid, self.habits.guid_apart),
            (self.link, self.habits.link_apart),
            (self.page, None),
            (self.title, self.habits.title_apart),
            (self.summary, None),
        ):
            count = Counter(value for item in self.here if (value := each.get(item)) is not None)
            texts: dict[Hashable, set[Hashable]] = defaultdict(set)
            for item in self.there.values():
                if (value := each.get(item)) is not None:
                    texts[value].add(item.text)
            several = {value for value, number in count.items() if number > 1}
            each.shared = frozenset(several | {value for value, found in texts.items() if len(found) > 1})
            each.apart = before
            if sum(count.values()) > 1:
                each.apart = sum(number for number in count.values() if number == 1) * 2 > sum(count.values())
        self.texts = self._shared_texts()

    def _shared_texts(self) -> frozenset[Hashable]:
        """Return the texts that come again and again: 'Air raid alert' under another guid and link each time."""
        here = Counter(item.text for item in self.here)
        guids: dict[Hashable, set[Hashable]] = defaultdict(set)
        links: dict[Hashable, set[Hashable]] = defaultdict(set)
        for item in self.there.values():
            guids[item.text].add(item.guid)
            links[item.text].add(item.page)
        known = {
            text for text, found in guids.items() if len(found) > 1 and (len(links[text]) > 1 or links[text] == {None})
        }
        return frozenset({text for text, number in here.items() if number > 1} | known)

    def _learn_kept(self) -> None:
        """Learn whether the source keeps guids and links, from items with a known text."""
        versions = self._versions()
        again = [
            any(_same_date(self.entries[number], row) for row in found)
            for number, found in enumerate(versions)
            if found
        ]
        self.dated = sum(again) * 2 >= max(1, len(again))
        for each, before in (
            (self.guid, self.habits.guid_kept),
            (self.link, self.habits.link_kept),
            (self.page, self.habits.page_kept),
        ):
            kept = renewed = dated = repeated = 0
            for number, item in enumerate(self.here):
                found = versions[number]
                value = each.get(item)
                values = {each.get(self.there[row.id]) for row in found} - {None}
                if value is None or not values or value in each.shared:
                    continue
                kept += value in values
                if value not in values:
                    renewed += 1
                    repeated += item.text in self.texts
                    dated += all(other_date(self.entries[number], row) for row in found)
            renewed -= repeated == 1  # one that repeats older words, even at the same date, may be news
            each.kept = _kept(before, kept=kept, renewed=renewed, dated=dated, of=len(self.here))

    def _versions(self) -> list[list[StoredEntry]]:
        """Return for each item the stored entries of its text; where several items have that, those of its date."""
        rows: dict[Hashable, list[StoredEntry]] = defaultdict(list)
        for row in (*self.known, *self.exact.values()):
            found = self.there[row.id]
            rows[self._version(found, row)].append(row)
            if found.text in self.texts:
                rows[found].append(row)
        result = []
        for entry, item in zip(self.entries, self.here, strict=True):
            one, other = rows[self._version(item, entry)], rows[item] if item.text in self.texts else []
            result.append([*one, *(row for row in other if not _same_date(entry, row))] if any(item.text) else [])
        return result

    def _version(self, found: Marks, item: Item) -> Hashable:
        return (found.text, item.published or found) if found.text in self.texts else found.text

    def _habits(self) -> Habits:
        return Habits(
            guid_apart=self.guid.apart,
            link_apart=self.link.apart,
            title_apart=self.title.apart,
            guid_kept=self.guid.kept,
            link_kept=self.link.kept,
            page_kept=self.page.kept,
        )

    # ----------------------------------------------------------------- which is which

    def _candidates(self) -> Iterable[tuple[int, StoredEntry]]:
        """Return pairs of items and stored entries with a common value, the most likely first."""
        fields = (self.guid, self.link, self.page, self.title, self.summary)
        by_value: dict[Hashable, list[StoredEntry]] = defaultdict(list)
        for row in self.known:
            for name in self._lookup_keys(self.there[row.id], fields, row.published):
                by_value[name].append(row)
        scored: list[tuple[float, int, int, StoredEntry]] = []
        for number, item in enumerate(self.here):
            if number in self.exact:
                continue
            names = self._lookup_keys(item, fields, self.entries[number].published)
            found = {row.id: row for name in names for row in by_value[name]}
            scored += [(-self._score(number, row), -row.id, number, row) for row in found.values()]
        scored.sort(key=lambda each: each[:3])
        return ((number, row) for _, _, number, row in scored)

    def _lookup_keys(
        self, item: Marks, fields: Collection[_ComparedField], published: datetime | None
    ) -> list[Hashable]:
        """Return the keys that an item and its candidates share: a value of its own, or several values together.

        Where several items have a text, the date is one of these: else each would be compared with each.
        """
        text = (item.text, published) if item.text in self.texts else item.text
        names: list[Hashable] = [
            (place, value)
            for place, each in enumerate(fields)
            if (value := each.get(item)) is not None and value not in each.shared
        ]
        names += [("guid, text", item.guid, text), ("page, text", item.page, text)]
        nothing_else = self.guid.agree(item, item) == 0 and self.link.agree(item, item) == 0
        if any(item.text) and (nothing_else or item.text not in self.texts):
            names.append(("text", text))
        return names

    def _score(self, number: int, row: StoredEntry) -> float:
        one, other = self.here[number], self.there[row.id]
        score = 8.0 * self.guid.agree(one, other) + 4.0 * self._link(one, other)
        score += 6.0 * (one.text == other.text) + (one.title == other.title) + (one.summary == other.summary)
        score += 0.5 * (one.guid == other.guid) + 0.5 * (one.page == other.page)
        return score + _same_date(self.entries[number], row)

    def _link(self, one: Marks, other: Marks) -> int:
        """Compare the links; where the bare address stands for several items, what was stripped from it may count."""
        if one.link is None or one.link != other.link or self.link.agree(one, other):
            return self.link.agree(one, other)
        if one.page != other.page:
            if self.page.kept is False:
                return 0
            by_page = self.page.kept and (self.link.apart is False or one.link in self.link.shared)
            return -1 if by_page or one.text != other.text or one.text in self.texts else 0
        return int(one.link in self.link.shared and one.page not in self.page.shared)

    def _is_same(self, number: int, row: StoredEntry) -> bool:
        one, other = self.here[number], self.there[row.id]
        entry = self.entries[number]
        guid, link = self.guid.agree(one, other), self._link(one, other)
        same_text = one.text == other.text and any(one.text)
        if guid > 0:  # where no body has shown two items, nobody knows that each has a guid of its own
            trusted = link >= 0 and self.guid.apart is not None
            return trusted or _half_same(one, other) or alike(entry, row, summaries=False)
        if link > 0 and same_text:
            return self.link.apart is True or guid == 0 or not other_date(entry, row)
        if link > 0:
            return self._is_same_page(guid, entry, row, half=_half_same(one, other)) or self._is_edited(number, row)
        if same_text:
            repeated = one.text in self.texts
            nothing_else = guid == 0 and link == 0 and not ((repeated or self.dated) and other_date(entry, row))
            return nothing_else or (not repeated and self._is_same_moment(entry, row))
        if guid < 0 or link < 0:
            return self._is_edited(number, row)
        own = self.title.agree(one, other) > 0 or self.summary.agree(one, other) > 0
        return own and (not other_date(entry, row) or alike(entry, row))

    def _is_same_page(self, guid: int, entry: Entry, row: StoredEntry, *, half: bool) -> bool:
        """Decide where the link is the same, the text is not, and the guid differs or says nothing."""
        if self.link.apart and (guid == 0 or self.guid.kept is not True):
            return True
        half = half and not other_date(entry, row)
        return alike(entry, row) or (guid == 0 and half)

    def _is_edited(self, number: int, row: StoredEntry) -> bool:
        """Decide where guid or link was renewed and the text edited: by a title of its own and the minute.

        Where no date has a time of day, one is that of many.
        """
        one, other = self.here[number], self.there[row.id]
        entry = self.entries[number]
        own = self.title.agree(one, other) > 0 or (self.summary.agree(one, other) > 0 and alike(entry, row))
        return own and self.timed and self._is_same_moment(entry, row)

    def _is_moved(self, number: int, row: StoredEntry) -> bool:
        """Return whether nothing but guid and link changed, as they do for many of the source's items at once."""
        one, other = self.here[number], self.there[row.id]
        if one.text != other.text or (one.guid, one.link) == (other.guid, other.link):
            return False
        passing = self.link.kept is False or self.link.apart is False or one.link in self.link.shared
        return one.link == other.link or passing or self.guid.agree(one, other) <= 0

    def _is_same_moment(self, entry: Entry, row: StoredEntry) -> bool:
        """Return whether both have one date that few others have, so that it is not the time of the build."""
        if not _same_date(entry, row):
            return False
        here = self.dates[entry.published]
        return self.known_dates[row.published] == 1 and (here * 2 <= len(self.entries) or here == 1)


def _half_same(one: Marks, other: Marks) -> bool:
    return (one.title is not None and one.title == other.title) or (
        one.summary is not None and one.summary == other.summary
    )


def _same_date(entry: Item, row: Item) -> bool:
    return entry.published is not None and entry.published == row.published


def _kept(before: bool | None, *, kept: int, renewed: int, dated: int, of: int) -> bool | None:  # noqa: FBT001 – a third value
    """Return whether a field is kept from poll to poll.

    Of the items whose text is that of a known one, `kept` have that one's value, `renewed` another value, and `dated`
    another value and another date: these may be news in the words of older ones. `of` is the number of all items.
    """
    if kept:
        return True  # those that were renewed nevertheless are known by their dates: see _is_same_moment
    if renewed > 1 and renewed * 2 >= of and (renewed > MANY or not (before and dated == renewed)):
        return False
    if renewed == 1 and not dated and before is None:
        return False
    return before
