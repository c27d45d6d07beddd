"""Reports: tables in a file that is complete at any time."""

from __future__ import annotations

import csv
import io
import json
import os
import secrets
import stat
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from .._disk.regular_file import file_error, path_text
from ..argument_errors import ApiValueError

Row = Mapping[str, Any]


def write_report(
    path: str | os.PathLike[str], rows: Sequence[Row], columns: Sequence[str], inputs: Iterable[str]
) -> None:
    """Write a table to a file. It is written beside its place and renamed; a pipe or a device is written directly.

    Args:
        path: the path of the report. Its ending tells the format, see `FORMATS`.
        rows: the values of each row, by column.
        columns: the columns, in their order.
        inputs: the paths that must not be overwritten, whether there are such files or not.

    Raises:
        ApiValueError: the ending is unknown, or the report is one of the inputs.
        ApiFileError: it cannot be written.
    """
    path = path_text(path)
    text = io.StringIO()
    format_of(path)(text, rows, columns)
    content = text.getvalue().encode("utf-8", "backslashreplace")
    try:
        status = os.stat(path) if os.path.exists(path) else None
        if status is None or stat.S_ISREG(status.st_mode):
            require_other_file(path, inputs)
            replace_file(os.path.realpath(path), content)
        else:
            Path(path).write_bytes(content)
    except OSError as error:
        raise file_error(error, path) from error


def require_other_file(path: str, inputs: Iterable[str]) -> None:
    """Raise an error if a report is one of the files that are read, or a link to it.

    Raises:
        ApiValueError: it is.
    """
    for each in inputs:
        with suppress(OSError):
            if os.path.samefile(path, each):
                raise ApiValueError(f"Cannot write the report to {path!r}: it is the input {each!r}")


def replace_file(path: str, content: bytes) -> None:
    """Write a file beside its place, and rename it. It keeps the permissions of the file that was there.

    Raises:
        OSError: it cannot be written. The file that was there is unchanged.
    """
    folder, name = os.path.split(path)
    beside = os.path.join(folder, f".{name}.{secrets.token_hex(4)}")
    try:
        with open(beside, "xb") as stream:
            stream.write(content)
        with suppress(FileNotFoundError):
            os.chmod(beside, stat.S_IMODE(os.stat(path).st_mode))
        os.replace(beside, path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def _write_separated(delimiter: str) -> Callable[[TextIO, Iterable[Row], Sequence[str]], None]:
    def write(stream: TextIO, rows: Iterable[Row], columns: Sequence[str]) -> None:
        writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([cell_text(row[column]) for column in columns] for row in rows)

    return write


def _write_json_lines(stream: TextIO, rows: Iterable[Row], columns: Sequence[str]) -> None:
    for row in rows:
        stream.write(json.dumps({column: row[column] for column in columns}) + "\n")


def cell_text(value: Any) -> str:
    """Return the text of a cell: empty for None, and with control characters and line ends as backslash escapes."""
    text = "" if value is None else str(value)
    if text.isprintable():
        return text
    return "".join(
        each.encode("unicode_escape").decode() if unicodedata.category(each) in ("Cc", "Zl", "Zp") else each
        for each in text
    )


FORMATS: Mapping[str, Callable[[TextIO, Iterable[Row], Sequence[str]], None]] = {
    ".tsv": _write_separated("\t"),
    ".csv": _write_separated(","),
    ".jsonl": _write_json_lines,
}
"""What writes a table, by the ending of the name. A cell with a quote or a separator is quoted, as RFC 4180 says."""


def format_of(path: str) -> Callable[[TextIO, Iterable[Row], Sequence[str]], None]:
    """Return what writes a table to a file with this name.

    Raises:
        ApiValueError: its ending is unknown.
    """
    ending = os.path.splitext(path)[1].lower()
    if ending not in FORMATS:
        raise ApiValueError(f"Cannot tell the format of {path!r} from its name, must end with {' or '.join(FORMATS)}")
    return FORMATS[ending]
