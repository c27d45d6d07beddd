"""The output of the command: data on standard output, messages on standard error."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TextIO

FORMATS = ("text", "tsv", "json", "jsonl")

_COLORS = {"tracked": 32, "created": 32, "existing": 32, "not tracked": 33, "renamed": 33, "conflict": 31, "failed": 31}
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
    """Writes rows in one format.

    Args:
        format: one of `FORMATS`; None for text on a terminal, and TSV otherwise.
        columns: the names of the columns.
        stream: where to write; None for standard output.
    """

    def __init__(self, format: str | None, columns: Sequence[str], stream: TextIO | None = None) -> None:
        self._stream = sys.stdout if stream is None else stream
        self._format = format or ("text" if is_terminal(self._stream) else "tsv")
        self._columns = columns

    def write(self, rows: Iterable[Row]) -> None:
        """Write rows. JSON is one array; every other format has a line for each row, written at once."""
        if self._format == "json":
            self._write_line(json.dumps([self._cells(row) for row in rows], indent=2))
            return
        self.begin()
        for row in rows:
            self.write_row(row)

    def begin(self) -> None:
        """Write what comes before the rows: the header of TSV."""
        if self._format == "tsv":
            self._write_line("\t".join(self._columns))

    def write_row(self, row: Row) -> None:
        """Write one row, of any format but JSON."""
        self._write_line(self._line(self._cells(row)))

    def _write_line(self, line: str) -> None:
        with writing():
            self._stream.write(line + "\n")
            self._stream.flush()

    def _cells(self, row: Row) -> dict[str, Any]:
        return {column: row.get(column) for column in self._columns}

    def _line(self, cells: Row) -> str:
        if self._format == "jsonl":
            return json.dumps(cells)
        if self._format == "tsv":
            return "\t".join("" if value is None else printable(str(value)) for value in cells.values())
        is_colored = is_terminal(self._stream) and not os.environ.get("NO_COLOR") and not _is_dumb()
        words = (printable(str(value)) for value in cells.values() if value is not None)
        return "  ".join(_colored(word) if is_colored else word for word in words)


def printable(text: str) -> str:
    """Return a text on one line, without characters that control a terminal.

    Control and format characters, separators of lines and undecodable bytes become backslash escapes.
    """
    return "".join(c if c == " " or (c.isprintable() and c != "\\") else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def _colored(word: str) -> str:
    return f"\x1b[{_COLORS[word]}m{word}\x1b[0m" if word in _COLORS else word


def _is_dumb() -> bool:
    return os.environ.get("TERM", "dumb") == "dumb"


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether a stream is a terminal."""
    return stream is not None and not stream.closed and stream.isatty()


def tell(message: str) -> None:
    """Write a message to standard error, on one line. A standard error that cannot be written is ignored."""
    _write_message(f"tracking-client: {printable_message(message)}")


def tell_traceback() -> None:
    """Write the traceback of the error that is being handled to standard error."""
    for line in traceback.format_exc().splitlines():
        _write_message(_printable_line(line))


def _write_message(line: str) -> None:
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            print(line, file=sys.stderr, flush=True)


def printable_message(message: str) -> str:
    """Return a message on one line, without characters that control a terminal."""
    lines = [line.strip() for line in message.splitlines()]
    return _printable_line("; ".join(filter(None, lines)))


def _printable_line(line: str) -> str:
    # What has been escaped already, such as a repr, stays as it is.
    return printable(line).replace("\\\\", "\\")
