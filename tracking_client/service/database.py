"""The storage of the embedded service: samples and their files in one SQLite file.

Each write is one transaction that is synced to disk before the method returns (SQLite's default rollback journal with
``synchronous=FULL``). Acknowledged data therefore survives if the process is killed.
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

_SELECT_SAMPLE = "SELECT id, experiment_id AS 'experiment-id', isolate_id AS 'isolate-id' FROM sample"
_SELECT_FILE = "SELECT md5sum, filename, file_type AS 'file-type' FROM file"

Row = dict[str, str]


class NotFound(LookupError):
    """The sample does not exist, or it has no such file."""


class AlreadyExists(Exception):
    """Another file has this md5sum, or another sample has this experiment-id or isolate-id."""


class Database:
    """Samples and files in a SQLite file.

    The class is thread-safe: all threads share one connection, protected by a lock. Other processes can use the same
    file. The connection is opened on first use, so that each worker process has its own if a server creates the
    application first and forks its workers later.

    Args:
        path: The path of the file. The file is created if it does not exist; its directory must exist.

    Raises:
        OSError: The file cannot be opened, or is not a database of this service.
    """

    def __init__(self, path: Union[str, os.PathLike[str]]) -> None:
        if os.fspath(path) in ("", ":memory:"):
            raise OSError(f"can't open the database {os.fspath(path)!r}: the path must name a file")
        # Absolute, so that changing the working directory later does not select another file.
        self.path = os.path.abspath(path)
        self._lock = threading.Lock()
        self._connection: Optional[sqlite3.Connection] = None
        with contextlib.closing(self._connect()) as connection:
            self._create_or_verify_schema(connection)

    def close(self) -> None:
        """Close the file. The next call of any other method opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def add_sample(self, experiment_id: Optional[str], isolate_id: Optional[str]) -> Row:
        """Add a sample and return it.

        Raises:
            AlreadyExists: Another sample has this experiment-id or isolate-id.
        """
        sample_id = str(uuid.uuid4())
        with self._transaction() as connection, _translate_integrity_error():
            connection.execute("INSERT INTO sample VALUES (?, ?, ?)", (sample_id, experiment_id, isolate_id))
            return self._select_sample(connection, sample_id)

    def sample(self, id: str) -> Row:
        """Return the sample with this id, a UUID in lower case.

        Raises:
            NotFound: The sample does not exist.
        """
        with self._locked_connection() as connection:
            return self._select_sample(connection, id)

    def samples(self, experiment_id: Optional[str] = None, isolate_id: Optional[str] = None) -> list[Row]:
        """Return the samples that match every given name, or all samples if none is given, oldest first."""
        filters = {"experiment_id": experiment_id, "isolate_id": isolate_id}
        given = {column: value for column, value in filters.items() if value is not None}
        where = " AND ".join(f"{column} = :{column}" for column in given) or "TRUE"
        with self._locked_connection() as connection:
            rows = connection.execute(f"{_SELECT_SAMPLE} WHERE {where} ORDER BY rowid", given)
            return [_json_object(row) for row in rows]

    def delete_sample(self, id: str) -> None:
        """Delete a sample and the records of its files.

        Raises:
            NotFound: The sample does not exist.
        """
        with self._transaction() as connection:
            if not connection.execute("DELETE FROM sample WHERE id = ?", (id,)).rowcount:
                raise NotFound(id)

    def add_file(self, sample_id: str, md5sum: str, filename: str, file_type: str) -> Row:
        """Add a file to a sample and return it.

        Raises:
            NotFound: The sample does not exist.
            AlreadyExists: A file with this md5sum is registered, with this sample or another.
        """
        with self._transaction() as connection, _translate_integrity_error():
            self._select_sample(connection, sample_id)
            connection.execute("INSERT INTO file VALUES (?, ?, ?, ?)", (md5sum, sample_id, filename, file_type))
            return self._select_file(connection, md5sum)

    def file(self, md5sum: str, sample_id: Optional[str] = None) -> Row:
        """Return the file with this md5sum.

        Raises:
            NotFound: The file does not exist, or is not registered with the sample `sample_id`, if that is given.
        """
        with self._locked_connection() as connection:
            return self._select_file(connection, md5sum, sample_id)

    def files(self, sample_id: str) -> list[Row]:
        """Return the files of a sample, oldest first.

        Raises:
            NotFound: The sample does not exist.
        """
        with self._locked_connection() as connection:
            self._select_sample(connection, sample_id)
            rows = connection.execute(f"{_SELECT_FILE} WHERE sample_id = ? ORDER BY rowid", (sample_id,))
            return [_json_object(row) for row in rows]

    def delete_file(self, sample_id: str, md5sum: str) -> None:
        """Delete the record of a file from a sample.

        Raises:
            NotFound: The sample has no file with this md5sum.
        """
        with self._transaction() as connection:
            if not connection.execute(
                "DELETE FROM file WHERE md5sum = ? AND sample_id = ?", (md5sum, sample_id)
            ).rowcount:
                raise NotFound(md5sum)

    @staticmethod
    def _select_sample(connection: sqlite3.Connection, id: str) -> Row:
        return _require_row(connection.execute(f"{_SELECT_SAMPLE} WHERE id = ?", (id,)).fetchone())

    @staticmethod
    def _select_file(connection: sqlite3.Connection, md5sum: str, sample_id: Optional[str] = None) -> Row:
        return _require_row(
            connection.execute(
                f"{_SELECT_FILE} WHERE md5sum = ? AND sample_id = ifnull(?, sample_id)", (md5sum, sample_id)
            ).fetchone()
        )

    def _connect(self) -> sqlite3.Connection:
        """Return a new connection.

        Raises:
            OSError: The file cannot be opened.
        """
        try:
            # isolation_level=None: _transaction begins transactions explicitly, not the sqlite3 module implicitly.
            connection = sqlite3.connect(self.path, timeout=30, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise OSError(f"can't open the database {self.path}: {error}") from error
        connection.row_factory = sqlite3.Row
        return connection

    def _create_or_verify_schema(self, connection: sqlite3.Connection) -> None:
        """Create the tables in an empty database; verify the schema version of any other.

        Raises:
            OSError: The file is not a SQLite database, or has another schema version.
        """
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
    def _locked_connection(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection, opened if necessary, while holding the lock."""
        with self._lock:
            if self._connection is None:
                self._connection = self._connect()
                self._connection.execute("PRAGMA foreign_keys = ON")
            yield self._connection

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection within a write transaction. It is rolled back if the block raises."""
        with self._locked_connection() as connection:
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


def _json_object(row: sqlite3.Row) -> Row:
    """Return a row as the JSON object of a response, without the columns that are NULL."""
    return {key: value for key, value in dict(row).items() if value is not None}


def _require_row(row: Optional[sqlite3.Row]) -> Row:
    """Return the row as a JSON object.

    Raises:
        NotFound: There is no row.
    """
    if row is None:
        raise NotFound
    return _json_object(row)


@contextlib.contextmanager
def _translate_integrity_error() -> Iterator[None]:
    """Raise AlreadyExists if the block violates a unique constraint."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise AlreadyExists from error
