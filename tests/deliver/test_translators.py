"""LibreTranslate and DeepL, against doubles of both: what is sent, what comes back, what a refusal says."""

from __future__ import annotations

import pytest
from doubles.translation_services import TranslationServices

from monitor.deliver.translators import ServiceTranslator
from monitor.errors import TranslationError
from monitor.model import Translation

OWN = Translation("uk", "libretranslate", "http://localhost:5000/")
DEEPL = Translation("uk", "deepl")


def translator(services: TranslationServices, **environ: str) -> ServiceTranslator:
    return ServiceTranslator(environ, transport=services.transport())


async def test_both_services_translate_in_order() -> None:
    services = TranslationServices()
    made = translator(services, DEEPL_API_KEY="deepl-key:fx")
    assert await made.translate(["one", "two"], "en", OWN) == ["[uk] one", "[uk] two"]
    assert await made.translate(["one"], None, OWN) == ["[uk] one"]
    assert await made.translate(["one", "two"], "ko", DEEPL) == ["[UK] one", "[UK] two"]
    assert await made.translate(["один"], None, Translation("en", "deepl")) == ["[EN-US] один"]
    assert [host for host, _ in services.asked] == [
        "localhost",
        "localhost",
        "api-free.deepl.com",
        "api-free.deepl.com",
    ]
    await made.close()
    await ServiceTranslator({}).close()


async def test_a_paid_key_and_an_own_address() -> None:
    services = TranslationServices(deepl_key="paid", key="mine")
    made = translator(services, DEEPL_API_KEY="paid", LIBRETRANSLATE_API_KEY="mine")
    assert await made.translate(["one"], "en", DEEPL) == ["[UK] one"]
    assert await made.translate(["one"], "en", OWN) == ["[uk] one"]
    assert services.asked[0][0] == "api.deepl.com"


@pytest.mark.parametrize(
    ("failure", "said"),
    [(0, "connection refused"), (1, "no answer"), (500, "answered 500"), (429, "answered 429: Slowdown"), (302, "302")],
)
async def test_a_failure_says_what_is_wrong(failure: int, said: str) -> None:
    with pytest.raises(TranslationError, match=said):
        await translator(TranslationServices(failures=[failure])).translate(["one"], "en", OWN)


async def test_a_refused_key_is_told_and_never_shown() -> None:
    services = TranslationServices(key="mine")
    with pytest.raises(TranslationError, match="403: Invalid API key") as caught:
        await translator(services, LIBRETRANSLATE_API_KEY="wrong-and-secret").translate(["one"], "en", OWN)
    assert "wrong-and-secret" not in str(caught.value)
    with pytest.raises(TranslationError, match="set DEEPL_API_KEY"):
        await translator(services).translate(["one"], "en", DEEPL)
    assert len(services.asked) == 1


@pytest.mark.parametrize(
    "odd",
    [b"", b"<html>", b"[]", b"{}", b'{"translatedText": "one"}', b'{"translatedText": []}', b'{"translatedText": [1]}',
     b'{"translations": [1]}', b'{"translations": [{}]}', b'{"translatedText": ["a", "b"]}'],
)  # fmt: skip
async def test_an_odd_answer_is_no_translation(odd: bytes) -> None:
    services = TranslationServices(odd=odd)
    for wanted in (OWN, DEEPL):
        with pytest.raises(TranslationError):
            await translator(services, DEEPL_API_KEY="deepl-key:fx").translate(["one"], "en", wanted)
