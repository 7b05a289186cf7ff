"""`monitor evidence`: a package of evidence on a story, and its check."""

from __future__ import annotations

import json
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import click

_NUMBER = re.compile(r"(?:(story|alert):)?#?([0-9]{1,18})", re.IGNORECASE)


class _EvidenceGroup(click.Group):
    """A group whose command `export` needs no name: `monitor evidence 17 -o FILE`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.commands:
            args = ["export", *args]
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Let options of the export stand in front of what it is on."""
        if args and args[0].startswith("-") and args[0] not in ctx.help_option_names:
            args = ["export", *args]
        return super().parse_args(ctx, args)


@click.group("evidence", cls=_EvidenceGroup, short_help="A package of evidence on a story; `verify` checks one.")
def evidence() -> None:
    """Write what was kept of a story's articles into one file, or check such a file.

    \b
    monitor evidence STORY|ALERT -o FILE.zip
    monitor evidence verify FILE.zip
    """  # noqa: D301 — click's mark of lines that stay


@evidence.command("export", short_help="Write a package; `monitor evidence 17 -o FILE` is short for it.")
@click.argument("subject", metavar="STORY|ALERT")
@click.option(
    "-o",
    "--output",
    "target",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The zip to write.",
)
@click.option("--force", is_flag=True, help="Replace FILE where it is there.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
@click.pass_context
def export(ctx: click.Context, subject: str, target: Path, force: bool, as_json: bool) -> int:
    """Write the evidence on a story into FILE, a zip.

    STORY|ALERT is an alert's number, as `monitor alerts` lists them, or story:NUMBER. It holds texts in all versions,
    their differences, records of a web archive, alerts with their message ids, and the chain of hashes that proves it.
    """
    from monitor.app import evidence as packages
    from monitor.app.configuration import load
    from monitor.cli.archive import open_archive
    from monitor.cli.printed import harmless
    from monitor.cli.progress import busy
    from monitor.evidence.chain import digest_of
    from monitor.evidence.package import summary_of

    found = _NUMBER.fullmatch(subject.strip())
    if found is None:
        raise click.BadParameter(
            f"{subject!r} is no number: write 17, alert:17 or story:5", ctx, param_hint="STORY|ALERT"
        )
    if str(target) == "-":
        raise click.BadParameter("the package is a zip file: name one", ctx, param_hint="-o")
    if target.exists() and not force:
        raise click.BadParameter(f"{target} is there already: --force replaces it", ctx, param_hint="-o")
    store = open_archive(load(ctx.obj["config"]))
    try:
        with busy("putting it together"), store.begin() as tx:
            named = packages.find(tx, found[1] and found[1].lower(), int(found[2]))
            contents = packages.contents(tx, named.story, datetime.now(UTC))
        size = packages.write(target, contents)
    except OSError as error:
        raise click.ClickException(f"{target} cannot be written: {error.strerror or error}") from error
    finally:
        store.close()
    lines = summary_of(contents)
    sum_of_file = digest_of(target.read_bytes())
    if as_json:
        row = {
            "file": str(target),
            "bytes": size,
            "sha256": sum_of_file,
            "story": named.story.id,
            "alert": named.alert.id if named.alert else None,
            "entries": len(contents.own),
            "end": {"entry": contents.end[0], "hash": contents.end[1]},
            "about": lines,
        }
        click.echo(json.dumps(row, ensure_ascii=False))
        return 0
    click.echo(f"story {named.story.id}: {harmless(str(contents.story['headline']))}")
    for line in lines:
        click.echo(f"  {harmless(line)}")
    click.echo(f"{target}: {size / 1000:,.0f} KB, SHA-256 {sum_of_file}")
    click.echo("keep that hash elsewhere, or send it to others: then nobody can exchange the file", err=True)
    return 0


@evidence.command("verify", short_help="Check a package, without a database or a configuration.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--authority",
    "authorities",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="PEM",
    help="Certificates that time stamps must lead to.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def verify(file: Path, authorities: tuple[Path, ...], as_json: bool) -> int:
    """Check a package of evidence, anywhere: exit 0 where all holds, else 1 with the first thing that is broken.

    FILE may also be the web archive alone (evidence.warc.gz).
    """
    from monitor.cli.printed import harmless
    from monitor.evidence.chain import digest_of
    from monitor.evidence.verify import PackageCheck, check_archive, check_package

    digest = None
    try:
        data = file.read_bytes()
        digest = digest_of(data)
        if data.startswith((b"\x1f\x8b", b"WARC/")):
            result = check_archive(data)
        else:
            with zipfile.ZipFile(file) as archive:
                result = check_package(archive, [each.read_bytes() for each in authorities])
    except OSError as error:
        result = PackageCheck(f"it cannot be read: {error.strerror or error}")
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        result = PackageCheck(f"it is no whole zip file: {error}")
    if as_json:
        row = {"file": str(file), "ok": result.problem is None, "problem": result.problem, "sha256": digest}
        click.echo(json.dumps(row | {"checked": list(result.lines)}, ensure_ascii=False))
    elif result.problem is not None:
        click.echo(f"{file}: {harmless(result.problem)}", err=True)
    else:
        for line in result.lines:
            click.echo(harmless(line))
        click.echo(f"{file}: whole; SHA-256 {digest}")
    return 0 if result.problem is None else 1
