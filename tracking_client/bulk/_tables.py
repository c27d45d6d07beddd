"""Rows of a table in text: values separated by tabs, commas or semicolons below a line of column names."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

MD5SUM_COLUMNS = frozenset(
    ["md5sum", "md5", "md5checksum", "checksummd5", "md5hash", "filemd5", "filemd5sum", "md5digest", "checksum"]
)
"""Names of a column of md5sums, as `plain` returns them."""

PATH_COLUMNS = ("path", "filepath", "fullpath", "file", "filename", "name", "location", "url", "uri", "fastq", "vcf")
"""Names of a column of paths, as `plain` returns them. The first that a table has is used."""

ENA_PREFIXES = ("fastq", "submitted", "sra")
"""What columns of a file report of the European Nucleotide Archive begin with. The first that a report has is used."""


class Header:
    """The line of column names of a table.

    Attributes:
        names: the names of the columns.
        delimiter: the character between them.
        md5sum_columns: the indices of the columns that may have md5sums.
        path_column: the index of the column of paths; None if there is none.
        ena_prefix: what the columns that are used begin with, in a file report of ENA; None in another table.
    """

    def __init__(self, names: Sequence[str], delimiter: str) -> None:
        self.names = [name.strip() for name in names]
        self.delimiter = delimiter
        lower = [name.lower() for name in self.names]
        self.ena_prefix = next((prefix for prefix in ENA_PREFIXES if f"{prefix}_md5" in lower), None)
        if self.ena_prefix:
            self.md5sum_columns = [lower.index(f"{self.ena_prefix}_md5")]
            candidates: Sequence[str] = [f"{self.ena_prefix}_{kind}" for kind in ("ftp", "galaxy", "aspera")]
        else:
            lower = [plain(name) for name in self.names]
            self.md5sum_columns = [index for index, name in enumerate(lower) if name in MD5SUM_COLUMNS]
            candidates = PATH_COLUMNS
        self.path_column = next((lower.index(name) for name in candidates if name in lower), None)


def plain(name: str) -> str:
    """Return the name of a column in lower case, only its letters and digits."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def find_header(line: str) -> Header | None:
    """Return the column names in a line, or None if no column may have md5sums."""
    # The name of a single column is not split at any of them.
    for delimiter in [each for each in "\t,;" if each in line] or ["\t"]:
        header = Header(_fields(line.lstrip("# "), delimiter), delimiter)
        if header.md5sum_columns:
            return header
    return None


def rows(lines: Sequence[str], first: int, header: Header) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of the first line of each row, counted from 1, and its values, except for rows without a value.

    Args:
        lines: the lines of the text.
        first: the index of the first line below the column names.
        header: the column names. A row with fewer values is filled up with empty ones.

    Raises:
        ValueError: quotes do not match. The message has the number of the line.
    """
    for number, row in _rows(lines, first, header.delimiter):
        if any(value.strip() for value in row):
            yield number, row + [""] * (len(header.names) - len(row))


def _rows(lines: Sequence[str], first: int, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    if delimiter == "\t":
        for index in range(first, len(lines)):
            yield index + 1, _fields(lines[index], delimiter)
        return
    # Quoted values may contain ends of lines.
    reader = csv.reader((line + "\n" for line in lines[first:]), delimiter=delimiter, strict=True)
    number = first + 1
    try:
        for row in reader:
            yield number, row
            number = first + 1 + reader.line_num
    except csv.Error as error:
        raise ValueError(f"line {number}: cannot read the values that begin there: {error}") from None


def _fields(line: str, delimiter: str) -> list[str]:
    """Return the values of a row in a single line."""
    if '"' not in line:
        return line.split(delimiter)
    if delimiter == "\t":
        # A quote in a value separated by tabs seldom means anything, unless it is around all of it.
        return [re.sub(r'^"(.*)"$', r"\1", value) for value in line.split("\t")]
    return next(csv.reader([line], delimiter=delimiter), [])
