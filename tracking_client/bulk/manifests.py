"""Manifests: text files with the md5sums of other files."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, NamedTuple

from .._disk.regular_file import path_text, read_bytes
from ..argument_errors import ApiTypeError, ApiValueError
from ._md5sum_lines import parse_line, parse_md5sum, shown
from ._tables import ENA_PREFIXES, Header, find_header, rows

_MAX_LISTED = 10
"""Problems that an error lists."""

_SIDECAR_EXTENSIONS = (".md5", ".md5sum")

_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd", b"PK\x03\x04")
"""How compressed files begin, and spreadsheets."""


class ManifestKind:
    """What a manifest contains."""

    MD5SUM = "md5sum"
    LIST = "list"
    TABLE = "table"
    ENA = "ena"


class ManifestEntry(NamedTuple):
    """A file that a manifest names.

    Attributes:
        md5sum: its md5sum, in lower case.
        path: its path, name or URL, as it is written; None if the manifest has none. Bytes that are not UTF-8 are
            escaped, so that `os.fsencode` returns them.
        line_number: the number of its line, counted from 1; of its record, in the output of ``md5sum -z``.
        columns: all values of its row by the name of the column; empty for a manifest that is not a table.
    """

    md5sum: str
    path: str | None
    line_number: int
    columns: Mapping[str, str]

    @property
    def name(self) -> str | None:
        """The last part of the path; None if the manifest has none."""
        return None if self.path is None else self.path.rpartition("/")[2]


class ManifestProblem(NamedTuple):
    """Something that is to be said about a line of a manifest.

    Attributes:
        line_number: the number of the line, counted from 1.
        message: what is to be said.
    """

    line_number: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line_number}: {self.message}"


@dataclass
class Manifest:
    """The content of a manifest. Iterating over it yields its entries.

    Attributes:
        kind: one of `ManifestKind`.
        entries: the files, in the order of the lines.
        problems: the lines that should have an md5sum and have none.
        notes: what else is to be said: lines that are comments, rows that name no file, and repeated md5sums and paths.
            These are entries all the same.
    """

    kind: str
    entries: list[ManifestEntry] = field(default_factory=list)
    problems: list[ManifestProblem] = field(default_factory=list)
    notes: list[ManifestProblem] = field(default_factory=list)

    def __iter__(self) -> Iterator[ManifestEntry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


def read_manifest(source: str | os.PathLike[str] | IO[bytes], *, strict: bool = True) -> Manifest:
    """Return the md5sums in a manifest. Its kind follows from its content:

    - the output of ``md5sum``, also with ``--binary``, ``--tag`` or ``--zero``, of ``md5`` and of ``openssl md5``;
    - an ``.md5`` file beside another file, with an md5sum and perhaps a name;
    - one md5sum in each line;
    - a table with column names, separated by tabs, commas or semicolons, one of which is that of the md5sums: ``md5``,
      ``md5sum``, ``md5_checksum``, ``checksum`` or the like. The paths are in the column ``path``, ``file``,
      ``filename``, ``name``, ``url`` or the like;
    - a file report of the European Nucleotide Archive (ENA), with ``fastq_md5`` and ``fastq_ftp``.

    It is text in UTF-8, with or without a byte order mark, and any ends of lines. Names may have other bytes.

    Args:
        source: the path of the manifest, or a binary stream that is read to its end, such as ``sys.stdin.buffer``.
        strict: whether a line that should have an md5sum and has none is an error; False to find it in the `problems`
            of the manifest.

    Raises:
        ApiFileError: the file is missing, cannot be read, is a directory, is empty, or was changed while it was read.
        ApiValueError: the file is not a manifest, or has lines without an md5sum. The message has the line numbers.
        ApiTypeError: the source is neither a path nor a binary stream.
    """
    name, data = _read(source)
    if data.startswith(_COMPRESSED):
        raise ApiValueError(f"Invalid manifest {name}: it is compressed, or a spreadsheet. It must be plain text")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ApiValueError(f"Invalid manifest {name}: it is UTF-16. Save it as UTF-8")
    try:
        manifest = _parse(data.decode("utf-8-sig", "surrogateescape"))
    except ValueError as error:
        raise ApiValueError(f"Invalid manifest {name}: {error}") from None
    if strict and manifest.problems:
        raise ApiValueError(_listed(name, manifest.problems))
    _add_name_of_sidecar(manifest, source)
    _note_repetitions(manifest)
    return manifest


def _read(source: str | os.PathLike[str] | IO[bytes]) -> tuple[str, bytes]:
    """Return how messages name the manifest, and its content."""
    if not hasattr(source, "read"):
        path = path_text(source)
        return repr(path), read_bytes(path)
    data = source.read()
    if not isinstance(data, bytes):
        raise ApiTypeError(f"Invalid type for `source` ({source!r}), must be a path or a binary stream")
    return repr(getattr(source, "name", None) or "<stream>"), data


def _listed(name: str, problems: Sequence[ManifestProblem]) -> str:
    lines = [f"Invalid manifest {name}: {len(problems)} of its lines have no md5sum"]
    lines += map(str, problems[:_MAX_LISTED])
    if len(problems) > _MAX_LISTED:
        lines.append("...")
    return "\n".join(lines)


def _parse(text: str) -> Manifest:
    """Return what a text contains.

    Raises:
        ValueError: it has no md5sum and no column of md5sums, or is not a table that can be read.
    """
    if "\0" in text:
        return _parse_lines(text.split("\0"), is_escaped=False)
    text = text.replace("\r\n", "\n").removesuffix("\r")
    # In text by old programs for the Mac, lines end with a carriage return.
    lines = text.split("\n") if "\n" in text else text.split("\r")
    for index, line in enumerate(lines):
        header = None if _has_md5sum(line) else find_header(line)
        if header is not None:
            return _parse_table(lines, index, header)
        if line.strip() and not line.startswith("#"):
            break  # a line below the first one is not that of the column names
    return _parse_lines(lines, is_escaped=True)


def _has_md5sum(line: str) -> bool:
    with contextlib.suppress(ValueError):
        parse_line(line)
        return True
    return False


def _parse_lines(lines: Sequence[str], is_escaped: bool) -> Manifest:
    manifest = Manifest(ManifestKind.LIST)
    for number, line in enumerate(lines, 1):
        if line.startswith("#"):
            manifest.notes.append(ManifestProblem(number, f"{shown(line)} is a comment"))
        elif line.strip():
            try:
                manifest.entries.append(ManifestEntry(*parse_line(line, is_escaped), number, {}))
            except ValueError as error:
                manifest.problems.append(ManifestProblem(number, str(error)))
    if not manifest.entries:
        first = manifest.problems[0] if manifest.problems else "it has only comments and empty lines"
        raise ValueError(f"no line has an md5sum, and none names a column of md5sums; {first}")
    if any(entry.path is not None for entry in manifest):
        manifest.kind = ManifestKind.MD5SUM
    return manifest


def _parse_table(lines: Sequence[str], index: int, header: Header) -> Manifest:
    manifest = Manifest(ManifestKind.ENA if header.ena_prefix else ManifestKind.TABLE)
    if len(header.md5sum_columns) > 1:
        names = ", ".join(header.names[column] for column in header.md5sum_columns)
        raise ValueError(f"line {index + 1}: more than one column may have the md5sums: {names}")
    for number, line in enumerate(lines[:index], 1):
        if line.strip():
            manifest.notes.append(ManifestProblem(number, f"{shown(line)} is above the column names"))
    unused = [name for name in header.names if name.lower() in {f"{prefix}_md5" for prefix in ENA_PREFIXES}]
    if len(unused) > 1:
        message = f"only the column {header.ena_prefix}_md5 is read, of {', '.join(unused)}"
        manifest.notes.append(ManifestProblem(index + 1, message))
    for number, row in rows(lines, index + 1, header):
        try:
            entries = list(_entries_of_row(row, number, header))
        except ValueError as error:
            manifest.problems.append(ManifestProblem(number, str(error)))
            continue
        manifest.entries += entries
        if not entries:
            manifest.notes.append(ManifestProblem(number, "the row names no file"))
    return manifest


def _entries_of_row(row: Sequence[str], number: int, header: Header) -> Iterator[ManifestEntry]:
    if len(row) > len(header.names):
        raise ValueError(f"the row has {len(row)} values for {len(header.names)} columns")
    columns = dict(zip(header.names, row, strict=False))
    md5sum = row[header.md5sum_columns[0]].strip()
    path = row[header.path_column].strip() if header.path_column is not None else None
    if header.ena_prefix is None:
        yield ManifestEntry(parse_md5sum(md5sum), path or None, number, columns)
        return
    md5sums = _split(md5sum)
    paths: Sequence[str | None] = _split(path) if path is not None else [None] * len(md5sums)
    if len(md5sums) != len(paths):
        raise ValueError(f"the row has {len(md5sums)} md5sums for {len(paths)} files")
    for each, path_of_it in zip([parse_md5sum(each) for each in md5sums], paths, strict=False):
        yield ManifestEntry(each, path_of_it or None, number, columns)


def _split(cell: str) -> list[str]:
    """Return the values in a cell of a report of ENA. A semicolon may follow the last one."""
    return [value.strip() for value in cell.removesuffix(";").split(";")] if cell else []


def _add_name_of_sidecar(manifest: Manifest, source: object) -> None:
    """Give the only md5sum of ``isolate.vcf.md5`` the path ``isolate.vcf`` beside it, if it has none."""
    if manifest.kind == ManifestKind.LIST and len(manifest) == 1 and isinstance(source, (str, os.PathLike)):
        path, extension = os.path.splitext(path_text(source))
        if extension.lower() in _SIDECAR_EXTENSIONS:
            manifest.kind = ManifestKind.MD5SUM
            manifest.entries = [manifest.entries[0]._replace(path=os.path.basename(path))]


def _note_repetitions(manifest: Manifest) -> None:
    by_md5sum: dict[str, ManifestEntry] = {}
    by_path: dict[str, ManifestEntry] = {}
    for entry in manifest:
        first = by_md5sum.setdefault(entry.md5sum, entry)
        if first is not entry:
            message = f"the md5sum {entry.md5sum} is also in line {first.line_number}"
            manifest.notes.append(ManifestProblem(entry.line_number, message))
        elif entry.path is not None and by_path.setdefault(entry.path, entry) is not entry:
            message = f"{shown(entry.path)} has another md5sum in line {by_path[entry.path].line_number}"
            manifest.notes.append(ManifestProblem(entry.line_number, message))
    manifest.notes.sort(key=lambda note: note.line_number)
