"""The output of the command: data on standard output, messages on standard error."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TextIO

from . import exit_codes
from .errors import CommandError

FORMATS = ("text", "tsv", "csv", "json", "jsonl")

_COLORS = {
    "tracked": 32, "created": 32, "existing": 32, "same": 32,
    "untracked": 33, "renamed": 33, "unregistered": 33, "missing": 33, "would-create": 33,
    "conflict": 31, "changed": 31, "failed": 31,
}  # fmt: skip
"""SGR codes (ECMA-48, section 8.3.117) of the words that matter most."""

Row = Mapping[str, Any]


class OutputError(OSError):
    """Standard output, or the report, cannot be written."""


@contextmanager
def writing() -> Iterator[None]:
    """Write output, as a context manager. It tells a failure from that of an input file.

    Raises:
        OutputError: the output cannot be written.
        BrokenPipeError: its reader has closed the pipe.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(*error.args) from error


class Output:
    """Writes rows to standard output.

    Args:
        options: ``format`` is one of `FORMATS`, or None for text on a terminal and TSV otherwise. ``all_columns`` are
            the columns of the command, and ``columns`` those to write, or None for all. ``no_header`` leaves out the
            names of the columns. ``print0`` writes the cells as they are, and NUL after each row.
        text_columns: the columns that text has; None for all.

    Attributes:
        shows_messages: whether the reader of standard error sees the messages of the rows anyway.

    Raises:
        CommandError: the options are invalid.
    """

    def __init__(self, options: argparse.Namespace, text_columns: Sequence[str] | None = None) -> None:
        columns: Sequence[str] = options.all_columns
        self._stream = sys.stdout
        self._format = options.format or ("text" if is_terminal(self._stream) and not options.print0 else "tsv")
        shown = (text_columns or columns) if self._format == "text" else columns
        self._columns: Sequence[str] = options.columns or shown
        self._has_header = not options.no_header and not options.print0 and self._format in ("tsv", "csv")
        self._print0 = options.print0
        self._rows: list[Row] = []  # of JSON, which is written at the end
        self._is_colored = is_terminal(self._stream) and _can_redraw() and not os.environ.get("NO_COLOR")
        is_seen = self._format == "text" and is_terminal(self._stream) and is_terminal(sys.stderr)
        self.shows_messages = is_seen and "message" in self._columns
        if unknown := [column for column in self._columns if column not in columns]:
            raise CommandError(f"there is no column {unknown[0]!a}, only {', '.join(columns)}", exit_codes.USAGE)
        if self._print0 and self._format != "tsv":
            raise CommandError("--print0 is for the format tsv", exit_codes.USAGE)

    def write(self, rows: Iterable[Row]) -> None:
        """Write rows. JSON is one array; every other format has a line for each row, written at once."""
        for row in rows:
            self.write_row(row)
        self.end()

    def write_row(self, row: Row) -> None:
        """Write one row."""
        cells = {column: row.get(column) for column in self._columns}
        if self._format == "json":
            self._rows.append(cells)
            return
        self._begin()
        self._write(self._line(cells))

    def end(self) -> None:
        """Write what comes after the rows."""
        self._begin()
        if self._format == "json":
            self._write(_json(self._rows, indent=2))

    def _begin(self) -> None:
        """Write the names of the columns, once."""
        if self._has_header:
            self._has_header = False
            self._write(self._line({column: column for column in self._columns}))

    def _write(self, text: str) -> None:
        with writing():
            if self._print0:  # names as they are on disk
                self._stream.flush()
                self._stream.buffer.write(os.fsencode(text))
            else:
                write_beside_bar(text, self._stream)
            self._stream.flush()

    def _line(self, cells: Row) -> str:
        if self._print0:
            return "\t".join("" if value is None else str(value) for value in cells.values()) + "\0"
        if self._format == "jsonl":
            return _json(cells)
        if self._format in ("tsv", "csv"):
            from .._reports import separated

            return separated(f".{self._format}", cells.values())
        words = (printable(str(value)) for value in cells.values() if value is not None)
        return "  ".join(_colored(word) if self._is_colored else word for word in words) + "\n"


def _json(value: object, indent: int | None = None) -> str:
    import json  # here, so that help is fast

    return json.dumps(value, indent=indent) + "\n"


def write_beside_bar(text: str, stream: TextIO) -> None:
    """Write text to a terminal on which a progress bar may be shown."""
    tqdm = sys.modules.get("tqdm")
    if tqdm is None:
        stream.write(text)
    else:
        tqdm.tqdm.write(text, file=stream, end="")


def printable(text: str) -> str:
    """Return a text on one line, without characters that control a terminal.

    Control and format characters, separators of lines and undecodable bytes become backslash escapes.
    """
    return "".join(c if c == " " or (c.isprintable() and c != "\\") else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def _colored(word: str) -> str:
    return f"\x1b[{_COLORS[word]}m{word}\x1b[0m" if word in _COLORS else word


def _can_redraw() -> bool:
    return os.environ.get("TERM", "dumb") != "dumb"


def shows_progress() -> bool:
    """Return whether a progress bar is shown: on a terminal that can redraw a line, if tqdm is installed."""
    if not is_terminal(sys.stderr) or not _can_redraw() or is_quiet():
        return False
    from importlib.util import find_spec  # not for the help

    return find_spec("tqdm") is not None


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a stream is a terminal."""
    return stream is not None and not stream.closed and stream.isatty()


def tell(message: str, *, is_error: bool = True) -> None:
    """Write a message to standard error, on one line. A standard error that cannot be written is ignored.

    Args:
        message: the message.
        is_error: False for what ``--quiet`` hides.
    """
    if is_error or not is_quiet():
        _write_message(f"tracking-client: {printable_message(message)}")


def is_quiet() -> bool:
    """Return whether only errors are told, as ``--quiet`` and the log level say."""
    return not logging.getLogger().isEnabledFor(logging.WARNING)


def tell_traceback() -> None:
    """Write the traceback of the error that is being handled to standard error."""
    for line in traceback.format_exc().splitlines():
        _write_message(_printable_line(line))


def _write_message(line: str) -> None:
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            write_beside_bar(line + "\n", sys.stderr)
            sys.stderr.flush()


def printable_message(message: str) -> str:
    """Return a message on one line, without characters that control a terminal."""
    lines = [line.strip() for line in message.splitlines()]
    return _printable_line("; ".join(filter(None, lines)))


def _printable_line(line: str) -> str:
    # What has been escaped already, such as a repr, stays as it is.
    return printable(line).replace("\\\\", "\\")
