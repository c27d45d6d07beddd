"""The archives of the package, made by its build backend."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def build(kind: str, source: Path) -> Path:
    """Return the archive that the build backend makes of a source tree. The tree must be a copy: files are added."""
    script = f"from setuptools import build_meta; build_meta.build_{kind}('dist')"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (archive,) = (source / "dist").iterdir()
    return archive


def copy_sources(target: Path) -> None:
    """Copy what the wheel is made of."""
    shutil.copytree(ROOT / "tracking_client", target / "tracking_client", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("setup.py", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, target)
