"""What the bot says, in the languages of `monitor/data/bot/`.

To add a language: its file, `make data`, and the same for `monitor/data/alerts/` and `monitor/data/terms/`. A test
holds all files together.
"""

from __future__ import annotations

from monitor.i18n import ENGLISH, Phrases, languages
from monitor.model import Channel

FOLDER = "bot"

LANGUAGES = languages(FOLDER)


def language_of(tag: str | None) -> str:
    """Return the language that answers a client with this IETF tag: its own where the bot has it, else English."""
    code = (tag or "").lower().replace("_", "-").partition("-")[0]
    return code if code in LANGUAGES else ENGLISH


def answer_language(channel: Channel | None, tag: str | None) -> str:
    """Return the language of answers in a channel's chat: the channel's, else that of the client with this tag."""
    return language_of((channel.language if channel else None) or tag)


def bot_phrases(language: str) -> Phrases:
    """Return what the bot says in one of its languages."""
    return Phrases(FOLDER, language)
