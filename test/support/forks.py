"""Run code in forks of a process that has imported the package: a tenth of the time of a new interpreter.

Each is a process of its own, with its own pipes, environment, directory and exit code.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [
        *(f"tracking_client.cli.{name}" for name in ("main", "files", "registrations", "samples", "service")),
        *("tracking_client.api_client", "tracking_client.bulk", "tracking_client.rest"),
    ]
)


def run_in_fork(
    function: Callable[..., object],
    *arguments: object,
    cwd: str | os.PathLike[str],
    env: Mapping[str, str],
    input: str = "",
    timeout: float = 60,
) -> subprocess.CompletedProcess[str]:
    """Call a function in a fork, with warnings as errors, until the fork exits.

    Args:
        function: `run_command` or `run_script`. The exit code is that of its `SystemExit`, or 0.
        arguments: Its arguments.
        cwd: The working directory.
        env: All environment variables.
        input: What is in standard input.
        timeout: After how many seconds it is killed.

    Raises:
        subprocess.TimeoutExpired: it was killed.
    """
    (theirs_in, stdin), (stdout, theirs_out), (stderr, theirs_err) = (_CONTEXT.Pipe(duplex=False) for _ in range(3))
    streams = theirs_in, theirs_out, theirs_err
    process = _CONTEXT.Process(target=_call, args=(streams, cwd, dict(env), function, arguments))
    process.start()
    for each in streams:
        each.close()
    with ThreadPoolExecutor(3) as threads:
        threads.submit(_write, stdin, input)
        output, errors = threads.submit(_read, stdout), threads.submit(_read, stderr)
        process.join(timeout)
        is_late = process.exitcode is None
        process.kill()
    process.join()
    if is_late:
        raise subprocess.TimeoutExpired(str(arguments), timeout, output.result(), errors.result())
    return subprocess.CompletedProcess(arguments, process.exitcode or 0, output.result(), errors.result())


def run_command(arguments: list[str]) -> None:
    """Run ``tracking-client``."""
    from tracking_client.cli.main import main

    raise SystemExit(main(arguments))


def run_script(script: str) -> None:
    """Run a script."""
    exec(script, vars(sys.modules["__main__"]))


def _write(pipe: Connection, text: str) -> None:
    with pipe, contextlib.suppress(BrokenPipeError), open(pipe.fileno(), "wb", closefd=False) as file:
        file.write(text.encode("utf-8", "surrogateescape"))


def _read(pipe: Connection) -> str:
    with pipe, open(pipe.fileno(), "rb", closefd=False) as file:
        return file.read().decode("utf-8", "surrogateescape")


def _call(
    streams: tuple[Connection, ...],
    cwd: str,
    env: dict[str, str],
    function: Callable[..., object],
    arguments: tuple[object, ...],
) -> None:
    for number, stream in enumerate(streams):
        os.dup2(stream.fileno(), number)
        stream.close()
    # As an interpreter opens them for pipes.
    encoding, errors = sys.stdout.encoding, sys.stdout.errors
    sys.stdin = open(0, encoding=encoding, errors=errors, closefd=False)  # noqa: SIM115
    sys.stdout = open(1, "w", encoding=encoding, errors=errors, closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", 1, encoding=encoding, errors="backslashreplace", closefd=False)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    warnings.simplefilter("error")
    function(*arguments)
