"""`monitor web`, `monitor token`: the page's log-in link, the hash of its password, tokens of its API and feeds."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from monitor.config.load import Config


@click.command("web", short_help="A link that logs a browser into the page.")
@click.option("--password", is_flag=True, help="Ask for a password and print its hash, for MONITOR_WEB_PASSWORD_FILE.")
@click.option("--open", "opened", is_flag=True, help="Open the link in this machine's browser, too.")
@click.pass_context
def web(ctx: click.Context, password: bool, opened: bool) -> int:
    """Print a link that logs one browser into the running daemon's page, once, within ten minutes.

    Whoever may write to the database may do anything anyhow: the link is an admin's.
    """
    if password:
        return _hash()
    from monitor.app.configuration import load

    address = log_in(load(ctx.obj["config"]))
    click.echo(address)
    click.echo("It works once, for 10 minutes.", err=True)
    if opened:
        click.launch(address)
    return 0


def log_in(config: Config) -> str:
    """Return a new log-in link of the running daemon's page. Raises MonitorError where there is no such page."""
    from monitor.app.life import describe
    from monitor.cli.archive import open_archive
    from monitor.errors import MonitorError
    from monitor.model import WebKeyKind
    from monitor.pipeline.web_access import link_address, new_key, page_address, store_key

    new = new_key(WebKeyKind.LINK, user_id=0, name="terminal", admin=True, now=datetime.now(UTC))
    with closing(open_archive(config, read_only=False)) as store, store.begin() as tx:
        sign = tx.sign_of_life()
        if sign is None:
            raise MonitorError(f"{store.name}: {describe(sign).line}; start it with `monitor run`, then try again")
        base = page_address(config, sign.web)
        if base is None or (not sign.web and not config.web.public_url):
            raise MonitorError("the daemon serves no page: set web.listen in config.yaml, such as 127.0.0.1:8080")
        store_key(tx, new)
    return link_address(base, new.secret)


_LISTS, _REVOKES = "`monitor token` lists them", "`monitor token --revoke ID` ends one"
_VERBS = dict.fromkeys(("list", "ls", "show"), _LISTS) | dict.fromkeys(("revoke", "delete", "remove", "rm"), _REVOKES)
"""What people write for an option: it would make a token of that name, which opens the API."""


@click.command("token", short_help="Tokens of the page's API and feeds.")
@click.argument("name", required=False)
@click.option("--feed", metavar="WATCHLIST", help="A token of this watchlist's feed, in place of one of the API.")
@click.option("--revoke", type=int, metavar="ID", help="Revoke a token.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def token(ctx: click.Context, name: str | None, feed: str | None, revoke: int | None, as_json: bool) -> int:
    """Make a token named NAME, which is shown once; without NAME and --feed, list the tokens there are."""
    from monitor.app.configuration import load

    if name is not None and name.casefold() in _VERBS:
        raise click.UsageError(f"NAME is what a token is called: {_VERBS[name.casefold()]}")
    config = load(ctx.obj["config"])
    if revoke is not None:
        return _revoke(config, revoke)
    if name is None and feed is None:
        return _list(config, as_json=as_json)
    if feed is not None and feed not in {each.name for each in config.watchlists}:
        raise click.UsageError(
            f"there is no watchlist {feed!r}: there are {', '.join(e.name for e in config.watchlists)}"
        )
    return _make(config, name or f"feed of {feed}", feed, as_json=as_json)


def _make(config: Config, name: str, feed: str | None, *, as_json: bool) -> int:
    from urllib.parse import quote

    from monitor.cli.archive import open_archive
    from monitor.cli.printed import print_json
    from monitor.model import WebKeyKind
    from monitor.pipeline.web_access import new_key, page_address, store_key

    kind = WebKeyKind.API if feed is None else WebKeyKind.FEED
    new = new_key(kind, user_id=0, name=name, admin=False, now=datetime.now(UTC), watchlist=feed)
    with closing(open_archive(config, read_only=False)) as store, store.begin() as tx:
        sign = tx.sign_of_life()
        store_key(tx, new)
    base = page_address(config, sign.web if sign else "") or ""
    address = f"{base}/api/v1/" if feed is None else f"{base}/feeds/{quote(feed)}.atom?token={new.secret}"
    if as_json:
        print_json({"name": name, "kind": kind.value, "token": new.secret, "url": address})
        return 0
    click.echo(new.secret if feed is None else address)
    how = (
        f"Send it as `Authorization: Bearer …` to {address}"
        if feed is None
        else "Give this address to a reader of feeds"
    )
    click.echo(f"{how}. It is shown once; `monitor token --revoke ID` ends it.", err=True)
    return 0


def _list(config: Config, *, as_json: bool) -> int:
    from monitor.cli.archive import clock, open_archive, shown
    from monitor.cli.printed import harmless, print_json
    from monitor.model import WebKeyKind

    zone = clock(config)
    with closing(open_archive(config)) as store, store.begin() as tx:
        found = [key for key in tx.web_keys(datetime.now(UTC)) if key.kind in (WebKeyKind.API, WebKeyKind.FEED)]
    if as_json:
        print_json(
            [
                {
                    "id": key.id,
                    "name": key.name,
                    "kind": key.kind.value,
                    "watchlist": key.watchlist,
                    "made": key.made_at.isoformat(),
                    "seen": key.seen_at.isoformat() if key.seen_at else None,
                }
                for key in found
            ]
        )
        return 0
    for key in found:
        used = f"used {shown(key.seen_at.isoformat(), zone)}" if key.seen_at else "never used"
        what = f"feed of {key.watchlist}" if key.watchlist else "API"
        click.echo(harmless(f"{key.id}  {key.name}  {what}, made {shown(key.made_at.isoformat(), zone)}, {used}"))
    if not found:
        click.echo("There are no tokens: `monitor token NAME` makes one.", err=True)
    return 0


def _revoke(config: Config, ident: int) -> int:
    from monitor.cli.archive import open_archive
    from monitor.model import WebKeyKind

    with closing(open_archive(config, read_only=False)) as store, store.begin() as tx:
        kinds = {key.id: key.kind for key in tx.web_keys(datetime.now(UTC))}
        if kinds.get(ident) not in (WebKeyKind.API, WebKeyKind.FEED):
            click.echo(f"there is no token {ident}: `monitor token` lists them", err=True)
            return 1
        tx.delete_web_keys(ident=ident)
    click.echo(f"Token {ident} is revoked.", err=True)
    return 0


def _hash() -> int:
    from argon2 import PasswordHasher

    chosen: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    if len(chosen) < 12:  # noqa: PLR2004 — what is short is guessed
        click.echo("Take 12 characters or more: the page can be asked by whoever reaches it.", err=True)
        return 1
    click.echo(PasswordHasher().hash(chosen))
    return 0
