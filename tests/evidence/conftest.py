"""A time-stamp authority, and a package on a story of three articles, one of which was rewritten."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from doubles.authority import StampAuthorityDouble, make_authority
from doubles.evidence_samples import story_contents

from monitor.evidence.package import files_of


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> StampAuthorityDouble:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def package() -> dict[str, bytes]:
    return files_of(story_contents())


@pytest.fixture
def unpack(tmp_path: Path) -> Callable[[Mapping[str, bytes]], Path]:
    def unpack(files: Mapping[str, bytes]) -> Path:
        for name, data in files.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(data)
        return tmp_path

    return unpack
