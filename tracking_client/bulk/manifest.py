"""Manifests: whatever names files, such as the output of ``md5sum``, a table, or a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, overload

from ._dataframes import dataframe
from ._entries import FIELDS, Entry

__all__ = ["Manifest", "ManifestKind", "ManifestProblem"]


class ManifestProblem(NamedTuple):
    """Something that is to be said about a line of a manifest.

    Attributes:
        line: the number of the line, from 1; of the row, for what has no lines.
        message: what is to be said.
    """

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


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
        self.kind, self._entries = kind, tuple(entries)
        self.problems, self.notes = tuple(sorted(problems)), tuple(sorted(notes))
        self.name, self.root = name, root

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
        other = dict.fromkeys(name for entry in self for name in entry.columns if name not in FIELDS)
        known = ({column: getattr(entry, attribute) for column, attribute in FIELDS.items()} for entry in self)
        rows = ({**e.columns, **row, "source": str(e.source)} for e, row in zip(self, known, strict=True))
        return dataframe(rows, [*FIELDS, *other])
