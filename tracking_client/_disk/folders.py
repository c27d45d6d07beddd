"""The files below a folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from .file_types import is_known_type
from .regular_file import file_error


def files_below(folder: str) -> list[str]:
    """Return the paths of the FASTQ and VCF files below a folder, sorted, without what is hidden.

    Links to folders are not followed. macOS writes a hidden file such as ``._a.fastq`` beside others, and a file server
    has older versions of all files in a hidden folder such as ``.snapshot``.

    Raises:
        ApiFileError: a folder cannot be read.
    """

    def fail(error: OSError) -> None:
        raise file_error(error, str(error.filename)) from error

    return sorted(
        os.path.join(parent, name)
        for parent, names in visible_files(folder, fail)
        for name in names
        if is_known_type(name)
    )


def visible_files(folder: str, fail: Callable[[OSError], None] | None = None) -> Iterator[tuple[str, list[str]]]:
    """Yield each folder below a folder, itself included, and the names of its files, without what is hidden.

    Args:
        folder: the folder. Links to folders are not followed.
        fail: called with the error of a folder that cannot be read; None to leave it out.
    """
    for parent, folders, files in os.walk(folder, onerror=fail):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield parent, [name for name in files if not name.startswith(".")]
