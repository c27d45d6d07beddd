"""Where on disk the files are that a manifest names."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from ..._disk.folders import visible_files
from ..._disk.regular_file import file_error
from .._entries import Entry
from ._findings import Findings

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|(?:ftp|fasp)\.[\w.-]+:?/")
"""How a URL begins, also without its scheme as ENA writes it."""

_WINDOWS = re.compile(r"[A-Za-z]:/|//")
"""How a path with a drive or a computer of Windows begins."""


def last_part(path: str) -> str:
    """Return the last part of a path or a URL, without the query of a URL."""
    if "://" in path:
        path = re.split("[?#]", path, maxsplit=1)[0]
    return path.rpartition("/")[2]


def located(entries: Sequence[Entry], root: str, is_given: bool, findings: Findings) -> list[Entry]:
    """Return the entries, with their names, and their paths as they are on disk.

    A relative path starts at the root. A URL or a bare name is searched for below the root by its last part, and found
    if exactly one file has it, and no other entry; so is a path of Windows if its md5sum is known, which tells whether
    it is this file. If the root is given, or one of the files is on disk, all must be.

    Args:
        entries: the entries, with their paths as they are written.
        root: the folder; empty for the current one.
        is_given: whether the user has given it.
        findings: where to note that no file is on disk, if an md5sum has to be computed.

    Raises:
        ApiFileError: the user has given a root that is no folder.
    """
    if is_given:
        try:
            os.scandir(root).close()
        except OSError as error:
            raise file_error(error, root) from error
    names = {entry.path: last_part(entry.path) for entry in entries if entry.path}
    verified = {entry.path for entry in entries if entry.md5sum is not None}
    urls = {path for path in names if _URL.match(path)}
    elsewhere = urls.union(filter(_WINDOWS.match, names))
    count = Counter(names.values())
    searched = {
        path: name for path, name in names.items() if "/" not in path or path in urls or path in elsewhere & verified
    }
    found = _found_below(root, {name for name in searched.values() if count[name] == 1})
    paths = {path: path if path in elsewhere else _on_disk(os.path.join(root, path)) for path in names}
    paths |= {path: found[name] for path, name in searched.items() if name in found}
    is_any_on_disk = any(map(os.path.lexists, paths.values()))
    if any(entry.md5sum is None for entry in entries) and not is_any_on_disk:
        findings.note(1, f"no file that is named is on disk, in {root or os.curdir!r}; say where they are with root=")
    uncertain = {path for path in urls - verified if searched[path] in found}
    for entry in entries:
        if entry.path in uncertain:
            line = 0 if entry.source is None else entry.source.line
            message = f"{paths[entry.path]!r} was found by its name, and no md5sum tells whether it is this file"
            findings.note(line, message)
    must_be = is_given or is_any_on_disk
    return [
        entry._replace(path=paths[entry.path], name=entry.name or names[entry.path], must_be_on_disk=must_be)
        if entry.path
        else entry
        for entry in entries
    ]


def _on_disk(path: str) -> str:
    """Return a path in the Unicode form that is on disk, if one is: macOS writes é as e and an accent."""
    forms = (path, *(unicodedata.normalize(form, path) for form in ("NFC", "NFD")))
    return path if path.isascii() else next(filter(os.path.lexists, forms), path)


def _found_below(root: str, names: set[str]) -> dict[str, str]:
    """Return the path of each name that exactly one file below a folder has, or one directly in it.

    Links to folders are not followed, and folders that are hidden or cannot be read have no files.
    """
    found = {name: [path] for name in names if os.path.isfile(path := _on_disk(os.path.join(root, name)))}
    searched = {unicodedata.normalize("NFC", name): name for name in names - found.keys()}
    for folder, files in visible_files(root or os.curdir) if searched else ():
        for file in files:
            if name := searched.get(unicodedata.normalize("NFC", file)):
                found.setdefault(name, []).append(os.path.join(folder, file).removeprefix("./"))
    return {name: paths[0] for name, paths in found.items() if len(paths) == 1}
