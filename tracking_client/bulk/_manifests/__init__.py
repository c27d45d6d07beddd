"""Manifests: whatever names files, such as the output of ``md5sum``, a table, or a spreadsheet."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, overload

from ..._disk.regular_file import path_text
from ..._display import MAX_ROWS, html_table, text_lines
from ..._tracebacks import short_traceback
from ...argument_errors import ApiTypeError, ApiValueError
from ...exceptions import ManifestError
from .._entries import FIELDS, Entry
from ._columns import COLUMN_NAMES, Columns, plain
from ._comparisons import note_similarities, without_contradictions
from ._findings import Findings, ManifestProblem
from ._lines import read_lines
from ._locations import located
from ._sources import ManifestSource, read_source
from ._tables import DEFAULT_MISSING, Row, TableReader, table_in_rows, table_in_text

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
        name: the path of the manifest, as it was given; a word in angle brackets for what has no path.
        root: the folder in which relative paths start, if the user has given it; else None.
    """

    def __init__(
        self,
        kind: str,
        entries: Iterable[Entry],
        problems: Iterable[ManifestProblem] = (),
        notes: Iterable[ManifestProblem] = (),
        *,
        name: str = "<entries>",
        root: str | None = None,
    ) -> None:
        self.kind = kind
        self.name = name
        self.root = root
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

    def _repr_html_(self) -> str:
        return html_table(repr(self)[1:-1], [*FIELDS], self._first_rows(), len(self))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(text_lines(repr(self), [*FIELDS], self._first_rows(), len(self)))

    def _first_rows(self) -> list[dict[str, Any]]:
        return [
            {column: getattr(entry, attribute) for column, attribute in FIELDS.items()} for entry in self[:MAX_ROWS]
        ]

    def to_dataframe(self) -> Any:
        """Return a table with a row for each entry: what is known of it, and then the other columns of its row.

        Raises:
            ApiTypeError: pandas is not installed.
        """
        try:
            import pandas  # type: ignore[import-untyped,import-not-found,unused-ignore]
        except ImportError:
            raise ApiTypeError("to_dataframe() needs pandas: pip install pandas") from None
        rows = [{column: getattr(entry, attribute) for column, attribute in FIELDS.items()} for entry in self]
        other = dict.fromkeys(name for entry in self for name in entry.columns if name not in FIELDS)
        return pandas.DataFrame(
            [{**entry.columns, **row, "source": str(entry.source)} for entry, row in zip(self, rows, strict=True)],
            columns=[*FIELDS, *other],
        )


@short_traceback
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
    name = os.fspath(source) if isinstance(source, (str, os.PathLike)) else "<stream>"
    try:
        name, content = read_source(source, encoding, sheet, findings)
        kind, entries = _parse(content, name, chosen, missing, findings)
    except ApiValueError:
        raise
    except ValueError as error:
        raise ManifestError(f"Invalid manifest {name!r}: {error}", findings.problems) from None
    if not entries and not findings.problems:
        raise ManifestError(f"Invalid manifest {name!r}: it names no file")
    if kind == ManifestKind.LIST and len(entries) == 1:
        kind, entries = _with_name_of_sidecar(source, entries[0])
    entries = located(entries, folder, is_given=root is not None)
    entries = without_contradictions(entries, findings)
    note_similarities(entries, findings)
    _note_missing_files(entries, folder, findings)
    given = None if root is None else folder
    manifest = Manifest(kind, entries, findings.problems, findings.notes, name=name, root=given)
    if manifest.problems and (strict or not entries):
        count = len(manifest.problems)
        raise ManifestError(f"Invalid manifest {name!r}: {count} problem{'s' * (count > 1)}", manifest.problems)
    return manifest


def _validated_columns(columns: Mapping[str, str | None]) -> Mapping[str, str | None]:
    if not isinstance(columns, Mapping) or not all(isinstance(each, (str, type(None))) for each in columns.values()):
        raise ApiTypeError(f"Invalid type for `columns` ({columns!r}), must be a dict of str", None, (dict,))
    if unknown := [*columns.keys() - COLUMN_NAMES.keys()]:
        raise ApiValueError(f"Invalid key of `columns` ({unknown[0]!r}), must be one of {', '.join(COLUMN_NAMES)}")
    return columns


def _parse(
    content: str | Sequence[Row],
    name: str,
    chosen: Mapping[str, str | None],
    missing: Iterable[str],
    findings: Findings,
) -> tuple[str, list[Entry]]:
    """Return the kind of a manifest, and its entries as they are written.

    Raises:
        ValueError: it has neither md5sums nor columns that are known, or its columns are ambiguous.
    """
    is_nul = isinstance(content, str) and "\0" in content
    lines: list[str] = []
    if not isinstance(content, str):
        table = table_in_rows(content, chosen)
    else:
        lines = content.split("\0") if is_nul else re.split("\r\n|\n|\r", content)
        table = None if is_nul else table_in_text(lines, chosen, findings)
    if table is not None:
        _note_unused_columns(table[0], chosen, findings)
        kind = ManifestKind.TABLE if table[0].files[0].prefix is None else ManifestKind.ENA
        return kind, [*TableReader(table[0], name, missing, findings).read(table[1])]
    entries = [] if chosen else [*read_lines(lines, name, findings, is_escaped=not is_nul)]
    if not entries and (chosen or findings.problems or not lines):
        first = f"; {findings.problems[0]}" if findings.problems else ""
        raise ValueError(f"no line has an md5sum, and the first one names no column of paths or md5sums{first}")
    return ManifestKind.MD5SUM if any(entry.path for entry in entries) else ManifestKind.LIST, entries


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


def _with_name_of_sidecar(source: object, entry: Entry) -> tuple[str, list[Entry]]:
    """Give the only md5sum of ``isolate.vcf.md5`` the path ``isolate.vcf`` beside it."""
    path, extension = os.path.splitext(source) if isinstance(source, (str, os.PathLike)) else ("", "")
    if extension.lower() not in _SIDECAR_EXTENSIONS:
        return ManifestKind.LIST, [entry]
    return ManifestKind.MD5SUM, [replace(entry, path=os.path.basename(path))]


def _note_missing_files(entries: Iterable[Entry], folder: str, findings: Findings) -> None:
    """Note that no file is on disk, if an md5sum has to be computed."""
    paths = [entry.path for entry in entries if entry.path is not None]
    if any(entry.md5sum is None for entry in entries) and not any(map(os.path.lexists, paths)):
        findings.note(1, f"no file that is named is on disk, in {folder or os.curdir!r}; say where they are with root=")
