"""Reports: tables in a file that is complete at any time."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterable, Sequence
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

from ._disk.regular_file import file_error, path_text
from ._display import Row, html_page, visible
from .argument_errors import ApiValueError

FORMATS = (".tsv", ".csv", ".jsonl", ".html")
"""How the name of a report ends."""

_CONTROL = ("Cc", "Zl", "Zp")
"""The categories of control characters and of what ends a line."""


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
    content = _text_of(_format_of(path, inputs), rows, columns).encode("utf-8", "backslashreplace")
    try:
        if os.path.isfile(path) or not os.path.exists(path):
            _replace_file(os.path.realpath(path), content)
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
    _format_of(path, inputs)
    folder = os.path.dirname(os.path.realpath(path))
    if not os.path.exists(path) and not os.access(folder, os.W_OK):
        reason = errno.EACCES if os.path.isdir(folder) else errno.ENOENT
        raise file_error(OSError(reason, os.strerror(reason)), path)


def _replace_file(path: str, content: bytes) -> None:
    """Write a file beside its place, and rename it. It keeps the permissions of the file that was there.

    Raises:
        OSError: it cannot be written. The file that was there is unchanged.
    """
    folder, name = os.path.split(path)
    beside = os.path.join(folder, f".{name}.{os.urandom(4).hex()}")
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

    Control characters and line ends are backslash escapes, so that each line of the file is one of the table.

    Args:
        ending: ``".tsv"`` or ``".csv"``.
        cells: the values of the line.
    """
    import csv

    line = StringIO()
    quoting: Any
    delimiter, quoting = ("\t", csv.QUOTE_MINIMAL) if ending == ".tsv" else (",", csv.QUOTE_ALL)
    writer = csv.writer(line, delimiter=delimiter, quoting=quoting, lineterminator="\n")
    writer.writerow(visible(cell, _CONTROL) for cell in cells)
    return line.getvalue()


def _text_of(ending: str, rows: Sequence[Row], columns: Sequence[str]) -> str:
    """Return the text of a table in the format of an ending."""
    if ending == ".html":
        return html_page(rows, columns)
    lines = [[row[column] for column in columns] for row in rows]
    if ending == ".jsonl":
        return "".join(json.dumps(dict(zip(columns, cells, strict=True))) + "\n" for cells in lines)
    return "".join(separated(ending, cells) for cells in (columns, *lines))


def _format_of(path: str, inputs: Iterable[str]) -> str:
    """Return the ending that tells the format of a report.

    Raises:
        ApiValueError: it is unknown, or the report is one of the inputs, or a link to it.
    """
    ending = os.path.splitext(path)[1].lower()
    if ending not in FORMATS:
        raise ApiValueError(f"Cannot tell the format of {path!r} from its name, must end with {' or '.join(FORMATS)}")
    for each in inputs:
        if _is_same_file(path, each):
            raise ApiValueError(f"Cannot write the report to {path!r}: it is the input {each!r}")
    return ending


def _is_same_file(path: str, other: str) -> bool:
    with suppress(OSError, ValueError):  # there is no such file, nor can there be
        return os.path.samefile(path, other)
    return False
