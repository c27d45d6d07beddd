"""Clients that OpenAPI Generator generates from this project's OpenAPI document."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.yaml"

VERSIONS = {"generated 4.3.1": "4.3.1", "generated 7.26": "7.26.0"}


def generate(version: str, package: str, into: Path) -> str | None:
    """Generate a client. Return why that failed, or None.

    Args:
        version: the version of the generator; the package `openapi-generator-cli` of that version contains it.
        package: the import name of the client.
        into: the directory to generate it in.
    """
    if shutil.which("java") is None:
        return "Java is not installed"
    program = into / f"generator-{version}"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command = [*pip, "--target", str(program), f"openapi-generator-cli=={version}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    jars = list(program.rglob("*.jar"))
    if not jars:
        return (
            f"the generator cannot be installed: {(done.stderr.strip().splitlines() or ['it contains no program'])[-1]}"
        )
    command = ["java", "-jar", str(jars[0]), "generate", "-g", "python", "-i", str(DOCUMENT)]
    done = subprocess.run(
        [*command, "-o", str(into / package), "--package-name", package], capture_output=True, text=True, check=False
    )
    if done.returncode:
        return f"the generator failed with {done.returncode}"
    return None
