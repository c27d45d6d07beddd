"""The storage of the embedded service: one SQLite file.

Each write is one transaction that is synced to disk before the response is sent (SQLite's default rollback journal with
``synchronous=FULL``). Acknowledged data therefore survives if the process is killed.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator

from . import migrations


class Database:
    """A SQLite file with the tables of `migrations`.

    The class is thread-safe: all threads share one connection, protected by a lock. Other processes can use the same
    file. The connection is opened on first use, so that each worker process has its own if a server creates the
    application first and forks its workers later.

    Args:
        path: The path of the file. The file is created if it does not exist; its directory must exist. A file of an
            older version is migrated.

    Raises:
        OSError: The file cannot be opened, is not a database of this service, or is newer than this service.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        if os.fspath(path) in ("", ":memory:"):
            raise OSError(f"can't open the database {os.fspath(path)!r}: the path must name a file")
        # Absolute, so that changing the working directory later does not select another file.
        self.path = os.path.abspath(path)
        self._lock = threading.Lock()
        self._is_closed = False
        self._connection: sqlite3.Connection | None = None
        with contextlib.closing(self._connect()) as connection:
            try:
                migrations.prepare(connection, self.path)
            except sqlite3.Error as error:
                raise OSError(f"can't use {self.path} as a database: {error}") from error

    def close(self) -> None:
        """Close the file, after the transaction in progress. Other methods raise RuntimeError from now on."""
        self._is_closed = True
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextlib.contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection for reading, while holding the lock.

        Raises:
            RuntimeError: The database has been closed.
        """
        with self._lock:
            if self._is_closed:
                raise RuntimeError(f"the database {self.path} has been closed")
            if self._connection is None:
                self._connection = self._connect()
                self._connection.execute("PRAGMA foreign_keys = ON")
            yield self._connection

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection within a write transaction. It is rolled back if the block raises."""
        with self.connection() as connection:
            # IMMEDIATE takes the write lock now, so that no other process can write between a read and a write of
            # this transaction.
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _connect(self) -> sqlite3.Connection:
        """Return a new connection.

        Raises:
            OSError: The file cannot be opened.
        """
        try:
            # isolation_level=None: `transaction` begins transactions explicitly, not the sqlite3 module implicitly.
            connection = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise OSError(f"can't open the database {self.path}: {error}") from error
        connection.row_factory = sqlite3.Row
        return connection
