"""The command ``tracking-client serve``, as a process."""

from __future__ import annotations

import contextlib
import re
import socket
import sqlite3
import subprocess
import sys

import pytest
from clients import add_sample
from processes import COMMAND, run, serve
from service_connection import FILE, NO_SAMPLE, Connection

import tracking_client


def test_url_is_printed_once_requests_are_accepted(tmp_path):
    process, host = serve(tmp_path / "tracking.sqlite")
    try:
        with tracking_client.ApiClient(tracking_client.Configuration(host=host)) as api_client:
            assert add_sample(api_client)
    finally:
        process.terminate()
        process.communicate(timeout=20)


def test_database_that_cannot_be_opened_is_an_error(tmp_path):
    done = run("serve", "--database", str(tmp_path / "no" / "directory"), "--port", "0")
    assert (done.returncode, done.stdout) == (1, "")
    assert "can't open the database" in done.stderr
    assert "Traceback" not in done.stderr


def test_address_in_use_is_an_error(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        done = run("serve", "--database", str(tmp_path / "tracking.sqlite"), "--bind", "127.0.0.1", "--port", port)
    assert (done.returncode, done.stdout) == (1, "")
    assert "in use" in done.stderr


def stderr_after(process, host, *requests):
    """Send requests, terminate the service, and return the statuses and what it has written to standard error."""
    with Connection(host) as connection:
        statuses = [connection.request(*request)[0] for request in requests]
    process.terminate()
    return statuses, process.communicate(timeout=20)[1]


def drop_table_of_files(database):
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("DROP TABLE file")
        connection.commit()


def test_internal_errors_are_told_with_their_traceback(tmp_path):
    process, host = serve(tmp_path / "tracking.sqlite")
    drop_table_of_files(tmp_path / "tracking.sqlite")
    statuses, told = stderr_after(process, host, ("GET", "/files/a"), ("GET", "/samples"), ("GET", "/files/b"))
    assert statuses == [500, 200, 500]
    logged = re.findall(r"^[\d-]+ [\d:,]+ (.*)$", told, re.MULTILINE)
    assert logged == [f"ERROR GET /api/v1/files/{md5sum}: internal error" for md5sum in "ab"]
    assert told.count("Traceback (most recent call last)") == 2
    assert "no such table" in told


def test_damaged_database_is_told(tmp_path):
    process, host = serve(tmp_path / "tracking.sqlite")
    content = (tmp_path / "tracking.sqlite").read_bytes()
    (tmp_path / "tracking.sqlite").write_bytes(content[:100] + b"\xff" * (len(content) - 100))
    statuses, told = stderr_after(process, host, ("POST", "/samples", {}))
    assert statuses == [500]
    assert "POST /api/v1/samples: internal error\nTraceback" in told


def test_full_disk_is_told(tmp_path):
    """The process may not write files of more than 100 kB."""
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000));" + COMMAND[-1]
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, "serve", "--database", str(tmp_path / "tracking.sqlite"), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    host = process.stdout.readline().strip()
    path = f"/samples/{NO_SAMPLE}/files"
    large = {**FILE, "filename": "x" * 200_000}
    statuses, told = stderr_after(process, host, ("POST", "/samples", {"id": NO_SAMPLE}), ("POST", path, large))
    assert statuses == [201, 500]
    assert f"POST /api/v1{path}: internal error\nTraceback" in told


def test_path_cannot_forge_a_line(tmp_path):
    process, host = serve(tmp_path / "tracking.sqlite", "--debug")
    drop_table_of_files(tmp_path / "tracking.sqlite")
    _, told = stderr_after(process, host, ("GET", "/files/a%0aFORGED%0d%1b[2J%C2%85%E2%80%A8FORGED"))
    assert not any(line.startswith("FORGED") for line in told.splitlines())
    assert told.count(r"GET /api/v1/files/a\nFORGED\r\x1b[2J\x85\u2028FORGED: ") == 2
    assert "\x1b" not in told


@pytest.mark.parametrize("arguments", [[], ["--debug"]])
def test_requests_are_told_only_with_debug(tmp_path, arguments):
    process, host = serve(tmp_path / "tracking.sqlite", *arguments)
    _, told = stderr_after(process, host, ("POST", "/samples", {}), ("GET", "/files/a"), ("GET", "/nonesuch"))
    requests = re.findall(r"^[\d-]+ [\d:,]+ DEBUG (.*) in \d+ ms(?:: .*)?$", told, re.MULTILINE)
    expected = ["POST /api/v1/samples: 201", "GET /api/v1/files/a: 404", "GET /api/v1/nonesuch: 404"]
    assert requests == (expected if arguments else [])
    assert len(told.splitlines()) == len(requests)


def test_reason_of_a_rejection_is_told_with_debug(tmp_path):
    process, host = serve(tmp_path / "tracking.sqlite", "--debug")
    statuses, told = stderr_after(process, host, ("POST", "/samples", {"isolate-id": 7}), ("PATCH", "/samples", {}))
    assert statuses == [400, 405]
    rejected, other = re.findall(r" DEBUG (.*) in \d+ ms: (.*)$", told, re.MULTILINE)
    assert rejected[0] == "POST /api/v1/samples: 400"
    assert "7 is not of type 'string'" in rejected[1]
    assert other[0] == "PATCH /api/v1/samples: 405"


@pytest.mark.parametrize(("arguments", "status"), [([], 421), (["--any-host"], 200)])
def test_other_hosts_are_served_only_if_told_so(tmp_path, arguments, status):
    process, host = serve(tmp_path / "tracking.sqlite", *arguments)
    with Connection(host) as connection:
        assert connection.request("GET", "/samples", Host="example.org")[0] == status
    process.terminate()
    process.communicate(timeout=20)
