"""The page's own files: read once, served from memory by exact name, kept by browsers for a year."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

_KINDS = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8", "svg": "image/svg+xml"}
_NAMES = (
    *("page.css", "page.js", "icon.svg"),
    *("vendor/htmx.min.js", "vendor/uPlot.iife.min.js", "vendor/uPlot.min.css"),
)
_YEAR = "public, max-age=31536000, immutable"


@cache
def files() -> dict[str, bytes]:
    """Return each file's content by its name below `/static/VERSION/`."""
    folder = resources.files("monitor.web").joinpath("static")
    return {name: folder.joinpath(name).read_bytes() for name in _NAMES}


@cache
def version() -> str:
    """Return a name for the state of all files: an address holds one state for ever."""
    return hashlib.sha256(b"".join(files()[name] for name in _NAMES)).hexdigest()[:12]


def address(name: str) -> str:
    """Return a file's address. Raises KeyError where there is no such file."""
    _ = files()[name]
    return f"/static/{version()}/{name}"


async def serve(request: Request) -> Response:
    """Answer with a file; names that are none of ours are 404, whatever they lead to."""
    name = request.path_params["name"]
    content = files().get(name)
    if content is None:
        return PlainTextResponse("404 Not Found\n", 404)
    kind = _KINDS[name.rpartition(".")[2]]
    return Response(content, media_type=kind, headers={"Cache-Control": _YEAR})
