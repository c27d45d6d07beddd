"""`typing.get_type_hints` works on what is public. pydantic, FastAPI and typer call it."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import typing
from collections.abc import Iterator

import pytest

import tracking_client
from tracking_client import ApiClient, Configuration, File, FileApi, Sample


def is_own(each: object) -> bool:
    return str(getattr(each, "__module__", "")).startswith("tracking_client")


def members(owner: type) -> Iterator[tuple[str, object]]:
    """Yield the public functions of a class, those of its properties and its special methods."""
    for name, member in inspect.getmembers(owner):
        functions = (member.fget, member.fset) if isinstance(member, property) else (member,)
        for each in functions:
            is_public = not name.startswith("_") or name.endswith("__")
            if is_public and (inspect.isfunction(each) or inspect.ismethod(each)) and is_own(each):
                yield name, each


def public_modules() -> list[str]:
    modules = pkgutil.walk_packages(tracking_client.__path__, "tracking_client.")
    return [module.name for module in modules if "._" not in module.name]


def annotated(module: str) -> Iterator[tuple[str, object]]:
    """Yield the public classes and functions of a module, and those of its classes, each after its name."""
    for name, each in vars(importlib.import_module(module)).items():
        if not name.startswith("_") and is_own(each) and callable(each):
            yield name, each
            if inspect.isclass(each):
                yield from ((f"{name}.{member}", value) for member, value in members(each))


@pytest.mark.parametrize("module", public_modules())
def test_type_hints_are_resolved(module):
    for name, each in annotated(module):
        assert isinstance(typing.get_type_hints(each), dict), name


def test_type_hints_are_those_of_the_source():
    assert typing.get_type_hints(FileApi.files_md5sum_get)["return"] is File
    assert typing.get_type_hints(FileApi.samples_id_files_get)["return"] == list[File]
    assert typing.get_type_hints(File.__init__)["md5sum"] is str
    assert typing.get_type_hints(Sample.__init__)["id"] == str | None
    assert typing.get_type_hints(ApiClient.__init__)["configuration"] == Configuration | None
