"""Idle connections that are dead, or on which something is unread, are not used."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from clients import api_for
from scripted_server import FILE, Action, Connection, ScriptedServer, http_response, scripted_server
from tls_server import ca_pem, https_host, over_tls, server_context

from tracking_client import ApiTimeoutError, File, FileApi

GOOD = File("a", "isolate.vcf", "vcf")
ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
OTHER = http_response(FILE.replace(b'"a"', b'"other"'))
CREATED = http_response(FILE, "201 CREATED")
NOT_FOUND = http_response(b'{"code": 404, "message": "Not found"}', "404 NOT FOUND")
PARALLEL = 8


def reset_after(responses: int, data: bytes = http_response()) -> Action:
    """Return an action that resets the connection at a request that comes after this many."""

    def action(connection: Connection) -> None:
        for _ in range(responses):
            connection.request()
            connection.send(data)
        connection.request()
        connection.reset()

    return action


def open_idle_connections(api: FileApi, server: ScriptedServer) -> None:
    """Make calls at the same time, so that their connections stay open."""
    with ThreadPoolExecutor(PARALLEL) as threads:
        list(threads.map(lambda _: api.files_md5sum_get("a"), range(PARALLEL)))
    assert server.connections == PARALLEL


@pytest.fixture
def parallel() -> Callable[[Action], Action]:
    """Return a function that makes an action wait for as many first requests as there are parallel calls."""
    barrier = threading.Barrier(PARALLEL)

    def first(then: Action) -> Action:
        def action(connection: Connection) -> None:
            connection.request()
            barrier.wait(20)
            connection.send(http_response())
            then(connection)

        return action

    return first


@pytest.fixture
def dead(parallel: Callable[[Action], Action]) -> Iterator[ScriptedServer]:
    """Yield a server whose first connections end at their second request; the next one is alive."""

    def alive(connection: Connection) -> None:
        while request := connection.request():
            is_post = request.startswith(b"POST")
            is_look_up = request.startswith(b"GET") and ID.encode() in request
            connection.send(CREATED if is_post else NOT_FOUND if is_look_up else http_response())

    with scripted_server(*[parallel(reset_after(0))] * PARALLEL, alive) as server:
        yield server


def test_retry_opens_a_new_connection(dead, delays):
    api = api_for(dead.host, retries=1)
    open_idle_connections(api, dead)
    assert api.files_md5sum_get("a") == GOOD
    assert dead.connections == PARALLEL + 1


def test_look_up_after_a_lost_post_uses_a_new_connection(dead, delays):
    api = api_for(dead.host, retries=1)
    open_idle_connections(api, dead)
    assert api.samples_id_files_post(ID, GOOD) == GOOD
    assert dead.methods()[PARALLEL:] == ["POST", "GET", "POST"]


def test_connections_after_a_timeout_are_new(parallel):
    """A firewall that forgets a connection drops what is sent."""
    with scripted_server(*[parallel(lambda connection: connection.wait())] * PARALLEL, reset_after(1)) as server:
        api = api_for(server.host)
        open_idle_connections(api, server)
        with pytest.raises(ApiTimeoutError):
            api.files_md5sum_get("a", _request_timeout=0.2)
        assert api.files_md5sum_get("a", _request_timeout=20) == GOOD


@pytest.mark.parametrize("retries", [1, 3])
def test_server_that_ends_each_connection_after_a_response(delays, retries):
    """The look-up opens a connection, which ends before the POST is sent again."""
    actions = [reset_after(1), reset_after(1, NOT_FOUND), reset_after(1, CREATED)]
    with scripted_server(*actions) as server:
        api = api_for(server.host, retries=retries)
        assert api.files_md5sum_get("a") == GOOD
        assert api.samples_id_files_post(ID, GOOD) == GOOD
        assert server.methods() == ["GET", "POST", "GET", "POST"]


def test_connection_after_a_truncated_body_is_new(delays, parallel):
    def truncate(connection: Connection) -> None:
        connection.request()
        connection.send(http_response(FILE[:9], length=len(FILE)))

    with scripted_server(*[parallel(truncate)] * PARALLEL, reset_after(1)) as server:
        api = api_for(server.host, retries=1)
        open_idle_connections(api, server)
        assert api.files_md5sum_get("a") == GOOD


def respond_with_surplus(surplus: bytes, later: bytes = b"", response: bytes = http_response()) -> Action:
    """Return an action that sends surplus bytes in one piece with its first response, and the rest of them later."""

    def action(connection: Connection) -> None:
        connection.request()
        connection.send(response + surplus)
        if later:
            time.sleep(0.1)
            connection.send(later)
        while connection.request():
            connection.send(http_response())

    return action


LONG = http_response(b" " * 7900 + FILE)
CHUNKED = http_response(b"%x\r\n%b\r\n0\r\n\r\n" % (len(FILE), FILE), "200 OK", "Transfer-Encoding: chunked")


@pytest.mark.parametrize("is_tls", [False, True])
@pytest.mark.parametrize("response", [http_response(), LONG, CHUNKED], ids=["short", "long", "chunked"])
@pytest.mark.parametrize(
    ("surplus", "later"),
    [(OTHER, b""), (OTHER * 20, b""), (OTHER[:20], OTHER[20:]), (b"\n", b"")],
    ids=["response", "many responses", "split response", "line feed"],
)
def test_surplus_bytes_end_the_connection(ca, is_tls, response, surplus, later):
    action = respond_with_surplus(surplus, later, response)
    with scripted_server(over_tls(server_context(ca, "localhost"), action) if is_tls else action) as server:
        api = api_for(https_host(server) if is_tls else server.host, ssl_ca_cert=ca_pem(ca), timeout=20)
        for _ in range(2):
            assert api.files_md5sum_get("a") == GOOD
        assert server.connections == 2
        api.api_client.close()


def test_connection_that_is_released_with_an_unread_body_is_not_used_again():
    with scripted_server(respond_with_surplus(b"")) as server:
        api = api_for(server.host, retries=0)
        api.files_md5sum_get("a", _preload_content=False).release_conn()
        assert api.files_md5sum_get("a") == GOOD


def test_connection_that_the_server_has_closed_is_not_used_again(delays):
    def close_after_response(connection: Connection) -> None:
        connection.request()
        connection.send(http_response())
        connection.socket.shutdown(socket.SHUT_RDWR)

    with scripted_server(close_after_response) as server:
        api = api_for(server.host, retries=0)
        for _ in range(3):
            assert api.files_md5sum_get("a") == GOOD
            time.sleep(0.05)
