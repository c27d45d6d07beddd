"""The tables of the database, and the migration of older databases.

`PRAGMA user_version` holds the version of the schema.
"""

from __future__ import annotations

import sqlite3

VERSION = 2

# In version 1, a file was deleted with its sample. In version 2 it stays, without a sample.
_FILE_TABLE = """
CREATE TABLE file (
    md5sum TEXT PRIMARY KEY,
    sample_id TEXT REFERENCES sample (id) ON DELETE SET NULL,
    filename TEXT NOT NULL,
    file_type TEXT NOT NULL
);
CREATE INDEX file_of_sample ON file (sample_id);
"""

# SQLite stores NaN as NULL, so NULL means NaN in start_time and coverage.
_NEW_IN_VERSION_2 = """
CREATE TABLE event (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id INTEGER NOT NULL UNIQUE,
    sample_id TEXT REFERENCES sample (id) ON DELETE SET NULL,
    name TEXT NOT NULL,
    software TEXT NOT NULL,
    software_version TEXT NOT NULL,
    start_time REAL,
    duration INTEGER NOT NULL,
    command TEXT NOT NULL
);
CREATE INDEX event_of_sample ON event (sample_id);
CREATE TABLE event_counter (last INTEGER NOT NULL);
INSERT INTO event_counter VALUES (0);
CREATE TABLE qc_result (
    sample_id TEXT PRIMARY KEY REFERENCES sample (id) ON DELETE CASCADE,
    coverage REAL,
    number_of_het_snps INTEGER NOT NULL,
    decision TEXT NOT NULL
);
CREATE TABLE status (
    sample_id TEXT PRIMARY KEY REFERENCES sample (id) ON DELETE CASCADE,
    de_contamination TEXT NOT NULL,
    qc TEXT NOT NULL,
    variant_calling TEXT NOT NULL,
    prediction TEXT NOT NULL,
    bigsi_building TEXT NOT NULL,
    distance_calculation TEXT NOT NULL,
    stage TEXT
);
"""

_SAMPLE_TABLE = """
CREATE TABLE sample (
    id TEXT PRIMARY KEY,
    experiment_id TEXT UNIQUE,
    isolate_id TEXT UNIQUE
);
"""

_RENAME_FILE_TABLE_OF_VERSION_1 = """
DROP INDEX file_of_sample;
ALTER TABLE file RENAME TO file_of_version_1;
"""

_COPY_FILES_OF_VERSION_1 = """
INSERT INTO file (md5sum, sample_id, filename, file_type)
    SELECT md5sum, sample_id, filename, file_type FROM file_of_version_1 ORDER BY rowid;
DROP TABLE file_of_version_1;
"""

_CREATE = (_SAMPLE_TABLE, _FILE_TABLE, _NEW_IN_VERSION_2)

# SQLite cannot change a column of a table, so the rows are copied.
_MIGRATE_FROM_1 = (_RENAME_FILE_TABLE_OF_VERSION_1, _FILE_TABLE, _COPY_FILES_OF_VERSION_1, _NEW_IN_VERSION_2)

_TABLES = {
    1: {"sample", "file"},
    2: {"sample", "file", "event", "event_counter", "qc_result", "status"},
}


def prepare(connection: sqlite3.Connection, path: str) -> None:
    """Create the tables in an empty database, or migrate an older one, in one transaction.

    Args:
        connection: A connection without a transaction, on which foreign keys are not enforced.
        path: The path of the database, for errors.

    Raises:
        OSError: The database is newer than this service, or not one of this service.
        sqlite3.Error: The file is not a SQLite database, or cannot be written.
    """
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables and not version:
        _run(connection, *_CREATE)
    elif version > VERSION and tables >= _TABLES[1]:
        raise OSError(
            f"can't use {path} as a database: it was written by a newer version of tracking_client "
            f"(schema version {version}; this version knows {VERSION}). Upgrade tracking_client."
        )
    elif not tables >= _TABLES.get(version, {"no such version"}):
        raise OSError(f"{path} is not a database of this service (its user_version is {version})")
    elif version == 1:
        _run(connection, *_MIGRATE_FROM_1)
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def _run(connection: sqlite3.Connection, *scripts: str) -> None:
    """Run SQL statements. `Connection.executescript` would commit the transaction first."""
    for statement in ";".join(scripts).split(";"):
        connection.execute(statement)
