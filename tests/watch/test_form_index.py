"""The version of the forms that are kept between runs."""

from __future__ import annotations

from importlib import metadata

import pytest

from monitor.watch.index import form_index


def test_forms_made_without_a_dictionary_have_a_version_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(package: str) -> str:
        raise metadata.PackageNotFoundError(package)

    complete = form_index.versions()
    form_index.versions.cache_clear()
    monkeypatch.setattr(metadata, "version", version)
    try:
        assert form_index.versions() != complete
    finally:
        form_index.versions.cache_clear()
