"""Public names that are imported when they are first used."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys

import pytest

import tracking_client

PACKAGES = ["tracking_client", "tracking_client.api", "tracking_client.bulk", "tracking_client.models"]

OWN_NAMES = {"__version__", "ServiceUnavailableError"}


@pytest.mark.parametrize("package", PACKAGES)
def test_dir_lists_the_public_names(package):
    module = importlib.import_module(package)
    if package != "tracking_client":
        assert dir(module) == sorted(module.__all__)


def test_dir_of_the_package_lists_subpackages_in_place_of_exceptions():
    exceptions = {name for name in tracking_client.__all__ if name in tracking_client.exceptions.__all__}
    assert len(exceptions) >= 19
    expected = {*tracking_client.__all__, "bulk", "exceptions", "service", "testing"} - exceptions
    assert dir(tracking_client) == sorted(expected)
    assert all(getattr(tracking_client, name) is not None for name in [*expected, *exceptions])


def test_star_import_has_the_exceptions():
    names: dict[str, object] = {}
    exec("from tracking_client import *", names)
    assert {*tracking_client.__all__} <= names.keys()


def test_without_the_extra_the_service_is_no_attribute():
    script = """
import inspect, sys
sys.modules["werkzeug"] = None
import tracking_client
assert not hasattr(tracking_client, "service")
assert "File" in dict(inspect.getmembers(tracking_client))
try:
    from tracking_client import service
except ModuleNotFoundError as error:
    assert "werkzeug" in str(error), error
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


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
