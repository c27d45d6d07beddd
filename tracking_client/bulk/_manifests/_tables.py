"""Rows of a table: their values, and the entries that they name."""

from __future__ import annotations

import contextlib
import csv
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from numbers import Integral
from typing import Any

from ...models.file import FileType
from .._entries import Entry, Source
from ..samples import problem_of_name
from ._columns import Columns, FileColumns, find_columns, plain
from ._findings import Findings, shown
from ._lines import has_md5sum, parse_md5sum

Row = tuple[int, Sequence[Any]]
"""The number of a line, from 1, and its values."""

DEFAULT_MISSING = ("NA", "na", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None", ".", "-")
"""What stands for a missing value, as R, pandas and spreadsheets write it; an empty value does so always."""

_NO_VALUE = ("None", "nan", "NaT", "<NA>")
"""How the missing values of Python, numpy and pandas are written."""

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

_FILE_TYPES = (FileType.FASTQ, FileType.VCF)


def table_in_rows(rows: Sequence[Row], chosen: Mapping[str, str | None]) -> tuple[Columns, Iterable[Row]] | None:
    """Return the columns of a table and the rows below their names; None if the first row does not name them."""
    first = next((index for index, row in enumerate(rows) if any(value not in (None, "") for value in row[1])), None)
    columns = None if first is None else find_columns(rows[first][1], chosen)
    return None if columns is None else (columns, rows[(first or 0) + 1 :])


def table_in_text(
    lines: Sequence[str], chosen: Mapping[str, str | None], findings: Findings
) -> tuple[Columns, Iterable[Row]] | None:
    """Return the columns of a table and the rows below their names; None if the first line does not name them.

    Raises:
        ValueError: two columns have the same meaning.
    """
    mark = re.fullmatch('"?sep=(.)"?', lines[0], re.IGNORECASE)
    first = 1 if mark else 0
    for index, line in enumerate(lines[first:], first):
        # The name of a single column is not split at any of them.
        for delimiter in [each for each in (mark[1] if mark else "\t,;") if each in line] or ["\t"]:
            cells: Sequence[str] = []
            with contextlib.suppress(csv.Error):
                cells = next(csv.reader([line.lstrip("# ")], delimiter=delimiter, strict=True), [])
            columns = None if has_md5sum(line) else find_columns(cells, chosen)
            if columns is not None:
                for number, above in enumerate(lines[first:index], first + 1):
                    if above.strip():
                        findings.note(number, f"{shown(above)} is above the column names")
                return columns, rows_of_text(lines, index + 1, delimiter, len(columns.names), findings)
        if line.strip() and not line.startswith("#"):
            return None  # a line below the first one is not that of the column names
    return None


def rows_of_text(lines: Sequence[str], first: int, delimiter: str, width: int, findings: Findings) -> Iterator[Row]:
    """Yield the rows of a text. A row with a quote that does not end is a problem.

    Args:
        lines: the lines of the text, without their ends.
        first: the index of the first line below the column names.
        delimiter: the character between two values.
        width: the number of columns.
        findings: where to tell of problems.
    """
    index = first
    last = len(lines)  # how far a value in quotes may extend
    while index < len(lines):
        line = lines[index]
        reader = csv.reader(_with_continuation(lines, index, last, delimiter, width), delimiter=delimiter, strict=True)
        number = index + 1
        index += 1
        if '"' not in line:
            yield number, line.split(delimiter)
            continue
        try:
            yield number, next(reader)
            index = number - 1 + reader.line_num
        except csv.Error as error:
            if delimiter == "\t":
                # A quote in a value separated by tabs seldom means anything, unless it is around all of it.
                yield number, [re.sub(r'^"(.*)"$', r"\1", value) for value in line.split("\t")]
            else:
                findings.problem(number, f"cannot read the values that begin there: {error}")
                last = 0


def _with_continuation(lines: Sequence[str], index: int, last: int, delimiter: str, width: int) -> Iterator[str]:
    """Yield a line and those that a value in quotes may extend to. Between tabs, a whole row is none of them."""
    yield lines[index] + "\n"
    for position in range(index + 1, last):
        if delimiter == "\t" and _is_row(lines[position], width):
            return
        yield lines[position] + "\n"


def _is_row(line: str, width: int) -> bool:
    """Return whether a line is a whole row of values between tabs."""
    with contextlib.suppress(csv.Error):
        return len(next(csv.reader([line], delimiter="\t", strict=True), [])) >= width
    return False


class TableReader:
    """Makes entries of the rows of a table.

    Args:
        columns: what its columns mean.
        name: the name of the manifest.
        missing: what stands for a missing value.
        findings: where to tell of problems and notes.
    """

    def __init__(self, columns: Columns, name: str, missing: Iterable[str], findings: Findings) -> None:
        self._columns = columns
        self._name = name
        self._missing = frozenset(missing)
        self._findings = findings

    def read(self, rows: Iterable[Row]) -> Iterator[Entry]:
        """Yield the entries of rows."""
        rows = [row for row in rows if any(value is not None and str(value).strip() for value in row[1])]
        self._interpret_sample_column(rows)
        for line, values in rows:
            try:
                yield from self._entries_of_row(line, values)
            except ValueError as error:
                self._findings.problem(line, str(error))

    def _interpret_sample_column(self, rows: Sequence[Row]) -> None:
        """Take the column ``sample`` for that of the isolate, unless all its values are ids of samples."""
        names, _, fields = self._columns
        index = fields.get("sample")
        if index is None:
            return
        cells = [str(values[index]).strip() for _, values in rows if index < len(values)]
        if all(_UUID.fullmatch(cell) or cell in ("", *_NO_VALUE) or cell in self._missing for cell in cells):
            return
        del fields["sample"]
        use = "not used" if "isolate" in fields else "taken for that of the isolates"
        fields.setdefault("isolate", index)
        self._findings.note(1, f"the column {names[index]} has no ids of samples, and is {use}")

    def _entries_of_row(self, line: int, values: Sequence[Any]) -> list[Entry]:
        names, _, fields = self._columns
        first = str(values[0])
        if first.startswith("#") and first.strip() not in self._missing:
            self._findings.note(line, f"{shown(first)} is a comment")
            return []
        if len(values) > len(names):
            raise ValueError(
                f"the row has {len(values)} values for {len(names)} columns; a value with the separator in it needs "
                "quotes, and R writes a table without row names with row.names=FALSE"
            )
        found = {field: self._value(values, index) for field, index in fields.items()}
        if plain(algorithm := found.pop("algorithm", None) or "md5") != "md5":
            raise ValueError(f"the row has a digest by {algorithm}, not an md5sum")
        for field in ("isolate", "experiment", "name"):
            text = found.get(field)
            if text is not None and (problem := problem_of_name(text)):
                raise ValueError(f"the {field} {shown(text)} {problem}")
        # That every item is a file, as Synapse says, tells nothing of its type.
        kind = (found.pop("type", None) or "file").lower()
        if kind not in (*_FILE_TYPES, "file"):
            raise ValueError(f"the type {kind!r} is none of {', '.join(_FILE_TYPES)}")
        files = self._files(line, values)
        isolate, experiment, sample = (found.get(field) for field in ("isolate", "experiment", "sample"))
        if not files:
            self._findings.note(line, "the row names no file")
        elif not (isolate or experiment or sample) and {"isolate", "experiment", "sample"} & {*fields}:
            self._findings.note(line, "the row names no sample")
        known_type = None if kind == "file" else kind
        # A row with several files has no name that fits each of them.
        name = found.get("name") if len(files) == 1 else None
        source, columns = Source(self._name, line), dict(zip(names, values, strict=False))
        return [
            Entry(path, md5sum, path and name, known_type, isolate, experiment, sample, source, columns)
            for md5sum, path in files
        ]

    def _files(self, line: int, values: Sequence[Any]) -> list[tuple[str | None, str | None]]:
        """Return the md5sum and the path of each file of a row."""
        first = self._columns.files[0]
        files = []
        for columns in self._columns.files:
            md5sum, path = self._md5sum(values, columns), self._value(values, columns.path)
            if md5sum is None and path is None:
                continue
            if path is not None and _CONTROL.search(path):
                raise ValueError(f"the path {shown(path)} has a control character or a line end")
            if path is not None and md5sum is None and has_md5sum(path):
                raise ValueError(f"the path {shown(path)} is an md5sum")
            path = path and path.replace("\\", "/")
            if columns.prefix is not None:
                if columns != first:
                    self._findings.note(line, f"its {columns.prefix} files are used: it has no {first.prefix} files")
                return _of_archive(md5sum or "", path, columns)
            if columns.md5sums and md5sum is None:
                self._findings.note(line, "the row has no md5sum")
            files.append((md5sum and parse_md5sum(md5sum), path))
        return files

    def _md5sum(self, values: Sequence[Any], columns: FileColumns) -> str | None:
        """Return the md5sum of a file in a row, as it is written."""
        md5sums = {self._value(values, index) for index in columns.md5sums} - {None}
        if len({md5sum.lower() for md5sum in md5sums if md5sum}) > 1:
            named = " and ".join(self._columns.names[index] for index in columns.md5sums)
            raise ValueError(f"the md5sums in the columns {named} differ")
        return next(iter(md5sums), None)

    def _value(self, values: Sequence[Any], index: int | None) -> str | None:
        """Return the text of a cell without blanks at its ends; None if the value is missing."""
        value = values[index] if index is not None and index < len(values) else None
        if isinstance(value, (str, os.PathLike)):
            text = os.fspath(value).strip()
            return None if not text or text in self._missing else text
        if str(value) in _NO_VALUE:
            return None
        if isinstance(value, Integral) and not isinstance(value, bool):
            return str(int(value))
        raise ValueError(f"{value!r} is not text: make its column one of text, in pandas with dtype=str")


def _of_archive(md5sum: str, path: str | None, columns: FileColumns) -> list[tuple[str | None, str | None]]:
    """Return the md5sums and paths in two cells of a report of ENA."""
    md5sums = _split(md5sum)
    paths: Sequence[str | None] = [None] * len(md5sums) if columns.path is None else _split(path or "")
    if len(md5sums) != len(paths):
        raise ValueError(f"the row has {len(md5sums)} md5sums for {len(paths)} files")
    return [(parse_md5sum(each), of_it or None) for each, of_it in zip(md5sums, paths, strict=True)]


def _split(cell: str) -> list[str]:
    """Return the values in a cell. A semicolon may follow the last one."""
    return [value.strip() for value in cell.removesuffix(";").split(";")] if cell else []
