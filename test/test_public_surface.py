"""The public names and signatures, compared with the list in ``public_surface.txt``.

A name is public if no part of its path begins with an underscore. `tracking_client.cli` is left out: its interface is
the command line, not its functions.

The list changes only together with ``CHANGELOG.md``, which contains its digest. After an intended change,
``python test/test_public_surface.py`` writes the list and prints the digest.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import pkgutil
import re
from pathlib import Path
from typing import TypeVar

import tracking_client

LIST = Path(__file__).parent / "public_surface.txt"
CHANGELOG = Path(__file__).parent.parent / "CHANGELOG.md"

PRIVATE = re.compile(r"\._|^tracking_client\.cli(\.|$)")


def public_modules() -> list[str]:
    found = pkgutil.walk_packages(tracking_client.__path__, "tracking_client.")
    return ["tracking_client", *sorted(module.name for module in found if not PRIVATE.search(module.name))]


def signature(value: object) -> str:
    try:
        text = str(inspect.signature(value))  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return "(...)"
    text = re.sub(r"ForwardRef\('(.*?)'\)", r"\1", text)
    return re.sub(r"<object object at \w+>", "...", text).replace("'", "")


def surface() -> list[str]:
    """Return a line for each class and function of each public module, and for each public member of each class."""
    lines = []
    for name in public_modules():
        module = importlib.import_module(name)
        exported = getattr(module, "__all__", None)
        for key in exported or ():
            getattr(module, key)  # imported when it is first used
        for key, value in sorted(vars(module).items()):
            is_defined_here = getattr(value, "__module__", None) == name and not isinstance(value, TypeVar)
            if not (key in exported if exported is not None else is_defined_here and not key.startswith("_")):
                continue
            full_name = f"{name}.{key}"
            # What a private module defines is listed where it is exported.
            is_defined_here = is_defined_here or bool(PRIVATE.search(getattr(value, "__module__", None) or ""))
            if inspect.isclass(value) and is_defined_here:
                bases = ", ".join(base.__name__ for base in value.__bases__)
                lines.append(f"class {full_name}{signature(value)} <- {bases}")
                lines += [f"{full_name}.{member}" for member in members(value)]
            elif callable(value) and is_defined_here:
                lines.append(f"{full_name}{signature(value)}")
            else:
                lines.append(full_name)
    return lines


def members(class_: type) -> list[str]:
    if issubclass(class_, dict):  # a TypedDict
        return sorted(class_.__annotations__)
    # What a base class in a private module defines is listed with each class that inherits it.
    bases = [base for base in class_.__mro__[:0:-1] if PRIVATE.search(base.__module__)]
    lines = []
    for key, value in sorted({key: value for each in (*bases, class_) for key, value in vars(each).items()}.items()):
        if key.startswith("_"):
            continue
        function = value.__func__ if isinstance(value, (classmethod, staticmethod)) else value
        lines.append(f"{key}{signature(function)}" if inspect.isfunction(function) else key)
    return lines


def digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def test_public_surface_is_the_listed_one():
    assert surface() == LIST.read_text(encoding="utf-8").splitlines(), (
        "if the change is intended, run: python test/test_public_surface.py"
    )


def test_changelog_contains_the_digest_of_the_list():
    newest = CHANGELOG.read_text(encoding="utf-8").split("\n## ")[1]
    line = f"Public surface: `{digest(LIST.read_text(encoding='utf-8').splitlines())}`"
    assert line in newest, f"describe the change in CHANGELOG.md, under the newest version, with the line: {line}"


def test_root_package_exports_exactly_its_public_names():
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
