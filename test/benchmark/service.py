"""The embedded service beside the same application under waitress and gunicorn: requests per second.

Each server runs in its own process, with one worker process and its own database. They take turns in several rounds.
The client sends bytes that are prepared beforehand, on 8 persistent connections in one thread, so that it costs little.
Run it on an idle machine: ``python test/benchmark/service.py``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import selectors
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

CONNECTIONS = 8
BASE_PATH = "/api/v1"

APPLICATION = """
import os
from tracking_client.service import TrackingService
application = TrackingService(os.environ["TRACKING_DATABASE"])
"""

THREADS = str(CONNECTIONS)
MAIN = "import sys; from tracking_client.cli.main import main; sys.exit(main())"
COMMANDS = {
    "embedded": ["-c", MAIN, "serve", "--port", "{port}", "--database", "{database}"],
    "waitress": [
        *("-m", "waitress", "--listen", "127.0.0.1:{port}", "--threads", THREADS, "--connection-limit", "1000"),
        "benchmarked:application",
    ],
    "gunicorn": [
        *("-m", "gunicorn", "--bind", "127.0.0.1:{port}", "--workers", "1", "--threads", THREADS),
        *("--log-level", "error", "benchmarked:application"),
    ],
}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def running(name: str, directory: Path) -> Iterator[int]:
    """Run one of the servers in a process of its own, and yield its port."""
    port = free_port()
    database = directory / f"{name}.sqlite"
    (directory / "benchmarked.py").write_text(APPLICATION)
    paths = [str(directory), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "TRACKING_DATABASE": str(database)}
    arguments = [part.format(port=port, database=database) for part in COMMANDS[name]]
    process = subprocess.Popen(
        [sys.executable, *arguments], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.05)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def request(method: str, path: str, body: object = None) -> bytes:
    """Return the bytes of a request."""
    lines = [f"{method} {BASE_PATH}{path} HTTP/1.1", "Host: 127.0.0.1", "Accept: application/json"]
    data = b""
    if body is not None:
        data = json.dumps(body).encode()
        lines += ["Content-Type: application/json", f"Content-Length: {len(data)}"]
    return "\r\n".join([*lines, "", ""]).encode() + data


def is_complete(response: bytes) -> bool:
    headers, separator, body = response.partition(b"\r\n\r\n")
    if not separator:
        return False
    length = headers.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return len(body) >= int(length)


def per_second(port: int, seconds: float, make_request: Callable[[], bytes], status: bytes, connections: int) -> float:
    """Return how many requests per second a server responds to.

    Raises:
        AssertionError: A response does not have the expected status.
    """
    selector = selectors.DefaultSelector()
    opened = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(connections)]
    received = dict.fromkeys(opened, b"")
    for connection in opened:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        selector.register(connection, selectors.EVENT_READ)
        connection.sendall(make_request())
    count = 0
    began = time.perf_counter()
    while (elapsed := time.perf_counter() - began) < seconds:
        for key, _ in selector.select(1):
            connection = key.fileobj
            assert isinstance(connection, socket.socket)
            data = connection.recv(65536)
            assert data, "the server has closed a persistent connection"
            response = received[connection] + data
            if is_complete(response):
                assert response[9:12] == status, response
                count += 1
                response = b""
                connection.sendall(make_request())
            received[connection] = response
    for connection in opened:
        connection.close()
    selector.close()
    return count / elapsed


def without_response(port: int, connections: int, seconds: float) -> int:
    """Open connections at once, send a request on each, and return how many have no response after some time."""
    selector = selectors.DefaultSelector()
    opened = []
    for _ in range(connections):
        connection = socket.socket()
        connection.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            connection.connect(("127.0.0.1", port))
        selector.register(connection, selectors.EVENT_WRITE)
        opened.append(connection)
    waiting = set(opened)
    deadline = time.perf_counter() + seconds
    while waiting and time.perf_counter() < deadline:
        for key, event in selector.select(0.1):
            connection = key.fileobj
            assert isinstance(connection, socket.socket)
            with contextlib.suppress(OSError):
                if event == selectors.EVENT_WRITE:
                    connection.sendall(request("GET", "/files/a"))
                    selector.modify(connection, selectors.EVENT_READ)
                    continue
                if connection.recv(65536).startswith(b"HTTP/1.1 200"):
                    waiting.discard(connection)
            selector.unregister(connection)
    for connection in opened:
        connection.close()
    selector.close()
    return len(waiting)


def add_sample(port: int) -> str:
    """Add a sample with a file to the database of a server, and return its id."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request("POST", "/samples", {}))
        response = b""
        while not is_complete(response):
            response += connection.recv(65536)
        id_: str = json.loads(response.partition(b"\r\n\r\n")[2])["id"]
        connection.sendall(request("POST", f"/samples/{id_}/files", file("a")))
        assert b" 201 " in connection.recv(65536)
    return id_


def file(md5sum: str) -> dict[str, str]:
    return {"md5sum": md5sum, "filename": "isolate.vcf", "file-type": "vcf"}


def commits_per_second(directory: Path, seconds: float) -> float:
    """Return how many rows per second SQLite alone inserts, each in its own transaction: the limit of POSTs."""
    connection = sqlite3.connect(directory / "alone.sqlite", isolation_level=None)
    connection.execute("CREATE TABLE file (md5sum TEXT PRIMARY KEY, filename TEXT)")
    count = 0
    began = time.perf_counter()
    while (elapsed := time.perf_counter() - began) < seconds:
        connection.execute("INSERT INTO file VALUES (?, 'isolate.vcf')", (uuid.uuid4().hex,))
        count += 1
    connection.close()
    return count / elapsed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0, help="duration of each measurement")
    options = parser.parse_args()
    figures: dict[str, dict[str, list[float]]] = {name: {"GET": [], "POST": []} for name in COMMANDS}
    unserved = {}
    with tempfile.TemporaryDirectory() as temporary, contextlib.ExitStack() as stack:
        directory = Path(temporary)
        ports = {name: stack.enter_context(running(name, directory)) for name in COMMANDS}
        samples = {name: add_sample(port) for name, port in ports.items()}
        get = request("GET", "/files/a")
        commits = []
        for number in range(options.rounds + 1):
            (directory / "alone.sqlite").unlink(missing_ok=True)
            commits.append(commits_per_second(directory, options.seconds))
            for name, port in ports.items():
                path = f"/samples/{samples[name]}/files"
                gets = per_second(port, options.seconds, lambda: get, b"200", CONNECTIONS)
                posts = per_second(
                    port,
                    options.seconds,
                    lambda path=path: request("POST", path, file(uuid.uuid4().hex)),  # type: ignore[misc]
                    b"201",
                    CONNECTIONS,
                )
                if number:  # the first round is for warming up
                    figures[name]["GET"].append(gets)
                    figures[name]["POST"].append(posts)
        for name, port in ports.items():
            unserved[name] = without_response(port, 200, seconds=5)
    print(f"Median of {options.rounds} rounds, {CONNECTIONS} persistent connections\n")
    print("| server | GETs/s | POSTs/s | of 200 connections at once, without a response after 5 s |")
    print("| --- | --- | --- | --- |")
    for name, figure in figures.items():
        gets, posts = (statistics.median(figure[method]) for method in ("GET", "POST"))
        print(f"| {name} | {gets:,.0f} | {posts:,.0f} | {unserved[name]} |")
    print(f"\nSQLite alone commits {statistics.median(commits):,.0f} transactions per second on this disk.")


if __name__ == "__main__":
    main()
