"""Rows of a text: the values in its lines."""

from __future__ import annotations

import contextlib
import csv
import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from ._lines import split_line

Row = tuple[int, Sequence[Any]]
"""The number of a line, from 1, and its values."""


def lines_of_table(text: str) -> list[str]:
    r"""Return the lines of a text. Without a ``\n`` at the end of the first one, a ``\r`` alone ends a line, too."""
    first_end = re.search("\r{,2}\n|\r", text)
    return re.split("\r\n|\n|\r" if first_end and first_end[0] == "\r" else "\r{,2}\n|\r\\Z", text)


def tables_of_text(lines: Sequence[str]) -> list[Callable[[], Iterator[Row]]]:
    """Return what gives the rows of a text, with each of the delimiters that it may have.

    A line such as ``sep=;`` says which.
    """
    mark = re.fullmatch('"?sep=(.)"?', lines[0], re.IGNORECASE)
    return [partial(rows_of_text, lines, 1 if mark else 0, each) for each in (mark[1] if mark else "\t,;")]


def rows_of_text(lines: Sequence[str], first: int, delimiter: str) -> Iterator[Row]:
    """Yield the rows of a text. One with a quote that does not end, or a ``\\r`` outside of quotes, has no values.

    Args:
        lines: the lines of the text, without their ends.
        first: the index of the first line.
        delimiter: the character between two values.
    """
    index, last, width = first, len(lines), 0  # how far a value in quotes may extend; how many values a row has
    while index < len(lines):
        line, number = lines[index], index + 1
        index, values = number, line.split(delimiter)
        if '"' in line or "\r" in line:
            try:
                values, count = _first_row(lines, index, last, delimiter, width)
                index += count - 1
            except csv.Error:
                # Between tabs, a quote seldom means anything, unless it is around a whole value.
                if delimiter != "\t" or "\r" in line:
                    values, last = [], 0
        width = max(width, len(values))
        yield number, values


def _first_row(lines: Sequence[str], index: int, last: int, delimiter: str, width: int) -> tuple[list[str], int]:
    """Return the values of the row that begins in the line before an index, and the number of its lines.

    A blank before a quote is no part of a value, except between tabs. Any other blank is.

    Raises:
        csv.Error: a quote does not end, or is within a value.
    """

    def read(is_without_blanks: bool) -> tuple[list[str], int]:
        texts = _continued(lines, index, last, delimiter, width)
        reader = csv.reader(texts, delimiter=delimiter, strict=True, skipinitialspace=is_without_blanks)
        return next(reader), reader.line_num

    values, count = read(delimiter != "\t")
    with contextlib.suppress(csv.Error):
        exact, _ = read(False)
        if [value.lstrip() for value in exact] == [value.lstrip() for value in values]:
            values = exact
    return values, count


def _continued(lines: Sequence[str], index: int, last: int, delimiter: str, width: int) -> Iterator[str]:
    """Yield the line before an index, and those that a value in quotes may extend to. Between tabs, no whole row is."""
    yield lines[index - 1] + "\n"
    for position in range(index, last):
        if delimiter == "\t" and len(split_line(lines[position], delimiter)) >= width:
            return
        yield lines[position] + "\n"
