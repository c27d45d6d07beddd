"""Rows of a table: their values, and the entries that they name."""

from __future__ import annotations

import csv
import itertools
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from numbers import Integral
from typing import Any

from ...models._value_types import is_uuid_text
from ...models.file import FileType
from .._entries import FIELDS, Entry, ManifestProblem, Source
from .._names import problem_of_name
from ._columns import Chosen, Columns, FileColumns, find_columns
from ._findings import Findings, shown
from ._lines import has_md5sum, parse_md5sum, split_line

Row = tuple[int, Sequence[Any]]
"""The number of a line, from 1, and its values."""

Table = tuple[Columns, Iterator[Row]]
"""What the columns of a table mean, and the rows below their names."""

DEFAULT_MISSING = ("NA", "N/A", "#N/A", "NaN", "NULL", "None", "n.a.", "n.d.", "k.A.", ".", "-")
"""What stands for a missing value, as R, pandas, spreadsheets and people write it, in upper or lower case.

An empty value does so always.
"""

_NO_VALUE = frozenset({"None", "nan", "NaT", "<NA>"})
"""How the missing values of Python, numpy and pandas are written."""

_TYPES = {"file": None, "fastq": FileType.FASTQ, "vcf": FileType.VCF}
"""The types of files, as they are written. That every item is a file, as Synapse says, tells nothing of its type."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

_ABOVE = ("#", "%")
"""What lines above the column names begin with; the second in the output of `hashdeep`."""

_INVISIBLE = "\ufeff\u200b"
"""A byte order mark, which stays where files are joined, and a blank without width, from a page."""

# After a blank, quotes are part of a value for `csv`. An equals sign before them keeps the zeros of 017 in Excel.
_QUOTED = re.compile(r'=?"(.*)"', re.DOTALL)
# What Excel shows in a cell that is too narrow, or of which it could not compute the value, in any language.
_SPREADSHEET_ERROR = re.compile(r"##+|#(NV|\w/\w|[^a-z\s]+[!?])")


def find_table(tables: Iterable[Iterator[Row]], chosen: Chosen, findings: Findings) -> tuple[Table | None, list[str]]:
    """Return the columns of a table and the rows below their names; None if the first row does not name them.

    Then its values follow, if they may be names of columns: several, and no md5sum. Rows above that are blank or begin
    with ``#`` do not count.

    Args:
        tables: the rows, of a text with each of the delimiters that it may have.
        chosen: as for `find_columns`.
        findings: where to tell of comments.

    Raises:
        ManifestError: two columns have the same meaning, or a chosen one does not exist.
    """
    unknown: list[str] = []
    for rows in tables:
        above: list[ManifestProblem] = []
        for line, values in rows:
            texts = ["" if value is None else str(value) for value in values]
            if not has_md5sum("\t".join(texts)) and (columns := find_columns(texts, chosen, findings)):
                findings.notes += above
                return (columns, rows), []
            if texts and texts[0].startswith(_ABOVE):
                above.append(ManifestProblem(line, f"{shown(texts[0])} is a comment"))
            elif "".join(texts).strip():
                if len(texts) > 1 and not any(map(has_md5sum, texts)):
                    unknown = unknown or texts
                break
    return None, unknown


def tables_of_text(lines: Sequence[str]) -> Iterable[Iterator[Row]]:
    """Yield the rows of a text with each of the delimiters that it may have. A line such as ``sep=;`` says which."""
    mark = re.fullmatch('"?sep=(.)"?', lines[0], re.IGNORECASE)
    return (rows_of_text(lines, 1 if mark else 0, each) for each in (mark[1] if mark else "\t,;"))


def rows_of_text(lines: Sequence[str], first: int, delimiter: str) -> Iterator[Row]:
    """Yield the rows of a text. One with a quote that does not end has no values.

    Args:
        lines: the lines of the text, without their ends.
        first: the index of the first line.
        delimiter: the character between two values.
    """
    index, last, width = first, len(lines), 0  # how far a value in quotes may extend; how many values a row has
    while index < len(lines):
        line, number = lines[index], index + 1
        index, values = number, line.split(delimiter)
        if '"' in line:
            reader = csv.reader(_continued(lines, index, last, delimiter, width), delimiter=delimiter, strict=True)
            try:
                values = next(reader)
                index += reader.line_num - 1
            except csv.Error:
                # Between tabs, a quote seldom means anything, unless it is around a whole value.
                if delimiter != "\t":
                    values, last = [], 0
        width = max(width, len(values))
        yield number, values


def _continued(lines: Sequence[str], index: int, last: int, delimiter: str, width: int) -> Iterator[str]:
    """Yield the line before an index, and those that a value in quotes may extend to. Between tabs, no whole row is."""
    yield lines[index - 1] + "\n"
    for position in range(index, last):
        if delimiter == "\t" and len(split_line(lines[position], delimiter)) >= width:
            return
        yield lines[position] + "\n"


class TableReader:
    """Makes entries of the rows of a table.

    Args:
        columns: what its columns mean.
        missing: what stands for a missing value.
        lines: the lines of the text that the rows are from; none for rows of a program or a spreadsheet.
        findings: where to tell of problems and notes.
    """

    def __init__(self, columns: Columns, missing: Iterable[str], lines: Sequence[str], findings: Findings) -> None:
        self._columns, self._lines = columns, lines
        self._missing = {str(each).casefold() for each in missing} | {""}
        self._findings = findings

    def read(self, rows: Sequence[Row]) -> Iterator[Entry]:
        """Yield the entries of rows."""
        self._interpret_sample_column(rows)
        for line, values in rows:
            try:
                yield from self._entries_of(line, values)
            except ValueError as error:
                self._findings.problem(line, str(error))

    def _interpret_sample_column(self, rows: Sequence[Row]) -> None:
        """Take the column ``sample`` for that of the isolate, unless all its values are ids of samples."""
        fields = self._columns.fields
        index = fields.get("sample", -1)
        cells = {str(values[index]).strip() for _, values in rows if -1 < index < len(values)}
        values_of_rows = (cell for cell in cells - _NO_VALUE if not self._is_missing(cell))
        if not all(is_uuid_text(cell) or cell.startswith("#") for cell in values_of_rows):
            del fields["sample"]
            use = "not used" if "isolate" in fields else "taken for that of the isolates"
            fields.setdefault("isolate", index)
            self._findings.note(1, f"the column {self._columns.names[index]} has no ids of samples, and is {use}")

    def _entries_of(self, line: int, values: Sequence[Any]) -> list[Entry]:
        names, _, fields = self._columns
        if not values:
            raise ValueError("cannot read the values that begin there: a quote does not end, or is within a value")
        first = str(values[0]).strip()
        if first.startswith("#") and not self._is_missing(first) and not _SPREADSHEET_ERROR.fullmatch(first):
            if not "".join(self._lines[line - 1 : line]).lstrip().startswith("#"):
                raise ValueError(f"{shown(first)} begins with '#': a row that someone took out, or a name?")
            self._findings.note(line, f"{shown(first)} is a comment")
            return []
        if len(values) > len(names):
            raise ValueError(
                f"the row has {len(values)} values for {len(names)} columns; a value with the separator in it needs "
                "quotes, and R writes a table without row names with row.names=FALSE"
            )
        if first == names[0] and [*map(str, values)] == names:
            raise ValueError("the row repeats the names of the columns")
        texts = {field: self._text(values, index) for field, index in fields.items()}
        for field in ("isolate", "experiment", "sample", "name"):
            text = texts.get(field)
            # The name of a file may begin with `#`.
            if text and (problem := problem_of_name(text.lstrip("#") if field == "name" else text)):
                raise ValueError(f"the {field} {shown(text)} {problem}")
        if (kind := (texts.get("type") or "file").lower()) not in _TYPES:
            raise ValueError(f"the type {kind!r} is none of fastq, vcf")
        texts["type"] = _TYPES[kind]
        files = self._files(line, values) if self._columns.files else [(None, None)]
        samples = [texts[field] for field in ("isolate", "experiment", "sample") if field in texts]
        if not files and "".join(map(str, values)).strip():
            self._findings.note(line, "the row names no file")
        elif files and samples and not any(samples):
            self._findings.note(line, "the row names no sample")
        if len(files) != 1 or files[0][1] is None:
            texts["name"] = None  # it does not fit each of several files, nor one that is known by its md5sum only
        known: dict[str, Any] = {FIELDS[field]: text for field, text in texts.items()}
        known |= {"source": Source(self._findings.name, line), "columns": dict(zip(names, values, strict=False))}
        return [Entry(path, md5sum, **known) for md5sum, path in files]

    def _files(self, line: int, values: Sequence[Any]) -> list[tuple[str | None, str | None]]:
        """Return the md5sum and the path of each file of a row."""
        files: list[tuple[str | None, str | None]] = []
        first = self._columns.files[0]
        for columns in self._columns.files:
            md5sum, path = self._md5sum(values, columns), self._text(values, columns.path)
            if path is not None and _CONTROL.search(path):
                raise ValueError(f"the path {shown(path)} has a control character or a line end")
            if path is not None and md5sum is None and has_md5sum(path):
                raise ValueError(f"the path {shown(path)} is an md5sum")
            path = path and path.replace("\\", "/")
            if md5sum is None and path is None:
                continue
            if columns.archive is not None:
                if columns != first:
                    self._findings.note(line, f"its {columns.archive} files are used: it has no {first.archive} files")
                return _of_archive(md5sum, path, columns)
            if columns.md5sums and md5sum is None:
                self._findings.note(line, "the row has no md5sum")
            files.append((md5sum and parse_md5sum(md5sum), path))
        return files

    def _md5sum(self, values: Sequence[Any], columns: FileColumns) -> str | None:
        """Return the md5sum of a file in a row, as it is written."""
        md5sums = {text.lower(): text for index in columns.md5sums if (text := self._text(values, index))}
        if len(md5sums) > 1:
            named = " and ".join(self._columns.names[index] for index in columns.md5sums)
            raise ValueError(f"the md5sums in the columns {named} differ")
        return next(iter(md5sums.values()), None)

    def _text(self, values: Sequence[Any], index: int | None) -> str | None:
        """Return the text of a cell without blanks and quotes around it; None if the value is missing."""
        value = values[index] if index is not None and index < len(values) else None
        if not isinstance(value, (str, os.PathLike)):
            if isinstance(value, Integral) and not isinstance(value, bool):
                return str(int(value))
            if str(value) in _NO_VALUE:
                return None
            advice = "make it a column of text"
            if self._findings.name == "<DataFrame>":  # to convert a float would not give back the text that was read
                advice = "read the table again with its columns as text, in pandas with dtype=str"
            column = self._columns.names[index or 0]
            raise ValueError(f"{value!r} in the column {column} is not text: {advice}")
        text = os.fspath(value).strip().strip(_INVISIBLE)
        if text.endswith('"'):
            text = _QUOTED.sub(r"\1", text).strip()
        if self._is_missing(text):
            return None
        if _SPREADSHEET_ERROR.fullmatch(text):
            raise ValueError(f"{text!r} is an error of a spreadsheet")
        return text

    def _is_missing(self, text: str) -> bool:
        return text.casefold() in self._missing


def _of_archive(md5sum: str | None, path: str | None, columns: FileColumns) -> list[tuple[str | None, str | None]]:
    """Return the md5sums and paths in two cells of a report of ENA. A semicolon may follow the last one."""
    md5sums, paths = (cell.removesuffix(";").split(";") if cell else [] for cell in (md5sum, path))
    if columns.path is not None and len(md5sums) != len(paths):
        raise ValueError(f"the row has {len(md5sums)} md5sums for {len(paths)} files")
    both = itertools.zip_longest(md5sums, paths)
    return [(parse_md5sum(each.strip()), name.strip() or None if name else None) for each, name in both]
