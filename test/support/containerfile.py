"""A container file, and its steps without a container: in a folder in place of `/`, and a new virtual environment."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


def instructions(text: str) -> list[tuple[str, str]]:
    """Return the instructions of a container file, such as ``("USER", "1000:1000")``."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(name, value.strip()) for name, _, value in (line.partition(" ") for line in joined.splitlines())]


@dataclass
class Container:
    """The folder in place of `/`, the environment variables and the working directory of the last step."""

    root: Path
    environment: dict[str, str]
    directory: Path
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()

    def start(self, *arguments: str, directory: Path | None = None, **variables: str) -> subprocess.Popen[str]:
        """Start the entry point, with the arguments of its container file if none are given."""
        return subprocess.Popen(
            [*self.entrypoint, *(arguments or self.command)],
            cwd=directory or self.directory,
            env={**self.environment, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def run_steps(steps: list[tuple[str, str]], context: Path, root: Path) -> Container:
    """Run the steps of a container file, whose base image has Python.

    Args:
        steps: The instructions. FROM and USER have no effect.
        context: The folder that COPY copies from.
        root: An empty folder, in which the absolute paths of COPY and WORKDIR are.
    """
    run([sys.executable, "-m", "venv", str(root / "python")], root, dict(os.environ))
    # What pip is told on this machine, such as the certificates of the package index, it needs here, too.
    kept = ("PIP_", "SSL_", "LANG", "LC_", "HOME", "TMPDIR")
    environment = {name: value for name, value in os.environ.items() if name.startswith(kept)}
    environment["PATH"] = f"{root / 'python' / 'bin'}:/usr/bin:/bin"
    container = Container(root, environment, root)
    folders = [value.split()[-1].strip("/") for name, value in steps if name in ("COPY", "WORKDIR")]
    absolute = re.compile(rf"(?<![\w./])/(?=(?:{'|'.join(map(re.escape, folders))})\b)")
    for name, value in steps:
        if name == "COPY":
            copy(value, context, root)
        elif name == "RUN":
            run(["sh", "-ec", absolute.sub(f"{root}/", value)], container.directory, environment)
        elif name == "WORKDIR":
            container.directory = root / value.strip("/")
            container.directory.mkdir(parents=True, exist_ok=True)
        elif name == "ENTRYPOINT":
            container.entrypoint = tuple(json.loads(value))
        elif name == "CMD":
            container.command = tuple(json.loads(value))
        else:
            assert name in ("FROM", "USER"), f"cannot run {name} {value}"
    found = shutil.which(container.entrypoint[0], path=environment["PATH"])
    assert found, "the entry point is not installed"
    container.entrypoint = (found, *container.entrypoint[1:])
    return container


def copy(value: str, context: Path, root: Path) -> None:
    *patterns, target = value.split()
    folder = root / target.strip("/")
    folder.mkdir(parents=True)
    for pattern in patterns:
        paths = list(context.glob(pattern))
        assert paths, f"no file to copy: {pattern}"
        for path in paths:
            shutil.copy(path, folder)


def run(command: list[str], directory: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
