"""`monitor web`: the page's log-in link, and the hash of its password."""

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


def _hash() -> int:
    from argon2 import PasswordHasher

    chosen: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    if len(chosen) < 12:  # noqa: PLR2004 — what is short is guessed
        click.echo("Take 12 characters or more: the page can be asked by whoever reaches it.", err=True)
        return 1
    click.echo(PasswordHasher().hash(chosen))
    return 0
