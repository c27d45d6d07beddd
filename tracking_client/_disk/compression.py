"""Whether a compressed file is complete, by decompressing it."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import zlib
from collections.abc import Callable
from typing import IO, Any

from ..argument_errors import ApiFileError, ApiValueError
from .regular_file import RegularFile

_BLOCK_SIZE = 1024 * 1024
"""Decompressed bytes that are read at a time."""

_READERS: dict[str, Callable[[IO[bytes]], Any]] = {
    ".gz": lambda stream: gzip.GzipFile(fileobj=stream, mode="rb"),
    ".bgz": lambda stream: gzip.GzipFile(fileobj=stream, mode="rb"),
    ".bz2": bz2.BZ2File,
    ".xz": lzma.LZMAFile,
}

_BGZF_START = b"\x1f\x8b\x08\x04"
_BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty block at the end of a file by bgzip (SAM specification, section 4.1.2)."""


def verify_complete(stream: RegularFile) -> None:
    """Decompress a file, so that a truncated or damaged one is found. One that is not compressed passes.

    Args:
        stream: the file, at any position. The end of its name says how it is compressed.

    Raises:
        ApiFileError: it is truncated or damaged, or is not compressed as its name says.
        ApiValueError: it is compressed in a way that Python cannot decompress (``.zst``).
    """
    extension = os.path.splitext(stream.path)[1].lower()
    if extension == ".zst":
        raise ApiValueError(f"Cannot verify {stream.path!r}: Python cannot decompress .zst. Pass verify=False")
    if extension not in _READERS:
        return
    try:
        _decompress(stream, extension)
        if extension in (".gz", ".bgz"):
            _require_last_block(stream)
    except EOFError as error:
        raise ApiFileError(f"cannot use {stream.path!r}: it is truncated") from error
    except ApiFileError:
        raise
    except (OSError, lzma.LZMAError, zlib.error) as error:
        problem = f"it is damaged, or not a {extension} file: {error}"
        raise ApiFileError(f"cannot use {stream.path!r}: {problem}") from error


def _decompress(stream: RegularFile, extension: str) -> None:
    stream.seek(0)
    with _READERS[extension](stream) as reader:
        while reader.read(_BLOCK_SIZE):
            pass


def _require_last_block(stream: RegularFile) -> None:
    """Raise EOFError for a file by bgzip that lacks its last block. Each of its blocks is a complete gzip file."""
    stream.seek(0)
    start = stream.read(14)
    if start.startswith(_BGZF_START) and start[12:] == b"BC":
        stream.seek(-len(_BGZF_END), os.SEEK_END)
        if stream.read() != _BGZF_END:
            raise EOFError("there is no empty block at the end")
