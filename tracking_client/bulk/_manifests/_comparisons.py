"""What the entries of a manifest say about each other: contradictions, which are problems, and notes."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

from .._entries import Entry, names_of_samples
from ._findings import Findings, shown

_MAX_LINES = 5
"""Lines that a message lists."""


def without_contradictions(entries: Sequence[Entry], findings: Findings) -> list[Entry]:
    """Return the entries that contradict no other one. The others are problems, each with its line."""
    found = contradictions(entries)
    for line, message in dict.fromkeys((_line(entry), message) for entry, message in found):
        findings.problem(line, message)
    bad = {id(entry) for entry, _ in found}
    return [entry for entry in entries if id(entry) not in bad]


def contradictions(entries: Sequence[Entry]) -> list[tuple[Entry, str]]:
    """Return the entries that contradict another one, and what is to be said.

    Contradictions are an isolate with two experiments or the reverse, and an md5sum or a path under two samples.
    """
    samples = dict(zip(map(id, entries), _samples(entries), strict=True))
    if not any(samples.values()):
        return []
    return [
        *_differing(entries, lambda e: e.isolate_id, lambda e: e.experiment_id, "the isolate {} has two experiments"),
        *_differing(entries, lambda e: e.experiment_id, lambda e: e.isolate_id, "the experiment {} has two isolates"),
        *_differing(entries, lambda e: e.md5sum, lambda e: samples[id(e)], "the md5sum {} is under two samples"),
        *_differing(entries, _real_path, lambda e: samples[id(e)], "the path {} is under two samples"),
    ]


def _samples(entries: Sequence[Entry]) -> Iterator[Hashable]:
    """Yield what identifies the sample of each entry: its id, or its names; None if the entry has no sample."""
    for entry, names in zip(entries, names_of_samples(entries), strict=True):
        yield entry.sample_id or (names if any(names) else None)


def _differing(
    entries: Iterable[Entry], key: Callable[[Entry], Hashable], value: Callable[[Entry], Hashable], message: str
) -> Iterator[tuple[Entry, str]]:
    """Yield the entries that have the same key as another one, but not its value, and what is to be said."""
    groups: dict[Hashable, list[Entry]] = defaultdict(list)
    for entry in entries:
        if key(entry) is not None and value(entry) is not None:
            groups[key(entry)].append(entry)
    for found, group in groups.items():
        if len(group) > 1 and len({value(entry) for entry in group}) > 1:
            places = _places(group)
            for entry in group:
                yield entry, f"{message.format(shown(str(found)))}: {places}"


def _places(entries: Sequence[Entry]) -> str:
    """Return where entries are written."""
    names = {None if entry.source is None else entry.source.name for entry in entries}
    if len(names) == 1 and None not in names:
        places = [*dict.fromkeys(str(_line(entry)) for entry in entries)]
    else:
        places = [*dict.fromkeys(str(entry.source or entry.path or entry.name) for entry in entries)]
    listed = ", ".join(places[:_MAX_LINES]) + ", ..." * (len(places) > _MAX_LINES)
    return listed if None in names or len(names) > 1 else f"lines {listed}"


def _real_path(entry: Entry) -> str | None:
    return None if entry.path is None else os.path.normpath(entry.path)


def _line(entry: Entry) -> int:
    return 0 if entry.source is None else entry.source.line


def note_similarities(entries: Iterable[Entry], findings: Findings) -> None:
    """Note md5sums and paths that occur twice, files of one name in a sample, and names that differ only in case."""
    first_of: dict[Hashable, Entry] = {}

    def first(kind: str, key: Hashable, entry: Entry) -> Entry:
        return first_of.setdefault((kind, key), entry)

    for entry, sample in zip(entries, _samples([*entries]), strict=True):
        line = _line(entry)
        if entry.md5sum is not None and (other := first("md5sum", entry.md5sum, entry)) is not entry:
            findings.note(line, f"the md5sum {entry.md5sum} is also in line {_line(other)}")
        elif entry.path is not None and (other := first("path", _real_path(entry), entry)) is not entry:
            what = "has another md5sum" if other.md5sum != entry.md5sum else "is also"
            findings.note(line, f"{shown(entry.path)} {what} in line {_line(other)}")
        elif sample is not None and entry.name and (other := first("name", (sample, entry.name), entry)) is not entry:
            findings.note(line, f"the sample has another file named {shown(entry.name)} in line {_line(other)}")
        for kind, name in (("isolate", entry.isolate_id), ("experiment", entry.experiment_id)):
            if name is not None and first(f"{kind} as written", name, entry) is entry:
                other = first(kind, re.sub(r"[\s\u200b\ufeff\xad]", "", name).casefold(), entry)
                if other is not entry:
                    other_name = str(other.isolate_id if kind == "isolate" else other.experiment_id)
                    message = f"the {kind} {shown(name)} differs only in case or blanks from {shown(other_name)}"
                    findings.note(line, f"{message} in line {_line(other)}")
