"""JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1)."""

from __future__ import annotations

import html
import json
from typing import Any

from monitor.errors import ParseError
from monitor.sources.prolog import strip_control
from monitor.sources.raw import RawEntry, RawFeed


def read(text: str) -> RawFeed:
    """Read a JSON Feed. Raises ParseError."""
    try:
        data = json.loads(text, strict=False)  # line breaks within strings
    except (ValueError, RecursionError) as error:
        raise ParseError(f"the answer is JSON, but broken: {str(error)[:100]}") from error
    if (
        not isinstance(data, dict)
        or "jsonfeed.org" not in str(data.get("version"))
        or not isinstance(data.get("items"), list)
    ):
        raise ParseError("the answer is JSON, but no JSON Feed")
    return RawFeed(
        title=html.escape(_string(data, "title"), quote=False),
        entries=[_entry(item) for item in data["items"] if isinstance(item, dict)],
        home=_string(data, "home_page_url") or None,
        language=_string(data, "language") or None,
        links=_links(data),
    )


def _links(data: dict[str, Any]) -> list[tuple[str, str]]:
    hubs = data["hubs"] if isinstance(data.get("hubs"), list) else []
    types = ("websub", "pubsubhubbub")
    named = [hub for hub in hubs if isinstance(hub, dict) and _string(hub, "type").lower() in types]
    return [("self", _string(data, "feed_url")), *(("hub", _string(hub, "url")) for hub in named)]


def _entry(item: dict[str, Any]) -> RawEntry:
    summary = html.escape(_string(item, "summary") or _string(item, "content_text"), quote=False)
    content = _string(item, "content_html")
    authors = item.get("authors") if isinstance(item.get("authors"), list) else [item.get("author")]
    names = [_string(author, "name") for author in authors or () if isinstance(author, dict)]
    guid, page = _string(item, "id"), _string(item, "url") or _string(item, "external_url")
    return RawEntry(
        guid=guid or None,
        link=page or ("" if guid else _recording(item)) or None,
        title=html.escape(_string(item, "title"), quote=False),
        summary=content if len(content) > len(summary) else summary,
        author=", ".join(filter(None, names)) or None,
        published=_string(item, "date_published") or _string(item, "date_modified") or None,
        language=_string(item, "language") or None,
    )


def is_recording(media_type: str) -> bool:
    """Return whether a media type is one of sound or film."""
    return media_type.strip().lower().startswith(("audio/", "video/"))


def _recording(item: dict[str, Any]) -> str:
    found = item["attachments"] if isinstance(item.get("attachments"), list) else []
    files = (
        _string(each, "url") for each in found if isinstance(each, dict) and is_recording(_string(each, "mime_type"))
    )
    return next(filter(None, files), "")


def _string(data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    return strip_control(str(value)) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""
