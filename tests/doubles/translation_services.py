"""LibreTranslate and DeepL as their documentation describes them: what they refuse, and how."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import httpx

LANGUAGES = {"de", "en", "ko", "pl", "ru", "uk"}


@dataclass
class TranslationServices:
    """Answers both APIs; a text becomes '[LANGUAGE] text'. `failures` are statuses that are answered first."""

    key: str | None = None  # of LibreTranslate; None: it wants none
    deepl_key: str = "deepl-key:fx"
    failures: list[int] = field(default_factory=list)
    asked: list[tuple[str, list[str]]] = field(default_factory=list)  # host and texts
    odd: Any = None  # answered as it is

    def transport(self) -> httpx.MockTransport:
        """Return a transport of httpx that reaches both."""
        return httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        document = json.loads(request.content)
        texts = document.get("q", document.get("text"))
        self.asked.append((request.url.host, texts))
        if self.failures:
            return self._refusal(self.failures.pop(0))
        if self.odd is not None:
            return httpx.Response(200, content=self.odd)
        if request.method != "POST" or request.headers["content-type"] != "application/json":
            return httpx.Response(405)
        if request.url.path == "/translate":
            return self._libretranslate(document)
        if request.url.path == "/v2/translate":
            return self._deepl(request, document)
        return httpx.Response(404)

    @staticmethod
    def _refusal(status: int) -> httpx.Response:
        if status == 0:
            raise httpx.ConnectError("connection refused")
        if status == 1:
            raise httpx.ReadTimeout("no answer")
        return httpx.Response(status, json={"error": "Slowdown"} if status == 429 else None)

    def _libretranslate(self, document: dict[str, Any]) -> httpx.Response:
        if self.key is not None and document.get("api_key") != self.key:
            return httpx.Response(403, json={"error": "Invalid API key"})
        if document["source"] not in LANGUAGES | {"auto"} or document["target"] not in LANGUAGES:
            return httpx.Response(400, json={"error": f"{document['source']} is not supported"})
        if document.get("format") not in ("text", "html"):
            return httpx.Response(400, json={"error": "Invalid request: format"})
        return httpx.Response(
            200, json={"translatedText": [f"[{document['target']}] {text}" for text in document["q"]]}
        )

    def _deepl(self, request: httpx.Request, document: dict[str, Any]) -> httpx.Response:
        if request.headers.get("authorization") != f"DeepL-Auth-Key {self.deepl_key}":
            return httpx.Response(403, json={"message": "Authorization failed"})
        if request.url.host != ("api-free.deepl.com" if self.deepl_key.endswith(":fx") else "api.deepl.com"):
            return httpx.Response(403, json={"message": "Wrong endpoint. Use https://api-free.deepl.com"})
        if document["target_lang"] != document["target_lang"].upper() or document["target_lang"] == "EN":
            return httpx.Response(400, json={"message": "Value for 'target_lang' not supported."})
        source = document.get("source_lang", "EN")
        rows = [{"detected_source_language": source, "text": f"[{document['target_lang']}] {text}"}
                for text in document["text"]]  # fmt: skip
        return httpx.Response(200, json={"translations": rows})
