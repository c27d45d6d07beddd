"""What the columns of a table mean."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ._findings import Findings

COLUMN_NAMES: Mapping[str, tuple[str, ...]] = {
    "md5sum": ("md5sum", "md5", "md5_checksum", "checksum_md5", "md5_hash", "file_md5", "file_md5sum", "md5_digest",
               "checksum", "file_checksum", "dataFileMD5Hex", "hash"),
    "path": ("path", "file_path", "full_path", "file", "location", "url", "uri", "fastq_file", "ena_file_path",
             "fastq", "vcf"),
    "name": ("filename", "name"),
    "type": ("type", "file_type"),
    "isolate": ("isolate", "isolate_id"),
    "experiment": ("experiment", "experiment_id"),
    "sample": ("sample", "sample_id"),
}  # fmt: skip
"""By what a column contains: the names that it may have, the first that a table has taking precedence.

Upper and lower case are the same, and so are names with and without blanks, hyphens and underscores.
"""

_LIKE_ISOLATES = ("isolate_name", "strain", "strain_name", "sample_name", "sample_alias", "sample_title")
"""Names of columns that may contain the isolates, or something else."""

Chosen = Mapping[str, Sequence[str]]
"""The names of columns, by what they contain, where the names do not tell. Several paths are several files in a row."""

_ARCHIVES = ("fastq", "submitted", "bam", "sra")
"""What columns of a file report of the European Nucleotide Archive begin with. The first with md5sums is used."""

_READ = ("fastq_", "fq_", "read_", "reads_", "r", "fastq_r")
"""What columns of a sample sheet with two files in a row begin with, before a 1 or a 2."""

_READS = tuple(
    (
        [f"{read}{n}" for read in _READ],
        [
            name
            for read in ("", *_READ)
            for md5 in ("md5", "md5sum")
            for name in (f"{md5}_{read}{n}", f"{read}{n}_{md5}")
        ]
        + [f"fastq_md5_{n}"],
    )
    for n in (1, 2)
)
"""Columns of a sample sheet with two files in a row: the paths, and the md5sums."""


class FileColumns(NamedTuple):
    """The columns of a file of each row, by index.

    Attributes:
        md5sums: those that may have its md5sum; empty if there is none.
        path: that of its path; None if there is none.
        archive: what their names begin with, in a report in which a value may be several, with semicolons between them.
    """

    md5sums: Sequence[int]
    path: int | None
    archive: str | None = None


class Columns(NamedTuple):
    """What the columns of a table mean.

    Attributes:
        names: the names of all columns.
        files: the files of each row; of those of an archive, only the first that has md5sums.
        fields: the index of the columns ``name``, ``type``, ``isolate``, ``experiment`` and ``sample``, as far as
            there are such.
    """

    names: Sequence[str]
    files: Sequence[FileColumns]
    fields: dict[str, int]

    def other(self) -> list[int]:
        """Return the indices of the columns without a meaning."""
        used = {position for file in self.files for position in (*file.md5sums, file.path)}
        return [index for index in range(len(self.names)) if index not in used | {*self.fields.values()}]


def plain(name: str) -> str:
    """Return the name of a column in lower case, only its letters and digits, and what may separate two names.

    It keeps the ``@`` before the name of a read, too, which is no column.
    """
    return re.sub(r"[^a-z0-9\t,;@]", "", name.lower())


def find_columns(cells: Sequence[str], chosen: Chosen, findings: Findings) -> Columns | None:
    """Return what the columns with these names mean; None if none has md5sums or paths.

    Args:
        cells: the names.
        chosen: the columns that the user has named.
        findings: where to note that a column of md5sums, paths or perhaps isolates is not used.

    Raises:
        ManifestError: two columns have the same meaning, or a chosen one does not exist.
    """
    names = [cell.strip().lstrip("" if index else "#% ") for index, cell in enumerate(cells)]
    positions: dict[str, list[int]] = defaultdict(list)
    for position, name in enumerate(names):
        positions[plain(name)].append(position)

    def found(*candidates: str | None) -> list[int]:
        return [position for name in candidates if name for position in positions.get(plain(name), ())]

    fields = {field: found(*chosen.get(field, COLUMN_NAMES[field])) for field in COLUMN_NAMES}
    md5sums, paths = fields.pop("md5sum"), fields.pop("path")
    if not paths and "path" not in chosen:
        paths, fields["name"] = fields["name"][:1], fields["name"][1:]
    files = _file_columns(found, chosen, md5sums, paths, findings)
    if not files:
        return None
    for column in itertools.chain(*chosen.values()):
        if not found(column):
            raise findings.error(f"there is no column {column!r}; the columns are {', '.join(names)}")
    for field in fields:
        if len(fields[field]) > 1 and (field != "name" or field in chosen):
            columns = ", ".join(names[position] for position in fields[field])
            raise findings.error(f"there are two columns for the {field}: {columns}")
    meanings = Columns(names, files, {field: each[0] for field, each in fields.items() if each})
    possible = {position for each in _READS for position in found(*each[0], *each[1])}
    for position in sorted(possible.union(md5sums, paths).intersection(meanings.other())):
        findings.note(1, f"the column {names[position]} is not used")
    if not fields["isolate"] and not fields["sample"] and "isolate" not in chosen:
        for position in found(*_LIKE_ISOLATES):
            how = f"columns={{'isolate': {names[position]!r}}}"
            findings.note(1, f"the column {names[position]} is not used; if it has the isolates, pass {how}")
    if archives := [file.archive for file in files[1:] if file.archive]:
        others = f"others ({', '.join(archives)}) only where a row has none"
        findings.note(1, f"the {files[0].archive} files are read; {others}")
    return meanings


def _file_columns(
    found: Callable[..., list[int]], chosen: Chosen, md5sums: Sequence[int], paths: Sequence[int], findings: Findings
) -> list[FileColumns]:
    """Return the columns of each file of a row; empty if no column has md5sums or paths.

    Args:
        found: returns the indices of the columns with names.
        chosen: as for `find_columns`.
        md5sums: the columns of md5sums, if there is one file in a row.
        paths: those of paths; the first is used.
        findings: what the error is about.

    Raises:
        ManifestError: the user has named other numbers of columns of md5sums and of paths.
    """
    one = [FileColumns(md5sums, paths[0] if paths else None)] if md5sums or paths else []
    reads = [each for each in _READS if found(*each[0])]
    if len(chosen.get("path", ())) > 1:
        reads = [([path], []) for path in chosen["path"] if found(path)]
    # The column `path` is that of this library, which puts each file of a sample sheet in a row of its own.
    elif "path" in chosen or found(COLUMN_NAMES["path"][0]):
        return one
    if reads and "md5sum" in chosen:
        given = chosen["md5sum"] or [""] * len(reads)
        if len(given) != len(reads):
            raise findings.error(f"the columns of md5sums are {len(given)}, and those of paths {len(reads)}")
        reads = [(path, [md5sum]) for (path, _), md5sum in zip(reads, given, strict=True)]
    if reads or chosen.get("md5sum"):
        return [FileColumns(found(*md5sum), found(*path)[0]) for path, md5sum in reads] or one
    archives = [
        FileColumns(found(f"{each}_md5"), next(iter([*found(*_paths_of(each)), *paths]), None), each)
        for each in _ARCHIVES
        if found(f"{each}_md5")
    ]
    return archives or one


def _paths_of(archive: str) -> list[str]:
    return [*(f"{archive}_{kind}" for kind in ("ftp", "galaxy", "aspera", "file")), archive]
