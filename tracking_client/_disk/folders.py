"""The files below a folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from ..argument_errors import ApiFileError
from .file_types import is_known_type
from .regular_file import file_error


def files_below(folder: str) -> tuple[list[str], list[tuple[str, ApiFileError]]]:
    """Return the paths of the FASTQ and VCF files below a folder, sorted, and the folders below that cannot be read.

    What is hidden is left out: macOS writes a file such as ``._a.fastq`` beside others, and a file server has older
    versions of all files in a folder such as ``.snapshot``. Links to folders are not followed.

    Raises:
        ApiFileError: the folder itself cannot be read.
    """
    errors: list[OSError] = []
    paths = sorted(
        os.path.join(parent, name)
        for parent, names in visible_files(folder, errors.append)
        for name in names
        if is_known_type(name)
    )
    unreadable = [(str(error.filename), file_error(error, str(error.filename))) for error in errors]
    if unreadable and unreadable[0][0] == folder:
        raise unreadable[0][1]
    return paths, unreadable


def visible_files(folder: str, fail: Callable[[OSError], None] | None = None) -> Iterator[tuple[str, list[str]]]:
    """Yield each folder below a folder, itself included, and the names of its files, without what is hidden.

    Args:
        folder: the folder. Links to folders are not followed.
        fail: called with the error of a folder that cannot be read; None to leave it out.
    """
    for parent, folders, files in os.walk(folder, onerror=fail):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield parent, [name for name in files if not name.startswith(".")]
