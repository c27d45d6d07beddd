"""What the columns of a table mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

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

_ARCHIVES = ("fastq", "submitted", "bam", "sra")
"""What columns of a file report of the European Nucleotide Archive begin with. The first with md5sums is used."""

_READS = (
    (("fastq_1", "fastq1"), ("md5_1", "fastq_1_md5", "fastq_md5_1")),
    (("fastq_2", "fastq2"), ("md5_2", "fastq_2_md5", "fastq_md5_2")),
)
"""Columns of a sample sheet with two files in a row: the paths, and the md5sums."""


class FileColumns(NamedTuple):
    """The columns of a file of each row, by index.

    Attributes:
        md5sums: those that may have its md5sum; empty if there is none.
        path: that of its path; None if there is none.
        prefix: what their names begin with, in a report in which a value may be several, with semicolons between them.
    """

    md5sums: Sequence[int]
    path: int | None
    prefix: str | None = None


class Columns(NamedTuple):
    """What the columns of a table mean.

    Attributes:
        names: the names of all columns.
        files: the files of each row; of those with a prefix, only the first that has md5sums.
        fields: the index of the columns ``name``, ``type``, ``isolate``, ``experiment``, ``sample`` and ``algorithm``,
            as far as there are such.
    """

    names: list[str]
    files: list[FileColumns]
    fields: dict[str, int]


def plain(name: str) -> str:
    """Return the name of a column in lower case, only its letters and digits."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def find_columns(cells: Sequence[object], chosen: Mapping[str, str | None]) -> Columns | None:
    """Return what the columns with these names mean; None if none has md5sums or paths.

    Args:
        cells: the names.
        chosen: the names of columns, by what they contain, where the names do not tell; None for no such column.

    Raises:
        ValueError: two columns have the same meaning.
    """
    names = ["" if cell is None else str(cell).strip() for cell in cells]
    names[:1] = [name.lstrip("# ") for name in names[:1]]
    plains = [*map(plain, names)]

    def found(*candidates: str | None) -> list[int]:
        known = [plain(name) for name in candidates if name]
        return [index for name in known for index, each in enumerate(plains) if each == name]

    fields = {field: found(*([chosen[field]] if field in chosen else COLUMN_NAMES[field])) for field in COLUMN_NAMES}
    md5sums, paths = fields.pop("md5sum"), fields.pop("path")
    if not paths and "path" not in chosen:
        paths, fields["name"] = fields["name"][:1], fields["name"][1:]
    files = [FileColumns(found(*md5sum), found(*path)[0]) for path, md5sum in _READS if found(*path)] or [
        FileColumns(found(f"{prefix}_md5"), next(iter(found(*_paths_of(prefix)) + paths), None), prefix)
        for prefix in _ARCHIVES
        if found(f"{prefix}_md5")
    ]
    if not files or {"path", "md5sum"} & {*chosen}:
        files = [FileColumns(md5sums, next(iter(paths), None))] if md5sums or paths else []
    if not files:
        return None
    for field in ("isolate", "experiment", "sample", "type"):
        if len(fields[field]) > 1:
            columns = ", ".join(names[index] for index in fields[field])
            raise ValueError(f"there are two columns for the {field}: {columns}")
    fields["algorithm"] = found("algorithm")
    return Columns(names, files, {field: indices[0] for field, indices in fields.items() if indices})


def _paths_of(prefix: str) -> list[str]:
    return [*(f"{prefix}_{kind}" for kind in ("ftp", "galaxy", "aspera", "file")), prefix]
