"""Where on disk the files are that a manifest names."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from ..._disk.regular_file import file_error
from .._entries import Entry

_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|(?:ftp|fasp)\.[\w.-]+:?/|[A-Za-z]:/|//")
"""How a URL begins, also without its scheme as ENA writes it, and a path with a drive or a computer of Windows."""


def last_part(path: str) -> str:
    """Return the last part of a path or a URL, without the query of a URL."""
    if "://" in path:
        path = re.split("[?#]", path, maxsplit=1)[0]
    return path.rpartition("/")[2]


def located(entries: Iterable[Entry], root: str, is_given: bool) -> list[Entry]:
    """Return entries with their names, and their paths as they are on disk.

    A relative path starts at the root. A URL or a bare name is searched for below the root by its last part, and found
    if exactly one file has it, and no other entry.

    Args:
        entries: the entries, with their paths as they are written.
        root: the folder; empty for the current one.
        is_given: whether the user has given it.

    Raises:
        ApiFileError: the user has given a root that is no folder.
    """
    entries = list(entries)
    try:
        here = frozenset(os.listdir(root or os.curdir))
    except OSError as error:
        if is_given:
            raise file_error(error, root) from error
        here = frozenset()
    paths = {entry.path: last_part(entry.path) for entry in entries if entry.path is not None}
    count = Counter(paths.values())
    searched = {name for path, name in paths.items() if _is_searched(path) and count[name] == 1}
    found = {name: os.path.join(root, name) for name in searched & here}
    if searched - here:
        found |= _found_below(root, searched - here)
    return [entry if entry.path is None else _located(entry, entry.path, root, found) for entry in entries]


def _is_searched(path: str) -> bool:
    return "/" not in path or _ELSEWHERE.match(path) is not None


def _located(entry: Entry, path: str, root: str, found: dict[str, str]) -> Entry:
    name = last_part(path)
    if _is_searched(path) and name in found:
        path = found[name]
    elif not _ELSEWHERE.match(path):
        path = os.path.join(root, path)
    return replace(entry, path=path, name=entry.name or name)


def _found_below(root: str, names: Iterable[str]) -> dict[str, str]:
    """Return the path of each name that exactly one file below a folder has. Links to folders are not followed."""
    found: dict[str, list[str]] = {name: [] for name in names}
    for folder, _, files in os.walk(root or os.curdir):
        for name in found.keys() & files:
            found[name].append(os.path.join(folder, name).removeprefix("./"))
    return {name: paths[0] for name, paths in found.items() if len(paths) == 1}
