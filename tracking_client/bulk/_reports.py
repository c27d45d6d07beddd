"""Reports: tables in a file that is complete at any time."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import secrets
import stat
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from .._disk.regular_file import file_error, path_text
from .._display import html_page
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
    content = format_of(path)(rows, columns).encode("utf-8", "backslashreplace")
    require_other_file(path, inputs)
    try:
        if os.path.isfile(path) or not os.path.exists(path):
            replace_file(os.path.realpath(path), content)
        else:
            Path(path).write_bytes(content)
    except OSError as error:
        raise file_error(error, path) from error


def check_report(path: str | os.PathLike[str], inputs: Iterable[str]) -> None:
    """Raise an error if a report cannot be written, before the work is done.

    Args:
        path: the path of the report.
        inputs: as for `write_report`.

    Raises:
        ApiValueError: the ending is unknown, or the report is one of the inputs.
        ApiFileError: its folder cannot be written.
    """
    path = path_text(path)
    format_of(path)
    require_other_file(path, inputs)
    folder = os.path.dirname(os.path.realpath(path))
    if not os.path.exists(path) and not os.access(folder, os.W_OK):
        raise file_error(PermissionError(errno.EACCES, os.strerror(errno.EACCES)), path)


def require_other_file(path: str, inputs: Iterable[str]) -> None:
    """Raise an error if a report is one of the files that are read, or a link to it.

    Raises:
        ApiValueError: it is.
    """
    for each in inputs:
        with suppress(OSError, ValueError):  # there is no such file, nor can there be
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


def separated(ending: str, cells: Iterable[Any]) -> str:
    """Return a line of a table. A cell with a quote or a separator is quoted, in CSV every cell (RFC 4180).

    Args:
        ending: ``".tsv"`` or ``".csv"``.
        cells: the values of the line.
    """
    line = io.StringIO()
    delimiter, quoting = _SEPARATED[ending]
    csv.writer(line, delimiter=delimiter, quoting=quoting, lineterminator="\n").writerow(map(cell_text, cells))
    return line.getvalue()


_SEPARATED: Mapping[str, tuple[str, Any]] = {".tsv": ("\t", csv.QUOTE_MINIMAL), ".csv": (",", csv.QUOTE_ALL)}


def cell_text(value: Any) -> str:
    """Return the text of a cell: empty for None, and with control characters and line ends as backslash escapes."""
    text = "" if value is None else str(value)
    if text.isprintable():
        return text
    return "".join(
        each.encode("unicode_escape").decode() if unicodedata.category(each) in ("Cc", "Zl", "Zp") else each
        for each in text
    )


def _write_json_lines(rows: Iterable[Row], columns: Sequence[str]) -> str:
    return "".join(json.dumps({column: row[column] for column in columns}) + "\n" for row in rows)


def _write_separated(ending: str) -> Callable[[Iterable[Row], Sequence[str]], str]:
    def write(rows: Iterable[Row], columns: Sequence[str]) -> str:
        lines = ([row[column] for column in columns] for row in rows)
        return "".join(separated(ending, cells) for cells in (columns, *lines))

    return write


FORMATS: Mapping[str, Callable[[Sequence[Row], Sequence[str]], str]] = {
    ".tsv": _write_separated(".tsv"),
    ".csv": _write_separated(".csv"),
    ".jsonl": _write_json_lines,
    ".html": html_page,
}
"""What returns the text of a table, by the ending of the name."""


def format_of(path: str) -> Callable[[Sequence[Row], Sequence[str]], str]:
    """Return what writes a table to a file with this name.

    Raises:
        ApiValueError: its ending is unknown.
    """
    ending = os.path.splitext(path)[1].lower()
    if ending not in FORMATS:
        raise ApiValueError(f"Cannot tell the format of {path!r} from its name, must end with {' or '.join(FORMATS)}")
    return FORMATS[ending]
