"""Fixtures shared by the tests of what is released."""

from __future__ import annotations

import email
import email.message
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from archives import build, copy_sources


@pytest.fixture(scope="session")
def wheel_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the path of the wheel of the package, which is alone in its folder."""
    source = tmp_path_factory.mktemp("wheel")
    copy_sources(source)
    return build("wheel", source)


@pytest.fixture(scope="session")
def wheel(wheel_path: Path) -> Iterator[zipfile.ZipFile]:
    with zipfile.ZipFile(wheel_path) as archive:
        yield archive


@pytest.fixture(scope="session")
def metadata(wheel: zipfile.ZipFile) -> email.message.Message:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return email.message_from_bytes(wheel.read(name))


@pytest.fixture(scope="session")
def entry_points(wheel: zipfile.ZipFile) -> str:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/entry_points.txt"))
    return wheel.read(name).decode()
