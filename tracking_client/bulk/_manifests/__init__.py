"""Manifests: whatever names files, such as the output of ``md5sum``, a table, or a spreadsheet."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence

from ..._disk.regular_file import path_text
from ..._tracebacks import short_traceback
from ...argument_errors import ApiTypeError, ApiValueError
from .._entries import Entry, Manifest
from ._cells import DEFAULT_MISSING
from ._columns import COLUMN_NAMES, Chosen
from ._comparisons import note_similarities, without_contradictions
from ._findings import Findings, shown
from ._lines import read_lines
from ._locations import located
from ._rows import Row, lines_of_table, tables_of_text
from ._sources import ManifestSource, folder_of, name_of, read_source
from ._tables import TableReader, find_table

__all__ = ["COLUMN_NAMES", "DEFAULT_MISSING", "ManifestKind", "ManifestSource", "read_manifest"]


class ManifestKind:
    """What a manifest contains. Text may be compressed with gzip, have a byte order mark, and any line ends."""

    MD5SUM = "md5sum"
    """The output of ``md5sum`` (also ``--binary``, ``--tag`` or ``--zero``), ``md5``, ``openssl md5`` or the like;
    md5sums and names in two columns without a header; an ``.md5`` file beside another file."""
    LIST = "list"
    """One md5sum in each line."""
    TABLE = "table"
    """A table that says where the files are or which md5sums they have, and perhaps their samples: text with tabs,
    commas or semicolons, a spreadsheet, a DataFrame, or a list of dicts. `COLUMN_NAMES` lists the names of its columns.
    A sample sheet of nf-core has two files in a row."""
    ENA = "ena"
    """A file report of the European Nucleotide Archive (ENA), with ``fastq_md5`` and ``fastq_ftp``."""


@short_traceback
def read_manifest(
    source: ManifestSource,
    *,
    strict: bool = True,
    root: str | os.PathLike[str] | None = None,
    columns: Mapping[str, str | Sequence[str] | None] | None = None,
    missing: Iterable[str] | None = None,
    encoding: str | None = None,
    sheet: str | int | None = None,
) -> Manifest:
    """Return the files that a manifest names. What it is follows from its content, see `ManifestKind`.

    Args:
        source: the path of the manifest, also of a pipe; a stream that is read to its end, such as ``sys.stdin``; a
            DataFrame of pandas or polars; or a list of dicts.
        strict: whether a line that cannot be used is an error; False to find it in the `problems` of the manifest.
        root: the folder in which relative paths start, and below which files of a URL or without a folder are searched
            for by their names; None for that of the manifest, or the current one.
        columns: the names of columns, by what they contain, a key of `COLUMN_NAMES`; None if no column contains that. A
            list of columns of paths, and perhaps one of md5sums, if there are several files in a row.
        missing: what stands for a missing value in upper or lower case, in place of `DEFAULT_MISSING`. An empty value
            always does.
        encoding: the encoding of a text that is not in UTF-8 or UTF-16, such as ``"cp1252"``.
        sheet: the name of the sheet of a spreadsheet, or its index, from 0; None for the first.

    Raises:
        ManifestError: it names no file, cannot be read, or has problems (and ``strict`` is true).
        ApiFileError: the file is missing, is a directory, is empty, or was changed while it was read.
        ApiTypeError, ApiValueError: an argument is invalid, or python-calamine is not installed for a spreadsheet.
    """
    chosen = _chosen({} if columns is None else columns)
    if isinstance(missing, str) or not isinstance(missing, (Iterable, type(None))):
        raise ApiTypeError(f"Invalid type for `missing` ({missing!r}), must be an iterable of str")
    findings = Findings(name_of(source))
    folder = folder_of(source) if root is None else path_text(root)
    content = read_source(source, encoding, sheet, findings)
    kind, named = _parse(content, chosen, DEFAULT_MISSING if missing is None else missing, findings)
    entries = without_contradictions(located(named, folder, root is not None, findings), findings)
    note_similarities(entries, findings)
    if findings.problems and (strict or not entries):
        how = "; with strict=False, the other lines are used" if entries else ""
        raise findings.error(f"{len(findings.problems)} problem{'s' * (len(findings.problems) > 1)}{how}")
    return Manifest(kind, entries, findings.problems, findings.notes, name=findings.name)


def _chosen(columns: Mapping[str, str | Sequence[str] | None]) -> dict[str, Sequence[str]]:
    """Return the names of the columns that the user has named, by what they contain.

    Raises:
        ApiTypeError, ApiValueError: they are invalid.
    """
    if not isinstance(columns, Mapping) or not all(map(_are_names, columns.values())):
        raise ApiTypeError(f"Invalid type for `columns` ({columns!r}), must be a dict of str", None, (dict,))
    if unknown := [*columns.keys() - COLUMN_NAMES.keys()]:
        raise ApiValueError(f"Invalid key of `columns` ({unknown[0]!r}), must be one of {', '.join(COLUMN_NAMES)}")
    return {kind: [names] if isinstance(names, str) else names or () for kind, names in columns.items()}


def _are_names(names: object) -> bool:
    """Return whether a value of `columns` is a name, several, or None."""
    several = names if isinstance(names, (list, tuple)) else () if names is None else (names,)
    return all(isinstance(name, str) and name for name in several)


def _parse(
    content: str | Sequence[Row], chosen: Chosen, missing: Iterable[str], findings: Findings
) -> tuple[str, list[Entry]]:
    """Return the kind of a manifest, and its entries as they are written.

    Raises:
        ManifestError: it names no file, or its columns are ambiguous.
    """
    if isinstance(content, str):
        is_zero = "\0" in content
        lines = content.split("\0") if is_zero else re.split("\r\n|\n|\r", content)
        rows = lines if is_zero else lines_of_table(content)
        tables = tables_of_text(rows)
    else:
        lines, rows, is_zero = [], [], False
        tables = [lambda: iter(content)]
    table, unknown = find_table(tables, chosen, findings)
    if table is not None:
        may_lack_md5sums = "md5sum" in chosen
        entries = [*TableReader(table[0], missing, may_lack_md5sums, rows, findings).read([*table[1]])]
        kind = ManifestKind.TABLE if table[0].files[0].archive is None else ManifestKind.ENA
    else:
        entries = [] if chosen else [*read_lines(lines, findings, is_escaped=not is_zero)]
        path, extension = os.path.splitext(findings.name)
        if len(entries) == 1 and entries[0].path is None and extension.lower() in (".md5", ".md5sum"):
            entries = [entries[0]._replace(path=os.path.basename(path))]  # `isolate.vcf.md5` is beside `isolate.vcf`
        kind = ManifestKind.MD5SUM if any(entry.path for entry in entries) else ManifestKind.LIST
    if not entries and (table is None or not findings.problems):
        reason = "" if table else ": no line has an md5sum, and the first one names no column of paths or md5sums"
        if unknown:
            findings.problems.clear()  # they say of each row that it is no md5sum
            how = "columns={'isolate': ..., 'path': ...}, or call those of two files in a row fastq_1 and fastq_2"
            reason = f": its columns are {', '.join(map(shown, unknown))}; say which is which, as with {how}"
        sheets = "" if isinstance(content, str) else "".join(f"; {note.message}" for note in findings.notes)
        raise findings.error(f"it names no file{reason}{sheets}")
    return kind, entries
