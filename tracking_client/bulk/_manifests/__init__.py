"""Manifests: whatever names files, such as the output of ``md5sum``, a table, or a spreadsheet."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, overload

from ..._disk.regular_file import path_text
from ...argument_errors import ApiTypeError, ApiValueError
from ...exceptions import ManifestError
from .._entries import Entry
from ._columns import COLUMN_NAMES, Columns, find_columns, plain
from ._comparisons import note_similarities, without_contradictions
from ._findings import Findings, ManifestProblem, shown
from ._lines import has_md5sum, read_lines
from ._locations import located
from ._sources import Content, ManifestSource, read_source
from ._tables import DEFAULT_MISSING, Row, TableReader, find_header, rows_of_text

__all__ = [
    "COLUMN_NAMES",
    "DEFAULT_MISSING",
    "Manifest",
    "ManifestKind",
    "ManifestProblem",
    "ManifestSource",
    "read_manifest",
]

_SIDECAR_EXTENSIONS = (".md5", ".md5sum")


class ManifestKind:
    """What a manifest contains."""

    MD5SUM = "md5sum"
    LIST = "list"
    TABLE = "table"
    ENA = "ena"


class Manifest(Sequence[Entry]):
    """The content of a manifest: a sequence of its entries, in the order of the lines.

    Attributes:
        kind: one of `ManifestKind`.
        problems: the lines that cannot be used, in their order.
        notes: what else is to be said, in the order of the lines: comments, rows that name no file or no sample,
            repeated md5sums and paths, and names that differ only in case or blanks.
    """

    def __init__(
        self,
        kind: str,
        entries: Iterable[Entry],
        problems: Iterable[ManifestProblem] = (),
        notes: Iterable[ManifestProblem] = (),
    ) -> None:
        self.kind = kind
        self.problems = tuple(sorted(problems))
        self.notes = tuple(sorted(notes))
        self._entries = tuple(entries)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | Sequence[Entry]:
        return self._entries[index]

    def __len__(self) -> int:
        return len(self._entries)

    def __repr__(self) -> str:
        return f"<Manifest: {self.kind}, {len(self)} entries, {len(self.problems)} problems, {len(self.notes)} notes>"

    def to_dataframe(self) -> Any:
        """Return a table with a row for each entry: what is known of it, and then the other columns of its row.

        Raises:
            ApiTypeError: pandas is not installed.
        """
        try:
            import pandas  # type: ignore[import-untyped,import-not-found,unused-ignore]
        except ImportError:
            raise ApiTypeError("to_dataframe() needs pandas: pip install pandas") from None
        rows = [
            {
                "md5sum": entry.md5sum,
                "path": entry.path,
                "name": entry.name,
                "type": entry.file_type,
                "sample": entry.sample_id,
                "isolate": entry.isolate_id,
                "experiment": entry.experiment_id,
                "source": str(entry.source),
            }
            for entry in self
        ]
        return pandas.DataFrame(
            [{**entry.columns, **row} for entry, row in zip(self, rows, strict=True)],
            columns=[*dict.fromkeys(name for row in [*rows, *(entry.columns for entry in self)] for name in row)],
        )


def read_manifest(
    source: ManifestSource,
    *,
    strict: bool = True,
    root: str | os.PathLike[str] | None = None,
    columns: Mapping[str, str | None] | None = None,
    missing: Iterable[str] | None = None,
    encoding: str | None = None,
    sheet: str | int | None = None,
) -> Manifest:
    """Return the files that a manifest names. Its kind follows from its content:

    - the output of ``md5sum``, also with ``--binary``, ``--tag`` or ``--zero``, of ``md5``, ``openssl md5``, ``rclone``
      and similar programs; md5sums and names in two columns without a header; an ``.md5`` file beside another file;
    - one md5sum in each line;
    - a table that says where the files are or which md5sums they have, and perhaps their samples: text with tabs,
      commas or semicolons, a spreadsheet, a DataFrame, or a list of dicts. `COLUMN_NAMES` lists the names of its
      columns. A sample sheet of nf-core has two files in a row;
    - a file report of the European Nucleotide Archive (ENA), with ``fastq_md5`` and ``fastq_ftp``.

    Text may be compressed with gzip, have a byte order mark, and have any ends of lines.

    Args:
        source: the path of the manifest, also of a pipe; a stream that is read to its end, such as ``sys.stdin``; a
            DataFrame of pandas or polars; or a list of dicts.
        strict: whether a line that cannot be used is an error; False to find it in the `problems` of the manifest.
        root: the folder in which relative paths start, and below which files of a URL or without a folder are searched
            for by their names; None for that of the manifest, or the current one.
        columns: the names of columns, by what they contain: ``md5sum``, ``path``, ``name``, ``type``, ``isolate``,
            ``experiment`` or ``sample``; None if no column contains that.
        missing: what stands for a missing value, in place of `DEFAULT_MISSING`. An empty value always does.
        encoding: the encoding of a text that is not in UTF-8 or UTF-16, such as ``"cp1252"``.
        sheet: the name of the sheet of a spreadsheet, or its index, from 0; None for the first.

    Raises:
        ManifestError: it names no file, cannot be read, or has problems (and ``strict`` is true).
        ApiFileError: the file is missing, is a directory, is empty, or was changed while it was read.
        ApiTypeError: an argument has the wrong type, or a spreadsheet is to be read and python-calamine is not
            installed.
        ApiValueError: an argument is invalid.
    """
    chosen = _validated_columns({} if columns is None else columns)
    if isinstance(missing, str) or not isinstance(missing, (Iterable, type(None))):
        raise ApiTypeError(f"Invalid type for `missing` ({missing!r}), must be an iterable of str")
    missing = DEFAULT_MISSING if missing is None else [*missing]
    folder = os.path.dirname(path_text(source)) if isinstance(source, (str, os.PathLike)) else ""
    folder = folder if root is None else path_text(root)
    findings = Findings()
    name = "of this source"
    try:
        content = read_source(source, encoding, sheet, findings)
        name = repr(content.name)
        kind, entries = _parse(content, chosen, missing, findings)
    except ApiValueError:
        raise
    except ValueError as error:
        raise ManifestError(f"Invalid manifest {name}: {error}", findings.problems) from None
    if not entries and not findings.problems:
        raise ManifestError(f"Invalid manifest {name}: it names no file")
    if kind == ManifestKind.LIST and len(entries) == 1:
        entries = [_with_name_of_sidecar(entries[0], content.name)]
        kind = ManifestKind.LIST if entries[0].path is None else ManifestKind.MD5SUM
    entries = located(entries, folder, is_given=root is not None)
    entries = without_contradictions(entries, findings)
    note_similarities(entries, findings)
    _note_missing_files(entries, folder, findings)
    manifest = Manifest(kind, entries, findings.problems, findings.notes)
    if manifest.problems and (strict or not entries):
        count = len(manifest.problems)
        raise ManifestError(f"Invalid manifest {name}: {count} problem{'s' * (count > 1)}", manifest.problems)
    return manifest


def _validated_columns(columns: Mapping[str, str | None]) -> Mapping[str, str | None]:
    if not isinstance(columns, Mapping):
        raise ApiTypeError(f"Invalid type for `columns` ({columns!r}), must be a dict", None, (dict,))
    for field, column in columns.items():
        if field not in COLUMN_NAMES:
            raise ApiValueError(f"Invalid key of `columns` ({field!r}), must be one of {', '.join(COLUMN_NAMES)}")
        if not isinstance(column, (str, type(None))):
            raise ApiTypeError(f"Invalid type for `columns[{field!r}]` ({column!r}), must be str", None, (str,))
    return columns


def _parse(
    content: Content, chosen: Mapping[str, str | None], missing: Iterable[str], findings: Findings
) -> tuple[str, list[Entry]]:
    """Return the kind of a manifest, and its entries as they are written.

    Raises:
        ValueError: it has neither md5sums nor columns that are known, or its columns are ambiguous.
    """
    text = content.text
    table = _table_in_rows(content.rows, chosen) if text is None else _table_in_text(text, chosen, findings)
    if table is not None:
        columns, rows_below = table
        _note_unused_columns(columns, chosen, findings)
        kind = ManifestKind.TABLE if columns.files[0].prefix is None else ManifestKind.ENA
        return kind, [*TableReader(columns, content.name, missing, findings).read(rows_below)]
    if text is None or chosen:
        raise ValueError("the first row does not name a column of paths or md5sums")
    is_nul = "\0" in text
    lines = text.split("\0") if is_nul else _lines_of(text)
    entries = [*read_lines(lines, content.name, findings, is_escaped=not is_nul)]
    if not entries and findings.problems:
        raise ValueError(
            f"no line has an md5sum, and the first one names no column of paths or md5sums; {findings.problems[0]}"
        )
    return ManifestKind.MD5SUM if any(entry.path for entry in entries) else ManifestKind.LIST, entries


def _lines_of(text: str) -> list[str]:
    return re.split("\r\n|\n|\r", text)


def _table_in_rows(rows: Iterable[Row], chosen: Mapping[str, str | None]) -> tuple[Columns, Iterable[Row]] | None:
    """Return the columns of a table and the rows below their names; None if the first row does not name them."""
    iterator = iter(rows)
    for _, values in iterator:
        if any(value not in (None, "") for value in values):
            columns = find_columns(values, chosen)
            return None if columns is None else (columns, iterator)
    return None


def _table_in_text(
    text: str, chosen: Mapping[str, str | None], findings: Findings
) -> tuple[Columns, Iterable[Row]] | None:
    """Return the columns of a table and the rows below their names; None if the first line does not name them."""
    if "\0" in text:
        return None
    lines = _lines_of(text)
    first, delimiters = 0, "\t,;"
    if match := re.fullmatch('"?sep=(.)"?', lines[0], re.IGNORECASE):
        first, delimiters = 1, match[1]
    for index, line in enumerate(lines[first:], first):
        if header := None if has_md5sum(line) else find_header(line, chosen, delimiters):
            columns, delimiter = header
            for number, above in enumerate(lines[first:index], first + 1):
                if above.strip():
                    findings.note(number, f"{shown(above)} is above the column names")
            return columns, rows_of_text(lines, index + 1, delimiter, len(columns.names), findings)
        if line.strip() and not line.startswith("#"):
            return None  # a line below the first one is not that of the column names
    return None


def _note_unused_columns(columns: Columns, chosen: Mapping[str, str | None], findings: Findings) -> None:
    """Note that a report of ENA has several kinds of files.

    Raises:
        ValueError: a column that the user chose does not exist.
    """
    known = [*map(plain, columns.names)]
    for column in chosen.values():
        if column is not None and plain(column) not in known:
            raise ValueError(f"there is no column {column!r}; the columns are {', '.join(columns.names)}")
    prefixes = [str(file.prefix) for file in columns.files]
    if columns.files[0].prefix is not None and len(prefixes) > 1:
        message = f"the {prefixes[0]} files are read; others ({', '.join(prefixes[1:])}) only where a row has none"
        findings.note(1, message)


def _with_name_of_sidecar(entry: Entry, path: str) -> Entry:
    """Give the only md5sum of ``isolate.vcf.md5`` the path ``isolate.vcf`` beside it."""
    file, extension = os.path.splitext(os.path.basename(path))
    return replace(entry, path=file) if extension.lower() in _SIDECAR_EXTENSIONS else entry


def _note_missing_files(entries: Iterable[Entry], folder: str, findings: Findings) -> None:
    """Note that no file is on disk, if an md5sum has to be computed."""
    paths = [entry.path for entry in entries if entry.path is not None]
    if any(entry.md5sum is None for entry in entries) and not any(map(os.path.lexists, paths)):
        findings.note(1, f"no file that is named is on disk, in {folder or os.curdir!r}; say where they are with root=")
