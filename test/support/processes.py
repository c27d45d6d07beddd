"""Helpers that run the command ``tracking-client``, or pytest, in a subprocess."""

from __future__ import annotations

import os
import subprocess
import sys

COMMAND = [sys.executable, "-W", "error", "-c", "import tracking_client.cli.main as c; raise SystemExit(c.main())"]

# Without the plugins that only this project's own tests need: they take seconds to load.
PYTEST = [sys.executable, "-m", "pytest", "-W", "error", "-p", "no:cacheprovider"]
PYTEST += ["-p", "no:schemathesis", "-p", "no:hypothesispytest", "-p", "no:anyio"]


def serve(database: str | os.PathLike[str], *arguments: str) -> tuple[subprocess.Popen[str], str]:
    """Start ``tracking-client serve`` on a free port.

    Args:
        database: The path of the SQLite file.
        arguments: Further command line arguments.

    Returns:
        The process and the base URL that it printed, which is empty if it failed to start.
    """
    process = subprocess.Popen(
        [*COMMAND, "serve", "--database", str(database), "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return process, process.stdout.readline().strip()


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run ``tracking-client`` until it exits.

    Args:
        arguments: The command line arguments.
    """
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False, timeout=60)
