"""Where a page sends its reader by itself: `<meta http-equiv="refresh">`. Pure; runs in a child process."""

from __future__ import annotations

import re
from urllib.parse import urldefrag, urljoin

from lxml import html

from monitor import urls
from monitor.errors import ExtractError
from monitor.extract import page
from monitor.extract.walls import visible
from monitor.ports import Response

_LONGEST = 20  # seconds: a page that waits longer shows itself anew, or ends a visit
_SHOWN = 200  # characters that a reader sees: with more, what stands in <noscript> asks for JavaScript
_CONTENT = re.compile(
    r"""
      \s* (?P<seconds>\d{0,6}) (?:\.[\d.]*)? \s* [;,\s] \s*
      (?:url \s* = \s*)?+
      (?: "(?P<double>[^"]*) | '(?P<single>[^']*) | (?P<bare>\S.*) )
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def target(response: Response) -> str | None:
    """Return the address that a page refreshes to: absolute, http or https, and another one; None where there is none.

    The address is as the page gives it: whoever follows it has to guard it as a redirect.
    """
    if b"refresh" not in response.body[: page.MAX_BYTES].lower():
        return None
    try:
        tree = page.parse(page.text_of(response))
    except ExtractError:
        return None
    return target_of(tree, response.url)


def target_of(tree: html.HtmlElement, url: str) -> str | None:
    """Return the same of a parsed page."""
    silent = len(visible(tree)) < _SHOWN
    for node in tree.iter("meta"):
        if str(node.get("http-equiv", "")).strip().lower() != "refresh":
            continue
        if not silent and next(node.iterancestors("noscript"), None) is not None:
            continue
        found = _address(node.get("content") or "", _base(tree, url))
        if found and urldefrag(found).url != urldefrag(url).url:
            return found
    return None


def _address(content: str, base: str) -> str | None:
    parts = _CONTENT.match(content)
    if parts is None or int(parts["seconds"] or 0) > _LONGEST:
        return None
    written = (parts["double"] or parts["single"] or parts["bare"] or "").strip()
    try:
        found = urljoin(base, written)
    except ValueError:
        return None
    return found if written and urls.is_web(found) else None


def _base(tree: html.HtmlElement, url: str) -> str:
    for node in tree.iter("base"):
        if node.get("href"):
            try:
                return urljoin(url, str(node.get("href")).strip())
            except ValueError:
                return url
    return url
