"""How the connections rely on undocumented behaviour of `http.client` and urllib3."""

from __future__ import annotations

import inspect
import queue
import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPResponse
from typing import Any

import pytest
import urllib3
import urllib3.connection
import urllib3.util
from clients import api_for
from scripted_server import Connection, scripted_server

from tracking_client import Configuration
from tracking_client._transport import connections, raw_responses, tls
from tracking_client._transport.connections import HTTPPool, HTTPSPool
from tracking_client._transport.pools import open_pool

ORDINARY = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"
EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"

CLASSES = [
    each
    for module in (connections, raw_responses, tls)
    for _, each in inspect.getmembers(module, inspect.isclass)
    if each.__module__ == module.__name__
]


@pytest.fixture
def sockets() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Yield two sockets that are connected to each other."""
    first, second = socket.socketpair()
    with first, second:
        first.settimeout(20)
        second.settimeout(20)
        yield first, second


class Recorder:
    """A method that records its arguments, without ``self``, before the original method runs.

    Args:
        original: What to call with ``self`` and the arguments that it knows. By default nothing.
    """

    def __init__(self, original: Callable[..., Any] = lambda self: None) -> None:
        self.original = original
        self.calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []

    def __get__(self, instance: Any, owner: Any = None) -> Callable[..., Any]:
        def method(*args: Any, **kwargs: Any) -> Any:
            self.calls.append((args, kwargs))
            return self.original(instance)

        return method


def test_response_passes_arguments_of_begin_on(sockets, monkeypatch):
    """As newer versions of Python call it: ``begin(_max_headers=...)``."""
    begin = Recorder(HTTPResponse.begin)
    monkeypatch.setattr(HTTPResponse, "begin", begin)
    client, server = sockets
    server.sendall(EARLY_HINTS + CHUNKED)
    response = raw_responses.RawResponse(client, method="GET")
    response.begin(_max_headers=None)
    assert (response.status, response.chunked, response.read()) == (200, True, b"body")
    assert len(begin.calls) >= 1
    assert all(call == ((), {"_max_headers": None}) for call in begin.calls)


def test_response_takes_arguments_of_begin_for_ordinary_headers(sockets):
    client, server = sockets
    server.sendall(ORDINARY)
    response = raw_responses.RawResponse(client, method="GET")
    response.begin(_max_headers=None)
    assert (response.status, response.length, response.read()) == (200, 4, b"body")


def test_response_passes_arguments_of_its_constructor_on(sockets, monkeypatch):
    constructor = Recorder()
    monkeypatch.setattr(HTTPResponse, "__init__", constructor)
    monkeypatch.setattr(HTTPResponse, "fp", None, raising=False)  # for its finalizer
    raw_responses.RawResponse(sockets[0], 1, method="GET", unknown=2)
    assert [(args[1:], kwargs) for args, kwargs in constructor.calls] == [((1,), {"method": "GET", "unknown": 2})]


@pytest.mark.parametrize(
    ("pool_class", "base"),
    [(HTTPPool, urllib3.connection.HTTPConnection), (HTTPSPool, urllib3.connection.HTTPSConnection)],
)
def test_connection_passes_arguments_of_connect_on(pool_class, base, monkeypatch):
    connect = Recorder()
    monkeypatch.setattr(base, "connect", connect)
    pool_class.ConnectionCls("localhost", 9).connect(1, unknown=2)
    assert connect.calls == [((1,), {"unknown": 2})]


@pytest.mark.parametrize("pool_class", [HTTPPool, HTTPSPool])
def test_connection_passes_arguments_of_send_on(pool_class, sockets, monkeypatch):
    send = Recorder()
    monkeypatch.setattr(HTTPConnection, "send", send)
    connection = pool_class.ConnectionCls("localhost", 9, timeout=20)
    connection.sock = sockets[0]
    connection.send(b"data", 1, unknown=2)
    assert send.calls == [((b"data", 1), {"unknown": 2})]


def run(option: str, script: str) -> str:
    """Run a script in an interpreter with an option; return what it printed."""
    completed = subprocess.run(
        [sys.executable, option, "-c", script], capture_output=True, text=True, check=False, timeout=120
    )
    assert completed.returncode == 0, completed.stderr
    return completed.stdout


def test_bytes_are_not_compared_with_text():
    """With -bb that is an error. `http.client` passes the name of a host with a default port as bytes."""
    script = """
from tracking_client._transport.connections import HTTPPool
connection = HTTPPool.ConnectionCls("localhost")
connection.putrequest("GET", "/")
print(connection._buffer[1].decode())
"""
    assert run("-bb", script) == "Host: localhost\n"


def test_import_while_sockets_are_replaced():
    """As by a test that forbids the network."""
    script = """
import socket, urllib3
socket.socket = lambda *args: 1 / 0
import tracking_client.api.file_api
print("imported")
"""
    assert run("-I", script) == "imported\n"


@pytest.mark.parametrize("name", ["do_handshake", "recv"])
def test_tls_socket_passes_arguments_on(name, sockets, monkeypatch):
    method = Recorder()
    monkeypatch.setattr(ssl.SSLSocket, name, method)
    context = tls.ssl_context(Configuration())
    with context.wrap_socket(sockets[0], do_handshake_on_connect=False, server_hostname="localhost") as tls_socket:
        getattr(tls_socket, name)(1, unknown=2)
    assert method.calls == [((1,), {"unknown": 2})]


def test_https_pool_passes_arguments_of_validate_conn_on(monkeypatch):
    validate = Recorder()
    monkeypatch.setattr(urllib3.HTTPSConnectionPool, "_validate_conn", validate)
    connection = object()
    HTTPSPool("localhost", cert_reqs="CERT_REQUIRED")._validate_conn(connection, 1, unknown=2)
    assert validate.calls == [((connection, 1), {"unknown": 2})]


def test_https_pool_without_verification_takes_arguments_of_validate_conn(monkeypatch):
    validate = Recorder()
    monkeypatch.setattr(urllib3.HTTPSConnectionPool, "_validate_conn", validate)
    connect = Recorder()
    monkeypatch.setattr(HTTPSPool.ConnectionCls, "connect", connect)
    connection = HTTPSPool.ConnectionCls("localhost", 9)
    HTTPSPool("localhost", cert_reqs="CERT_NONE")._validate_conn(connection, 1, unknown=2)
    assert validate.calls == []  # it would warn
    assert len(connect.calls) == 1


class FakeConnection:
    """A connection that only records that it was closed."""

    is_closed = False

    def close(self) -> None:
        self.is_closed = True


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [((True, 20), {}), ((), {"block": True, "timeout": 20}), ((), {"block": False, "unknown": 2})],
)
def test_surplus_idle_connection_is_closed_without_waiting(args, kwargs):
    idle = connections._IdleConnections(1)
    idle.put(None, *args, **kwargs)
    first, surplus = FakeConnection(), FakeConnection()
    start = time.monotonic()
    idle.put(first, *args, **kwargs)
    idle.put(surplus, *args, **kwargs)
    assert time.monotonic() - start < 10
    assert (first.is_closed, surplus.is_closed) == (False, True)
    assert idle.get(block=False) is first
    with pytest.raises(queue.Empty):
        idle.get(block=False)


MIXINS = {
    tls._DeadlineSSLSocket: [ssl.SSLSocket],
}
"""By mixin: a class whose methods it overrides."""


def overrides(cls: type) -> list[str]:
    """Return the names of the methods of a class that override those of another module."""
    bases = [
        base
        for base in cls.__mro__
        if base.__module__ not in (connections.__name__, raw_responses.__name__, tls.__name__, "builtins")
    ]
    bases += MIXINS.get(cls, [])
    return [
        name
        for name, member in vars(cls).items()
        if inspect.isfunction(member)
        and name not in ("__str__", "__repr__")
        and any(name in vars(ancestor) for base in bases for ancestor in base.__mro__[:-1])
    ]


# `_Reader` overrides only documented methods of `io.RawIOBase`.
@pytest.mark.parametrize("cls", [cls for cls in CLASSES if cls is not raw_responses._Reader])
def test_overrides_take_unknown_arguments(cls):
    for name in overrides(cls):
        kinds = {parameter.kind for parameter in inspect.signature(getattr(cls, name)).parameters.values()}
        assert {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD} <= kinds, name


@pytest.mark.parametrize(
    ("cls", "names"),
    [
        (raw_responses.RawResponse, {"__init__", "begin"}),
        (connections._DeadlineConnection, {"connect", "send"}),
        (connections._IdleConnections, {"get", "put"}),
        (tls._DeadlineSSLSocket, {"do_handshake", "recv"}),
        (connections._ClosablePool, {"close"}),
        (HTTPSPool, {"_validate_conn"}),
    ],
)
def test_overrides_are_found(cls, names):
    """Otherwise the test above would test nothing."""
    assert names <= set(overrides(cls))


@pytest.mark.parametrize("cls", CLASSES)
def test_module_docstring_names_the_class(cls):
    assert re.search(rf"\b{cls.__name__}\b", sys.modules[cls.__module__].__doc__)


@pytest.mark.parametrize(
    ("origin", "host", "port"),
    [
        ("http://[::1]", "::1", 80),
        ("https://[2001:db8::2]", "2001:db8::2", 443),
        ("http://[::1]:8080", "::1", 8080),
        ("http://tracking.example", "tracking.example", 80),
        ("https://127.0.0.1:8443", "127.0.0.1", 8443),
    ],
)
def test_host_and_port_of_connections(origin, host, port, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    pool = open_pool(Configuration(), origin)
    connection = pool.ConnectionCls(host=pool.host, port=pool.port)
    assert (connection.host, connection.port) == (host, port)


def test_read_timeout_of_urllib3_applies_outside_a_call():
    def respond_late(connection: Connection) -> None:
        connection.request()
        connection.socket.settimeout(5)
        connection.wait()

    with scripted_server(respond_late) as server:
        pool = api_for(server.host).api_client.rest_client.pool(f"http://127.0.0.1:{server.port}")
        with pytest.raises(urllib3.exceptions.ReadTimeoutError):
            pool.request("GET", "/", timeout=0.3, retries=False)
