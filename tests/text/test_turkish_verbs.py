"""Turkish verbs: tenses, participles and verbal nouns of an infinitive, negated, passive and as 'can'."""

from __future__ import annotations

import pytest

from monitor.text import forms
from monitor.text.forms._turkish_verbs import is_infinitive
from monitor.text.normalise import key


@pytest.mark.parametrize(
    ("verb", "some"),
    [
        ("saldırmak", "saldırdı saldırdılar saldırıyor saldıracak saldırmış saldıran saldırarak saldırdığı saldırması"),
        ("saldırmak", "saldırdığını saldırır saldırmadı saldırmıyor saldırmayacak saldırmaz saldırabilir saldıramaz"),
        ("öldürmek", "öldürdü öldürülen öldürüldü öldürülmüş öldürülmedi öldürülecek öldürdükleri"),
        ("vurmak", "vurdu vuruyor vuracak vuran vurur vurulan vurup vurunca"),
        ("fırlatmak", "fırlattı fırlatıyor fırlatacak fırlatıldı fırlatılması"),
        ("gitmek", "gitti gidiyor gidecek gidenler gider"),
        ("başlamak", "başladı başlıyor başlayan başlayacak başlar başlandı"),
        ("söylemek", "söyledi söylüyor söyleyen söylenmiş"),
        ("demek", "dedi diyor diyerek denildi"),
        ("bulmak", "buldu bulunuyor bulundu bulur"),
        ("ölmek", "öldü ölen ölür ölmüştü"),
    ],
)
def test_a_verb_has_its_forms(verb: str, some: str) -> None:
    made = forms.expand(verb, "tr").forms
    assert [form for form in some.split() if key(form) not in made] == []


@pytest.mark.parametrize(("word", "form"), [("ekmek", "ekmeği"), ("yemek", "yemekler"), ("parmak", "parmağı")])
def test_a_noun_that_ends_like_an_infinitive_has_the_forms_of_a_noun(word: str, form: str) -> None:
    made = forms.expand(word, "tr").forms
    assert form in made
    assert word[:-3] + "di" not in made


def test_a_name_and_a_word_without_a_stem_are_no_infinitives() -> None:
    assert is_infinitive("vurmak")
    assert not is_infinitive("mak")
    assert "vurdu" not in forms.expand("Vurmak", "tr").forms
