"""Warnings of settings that are allowed and probably not meant: `monitor check` shows them."""

from __future__ import annotations

import difflib
import ipaddress
from collections.abc import Iterator, Mapping
from pathlib import Path

from monitor import urls
from monitor.config.secret import VARIABLE as TOKEN
from monitor.fields import http
from monitor.model import Config, Severity, Source, Watchlist
from monitor.ports import Kinds

_SIMILAR = 0.85  # of two names of variables, as difflib counts: a letter too many, too few, or in another place


def advise(config: Config, environ: Mapping[str, str], kinds: Kinds) -> Iterator[str]:
    """Return one sentence for each warning."""
    for section, consequence in (("sources", "nothing is polled"), ("watchlists", "nothing raises an alert")):
        if not getattr(config, section):
            yield f"there are no {section}: {consequence}"
    yield from _sources(config)
    for watchlist in config.watchlists:
        yield from _watchlist(watchlist)
    yield from _channels(config)
    yield from _secrets(config, environ, kinds)
    yield from _source_secrets(config, environ)
    host = config.web.listen.rpartition(":")[0].strip("[]")
    if host and not _is_loopback(host):
        yield f"web.listen: {config.web.listen} can be reached from other machines, and asks for no password"
    if config.storage.url in ("sqlite://", "sqlite:///:memory:"):
        yield "storage.url: this database is in memory; everything is forgotten when the daemon ends"


def _sources(config: Config) -> Iterator[str]:
    first: dict[str, str] = {}
    for source in config.sources:
        if source.url in first:
            yield f"sources {first[source.url]!r} and {source.name!r} have the same address: {source.url}"
        first.setdefault(source.url, source.name)
        if not _is_allowed(source, config):
            yield (
                f"source {source.name!r}: its address is private and will be refused; name its host, range and port "
                "under network.allow if that is meant"
            )


def _is_allowed(source: Source, config: Config) -> bool:
    """Return whether the address may be asked, as far as that can be said without a look-up."""
    where = urls.parse(source.url)
    host = where.host
    port = where.port or (443 if where.scheme == "https" else 80)
    if host.endswith("localhost"):
        address = None
    else:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return True
        if address.is_global:
            return True
    return any(
        allow.host == host and port in allow.ports and (address is None or address in ipaddress.ip_network(allow.cidr))
        for allow in config.network.allow
    )


def _watchlist(watchlist: Watchlist) -> Iterator[str]:
    if watchlist.cooldown and watchlist.severity is Severity.CRITICAL:
        yield f"watchlist {watchlist.name!r}: its cooldown holds nothing, since what is critical is never held"
    terms = {term.text.casefold() for term in watchlist.keywords}
    for term in watchlist.exclude:
        if term.text.casefold() in terms:
            yield f"watchlist {watchlist.name!r}: {term.text!r} is excluded, too, so it never raises an alert"


def _channels(config: Config) -> Iterator[str]:
    used = {name for watchlist in config.watchlists for name in watchlist.notify}
    used |= {name for channel in config.channels.values() if channel.escalate for name in channel.escalate.to}
    for name, channel in config.channels.items():
        if used and name not in used:
            yield f"channel {name!r}: no watchlist notifies it"
        severities = [each.severity for each in config.watchlists if name in each.notify]
        if channel.digest is not None and severities and all(each.rank >= Severity.HIGH.rank for each in severities):
            yield f"channel {name!r}: its digest gathers nothing, since all its watchlists are high or critical"


def _secrets(config: Config, environ: Mapping[str, str], kinds: Kinds) -> Iterator[str]:
    """Return a warning for each secret that is nowhere: not every command has the daemon's environment."""
    named = {kind.name: kind for kind in kinds}
    if config.token is None:
        for written in sorted(filter(_is_meant_as_token, environ)):
            yield f"the variable {written} is not read: the bot's token is taken from {TOKEN}, or {TOKEN}_FILE"
    for channel in config.channels.values():
        kind = named[channel.kind]
        variable = kind.variable(channel)
        if variable is not None and kind.without_secret and not _is_set(variable, config, environ):
            yield kind.without_secret.format(channel=channel.name, variable=variable)


def _source_secrets(config: Config, environ: Mapping[str, str]) -> Iterator[str]:
    for source in config.sources:
        texts = [(f"header {name}", value) for name, value in source.headers]
        texts += [("proxy", source.proxy)] if source.proxy else []
        for what, text in texts:
            for variable in http.variables(text):
                if not _is_set(variable, config, environ):
                    yield (
                        f"source {source.name!r}: its {what} needs the variable {variable}, which is not set: "
                        f"set it, or {variable}_FILE, in the daemon's environment"
                    )


def _is_meant_as_token(variable: str) -> bool:
    """Return whether a variable's name looks like another spelling of the bot's token."""
    words = set(variable.upper().split("_"))
    if variable in (TOKEN, f"{TOKEN}_FILE"):
        return False
    owned = "TOKEN" in words and not words.isdisjoint(("TELEGRAM", "TELEGRAMBOT", "TG", "BOT", "MONITOR"))
    return owned or difflib.SequenceMatcher(None, variable.upper(), TOKEN).ratio() > _SIMILAR


def _is_set(variable: str, config: Config, environ: Mapping[str, str]) -> bool:
    if variable == TOKEN:  # read already: a file may say that there is none
        return config.token is not None
    if any(environ.get(name, "").strip() for name in (variable, f"{variable}_FILE")):
        return True
    credentials = environ.get("CREDENTIALS_DIRECTORY", "")
    return bool(credentials) and (Path(credentials) / variable.lower()).exists()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
