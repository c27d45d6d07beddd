"""Entries: what is known of a file before anything is sent."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

__all__ = ["Entry", "Hashed", "Source"]

Names = tuple[str | None, str | None]
"""The name of an isolate and that of an experiment."""


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


@dataclass(frozen=True)
class Entry:
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
        columns: all values of its row, by the name of the column; empty for what is not a table.
        hashed: the md5sum that this library has computed from the file, or None.
    """

    path: str | None = None
    md5sum: str | None = None
    name: str | None = None
    file_type: str | None = None
    isolate_id: str | None = None
    experiment_id: str | None = None
    sample_id: str | None = None
    source: Source | None = None
    columns: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)
    hashed: Hashed | None = field(default=None, repr=False)


FIELDS = {
    "md5sum": "md5sum", "path": "path", "name": "name", "type": "file_type",
    "sample": "sample_id", "isolate": "isolate_id", "experiment": "experiment_id", "source": "source",
}  # fmt: skip
"""The columns of a table of entries, and the attributes that they show."""


def name_of(entry: Entry) -> str:
    """Return the name with which a file is registered; empty if it is not known."""
    return entry.name or os.path.basename(entry.path or "")


def names_of_samples(entries: Iterable[Entry]) -> list[Names]:
    """Return the names of the sample of each entry: one with one name has both, if another entry has them."""
    names = [(entry.isolate_id, entry.experiment_id) for entry in entries]
    both = [each for each in names if None not in each]
    by_isolate: dict[str | None, Names] = {each[0]: each for each in both}
    by_experiment: dict[str | None, Names] = {each[1]: each for each in both}
    return [by_isolate.get(each[0]) or by_experiment.get(each[1]) or each for each in names]
