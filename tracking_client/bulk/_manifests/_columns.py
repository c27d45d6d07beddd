"""What the columns of a table mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

COLUMN_NAMES: Mapping[str, tuple[str, ...]] = {
    "md5sum": (
        "md5sum",
        "md5",
        "md5_checksum",
        "checksum_md5",
        "md5_hash",
        "file_md5",
        "file_md5sum",
        "md5_digest",
        "checksum",
        "file_checksum",
        "dataFileMD5Hex",
        "hash",
    ),
    "path": (
        "path",
        "file_path",
        "full_path",
        "file",
        "location",
        "url",
        "uri",
        "fastq_file",
        "ena_file_path",
        "fastq",
        "vcf",
    ),
    "name": ("name", "filename"),
    "type": ("type", "file_type"),
    "isolate": ("isolate", "isolate_id"),
    "experiment": ("experiment", "experiment_id"),
    "sample": ("sample", "sample_id"),
}
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

    md5sums: tuple[int, ...]
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
    fields = {field: _indices(names, field, chosen) for field in COLUMN_NAMES}
    md5sums, paths = fields.pop("md5sum"), fields.pop("path")
    if not paths and "path" not in chosen:
        # `filename` is the path if no other column is, and else `name`.
        paths = sorted(fields["name"], key=lambda index: plain(names[index]))[:1]
        fields["name"] = [index for index in fields["name"] if index not in paths]
    files = _files([re.sub("[ -]", "_", name.lower()) for name in names], md5sums, paths, chosen)
    if not files:
        return None
    for field in ("isolate", "experiment", "sample", "type"):
        if len(fields[field]) > 1:
            columns = ", ".join(names[index] for index in fields[field])
            raise ValueError(f"there are two columns for the {field}: {columns}")
    fields["algorithm"] = [index for index, name in enumerate(names) if plain(name) == "algorithm"]
    return Columns(names, files, {field: indices[0] for field, indices in fields.items() if indices})


def _indices(names: Sequence[str], field: str, chosen: Mapping[str, str | None]) -> list[int]:
    """Return the indices of the columns that may contain a field, the preferred one first."""
    known = COLUMN_NAMES[field] if field not in chosen else [chosen[field] or ""]
    preferred = [plain(name) for name in known if name]
    indices = [index for index, name in enumerate(names) if plain(name) in preferred]
    return sorted(indices, key=lambda index: preferred.index(plain(names[index])))


def _files(
    names: Sequence[str], md5sums: Sequence[int], paths: Sequence[int], chosen: Mapping[str, str | None]
) -> list[FileColumns]:
    """Return the columns of the files of each row. The names have underscores, and no upper case."""

    def found(candidates: Sequence[str]) -> list[int]:
        return [names.index(name) for name in candidates if name in names]

    files = [FileColumns(tuple(found(of_md5sum)), found(of_path)[0]) for of_path, of_md5sum in _READS if found(of_path)]
    if not files:
        for prefix in _ARCHIVES:
            of_path = found([f"{prefix}_{kind}" for kind in ("ftp", "galaxy", "aspera", "file")] + [prefix])
            if of_md5sum := found([f"{prefix}_md5"]):
                files.append(FileColumns(tuple(of_md5sum), of_path[0] if of_path else next(iter(paths), None), prefix))
    if files and not {"path", "md5sum"} & {*chosen}:
        return files
    return [FileColumns(tuple(md5sums), paths[0] if paths else None)] if md5sums or paths else []
