"""Translation services: LibreTranslate and DeepL, asked over HTTP with the key of the environment.

Nothing is sent anywhere unless a channel's `translate` names a service.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from monitor.deliver.secret import secret
from monitor.errors import TranslationError
from monitor.log import hide, redact
from monitor.model import Translation

if TYPE_CHECKING:
    import httpx

KEYS: Mapping[str, str] = {"libretranslate": "LIBRETRANSLATE_API_KEY", "deepl": "DEEPL_API_KEY"}
"""The environment variable of each service's key; with `_FILE`, the name of a file that holds it."""

_DEEPL, _DEEPL_FREE = "https://api.deepl.com", "https://api-free.deepl.com"
_FREE = ":fx"  # the end of keys of DeepL's free plan
_VARIANTS = {"en": "EN-US", "pt": "PT-PT", "zh": "ZH-HANS"}  # targets that DeepL wants to know more closely
_TIMEOUT = 20.0
_MOST = 1_000_000  # bytes of an answer


class ServiceTranslator:
    """A `ports.Translator`. Its representation shows no key."""

    def __init__(
        self, environ: Mapping[str, str] | None = None, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._environ = os.environ if environ is None else environ
        self._transport = transport
        self._client: httpx.AsyncClient | None = None

    async def translate(self, texts: Sequence[str], source: str | None, wanted: Translation) -> list[str]:
        """Return the texts in the language `wanted.to`, in order. Raises TranslationError."""
        key = secret(self._environ, KEYS[wanted.by])
        hide(key or "")
        if wanted.by == "deepl":
            if key is None:
                raise TranslationError(f"there is no key: set {KEYS[wanted.by]}")
            found = await self._deepl(texts, source, wanted, key)
        else:
            found = await self._libretranslate(texts, source, wanted, key)
        if len(found) != len(texts) or not all(isinstance(each, str) for each in found):
            raise TranslationError("the answer has not as many texts as were sent")
        return [str(each) for each in found]

    async def close(self) -> None:
        """Close its connections."""
        if self._client is not None:
            await self._client.aclose()

    async def _deepl(self, texts: Sequence[str], source: str | None, wanted: Translation, key: str) -> list[Any]:
        url = wanted.url or (_DEEPL_FREE if key.endswith(_FREE) else _DEEPL)
        document: dict[str, Any] = {"text": list(texts), "target_lang": _VARIANTS.get(wanted.to, wanted.to.upper())}
        if source:
            document["source_lang"] = source.upper()
        answer = await self._ask(
            f"{url.rstrip('/')}/v2/translate", document, {"authorization": f"DeepL-Auth-Key {key}"}
        )
        found = answer.get("translations")
        return (
            [each.get("text") if isinstance(each, dict) else None for each in found] if isinstance(found, list) else []
        )

    async def _libretranslate(
        self, texts: Sequence[str], source: str | None, wanted: Translation, key: str | None
    ) -> list[Any]:
        document = {"q": list(texts), "source": source or "auto", "target": wanted.to, "format": "text"}
        if key is not None:
            document["api_key"] = key
        found = (await self._ask(f"{(wanted.url or '').rstrip('/')}/translate", document, {})).get("translatedText")
        return found if isinstance(found, list) else []

    async def _ask(self, address: str, document: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
        import httpx

        if self._client is None:
            self._client = httpx.AsyncClient(
                timeout=_TIMEOUT,
                follow_redirects=False,
                transport=self._transport,
                headers={"user-agent": "news-monitor"},
            )
        try:
            async with asyncio.timeout(_TIMEOUT):
                response = await self._client.post(address, json=document, headers=dict(headers))
        except TimeoutError as error:
            raise TranslationError(f"no answer within {_TIMEOUT:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TranslationError(redact(str(error)) or type(error).__name__) from error
        if response.status_code != httpx.codes.OK:
            refused = response.status_code == httpx.codes.BAD_REQUEST
            raise TranslationError(f"the service answered {response.status_code}{_reason(response)}", refused=refused)
        try:
            answer = response.json() if len(response.content) <= _MOST else None
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise TranslationError("the answer is no JSON object")
        return answer


def _reason(response: httpx.Response) -> str:
    """Return what an answer says of its refusal, as ': …'; nothing where it says nothing."""
    try:
        answer = response.json()
    except (ValueError, RecursionError):
        return ""
    said = answer.get("error") or answer.get("message") if isinstance(answer, dict) else None
    return f": {redact(str(said))[:200]}" if said else ""
