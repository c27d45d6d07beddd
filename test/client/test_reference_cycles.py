"""With the garbage collector off, calls and dropped clients leave no objects and no file descriptors behind."""

from __future__ import annotations

import contextlib
import gc
import signal

import pytest
import urllib3
from clients import api_for
from scripted_server import Connection, http_response, refused_host, scripted_server, stall

from tracking_client import ApiException, File

ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"


class Preempted(OSError):
    """An error of the user's own class."""


def serve(connection: Connection) -> None:
    """Respond as the md5sum in the path says."""
    while request := connection.request():
        if b"/missing " in request:
            connection.send(http_response(b'{"code": 404, "message": "Not found"}', "404 Not Found"))
        elif b"/invalid " in request:
            connection.send(http_response(b"{}"))
        elif b"/truncated " in request:
            connection.send(http_response(length=1000))
            return
        elif b"/lost " in request or request.startswith(b"POST"):
            return
        else:
            connection.send(http_response())


CALLS = {
    "success": lambda api: api.files_md5sum_get("a"),
    "404": lambda api: api.files_md5sum_get("missing"),
    "404 with HTTP info": lambda api: api.files_md5sum_get_with_http_info("missing"),
    "invalid": lambda api: api.files_md5sum_get("invalid"),
    "truncated": lambda api: api.files_md5sum_get("truncated"),
    "lost": lambda api: api.files_md5sum_get("lost"),
    "lost POST": lambda api: api.samples_id_files_post(ID, File("lost", "isolate.vcf", "vcf")),
    "lost DELETE": lambda api: api.samples_id_files_md5sum_delete(ID, "lost"),
    "body not read": lambda api: api.files_md5sum_get("a", _preload_content=False).release_conn(),
}


@pytest.fixture
def no_collection():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def leave_nothing(call):
    """Run a call ten times, and count what only the garbage collector would free."""

    def run():
        with contextlib.suppress(ApiException, Preempted):
            call()

    run()  # imports what it needs
    gc.collect()
    for _ in range(10):
        run()
    return gc.collect()


@pytest.mark.usefixtures("no_collection", "delays")
@pytest.mark.parametrize("is_dropped", [False, True])
@pytest.mark.parametrize("name", CALLS)
def test_call_leaves_no_reference_cycle(name, is_dropped):
    with scripted_server(serve) as server:
        api = api_for(server.host)
        assert leave_nothing(lambda: CALLS[name](api_for(server.host) if is_dropped else api)) == 0
        api.api_client.close()


@pytest.mark.usefixtures("no_collection", "delays")
def test_refused_connection_leaves_no_reference_cycle():
    host = refused_host()
    assert leave_nothing(lambda: api_for(host).files_md5sum_get("a")) == 0


class Mistaken(urllib3.Retry):
    """A policy that raises an error of its own class."""

    def increment(self, *args, **kwargs):
        raise Preempted


@pytest.mark.usefixtures("no_collection", "delays")
@pytest.mark.parametrize("retries", [urllib3.Retry(3, read=False), urllib3.Retry(1, read=0), Mistaken(3)], ids=repr)
def test_custom_policy_leaves_no_reference_cycle(retries):
    with scripted_server(serve) as server:
        api = api_for(server.host, retries=retries)
        assert leave_nothing(lambda: api.files_md5sum_get("lost")) == 0
        api.api_client.close()


@pytest.mark.skipif(not hasattr(signal, "SIGALRM"), reason="POSIX signals")
@pytest.mark.usefixtures("no_collection")
def test_error_of_a_signal_handler_leaves_no_reference_cycle(monkeypatch):
    def handler(*_):
        raise Preempted

    previous = signal.signal(signal.SIGALRM, handler)
    try:
        with scripted_server(stall) as server:
            api = api_for(server.host)

            def call():
                signal.setitimer(signal.ITIMER_REAL, 0.1)
                api.files_md5sum_get("a")

            assert leave_nothing(call) == 0
            api.api_client.close()
    finally:
        signal.signal(signal.SIGALRM, previous)


@pytest.mark.usefixtures("no_collection", "delays")
@pytest.mark.parametrize("name", CALLS)
def test_dropped_client_closes_its_connections(name):
    with scripted_server(serve) as server:
        for _ in range(10):
            with contextlib.suppress(ApiException):
                CALLS[name](api_for(server.host))
        # Each of these threads ends when the client closes its connection.
        for thread in server._threads[1:]:
            thread.join(60)
            assert not thread.is_alive()
