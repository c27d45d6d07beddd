"""Timeouts: what may be given as one, and that every call ends at its deadline."""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import urllib3
from clients import api_for
from scripted_server import (
    FILE,
    close,
    drip,
    http_response,
    reset,
    respond,
    scripted_server,
    stall,
)
from tls_server import https_host

from tracking_client import (
    ApiException,
    ApiTimeoutError,
    ApiTypeError,
    ApiValueError,
    Configuration,
    File,
)
from tracking_client._transport.timeouts import parse_timeout

GOOD = File("a", "isolate.vcf", "vcf")
ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
UNAVAILABLE = http_response(b"<html>restarting</html>", "503 Service Unavailable", "Content-Type: text/html")


@contextlib.contextmanager
def unresponsive_address() -> Iterator[tuple[str, int]]:
    """Yield a loopback address that never accepts a connection, because its backlog is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(8):
            pending = stack.enter_context(socket.socket())
            pending.setblocking(False)
            pending.connect_ex(listener.getsockname())
        time.sleep(0.1)
        yield listener.getsockname()


def seconds_until_error(call: Callable[[], object]) -> float:
    """Return how long a call takes to raise an `ApiException`."""
    start = time.monotonic()
    with pytest.raises(ApiException):
        call()
    return time.monotonic() - start


def parsed(timeout):
    """Return the connect, read and total timeouts of a setting."""
    timeouts = parse_timeout(timeout)
    return timeouts.connect, timeouts.read, timeouts.total


# Settings


def test_default_timeout_is_finite():
    assert parsed(Configuration().timeout) == (10, 60, 300)


def test_total_of_a_timeout_can_be_assigned():
    """A new total applies from the next call, is validated, and does not change the default."""
    configuration = Configuration()
    assert parsed(configuration.timeout) == (10, 60, 300)
    configuration.timeout.total = 7
    assert parsed(configuration.timeout) == (7, 60, 7)
    for invalid, error in (("7", ApiTypeError), ([7], ApiTypeError), (True, ApiTypeError), (-7, ApiValueError)):
        configuration.timeout.total = invalid
        with pytest.raises(error, match="timeout"):
            parse_timeout(configuration.timeout)
    assert parsed(Configuration().timeout) == (10, 60, 300)


@pytest.mark.parametrize(
    ("timeout", "expected"),
    [
        (1, (1, 1, 1)),
        (0.5, (0.5, 0.5, 0.5)),
        ((2, 3), (2, 3, None)),
        ((2, None), (2, None, None)),
        (urllib3.Timeout(total=4), (4, None, 4)),
        (urllib3.Timeout(total=urllib3.Timeout.DEFAULT_TIMEOUT), (None, None, None)),
        (urllib3.Timeout(connect=1, read=2), (1, 2, None)),
        (urllib3.Timeout(connect=1, read=2, total=3), (1, 2, 3)),
        (1e300, (31536000.0,) * 3),
    ],
)
def test_accepted_timeouts(timeout, expected):
    assert parsed(timeout) == expected
    with scripted_server(respond()) as server:
        assert api_for(server.host).files_md5sum_get("a", _request_timeout=timeout) == GOOD
        assert api_for(server.host, timeout=timeout).files_md5sum_get("a") == GOOD


@pytest.mark.parametrize(
    "timeout", ["1", [1, 2], (1,), (1, 2, 3), (1, "2"), True, (True, 1), {}, 0, -1, (0, 1), float("nan"), float("inf")]
)
def test_invalid_timeout_is_rejected_before_sending(timeout):
    with scripted_server(respond()) as server:
        with pytest.raises((ApiTypeError, ApiValueError), match="timeout"):
            api_for(server.host).files_md5sum_get("a", _request_timeout=timeout)
        with pytest.raises((ApiTypeError, ApiValueError), match="timeout"):
            api_for(server.host, timeout=timeout).files_md5sum_get("a")
        assert server.connections == 0


# Total timeout


@pytest.mark.parametrize(
    "action",
    [
        stall,
        drip(http_response()),
        drip(b"HTTP/1.1 200 OK\r\n" + b"X-Long: x\r\n" * 90),
        drip(http_response(status="503 Service Unavailable")),
        drip(http_response(b"5\r\nhello\r\n" * 1000, "200 OK", "Transfer-Encoding: chunked")),
        respond(UNAVAILABLE),
        close,
        reset,
    ],
    ids=["stall", "slow", "slow-headers", "slow-error", "slow-chunks", "unavailable", "close", "reset"],
)
def test_number_is_deadline_of_whole_call(action):
    """Retries and backoff delays count, and so does a response that arrives byte by byte."""
    policy = urllib3.Retry(total=50, backoff_factor=3, status_forcelist=[503])
    with scripted_server(action) as server:
        for settings in ({}, {"retries": 50}, {"retries": policy}):
            api = api_for(server.host, **settings)
            assert seconds_until_error(lambda api=api: api.files_md5sum_get("a", _request_timeout=0.3)) < 5


def test_deadline_does_not_outlast_its_call():
    with scripted_server(drip(http_response(), 0.01)) as server:
        api = api_for(server.host)
        with pytest.raises(ApiTimeoutError):
            api.files_md5sum_get("a", _request_timeout=0.2)
        assert api.files_md5sum_get("a", _request_timeout=20) == GOOD


@pytest.mark.parametrize("timeout", [0.5, urllib3.Timeout(connect=30, read=30, total=0.5)], ids=["number", "total"])
def test_large_request_ends_at_deadline_if_server_does_not_read(timeout):
    done = threading.Event()
    # Encoded before the clock starts, and larger than the socket buffers of both sides.
    body = json.dumps({"md5sum": "a", "filename": "x" * 30_000_000, "file-type": "vcf"}).encode()
    with scripted_server(lambda connection: done.wait(20)) as server:
        url = f"{server.host}/samples/{ID}/files"
        rest_client = api_for(server.host).api_client.rest_client
        try:
            start = time.monotonic()
            with pytest.raises(ApiTimeoutError) as caught:
                rest_client.request("POST", url, body=body, _request_timeout=timeout)
            assert time.monotonic() - start < 15
        finally:
            done.set()
    assert caught.value.outcome_unknown is True


def test_call_within_a_call_does_not_change_its_timeouts():
    """A log handler may make a call of its own."""
    nested_results = []

    class CallingHandler(logging.Handler):
        def emit(self, record):
            with scripted_server(respond()) as inner:
                nested_results.append(api_for(inner.host).files_md5sum_get("a"))

    def late(connection):
        connection.request()
        time.sleep(2)
        connection.send(http_response())

    # At INFO, only a retry is logged: the nested call does not log anything.
    logger, handler = logging.getLogger("tracking_client"), CallingHandler()
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    policy = urllib3.Retry(3)
    try:
        with scripted_server(close, drip(http_response(), 0.05)) as server:
            api = api_for(server.host, retries=policy)
            assert seconds_until_error(lambda: api.files_md5sum_get("a", _request_timeout=0.8)) < 5
        assert nested_results == [GOOD]
        with scripted_server(close, late) as server, pytest.raises(ApiTimeoutError):
            api_for(server.host, retries=policy).files_md5sum_get("a", _request_timeout=(5, 0.5))
        assert len(nested_results) >= 2
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


# Connect timeout


def test_connect_timeout():
    with unresponsive_address() as (_, port):
        api = api_for(f"http://127.0.0.1:{port}")
        with pytest.raises(ApiTimeoutError) as caught:
            api.samples_id_files_post(ID, GOOD, _request_timeout=(0.3, 5))
        assert caught.value.outcome_unknown is False


def test_connect_timeout_applies_to_a_pool_of_urllib3():
    """A subclass may have pools of its own."""
    with unresponsive_address() as (host, port):
        api = api_for(f"http://{host}:{port}")
        api.api_client.rest_client.connect = lambda origin: urllib3.HTTPConnectionPool(host, port)
        assert seconds_until_error(lambda: api.files_md5sum_get("a", _request_timeout=(0.3, 30))) < 15


def test_error_of_a_tls_handshake_names_the_connect_timeout():
    with scripted_server(stall) as server, pytest.raises(ApiTimeoutError, match=r"timeout=0\.3\b"):
        api_for(https_host(server)).files_md5sum_get("a", _request_timeout=(0.3, 60))


def test_deadline_covers_all_addresses_of_a_host(monkeypatch):
    with unresponsive_address() as address:
        info = (socket.AF_INET, socket.SOCK_STREAM, 6, "", address)
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: [info] * 20)
        api = api_for("http://many.example/api", trust_env=False)
        assert seconds_until_error(lambda: api.files_md5sum_get("a", _request_timeout=0.5)) < 5


# Read timeout


def test_read_timeout_limits_each_read():
    with scripted_server(stall) as server:
        api = api_for(server.host)
        assert seconds_until_error(lambda: api.files_md5sum_get("a", _request_timeout=(5, 0.3))) < 15
    with scripted_server(drip(http_response(), 0.01)) as server:
        start = time.monotonic()
        assert api_for(server.host).files_md5sum_get("a", _request_timeout=(5, 1)) == GOOD
        assert time.monotonic() - start > 1


def test_read_timeout_limits_sending():
    done = threading.Event()
    with scripted_server(lambda connection: done.wait(60)) as server:
        rest_client = api_for(server.host).api_client.rest_client
        try:
            start = time.monotonic()
            with pytest.raises(ApiTimeoutError) as caught:
                rest_client.request("POST", server.host, body=bytes(30_000_000), _request_timeout=(60, 0.3))
            assert time.monotonic() - start < 30
        finally:
            done.set()
    assert caught.value.outcome_unknown


def test_timeout_is_not_retried():
    with scripted_server(stall) as server:
        with pytest.raises(ApiTimeoutError) as caught:
            api_for(server.host).files_md5sum_get("a", _request_timeout=(5, 0.2))
        assert server.connections == 1
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.status == 0
    assert caught.value.__cause__ is not None


# Response bodies that are read after the call


def test_unread_body_can_be_read_after_deadline():
    def slow_body(connection):
        connection.request()
        connection.send(http_response()[: -len(FILE)])
        time.sleep(0.3)
        connection.send(FILE)

    with scripted_server(slow_body) as server:
        response = api_for(server.host).files_md5sum_get("a", _preload_content=False, _request_timeout=1)
        time.sleep(1.2)
        assert response.read() == FILE


def test_remaining_time_does_not_limit_later_reads():
    """The read timeout alone applies to a body that is read after the call."""

    def slow(connection):
        connection.request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Le")
        time.sleep(0.1)
        connection.send(b"ngth: 2\r\n\r\n")
        time.sleep(1.5)
        connection.send(b"ok")

    with scripted_server(slow) as server:
        timeout = urllib3.Timeout(connect=30, read=30, total=1)
        client = api_for(server.host).api_client
        response = client.call_api("/x", "GET", _preload_content=False, _request_timeout=timeout)
        assert response.read() == b"ok"
        response.close()


def test_total_timeout_is_default_read_timeout_of_later_reads():
    def no_body(connection):
        connection.request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        connection.wait()

    with scripted_server(no_body) as server:
        client = api_for(server.host).api_client
        timeout = urllib3.Timeout(total=1.5)
        response = client.call_api("/x", "GET", _preload_content=False, _request_timeout=timeout)
        with pytest.raises(urllib3.exceptions.ReadTimeoutError):
            response.read()
