"""Which module may import which, read from the source."""

from __future__ import annotations

import ast
import graphlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tracking_client

PACKAGE = Path(tracking_client.__file__).parent

# From the top down. A module may import from its own layer and from those below it. `service` stands apart: it imports
# nothing of the client, and only those in ABOVE_SERVICE may import it.
LAYERS = [
    ["testing", "__main__"],
    ["cli"],
    ["bulk"],
    ["__init__"],
    ["api"],
    ["api_client", "rest", "_async_call"],
    ["_transport"],
    ["exceptions", "configuration"],
    ["_wire", "models"],
    ["_annotations", "_reports"],
    ["_disk"],
    ["_tracebacks", "_display"],
    ["argument_errors", "version", "_lazy"],
]
ABOVE_SERVICE = ["testing", "cli"]
LEVELS = {name: level for level, names in enumerate(LAYERS) for name in names}

REQUIREMENTS = {"urllib3", "certifi", "dateutil", "six"}
REQUIREMENTS_OF_FOLDER = {"service": {"werkzeug"}, "testing": {"werkzeug", "pytest", "urllib3"}}
REQUIREMENTS_OF_MODULE = {
    "bulk._tables": {"pandas"},
    "bulk._manifests._spreadsheets": {"python_calamine"},
    "bulk._progress": {"tqdm"},
    "cli.main": {"argcomplete"},
}
FOR_TYPE_CHECKING = {"typing_extensions", "_typeshed"}

WHAT_TO_DO = "give it a layer in LAYERS of test/test_architecture.py, or move it to a folder that has one"


def module_paths() -> dict[str, Path]:
    """Return the modules of the package by name, such as ``_transport.attempts``, ``models.__init__`` or ``rest``."""
    paths = sorted(PACKAGE.rglob("*.py"))
    return {".".join(path.relative_to(PACKAGE).with_suffix("").parts): path for path in paths}


MODULES = module_paths()


def imports(module: str) -> Iterator[str]:
    """Yield what a module imports: modules of the package with a dot before their name, others as they are."""
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or ""
        elif isinstance(node, ast.ImportFrom):
            base = [*module.split(".")[: -node.level], *filter(None, [node.module])]
            for alias in node.names:
                yield "." + own_module([*base, alias.name])


def own_module(parts: list[str]) -> str:
    """Return the module that a dotted name refers to: itself, its package, or the module in which it is defined."""
    for name in (parts, [*parts, "__init__"], parts[:-1], [*parts[:-1], "__init__"]):
        if ".".join(name) in MODULES:
            return ".".join(name)
    raise AssertionError(f"no module {parts}")


def own_imports(module: str) -> set[str]:
    return {name[1:] for name in imports(module) if name.startswith(".")}


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_down(module):
    layer = module.partition(".")[0]
    if layer == "service":
        assert {name.partition(".")[0] for name in own_imports(module)} <= {"service"}
        return
    assert layer in LEVELS, f"the new module {module} has no layer: {WHAT_TO_DO}"
    for imported in own_imports(module):
        target = imported.partition(".")[0]
        if target == "service":
            assert layer in ABOVE_SERVICE, f"{module} imports {imported}: only {ABOVE_SERVICE} may import the service"
        else:
            assert LEVELS[target] >= LEVELS[layer], f"{module} imports {imported}, which is in a layer above it"


def test_there_is_no_import_cycle():
    graphlib.TopologicalSorter({module: own_imports(module) - {module} for module in MODULES}).prepare()


def test_only_requirements_are_imported():
    for module in MODULES:
        others = {name.partition(".")[0] for name in imports(module) if not name.startswith(".")}
        allowed = REQUIREMENTS_OF_FOLDER.get(module.partition(".")[0], REQUIREMENTS)
        allowed = allowed | REQUIREMENTS_OF_MODULE.get(module, set())
        assert others - sys.stdlib_module_names - FOR_TYPE_CHECKING <= allowed, module


def test_a_call_imports_only_what_it_needs():
    """Look at the modules of a fresh interpreter, after the import and after a call over http."""
    script = """
import sys
import urllib3
before = set(sys.modules)
import tracking_client
own = {name for name in sys.modules if name.partition(".")[0] == "tracking_client"}
assert own == {"tracking_client", "tracking_client._lazy", "tracking_client.version"}, own
unwanted = {"certifi", "dateutil", "multiprocessing", "multiprocessing.pool", "sqlite3", "werkzeug", "uuid", "argparse"}
unwanted |= {"urllib.request", "tracking_client._transport.tls"}  # needed for a proxy, for https
unwanted |= {"tracking_client.service", "tracking_client.cli", "tracking_client.bulk", "tracking_client._disk"}
assert not unwanted & (set(sys.modules) - before), unwanted & set(sys.modules)
try:
    configuration = tracking_client.Configuration(host="http://127.0.0.1:9")
    tracking_client.FileApi(tracking_client.ApiClient(configuration)).files_md5sum_get("a", _request_timeout=0.001)
except tracking_client.ApiException:
    pass
assert not unwanted & (set(sys.modules) - before), unwanted & set(sys.modules)
"""
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environment["NO_PROXY"] = environment["no_proxy"] = "127.0.0.1"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_pytest_plugin_imports_only_the_standard_library_and_pytest():
    """pytest loads the plugin in every run, also where no test uses it."""
    script = """
import sys
import pytest
before = set(sys.modules)
import tracking_client.testing.plugin
names = {name for name in set(sys.modules) - before if name.partition(".")[0] not in sys.stdlib_module_names}
assert names == {"tracking_client" + name for name in ("", "._lazy", ".version", ".testing", ".testing.plugin")}, names
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_client_works_without_the_service_extra():
    script = "import sys; sys.modules['werkzeug'] = None; import tracking_client, tracking_client.api_client"
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=60).returncode == 0
