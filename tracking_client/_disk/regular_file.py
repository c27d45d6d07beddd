"""A file on disk that is read from its first to its last byte."""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Union

from ..argument_errors import (
    ApiFileError,
    ApiFileNotFoundError,
    ApiFilePermissionError,
    ApiTypeError,
    ApiValueError,
)

Path = Union[str, "os.PathLike[str]"]

_BY_ERRNO = {
    errno.ENOENT: ApiFileNotFoundError,
    errno.EACCES: ApiFilePermissionError,
    errno.EPERM: ApiFilePermissionError,
}


def path_text(path: Any) -> str:
    """Return a path as text.

    Raises:
        ApiTypeError: it is not a str or an `os.PathLike` of one.
        ApiValueError: it is empty, or contains a null character.
    """
    text = os.fspath(path) if isinstance(path, (str, os.PathLike)) else None
    if not isinstance(text, str):
        raise ApiTypeError(f"Invalid type for a path ({path!r}), must be str or os.PathLike[str]", None, (str,))
    if not text or "\0" in text:
        raise ApiValueError(f"Invalid path ({text!r}), must not be empty or contain a null character")
    return text


def file_error(error: OSError, path: str) -> ApiFileError:
    """Return the error of this library for an error of the operating system."""
    kind = _BY_ERRNO.get(error.errno or 0, ApiFileError)
    return kind(error.errno, error.strerror, path)


class RegularFile(io.FileIO):
    """A file whose errors while it is read are those of this library.

    Args:
        path: its path.
        size: its size in bytes.
    """

    def __init__(self, path: str, size: int) -> None:
        super().__init__(path)
        self.path = path
        self.size = size

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer, and return the number of bytes.

        Raises:
            ApiFileError: the operating system reports an error, or the file has become longer.
        """
        try:
            count = super().readinto(buffer) or 0
        except OSError as error:
            raise file_error(error, self.path) from error
        # The end of a file might never be reached while another process writes to it.
        if self.tell() > self.size:
            raise changed(self.path)
        return count


@contextmanager
def open_unchanged(path: str) -> Iterator[tuple[RegularFile, os.stat_result]]:
    """Open a regular file with at least one byte. Yield it, unbuffered, and its status.

    Raises:
        ApiFileError: it cannot be read, is not a regular file, is empty, or was changed before the block ended.
    """
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        # Opening a named pipe could block, and a device may have no end.
        if not stat.S_ISREG(status.st_mode):
            raise ApiFileError(f"cannot read {path!r}: it is not a regular file")
        if not status.st_size:
            raise ApiFileError(f"cannot use {path!r}: it is empty")
        stream = RegularFile(path, status.st_size)
    except ApiFileError:
        raise
    except OSError as error:
        raise file_error(error, path) from error
    with stream:
        yield stream, status
    try:
        after = os.stat(path)
    except OSError as error:
        raise changed(path) from error
    if identity(after) != identity(status):
        raise changed(path)


def read_bytes(path: str) -> bytes:
    """Return the content of a file.

    Raises:
        ApiFileError: as `open_unchanged` does.
    """
    with open_unchanged(path) as (stream, status):
        content = bytearray(status.st_size)
        rest = memoryview(content)
        while count := stream.readinto(rest):
            rest = rest[count:]
    return bytes(content)


def identity(status: os.stat_result) -> tuple[int, ...]:
    """Return what differs after a file was written to, or replaced by another.

    The time of its modification can be set back, as `rsync` and `cp -p` do; that of its status cannot.
    """
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def changed(path: str) -> ApiFileError:
    """Return the error for a file that was written to while it was read."""
    return ApiFileError(f"cannot use {path!r}: it was changed while it was read")
