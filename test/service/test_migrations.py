"""Databases of other versions: older ones are migrated without loss, newer ones are rejected."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from service_connection import EVENT, Connection

from tracking_client.service import running_service
from tracking_client.service._storage import migrations

VERSION_1 = """
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
PRAGMA user_version = 1;
"""

SAMPLES = [
    ("3fa85f64-5717-4562-b3fc-2c963f66afa6", "e1", None),
    ("00000000-0000-0000-0000-000000000001", None, "é"),
    ("ffffffff-0000-0000-0000-000000000001", None, None),
]
FILES = [
    # Not in the order of their md5sums, and with values that the service no longer accepts.
    ("z", SAMPLES[0][0], "isolate.vcf", "vcf"),
    ("a/b", SAMPLES[0][0], "", "fastq"),
    ("line\nfeed", SAMPLES[0][0], "\x00", "fastq"),
    ("x" * 5000, SAMPLES[1][0], "large.fastq.gz", "fastq"),
]


@pytest.fixture
def database(tmp_path):
    """Return the path of a database of version 1."""
    path = tmp_path / "tracking.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(VERSION_1)
        connection.executemany("INSERT INTO sample VALUES (?, ?, ?)", SAMPLES)
        connection.executemany("INSERT INTO file VALUES (?, ?, ?, ?)", FILES)
        connection.commit()
    return path


def rows(path):
    """Return the version of a database, its samples and its files."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return (
            connection.execute("PRAGMA user_version").fetchone()[0],
            connection.execute("SELECT id, experiment_id, isolate_id FROM sample ORDER BY rowid").fetchall(),
            connection.execute("SELECT md5sum, sample_id, filename, file_type FROM file ORDER BY rowid").fetchall(),
        )


def schema(path):
    """Return the definitions of the tables and indexes of a database."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        entries = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name").fetchall()
    return [[str(value).replace('"', "") for value in entry] for entry in entries]


def test_migration_loses_nothing(database):
    with running_service(database) as host, Connection(host) as connection:
        id_ = SAMPLES[0][0]
        samples = connection.request("GET", "/samples")[2]
        assert samples[0] == {"id": id_, "experiment-id": "e1"}
        assert [sample["id"] for sample in samples] == [sample[0] for sample in SAMPLES]
        listed = connection.request("GET", f"/samples/{id_}/files")[2]
        assert [file["md5sum"] for file in listed] == ["z", "a/b", "line\nfeed"]
        assert connection.request("GET", "/files/line%0Afeed")[2]["filename"] == "\x00"
    assert rows(database) == (migrations.VERSION, SAMPLES, FILES)


def test_migrated_database_is_like_a_new_one(database, tmp_path):
    for path in (database, tmp_path / "new.sqlite"):
        with running_service(path):
            pass
    assert schema(database) == schema(tmp_path / "new.sqlite")


def test_migrated_database_has_all_features(database):
    path = f"/samples/{SAMPLES[0][0]}"
    for attempt in range(2):  # the second time, the database is of this version
        with running_service(database) as host, Connection(host) as connection:
            assert connection.request("POST", f"{path}/events", EVENT)[2]["id"] == attempt + 1
    with running_service(database) as host, Connection(host) as connection:
        assert connection.request("DELETE", path)[0] == 204
        assert connection.request("GET", "/files/z")[0] == 200


def test_failed_migration_changes_nothing(database, monkeypatch):
    before = rows(database), schema(database)
    monkeypatch.setattr(migrations, "_MIGRATE_FROM_1", (*migrations._MIGRATE_FROM_1, "SELECT no_such_column"))
    with pytest.raises(OSError, match="no such column"), running_service(database):
        pass
    assert (rows(database), schema(database)) == before


def test_database_that_is_migrated_by_several_at_once(database):
    barrier = threading.Barrier(4)

    def open_service(_):
        barrier.wait(20)
        with running_service(database) as host, Connection(host) as connection:
            return len(connection.request("GET", "/samples")[2])

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(open_service, range(4))) == [3] * 4
    assert rows(database) == (migrations.VERSION, SAMPLES, FILES)


def test_newer_database_is_rejected_and_not_changed(database):
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA user_version = 3")
    before = database.read_bytes()
    message = r"written by a newer version of tracking_client.*version 3.*Upgrade"
    with pytest.raises(OSError, match=message), running_service(database):
        pass
    assert database.read_bytes() == before
    assert os.listdir(database.parent) == [database.name]


@pytest.mark.parametrize("version", [0, 1, 2, 3, -1])
def test_database_of_another_application_is_rejected(tmp_path, version):
    path = tmp_path / "other.sqlite"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"CREATE TABLE sample (a); PRAGMA user_version = {version};")
    before = path.read_bytes()
    with pytest.raises(OSError, match="is not a database of this service"), running_service(path):
        pass
    assert path.read_bytes() == before
