"""Persian: plurals, the ezafe, the indefinite -ی, possessives, and the tenses of simple verbs.

Endings are written on, apart, or with a zero-width non-joiner between (موشک‌ها, موشکها, موشک ها): the
normaliser drops the joiner, and what stands apart is another token. The ezafe is written after a vowel
alone (نیروهای); after a silent ه it is a hamza or a ی (حملهٔ, حمله‌ی), and the indefinite is -ای (حمله‌ای).
Letters that Arabic keyboards write otherwise (ي, ك), and digits, have one key. Plurals are -ها of anything,
-ان of persons, -ات of many loans (حملات, مقامات).

A verb is written as its infinitive (کشتن, زدن). It is one of a list, with its present stem, or ends in -یدن or -اندن.
Other words that end so are nouns (لندن, عدن, معدن), whose 'past' would be a word of its own. Forms of 'thou' are not
made: no news has them, and they are mostly nouns (کشتی is a ship, روی 'on'). Most verbs are a noun and a light verb
(حمله کردن): the noun is the better term.
"""

from __future__ import annotations

from collections.abc import Iterator

from monitor.text.forms.base import Form, FormSet, Kind
from monitor.text.normalise import key

NAME = "Persian"
LANGUAGES = ("fa",)
SCRIPTS = ("arabic",)
QUALITY = (
    "Plurals, ezafe, indefinite and possessives by rule, simple verbs by list and rule; not measured on running text. "
    "Of compound verbs (حمله کردن) the noun is the better term."
)

_OWN = frozenset("پچژگکی")  # letters that Arabic has not, or has another form of
_ARABIC = frozenset("ةىأإؤئ")
# Letters of Urdu, Pashto, Kurdish, Uighur and Sindhi.
_FOREIGN = frozenset("ٹڈڑںھہےۓټډړښځڅېۍڼڕڵۆێەۇۈۋڭٻڀٺٿڄڃڇڏڌڊڍڙڦڪڳڱڻ")
_VOWELS = frozenset("اوآ")
_SILENT = "ه"
_POSSESSIVES = ("م", "ت", "ش", "مان", "تان", "شان")
_PERSONS, _LEAST_OF_PERSONS = "ان", 3
# Words of their own: rain, end, crisis, Sudan, Lebanon …
_NOT_PLURAL_TEXT = """
    باران پایان درمان فرمان زبان جوان بحران دوران میزان سودان لبنان یونان جبران زندان سیمان نشان عمران فقدان استان انسان
    پیمان جریان مکان زمان گمان توان همان چنان امارات حیات فرات
"""
_NOT_PLURAL = frozenset(_NOT_PLURAL_TEXT.split())
_REGULAR = {"یدن": "", "اندن": "ان"}  # ending of the infinitive → of the present stem
_LEAST_OF_STEM = 2
# Forms that are nearly always other words: man, people, battle, river, tenth, Rome, …
_OTHER_WORDS = frozenset(["مرد", "مردم", "مردند", "نبرد", "رود", "روم", "دهم", "نمرد"])
_PRESENT_TEXT = """
    آمدن:آی آوردن:آور آموختن:آموز افتادن:افت افزودن:افزا انداختن:انداز ایستادن:ایست باختن:باز بردن:بر بستن:بند
    برداشتن:بردار برگزیدن:برگزین پذیرفتن:پذیر پرداختن:پرداز پیوستن:پیوند تاختن:تاز توانستن:توان خواستن:خواه
    خوردن:خور دادن:ده داشتن:دار دانستن:دان دیدن:بین ربودن:ربا رفتن:رو زدن:زن ساختن:ساز سوختن:سوز سپردن:سپار
    شدن:شو شکستن:شکن شناختن:شناس شنیدن:شنو آزمودن:آزما آراستن:آرا آشفتن:آشوب انگیختن:انگیز پختن:پز تافتن:تاب
    جستن:جو چیدن:چین خفتن:خواب دوختن:دوز راندن:ران زادن:زا زدودن:زدا ستودن:ستا شتافتن:شتاب فرمودن:فرما
    فریفتن:فریب فشردن:فشار کاستن:کاه کاشتن:کار کوفتن:کوب گداختن:گداز گماشتن:گمار گشودن:گشا گریستن:گری
    نگریستن:نگر نمودن:نما نواختن:نواز آلودن:آلا افراشتن:افراز انباشتن:انبار آویختن:آویز آمیختن:آمیز پیمودن:پیما
    ربودن:ربا گزیدن:گزین آفریدن:آفرین فرستادن:فرست فروختن:فروش کردن:کن کشتن:کش گذاشتن:گذار گرفتن:گیر گریختن:گریز
    گشتن:گرد گفتن:گو ماندن:مان مردن:میر نشستن:نشین نوشتن:نویس یافتن:یاب ریختن:ریز گسستن:گسل بخشیدن:بخش
"""
_PRESENT = dict(pair.split(":") for pair in _PRESENT_TEXT.split())
_PERSONAL = ("م", "", "یم", "ید", "ند")
_PERSONAL_PRESENT = ("م", "د", "یم", "ید", "ند")


def is_persian(word: str) -> bool:
    """Return whether the letters of a word show that it is Persian and no other language's."""
    return not _OWN.isdisjoint(word) and not is_foreign(word)


def may_be_persian(word: str) -> bool:
    """Return whether a word in Arabic letters may be Persian as well as Arabic."""
    return _ARABIC.isdisjoint(word) and not is_foreign(word)


def is_foreign(word: str) -> bool:
    """Return whether a word has letters that neither Arabic nor Persian has."""
    return not _FOREIGN.isdisjoint(word)


def expand(word: str, language: str | None = None, kind: Kind = Kind.AUTO) -> FormSet:  # noqa: ARG001
    """Return the word with its endings; of a place with the ezafe alone."""
    forms = {key(word): Form("exact")}
    if kind is Kind.PLACE:
        made = dict.fromkeys(_ezafe(word), "persian: ezafe")
    else:
        made = dict.fromkeys(_of_noun(word), "persian: noun ending") | dict.fromkeys(_of_verb(word), "persian: verb")
    for form, rule in made.items():
        forms.setdefault(key(form), Form(rule))
    return FormSet(word, forms)


def _of_noun(word: str) -> Iterator[str]:
    yield from _ezafe(word)
    if word in _PRESENT:
        return
    for each in (word, word + "ها"):
        yield each
        yield from _ezafe(each)
        yield from _with_endings(each)
    for plural in _loan_plurals(word):
        if plural not in _NOT_PLURAL:
            yield from (plural, plural + "ی", plural + "ش", plural + "شان")


def _ezafe(word: str) -> Iterator[str]:
    """Return a word before what belongs to it, where that is written."""
    if word[-1] in _VOWELS:
        yield word + "ی"
    elif word[-1] == _SILENT:
        yield from (word + "ی", word + "ء")  # the hamza above, حملهٔ, is dropped from keys


def _with_endings(word: str) -> Iterator[str]:
    """Return 'a …' and 'my …'."""
    joined = "ی" if word[-1] in _VOWELS else "ا" if word[-1] == _SILENT else ""
    yield word + ("ای" if word[-1] == _SILENT else "یی" if word[-1] in _VOWELS else "ی")
    yield from (word + joined + ending for ending in _POSSESSIVES)
    yield from (word + ending for ending in _POSSESSIVES[3:])  # حمله‌شان


def _loan_plurals(word: str) -> Iterator[str]:
    """Return the plurals in -ان (of persons) and -ات."""
    if len(word) < _LEAST_OF_PERSONS:
        return
    if word[-1] == _SILENT:
        yield from (word[:-1] + "گان", word[:-1] + "ات")
    elif word[-1] in _VOWELS:
        yield word + "ی" + _PERSONS
    else:
        yield from (word + _PERSONS, word + "ات")


def _of_verb(word: str) -> Iterator[str]:
    """Return the simple past, the perfect, the present and the subjunctive of an infinitive, also negated."""
    present = _present_stem(word)
    if present is None:
        return
    past = word[:-1]
    finite = [past + ending for ending in _PERSONAL] + ["می" + past + ending for ending in _PERSONAL]
    perfect = [past + "ه" + ending for ending in ("", "ام", "است", "ایم", "اند")]
    simple = [present + ("ی" if present[-1] in _VOWELS else "") + ending for ending in _PERSONAL_PRESENT]
    finite += [*simple, *("می" + form for form in simple)]
    told = [*finite, *perfect]
    made = [*told, *("ن" + form for form in told), *("ب" + form for form in simple)]
    yield from (form for form in made if form not in _OTHER_WORDS)


def _present_stem(word: str) -> str | None:
    """Return the present stem of an infinitive; None for a word that is none."""
    known = _PRESENT.get(word)
    if known is not None:
        return known
    for ending, of_present in _REGULAR.items():
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= _LEAST_OF_STEM:
            return stem + of_present
    return None
