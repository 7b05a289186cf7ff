"""The article that a command is given: a page or a plain text, from a file, an address or standard input."""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from monitor.config.load import Config
    from monitor.model import Article
    from monitor.ports import Response

_OK = 200
_PAGE_ENDS = re.compile(r"</(?:html|body|article|div|p|h1)\s*>", re.IGNORECASE)


def read_target(target: str, config: Config | None) -> Article:
    """Read the article of a FILE, a URL or `-` (standard input), decoded as pages of feeds are.

    Markup is read as a page; anything else is a plain text, with its title as `split_title` finds it. Raises
    click.UsageError for a file that cannot be read, ExtractError for what is no text or has no article, FetchError,
    AddressError.
    """
    from monitor.app.probe import is_address, read_article, read_page
    from monitor.cli.jsonl import article_of
    from monitor.errors import ExtractError
    from monitor.extract import page
    from monitor.ports import Response
    from monitor.text import charset

    if is_address(target):
        return asyncio.run(read_article(target, config))
    body = _body(target)
    if not body.strip():
        name = "standard input" if target == "-" else target
        raise ExtractError(f"{name} is empty: there is no article to read", retryable=False)
    response = Response(f"file:{target}", _OK, (("content-type", "text/html"),), body)
    text = _text(response)
    if _is_page(text):
        return asyncio.run(read_page(response, config))
    if len(body) > page.MAX_BYTES:  # a page is cut there, a text is not
        text = charset.decode(body).text
    title, text = split_title(text)
    return article_of({"title": title, "text": text})


def _body(target: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if target == "-" else Path(target).read_bytes()
    except OSError as error:
        raise click.UsageError(f"{target}: {error.strerror}: give a file, an address or -") from error


def _text(response: Response) -> str:
    """Return the decoded text. Raises ExtractError, naming the file, for what is no text."""
    from monitor.errors import ExtractError
    from monitor.extract.page import text_of

    try:
        return text_of(response)
    except ExtractError as error:
        raise ExtractError(f"{response.url.removeprefix('file:')}: {error}", retryable=False) from error


def _is_page(text: str) -> bool:
    """Return whether a text is markup: it begins with a tag, or ends an element that only a page has."""
    from monitor.extract.page import is_markup

    begins = text.lstrip("\ufeff \t\r\n")[:1] == "<"
    return (begins and is_markup(text)) or _PAGE_ENDS.search(text) is not None


def split_title(text: str) -> tuple[str, str]:
    """Return title and text of a plain text: the first line is a title where a blank line follows it."""
    lines = text.replace("\r\n", "\n").strip("\n").split("\n")
    if len(lines) > 2 and lines[0].strip() and not lines[1].strip():  # noqa: PLR2004 - title, blank, text
        return lines[0].strip(), "\n".join(lines[2:]).strip()
    return "", "\n".join(lines).strip()
