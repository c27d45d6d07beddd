"""The embedded service's store: samples and their files in one SQLite file.

Each write is one transaction, synced to disk before the method returns (SQLite's default rollback journal with
``synchronous=FULL``), so what was answered survives the process being killed.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from typing import Optional, Union

_SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE sample (
    id TEXT PRIMARY KEY,
    experiment_id TEXT UNIQUE,
    isolate_id TEXT UNIQUE
);
CREATE TABLE file (
    md5sum TEXT PRIMARY KEY,
    sample_id TEXT NOT NULL REFERENCES sample (id) ON DELETE CASCADE,
    filename TEXT NOT NULL,
    file_type TEXT NOT NULL
);
CREATE INDEX file_of_sample ON file (sample_id);
"""

_SAMPLE = "SELECT id, experiment_id AS 'experiment-id', isolate_id AS 'isolate-id' FROM sample"
_FILE = "SELECT md5sum, filename, file_type AS 'file-type' FROM file"

Row = dict[str, str]


class NotFound(LookupError):
    """No such sample, or no such file of that sample."""


class AlreadyExists(Exception):
    """Another row has that md5sum, experiment-id or isolate-id."""


class Database:
    """Samples and files, kept in a SQLite file.

    One connection serves all threads, one at a time; other processes may use the same file. The connection is opened
    when first used, so that a server that forks its workers after making the application gives each its own.

    Args:
        path: the file, made if it is not there; its directory must exist.

    Raises:
        OSError: the file can't be opened, or is not a database of this service.
    """

    def __init__(self, path: Union[str, os.PathLike[str]]) -> None:
        if os.fspath(path) in ("", ":memory:"):
            raise OSError(f"can't open the database {os.fspath(path)!r}: the path must be a file's")
        # A later change of directory must not lead to another file.
        self.path = os.path.abspath(path)
        self._lock = threading.Lock()
        self._connection: Optional[sqlite3.Connection] = None
        with contextlib.closing(self._connect()) as connection:
            self._prepare(connection)

    def close(self) -> None:
        """Closes the file. Another call of any method opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def add_sample(self, experiment_id: Optional[str], isolate_id: Optional[str]) -> Row:
        """Adds a sample and returns it. Raises AlreadyExists when one of the two names is taken."""
        sample_id = str(uuid.uuid4())
        with self._transaction() as connection, _unique():
            connection.execute("INSERT INTO sample VALUES (?, ?, ?)", (sample_id, experiment_id, isolate_id))
            return self._sample(connection, sample_id)

    def sample(self, id: str) -> Row:
        """The sample with that id (lower-case text of a UUID). Raises NotFound."""
        with self._reading() as connection:
            return self._sample(connection, id)

    def samples(self, experiment_id: Optional[str] = None, isolate_id: Optional[str] = None) -> list[Row]:
        """The samples with these names, where given, or all, oldest first."""
        wanted = {"experiment_id": experiment_id, "isolate_id": isolate_id}
        given = {column: value for column, value in wanted.items() if value is not None}
        where = " AND ".join(f"{column} = :{column}" for column in given) or "TRUE"
        with self._reading() as connection:
            return [_row(row) for row in connection.execute(f"{_SAMPLE} WHERE {where} ORDER BY rowid", given)]

    def delete_sample(self, id: str) -> None:
        """Deletes a sample and its files. Raises NotFound."""
        with self._transaction() as connection:
            if not connection.execute("DELETE FROM sample WHERE id = ?", (id,)).rowcount:
                raise NotFound(id)

    def add_file(self, sample_id: str, md5sum: str, filename: str, file_type: str) -> Row:
        """Adds a file to a sample and returns it. Raises NotFound (the sample), AlreadyExists (on any sample)."""
        with self._transaction() as connection, _unique():
            self._sample(connection, sample_id)
            connection.execute("INSERT INTO file VALUES (?, ?, ?, ?)", (md5sum, sample_id, filename, file_type))
            return self._file(connection, md5sum)

    def file(self, md5sum: str, sample_id: Optional[str] = None) -> Row:
        """The file with that md5sum, of that sample if one is named. Raises NotFound."""
        with self._reading() as connection:
            return self._file(connection, md5sum, sample_id)

    def files(self, sample_id: str) -> list[Row]:
        """The files of a sample, oldest first. Raises NotFound (the sample)."""
        with self._reading() as connection:
            self._sample(connection, sample_id)
            rows = connection.execute(f"{_FILE} WHERE sample_id = ? ORDER BY rowid", (sample_id,))
            return [_row(row) for row in rows]

    def delete_file(self, sample_id: str, md5sum: str) -> None:
        """Deletes a file of a sample. Raises NotFound."""
        with self._transaction() as connection:
            if not connection.execute(
                "DELETE FROM file WHERE md5sum = ? AND sample_id = ?", (md5sum, sample_id)
            ).rowcount:
                raise NotFound(md5sum)

    @staticmethod
    def _sample(connection: sqlite3.Connection, id: str) -> Row:
        return _found(connection.execute(f"{_SAMPLE} WHERE id = ?", (id,)).fetchone())

    @staticmethod
    def _file(connection: sqlite3.Connection, md5sum: str, sample_id: Optional[str] = None) -> Row:
        return _found(
            connection.execute(
                f"{_FILE} WHERE md5sum = ? AND sample_id = ifnull(?, sample_id)", (md5sum, sample_id)
            ).fetchone()
        )

    def _connect(self) -> sqlite3.Connection:
        try:
            # isolation_level None: transactions begin where _transaction says, not where the module guesses.
            connection = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise OSError(f"can't open the database {self.path}: {error}") from error
        connection.row_factory = sqlite3.Row
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        try:
            connection.execute("BEGIN IMMEDIATE")
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if not tables:
                for statement in _SCHEMA.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
            elif version != _SCHEMA_VERSION:
                raise OSError(f"{self.path} is not a database of this service (its user_version is {version})")
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise OSError(f"can't use {self.path} as a database: {error}") from error

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            if self._connection is None:
                self._connection = self._connect()
                self._connection.execute("PRAGMA foreign_keys = ON")
            yield self._connection

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as connection:
            # IMMEDIATE: what is checked first still holds when the row is written, over processes too.
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise


def _row(row: sqlite3.Row) -> Row:
    """A row as the JSON object it becomes: a name that was never given is left out."""
    return {key: value for key, value in dict(row).items() if value is not None}


def _found(row: Optional[sqlite3.Row]) -> Row:
    if row is None:
        raise NotFound
    return _row(row)


@contextlib.contextmanager
def _unique() -> Iterator[None]:
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise AlreadyExists from error
