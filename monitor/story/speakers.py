"""Speakers: who says a sentence. A wrong name is worse than none, so every doubt gives none.

In Ukrainian, Russian and English the words between a quotation and its verb of speech, or around the verb of a sentence
of indirect speech, are read as a subject: names that a preposition, a comma or another's possession governs are not it
('Столтенберг на брифінгу в Брюсселі наголосив' is Столтенберг). Korean names its topic before the quotation and its
verb behind it. Bodies speak, too: 'Генштаб', 'the ministry', '합참'.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from monitor import data
from monitor.story.korean_speakers import korean
from monitor.story.mentions import mentions
from monitor.story.outlets import OFFICE
from monitor.story.terms import stems
from monitor.watch.catalogue import shipped

QUOTED = re.compile(r"«[^«»]+(?:«[^«»]*»[^«»]*)*»|“[^“”]+”|„[^„“”]+[“”]|``[^`]+?''|\"[^\"”]+[\"”]")
_QUOTED_MIN = 25  # characters: less is a name or a word in quotation marks
_BEFORE, _AFTER, _BACK = 300, 220, 900  # characters: of its own sentence, behind it, and of those who spoke earlier
_PRONOUN = object()
_HANGUL = re.compile(r"[가-힣]")
_SENTENCE = re.compile(r"(?<=[.!?…])[»”\"']{0,2}\s+(?=[A-ZА-ЯІЇЄҐЁ«“\"„])|\n")
_NAMED_IN_MARKS = re.compile(r"«[^«»]{1,40}»|“[^“”]{1,40}”|\"[^\"]{1,40}\"")
_TOKEN = re.compile(
    r"(?:[A-Z]\.){2,}|[A-ZА-ЯІЇЄҐЁ]\.(?=\s?[A-ZА-ЯІЇЄҐЁ])|(?:Mr|Ms|Mrs|Dr|Gen|Sen|Rep|Gov|Col|Lt|Adm|Rev)\.|\d[\w.,]*"
    r"|\w(?:[\w-]|['’ʼ](?=\w))*|[^\w\s]"
)
_LEAD = re.compile(r"[\s,.!?…»”\"'’]*(?:[—–-]\s*)?")
_MALE = re.compile(r"(?:в|л|вся|лся)$")  # a verb in the past, of a man
_SHORT = 3  # letters: a noun has more
_CHAIN = 3  # quotations in a row of which only the first has its speaker
_LAST = 3  # words of a name; of longer runs the last two are one: 'Великої Британії Бен Воллес'


@dataclass(frozen=True, slots=True)
class _Words:
    language: str
    verb: re.Pattern[str]  # a verb of speech
    according: re.Pattern[str]  # 'за словами ', in front of a name
    that: re.Pattern[str]  # behind the verb of indirect speech
    pronouns: frozenset[str]
    prepositions: frozenset[str]
    titles: frozenset[str]  # in small letters; never part of a name
    others: frozenset[str]  # who speaks or acts for somebody: the name behind them is not the speaker's
    bodies: re.Pattern[str]  # common nouns that may speak
    adverbs: frozenset[str]  # may stand between a name and its verb
    male: frozenset[str]  # first names of men that end as women's do


def speaker(document: str, start: int, end: int) -> str | None:
    """Return who says the sentence `document[start:end]`; None where that is not plain."""
    found = quotation(document, start, end)
    if _HANGUL.search(document[start:end]):
        return korean(document, start, end, found)
    if found is None:
        name = _indirect(document[start:end])
        return name if isinstance(name, str) else None
    name = _direct(document, *found)
    return name if isinstance(name, str) else None


def speaker_before(document: str, at: int) -> str | None:
    """Return who spoke last in front of `at`: the meaning of a pronoun there; None where that is not plain."""
    return _last(document[max(0, at - _BACK) : at], _language(document[max(0, at - _BEFORE) : at + _AFTER]))


def quotation(document: str, start: int, end: int) -> tuple[int, int] | None:
    """Return the quotation that covers most of a sentence: (opening mark, behind the closing mark)."""
    paragraph = document.rfind("\n\n", 0, start + 1) + 1
    stop = document.find("\n\n", end)
    best: tuple[int, tuple[int, int]] | None = None
    for match in QUOTED.finditer(document, paragraph, stop if stop >= 0 else len(document)):
        covered = min(end, match.end()) - max(start, match.start())
        if (covered >= _QUOTED_MIN or covered * 2 > end - start) and (best is None or covered > best[0]):
            best = (covered, match.span())
    return best[1] if best else None


# --------------------------------------------------------------------------- direct speech


def _direct(document: str, opened: int, closed: int, depth: int = 0) -> object:
    """Return the speaker of a quotation: a name, _PRONOUN resolved, or None."""
    words = _language(document[max(0, opened - _BEFORE) : closed + _AFTER])
    name = _within(document[opened:closed], words) or _behind(document, closed, words)
    if name is None:
        name = _before(document, opened, words)
    if name is None and depth < _CHAIN:
        name = _continued(document, opened, depth)
    if name is _PRONOUN:
        return _last(document[max(0, opened - _BACK) : opened], words)
    return name


def _within(text: str, words: _Words) -> object:
    """Return who is named inside the quotation marks: «Мені здається, – продовжив Брод, – це вже занадто»."""
    match = re.search(rf"[,.!?…]\s+[—–-]\s+({words.verb.pattern}[^—–«»]{{0,80}}?)[,.]\s+[—–-]\s", text)
    return _after_verb(match[1], words) if match else None


def _behind(document: str, closed: int, words: _Words) -> object:
    """Return who is named behind the closing mark: ',» — сказав Блінкен', '," Blinken told reporters'."""
    tail = document[closed : closed + _AFTER].partition("\n")[0]
    inside = document[closed - 2 : closed - 1]
    lead = _LEAD.match(tail)
    rest = tail[lead.end() if lead else 0 :]
    ends = inside in ".!?…" and not re.match(r"[\s]*[—–,-]", tail)  # the sentence ended inside the marks
    rest = _sentence_of(rest)
    match = words.verb.match(rest)
    if match:
        return _after_verb(rest, words)
    if ends and not re.match(r"(?:he|she|they)\b", rest) and not _ends_with_speech(rest, words):
        return None
    return _before_verb(rest, words, first=True)


def _ends_with_speech(rest: str, words: _Words) -> bool:
    """Return whether a short clause is nothing but 'Blinken said'."""
    return bool(re.fullmatch(rf"[^,.:]{{2,60}}\s{words.verb.pattern}[^,:]{{0,40}}\.?", rest)) and ":" not in rest


def _before(document: str, opened: int, words: _Words) -> object:
    """Return who is named in front of the opening mark: 'Блінкен заявив: «', 'за словами Брода, «'."""
    head = document[max(document.rfind("\n", 0, opened) + 1, opened - _BEFORE) : opened]
    head = _SENTENCE.split(_joined(head))[-1]
    head = QUOTED.sub(" ", head)
    said = list(words.according.finditer(head))
    if said:
        return _after_verb(head[said[-1].start() :], words, at=said[-1].end() - said[-1].start())
    if not re.search(
        r"(?::|,|\b(?:що|что|that|as|як|как|is|are|saying|сказавши|сказав|said))\s*$", head.rstrip('"“«„ ')
    ):
        verbs = list(words.verb.finditer(head))
        if not verbs or len(head) - verbs[-1].end() > _NEAR:
            return None
    return _before_verb(head, words)


_BRINGS = re.compile(r"(?::|,|\b(?:що|что|that|as|як|как|is|are|saying|сказавши|сказав|said))\s*$")
_NEAR = 60  # characters between a verb and the quotation that it brings


def _continued(document: str, opened: int, depth: int) -> object:
    """Return the speaker of the quotation before, where nothing but its speaker stands between: '…," X said. "…'."""
    floor = max(0, opened - _BACK)
    spans = [match.span() for match in QUOTED.finditer(document, floor, opened)]
    earlier = [(first, last) for first, last in spans if last - first >= _QUOTED_MIN]
    if not earlier:
        return None
    between = document[earlier[-1][1] : opened].strip()
    words = _language(document[floor:opened])
    # Between two of one speaker's stands nothing, or who said the first.
    short = len(between) <= _AFTER and between.endswith(".") and len(_SENTENCE.split(_joined(between))) == 1
    if between and not (short and words.verb.search(between)):
        return None
    return _direct(document, *earlier[-1], depth + 1)


def _last(text: str, words: _Words) -> str | None:
    """Return who spoke last: a pronoun's meaning, if one of the last two sentences names a speaker and no other."""
    sentences = [each for each in _SENTENCE.split(_joined(text)) if each.strip()]
    for sentence in reversed(sentences[-2:]):
        bare = QUOTED.sub(" ", sentence)
        name = _indirect(bare, words)
        if isinstance(name, str):
            others = {run.words[-1] for run in _runs(_TOKEN.findall(_without_outlets(bare)), words)}
            return name if others <= {name.split()[-1]} else None
        if any(_runs(_TOKEN.findall(bare), words)):
            return None
    return None


# --------------------------------------------------------------------------- indirect speech


def _indirect(sentence: str, words: _Words | None = None) -> object:
    """Return who says a sentence of indirect speech: 'Блінкен заявив, що …', '…, за словами Блінкена', '…, X said.'."""
    words = words or _language(sentence)
    bare = QUOTED.sub(lambda match: " " * len(match[0]), sentence)
    said = words.according.search(bare)
    if said:
        return _after_verb(bare[said.start() :], words, at=said.end() - said.start())
    for match in words.verb.finditer(bare):
        rest = bare[match.end() :]
        ahead = bare[: match.start()]
        if re.search(r"(?:,\s*[—–-]?|\s[—–-]|^)\s*$", ahead):  # ', заявив Блінкен.'
            name = _after_verb(bare[match.start() :], words)
            if name is not None:
                return name
        name = _before_verb(ahead, words, at_end=True)
        if name is not None and (words.that.match(rest) or _is_tail(rest)):
            return name
    return None


def _is_tail(rest: str) -> bool:
    return not rest.strip(' .»”"')


# --------------------------------------------------------------------------- subjects


def _after_verb(text: str, words: _Words, at: int | None = None) -> object:
    """Return the subject that follows a verb at the beginning of `text` (or what ends at `at`)."""
    match = words.verb.match(text)
    end = at if at is not None else match.end() if match else 0
    text = text[:end] + _NAMED_IN_MARKS.sub(" ", text[end:])
    clause = re.split(r"[;:!?]|\s[—–-]\s|[«“\"„(]|(?<=\w\w)\.(?:\s|$)|,\s", text[end:])[0]
    return _subject(clause, words, verb=text[:end], after=True, governed=at is not None)


def _before_verb(text: str, words: _Words, *, first: bool = False, at_end: bool = False) -> object:
    """Return the subject in front of a verb: of the first in `text`, of the last, or of one behind its end."""
    matches = list(words.verb.finditer(text))
    if not at_end and not matches:
        return None
    match = None if at_end else matches[0] if first else matches[-1]
    ahead, verb = (text, "") if match is None else (text[: match.start()], match[0])
    # 'Park Jin, the foreign minister, said'; 'Their head of policy, Jeff Knott, stated'
    parts = [part for part in re.split(r",\s*", ahead) if part.strip()]
    if not parts:
        return None
    aside = ahead.rstrip().endswith(",")
    order = [parts[-1]] if not aside else [*parts[-2:]][::-1]
    for part in order:
        clause = re.split(r"[;:!?()]|\s[—–-]\s", part)[-1]
        found = _subject(clause, words, verb=verb)
        if found is not None:
            return found
    return None


def _without_outlets(clause: str) -> str:
    """Return a clause with outlets and offices as common nouns: they are no people, whatever their capitals."""
    parts, end = [], 0
    for mention in mentions(clause)[0]:
        parts += [clause[end : mention.start], "outlet"]
        end = mention.end
    return "".join([*parts, clause[end:]])


@dataclass(frozen=True, slots=True)
class _Run:
    words: tuple[str, ...]
    start: int  # of its first token
    end: int


def _subject(clause: str, words: _Words, *, verb: str, after: bool = False, governed: bool = False) -> object:
    """Return the subject of a clause without its verb: a name, a body, _PRONOUN or None."""
    tokens = _TOKEN.findall(_without_outlets(clause))
    lower = [token.lower() for token in tokens]
    found = (_trimmed(run, verb) for run in _runs(tokens, words))
    runs = [
        run
        for run in found
        if (governed or not _is_governed(lower, run.start, words) or _is_adjacent(tokens, run, words, after=after))
        and _is_alone(tokens, run, words, after=after)
        and not _is_others(tokens, run, words)
        and _agrees(run, verb, words, governed=governed, after=after)
    ]
    name = _chosen(runs, len(tokens), after=after)
    if name is not None or runs:
        return name
    body = _body(clause, words)
    if body is None and (any(token in words.pronouns for token in lower[:3]) or (not tokens and after)):
        return _PRONOUN
    return body


def _chosen(runs: Sequence[_Run], length: int, *, after: bool) -> str | None:
    """Return which of several names is the subject: one of two words before one of one, where only one can be."""
    several = [run for run in runs if len(run.words) > 1]
    if len(several) > 1 and after:
        several = several[:1]
    if several:
        return " ".join(several[-1].words)
    if not runs:
        return None
    first, last = runs[0], runs[-1]
    if first.words == last.words or not first.start:
        return first.words[0]
    return last.words[0] if after and last.end == length else None


def _runs(tokens: Sequence[str], words: _Words) -> Iterator[_Run]:
    """Yield the runs of capitals that look like a person's name, without places, titles and acronyms in front."""
    at = 0
    while at < len(tokens):
        if not _is_capital(tokens[at]):
            at += 1
            continue
        end = at
        while end < len(tokens) and (
            _is_capital(tokens[end]) or (tokens[end] in _PARTICLES and any(map(_is_capital, tokens[end + 1 : end + 3])))
        ):
            end += 1
            if tokens[end - 1].endswith(("'s", "’s")):
                break
        first, last = at, end
        named = [place for place in range(at, end) if tokens[place].lower() in _ORGANISATIONS]
        first = named[-1] + 1 if named else first  # 'House Resources Committee Chairman Nick Rahall'
        while first < last and _is_no_name(tokens[first], words):
            first += 1
        while last > first and _is_no_name(tokens[last - 1], words, place=False):
            last -= 1
        if sum(map(_is_capital, tokens[first:last])) > _LAST:
            first = last - 2
        mixed = first < last and _is_cyrillic(tokens[first]) != _is_cyrillic(tokens[last - 1])  # 'Рабочие Vestas'
        if first < last and not mixed and not tokens[last - 1].endswith(("'s", "’s")):
            yield _Run(tuple(tokens[first:last]), first, last)
        at = end


_ACRONYM = re.compile(r"(?:[A-Z]\.){2,}")
_ORGANISATIONS = frozenset(
    {"department", "board", "council", "committee", "center", "centre", "university", "school", "church", "group",
     "bank", "relations", "program", "programme", "association", "agency", "commission", "bureau", "institute",
     "foundation", "party", "league", "club", "services", "authority", "news", "times", "post", "herald", "daily",
     "journal", "inc",
     "corp", "ltd", "street", "airport", "hospital", "museum", "society", "ministry", "weekly", "magazine", "press"}
)  # fmt: skip
_BASE_FORM = re.compile(r"(?:[бвгґджзйклмнпрстфхцчшщь]|глава|голова|ниця|рка|тка)$")
_PARTICLES = frozenset({"van", "von", "de", "der", "den", "bin", "al", "el", "ван", "фон", "де", "дер", "бен", "аль"})


def _is_capital(token: str) -> bool:
    return token[0].isupper()


def _is_cyrillic(token: str) -> bool:
    return bool(re.search(r"[а-яіїєґё]", token, re.IGNORECASE))


def _is_no_name(token: str, words: _Words, *, place: bool = True) -> bool:
    letters = token.replace(".", "").replace("-", "")
    acronym = (len(letters) > 1 and letters.isupper() and not token.endswith(".")) or bool(
        re.fullmatch(r"(?:[A-Z]\.){2,}", token)
    )
    return (
        acronym
        or token.lower() in words.titles
        or token.lower() in words.pronouns
        or token.lower() in words.prepositions
        or not token[0].isalpha()
        or token.lower() in _NEVER
        or (len(token) > _SHORT and not stems(token, words.language))
        or (place and _is_place(token, words.language))
    )


def _is_governed(lower: Sequence[str], start: int, words: _Words) -> bool:
    """Return whether a preposition stands in front of a name, with nothing but small words between."""
    for token in reversed(lower[:start]):
        if token in words.prepositions:
            # 'Secretary of State Antony Blinken'
            return words.language != "en" or token != _OF or lower[start - 1] not in words.titles - _NEVER
        if token in words.titles and token not in _NEVER and words.language != "en" and _BASE_FORM.search(token):
            return False  # 'у розмові з кореспондентом лідер руху Олександр Бєлов'
        if not token[0].isalpha():
            return False
    return False


def _is_alone(tokens: Sequence[str], run: _Run, words: _Words, *, after: bool) -> bool:
    """Return whether a single capital is a name, not a noun's attribute: 'a Western diplomat', 'рабочие Visteon'."""
    if len(run.words) > 1:
        return True
    behind = tokens[run.end].lower() if run.end < len(tokens) else ""
    free = not behind[:1].isalpha() or behind in words.prepositions or behind in words.adverbs
    if words.language == "en":
        return free or behind.endswith("ly")
    before = tokens[run.start - 1].lower() if run.start else ""
    if not before[:1].isalpha():
        return free or after
    return (
        _is_cyrillic(run.words[0]) and before in words.titles | words.pronouns | words.adverbs | words.others | _NEVER
    )


_ADJECTIVE = re.compile(r"(?:ий|ій|ая|яя|ое|ее|ые|ие|ый|ська|ське|ський|ські)$")
_OF = "of"


def _is_adjacent(tokens: Sequence[str], run: _Run, words: _Words, *, after: bool) -> bool:
    """Return whether a name of two words ends at the verb, and a noun in its base form stands in front of it."""
    before = tokens[run.start - 1].lower() if run.start else ""
    if words.language == "en":
        return not after and len(run.words) > 1 and run.end == len(tokens) and before in words.titles - _NEVER
    plain = len(run.words) > 1 and _is_cyrillic(run.words[0]) and _is_nominative(run.words)
    return not after and plain and run.end == len(tokens) and len(before) > _SHORT and bool(_BASE_FORM.search(before))


def _trimmed(run: _Run, verb: str) -> _Run:
    """Return a run of three without what is no name in it: 'Харкова Ігор Терехов', 'Роман Коноплев Русской'."""
    if len(run.words) != _LAST or not _is_cyrillic(run.words[0]):
        return run
    town = re.search(r"[аяиіїую]$", run.words[0])
    if town and (_MALE.search(verb.strip().lower()) or re.search(r"[бвгґджзйклмнпрстфхцчшщ]$", run.words[1])):
        return _Run(run.words[1:], run.start + 1, run.end)
    if re.search(r"(?:ой|ої|ого|ому|ій|ых|их|им|ым)$", run.words[-1]):  # 'сказал Роман Коноплев Русской службе'
        return _Run(run.words[:-1], run.start, run.end - 1)
    return run


def _is_others(tokens: Sequence[str], run: _Run, words: _Words) -> bool:
    """Return whether a name says whose lawyer, office or wife speaks: 'адвокат Порошенка'."""
    before = tokens[run.start - 1].lower() if run.start else ""
    if before not in words.others or words.language == "en":  # there 'of' or 'for' would stand
        return False
    return len(run.words) == 1 or not _is_cyrillic(run.words[0]) or not _is_nominative(run.words)


def _is_nominative(run: Sequence[str]) -> bool:
    """Return whether a Cyrillic name of two words ends as a subject's does."""
    return len(run) > 1 and not re.search(r"(?:ого|ому|ка|ва|ина|ом|им|ем|єм|ою|у|ю)$", run[-1])


def _agrees(run: _Run, verb: str, words: _Words, *, governed: bool, after: bool) -> bool:
    """Return whether a name of two words may be the subject of a verb that tells its gender."""
    if governed or len(run.words) == 1 or not _is_cyrillic(run.words[0]) or (after and not run.start):
        return True
    first, last = run.words[0].lower(), run.words[-1].lower()
    oblique = re.search(r"[аяи]$" if words.language == "uk" else r"[ая]$", first)
    if _MALE.search(verb.strip().lower()) and oblique and first not in words.male:
        return False
    return not re.search(r"(?:ого|ому|ові|еві|ським|ском|ским|ською|овим|овым|овой|овою)$", last)


def _body(clause: str, words: _Words) -> str | None:
    """Return the office that a clause names as its subject, or a common noun for one."""
    tokens = [token.lower() for token in _TOKEN.findall(clause)]
    for mention in mentions(clause)[0]:
        start = len(_TOKEN.findall(clause[: mention.start]))
        end = start + len(_TOKEN.findall(clause[mention.start : mention.end]))
        if mention.outlet.kind == OFFICE and _is_subject(tokens, start, end, words):
            return clause[mention.start : mention.end]
    match = words.bodies.search(clause)
    if match and not _is_governed(tokens, len(_TOKEN.findall(clause[: match.start()])), words):
        return match[0]
    return None


def _is_subject(tokens: Sequence[str], start: int, end: int, words: _Words) -> bool:
    """Return whether an office is a clause's subject itself: no 'Navy chief', no 'представитель Госдепартамента'."""
    ahead = [token for token in tokens[:start] if token not in _NEVER and not _ADJECTIVE.search(token)]
    headed = any(token in words.titles | words.others for token in ahead)
    if headed or _is_governed(tokens, start, words):
        return False
    if words.language == "en":
        behind = tokens[end] if end < len(tokens) else ""
        return not behind[:1].isalpha() or behind in words.prepositions or behind in words.adverbs
    before = tokens[start - 1] if start else ""
    return not before[:1].isalpha() or bool(_ADJECTIVE.search(before))


@cache
def _place_stems(language: str) -> frozenset[str]:
    """Return the stems of the catalogue's places: a country or a town in front of a name is no part of it.

    Not those that a person may have: guarded names (Jordan), and stems of given names, too (Микола, Миколаїв).
    """
    found: set[str] = set()
    for spec in shipped().entities.values():
        if spec.type == "place":
            for name in spec.names.get(language, ()):
                if not name.needs:
                    found.update(stem for stem in stems(name.text, language) if len(stem) > _SHORT)
    given = {stem for names in data.load("given_names").values() for name in names for stem in stems(name, language)}
    return frozenset(found - given)


def _is_place(token: str, language: str) -> bool:
    lower = token.lower()
    return any(stem in _place_stems(language) for stem in stems(lower, language))


# --------------------------------------------------------------------------- words


@cache
def _words(language: str) -> _Words:
    given = data.load("speech")[language]
    return _Words(
        language,
        verb=re.compile(rf"(?<![\w-])(?i:{given['verb']})(?!\w)"),
        according=re.compile(rf"(?<!\w)(?i:{given['according']})"),
        that=re.compile(given["that"], re.IGNORECASE),
        pronouns=frozenset(given["pronouns"]),
        prepositions=frozenset(given["prepositions"]),
        titles=frozenset(given["titles"]),
        others=frozenset(given["others"]),
        bodies=re.compile(rf"(?<!\w)(?:{given['bodies']})(?!\w)"),
        adverbs=frozenset(given["adverbs"]),
        male=frozenset(given["male"]),
    )


_NEVER = frozenset(
    {"the", "a", "an", "but", "and", "also", "as", "this", "that", "officials", "sources", "media", "monday", "tuesday",
     "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march", "april", "june", "july",
     "august", "september", "october", "november", "december", "outlet", "вот", "тогда", "тоді", "потім",
     "потом", "затем", "ось", "ще", "ещё", "еще", "теперь", "тепер", "при", "однак", "але", "then", "there", "here",
     "those", "these", "one"}
)  # fmt: skip


def _language(text: str) -> _Words:
    if 2 * len(re.findall(r"[а-яіїєґё]", text, re.IGNORECASE)) < sum(map(str.isalpha, text)):
        return _words("en")
    if re.search(r"[іїєґ]", text, re.IGNORECASE):
        return _words("uk")
    russian = _words("ru")
    return (
        russian
        if re.search(r"[ыэъё]", text) or russian.verb.search(text) or russian.according.search(text)
        else _words("uk")
    )


def _joined(text: str) -> str:
    """Return a text whose initials and titles end no sentence."""
    return re.sub(r"(?<![\w.])((?:[A-ZА-ЯІЇЄҐЁ]|Mr|Ms|Mrs|Dr|Gen|Sen|Rep|Gov|Col|Lt|Adm|Rev))\.\s", r"\1.", text)


def _sentence_of(text: str) -> str:
    return re.split(r"(?<=\w\w)[.!?…]\s|\n", _joined(text))[0]
