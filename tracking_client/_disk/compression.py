"""Whether a compressed file has content, and whether it is complete, by decompressing it."""

from __future__ import annotations

import bz2
import lzma
import os
import zlib
from collections.abc import Callable
from typing import IO, Any

from ..argument_errors import ApiFileError, ApiValueError
from .regular_file import RegularFile

_BLOCK_SIZE = 1024 * 1024
"""Decompressed bytes that are read at a time."""


def _gzip_reader(stream: IO[bytes]) -> Any:
    from gzip import GzipFile  # only where there is such a file

    return GzipFile(fileobj=stream, mode="rb")


_READERS: dict[str, Callable[[IO[bytes]], Any]] = {
    ".gz": _gzip_reader,
    ".bgz": _gzip_reader,
    ".bz2": bz2.BZ2File,
    ".xz": lzma.LZMAFile,
}

_BGZF_START = b"\x1f\x8b\x08\x04"
_BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty block at the end of a file by bgzip (SAM specification, section 4.1.2)."""


def require_content(stream: RegularFile) -> None:
    """Raise an error for a compressed file that contains nothing. Only its beginning is decompressed.

    A file that is damaged, or is not compressed as its name says, passes, and so does one in ``.zst``.

    Args:
        stream: the file, at any position. The end of its name says how it is compressed.

    Raises:
        ApiFileError: it contains nothing.
    """
    open_reader = _READERS.get(_extension(stream))
    if open_reader is None:
        return
    try:
        stream.seek(0)
        with open_reader(stream) as reader:
            is_empty = not reader.read(1)
    except ApiFileError:
        raise
    except (EOFError, OSError, lzma.LZMAError, zlib.error):
        return
    if is_empty:
        raise ApiFileError(f"cannot use {stream.path!r}: it contains nothing, once it is decompressed")


def verify_complete(stream: RegularFile) -> str | None:
    """Decompress a file, so that a truncated or damaged one is found. One that is not compressed passes.

    Args:
        stream: the file, at any position. The end of its name says how it is compressed.

    Returns:
        What is to be said about a file that passes; None if there is nothing.

    Raises:
        ApiFileError: it is truncated or damaged, or is not compressed as its name says.
        ApiValueError: it is compressed in a way that Python cannot decompress (``.zst``).
    """
    extension = _extension(stream)
    if extension == ".zst":
        raise ApiValueError(f"Cannot verify {stream.path!r}: Python cannot decompress .zst. Pass verify=False")
    if extension not in _READERS:
        return None
    try:
        _decompress(stream, extension)
        if extension in (".gz", ".bgz") and _lacks_last_block(stream):
            return (
                f"{stream.path!r} has no empty block at its end, which bgzip writes and bcl2fastq does not: it is "
                "complete, or was cut between two blocks"
            )
    except EOFError as error:
        raise ApiFileError(f"cannot use {stream.path!r}: it is truncated") from error
    except ApiFileError:
        raise
    except (OSError, lzma.LZMAError, zlib.error) as error:
        problem = f"it is damaged, or not a {extension} file: {error}"
        raise ApiFileError(f"cannot use {stream.path!r}: {problem}") from error
    return None


def _extension(stream: RegularFile) -> str:
    return os.path.splitext(stream.path)[1].lower()


def _decompress(stream: RegularFile, extension: str) -> None:
    stream.seek(0)
    with _READERS[extension](stream) as reader:
        while reader.read(_BLOCK_SIZE):
            pass


def _lacks_last_block(stream: RegularFile) -> bool:
    """Return whether a file consists of blocks, each a complete gzip file, without an empty one at the end."""
    stream.seek(0)
    start = stream.read(14)
    if not start.startswith(_BGZF_START) or start[12:] != b"BC":
        return False
    stream.seek(-len(_BGZF_END), os.SEEK_END)
    return stream.read() != _BGZF_END
