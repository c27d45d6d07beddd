"""Whatever the request: if it has stored something, it has a response that says so."""

from __future__ import annotations

import io
import json
import random
import re
import socket
import sqlite3
import threading
import time
from contextlib import ExitStack, closing
from urllib.parse import urlsplit

import pytest
from service_connection import EVENT, FILE, QC_RESULT, STATUS, Connection, post_request, send_raw

from tracking_client.service import BASE_PATH, TrackingService, running_service
from tracking_client.service.application import MAX_BODY

pytestmark = pytest.mark.once

HOSTS = [
    b"x:99999",
    b"x:",
    b"x:y",
    b":80",
    b"[",
    b"[::1",
    b"[::1]:x",
    b"[::::]",
    b"]",
    b"xn--a",
    b"xn--\xff",
    b"a" * 300,
    b"a..b",
    b".",
    b"",
    b" ",
    b"a b",
    b"a/b",
    b"a@b",
    b"a?b",
    b"a#b",
    b"a\\b",
    b"%",
    b"%00",
    b"\xff\xfe",
    "é".encode(),
    b"http://x",
    b"x, y",
    b"127.0.0.1:-1",
    b"999.999.999.999",
    b"x:99999999999999999999999",
    b"<script>",
    b"{{x}}",
    b"\t",
]

WRITES = [
    ("POST", "/samples", {"isolate-id": "new"}, 201),
    ("PATCH", "/samples/{id}", {"experiment-id": "new"}, 200),
    ("POST", "/samples/{id}/files", FILE, 201),
    ("POST", "/samples/{id}/events", EVENT, 201),
    ("PUT", "/samples/{id}/qc-result", QC_RESULT, 200),
    ("PUT", "/samples/{id}/status", STATUS, 200),
    ("PATCH", "/samples/{id}/status", {**STATUS, "stage": "live"}, 200),
    ("DELETE", "/samples/{id}/status", None, 204),
    ("DELETE", "/samples/{id}/qc-result", None, 204),
    ("DELETE", "/samples/{id}/events/1", None, 204),
    ("DELETE", "/samples/{id}/files/" + FILE["md5sum"], None, 204),
    ("DELETE", "/samples/{id}", None, 204),
]


def stored(path):
    """Return the rows of all tables of a database."""
    connection = sqlite3.connect(path)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = {table: connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables}
    connection.close()
    return rows


def statuses(response: bytes) -> list[int]:
    """Return the statuses of the final responses in the bytes that a server has sent."""
    found = [int(status) for status in re.findall(rb"(?:^|\})?\r?\n?HTTP/1\.1 (\d{3}) ", response)]
    return [status for status in found if status >= 200]


@pytest.mark.parametrize("host_header", HOSTS)
def test_each_write_has_its_response_whatever_the_host(host, connection, host_header):
    id_ = connection.add_sample()
    for method, path, body, status in WRITES:
        data = b"" if body is None else json.dumps(body).encode()
        response = send_raw(host, post_request(path.format(id=id_), data, host_header, method.encode()))
        assert statuses(response) == [status], (method, path)
        location = re.search(rb"\r\nLocation: (.*)\r\n", response)
        assert bool(location) == (status == 201 or (status == 200 and path.endswith(("qc-result", "status"))))
        if location:
            assert re.fullmatch(rb"(http://[^/?#@\s]+)?/api/v1/[!-~]*", location[1])


def test_what_is_stored_has_a_response(tmp_path):
    """Send random requests, each with several oddities. A change of the database implies a 2xx response."""
    choice = random.Random(1)
    database = tmp_path / "tracking.sqlite"
    changes = 0
    with running_service(database, any_host=True) as host, Connection(host) as connection:
        id_ = connection.add_sample()
        before = stored(database)
        for number in range(600):
            request = odd_request(choice, id_, number)
            response = send_raw(host, request)
            after = stored(database)
            if after != before:
                changes += 1
                assert any(200 <= status < 300 for status in statuses(response)), (request, response)
            assert statuses(response), request
            before = after
    assert changes > 100


TARGETS = ["{path}", "http://y:99999{path}", "http://[::1{path}", "//[{path}", "{path}?x[=%ff#z", "{path}/", "/{path}"]
ODD_HEADERS = [
    b"X-Forwarded-Host: y:99999",
    b"X-Forwarded-Proto: \xff",
    b"Forwarded: host=[",
    b"Host: second",
    b"Connection: close",
    b"Connection: upgrade\r\nUpgrade: websocket",
    b"Expect: 100-continue",
    b"Expect: nothing",
    b"Accept: text/html;q=x",
    b"Accept-Encoding: \xff",
    b"Cookie: \xff=;;",
    b"Range: bytes=-1",
    b"If-Match: x",
    b"If-None-Match: *",
    b"Origin: \x80",
    b"Content-Encoding: gzip",
    b"Transfer-Encoding: gzip",
    b"Content_Length: 1",
    b"X-Http-Method-Override: DELETE",
    b"X: " + b"a" * 70000,
    b"Bad header",
    b" folded: 1",
    b"",
]


def odd_request(choice: random.Random, id_: str, number: int) -> bytes:
    """Return the bytes of a write that would be valid, but for what is odd about it."""
    path = choice.choice(["/samples", f"/samples/{id_}/files", f"/samples/{id_}/events", f"/samples/{id_}/status"])
    method = "PUT" if path.endswith("status") else "POST"
    text = choice.choice(
        ["a", "é", "a/b", "../x", "?", "#", "%", "\\", "[", "a\nb", "\0", "\ud800", "😀", " ", "x" * 3000]
    )
    if path.endswith("files"):
        body = {**FILE, "md5sum": f"{text}{number}"}
    elif path.endswith("events"):
        body = {**EVENT, "command": text}
    elif path.endswith("status"):
        body = {**STATUS, "stage": choice.choice(["live", "accepted", "deprecated"])}
    else:
        body = {"isolate-id": f"{text}{number}"}
    data = json.dumps(body).encode()
    target = choice.choice([*TARGETS[:1] * 5, *TARGETS]).format(path=BASE_PATH + path)
    lines = [f"{method} {target} HTTP/1.{choice.choice('1110')}".encode(), b"Host: " + choice.choice(HOSTS)]
    lines += choice.sample(ODD_HEADERS, choice.choice([0, 0, 1, 2]))
    content_type = choice.choice([b"application/json"] * 4 + [b"application/x+json;charset=\xff", b"text/plain"])
    lines.append(b"Content-Type: " + content_type)
    lengths = [len(data)] * 8 + [len(data) - 1, len(data) + 9, 0, 99999999999]
    lines.append(b"Content-Length: %d" % choice.choice(lengths))
    # Bytes after the body: what remains unread when the server closes the connection.
    rest = choice.choice([b"", b"", b"\r\n", b"GARBAGE\r\n\r\n", b"x" * 100_000])
    return b"\r\n".join([*lines, b"", b""]) + data + rest


@pytest.mark.parametrize("rest", [b"\r\n", b"x" * 200_000, b"GET / HTTP/1.1\r\n\r\n" * 1000])
def test_response_arrives_although_the_client_sends_more(host, rest):
    """A socket that is closed with unread data resets the connection: the client cannot send, and reads no response."""
    parts = urlsplit(host)
    request = post_request("/samples", b"{}").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(request + rest)
        for _ in range(3):
            time.sleep(0.1)
            connection.sendall(rest)
        response = b"".join(iter(lambda: connection.recv(65536), b""))
    assert statuses(response) == [201]


def test_response_to_a_body_over_the_limit_arrives(host):
    parts = urlsplit(host)
    request = post_request("/samples", b" " * (MAX_BODY + 2**20))
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(request)
        response = b"".join(iter(lambda: connection.recv(65536), b""))
    assert statuses(response) == [413]


def test_chunked_body_over_the_limit_is_413(host):
    body = b"%x\r\n" % (MAX_BODY + 1) + b" " * (MAX_BODY + 1) + b"\r\n0\r\n\r\n"
    request = post_request("/samples", b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked") + body
    assert statuses(send_raw(host, request)) == [413]


@pytest.mark.parametrize("failing", ["json_response", "location_path"])
def test_nothing_is_stored_if_the_response_cannot_be_made(tmp_path, monkeypatch, failing):
    def fail(*arguments, **options):
        raise RuntimeError("no response")

    database = tmp_path / "tracking.sqlite"
    with running_service(database) as host:
        before = stored(database)
        for module in ("samples.json_response", "endpoint.location_path"):
            if module.endswith(failing):
                monkeypatch.setattr(f"tracking_client.service._operations.{module}", fail)
        assert statuses(send_raw(host, post_request("/samples", b"{}"))) == [500]
        assert stored(database) == before


def test_nothing_is_stored_if_the_commit_fails(tmp_path):
    """Another process holds a read lock, so the commit fails when SQLite stops waiting for it."""
    application = TrackingService(tmp_path / "tracking.sqlite")
    with application._database.connection() as connection:
        connection.execute("PRAGMA busy_timeout = 100")
    other = sqlite3.connect(tmp_path / "tracking.sqlite", isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT * FROM sample").fetchall()
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": f"{BASE_PATH}/samples",
        "SERVER_NAME": "x",
        "SERVER_PORT": "80",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": "2",
        "wsgi.url_scheme": "http",
    }
    results = []
    for _ in range(2):
        environ["wsgi.input"] = io.BytesIO(b"{}")
        application(dict(environ), lambda status, headers: results.append(status))
        other.rollback()
    assert results == ["500 INTERNAL SERVER ERROR", "201 CREATED"]
    other.close()
    application.close()
    assert len(stored(tmp_path / "tracking.sqlite")["sample"]) == 1


def test_response_arrives_although_the_service_stops(tmp_path, monkeypatch):
    """The service stops while writes wait for another process's lock on the database."""
    monkeypatch.setattr("tracking_client.service.server._SHUTDOWN_TIMEOUT", 0.3)
    database = tmp_path / "tracking.sqlite"
    results = []
    with ExitStack() as stack:
        service = ExitStack()
        host = service.enter_context(running_service(database))
        other = stack.enter_context(closing(sqlite3.connect(database, isolation_level=None, check_same_thread=False)))
        other.execute("BEGIN IMMEDIATE")
        request = post_request("/samples", b"{}").replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        clients = [threading.Thread(target=lambda: results.append(send_raw(host, request))) for _ in range(4)]
        for thread in clients:
            thread.start()
        time.sleep(0.3)
        timer = threading.Timer(1, other.execute, ["COMMIT"])
        timer.start()
        service.close()
        for thread in (*clients, timer):
            thread.join(20)
        for thread in threading.enumerate():
            if thread.name == "tracking-connection":
                thread.join(20)
                assert not thread.is_alive()
    sent = [status for response in results for status in statuses(response)]
    assert sorted(sent) == [201, 500, 500, 500]
    assert len(stored(database)["sample"]) == 1
