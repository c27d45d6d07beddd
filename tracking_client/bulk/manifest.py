"""The content of a manifest. It imports none of what reads one, so that a look-up of paths need not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, overload

from ._dataframes import dataframe
from ._entries import FIELDS, Entry

__all__ = ["Manifest", "ManifestKind", "ManifestProblem"]


class ManifestKind:
    """What a manifest contains."""

    MD5SUM = "md5sum"
    LIST = "list"
    TABLE = "table"
    ENA = "ena"


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

    def to_dataframe(self) -> Any:
        """Return a table with a row for each entry: what is known of it, and then the other columns of its row.

        Raises:
            ApiTypeError: pandas is not installed.
        """
        rows = [{column: getattr(entry, attribute) for column, attribute in FIELDS.items()} for entry in self]
        other = dict.fromkeys(name for entry in self for name in entry.columns if name not in FIELDS)
        return dataframe(
            ({**entry.columns, **row, "source": str(entry.source)} for entry, row in zip(self, rows, strict=True)),
            [*FIELDS, *other],
        )
