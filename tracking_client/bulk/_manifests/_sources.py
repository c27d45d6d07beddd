"""What a manifest is read from: text, a spreadsheet, or rows of a program."""

from __future__ import annotations

import contextlib
import gzip
import os
import re
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Union, cast

from ..._disk.regular_file import file_error, open_unchanged, path_text, read_bytes
from ...argument_errors import ApiTypeError, ApiValueError
from ._findings import Findings
from ._rows import Row

ManifestSource = Union[str, "os.PathLike[str]", IO[bytes], IO[str], Sequence[Mapping[str, Any]], Any]
"""A path, a stream, a list of dicts, or a DataFrame of pandas or polars."""

_GZIP = b"\x1f\x8b"
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_OTHER_COMPRESSED = (b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")

_UTF_16 = re.compile(rb"(?:[^\0]\0){8}|(?:\0[^\0]){8}")
"""How a text in UTF-16 begins: its first characters are usually in ASCII."""

_START = 2**16
"""Bytes at the start of a source that say whether it is a manifest, before all of it is read."""

_READS_OR_VARIANTS = re.compile(rb"(?P<FASTQ>@.*\n(?:[A-Za-z.*-]{1000}|[A-Za-z.*-]*\r?\n\+))|(?P<VCF>##fileformat=VCF)")


def name_of(source: ManifestSource) -> str:
    """Return how messages name a source, which is its path if it has one.

    Raises:
        ApiTypeError, ApiValueError: it is an invalid path.
    """
    if isinstance(source, (str, os.PathLike)):
        return path_text(source)
    name = getattr(source, "name", None) if hasattr(source, "read") else f"<{type(source).__name__}>"
    return name if isinstance(name, str) else "<stream>"


def folder_of(source: ManifestSource) -> str:
    """Return the folder in which the relative paths of a source start: that of a file; empty for the current one."""
    path = os.fspath(source) if isinstance(source, (str, os.PathLike)) else ""
    # A pipe, the standard input, or `<(...)` of a shell is where no files are.
    return "" if path.startswith(("/dev/", "/proc/")) or Path(path).is_fifo() else os.path.dirname(path)


def read_source(
    source: ManifestSource, encoding: str | None, sheet: str | int | None, findings: Findings
) -> str | Sequence[Row]:
    """Return the text of a source, or its rows with that of the column names first.

    Args:
        source: the source.
        encoding: that of its text; None for UTF-8, or UTF-16 with a byte order mark.
        sheet: the name of a sheet, or its index, from 0; None for the first.
        findings: where to note that a spreadsheet has other sheets.

    Raises:
        ManifestError: the content cannot be read.
        ApiFileError: a file cannot be read.
        ApiTypeError: it is no source, or a library for it is missing.
        ApiValueError: an argument is invalid.
    """
    frame: Any = source
    if hasattr(frame, "columns") and hasattr(frame, "iter_rows"):
        return [(0, frame.columns), *enumerate(frame.iter_rows(), 1)]
    if hasattr(frame, "columns") and hasattr(frame, "itertuples"):
        # An index without a name has only the numbers of the rows.
        named = [name for name in frame.index.names if name is not None and name not in frame.columns]
        frame = frame.reset_index(level=named) if named else frame
        return [(0, [*frame.columns]), *enumerate(frame.itertuples(index=False, name=None), 1)]
    if isinstance(source, (list, tuple)) and source and all(isinstance(each, Mapping) for each in source):
        names = [*dict.fromkeys(name for each in source for name in each)]
        return [(0, names), *enumerate(([each.get(name) for name in names] for each in source), 1)]
    data = _read(source, findings)
    if isinstance(data, bytes) and data.startswith(_GZIP):
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise findings.error(f"it is a damaged gzip file: {error}") from None
    if isinstance(data, bytes) and data.startswith(_SPREADSHEETS):
        from ._spreadsheets import spreadsheet_rows  # imported only where there is one

        return spreadsheet_rows(data, sheet, findings)
    return (data if isinstance(data, str) else _decoded(data, encoding, findings)).removeprefix("\ufeff")


def _read(source: Any, findings: Findings) -> bytes | str:
    """Return what a file, a pipe or a stream contains. Reads or variants are rejected before they fill the memory."""
    if isinstance(source, (str, os.PathLike)):
        return _read_path(path_text(source), findings)
    start: bytes | str | None = source.read(_START) if hasattr(source, "read") else None
    if not isinstance(start, (bytes, str)):
        raise ApiTypeError(f"Invalid `source` ({source!r}), must be a path, a stream, a DataFrame or a list of dicts")
    _validate_start(start if isinstance(start, bytes) else start.encode(errors="replace"), findings)
    return cast("bytes | str", start + source.read())


def _read_path(path: str, findings: Findings) -> bytes | str:
    if not Path(path).is_fifo():
        with open_unchanged(path) as (file, _):
            start = bytearray(_START)
            _validate_start(bytes(start[: file.readinto(start)]), findings)
        return read_bytes(path)
    try:
        with open(path, "rb") as stream:
            return _read(stream, findings)
    except OSError as error:
        raise file_error(error, path) from error


def _validate_start(start: bytes, findings: Findings) -> None:
    """Validate that a source may be a manifest, from the bytes at its start.

    Raises:
        ManifestError: it is a FASTQ or VCF, or compressed by another program than gzip.
    """
    if start.startswith(_OTHER_COMPRESSED):
        raise findings.error("it is compressed, and not with gzip")
    if start.startswith(_GZIP):
        with contextlib.suppress(zlib.error):
            start = zlib.decompressobj(wbits=31).decompress(start, _START)
    if match := _READS_OR_VARIANTS.match(start):
        message = "not a manifest; pass its path itself to look_up() or register()"
        raise findings.error(f"it is a {match.lastgroup} file, {message}")


def _decoded(data: bytes, encoding: str | None, findings: Findings) -> str:
    """Return text. Without an encoding, bytes that are not UTF-8 are escaped, so that `os.fsencode` returns them."""
    if encoding is None and data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    if encoding is None and _UTF_16.match(data):
        how = f"encoding={'utf-16-be' if data[0] == 0 else 'utf-16-le'!r}"
        raise findings.error(f"it is probably in UTF-16, without the byte order mark that says so: pass {how}")
    try:
        return data.decode("utf-8", "surrogateescape") if encoding is None else data.decode(encoding)
    except LookupError:
        raise ApiValueError(f"Invalid value for `encoding` ({encoding!r}), Python does not know it") from None
    except UnicodeDecodeError as error:
        raise findings.error(f"it is not in {encoding}: {error}") from None
