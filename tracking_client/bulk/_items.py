"""Items: whatever names files becomes entries."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, count
from typing import Any

from .._disk.file_types import is_manifest_name
from .._disk.folders import files_below
from .._disk.regular_file import path_text
from ..argument_errors import ApiTypeError, ApiValueError, OpenApiException
from ..exceptions import ManifestError
from ..models.file import File
from ._entries import Entry, Manifest, ManifestProblem, Source, first_notes, is_md5sum, normalized_md5sum
from .results import Result

_log = logging.getLogger("tracking_client.bulk")


def undecided(items: Any) -> Iterator[Result]:
    """Return a result for each entry that items become. It has no status, unless the item cannot be used.

    Args:
        items: an item, or an iterable of items: an md5sum, a path, a folder, a `File`, an `Entry`, a `Result`, a dict
            of the fields of a file or of a row of a table, a `Manifest`, or a DataFrame.

    Raises:
        ApiTypeError: it is neither.
        ApiValueError: it has the name of a manifest, which `read_manifest` reads.
        ManifestError: it is a table that has problems.
    """
    return chain.from_iterable(map(undecided_of, items_of(items), count(1)))


def items_of(items: Any) -> Iterable[Any]:
    """Return an iterable of items. What is one item is its only one; a table is what `read_manifest` makes of it.

    Raises:
        Exception: as for `undecided`.
    """
    if isinstance(items, (str, os.PathLike)):
        reject_manifest(path_text(items))
    if _is_table(items):
        items = _read(items)
        for note in first_notes(items):
            _log.warning("%s: %s", items.name, note)
    if isinstance(items, (str, os.PathLike, File, Entry, Result, Mapping, Manifest)):
        items = [items]
    if not isinstance(items, Iterable) or isinstance(items, (bytes, bytearray)):
        raise ApiTypeError(f"Invalid items ({items!r}), must be paths, md5sums or entries, or one of them")
    return items


def undecided_of(item: Any, number: int) -> Iterator[Result]:
    """Yield the results of one item, as `undecided` does.

    Args:
        item: the item.
        number: its number among the items, from 1, by which a row of a table is named.
    """
    try:
        yield from _entries_of(item, number)
    except (OpenApiException, OSError) as error:
        yield Result(item, Entry(), "failed", error=error)


def _is_table(value: Any) -> bool:
    """Return whether a value is a table, or a row of one."""
    is_list = isinstance(value, (list, tuple)) and len(value) > 0 and all(map(_is_row, value))
    return is_list or _is_row(value) or is_frame(value)


def is_frame(value: Any) -> bool:
    """Return whether a value is a DataFrame, of pandas or polars."""
    return hasattr(value, "columns") and (hasattr(value, "itertuples") or hasattr(value, "iter_rows"))


def _is_row(value: Any) -> bool:
    """Return whether an item is a row of a table, and not the fields of a `File`, which are all there."""
    return isinstance(value, Mapping) and not _is_file(value)


def _is_file(value: Mapping[str, Any]) -> bool:
    """Return whether a dict has the fields of a `File`, by their names in Python or in JSON, and no others."""
    fields = [{name, key} & value.keys() for name, key in File.attribute_map.items()]
    return all(fields) and value.keys() <= set().union(*fields)


def _entries_of(item: Any, number: int) -> Iterable[Result]:
    """Return a result for each entry that an item becomes. One of a table says the number of the item, from 1."""
    if isinstance(item, str) and is_md5sum(item):
        return [Result(item, Entry(md5sum=item.lower()))]
    if isinstance(item, (str, os.PathLike)):
        return _of_path(item)
    if isinstance(item, Entry):
        return [Result(item, item._replace(md5sum=item.md5sum and normalized_md5sum(item.md5sum)))]
    if isinstance(item, Result):
        is_usable = item.entry.path is not None or item.entry.md5sum is not None
        return [Result(item.item, item.entry) if is_usable else item]
    if isinstance(item, ManifestProblem):
        raise ManifestError(str(item))
    if isinstance(item, Manifest):
        return _of_manifest(item)
    if _is_table(item):
        name = f"<item {number}>"  # what says in which of the tables a row is
        named = (each._replace(source=Source(name, each.source.line if each.source else 0)) for each in _read(item))
        return [Result(entry, entry) for entry in named]
    if isinstance(item, (File, Mapping)):
        file = item if isinstance(item, File) else _file_of(item)
        md5sum = normalized_md5sum(file.md5sum)
        return [Result(item, Entry(md5sum=md5sum, name=file.filename, file_type=file.file_type))]
    raise ApiTypeError(f"Invalid type of {item!r}, must be an md5sum, a path or a File", None, (str, File))


def _read(table: Any) -> Manifest:
    from ._manifests import read_manifest  # imported only where there is a table

    return read_manifest([table] if isinstance(table, Mapping) else table)


def _of_manifest(manifest: Manifest) -> list[Result]:
    """Return the entries of a manifest, and a failed result for each of its problems, in the order of the lines."""
    results = [(entry.source.line if entry.source else 0, Result(entry, entry)) for entry in manifest]
    for problem in manifest.problems:
        entry = Entry(source=Source(manifest.name, problem.line))
        results.append((problem.line, Result(problem, entry, "failed", error=ManifestError(problem.message))))
    return [result for _, result in sorted(results, key=lambda pair: pair[0])]


def _of_path(item: str | os.PathLike[str]) -> list[Result]:
    """Return the result of a path; of a folder, one for each file below it and for each folder that cannot be read."""
    path = path_text(item)
    if os.path.isdir(path):
        paths, unreadable = files_below(path)
        if not paths and not unreadable:
            raise ApiValueError(f"There is no FASTQ or VCF below the folder {path!r}")
        failures = [Result(item, Entry(folder), "failed", error=error) for folder, error in unreadable]
        return [*(Result(item, Entry(each)) for each in paths), *failures]
    reject_manifest(path)
    if isinstance(item, str) and not os.path.lexists(path):
        raise ApiValueError(f"{path!r} is neither an md5sum, of 32 hexadecimal digits, nor the path of a file")
    return [Result(item, Entry(path))]


def reject_manifest(path: str) -> None:
    """Raise an error if a path has the name of a manifest, and is no folder."""
    if is_manifest_name(path) and not os.path.isdir(path):
        how = (
            f"is a manifest: pass read_manifest({path!r})"
            if os.path.lexists(path)
            else "does not exist; a manifest is read by read_manifest"
        )
        raise ApiValueError(f"{path!r} {how}")


def _file_of(fields: Mapping[str, Any]) -> File:
    """Return the `File` with fields, by their names in Python or in JSON."""
    return File(**{name: fields.get(name, fields.get(key)) for name, key in File.attribute_map.items()})
