"""The command ``tracking-client``: runs a subcommand, and tells its outcome by an exit code."""
# PYTHON_ARGCOMPLETE_OK

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

from . import exit_codes
from .arguments import parse, parser
from .output import OutputError, tell, tell_traceback

_received: list[int] = []
"""The signals, besides Ctrl-C, that end the command."""


def _interrupt(number: int, frame: object) -> None:
    _received.append(number)
    raise KeyboardInterrupt


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: the arguments after the name of the command; None for those of the process.

    Returns:
        The exit code, see `exit_codes`.
    """
    try:
        try:
            return _run(arguments)
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        _discard_output()
        return exit_codes.CLOSED_PIPE
    except OSError as error:
        _discard_output()
        tell(f"cannot write the output: {error.strerror}")
        return exit_codes.FAILED
    except KeyboardInterrupt:
        tell("terminated" if _received else "interrupted")
        return 128 + _received[0] if _received else exit_codes.INTERRUPTED


def _run(arguments: Sequence[str] | None) -> int:
    """Run the command, and return its exit code.

    Raises:
        OSError: standard output cannot be written.
        SystemExit: the usage is wrong, or was asked for.
    """
    if "_ARGCOMPLETE" in os.environ:
        with suppress(ModuleNotFoundError):
            import argcomplete  # type: ignore[import-not-found,unused-ignore]

            argcomplete.autocomplete(parser())
    options = parse(sys.argv[1:] if arguments is None else arguments)
    if sys.stdout is None:
        tell("standard output is closed; redirect it to /dev/null if you do not need it")
        return exit_codes.USAGE
    import signal  # not for the help

    for name in ("SIGTERM", "SIGHUP"):  # they end the command as Ctrl-C does; nohup ignores the second
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, _interrupt)
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    code = _exit_code_of_command(options)
    if options.exit_zero and code in (exit_codes.NOT_TRACKED, exit_codes.CONFLICT):
        return exit_codes.DONE
    return options.tempfail_code or code if code == exit_codes.TEMPORARY else code


def _exit_code_of_command(options: argparse.Namespace) -> int:
    try:
        module, _, name = options.run.partition(".")
        # Imported when it is used, so that help is fast.
        command: Callable[[argparse.Namespace], int] = getattr(importlib.import_module(f".{module}", __package__), name)
        return command(options)
    except (BrokenPipeError, OutputError):
        raise
    except Exception as error:
        if options.debug:
            tell_traceback()
        return _failed(error)


def _discard_output() -> None:
    """Python flushes standard output at its end, and would fail and complain again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _failed(error: Exception) -> int:
    """Tell an error on one line, and return its exit code."""
    from ..argument_errors import OpenApiException
    from .errors import in_words_of_options

    if isinstance(error, (OpenApiException, OSError)):
        tell(in_words_of_options(str(error)))
    else:
        tell(f"{type(error).__name__}: {error}; --debug shows where")
    return getattr(error, "exit_code", None) or exit_codes.exit_code_of(error)
