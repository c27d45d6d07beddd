"""Many connections at the same time: how many are served, and which ones end for others that wait."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from service_connection import Connection, post_request

from tracking_client.service import TrackingService, running_service
from tracking_client.service.server import serving

pytestmark = pytest.mark.once

LIMIT = 4


@pytest.fixture
def limit(monkeypatch):
    """Let services serve four connections at the same time."""
    monkeypatch.setattr("tracking_client.service._server._MAX_CONNECTIONS", LIMIT)


@pytest.fixture
def host(limit):
    """Yield the URL of a service that serves four connections at the same time."""
    with running_service() as host:
        yield host


@pytest.fixture
def stack():
    with contextlib.ExitStack() as stack:
        yield stack


def connected(stack, host) -> socket.socket:
    """Return a new connection to a service."""
    parts = urlsplit(host)
    return stack.enter_context(socket.create_connection((parts.hostname, parts.port), timeout=20))


def threads_of_connections() -> int:
    return sum(thread.name == "tracking-connection" for thread in threading.enumerate())


def status_of_get(host, path="/samples") -> int:
    with Connection(host) as connection:
        return connection.request("GET", path)[0]


def test_number_of_threads_is_limited(stack):
    with running_service() as host:
        for _ in range(400):
            connected(stack, host)
        assert status_of_get(host) == 200
        assert threads_of_connections() <= 256


def test_idle_connections_do_not_starve_new_ones(stack, host):
    for _ in range(5 * LIMIT):
        connected(stack, host)
    assert status_of_get(host) == 200
    assert threads_of_connections() <= LIMIT


def test_idle_connections_stay_open_while_no_other_waits(stack, host):
    connections = [stack.enter_context(Connection(host)) for _ in range(LIMIT)]
    addresses = []
    for _ in range(2):
        for connection in connections:
            assert connection.request("GET", "/samples")[0] == 200
        addresses.append([connection.http.sock.getsockname() for connection in connections])
        time.sleep(0.3)
    assert addresses[0] == addresses[1]


def test_connection_that_is_idle_for_the_longest_ends_for_another_one(stack, host):
    connections = [connected(stack, host) for _ in range(LIMIT)]
    request = post_request("/samples", b"{}")
    for connection in connections:
        connection.sendall(request)
        assert connection.recv(65536).startswith(b"HTTP/1.1 201")
    assert status_of_get(host) == 200
    assert connections[0].recv(65536) == b""
    connections[-1].sendall(request)
    assert connections[-1].recv(65536).startswith(b"HTTP/1.1 201")


def test_busy_connections_do_not_starve_each_other(host, monkeypatch):
    """Each client sends one request after another, so no connection is idle for long, even on a busy machine."""
    monkeypatch.setattr("tracking_client.service._connection._IDLE_TIME_IF_OTHERS_WAIT", 10.0)

    def client(_: int) -> list[int]:
        with Connection(host) as connection:
            return [connection.request("POST", "/samples", {})[0] for _ in range(15)]

    with ThreadPoolExecutor(4 * LIMIT) as threads:
        statuses = [status for each in threads.map(client, range(4 * LIMIT)) for status in each]
    assert statuses == [201] * 15 * 4 * LIMIT
    with Connection(host) as connection:
        assert len(connection.request("GET", "/samples")[2]) == len(statuses)


def test_connection_waits_while_all_others_have_requests(tmp_path, limit):
    class Slow(TrackingService):
        def __call__(self, environ, start_response):
            if environ["PATH_INFO"].endswith("/slow"):
                assert may_end.wait(20)
            return super().__call__(environ, start_response)

    may_end = threading.Event()
    with serving(Slow(tmp_path / "tracking.sqlite")) as host, ThreadPoolExecutor(LIMIT + 1) as threads:
        slow = [threads.submit(status_of_get, host, "/files/slow") for _ in range(LIMIT)]
        while threads_of_connections() < LIMIT:
            time.sleep(0.01)
        waiting = threads.submit(status_of_get, host)
        time.sleep(0.5)
        assert not waiting.done()
        may_end.set()
        assert waiting.result(20) == 200
        assert [each.result(20) for each in slow] == [404] * LIMIT


@pytest.mark.parametrize("missing", [1, 40], ids=["body", "headers"])
def test_requests_that_never_end_do_not_starve_new_connections(stack, host, monkeypatch, missing):
    monkeypatch.setattr("tracking_client.service._connection._READ_TIME_IF_OTHERS_WAIT", 0.2)
    for _ in range(LIMIT):
        connected(stack, host).sendall(post_request("/samples", b"{}")[:-missing])
    assert status_of_get(host) == 200


def test_slow_request_is_not_ended_for_another_connection_at_once(stack, host):
    request = post_request("/samples", b"{}")
    slow = connected(stack, host)
    slow.sendall(request[:-1])
    time.sleep(0.5)
    for _ in range(3 * LIMIT):
        connected(stack, host)
    assert status_of_get(host) == 200
    slow.sendall(request[-1:])
    assert slow.recv(65536).startswith(b"HTTP/1.1 201")


def test_stop_ends_connections_that_wait(stack, limit, monkeypatch):
    monkeypatch.setattr("tracking_client.service._connection._IDLE_TIME_IF_OTHERS_WAIT", 1000)
    with running_service() as host:
        connections = [connected(stack, host) for _ in range(3 * LIMIT)]
    for connection in connections:
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(1) == b""


WITHOUT_DESCRIPTORS = """
import os, resource, socket, sys, time
from http.client import HTTPConnection
from urllib.parse import urlsplit
from tracking_client.service import running_service

def get(parts):
    connection = HTTPConnection(parts.hostname, parts.port, timeout=20)
    connection.request("POST", parts.path + "/samples", "{}", {"Content-Type": "application/json"})
    status = connection.getresponse().status
    connection.close()
    return status

resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
with running_service() as host:
    parts = urlsplit(host)
    assert get(parts) == 201
    clients = [socket.socket() for _ in range(4)]
    files = []
    try:
        while True:
            files.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        pass
    for client in clients:
        client.connect((parts.hostname, parts.port))
    started, used = time.monotonic(), time.process_time()
    time.sleep(2)
    share = (time.process_time() - used) / (time.monotonic() - started)
    for file in files:
        os.close(file)
    assert get(parts) == 201
    print(share < 0.5)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the limit of another system may not be that of the process")
def test_process_without_file_descriptors_waits_and_says_so():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_DESCRIPTORS], capture_output=True, text=True, check=False, timeout=100
    )
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("Can't accept connections: ")


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of another system may not be that of the process")
def test_idle_connections_do_not_take_the_last_file_descriptors(stack, tmp_path):
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64));"
        "import tracking_client.cli.main as c; raise SystemExit(c.main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", script, "serve", "--database", str(tmp_path / "tracking.sqlite"), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        host = process.stdout.readline().strip()
        for _ in range(200):
            connected(stack, host)
        with Connection(host) as connection:
            assert [connection.request("POST", "/samples", {})[0] for _ in range(20)] == [201] * 20
    finally:
        process.terminate()
        _, told = process.communicate(timeout=20)
    assert len(told.splitlines()) == 1
    assert "Can't accept connections: " in told
