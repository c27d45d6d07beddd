"""Sequences that are tables, and reports: tables in a file that is complete at any time."""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any, ClassVar, Protocol, TypeVar, overload

from .._annotations import Self
from .._disk.regular_file import file_error, path_text
from .._display import MAX_ROWS, html_page, html_table, text_lines, visible
from ..argument_errors import ApiTypeError, ApiValueError

FORMATS = (".tsv", ".csv", ".jsonl", ".html")
"""How the name of a report ends."""

_CONTROL = ("Cc", "Zl", "Zp")
"""The categories of control characters and of what ends a line."""

Row = Mapping[str, Any]


class _Row(Protocol):
    def as_row(self) -> Row: ...


Item = TypeVar("Item", bound=_Row)


class Table(Sequence[Item]):
    """A sequence of items, each of which is a row of a table.

    Args:
        items: the items.

    Attributes:
        columns: the columns of the table, in their order.
    """

    columns: ClassVar[Sequence[str]] = ()

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._items = tuple(items)

    @overload
    def __getitem__(self, index: int) -> Item: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Item | Self:
        return type(self)(self._items[index]) if isinstance(index, slice) else self._items[index]

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return self._items == other._items if isinstance(other, type(self)) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    # IPython takes the first of `__repr__` and `_repr_pretty_` that a class defines, so both are here.
    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self._summary()}>"

    def _summary(self) -> str:
        """Return the counts of the items."""
        return f"{len(self):,}"

    def _repr_html_(self) -> str:
        return html_table(repr(self)[1:-1], self.columns, self[:MAX_ROWS].rows(), len(self))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(text_lines(repr(self), self.columns, self[:MAX_ROWS].rows(), len(self)))

    def rows(self) -> list[Row]:
        """Return a dict of the values of `columns` for each item."""
        return [item.as_row() for item in self]

    def inputs(self) -> set[str]:
        """Return the paths of the files that the items come from, which a report never overwrites."""
        return set()

    def to_dataframe(self) -> Any:
        """Return a DataFrame of pandas with `columns`, and a row for each item.

        Raises:
            ApiTypeError: pandas is not installed.
        """
        return dataframe(self.rows(), self.columns)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write a table with `columns`, and a row for each item.

        The file is written beside its place and renamed, so that it is complete at any time.

        Args:
            path: the path of the report. Its ending tells the format: ``.tsv``, ``.csv``, ``.jsonl``, or ``.html`` for
                a page to send to someone, whose table can be sorted and filtered.

        Raises:
            ApiValueError: the ending is another, or the report is one of the files or manifests that were read.
            ApiFileError: it cannot be written.
        """
        write_report(path, self.rows(), self.columns, self.inputs())


def dataframe(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Any:
    """Return a DataFrame with these columns, and a row for each of the dicts.

    Raises:
        ApiTypeError: pandas is not installed.
    """
    try:
        import pandas  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        raise ApiTypeError("to_dataframe() needs pandas: pip install pandas") from None
    return pandas.DataFrame([*rows], columns=[*columns])


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
        raise file_error(PermissionError(errno.EACCES, os.strerror(errno.EACCES)), path)


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
