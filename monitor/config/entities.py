"""The known entities: the user's own, and the catalogue's."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from monitor.config.yaml_tree import Mapping, Node, Scalar, Sequence
from monitor.fields.likeness import suggest


class KnownEntities:
    """The names of all entities. The shipped catalogue is read when a name is not the user's own.

    `own` is the `entities:` section of the configuration; `names` returns the catalogue's (default: the shipped one).
    """

    def __init__(self, own: Node | None, names: Callable[[], Iterable[str]] | None) -> None:
        self._own = set(_own_names(own))
        self._own_keys = {_fold(name) for name in self._own}
        self._names = names
        self._given: set[str] | None = None

    def __contains__(self, name: str) -> bool:
        """Return whether an entity has this id or name."""
        return _fold(name) in self._own_keys or self.shipped(name)

    def shipped(self, name: str) -> bool:
        """Return whether the catalogue has it."""
        if self._names is not None:
            return _fold(name) in {_fold(known) for known in self._all_given()}
        from monitor.watch.catalogue import shipped

        return shipped().find(name) is not None

    def hint(self, name: str, *, own: bool = True) -> str:
        """Return ` Did you mean 'x'?` or nothing; without `own`, an entity of the catalogue."""
        near = suggest(name, self._own, cutoff=0.7) if own else ""
        if near:
            return near
        if self._names is not None:
            return suggest(name, self._all_given())
        from monitor.watch.catalogue import shipped

        found = shipped().suggest(name)
        return f" Did you mean {' or '.join(map(repr, found))}?" if found else ""

    def unknown(self, name: str, *, query: bool = False) -> str:
        """Return the message that there is no such entity; in a `query` a name ends at its first space."""
        quotes = 'A name of several words needs quotes, @"North Korea"; ' if query and " " not in name else ""
        return (
            f"there is no entity {name!r}.{self.hint(name)} {quotes}`monitor entities` lists them; "
            "your own go under `entities:`, plain words under `keywords:`"
        )

    def _all_given(self) -> set[str]:
        if self._given is None:
            self._given = set(self._names()) if self._names else set()
        return self._given


def _fold(name: str) -> str:
    """Return the key that spellings of one name share; as the catalogue looks names up."""
    from monitor.watch.catalogue import lookup_key

    return lookup_key(name)


def _own_names(section: Node | None) -> Iterable[str]:
    for key, value in section.pairs if isinstance(section, Mapping) else ():
        yield key.text
        names = value.get("names") if isinstance(value, Mapping) else None
        for _, listed in names.pairs if isinstance(names, Mapping) else ():
            for item in listed.items if isinstance(listed, Sequence) else ():
                text = item.get("text") if isinstance(item, Mapping) else item
                if isinstance(text, Scalar):
                    yield text.text
