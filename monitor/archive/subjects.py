"""What people mean by a watchlist's or an entity's name."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.errors import MonitorError
from monitor.fields.likeness import nearest
from monitor.model.trends import Subject, SubjectKind
from monitor.watch.catalogue import Catalogue


class UnknownSubjectError(MonitorError):
    """There is no watchlist or entity of this name; `near` is the most alike name that there is, or None."""

    def __init__(self, name: str, near: str | None) -> None:
        self.name, self.near = name, near
        hint = f"did you mean {near}?" if near else "`monitor check` lists watchlists, `monitor entities` entities"
        super().__init__(f"there is no watchlist or entity {name!r}: {hint}")


def find(name: str, watchlists: Sequence[str], catalogue: Catalogue, mentioned: Sequence[Subject] = ()) -> Subject:
    """Return the subject that a text names: `@ENTITY` by any of its names, else a watchlist, else an entity.

    `mentioned` are subjects that were counted, whose watchlists may be gone. Raises UnknownSubjectError.
    """
    text = " ".join(name.split())
    if not text.startswith("@"):
        gone = [each.name for each in mentioned if each.kind is SubjectKind.WATCHLIST]
        folded = {" ".join(each.split()).casefold(): each for each in (*gone, *watchlists)}
        known = folded.get(text.casefold())
        if known is not None:
            return Subject(SubjectKind.WATCHLIST, known)
    entity = text.removeprefix("@").strip()
    spec = catalogue.find(entity)
    if spec is not None:
        return Subject(SubjectKind.ENTITY, spec.id)
    near = nearest(text, watchlists, cutoff=0.6)
    suggested = catalogue.suggest(entity)
    raise UnknownSubjectError(text, near or (f"@{suggested[0]}" if suggested else None))
