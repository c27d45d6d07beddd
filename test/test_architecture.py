"""Which module may import which, read from the source."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tracking_client

PACKAGE = Path(tracking_client.__file__).parent
ROOT = Path(__file__).parent.parent

# From the top down: a module imports only from groups that stand below its own. The root package, which gathers the
# public names, stands between what is practical and the core.
ORDER = [
    ["command_line"],
    ["demo"],
    [""],
    ["api"],
    ["api.file_api"],
    ["api.endpoint"],
    ["api_client"],
    ["rest"],
    ["exchange"],
    ["pools", "retry", "serialization"],
    ["connections", "tls"],
    ["asynchronous", "call_log", "deadline", "headers", "plain_head"],
    ["exceptions", "configuration"],
    ["models"],
    ["models.file", "models.error"],
    ["models.model"],
    ["urls"],
    ["argument_errors", "content", "process", "version"],
]
LEVEL = {module: level for level, modules in enumerate(ORDER) for module in modules}

# The service stands beside the client, and only the command line knows both.
SERVICE_ORDER = ["service", "service.server", "service.application", "service.database"]

THIRD_PARTY = {
    "api_client": {"six", "urllib3"},
    "api.endpoint": {"urllib3"},
    "configuration": {"urllib3"},
    "connections": {"urllib3"},
    "deadline": {"urllib3"},
    "exchange": {"urllib3"},
    "pools": {"urllib3"},
    "rest": {"urllib3"},
    "retry": {"urllib3"},
    "serialization": {"dateutil"},
    "tls": {"certifi"},
    "service.application": {"werkzeug"},
    "service.server": {"werkzeug"},
}


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        yield re.sub(r"\.?__init__$", "", name), path


def imports(module: str, path: Path):
    """The modules that a module imports, those of this package without its name and a dot before each."""
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module
        elif isinstance(node, ast.ImportFrom):
            above = [part for part in package if part][: len(package) - node.level + 1]
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                full = f"{base}.{alias.name}".strip(".")
                yield "." + (full if full in dict(modules()) else base)


def test_every_module_has_its_place():
    assert {name for name, _ in modules()} == {*LEVEL, *SERVICE_ORDER}


@pytest.mark.parametrize(("module", "path"), list(modules()), ids=[name or "tracking_client" for name, _ in modules()])
def test_imports_run_one_way(module, path):
    own = {name[1:] for name in imports(module, path) if name.startswith(".")}
    if module.startswith("service"):
        assert own <= set(SERVICE_ORDER[SERVICE_ORDER.index(module) + 1 :])
    else:
        # What is for type checking only is not told apart: its arrows run the same way.
        client_below = {name for name, level in LEVEL.items() if level > LEVEL[module]}
        allowed = client_below | ({"service"} if module == "command_line" else set())
        if module == "api.endpoint":
            allowed.add("api_client")
        assert own <= allowed


@pytest.mark.skipif(sys.version_info < (3, 10), reason="this Python does not know its own modules")
@pytest.mark.parametrize(("module", "path"), list(modules()), ids=[name or "tracking_client" for name, _ in modules()])
def test_third_party_packages(module, path):
    others = {name.partition(".")[0] for name in imports(module, path) if not name.startswith(".")}
    typing_only = {"_typeshed", "typing_extensions"}
    assert others - set(sys.stdlib_module_names) - typing_only <= THIRD_PARTY.get(module, set())


def test_what_a_call_may_not_need_is_not_imported():
    """In a fresh interpreter, the package alone and after a call over http."""
    script = """
import sys
before = set(sys.modules)
import urllib3
after_urllib3 = set(sys.modules)
import tracking_client
heavy = {"certifi", "dateutil", "multiprocessing", "multiprocessing.pool", "sqlite3", "werkzeug", "uuid", "argparse"}
heavy |= {"urllib.request", "tracking_client.tls"}  # for a proxy, for https
assert not heavy & (set(sys.modules) - after_urllib3), heavy & set(sys.modules)
assert "tracking_client.service" not in sys.modules and "tracking_client.demo" not in sys.modules
try:
    tracking_client.FileApi().files_md5sum_get("a", _request_timeout=0.001)
except tracking_client.ApiException:
    pass
assert not heavy & (set(sys.modules) - after_urllib3), heavy & set(sys.modules)
"""
    # A host that is to be reached without a proxy names none.
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environment["NO_PROXY"] = environment["no_proxy"] = "127.0.0.1"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_client_works_without_the_extra():
    script = "import sys; sys.modules['werkzeug'] = None; import tracking_client, tracking_client.api_client"
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=60).returncode == 0


def test_setup_and_requirements_name_the_same_packages():
    wanted = re.search(r"install_requires=\[(.*?)\]", (ROOT / "setup.py").read_text(encoding="utf-8"), re.DOTALL)[1]
    assert re.findall(r'"(.*?)"', wanted) == (ROOT / "requirements.txt").read_text(encoding="utf-8").split("\n")[:-1]


def test_what_is_tested_is_what_was_built():
    """Under tox, the installed wheel; the source tree is not in the way."""
    import os

    if "TOX_ENV_NAME" in os.environ:
        assert "site-packages" in PACKAGE.parts
        assert (PACKAGE / "py.typed").exists()
