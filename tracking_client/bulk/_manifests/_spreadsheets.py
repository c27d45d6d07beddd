"""Rows of a sheet of a spreadsheet."""

from __future__ import annotations

import contextlib
import io
import posixpath
import zipfile
from typing import Any
from xml.etree import ElementTree

from ...argument_errors import ApiTypeError, ApiValueError
from ._findings import Findings
from ._rows import Row

_MAX_WHOLE_NUMBER = 1e15
"""From here on, a spreadsheet does not keep every digit of a number."""


def spreadsheet_rows(data: bytes, sheet: str | int | None, findings: Findings) -> list[Row]:
    """Return the rows of a sheet of a spreadsheet.

    Args:
        data: the content of the spreadsheet.
        sheet: the name of the sheet, or its index, from 0; None for the first.
        findings: where to note that there are other sheets.

    Raises:
        ManifestError: the content cannot be read.
        ApiTypeError: python-calamine is not installed.
        ApiValueError: there is no such sheet.
    """
    try:
        import python_calamine
    except ImportError:
        raise ApiTypeError("a spreadsheet needs python-calamine: pip install python-calamine") from None
    try:
        with python_calamine.load_workbook(io.BytesIO(data)) as workbook:
            names = workbook.sheet_names
            if sheet is not None and sheet not in (names if isinstance(sheet, str) else range(len(names))):
                raise ApiValueError(f"Invalid value for `sheet` ({sheet!r}), the sheets are {', '.join(names)}")
            name = sheet if isinstance(sheet, str) else names[sheet or 0]
            rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except python_calamine.CalamineError as error:
        raise findings.error(f"it is not a spreadsheet that can be read: {error}") from None
    if sheet is None and len(names) > 1:
        findings.note(1, f"only the sheet {name!r} is read, of {', '.join(map(repr, names))}; see sheet=")
    for (row_index, column_index), text in _errors(data, name).items():
        if row_index < len(rows) and column_index < len(rows[row_index]):
            rows[row_index][column_index] = text
    return [(number, [*map(_cell, row)]) for number, row in enumerate(rows, 1)]


def _xml(data: bytes) -> ElementTree.Element:
    return ElementTree.fromstring(data)  # noqa: S314 - expat itself limits what entities become


def _errors(data: bytes, name: str) -> dict[tuple[int, int], str]:
    """Return the errors in a sheet of an ``.xlsx``, such as ``#REF!``, by the indices of their rows and columns.

    python-calamine gives an empty text for them, as for a cell without a value.
    """
    found: dict[tuple[int, int], str] = {}
    # What is not as in Office Open XML is another format, such as .ods.
    with (
        contextlib.suppress(zipfile.BadZipFile, KeyError, ElementTree.ParseError),
        zipfile.ZipFile(io.BytesIO(data)) as file,
    ):
        sheets = _xml(file.read("xl/workbook.xml")).iterfind("{*}sheets/{*}sheet")
        ids = {sheet.get("name"): value for sheet in sheets for key, value in sheet.items() if key.endswith("}id")}
        parts = _xml(file.read("xl/_rels/workbook.xml.rels"))
        targets = {part.get("Id"): part.get("Target", "") for part in parts}
        content = file.read(posixpath.join("/xl", targets[ids[name]])[1:])
        if b't="e"' not in content:
            return {}
        for line, row in enumerate(_xml(content).iterfind("{*}sheetData/{*}row"), 1):
            for position, cell in enumerate(row.iterfind("{*}c"), 1):
                if cell.get("t") == "e":
                    column = _number_of(cell.get("r", "")) or position
                    found[int(row.get("r", line)) - 1, column - 1] = cell.findtext("{*}v", "")
    return found


def _number_of(place: str) -> int:
    """Return the number of the column of a place such as B12, from 1."""
    number = 0
    for letter in place.rstrip("0123456789"):
        number = 26 * number + ord(letter) - ord("A") + 1
    return number


def _cell(value: Any) -> Any:
    """Return the value of a cell of a spreadsheet, with a whole number as text: all numbers are floats there.

    Another number stays what it is. As a name it is a problem: 17.10 may be shown for 17.1.
    """
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) < _MAX_WHOLE_NUMBER
    return str(int(value)) if is_whole else value
