"""Helpers that run the command ``tracking-client``, or pytest, in a subprocess."""

from __future__ import annotations

import contextlib
import csv
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable

from forks import run_command, run_in_fork

COMMAND = [sys.executable, "-W", "error", "-c", "import tracking_client.cli.main as c; raise SystemExit(c.main())"]

_NO_NAMES = os.path.join(os.path.dirname(__file__), "no_names")
WITHOUT_NAMES = {"PYTHONPATH": os.pathsep.join(filter(None, [_NO_NAMES, os.environ.get("PYTHONPATH")]))}
"""Environment variables of a process that knows no host names, and looks none up."""

# Without the plugins that only this project's own tests need: they take seconds to load.
PYTEST = [sys.executable, "-m", "pytest", "-W", "error", "-p", "no:cacheprovider"]
PYTEST += ["-p", "no:schemathesis", "-p", "no:hypothesispytest", "-p", "no:anyio"]


def close_output_after(process: subprocess.Popen[str], lines: int) -> str:
    """Read that many lines of a process, and close its output. Return what it writes to standard error."""
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        for _ in range(lines):
            process.stdout.readline()
        process.stdout.close()
        return process.stderr.read()


def read_terminal(terminal: int) -> bytes:
    """Return what is written to a terminal until its other end is closed, and close it."""
    written = b""
    with contextlib.suppress(OSError):  # Linux has an error in place of the end of the file
        while block := os.read(terminal, 65536):
            written += block
    os.close(terminal)
    return written


def serve(database: str | os.PathLike[str], *arguments: str) -> tuple[subprocess.Popen[str], str]:
    """Start ``tracking-client serve``, on a free port unless the arguments have one.

    Args:
        database: The path of the SQLite file.
        arguments: Further command line arguments.

    Returns:
        The process and the base URL that it printed, which is empty if it failed to start.
    """
    port = [] if "--port" in arguments else ["--port", "0"]
    process = subprocess.Popen(
        [*COMMAND, "serve", "--database", str(database), *port, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return process, process.stdout.readline().strip()


def run(
    *arguments: str | bytes | os.PathLike[str],
    input: str = "",
    cwd: str | os.PathLike[str] | None = None,
    **variables: str,
) -> subprocess.CompletedProcess[str]:
    """Run ``tracking-client`` until it exits, with pipes.

    Args:
        arguments: The command line arguments.
        input: What is in standard input.
        cwd: The working directory; None for that of this process.
        variables: Environment variables, besides those of this process.
    """
    env = {**os.environ, **variables}
    # An interpreter reads these when it starts.
    if hasattr(os, "fork") and not any(name.startswith(("PYTHON", "LC_", "LANG")) for name in variables):
        words = [os.fsdecode(each) for each in arguments]
        return run_in_fork(run_command, words, cwd=cwd or os.getcwd(), env=env, input=input)
    return subprocess.run(
        [*COMMAND, *arguments],
        input=input,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        check=False,
        timeout=60,
        cwd=cwd,
        env=env,
    )


def run_on_terminal(
    *arguments: str | bytes | os.PathLike[str], input: bytes = b"", **variables: str
) -> tuple[int, bytes]:
    """Run ``tracking-client`` until it exits, with its input and all output on a pseudo-terminal.

    Args:
        arguments: The command line arguments.
        input: What is typed.
        variables: Environment variables, besides those of this process. TERM is xterm unless it is given.

    Returns:
        The exit code, and what is shown. The terminal writes a carriage return before each line feed.
    """
    ours, theirs = os.openpty()
    environment = {**os.environ, "TERM": "xterm", **variables}
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    )
    os.close(theirs)
    os.write(ours, input)
    shown = read_terminal(ours)
    return process.wait(60), shown


def rows(text: str) -> list[dict[str, str]]:
    """Return the rows of a table with tabs, as the command writes it."""
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter="\t"))


def statuses(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the status of each row that a command has written."""
    return [row["status"] for row in rows(done.stdout)]


def told(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the messages of a command."""
    lines = done.stderr.splitlines()
    assert all(line.startswith("tracking-client: ") for line in lines), done.stderr
    return [line.removeprefix("tracking-client: ") for line in lines]


def wait_until(condition: Callable[[], object]) -> None:
    """Wait until a condition is true.

    Raises:
        AssertionError: it is not, after a minute.
    """
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)
