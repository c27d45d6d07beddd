"""What the user's own code raises within a call reaches the caller as it is, and no request is repeated for it."""

from __future__ import annotations

import os
import signal
import socket
import threading
from unittest import mock

import pytest
import urllib3
from clients import api_for
from endpoints import FILE as SENT_FILE
from endpoints import ID
from scripted_server import close, http_response, respond, respond_and_close, scripted_server, stall
from urllib3.connectionpool import HTTPConnectionPool

from tracking_client import ApiConnectionError, ApiTimeoutError

needs_signals = pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="POSIX signals")


class Preempted(OSError):
    """What a handler of a cluster's signal raises."""


class TooLong(TimeoutError):
    """What a handler of an alarm raises."""


class Cancelled(urllib3.exceptions.ProtocolError):
    """What a user's hook raises, who has made a class of urllib3's."""


class Unexpected(ValueError):
    """What a policy raises that reads a header of its own."""


ERRORS = [Preempted("preempted"), TooLong("too long"), Cancelled("x"), ValueError("mine"), OverflowError()]
BUILT_IN = [TimeoutError("too long"), ConnectionResetError("mine"), socket.gaierror(socket.EAI_NONAME, "mine")]
"""Their classes do not tell them from those of a socket."""


@pytest.fixture
def raised_by_handler(request):
    """Raise an error in the handler of a signal, shortly after the test began."""

    def handler(signum, frame):
        raise request.param

    previous = signal.signal(signal.SIGUSR1, handler)
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGUSR1))
    timer.start()
    yield request.param
    timer.cancel()
    timer.join()
    signal.signal(signal.SIGUSR1, previous)


@needs_signals
@pytest.mark.parametrize("raised_by_handler", ERRORS, indirect=True, ids=repr)
@pytest.mark.parametrize("timeout", [60, (60, 60)], ids=["total", "pair"])
def test_error_of_a_signal_handler_ends_the_call(raised_by_handler, timeout):
    with scripted_server(stall) as server:
        with pytest.raises(type(raised_by_handler)) as caught:
            api_for(server.host).files_md5sum_get("a", _request_timeout=timeout)
        assert caught.value is raised_by_handler
        assert len(server.requests) == 1


@needs_signals
@pytest.mark.parametrize("raised_by_handler", [Preempted("preempted")], indirect=True)
def test_error_of_a_signal_handler_ends_a_write(raised_by_handler):
    with scripted_server(stall) as server:
        with pytest.raises(Preempted):
            api_for(server.host).samples_id_files_post(ID, SENT_FILE)
        assert server.methods() == ["POST"]


@needs_signals
@pytest.mark.parametrize("raised_by_handler", [Preempted("preempted")], indirect=True)
def test_error_of_a_signal_handler_during_a_backoff_delay(raised_by_handler):
    busy = http_response(b"", "503 x", "Retry-After: 20")
    with scripted_server(respond(busy)) as server, pytest.raises(Preempted):
        api_for(server.host).files_md5sum_get("a")


class Broken(urllib3.Retry):
    """A policy with a mistake."""

    def increment(self, *args, **kwargs):
        raise self.mistake


@pytest.mark.parametrize("mistake", [*ERRORS, *BUILT_IN], ids=repr)
@pytest.mark.parametrize("response", [close, respond(http_response(b"", "503 x"))], ids=["close", "503"])
def test_error_of_a_retry_policy(mistake, response):
    policy = Broken(3, status_forcelist=[503])
    Broken.mistake = mistake
    with scripted_server(response) as server, pytest.raises(type(mistake)) as caught:
        api_for(server.host, retries=policy).files_md5sum_get("a")
    assert caught.value is mistake


@pytest.mark.parametrize("mistake", [Cancelled("x"), Unexpected("mine"), Preempted("preempted")], ids=repr)
def test_error_of_a_policy_that_reads_retry_after(mistake):
    class Reading(urllib3.Retry):
        def get_retry_after(self, response):
            raise mistake

    with scripted_server(respond(http_response(b"", "503 x", "Retry-After: 1"))) as server:
        with pytest.raises(type(mistake)) as caught:
            api_for(server.host, retries=Reading(3, status_forcelist=[503])).files_md5sum_get("a")
        assert caught.value is mistake
        assert server.methods() == ["GET"]


@pytest.mark.parametrize("mistake", ERRORS, ids=repr)
def test_error_of_a_hook_around_urlopen(monkeypatch, mistake):
    """A tracing library wraps `urlopen` like this."""
    urlopen = HTTPConnectionPool.urlopen

    def traced(self, *args, **kwargs):
        urlopen(self, *args, **kwargs).close()
        raise mistake

    monkeypatch.setattr(HTTPConnectionPool, "urlopen", traced)
    with scripted_server(respond()) as server:
        with pytest.raises(type(mistake)) as caught:
            api_for(server.host).files_md5sum_get("a")
        assert caught.value is mistake
        assert len(server.requests) == 1


@pytest.mark.parametrize("name", ["getaddrinfo", "create_connection"])
@pytest.mark.parametrize("error", [*BUILT_IN, OSError("no network in this test")], ids=repr)
def test_error_of_a_replaced_function_of_sockets_is_the_librarys(delays, monkeypatch, name, error):
    """As of a user's test that forbids the network."""
    monkeypatch.setattr(socket, name, mock.Mock(side_effect=error))
    if name == "create_connection":  # urllib3 has one of its own
        monkeypatch.setattr("urllib3.util.connection.create_connection", mock.Mock(side_effect=error))
    kind = ApiTimeoutError if isinstance(error, TimeoutError) else ApiConnectionError
    with pytest.raises(kind) as caught:
        api_for("http://tracking.example/api/v1", trust_env=False).files_md5sum_get("a")
    assert caught.value.outcome_unknown is False


def test_hook_around_urlopen_does_not_hide_a_broken_connection(delays, monkeypatch):
    urlopen = HTTPConnectionPool.urlopen
    monkeypatch.setattr(HTTPConnectionPool, "urlopen", lambda self, *args, **kwargs: urlopen(self, *args, **kwargs))
    with scripted_server(close, respond()) as server:
        api_for(server.host).files_md5sum_get("a")
        assert server.methods() == ["GET", "GET"]


def test_call_within_an_except_block_raises_its_own_error(delays):
    """The error that is being handled is not an error of the call."""
    truncated = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"
    with scripted_server(respond(truncated), stall) as server, scripted_server(respond_and_close(truncated)) as closing:
        for host, error in (
            (server.host, ApiTimeoutError),
            (closing.host, ApiConnectionError),
            ("http://127.0.0.1:1/api", ApiConnectionError),
        ):
            try:
                raise Preempted("being handled")
            except Preempted:
                with pytest.raises(error):
                    api_for(host, trust_env=False).files_md5sum_get("a", _request_timeout=0.5)


def test_genuine_errors_are_told_as_before(delays):
    with scripted_server(close) as server, pytest.raises(ApiConnectionError):
        api_for(server.host).files_md5sum_get("a")
    with scripted_server(stall) as server, pytest.raises(ApiTimeoutError):
        api_for(server.host).files_md5sum_get("a", _request_timeout=0.3)


def test_error_of_a_retry_policy_closes_the_connection(monkeypatch):
    closed = []
    close_response = urllib3.HTTPResponse.close
    monkeypatch.setattr(urllib3.HTTPResponse, "close", lambda self: closed.append(self) or close_response(self))
    Broken.mistake = Preempted("mine")
    with scripted_server(respond(http_response(b"", "503 x"))) as server, pytest.raises(Preempted) as caught:
        api_for(server.host, retries=Broken(3, status_forcelist=[503])).files_md5sum_get("a")
    assert len(closed) == 1
    assert caught.value is Broken.mistake
