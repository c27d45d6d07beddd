"""Every exception of urllib3, `http.client`, `ssl` and the socket becomes an `ApiException`."""

from __future__ import annotations

import builtins
import http.client
import inspect
import itertools
import socket
import ssl
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import urllib3
from clients import api_for
from urllib3 import exceptions

from tracking_client import ApiConnectionError, ApiException, ApiResponseError, ApiTimeoutError, File, FileApi
from tracking_client._transport.deadline import current

URL = "http://localhost:9/api/v1/files/a"
SAMPLE_ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
POOL = urllib3.HTTPConnectionPool("localhost")
CAUSE = ValueError("cause")

# The arguments of those that do not take just a message.
ARGUMENTS: dict[type[BaseException], tuple[Any, ...]] = {
    exceptions.PoolError: (POOL, "message"),
    exceptions.RequestError: (POOL, URL, "message"),
    exceptions.ProxyError: ("message", CAUSE),
    exceptions.MaxRetryError: (POOL, URL, CAUSE),
    exceptions.HostChangedError: (POOL, URL),
    exceptions.ReadTimeoutError: (POOL, URL, "message"),
    exceptions.NewConnectionError: (POOL.ConnectionCls("localhost"), "message"),
    exceptions.EmptyPoolError: (POOL, "message"),
    exceptions.ClosedPoolError: (POOL, "message"),
    exceptions.FullPoolError: (POOL, "message"),
    exceptions.NameResolutionError: ("name.invalid", POOL.ConnectionCls("localhost"), socket.gaierror()),
    exceptions.IncompleteRead: (1, 2),
    exceptions.InvalidChunkLength: (urllib3.HTTPResponse(), b"zz"),
    exceptions.HeaderParsingError: ([], b"data"),
    http.client.IncompleteRead: (b"partial", 2),
}


def exception_classes(module: ModuleType, base: type[Exception]) -> list[type[Exception]]:
    """Return the public exception classes of a module that inherit from one, without its warnings."""
    return [
        each
        for name, each in inspect.getmembers(module, inspect.isclass)
        if issubclass(each, base) and not issubclass(each, Warning) and not name.startswith("_")
    ]


CLASSES = {
    *exception_classes(exceptions, exceptions.HTTPError),
    *exception_classes(http.client, http.client.HTTPException),
    *exception_classes(socket, OSError),
    *exception_classes(ssl, OSError),
    *exception_classes(builtins, OSError),
}
ERRORS = [
    pytest.param(cls(*ARGUMENTS.get(cls, ("message",))), id=f"{cls.__module__}.{cls.__name__}")
    for cls in sorted(CLASSES, key=lambda cls: (cls.__module__, cls.__name__))
]
WRAPPED = [
    exceptions.ProtocolError("Connection aborted.", ConnectionResetError(104, "reset")),
    exceptions.ProtocolError("Connection aborted.", http.client.RemoteDisconnected("closed")),
    exceptions.ProxyError("message", OSError("Tunnel connection failed: 403 Forbidden")),
    exceptions.ProxyError("message", exceptions.NewConnectionError(POOL.ConnectionCls("localhost"), "refused")),
    exceptions.ProxyError("message", exceptions.SSLError("message")),
    exceptions.SSLError(ssl.SSLEOFError(8, "EOF")),
    exceptions.SSLError(ssl.SSLCertVerificationError(1, "certificate verify failed")),
]
TIMEOUTS = [
    TimeoutError("timed out"),
    exceptions.TimeoutError("message"),
    exceptions.ReadTimeoutError(POOL, URL, "message"),
    exceptions.ConnectTimeoutError(POOL.ConnectionCls("localhost"), "message"),
    exceptions.ProtocolError("message", TimeoutError("timed out")),
    exceptions.ProxyError("message", TimeoutError("timed out")),
    exceptions.ProxyError("message", exceptions.ConnectTimeoutError("message")),
]


class UnreadableResponse(urllib3.HTTPResponse):
    """A response whose body cannot be read.

    Args:
        error: The exception that reading raises.
        status: The HTTP status.
    """

    def __init__(self, error: Exception, status: int = 200) -> None:
        super().__init__(b"{}", status=status, preload_content=False)
        self.error = error

    def read(self, *args: Any, **kwargs: Any) -> bytes:
        raise self.error

    def stream(self, *args: Any, **kwargs: Any) -> Any:
        raise self.error


class FailingPool:
    """A connection pool whose requests fail.

    Args:
        urlopen: Raises an exception, or returns a response.
        sent: Whether the requests are sent before they fail.
    """

    proxy = None

    def __init__(self, urlopen: Callable[[], urllib3.HTTPResponse], sent: bool) -> None:
        self._urlopen = urlopen
        self._sent = sent

    def urlopen(self, *args: Any, **kwargs: Any) -> urllib3.HTTPResponse:
        current.get().sent = self._sent
        return self._urlopen()

    def close(self) -> None:
        """Do nothing."""


def failing_api(urlopen: Callable[[], urllib3.HTTPResponse], sent: bool) -> FileApi:
    """Return an API whose requests fail. See `FailingPool` for the arguments."""
    api = api_for("http://localhost:9/api/v1")
    api.api_client.rest_client.connect = lambda origin: FailingPool(urlopen, sent)
    return api


CALLS = [
    lambda api: api.files_md5sum_get("a"),
    lambda api: api.samples_id_files_post(SAMPLE_ID, File("a", "isolate.vcf", "vcf")),
    lambda api: api.samples_id_files_md5sum_delete(SAMPLE_ID, "a"),
]


@pytest.mark.parametrize("error", [*ERRORS, *WRAPPED])
def test_error_while_sending_is_an_api_exception(error, delays):
    """After it was sent, a POST is looked up, which fails with the same error."""
    for call, sent in itertools.product(CALLS, [False, True]):
        check_error_while_sending(error, call, sent)


def check_error_while_sending(error, call, sent):
    def fail():
        raise error

    with pytest.raises(ApiException) as caught:
        call(failing_api(fail, sent))
    assert type(caught.value) in (ApiConnectionError, ApiTimeoutError)
    assert caught.value.status == 0
    assert caught.value.method in ("GET", "POST", "DELETE")
    assert caught.value.__cause__ is error
    could_connect = not isinstance(error, exceptions.ConnectTimeoutError)
    assert caught.value.outcome_unknown is (sent and could_connect and caught.value.method != "GET")


@pytest.mark.parametrize("error", [*ERRORS, *WRAPPED])
def test_error_while_reading_the_body_is_an_api_exception(error, delays):
    for call in CALLS:
        with pytest.raises(ApiException) as caught:
            call(failing_api(lambda: UnreadableResponse(error), sent=True))
        assert caught.value.__cause__ is error
        if isinstance(error, exceptions.DecodeError):
            assert (type(caught.value), caught.value.status) == (ApiResponseError, 200)
        else:
            assert type(caught.value) in (ApiConnectionError, ApiTimeoutError)
            assert caught.value.status == 0


@pytest.mark.parametrize("error", [*ERRORS, *WRAPPED, *TIMEOUTS])
def test_error_while_reading_an_error_body_keeps_the_status(error):
    with pytest.raises(ApiException) as caught:
        failing_api(lambda: UnreadableResponse(error, 409), sent=True).files_md5sum_get("a")
    assert (caught.value.status, caught.value.body) == (409, "")


@pytest.mark.parametrize("error", [*ERRORS, *WRAPPED, *TIMEOUTS])
def test_error_while_reading_a_404_is_a_lost_response(error, delays):
    """Its body tells the service from a gateway."""
    with pytest.raises(ApiException) as caught:
        failing_api(lambda: UnreadableResponse(error, 404), sent=True).files_md5sum_get("a")
    assert type(caught.value) in (ApiConnectionError, ApiTimeoutError)
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("error", TIMEOUTS)
def test_timeout_is_an_api_timeout_error(error, delays):
    def fail():
        raise error

    with pytest.raises(ApiTimeoutError) as caught:
        failing_api(fail, sent=True).files_md5sum_get("a")
    assert caught.value.__cause__ is error
    assert delays == []


@pytest.mark.parametrize("error", WRAPPED)
def test_connection_error_is_not_a_timeout(error, delays):
    def fail():
        raise error

    with pytest.raises(ApiConnectionError) as caught:
        failing_api(fail, sent=True).files_md5sum_get("a")
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(("code", "retries"), [(socket.EAI_AGAIN, 3), (socket.EAI_NONAME, 0)])
def test_host_name_is_looked_up_again_if_the_failure_was_temporary(monkeypatch, delays, code, retries):
    lookups = []

    def getaddrinfo(*args, **kwargs):
        lookups.append(args)
        raise socket.gaierror(code, "message")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(ApiConnectionError) as caught:
        api_for("http://tracking.example", trust_env=False).files_md5sum_get("a")
    assert (len(delays), len(lookups)) == (retries, retries + 1)
    assert caught.value.temporary is (retries > 0)
