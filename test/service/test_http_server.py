"""The HTTP server of the embedded service: framing, persistent connections, shutdown, addresses and WSGI."""

from __future__ import annotations

import json
import re
import socket
import sys
import threading
import time
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.validate import validator

import pytest
from machine import has_ipv6
from service_connection import Connection, post_request, send_raw
from werkzeug.test import Client

from tracking_client.service import BASE_PATH, TrackingService, running_service
from tracking_client.service.server import serving

POST_HEADERS = f"POST {BASE_PATH}/samples HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n".encode()
GET = f"GET {BASE_PATH}/samples HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def samples(host: str) -> list[dict[str, str]]:
    """Return the samples that the service has stored."""
    return json.loads(send_raw(host, GET).partition(b"\r\n\r\n")[2])


def test_chunked_and_unexpected_bodies_keep_requests_in_sync(host):
    body = b'{"isolate-id": "chunked"}'
    chunked = POST_HEADERS + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    # The service does not use the body of a GET, but must read it to find the start of the next request.
    get_with_body = GET.replace(b"\r\n\r\n", b"\r\nContent-Length: 3\r\n\r\nabc")
    responses = send_raw(host, chunked + GET + get_with_body + GET)
    assert responses.count(b"HTTP/1.1 201") == 1
    assert responses.count(b"HTTP/1.1 200") == 3
    assert b'"isolate-id": "chunked"' in responses
    assert len(samples(host)) == 1


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: x\r\n\r\n",
        b"Content-Length: +2\r\n\r\n{}",
        b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\n{} \r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\n{}\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
        b"Content-Length: 2\r\n folded\r\n\r\n{}",
        b"Content-Length : 2\r\n\r\n{}",
        b"Content-Length: 2\r\nno colon\r\n\r\n{}",
        b"Content-Length: 2\r\nX: a\rb\r\n\r\n{}",
        b"Content-Length: 2\r\nX: a\x00b\r\n\r\n{}",
        b"Content-Length: 2\r\n",
        b"Content-Length: 2\r\n\r\n{",
    ],
)
def test_invalid_framing_is_400(host, framing):
    response = send_raw(host, POST_HEADERS + framing)
    assert response.startswith(b"HTTP/1.1 400")
    assert b"Connection: close" in response
    assert samples(host) == []


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /\r\n\r\n", b"400"),
        (b"GET  / HTTP/1.1\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1 \r\n\r\n", b"400"),
        (b"GET /\x01 HTTP/1.1\r\n\r\n", b"400"),
        (b"G@T / HTTP/1.1\r\n\r\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\r\n", b"400"),
        (b"\r\n\r\n\r\n\r\n", b"400"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"505"),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (GET.replace(b"\r\n\r\n", b"\r\nX: " + b"a" * 70_000 + b"\r\n\r\n"), b"431"),
        (GET.replace(b"\r\n\r\n", b"\r\nX: " + b"a" * 1000 + b"\r\n\r\n") + b"", b"200"),
        (GET.replace(b"\r\n\r\n", (b"\r\nX: " + b"a" * 1000) * 300 + b"\r\n\r\n"), b"431"),
        (POST_HEADERS + b"Transfer-Encoding: gzip\r\n\r\n", b"501"),
        (POST_HEADERS.replace(b"1.1", b"1.0") + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
        (GET.replace(b"\r\n", b"\n"), b"200"),
        (b"\r\n" + GET, b"200"),
        (GET.replace(b" /", b" http://y:1/"), b"200"),
        (GET.replace(b"samples", b"samples#fragment"), b"200"),
        (b"BREW " + GET[4:], b"405"),
    ],
)
def test_request_line_and_headers(host, request_, status):
    response = send_raw(host, request_)
    assert response.startswith(b"HTTP/1.1 " + status)
    assert response.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize("method", [b"get", b"Get", b"head", b"options", b"post", b"delete", b"brew"])
def test_method_in_lower_case_is_not_allowed(host, method):
    """Methods are case-sensitive (RFC 9110, section 9.1)."""
    response = send_raw(host, post_request("/samples", b"{}", method=method))
    assert response.startswith(b"HTTP/1.1 405 ")
    assert b"\r\nAllow: GET, HEAD, OPTIONS, POST\r\n" in response
    assert samples(host) == []


def test_header_with_underscore_is_ignored(host):
    """It would be taken for the header with a hyphen."""
    response = send_raw(host, POST_HEADERS + b"Content_Length: 1\r\nContent-Length: 2\r\n\r\n{}")
    assert response.startswith(b"HTTP/1.1 201")
    assert response.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize(
    ("version", "headers", "count"),
    [
        (b"1.1", b"", 2),
        (b"1.1", b"Connection: close\r\n", 1),
        (b"1.1", b"Connection: Upgrade, Close\r\n", 1),
        (b"1.0", b"", 1),
        (b"1.0", b"Connection: Keep-Alive\r\n", 2),
    ],
)
def test_connection_is_closed_if_the_client_asks_for_it(host, version, headers, count):
    request = GET.replace(b"1.1\r\n", version + b"\r\n" + headers)
    response = send_raw(host, request * 2)
    assert response.count(b"HTTP/1.1 200 OK") == count
    assert response.count(b"Connection: close") == 2 - count


def test_host_of_the_target_takes_precedence(host):
    request = POST_HEADERS.replace(b" /", b" http://y:1/") + b"Content-Length: 2\r\n\r\n{}"
    assert b"\r\nLocation: http://y:1/api/v1/samples/" in send_raw(host, request)


def test_location_contains_the_path_at_which_the_application_is_mounted(tmp_path):
    application = TrackingService(tmp_path / "tracking.sqlite")
    response = Client(application).post(f"{BASE_PATH}/samples", "http://x/a b", json={})
    application.close()
    assert response.headers["Location"].startswith("http://x/a%20b/api/v1/samples/")


def test_truncated_body_is_not_processed(host):
    response = send_raw(host, POST_HEADERS + b'Content-Length: 100\r\n\r\n{"isolate-id": "chunked"}')
    assert b"HTTP/1.1 201" not in response
    assert samples(host) == []


def test_expect_100_continue(host):
    response = send_raw(host, POST_HEADERS + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}")
    assert response.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201")
    assert len(samples(host)) == 1
    # A client of HTTP/1.0 does not know interim responses (RFC 9110, section 10.1.1).
    older = POST_HEADERS.replace(b"HTTP/1.1", b"HTTP/1.0")
    response = send_raw(host, older + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}")
    assert response.startswith(b"HTTP/1.1 201")


def test_http_1_0_request(host):
    assert send_raw(host, GET.replace(b"1.1", b"1.0")).startswith(b"HTTP/1.1 200")


def test_invalid_request_target_is_rejected(host):
    for target in (b"http://[::1/api/v1/samples", b"//[", b"*"):
        response = send_raw(host, b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert response[:12] in (b"HTTP/1.1 400", b"HTTP/1.1 404")
    with Connection(host) as connection:
        assert connection.request("GET", "/samples")[0] == 200


def test_connection_is_kept_alive_after_errors(connection):
    connection.request("GET", "/samples")
    address = connection.http.sock.getsockname()
    connection.request("GET", "/nonesuch")
    connection.request("POST", "/samples", b"{")
    assert connection.http.sock.getsockname() == address


def test_shutdown_closes_connections():
    threads = threading.active_count()
    with running_service() as host:
        connection = Connection(host)
        connection.request("GET", "/samples")
    assert connection.http.sock.recv(1) == b""
    connection.http.close()
    with pytest.raises(ConnectionRefusedError):
        Connection(host).request("GET", "/samples")
    assert threading.active_count() == threads


def test_shutdown_finishes_requests_in_progress():
    with running_service() as host:
        parts = urlsplit(host)
        connection = socket.create_connection((parts.hostname, parts.port), timeout=20)
        connection.sendall(POST_HEADERS)
        connection.sendall(b"Content-Length: 2\r\n\r\n{}")
        time.sleep(0.2)
    assert connection.recv(65536).startswith(b"HTTP/1.1 201")
    connection.close()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems may need up to 0.05 s")
def test_stop_does_not_wait_for_the_next_poll(monkeypatch):
    monkeypatch.setattr("tracking_client.service._server._POLL_INTERVAL", 30)
    started = time.monotonic()
    with running_service() as host, Connection(host) as connection:
        connection.request("GET", "/samples")
    assert time.monotonic() - started < 15


def test_aborted_request_is_processed_and_has_no_response(tmp_path, caplog):
    class Aborting(TrackingService):
        def __call__(self, environ, start_response):
            response = super().__call__(environ, start_response)
            if environ["REQUEST_METHOD"] == "POST":
                raise ConnectionAbortedError
            return response

    with serving(Aborting(tmp_path / "tracking.sqlite")) as host:
        request = POST_HEADERS + b"Content-Length: 2\r\n\r\n{}"
        assert send_raw(host, request) == b""
        # The request before it on the same connection has its response.
        assert send_raw(host, GET + request).count(b"HTTP/1.1") == 1
        assert len(samples(host)) == 2
    assert caplog.text == ""


def test_service_listens_on_loopback_by_default():
    with running_service() as host:
        parts = urlsplit(host)
        assert parts.hostname == "127.0.0.1"
        # 127.0.0.2 is a loopback address too, and would accept connections if the service listened on all addresses.
        # Linux refuses the connection; elsewhere, there may be no such address.
        with pytest.raises(OSError):  # noqa: PT011
            socket.create_connection(("127.0.0.2", parts.port), timeout=5)


@pytest.mark.skipif(not has_ipv6(), reason="there is no IPv6 on this machine")
def test_service_listens_on_ipv6_address():
    with running_service(host="::1") as host, Connection(host) as connection:
        assert host.startswith("http://[::1]:")
        assert connection.request("GET", "/samples")[0] == 200


def test_unusable_address_raises_os_error():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(OSError, match=re.escape(f"127.0.0.1 port {port}")), running_service(port=port):
            pass
    with pytest.raises(OSError, match="99999"), running_service(port=99999):
        pass


def test_service_is_a_valid_wsgi_application(tmp_path):
    class QuietHandler(WSGIRequestHandler):
        def log_message(self, *arguments):
            pass

    application = TrackingService(tmp_path / "tracking.sqlite")
    with make_server("127.0.0.1", 0, validator(application), handler_class=QuietHandler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            with Connection(f"http://127.0.0.1:{server.server_port}") as connection:
                assert connection.request("POST", "/samples", {})[0] == 201
                assert len(connection.request("GET", "/samples")[2]) == 1
        finally:
            server.shutdown()
            thread.join()
            application.close()
