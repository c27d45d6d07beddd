"""The embedded service, spoken to with `http.client`, so that nothing of the client stands between."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from tracking_client.service import BASE_PATH, TrackingService, running_service

FILE = {"md5sum": "9e107d9d372bb6826bd81d3542a419d6", "filename": "isolate.vcf", "file-type": "vcf"}
NO_SAMPLE = "00000000-0000-0000-0000-000000000000"
COMMAND = [sys.executable, "-W", "error", "-c", "import tracking_client.command_line as c; raise SystemExit(c.main())"]


class Connection:
    """A connection to a service that is kept open from request to request."""

    def __init__(self, host: str) -> None:
        parts = urlsplit(host)
        self.http = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *exc: object) -> None:
        self.http.close()

    def ask(self, method: str, path: str, body: object = None, **headers: str):
        """Status, headers and body, decoded where it is JSON."""
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        self.http.request(method, BASE_PATH + path, body, headers)
        response = self.http.getresponse()
        data = response.read()
        if data and "json" in response.headers["Content-Type"]:
            data = json.loads(data)
        return response.status, response.headers, data

    def sample(self, **names: str) -> str:
        return self.ask("POST", "/samples", names)[2]["id"]


@pytest.fixture
def connection(host):
    with Connection(host) as connection:
        yield connection


def test_file_endpoints(connection):
    id_ = connection.sample()
    location = f"http://{connection.http.host}:{connection.http.port}{BASE_PATH}/samples/{id_}/files/{FILE['md5sum']}"
    not_found = {"code": 404, "message": "Not found"}

    status, headers, body = connection.ask("POST", f"/samples/{id_}/files", FILE)
    assert (status, headers["Location"], headers["Content-Type"], body) == (201, location, "application/json", FILE)
    for path, found in (
        (f"/files/{FILE['md5sum']}", FILE),
        (f"/samples/{id_}/files", [FILE]),
        (f"/samples/{id_}/files/{FILE['md5sum']}", FILE),
    ):
        status, headers, body = connection.ask("GET", path)
        assert (status, headers["Content-Type"], body) == (200, "application/json", found)

    for id_of_post in (id_, connection.sample()):
        status, headers, body = connection.ask("POST", f"/samples/{id_of_post}/files", FILE)
        assert (status, headers["Content-Type"]) == (409, "application/json")
        assert body == {"code": 409, "message": "Already existed"}

    for method, path in (
        ("GET", "/files/none"),
        ("GET", f"/samples/{NO_SAMPLE}/files"),
        ("POST", f"/samples/{NO_SAMPLE}/files"),
        ("GET", f"/samples/{connection.sample()}/files/{FILE['md5sum']}"),
        ("DELETE", f"/samples/{NO_SAMPLE}/files/{FILE['md5sum']}"),
    ):
        status, headers, body = connection.ask(method, path, {**FILE, "md5sum": "new"} if method == "POST" else None)
        assert (status, headers["Content-Type"], body) == (404, "application/json", not_found)

    status, headers, body = connection.ask("DELETE", f"/samples/{id_}/files/{FILE['md5sum']}")
    assert (status, body) == (204, b"")
    assert connection.ask("DELETE", f"/samples/{id_}/files/{FILE['md5sum']}")[0] == 404
    assert connection.ask("GET", f"/samples/{id_}/files")[2] == []


def test_sample_endpoints(connection):
    names = {"experiment-id": "e1", "isolate-id": "i1"}
    status, headers, sample = connection.ask("POST", "/samples", names)
    assert status == 201
    assert sample == {**names, "id": sample["id"]}
    assert headers["Location"].endswith(f"{BASE_PATH}/samples/{sample['id']}")
    for taken in ({"experiment-id": "e1"}, {"isolate-id": "i1"}, names):
        assert connection.ask("POST", "/samples", taken)[0] == 409
    nameless = connection.ask("POST", "/samples", {})[2]
    assert list(nameless) == ["id"]
    assert connection.ask("POST", "/samples", {})[0] == 201

    assert len(connection.ask("GET", "/samples")[2]) == 3
    for query in ("isolate_id=i1", "experiment_id=e1", "isolate_id=i1&experiment_id=e1"):
        assert connection.ask("GET", f"/samples?{query}")[2] == [sample]
    assert connection.ask("GET", "/samples?isolate_id=i1&experiment_id=e2")[2] == []

    path = f"/samples/{sample['id']}"
    assert (
        connection.ask("GET", path)[2] == connection.ask("GET", path.upper().replace("SAMPLES", "samples"))[2] == sample
    )
    status, headers, body = connection.ask("HEAD", path)
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) > 0
    connection.ask("POST", f"{path}/files", FILE)
    assert connection.ask("DELETE", path)[0] == 204
    assert [connection.ask(method, path)[0] for method in ("GET", "HEAD", "DELETE")] == [404, 404, 404]
    assert connection.ask("GET", f"/files/{FILE['md5sum']}")[0] == 404


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"\xff", "not valid JSON"),
        (b"[" * 100000, "not valid JSON"),
        (b'{"md5sum": NaN}', "NaN is not JSON"),
        ([], "[] is not of type 'object'"),
        ("text", "'text' is not of type 'object'"),
        ({}, "'md5sum' is a required property"),
        ({"md5sum": "a", "filename": "b"}, "'file-type' is a required property"),
        ({**FILE, "file-type": "bam"}, "'bam' is not one of ['fastq', 'vcf'] - 'file-type'"),
        ({**FILE, "filename": 7}, "7 is not of type 'string' - 'filename'"),
        ({**FILE, "filename": None}, "None is not of type 'string' - 'filename'"),
        ({**FILE, "md5sum": ["x" * 1000]}, "is not of type 'string' - 'md5sum'"),
        ({**FILE, "md5sum": "\ud800"}, "is not Unicode text - 'md5sum'"),
    ],
)
def test_a_bad_body_is_told_and_nothing_written(connection, body, detail):
    id_ = connection.sample()
    status, headers, problem = connection.ask("POST", f"/samples/{id_}/files", body)
    assert (status, headers["Content-Type"]) == (400, "application/problem+json")
    assert (problem["type"], problem["title"], problem["status"]) == ("about:blank", "Bad Request", 400)
    assert detail in problem["detail"]
    assert len(problem["detail"]) < 300
    assert connection.ask("GET", f"/samples/{id_}/files")[2] == []


def test_bad_requests_of_other_kinds(connection):
    id_ = connection.sample()

    def problem(method, path, body=None, **headers):
        status, answer_headers, details = connection.ask(method, path, body, **headers)
        assert answer_headers["Content-Type"] == "application/problem+json"
        assert details["status"] == status
        return status, details["detail"]

    for method, path in (("GET", ""), ("GET", "/files"), ("POST", "/files"), ("DELETE", "/files/a")):
        for bad in ("zz", NO_SAMPLE + "0", "%00"):
            if method != "DELETE" or path:
                body = FILE if method == "POST" else None
                status, detail = problem(method, f"/samples/{bad}{path}", body)
                assert status == 400
                assert "does not match" in detail
    assert problem("POST", f"/samples/{id_}/files", FILE, **{"Content-Type": "text/plain"})[0] == 400
    assert problem("GET", "/nonesuch")[0] == 404
    assert problem("GET", "/files/")[0] == 404
    assert problem("PUT", "/samples")[0] == 405
    assert sorted(connection.ask("PUT", "/samples")[1]["Allow"].split(", ")) == ["GET", "HEAD", "POST"]
    assert problem("POST", f"/samples/{id_}/files", {**FILE, "filename": "x" * 2**20})[0] == 413
    assert connection.ask("GET", f"/samples/{id_}/files")[2] == []


@pytest.mark.parametrize("md5sum", ["a/b", "/", "%2F", "?x=1", "#", "é", "ß %", "a\nb", "..", "\x00", "a" * 10000])
def test_any_text_is_an_md5sum(connection, md5sum):
    from urllib.parse import quote

    id_ = connection.sample()
    status, headers, _ = connection.ask("POST", f"/samples/{id_}/files", {**FILE, "md5sum": md5sum})
    assert status == 201
    assert headers["Location"].endswith(quote(md5sum, safe=""))
    path = f"/samples/{id_}/files/{quote(md5sum, safe='')}"
    assert connection.ask("GET", path)[2]["md5sum"] == md5sum
    assert connection.ask("GET", f"/files/{quote(md5sum, safe='')}")[2]["md5sum"] == md5sum
    assert connection.ask("DELETE", path)[0] == 204


def raw(host: str, request: bytes) -> bytes:
    """What comes back for the bytes of a request, up to the connection's end."""
    parts = urlsplit(host)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_framing(host):
    body = b'{"isolate-id": "chunked"}'
    head = f"POST {BASE_PATH}/samples HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n".encode()
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    get = f"GET {BASE_PATH}/samples HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    # A request after one whose body nobody asked for is read from where it begins.
    answers = raw(host, chunked + get + get.replace(b"\r\n\r\n", b"\r\nContent-Length: 3\r\n\r\nabc") + get)
    assert answers.count(b"HTTP/1.1 201") == 1
    assert answers.count(b"HTTP/1.1 200") == 3
    assert b'"isolate-id": "chunked"' in answers

    for bad in (
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: x\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ):
        answer = raw(host, head + bad)
        assert answer.startswith(b"HTTP/1.1 400")
        assert b"Connection: close" in answer
    cut = raw(host, head + b"Content-Length: 100\r\n\r\n" + body)
    assert b"HTTP/1.1 201" not in cut
    continued = raw(host, head + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}")
    assert continued.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201")
    assert raw(host, get.replace(b"1.1", b"1.0")).startswith(b"HTTP/1.1 200")
    assert len(json.loads(raw(host, get).partition(b"\r\n\r\n")[2])) == 2


@pytest.mark.parametrize(
    ("given", "location"),
    [
        ("tracking.example:8080", "http://tracking.example:8080/api/v1/samples/"),
        ("[::1]:8080", "http://[::1]:8080/api/v1/samples/"),
        ("xn--a", "/api/v1/samples/"),
        ("a" * 64 + ".example", "/api/v1/samples/"),
        ("a b", "/api/v1/samples/"),
        ("evil/@x", "/api/v1/samples/"),
    ],
)
def test_the_host_that_was_asked_is_in_the_location_if_it_can_be(host, given, location):
    request = f"POST {BASE_PATH}/samples HTTP/1.1\r\nHost: {given}\r\nContent-Type: application/json\r\n"
    answer = raw(host, request.encode() + b"Content-Length: 2\r\n\r\n{}")
    assert answer.startswith(b"HTTP/1.1 201")
    assert b"\r\nLocation: " + location.encode() in answer


def test_a_target_that_is_no_url(host):
    for target in (b"http://[::1/api/v1/samples", b"//[", b"*"):
        answer = raw(host, b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answer[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 404")
    with Connection(host) as connection:
        assert connection.ask("GET", "/samples")[0] == 200


def test_an_error_inside_is_an_html_page(tmp_path, caplog):
    from werkzeug.test import Client

    application = TrackingService(tmp_path / "tracking.sqlite")
    with sqlite3.connect(tmp_path / "tracking.sqlite") as connection:
        connection.execute("DROP TABLE file")
    connection.close()
    answer = Client(application).get(f"{BASE_PATH}/files/a")
    application.close()
    assert (answer.status_code, answer.mimetype) == (500, "text/html")
    assert "no such table" in caplog.text


def test_a_connection_is_kept(connection):
    connection.ask("GET", "/samples")
    port = connection.http.sock.getsockname()
    connection.ask("GET", "/nonesuch")
    connection.ask("POST", "/samples", b"{")
    assert connection.http.sock.getsockname() == port


def test_sixteen_clients_at_once(host):
    barrier = threading.Barrier(16)

    def client(number: int):
        with Connection(host) as connection:
            mine = connection.sample(**{"isolate-id": str(number)})
            barrier.wait(20)
            contest = connection.ask("POST", f"/samples/{mine}/files", FILE)[0]
            for each in range(10):
                file = {**FILE, "md5sum": f"{number}-{each}"}
                assert connection.ask("POST", f"/samples/{mine}/files", file)[::2] == (201, file)
                assert connection.ask("GET", f"/files/{number}-{each}")[::2] == (200, file)
            return contest, mine

    with ThreadPoolExecutor(16) as threads:
        results = list(threads.map(client, range(16)))
    assert sorted(status for status, _ in results) == [201] + [409] * 15
    with Connection(host) as connection:
        for status, id_ in results:
            assert len(connection.ask("GET", f"/samples/{id_}/files")[2]) == (11 if status == 201 else 10)


def test_two_processes_on_one_database(tmp_path):
    """Each md5sum goes to one of two services that share a file."""
    first, host = serve(tmp_path / "tracking.sqlite")
    second, other_host = serve(tmp_path / "tracking.sqlite")
    try:
        with Connection(host) as connection:
            id_ = connection.sample()

        def client(number: int):
            with Connection(host if number % 2 else other_host) as connection:
                files = [{**FILE, "md5sum": str(each)} for each in range(20)]
                return [connection.ask("POST", f"/samples/{id_}/files", file)[0] for file in files]

        with ThreadPoolExecutor(8) as threads:
            statuses = list(threads.map(client, range(8)))
        for each in zip(*statuses):
            assert sorted(each) == [201] + [409] * 7
    finally:
        for process in (first, second):
            process.terminate()
            process.communicate(timeout=20)


def test_a_change_of_directory_leads_to_no_other_database(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    with running_service("tracking.sqlite") as host:
        monkeypatch.chdir(tmp_path / "elsewhere")
        with Connection(host) as connection:
            assert connection.ask("POST", "/samples", {})[0] == 201
    assert os.listdir(tmp_path / "elsewhere") == []


def serve(database, *arguments: str) -> tuple[subprocess.Popen[str], str]:
    """A service in a process of its own, and its url."""
    process = subprocess.Popen(
        [*COMMAND, "serve", "--database", str(database), "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return process, process.stdout.readline().strip()


def test_what_was_acknowledged_survives_kill_9(tmp_path):
    for _ in range(3):
        process, host = serve(tmp_path / "tracking.sqlite")
        with Connection(host) as connection:
            before = connection.ask("GET", "/samples")[2]
            acknowledged: list[str] = []
            killer = threading.Timer(0.3, process.kill)
            killer.start()
            try:
                while True:
                    acknowledged.append(connection.sample())
            except (OSError, http.client.HTTPException):
                pass
        process.communicate(timeout=20)
        killer.join()
        assert acknowledged
        with running_service(tmp_path / "tracking.sqlite") as host, Connection(host) as connection:
            kept = {sample["id"] for sample in connection.ask("GET", "/samples")[2]}
        assert kept >= {sample["id"] for sample in before} | set(acknowledged)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_cleanly(tmp_path, number):
    process, host = serve(tmp_path / "tracking.sqlite")
    assert host.startswith("http://127.0.0.1:")
    with Connection(host) as connection:
        assert connection.ask("POST", "/samples", {})[0] == 201
        process.send_signal(number)
        output = process.communicate(timeout=20)
    assert (process.returncode, output) == (0, ("", ""))
    assert os.listdir(tmp_path) == ["tracking.sqlite"]


def test_it_keeps_what_it_is_told_over_restarts(tmp_path):
    with running_service(tmp_path / "tracking.sqlite") as host, Connection(host) as connection:
        id_ = connection.sample(**{"isolate-id": "kept"})
        connection.ask("POST", f"/samples/{id_}/files", FILE)
    with running_service(tmp_path / "tracking.sqlite") as host, Connection(host) as connection:
        assert connection.ask("GET", f"/samples/{id_}/files")[2] == [FILE]


def test_the_end_of_a_service_ends_its_connections():
    threads = threading.active_count()
    with running_service() as host:
        connection = Connection(host)
        connection.ask("GET", "/samples")
    assert connection.http.sock.recv(1) == b""
    connection.http.close()
    with pytest.raises(ConnectionRefusedError):
        Connection(host).ask("GET", "/samples")
    assert threading.active_count() == threads


def test_an_answer_under_way_is_finished():
    with running_service() as host:
        parts = urlsplit(host)
        connection = socket.create_connection((parts.hostname, parts.port), timeout=20)
        connection.sendall(
            f"POST {BASE_PATH}/samples HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n".encode()
        )
        connection.sendall(b"Content-Length: 2\r\n\r\n{}")
        time.sleep(0.2)
    assert connection.recv(65536).startswith(b"HTTP/1.1 201")
    connection.close()


def test_what_can_not_be_used_is_told(tmp_path):
    (tmp_path / "text").write_text("not a database, and long enough to be seen as none" * 100)
    with sqlite3.connect(tmp_path / "other.sqlite") as other:
        other.execute("CREATE TABLE other (a)")
    other.close()
    for memory in ("", ":memory:"):
        with pytest.raises(OSError, match="must be a file's"), running_service(memory):
            pass
    for name in ("text", "other.sqlite", "no/such/directory", "."):
        with (
            pytest.raises(OSError, match=re.escape(str(tmp_path / name).rstrip("."))),
            running_service(tmp_path / name),
        ):
            pass
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"127.0.0.1 port {port}"), running_service(port=port):
            pass
    with pytest.raises(OSError, match="99999"), running_service(port=99999):
        pass


def test_it_binds_loopback_unless_told_otherwise():
    with running_service() as host:
        parts = urlsplit(host)
        assert parts.hostname == "127.0.0.1"
        # 127.0.0.2 is loopback too, and would answer if all addresses were listened on.
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", parts.port), timeout=5)
    with running_service(host="::1") as host, Connection(host) as connection:
        assert host.startswith("http://[::1]:")
        assert connection.ask("GET", "/samples")[0] == 200


def test_it_is_a_wsgi_application(tmp_path):
    from wsgiref.simple_server import WSGIRequestHandler, make_server
    from wsgiref.validate import validator

    class Quiet(WSGIRequestHandler):
        def log_message(self, *arguments):
            pass

    application = TrackingService(tmp_path / "tracking.sqlite")
    with make_server("127.0.0.1", 0, validator(application), handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            with Connection(f"http://127.0.0.1:{server.server_port}") as connection:
                assert connection.ask("POST", "/samples", {})[0] == 201
                assert len(connection.ask("GET", "/samples")[2]) == 1
        finally:
            server.shutdown()
            thread.join()
            application.close()
