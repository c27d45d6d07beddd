"""Public names whose modules are imported when they are first used, so that the import of the package stays fast."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from typing import Any, Callable


def lazy_attributes(package: str, modules: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a package (PEP 562).

    Args:
        package: the name of the package.
        modules: by public name: the module that defines it, relative to the package. Such a module is itself an
            attribute, as if it had been imported.
    """

    submodules = {module.split(".")[1] for module in modules.values()}

    def import_attribute(name: str) -> Any:
        if name in submodules:
            return importlib.import_module(f".{name}", package)
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(modules[name], package), name)
        setattr(sys.modules[package], name, value)
        return value

    return import_attribute
