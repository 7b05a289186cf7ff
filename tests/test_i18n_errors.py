"""Errors are kept in English and told in the reader's language: each that a source can fail with, and each kind."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import monitor
from monitor.alert.content import summary_reason
from monitor.errors import FetchKind
from monitor.i18n import ALERTS, alert_phrases, languages, texts
from monitor.ports import Response

ROOT = Path(monitor.__path__[0])
CYRILLIC = ("uk", "ru")
RAISED = ("FetchError", "ParseError", "PageError")
WRITERS = [*(ROOT / "fetch").glob("*.py"), *(ROOT / "sources").glob("*.py"), *(ROOT / "store").glob("*.py"),
           *(ROOT / "deliver").rglob("*.py"), *(ROOT / "ports").glob("*.py")]  # fmt: skip
# What a source fails with so rarely, or in words so technical, that they stay as they are.
TECHNICAL = re.compile(
    "content coding|zstd frames|the compressed body is larger|the request cannot|the headers are larger|X is no host name|^X$|^X X$"
    "|not asked for yet|JSON, but|levels deep|before its first item|the server closed the connection X"  # the last: see COMPOSED
    "|interim responses|the sitemap|the packed|the answer is no sitemap|^the file |^the JSON"
)


# Messages that the code puts together of parts.
COMPOSED = {
    "error gone": "gone for good (410)",
    "error reasonless": "no reason known",
    "error answered": str(Response("https://x.example/", 503, (), b"").refusal("the server")),
    "error page answered": str(Response("https://x.example/", 503, (), b"").refusal("the page")),
    "error closed in headers": "the server closed the connection in the middle of its headers",
    "error closed without": "the server closed the connection without an answer",
    "error closed in TLS": "www.x.example:443 closed the connection while TLS was set up; its TLS may be an old one, "
    "which `legacy_tls: true` of the source allows",
    "error unknown fate": "nobody knows whether it arrived; replay it if it did not",
    "error expired after": "no answer (expired)",
    # What the system and OpenSSL say.
    "error system refused": "Connection refused",
    "error system unreachable": "Network is unreachable",
    "error system no route": "No route to host",
    "error system timed out": "Connection timed out",
    "error system reset": "Connection reset by peer",
    "error system connect": "Connect call failed (127.0.0.1, 1)",
    "error system unknown name": "Name or service not known",
    "error system name later": "Temporary failure in name resolution",
    "error system no host address": "No address associated with hostname",
    "error system expired": "certificate has expired",
    "error system self-signed": "self-signed certificate",
    "error system issuer": "unable to get local issuer certificate",
    "error system host name": "Hostname mismatch, certificate is not valid for 'x.example'.",
    "error system denied": "Permission denied",
    "error system full": "No space left on device",
    # What Telegram says of a chat that takes no messages.
    "error chat blocked": "Forbidden: bot was blocked by the user",
    "error chat kicked group": "Forbidden: bot was kicked from the group chat",
    "error chat kicked supergroup": "Forbidden: bot was kicked from the supergroup chat",
    "error chat kicked channel": "Forbidden: bot was kicked from the channel chat",
    "error chat not member group": "Forbidden: bot is not a member of the group chat",
    "error chat not member supergroup": "Forbidden: bot is not a member of the supergroup chat",
    "error chat not member channel": "Forbidden: bot is not a member of the channel chat",
    "error chat deactivated": "Forbidden: user is deactivated",
    "error chat not started": "Forbidden: bot can't initiate conversation with a user",
    "error chat not found": "Chat not found",
    "error chat rights": "Not enough rights to send text messages to the chat",
    "error chat write": "Have no rights to send a message",
    "error topic shut": "Topic_closed",
    "error topic deleted": "Topic_deleted",
    "error topic not found": "Message thread not found",
}


def raised(path: Path) -> Iterator[str]:
    """Return the messages of errors that a module raises, X in place of what it fills in."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RAISED
        if named and isinstance(node, ast.Call) and node.args:
            message = node.args[0]
            if isinstance(message, ast.Constant):
                yield str(message.value)
            elif isinstance(message, ast.JoinedStr):
                yield "".join(str(part.value) if isinstance(part, ast.Constant) else "X" for part in message.values)


MESSAGES = sorted(
    {text for path in [*(ROOT / "fetch").glob("*.py"), *(ROOT / "sources").glob("*.py")] for text in raised(path)}
)


@pytest.mark.parametrize("message", [text for text in MESSAGES if not TECHNICAL.search(text)])
def test_what_a_source_fails_with_is_told_in_every_language(message: str) -> None:
    for language in set(languages(ALERTS)) - {"en"}:
        assert alert_phrases(language).error(message) != message, language


@pytest.mark.parametrize("key", [key for key in texts(ALERTS, "en") if key.startswith("error ")])
def test_every_error_that_is_translated_is_written_somewhere(key: str) -> None:
    if key in COMPOSED:
        told = alert_phrases("uk").error(COMPOSED[key])
        assert told != COMPOSED[key]
        assert "з’єднання" in told or "closed" not in key
        return
    pieces = [piece for piece in re.split(r"{\w+}", texts(ALERTS, "en")[key]) if piece.strip(" :();")]
    source = "\n".join(path.read_text(encoding="utf-8") for path in WRITERS)
    source = re.sub(r'"\s*\n?\s*f?"', "", source)  # texts that go on in the next line
    for piece in pieces:
        assert piece.strip() in source, piece


@pytest.mark.parametrize("kind", [kind for kind in FetchKind if kind not in (
    FetchKind.STATUS, FetchKind.ROBOTS, FetchKind.TOO_LARGE)])  # fmt: skip
def test_an_alert_says_in_its_language_why_the_page_did_not_come(kind: FetchKind) -> None:
    kept = alert_phrases("en").text("summary not fetched", kind=kind.value)
    assert summary_reason(kept, alert_phrases("en")) == kept
    for language in CYRILLIC:
        told = summary_reason(kept, alert_phrases(language))
        assert not re.search("[A-Za-z]", told.replace("TLS", "")), told


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        ("the service answered 400: xx is not supported", "служба відповіла 400: xx is not supported"),
        ("no answer within 20 s", "немає відповіді вже 20 с"),
        ("there is no key: set DEEPL_API_KEY", "немає ключа: задайте DEEPL_API_KEY"),
    ],
)
def test_what_a_translation_service_fails_with_is_told(kept: str, told: str) -> None:
    assert alert_phrases("uk").error(kept) == told


def test_what_the_system_says_within_an_error_is_told_too() -> None:
    kept = "www.x.example:443 cannot be reached: Connection refused"
    assert alert_phrases("uk").error(kept) == "www.x.example:443: немає зв’язку: у з’єднанні відмовлено"
