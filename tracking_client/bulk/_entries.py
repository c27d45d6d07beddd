"""Entries: what is known of a file before anything is sent; and manifests, which are sequences of entries."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from ..argument_errors import ApiTypeError, ApiValueError
from ._tables import Table, dataframe

__all__ = ["Entry", "Hashed", "Manifest", "ManifestProblem", "Source"]

_MD5SUM = re.compile(r"[0-9a-fA-F]{32}")

_MAX_NOTES = 10
"""Notes of a manifest that are told."""


def is_md5sum(text: str) -> bool:
    """Return whether a text is an md5sum in hex, upper or lower case."""
    return _MD5SUM.fullmatch(text) is not None


def normalized_md5sum(value: object) -> str:
    """Return an md5sum in lower case, as the service has it.

    Raises:
        ApiTypeError, ApiValueError: it is no md5sum.
    """
    if not isinstance(value, str):
        raise ApiTypeError(f"Invalid type for an md5sum ({value!r}), must be str", None, (str,))
    if not is_md5sum(value):
        raise ApiValueError(f"Invalid md5sum {value!r}, must be 32 hexadecimal digits")
    return value.lower()


class Source(NamedTuple):
    """Where an entry comes from.

    Attributes:
        name: the path of the manifest, as it was given; a word in angle brackets for what has no path.
        line: the number of the line, from 1; of the row, for what has no lines.
    """

    name: str
    line: int

    def __str__(self) -> str:
        return f"{self.name}:{self.line}"


class Hashed(NamedTuple):
    """The md5sum of a file on disk, and which version of the file has it.

    Attributes:
        md5sum: the md5sum, in lower case.
        version: device, inode, size in bytes, and the times of modification and of status change in nanoseconds.
    """

    md5sum: str
    version: tuple[int, ...]


class Entry(NamedTuple):
    """What is known of one file.

    Attributes:
        path: its path or URL, whether there is such a file or not; None if only its md5sum is known.
        md5sum: the md5sum that somebody says it has, in lower case; None if nobody does.
        name: the name to register; None for the last part of the path.
        file_type: one of `FileType`; None if it is to be told from the name.
        isolate_id: the name of the isolate, or None.
        experiment_id: the name of the experiment, or None.
        sample_id: the id of the sample, or None.
        source: where this is written, or None.
        columns: the other values of its row, by the name of the column; empty for what is not a table.
        hashed: the md5sum that this library has computed from the file, or None.
        must_be_on_disk: whether the file has failed if it is not on disk, although its md5sum is known: its manifest
            was read with a root, or another file of its manifest or of its run was on disk.
    """

    path: str | None = None
    md5sum: str | None = None
    name: str | None = None
    file_type: str | None = None
    isolate_id: str | None = None
    experiment_id: str | None = None
    sample_id: str | None = None
    source: Source | None = None
    columns: Mapping[str, Any] = MappingProxyType({})
    hashed: Hashed | None = None
    must_be_on_disk: bool = False

    def __hash__(self) -> int:
        return hash(self[:8])  # the columns are a dict

    def __repr__(self) -> str:
        known = zip(self._fields[:8], self[:8], strict=True)
        return f"Entry({', '.join(f'{name}={value!r}' for name, value in known if value is not None)})"

    def as_row(self) -> dict[str, str | None]:
        """Return the values of the columns of a `Manifest`. Those that are not known are None."""
        row = {column: getattr(self, attribute) for column, attribute in FIELDS.items()}
        return {**row, "name": given_name(self), "source": None if self.source is None else str(self.source)}

    def __reduce__(self) -> tuple[type[Entry], tuple[Any, ...]]:
        return Entry, (*self[:8], dict(self.columns), *self[9:])  # a mapping proxy cannot be pickled


FIELDS = {
    "md5sum": "md5sum", "path": "path", "name": "name", "type": "file_type",
    "sample": "sample_id", "isolate": "isolate_id", "experiment": "experiment_id", "source": "source",
}  # fmt: skip
"""The columns of a table of entries, and the attributes that they show."""


def given_name(entry: Entry) -> str | None:
    """Return the name with which a file is to be registered; None if it is that of the path.

    So a table says it only where it has to, and whoever corrects a path there need not correct the name.
    """
    return None if entry.path is not None and entry.name == os.path.basename(entry.path) else entry.name


def name_of(entry: Entry) -> str:
    """Return the name with which a file is registered; empty if it is not known."""
    return entry.name or os.path.basename(entry.path or "")


class SampleKey(NamedTuple):
    """How entries name a sample.

    Attributes:
        sample_id: its id; None if only names are known.
        isolate_id: the name of its isolate; None if it is not known.
        experiment_id: the name of its experiment; None if it is not known.
    """

    sample_id: str | None
    isolate_id: str | None
    experiment_id: str | None

    def __str__(self) -> str:
        words = zip(("sample", "isolate", "experiment"), self, strict=True)
        return ", ".join(f"{word} {value!r}" for word, value in words if value is not None)


def sample_key(entry: Entry) -> SampleKey:
    """Return how an entry names its sample. An id is in lower case, as the service has it."""
    return SampleKey(entry.sample_id and str(entry.sample_id).lower(), entry.isolate_id, entry.experiment_id)


def keys_of(entries: Iterable[Entry]) -> list[SampleKey]:
    """Return how each entry names its sample: one with one name has both, if the others agree on them."""
    keys = [sample_key(entry) for entry in entries]
    pairs = {key[1:] for key in keys if None not in key[1:]}
    isolates, experiments = Counter(pair[0] for pair in pairs), Counter(pair[1] for pair in pairs)
    by_isolate = {pair[0]: pair for pair in pairs if isolates[pair[0]] == 1}
    by_experiment = {pair[1]: pair for pair in pairs if experiments[pair[1]] == 1}
    return [SampleKey(key[0], *(by_isolate.get(key[1]) or by_experiment.get(key[2]) or key[1:])) for key in keys]


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


def first_notes(manifest: Manifest) -> list[str]:
    """Return the first notes of a manifest, and how many there are besides, as they are told."""
    more = len(manifest.notes) - _MAX_NOTES
    return [*map(str, manifest.notes[:_MAX_NOTES]), *([f"{more} more notes"] if more > 0 else [])]


class Manifest(Table[Entry]):
    """The content of a manifest: a sequence of its entries, in the order of the lines. A slice keeps all problems.

    Attributes:
        kind: one of `ManifestKind`.
        problems: the lines that cannot be used, in their order.
        notes: what else is to be said, in the order of the lines: comments, rows that name no file or no sample,
            repeated md5sums and paths, a column that may have the isolates, and names that differ only in case, blanks
            or the Unicode form of an accent.
        name: the path of the manifest, as it was given; a word in angle brackets for what has no path.
    """

    columns = (*FIELDS,)

    def __init__(
        self,
        kind: str,
        entries: Iterable[Entry],
        problems: Iterable[ManifestProblem] = (),
        notes: Iterable[ManifestProblem] = (),
        *,
        name: str = "<entries>",
    ) -> None:
        super().__init__(entries)
        self.kind, self.name = kind, name
        self.problems, self.notes = tuple(sorted(problems)), tuple(sorted(notes))

    def _selected(self, items: Iterable[Entry]) -> Manifest:
        return Manifest(self.kind, items, self.problems, self.notes, name=self.name)

    def _summary(self) -> str:
        return f"{self.kind}, {len(self)} entries, {len(self.problems)} problems, {len(self.notes)} notes"

    def inputs(self) -> set[str]:
        return {self.name} | {entry.path for entry in self if entry.path is not None}

    def to_dataframe(self) -> Any:
        """Return a table with a row for each entry: what is known of it, and then the other columns of its row.

        Raises:
            ApiTypeError: pandas is not installed.
        """
        other = dict.fromkeys(name for entry in self for name in entry.columns if name not in FIELDS)
        return dataframe(({**entry.columns, **entry.as_row()} for entry in self), [*FIELDS, *other])
