"""Rows of a table: their values, and the entries that they name."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from numbers import Integral
from typing import Any

from ..._disk.file_types import is_known_type
from ...models._value_types import is_uuid_text
from ...models.file import FileType
from .._entries import FIELDS, Entry, ManifestProblem, Source
from .._names import NO_VALUE, problem_of_name
from ._cells import SPREADSHEET_ERROR, bare, is_one_value, used_width
from ._columns import COLUMN_NAMES, Chosen, Columns, FileColumns, find_columns, plain
from ._findings import Findings, shown
from ._lines import has_md5sum, parse_md5sum
from ._other_columns import OtherColumns
from ._rows import Row

Table = tuple[Columns, Iterator[Row]]
"""What the columns of a table mean, and the rows below their names."""

_TYPES = {"file": None, "fastq": FileType.FASTQ, "vcf": FileType.VCF}
"""The types of files, as they are written. That every item is a file, as Synapse says, tells nothing of its type."""

_SEPARATORS = re.compile(r"\s*[,;|&+\s]\s*")
"""What may be between two files in one cell."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

_NO_SAMPLE, _NO_MD5SUM = "the row names no sample", "the row has no md5sum"
_LACKING = {_NO_SAMPLE: "no row names a sample", _NO_MD5SUM: "no row has an md5sum"}
"""What is noted of a row that lacks something, and what if all rows do."""

_ABOVE = ("#", "%")
"""What lines above the column names begin with; the second in the output of `hashdeep`."""


def find_table(
    tables: Sequence[Callable[[], Iterator[Row]]], chosen: Chosen, findings: Findings
) -> tuple[Table | None, list[str]]:
    """Return the columns of a table and the rows below their names; None if the first row does not name them.

    Then its values follow, if they may be names of columns: several, and no md5sum. Rows above that are blank or begin
    with ``#`` do not count, unless one of them names the columns and the row below does not.

    Args:
        tables: what gives the rows, of a text with each of the delimiters that it may have.
        chosen: as for `find_columns`.
        findings: where to tell of comments.

    Raises:
        ManifestError: two columns have the same meaning, or a chosen one does not exist.
    """
    unknown: list[str] = []
    for may_be_above, table in itertools.product((False, True), tables):
        above: list[ManifestProblem] = []
        for line, values in (rows := table()):
            texts = ["" if value is None else str(value) for value in values]
            is_above = bool(texts) and texts[0].startswith(_ABOVE)
            is_read = (may_be_above or not is_above) and not has_md5sum("\t".join(texts))
            if is_read and (columns := find_columns(texts, chosen, findings)):
                findings.notes += above
                return (columns, rows), []
            if is_above:
                above.append(ManifestProblem(line, f"{shown(texts[0])} is a comment"))
            elif not values or "".join(texts).strip():
                if len(texts) > 1 and not any(map(has_md5sum, texts)):
                    unknown = unknown or texts
                break
    return None, unknown


class TableReader:
    """Makes entries of the rows of a table.

    Args:
        columns: what its columns mean.
        missing: what stands for a missing value.
        may_lack_md5sums: whether the user has named the columns of md5sums, or said that there are none.
        lines: the lines of the text that the rows are from; none for rows of a program or a spreadsheet.
        findings: where to tell of problems and notes.
    """

    def __init__(
        self,
        columns: Columns,
        missing: Iterable[str],
        may_lack_md5sums: bool,
        lines: Sequence[str],
        findings: Findings,
    ) -> None:
        self._columns, self._lines = columns, lines
        self._may_lack_md5sums = may_lack_md5sums
        self._missing = {str(each).casefold() for each in missing} | {""}
        self._findings = findings
        self._names = {*map(plain, (*columns.names, *itertools.chain(*COLUMN_NAMES.values())))}
        self._with_files = 0  # rows
        self._lacking: dict[str, list[int]] = {message: [] for message in _LACKING}  # the lines

    def read(self, rows: Sequence[Row]) -> Iterator[Entry]:
        """Yield the entries of rows."""
        self._interpret_sample_column(rows)
        other = OtherColumns(self._columns, self._may_lack_md5sums)
        for line, values in rows:
            try:
                yield from self._entries_of(line, values, other)
            except ValueError as error:
                self._findings.problem(line, str(error))
        for message, lines in self._lacking.items():
            if 1 < len(lines) == self._with_files:
                self._findings.note(1, _LACKING[message])
            else:
                self._findings.notes += [ManifestProblem(line, message) for line in lines]
        unused = [ManifestProblem(1, f"the column {name} is not used") for name in other.with_files()]
        self._findings.notes += [note for note in unused if note not in self._findings.notes]

    def _interpret_sample_column(self, rows: Sequence[Row]) -> None:
        """Take the column ``sample`` for that of the isolate, unless a value is the id of a sample."""
        fields = self._columns.fields
        index = fields.get("sample", -1)
        if fields.get("isolate") == index:  # as the user says
            del fields["sample"]
            return
        cells = [bare(str(values[index])) for _, values in rows if -1 < index < len(values)]
        is_used = any(not (cell in NO_VALUE or self._is_missing(cell) or cell.startswith("#")) for cell in cells)
        if is_used and not any(map(is_uuid_text, cells)):
            del fields["sample"]
            use = "not used" if "isolate" in fields else "taken for that of the isolates"
            fields.setdefault("isolate", index)
            self._findings.note(1, f"the column {self._columns.names[index]} has no ids of samples, and is {use}")

    def _entries_of(self, line: int, values: Sequence[Any], other: OtherColumns) -> list[Entry]:
        """Return the entries that a row names.

        Raises:
            ValueError: the row cannot be used. The message says why.
        """
        if self._is_comment(line, values):
            return []
        self._validate_width(line, values)
        texts = self._texts(values)
        files = self._files(line, values)
        other.validate(values, bool(files))
        samples = [texts[field] for field in ("isolate", "experiment", "sample") if field in texts]
        if not files and len(values) < used_width(self._columns.names) and any(samples):
            raise ValueError("the row has too few values, and names no file")
        if not files and "".join(map(str, values)).strip():
            self._findings.note(line, "the row names no file")
        elif any(samples) and is_one_value(values):
            raise ValueError(
                "a value in single quotes was separated; a value with the separator in it needs double quotes"
            )
        self._with_files += bool(files)
        if files and samples and not any(samples):
            self._lacking[_NO_SAMPLE].append(line)
        if len(files) != 1:
            texts["name"] = None  # it does not fit each of several files
        known: dict[str, Any] = {FIELDS[field]: text for field, text in texts.items()}
        known |= {"source": Source(self._findings.name, line), "columns": other.values(values)}
        return [Entry(path, md5sum, **known) for md5sum, path in files]

    def _is_comment(self, line: int, values: Sequence[Any]) -> bool:
        """Return whether a row is a comment, and note it.

        Raises:
            ValueError: it has no values, or may be a comment or not.
        """
        if not values:
            reason = "a quote does not end or is within a value, or the line has a carriage return"
            raise ValueError(f"cannot read the values that begin there: {reason}")
        first = str(values[0]).strip()
        if not first.startswith("#") or self._is_missing(first) or SPREADSHEET_ERROR.fullmatch(first):
            return False
        if not "".join(self._lines[line - 1 : line]).lstrip().startswith("#"):
            raise ValueError(f"{shown(first)} begins with '#': a row that someone took out, or a name?")
        self._findings.note(line, f"{shown(first)} is a comment")
        return True

    def _validate_width(self, line: int, values: Sequence[Any]) -> None:
        """Validate that a row has a value for each column, and not the names of the columns. Note if it has fewer.

        Raises:
            ValueError: it has more values, or the names of the columns.
        """
        names = self._columns.names
        width, used = used_width(names), used_width(values)  # a spreadsheet adds columns without a name
        if used > width or len(values) > len(names):
            count = len(values) if len(values) > len(names) else used
            raise ValueError(
                f"the row has {count} values for {width} columns; a value with the separator in it needs "
                "quotes, and R writes a table without row names with row.names=FALSE"
            )
        if self._are_names(values):
            raise ValueError("the row repeats the names of the columns")
        if len(values) < width and used:
            self._findings.note(line, f"the row has {len(values)} values for {width} columns")

    def _texts(self, values: Sequence[Any]) -> dict[str, str | None]:
        """Return what a row says besides its files, by the keys of `COLUMN_NAMES`. None is a missing value.

        Raises:
            ValueError: a value is invalid.
        """
        texts = {field: self._text(values, index) for field, index in self._columns.fields.items()}
        for field in ("isolate", "experiment", "sample", "name"):
            text = texts.get(field)
            # The name of a file may begin with `#`.
            if text and (problem := problem_of_name(text.lstrip("#") if field == "name" else text)):
                raise ValueError(f"the {field} {shown(text)} {problem}")
        if (sample_id := texts.get("sample")) and not is_uuid_text(sample_id):
            raise ValueError(f"the sample {shown(sample_id)} is no id, and other rows of the column have ids")
        if (kind := (texts.get("type") or "file").lower()) not in _TYPES:
            raise ValueError(f"the type {kind!r} is none of fastq, vcf")
        texts["type"] = _TYPES[kind]
        return texts

    def _are_names(self, values: Sequence[Any]) -> bool:
        """Return whether values are names of columns: two or more, in any order, or that of the only column."""
        count = 0
        for value in values:
            if text := bare("" if value is None else str(value)):
                if not text.isascii() or plain(text) not in self._names:
                    return False
                count += 1
        return count >= min(2, len(self._columns.names))

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
            if path is not None and len(parts := _SEPARATORS.split(path)) > 1 and all(map(is_known_type, parts)):
                raise ValueError(f"the path {shown(path)} is several files: give each a row, or a column")
            if columns.md5sums and md5sum is None and line not in self._lacking[_NO_MD5SUM][-1:]:
                self._lacking[_NO_MD5SUM].append(line)
            files.append((md5sum and parse_md5sum(md5sum), path))
        paths = [path for _, path in files if path is not None]
        if len(set(paths)) < len(paths):
            raise ValueError(f"the row names the file {shown(paths[0])} twice")
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
            if str(value) in NO_VALUE:
                return None
            advice = "make it a column of text"
            if self._findings.name == "<DataFrame>":  # to convert a float would not give back the text that was read
                advice = "read the table again with its columns as text, in pandas with dtype=str"
            column = self._columns.names[index or 0]
            raise ValueError(f"{value!r} in the column {column} is not text: {advice}")
        text = bare(os.fspath(value))
        if text.count('"') % 2 and '"' in (text[0], text[-1]):
            raise ValueError(f"{shown(text)} has a quote without the other one: is it a part of a value?")
        if self._is_missing(text):
            return None
        if SPREADSHEET_ERROR.fullmatch(text):
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
