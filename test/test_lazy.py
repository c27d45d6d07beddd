"""Public names that are imported when they are first used."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys

import pytest

PACKAGES = ["tracking_client", "tracking_client.api", "tracking_client.bulk", "tracking_client.models"]

OWN_NAMES = {"__version__", "ServiceUnavailableError"}


@pytest.mark.parametrize("package", PACKAGES)
def test_dir_lists_the_public_names(package):
    module = importlib.import_module(package)
    assert dir(module) == sorted(module.__all__)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_name_exists_and_no_other(package):
    module = importlib.import_module(package)
    assert module.__all__ == sorted(module.__all__)
    for name in module.__all__:
        getattr(module, name)
    module_of = inspect.getclosurevars(module.__getattr__).nonlocals["module_of"]
    assert {*module_of, *(OWN_NAMES & set(module.__all__))} == set(module.__all__)
    with pytest.raises(AttributeError, match=f"{package}' has no attribute 'NoSuchName'"):
        module.NoSuchName  # noqa: B018


@pytest.mark.parametrize("package", PACKAGES)
def test_modules_of_public_names_are_attributes(package):
    """Look in a fresh interpreter, where no module was imported yet."""
    submodules = inspect.getclosurevars(importlib.import_module(package).__getattr__).nonlocals["submodules"]
    script = f"import {package}\n" + "".join(f"{package}.{name}\n" for name in submodules)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert done.stderr == ""
