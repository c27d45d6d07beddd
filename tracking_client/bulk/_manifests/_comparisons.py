"""What the entries of a manifest say about each other: contradictions, which are problems, and notes."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Sequence

from .._entries import Entry, keys_of
from ._findings import Findings, shown

_MAX_LINES = 5
"""Lines that a message lists."""


def without_contradictions(entries: Sequence[Entry], findings: Findings) -> list[Entry]:
    """Return the entries that contradict no other one. The others are problems, each with its line."""
    found = contradictions(entries)
    for line, message in dict.fromkeys((_line(entries[position]), message) for position, message in found):
        findings.problem(line, message)
    bad = {position for position, _ in found}
    return [entry for position, entry in enumerate(entries) if position not in bad]


def contradictions(entries: Sequence[Entry]) -> list[tuple[int, str]]:
    """Return the positions of the entries that contradict another one, and what is to be said.

    Contradictions are an isolate with two experiments or the reverse, and an md5sum or a path under two samples.
    """
    samples = _samples(entries)
    isolates, experiments = [entry.isolate_id for entry in entries], [entry.experiment_id for entry in entries]
    found = []
    for keys, values, message in (
        (isolates, experiments, "the isolate {} has two experiments"),
        (experiments, isolates, "the experiment {} has two isolates"),
        ([entry.md5sum for entry in entries], samples, "the md5sum {} is under two samples"),
        ([_path_of_one(entry) for entry in entries], samples, "the path {} is under two samples"),
    ):
        for key, positions in _with_two_values(keys, values).items():
            places = _places([entries[position] for position in positions])
            found += [(position, f"{message.format(shown(str(key)))}: {places}") for position in positions]
    return found


def _places(entries: Sequence[Entry]) -> str:
    """Return where entries are written: their lines, or what names them if they are not all in one manifest."""
    are_in_one = len({entry.source and entry.source.name for entry in entries}) == 1 and entries[0].source is not None
    places = [
        str(_line(entry) if are_in_one else entry.source or entry.path or entry.name or entry.md5sum)
        for entry in entries
    ]
    places = [*dict.fromkeys(places)]
    listed = ", ".join(places[:_MAX_LINES]) + ", ..." * (len(places) > _MAX_LINES)
    return f"lines {listed}" if are_in_one else listed


def _samples(entries: Sequence[Entry]) -> list[Hashable]:
    """Return what identifies the sample of each entry: its id, or its names; None if the entry has no sample."""
    return [key.sample_id or (key if any(key) else None) for key in keys_of(entries)]


def _with_two_values(keys: Sequence[Hashable], values: Sequence[Hashable]) -> dict[Hashable, list[int]]:
    """Return the keys that have more than one value, and all their positions."""
    first: dict[Hashable, Hashable] = {}
    pairs = [*zip(keys, values, strict=True)]
    found = {key for key, value in pairs if None not in (key, value) and first.setdefault(key, value) != value}
    positions: dict[Hashable, list[int]] = defaultdict(list)
    for position, key in enumerate(keys):
        if key in found:
            positions[key].append(position)
    return positions


def _path_of_one(entry: Entry) -> str | None:
    """Return the path of an entry without an md5sum. With md5sums, several samples may have files of one name."""
    return _real_path(entry) if entry.md5sum is None else None


def _real_path(entry: Entry) -> str | None:
    return None if entry.path is None else os.path.normpath(entry.path)


def _line(entry: Entry) -> int:
    return 0 if entry.source is None else entry.source.line


def note_similarities(entries: Sequence[Entry], findings: Findings) -> None:
    """Note md5sums and paths that occur twice, files of one name in a sample, and names that differ only in case."""
    first: dict[Hashable, Entry] = {}
    for entry, sample in zip(entries, _samples(entries), strict=True):
        for key, message in (
            (entry.md5sum, "the md5sum {0.md5sum} is also"),
            (entry.path and ("path", _real_path(entry)), "{0.path!r} is also"),
            (sample and entry.name and (sample, entry.name), "the sample has another file named {0.name!r}"),
        ):
            other = first.setdefault(key, entry) if key else entry
            if other is not entry:
                findings.note(_line(entry), f"{message.format(entry)} in line {_line(other)}")
                break
    for kind in ("isolate", "experiment"):
        lines = {getattr(entry, f"{kind}_id"): _line(entry) for entry in reversed(entries)}  # the first of each name
        names: dict[str, str] = {}
        for name in sorted(filter(None, lines), key=lines.__getitem__):
            composed = unicodedata.normalize("NFC", name)  # macOS writes é as e and an accent
            key = re.sub(r"[\s\u200b\ufeff\xad]", "", composed).casefold()
            similar = names.setdefault(key.lstrip("0") if key.isdigit() else key, name)
            if similar != name:
                is_same = composed == unicodedata.normalize("NFC", similar)
                how = "leading zeros" if name.isdigit() else "case or blanks"
                if is_same:
                    how = "the bytes of its accents (Unicode NFC or NFD)"
                message = f"the {kind} {shown(name)} differs only in {how} from {shown(similar)}"
                findings.note(lines[name], f"{message} in line {lines[similar]}")
