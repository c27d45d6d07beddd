"""Redirects of a GET are followed within its origin; all others are errors."""

from __future__ import annotations

import os

import pytest
from clients import api_for
from proxy_server import proxy_url
from scripted_server import Connection, http_response, respond, scripted_server

from tracking_client import ApiConnectionError, ApiException, File

GOOD = File("a", "isolate.vcf", "vcf")
ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
STATUSES = ["301 x", "302 x", "303 x", "307 x", "308 x"]


def redirect(location: str, status: str = "302 Found") -> bytes:
    """Return the bytes of a redirect."""
    return http_response(b"", status, f"Location: {location}")


@pytest.mark.parametrize("status", STATUSES)
def test_get_is_redirected_within_its_origin(status):
    def action(connection):
        connection.request()
        connection.send(redirect("/elsewhere?x=1", status))
        connection.request()
        connection.send(redirect(f"http://127.0.0.1:{connection.server.port}/api/v1/again", status))
        connection.request()
        connection.send(redirect("again/../there", status))
        connection.request()
        connection.send(redirect(f"http://user:secret@127.0.0.1:{connection.server.port}?x=2", status))
        connection.request()
        connection.send(http_response())

    with scripted_server(action) as server:
        api = api_for(server.host)
        assert api.files_md5sum_get("a") == GOOD
        paths = [request.split(b" ")[1] for request in server.requests]
        assert paths == [b"/api/v1/files/a", b"/elsewhere?x=1", b"/api/v1/again", b"/api/v1/there", b"/?x=2"]
        origin = server.host.removesuffix("/api/v1")
        assert [key[:2] for key in api.api_client.rest_client._pools] == [(os.getpid(), origin)]


def test_number_of_redirects_is_limited():
    with scripted_server(respond(redirect("/loop"))) as server:
        with pytest.raises(ApiConnectionError, match="redirects"):
            api_for(server.host).files_md5sum_get("a")
        assert len(server.requests) < 10


@pytest.mark.parametrize("status", STATUSES)
def test_post_and_delete_are_not_redirected(status):
    with scripted_server(respond(redirect("/elsewhere", status))) as server:
        for call in (
            lambda: api_for(server.host).samples_id_files_post(ID, GOOD),
            lambda: api_for(server.host).samples_id_files_md5sum_delete(ID, "a"),
        ):
            with pytest.raises(ApiException) as caught:
                call()
            assert caught.value.status == int(status[:3])
            assert caught.value.headers["location"] == "/elsewhere"
        assert server.methods() == ["POST", "DELETE"]


def test_redirect_to_another_origin_is_not_followed():
    with scripted_server(respond()) as other:
        for location in (
            other.host,
            other.host.replace("http", "https"),
            f"//127.0.0.1:{other.port}/x",
            "http://[x/",
            "",
        ):
            with scripted_server(respond(redirect(location))) as server:
                api = api_for(server.host, retries=0)
                api.api_client.set_default_header("Authorization", "secret")
                api.api_client.cookie = "session=secret"
                with pytest.raises(ApiException) as caught:
                    api.files_md5sum_get("a")
            assert caught.value.status == 302
        assert other.connections == 0


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(http_response(b"", "302 Found", "Location: /elsewhere", length=1000), id="body that never comes"),
        pytest.param(
            http_response(b"", "302 Found", "Location: /elsewhere", "Transfer-Encoding: chunked"),
            id="chunk never comes",
        ),
        pytest.param(http_response(b"moved", "302 Found", "Location: /elsewhere"), id="body"),
        pytest.param(http_response(b"", "302 Found", "Location: /elsewhere", "Location: /elsewhere"), id="twice"),
        pytest.param(http_response(b"", "302 Found", "Location: /elsewhere \t"), id="white space"),
    ],
)
def test_redirect_is_followed_without_waiting(data):
    def follow(connection: Connection) -> None:
        connection.request()
        connection.send(data)
        while connection.request():
            connection.send(http_response())

    with scripted_server(follow, respond()) as server:
        assert api_for(server.host, retries=0).files_md5sum_get("a", _request_timeout=20) == GOOD
        assert server.requests[-1].startswith(b"GET /elsewhere HTTP/1.1\r\n")
        assert server.methods() == ["GET", "GET"]


def test_redirect_in_utf_8_is_followed():
    data = http_response(b"", "302 Found", "Location: /é b?x=%C3%A9".encode().decode("latin-1"))

    def follow(connection: Connection) -> None:
        connection.request()
        connection.send(data)
        connection.request()
        connection.send(http_response())

    with scripted_server(follow) as server:
        assert api_for(server.host, retries=0).files_md5sum_get("a") == GOOD
        assert server.requests[-1].startswith(b"GET /%C3%A9%20b?x=%C3%A9 HTTP/1.1\r\n")


def test_redirect_that_is_not_followed_tells_its_target():
    with scripted_server(respond(redirect("https://elsewhere.example/api"))) as server:
        for call in (
            lambda: api_for(server.host).files_md5sum_get("a"),
            lambda: api_for(server.host).samples_id_files_post(ID, GOOD),
        ):
            with pytest.raises(ApiException, match=r"redirect to https://elsewhere\.example/api was not followed"):
                call()


def test_redirects_that_differ_are_not_followed():
    data = http_response(b"", "302 Found", "Location: /x", "Location: /y")
    with scripted_server(respond(data)) as server, pytest.raises(ApiException) as caught:
        api_for(server.host).files_md5sum_get("a")
    assert caught.value.status == 302


@pytest.mark.parametrize(
    ("host", "location"),
    [("tracking.example", "tracking.example:80"), ("tracking.example:80", "tracking.example")],
)
def test_default_port_is_the_same_origin(host, location):
    def follow(connection: Connection) -> None:
        connection.request()
        connection.send(redirect(f"http://{location}/elsewhere"))
        connection.request()
        connection.send(http_response())

    with scripted_server(follow) as proxy:
        assert api_for(f"http://{host}/api/v1", proxy=proxy_url(proxy), retries=0).files_md5sum_get("a") == GOOD
        assert proxy.requests[-1].startswith(f"GET http://{host}/elsewhere HTTP/1.1\r\n".encode())
