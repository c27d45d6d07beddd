"""A cache of md5sums, so that a file that did not change is read only once."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from ..argument_errors import ApiFileError
from .regular_file import Path, path_text

if TYPE_CHECKING:
    import sqlite3

_SCHEMA = """
CREATE TABLE IF NOT EXISTS md5sums (
    path BLOB PRIMARY KEY,
    device TEXT NOT NULL, inode TEXT NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    ctime_ns INTEGER NOT NULL,
    md5sum TEXT NOT NULL
) WITHOUT ROWID
"""

_BUSY_TIMEOUT = 30.0
"""Seconds to wait for another process that writes to the cache."""

_SETTLING_NS = 2_000_000_000
"""Nanoseconds after its last change in which the md5sum of a file is not kept. Time stamps of some file systems are so
coarse that another change could have the same one."""


class Md5Cache:
    """A file with the md5sums of other files, each valid as long as its file is not changed.

    Pass it to `md5sum`, `md5sums` or `File.from_path`. A file is unchanged if its absolute path, device, inode, size,
    and its times of modification and of status change in nanoseconds are the same. The latter tells a change after
    which the time of modification was set back. The md5sum of a file that was changed less than 2 s ago is not kept.

    Threads and processes may share a cache. It is an SQLite database with a rollback journal, which relies on the locks
    of the file system. On NFS, locks work if the server and all clients support them (NFS 4, or NFS 3 with its lock
    daemon, without the mount options ``nolock`` and ``local_lock``). If you do not know, keep it on a local disk.

    Args:
        path: the path of the cache, created when it is first used. Its directory must exist.

    Raises:
        ApiTypeError, ApiValueError: the path is not one.
    """

    def __init__(self, path: Path) -> None:
        self.path = os.path.abspath(path_text(path))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.path!r})"

    def get(self, path: Path, status: os.stat_result) -> str | None:
        """Return the md5sum of a file, or None if it is not known or the file was changed since.

        Args:
            path: the path of the file.
            status: what `os.stat` returns for it.

        Raises:
            ApiFileError: the cache cannot be read.
        """
        query = "SELECT device, inode, size, mtime_ns, ctime_ns, md5sum FROM md5sums WHERE path = ?"
        with self._connection() as connection:
            row = connection.execute(query, [_key(path)]).fetchone()
        return str(row[5]) if row is not None and row[:5] == _version(status) else None

    def put(self, path: Path, status: os.stat_result, md5sum: str) -> None:
        """Keep the md5sum of a file, unless the file was changed less than 2 s ago.

        Args:
            path: the path of the file.
            status: what `os.stat` returned for it before it was read.
            md5sum: its md5sum.

        Raises:
            ApiFileError: the cache cannot be written.
        """
        if time.time_ns() - max(status.st_mtime_ns, status.st_ctime_ns) < _SETTLING_NS:
            return
        with self._connection() as connection:
            command = "REPLACE INTO md5sums VALUES (?, ?, ?, ?, ?, ?, ?)"
            connection.execute(command, [_key(path), *_version(status), md5sum])

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """Yield a new connection, which commits and is closed at the end: one must not be used after a fork."""
        import sqlite3  # only where a cache is used

        try:
            # The journal mode stays the default. A write-ahead log does not work on a network file system.
            with closing(sqlite3.connect(self.path, timeout=_BUSY_TIMEOUT)) as connection, connection:
                connection.execute(_SCHEMA)
                yield connection
        except sqlite3.Error as error:
            raise ApiFileError(f"cannot use the cache {self.path!r}: {error}") from error


def _key(path: Path) -> bytes:
    return os.fsencode(os.path.abspath(path))


def _version(status: os.stat_result) -> tuple[str, str, int, int, int]:
    """Return what changes with the file. SQLite has no unsigned numbers of 64 bits, so two of them are text."""
    return str(status.st_dev), str(status.st_ino), status.st_size, status.st_mtime_ns, status.st_ctime_ns
