"""The database of the embedded service: persistence, concurrency, several processes and unusable files."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import socket
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from processes import serve
from service_connection import EVENT, FILE, NO_SAMPLE, QC_RESULT, STATUS, Connection

from tracking_client.service import running_service

pytestmark = pytest.mark.once


def test_data_survives_restart(tmp_path):
    with running_service(tmp_path / "tracking.sqlite") as host, Connection(host) as connection:
        id_ = connection.add_sample(**{"isolate-id": "kept"})
        assert connection.request("POST", f"/samples/{id_}/files", FILE)[0] == 201
    with running_service(tmp_path / "tracking.sqlite") as host, Connection(host) as connection:
        assert connection.request("GET", f"/samples/{id_}/files")[2] == [FILE]


def test_acknowledged_data_survives_kill(tmp_path):
    for _ in range(3):
        process, host = serve(tmp_path / "tracking.sqlite")
        with Connection(host) as connection:
            before = connection.request("GET", "/samples")[2]
            acknowledged: list[str] = []
            timer = threading.Timer(0.3, process.kill)
            timer.start()
            try:
                while True:
                    acknowledged.append(connection.add_sample())
            except (OSError, http.client.HTTPException):
                pass
        process.communicate(timeout=20)
        timer.join()
        assert acknowledged
        with running_service(tmp_path / "tracking.sqlite") as host, Connection(host) as connection:
            stored = {sample["id"] for sample in connection.request("GET", "/samples")[2]}
        assert stored >= {sample["id"] for sample in before} | set(acknowledged)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_stops_process_cleanly(tmp_path, number):
    process, host = serve(tmp_path / "tracking.sqlite")
    assert host.startswith("http://127.0.0.1:")
    with Connection(host) as connection:
        assert connection.request("POST", "/samples", {})[0] == 201
        process.send_signal(number)
        output = process.communicate(timeout=20)
    assert (process.returncode, output) == (0, ("", ""))
    assert os.listdir(tmp_path) == ["tracking.sqlite"]


def test_sixteen_concurrent_clients(host):
    barrier = threading.Barrier(16)

    def client(number: int) -> tuple[int, str]:
        with Connection(host) as connection:
            id_ = connection.add_sample(**{"isolate-id": str(number)})
            barrier.wait(20)
            status_of_shared_file = connection.request("POST", f"/samples/{id_}/files", FILE)[0]
            for each in range(10):
                file = {**FILE, "md5sum": f"{number}-{each}"}
                assert connection.request("POST", f"/samples/{id_}/files", file)[::2] == (201, file)
                assert connection.request("GET", f"/files/{number}-{each}")[::2] == (200, file)
            return status_of_shared_file, id_

    with ThreadPoolExecutor(16) as threads:
        results = list(threads.map(client, range(16)))
    assert sorted(status for status, _ in results) == [201] + [409] * 15
    with Connection(host) as connection:
        for status, id_ in results:
            assert len(connection.request("GET", f"/samples/{id_}/files")[2]) == (11 if status == 201 else 10)


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", "/samples", {"isolate-id": "a"}, [201, 409, 409, 409]),
        ("POST", "/samples", {"experiment-id": "a"}, [201, 409, 409, 409]),
        ("POST", "/samples", {"id": NO_SAMPLE}, [201, 409, 409, 409]),
        ("POST", "/samples/{}/files", FILE, [201, 409, 409, 409]),
        ("POST", "/samples/{}/events", {**EVENT, "id": 1}, [201, 409, 409, 409]),
        ("POST", "/samples/{}/events", EVENT, [201, 201, 201, 201]),
        ("PUT", "/samples/{}/status", STATUS, [200, 200, 200, 200]),
        ("PUT", "/samples/{}/qc-result", QC_RESULT, [200, 200, 200, 200]),
        ("DELETE", "/samples/{}", None, [204, 404, 404, 404]),
    ],
)
def test_four_requests_at_once(method, path, body, expected):
    for _ in range(5):
        with running_service() as host:
            with Connection(host) as connection:
                concrete = path.format(connection.add_sample())
            assert sorted(at_once(host, *[(method, concrete, body)] * 4)) == expected
            if method == "PUT":
                with Connection(host) as connection:
                    assert [connection.request("DELETE", concrete)[0] for _ in range(2)] == [204, 404]


def at_once(host, *requests):
    """Send each request on its own connection, all at once, and return their statuses."""
    barrier = threading.Barrier(len(requests))

    def send(request):
        with Connection(host) as connection:
            connection.request("GET", "/samples")
            barrier.wait(20)
            return connection.request(*request)[0]

    with ThreadPoolExecutor(len(requests)) as threads:
        return list(threads.map(send, requests))


def test_delete_of_a_sample_beside_post_of_a_file(host):
    """The POST is either before the DELETE, or its sample is not found."""
    for number in range(20):
        with Connection(host) as connection:
            path = f"/samples/{connection.add_sample()}"
        post = ("POST", f"{path}/files", {**FILE, "md5sum": str(number)})
        deleted, posted = at_once(host, ("DELETE", path), post)
        assert deleted == 204
        assert posted in (201, 404)
        with Connection(host) as connection:
            assert connection.request("GET", f"/files/{number}")[0] == (200 if posted == 201 else 404)


def test_two_hundred_connections_at_once(host):
    parts = urlsplit(host)
    request = f"GET {parts.path}/samples HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with contextlib.ExitStack() as stack:
        connections = []
        for _ in range(200):
            connection = stack.enter_context(socket.create_connection((parts.hostname, parts.port), timeout=20))
            connection.sendall(request)
            connections.append(connection)
        assert all(connection.recv(65536).startswith(b"HTTP/1.1 200") for connection in connections)
        for connection in connections:  # all of them are still open
            connection.sendall(request)
        assert all(connection.recv(65536).startswith(b"HTTP/1.1 200") for connection in connections)


def test_md5sum_is_unique_over_two_processes(tmp_path):
    """Each md5sum is registered exactly once when two services share a database file."""
    first, host = serve(tmp_path / "tracking.sqlite")
    second, other_host = serve(tmp_path / "tracking.sqlite")
    try:
        with Connection(host) as connection:
            id_ = connection.add_sample()

        def client(number: int) -> list[int]:
            with Connection(host if number % 2 else other_host) as connection:
                files = [{**FILE, "md5sum": str(each)} for each in range(20)]
                return [connection.request("POST", f"/samples/{id_}/files", file)[0] for file in files]

        with ThreadPoolExecutor(8) as threads:
            statuses = list(threads.map(client, range(8)))
        for statuses_of_file in zip(*statuses, strict=False):
            assert sorted(statuses_of_file) == [201] + [409] * 7
    finally:
        for process in (first, second):
            process.terminate()
            process.communicate(timeout=20)


def test_relative_path_is_resolved_once(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with running_service("tracking.sqlite") as host:
        monkeypatch.chdir(tmp_path / "elsewhere")
        with Connection(host) as connection:
            assert connection.request("POST", "/samples", {})[0] == 201
    assert os.listdir(tmp_path / "elsewhere") == []


@pytest.mark.parametrize("path", ["", ":memory:"])
def test_path_without_file_raises_os_error(path):
    with pytest.raises(OSError, match="must name a file"), running_service(path):
        pass


def test_unusable_file_raises_os_error(tmp_path):
    # Longer than a SQLite header, so that SQLite recognises that it is not a database.
    (tmp_path / "text").write_text("not a database" * 400)
    with sqlite3.connect(tmp_path / "other.sqlite") as other:
        other.execute("CREATE TABLE other (a)")
    other.close()
    for name in ("text", "other.sqlite", "no/such/directory", "."):
        with (
            pytest.raises(OSError, match=re.escape(str(tmp_path / name).rstrip("."))),
            running_service(tmp_path / name),
        ):
            pass
