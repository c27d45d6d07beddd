"""Which Host headers a service on a loopback address accepts: protection from DNS rebinding."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import pytest
from machine import has_ipv6
from service_connection import Connection, post_request, send_raw

from tracking_client.service import BASE_PATH, running_service


@pytest.fixture(scope="module")
def local_host():
    """Yield the URL of a service that accepts only loopback hosts."""
    with running_service() as host:
        yield host


def status_of_post(host, host_header) -> int:
    return int(send_raw(host, post_request("/samples", b"{}", host_header)).split()[1])


@pytest.mark.parametrize(
    "name",
    ["localhost", "LocalHost", "localhost.", "a.localhost", "127.0.0.1", "127.1.2.3", "[::1]", "[0:0:0:0:0:0:0:1]"],
)
@pytest.mark.parametrize("port", ["", ":", ":8080"])
def test_loopback_host_is_accepted(local_host, name, port):
    assert status_of_post(local_host, f"{name}{port}".encode()) == 201


@pytest.mark.parametrize(
    "host_header",
    [
        *["example.org", "example.org:8080", "x", "localhost.example.org", "notlocalhost", "127.0.0.1.example.org"],
        *["128.0.0.1", "0.0.0.0", "10.0.0.1", "[::2]", "[::1", "::1", "[localhost]", "127.0.0.1:x"],
        *["", "user@localhost", "localhost@example.org", "localhost, example.org", "localhost:80:80", "\xff"],
    ],
)
def test_other_host_is_rejected(local_host, host_header):
    response = send_raw(local_host, post_request("/samples", b"{}", host_header.encode("latin-1")))
    headers, _, body = response.partition(b"\r\n\r\n")
    assert headers.startswith(b"HTTP/1.1 421 ")
    assert b"Content-Type: application/problem+json" in headers
    assert "--any-host" in json.loads(body)["detail"]


def test_rejected_request_stores_nothing_and_keeps_the_connection_in_sync():
    with running_service() as host:
        other = post_request("/samples", b'{"isolate-id": "other"}', b"example.org")
        head = f"HEAD {BASE_PATH}/samples HTTP/1.1\r\nHost: example.org\r\n\r\n".encode()
        own = post_request("/samples", b'{"isolate-id": "own"}', b"localhost")
        responses = send_raw(host, other + head + own)
        assert re.findall(rb"HTTP/1.1 (\d+) ", responses) == [b"421", b"421", b"201"]
        with Connection(host) as connection:
            assert [sample["isolate-id"] for sample in connection.request("GET", "/samples")[2]] == ["own"]


def test_host_of_the_target_takes_precedence(local_host):
    for host, header, status in [(b"example.org", b"localhost", b"421"), (b"localhost", b"example.org", b"201")]:
        request = post_request("/samples", b"{}", header).replace(b" /", b" http://" + host + b"/", 1)
        assert send_raw(local_host, request).startswith(b"HTTP/1.1 " + status)


def test_second_host_header_is_rejected(local_host):
    request = post_request("/samples", b"{}", b"localhost\r\nHost: example.org")
    assert send_raw(local_host, request).startswith(b"HTTP/1.1 421 ")


def test_request_without_host_is_accepted(local_host):
    assert send_raw(local_host, b"GET /api/v1/samples HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200 ")


@pytest.mark.skipif(not has_ipv6(), reason="there is no IPv6 on this machine")
def test_service_on_ipv6_loopback_accepts_only_loopback_hosts():
    with running_service(host="::1") as host:
        assert [status_of_post(host, name) for name in (b"[::1]", b"localhost", b"example.org")] == [201, 201, 421]


def test_any_host_can_be_accepted():
    with running_service(any_host=True) as host:
        assert status_of_post(host, b"example.org") == 201


def test_service_on_all_addresses_accepts_any_host():
    with running_service(host="0.0.0.0") as host:
        assert status_of_post(f"http://127.0.0.1:{urlsplit(host).port}", b"example.org") == 201


def test_service_of_a_test_accepts_any_host(tracking_service):
    assert status_of_post(tracking_service.host, b"example.org") == 201
