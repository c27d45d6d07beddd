"""The public names and signatures, against the list in ``public_surface.txt``.

The list can only change together with ``CHANGELOG.md``, which names its digest. After a change that is meant:
``python test/test_public_surface.py`` writes the list and prints the digest.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
from pathlib import Path

import tracking_client

LIST = Path(__file__).parent / "public_surface.txt"
MODULES = [
    "tracking_client",
    "tracking_client.api",
    "tracking_client.api.file_api",
    "tracking_client.api_client",
    "tracking_client.argument_errors",
    "tracking_client.configuration",
    "tracking_client.exceptions",
    "tracking_client.models",
    "tracking_client.models.error",
    "tracking_client.models.file",
    "tracking_client.models.model",
    "tracking_client.rest",
    "tracking_client.service",
    "tracking_client.service.application",
    "tracking_client.service.server",
]

CHANGELOG = Path(__file__).parent.parent / "CHANGELOG.md"


def signature(value: object) -> str:
    try:
        return str(inspect.signature(value)).replace("'", "")  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return "(...)"


def surface() -> list[str]:
    """A line for each class and function of each public module, and each public member of each class."""
    lines = []
    for name in MODULES:
        module = importlib.import_module(name)
        exported = getattr(module, "__all__", None)
        for key, value in sorted(vars(module).items()):
            own = not key.startswith("_") and getattr(value, "__module__", None) == name
            if not (own if exported is None else key in exported):
                continue
            full = f"{name}.{key}"
            if inspect.isclass(value) and value.__module__ == name:
                bases = ", ".join(base.__name__ for base in value.__bases__)
                lines.append(f"class {full}{signature(value)} <- {bases}")
                lines += [f"{full}.{member}" for member in members(value)]
            elif callable(value) and value.__module__ == name:
                lines.append(f"{full}{signature(value)}")
            else:
                lines.append(full)
    return lines


def members(class_: type) -> list[str]:
    lines = []
    for key, value in sorted(vars(class_).items()):
        if key.startswith("_"):
            continue
        function = value.__func__ if isinstance(value, (classmethod, staticmethod)) else value
        lines.append(f"{key}{signature(function)}" if inspect.isfunction(function) else key)
    return lines


def digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def test_the_surface_is_the_listed_one():
    assert surface() == LIST.read_text(encoding="utf-8").splitlines()


def test_the_changelog_knows_of_it():
    newest = CHANGELOG.read_text(encoding="utf-8").split("\n## ")[1]
    assert f"Public surface: `{digest(LIST.read_text(encoding='utf-8').splitlines())}`" in newest


def test_the_root_exports_what_it_says():
    for name in tracking_client.__all__:
        assert hasattr(tracking_client, name)
    public = {
        name
        for name, value in vars(tracking_client).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert public == set(tracking_client.__all__) - {"__version__"}


if __name__ == "__main__":
    LIST.write_text("\n".join(surface()) + "\n", encoding="utf-8")
    print(digest(surface()))
