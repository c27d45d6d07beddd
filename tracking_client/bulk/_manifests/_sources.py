"""What a manifest is read from: text, a spreadsheet, or rows of a program."""

from __future__ import annotations

import gzip
import io
import os
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Union

from ..._disk.regular_file import file_error, path_text, read_bytes
from ...argument_errors import ApiTypeError, ApiValueError
from ._findings import Findings
from ._tables import Row

ManifestSource = Union[str, "os.PathLike[str]", IO[bytes], IO[str], Sequence[Mapping[str, Any]], Any]
"""A path, a stream, a list of dicts, or a DataFrame of pandas or polars."""

_GZIP = b"\x1f\x8b"
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_OTHER_COMPRESSED = (b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")

_MAX_WHOLE_NUMBER = 1e15
"""From here on, a spreadsheet does not keep every digit of a number."""


def read_source(
    source: ManifestSource, encoding: str | None, sheet: str | int | None, findings: Findings
) -> tuple[str, str | Sequence[Row]]:
    """Return how messages name a source, and its text, or its rows with that of the column names first.

    Args:
        source: the source.
        encoding: that of its text; None for UTF-8, or UTF-16 with a byte order mark.
        sheet: the name of a sheet, or its index, from 0; None for the first.
        findings: where to note that a spreadsheet has other sheets.

    Raises:
        ApiFileError: a file cannot be read.
        ApiTypeError: it is no source, or a library for it is missing.
        ApiValueError: an argument is invalid.
        ValueError: the content cannot be read.
    """
    if hasattr(source, "columns") and (hasattr(source, "itertuples") or hasattr(source, "iter_rows")):
        frame: Any = source
        values = frame.itertuples(index=False, name=None) if hasattr(frame, "itertuples") else frame.iter_rows()
        return "<DataFrame>", [(0, [*frame.columns]), *enumerate(values, 1)]
    if isinstance(source, (list, tuple)) and source and all(isinstance(each, Mapping) for each in source):
        names = [*dict.fromkeys(name for each in source for name in each)]
        return "<list>", [(0, names), *enumerate(([each.get(name) for name in names] for each in source), 1)]
    name, data = _read(source)
    if isinstance(data, str):
        return name, data.removeprefix("\ufeff")
    if data.startswith(_GZIP):
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise ValueError(f"it is a damaged gzip file: {error}") from None
    if data.startswith(_SPREADSHEETS):
        return name, _spreadsheet_rows(data, sheet, findings)
    if data.startswith(_OTHER_COMPRESSED):
        raise ValueError("it is compressed, and not with gzip")
    return name, _decoded(data, encoding)


def _read(source: Any) -> tuple[str, bytes | str]:
    """Return how messages name a source, and what it contains."""
    if hasattr(source, "read"):
        name, data = getattr(source, "name", None), source.read()
        if isinstance(data, (bytes, str)):
            return name if isinstance(name, str) else "<stream>", data
    elif isinstance(source, (str, os.PathLike)):
        path = path_text(source)
        return path, _read_path(path)
    raise ApiTypeError(f"Invalid `source` ({source!r}), must be a path, a stream, a DataFrame or a list of dicts")


def _read_path(path: str) -> bytes:
    """Return the content of a file, or what comes through a pipe."""
    if not Path(path).is_fifo():
        return read_bytes(path)
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise file_error(error, path) from error


def _decoded(data: bytes, encoding: str | None) -> str:
    """Return text. Without an encoding, bytes that are not UTF-8 are escaped, so that `os.fsencode` returns them."""
    if encoding is None and data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    try:
        text = data.decode("utf-8", "surrogateescape") if encoding is None else data.decode(encoding)
    except LookupError:
        raise ApiValueError(f"Invalid value for `encoding` ({encoding!r}), Python does not know it") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not in {encoding}: {error}") from None
    return text.removeprefix("\ufeff")


def _spreadsheet_rows(data: bytes, sheet: str | int | None, findings: Findings) -> list[Row]:
    try:
        import python_calamine
    except ImportError:
        raise ApiTypeError("a spreadsheet needs python-calamine: pip install 'tracking-client[excel]'") from None
    try:
        with python_calamine.load_workbook(io.BytesIO(data)) as workbook:
            names = workbook.sheet_names
            if sheet is not None and sheet not in (names if isinstance(sheet, str) else range(len(names))):
                raise ApiValueError(f"Invalid value for `sheet` ({sheet!r}), the sheets are {', '.join(names)}")
            name = sheet if isinstance(sheet, str) else names[sheet or 0]
            rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except python_calamine.CalamineError as error:
        raise ValueError(f"it is not a spreadsheet that can be read: {error}") from None
    if sheet is None and len(names) > 1:
        findings.note(1, f"only the sheet {name!r} is read, of {', '.join(map(repr, names))}")
    return [(number, [*map(_cell, row)]) for number, row in enumerate(rows, 1)]


def _cell(value: Any) -> Any:
    """Return the value of a cell of a spreadsheet, with a number as text: all numbers are floats there."""
    if not isinstance(value, float):
        return value
    return str(int(value)) if value.is_integer() and abs(value) < _MAX_WHOLE_NUMBER else repr(value)
