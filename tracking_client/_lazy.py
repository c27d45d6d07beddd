"""Public names whose modules are imported when they are first used, so that the import of the package stays fast."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any


def lazy_attributes(
    package: str, modules: Mapping[str, Iterable[str]], *, listed: Iterable[str] = ()
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return the ``__getattr__`` and the ``__dir__`` of a package (PEP 562), which lists its ``__all__``.

    Args:
        package: the name of the package.
        modules: by module, relative to the package: the public names that it defines. Such a module, or the subpackage
            that contains it, is itself an attribute, as if it had been imported.
        listed: modules that ``__dir__`` lists, in place of the public names that they define.
    """
    module_of = {name: module for module, names in modules.items() for name in names}
    submodules = {module.split(".")[1] for module in modules}

    def import_attribute(name: str) -> Any:
        if name in submodules:
            try:
                return importlib.import_module(f".{name}", package)
            except ModuleNotFoundError as error:  # of an extra; `inspect.getmembers` expects no other error
                raise AttributeError(f"module {package!r} has no attribute {name!r}: {error}") from error
        if name not in module_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(module_of[name], package), name)
        setattr(sys.modules[package], name, value)
        return value

    def attribute_names() -> list[str]:
        unlisted = {name for module in listed for name in modules[f".{module}"]}
        return [*listed, *(name for name in sys.modules[package].__all__ if name not in unlisted)]

    return import_attribute, attribute_names
