"""The configuration, read: YAML files, overrides and secrets become a `Config`, or a ConfigError that says it all."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from monitor.config import inherit, overrides, pack, secret
from monitor.config.checks import check
from monitor.config.editor_schema import ConfigSchema, schema_of
from monitor.config.files import SPLIT, fingerprint, misnamed, split_files, unlisted
from monitor.config.report import Report
from monitor.config.schema import SECTIONS
from monitor.config.validation_errors import explain_all
from monitor.config.warnings import advise
from monitor.config.yaml_reader import parse, read
from monitor.config.yaml_tree import Broken, Document, Node, Place, Scalar, Sequence, plain
from monitor.config.yaml_tree import Mapping as MappingNode
from monitor.fields import extended
from monitor.model import Allow, Config, Secret, Settings
from monitor.ports import Kinds

__all__ = ["Allow", "Config", "Secret", "load"]


def load(
    path: Path,
    environ: Mapping[str, str] | None = None,
    *,
    kinds: Kinds,
    entity_names: Callable[[], Iterable[str]] | None = None,
    text: str | None = None,
    trees: Mapping[Path, Node] | None = None,
) -> Config:
    """Read the configuration at `path`, with the overrides and secrets of `environ` (default: the process's).

    `kinds` are the channel kinds that there are, `entity_names` gives the names of entities that the catalogue knows
    (default: the shipped catalogue's). With `text`, that stands for what is in the file: an edit is checked before it
    is written. `trees` are files that were parsed already, and belong to `load` from now on. Raises ConfigError with
    every problem found, in the order of the files.
    """
    environ = os.environ if environ is None else environ
    report = Report()
    schema = schema_of(kinds)
    seen = fingerprint(path)
    trees = trees or {}
    root = _mapping(_read(path, report, trees) if text is None else parse(Document(str(path), text), report), report)
    if root is not None and (problem := unlisted(path)) is not None:
        report.add(Place(str(path.parent / SPLIT), 0, 0), "", problem)
    files = split_files(path)
    parts = [(file, _read(file, report, trees)) for file in files]
    token = secret.token(environ, report)
    settings = None
    if root is not None:
        for file, part in parts:
            _splice(root, file, part, report)
        pack.expand(root, Report())  # overrides know a source by its name, which the pack may give
        overrides.apply(root, environ, report, schema)
        for warning in overrides.misspelt(root, environ, schema):
            report.warn(warning)
        pack.expand(root, report)
        settings = _validate(root, report, schema)
        check(root, report, schema, entity_names)
    report.check()
    if root is None or settings is None:
        raise AssertionError("invalid settings without a problem")
    for file in misnamed(path):
        report.warn(f"{file} is not read: rename it to {file.stem}.yaml")
    channels = inherit.channels(settings, kinds)
    watchlists = tuple(inherit.watchlists(settings, root, channels))
    settings = replace(settings, channels=channels, watchlists=watchlists)
    more = {"path": path, "token": token, "files": (path, *files), "fingerprint": seen}
    config = extended(Config, Settings, settings, **more)
    for advice in advise(config, environ, kinds):
        report.warn(advice)
    return replace(config, warnings=tuple(report.warnings))


def _read(path: Path, report: Report, trees: Mapping[Path, Node]) -> Node | None:
    return trees[path] if path in trees else read(path, report)


def _mapping(root: Node | None, report: Report) -> MappingNode | None:
    if root is None or isinstance(root, MappingNode):
        return root
    if not isinstance(root, Broken):
        what = "a list" if isinstance(root, Sequence) else "one value"
        report.add(root.place, "", f"the file must hold keys such as `sources:` and `watchlists:`, not {what}")
    return None


def _splice(root: MappingNode, file: Path, part: Node | None, report: Report) -> None:
    """Add the watchlists of a file of watchlists.d to the tree; its errors carry that file's name and paths."""
    if part is None or isinstance(part, Broken):
        return
    items: Node = part
    prefix = ""
    if isinstance(part, MappingNode):
        for key, _ in part.pairs:
            if key.text != "watchlists":
                hint = f"move it to {root.place.file}" if key.text in SECTIONS else "delete it"
                report.add(key.place, key.text, f"only `watchlists:` may stand in this file: {hint}")
        value, prefix = part.get("watchlists"), "watchlists"
        if value is None:
            report.add(part.place, "", "holds no `watchlists:`: write a list of watchlists, or that key with one")
            return
        items = value
    if not isinstance(items, Sequence):
        report.add(items.place, prefix, "must be a list of watchlists: begin each with `- name:`")
        return
    for index, item in enumerate(items.items):
        item.label = f"{prefix}[{index}]"
    target = root.get("watchlists")
    if target is None or (isinstance(target, Scalar) and not target.text):
        root.pairs = [pair for pair in root.pairs if pair[0].text != "watchlists"]
        target = Sequence(Place(str(file), 1, 1), [])
        root.pairs.append((Scalar(target.place, "watchlists"), target))
    if isinstance(target, Sequence):
        target.items.extend(items.items)


def _validate(root: MappingNode, report: Report, schema: ConfigSchema) -> Settings | None:
    try:
        return schema.reader.validate_python(plain(root))
    except ValidationError as error:
        explain_all(error, root, report, schema)
        return None
