"""Requests through a proxy, and how the environment selects it."""

from __future__ import annotations

import base64
import gc
import time
from collections.abc import Iterator

import pytest
from clients import api_for
from proxy_server import Proxy, proxy_url, tunnel_after
from scripted_server import http_response, respond, scripted_server, stall
from tls_server import ca_pem, over_tls, server_context, tls_server

from tracking_client import ApiConnectionError, ApiTimeoutError, File
from tracking_client._transport.proxies import environment_proxy

pytestmark = pytest.mark.usefixtures("clean_environment")

GOOD = File("a", "isolate.vcf", "vcf")
ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"


def test_http_requests_are_sent_to_the_proxy():
    with scripted_server(Proxy) as proxy:
        api = api_for("http://tracking.example/api/v1", proxy=proxy_url(proxy, "us%40er:pa%3Ass@"))
        api.api_client.set_default_header("X-Token", "token")
        assert api.files_md5sum_get("a") == GOOD
        assert api.files_md5sum_get("a", _request_timeout=60) == GOOD
        api.api_client.close()
    first, second = proxy.requests
    assert first.startswith(b"GET http://tracking.example/api/v1/files/a HTTP/1.1\r\n")
    assert second.startswith(b"GET http://tracking.example/api/v1/files/a HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic " + base64.b64encode(b"us@er:pa:ss") in first
    assert b"X-Token: token" in first
    assert proxy.connections == 1


def test_https_requests_are_sent_through_a_tunnel(ca):
    """Headers for the service are not shown to the proxy, nor those for the proxy to the service."""
    with scripted_server(Proxy) as proxy, tls_server(ca, "localhost") as (host, server):
        api = api_for(
            host, proxy=proxy_url(proxy), proxy_headers={"Proxy-Authorization": "token"}, ssl_ca_cert=ca_pem(ca)
        )
        api.api_client.set_default_header("X-Token", "s3cr3t")
        for _ in range(2):
            assert api.files_md5sum_get("a", _request_timeout=20) == GOOD
        api.api_client.close()
    assert [request.split(b" ")[0] for request in proxy.requests] == [b"CONNECT"]
    assert b"Proxy-Authorization: token" in proxy.requests[0]
    assert b"s3cr3t" not in proxy.requests[0]
    assert b"s3cr3t" in server.requests[0]
    assert b"Proxy-Authorization" not in server.requests[0]


def test_proxy_over_tls(ca):
    with scripted_server(over_tls(server_context(ca, "localhost"), Proxy)) as proxy:
        url = f"https://localhost:{proxy.port}"
        api = api_for("http://tracking.example/api", proxy=url, ssl_ca_cert=ca_pem(ca))
        assert api.files_md5sum_get("a") == GOOD
        assert proxy.requests[0].startswith(b"GET http://tracking.example/api/files/a HTTP/1.1")
        api.api_client.close()
        with pytest.raises(ApiConnectionError, match="certificate"):
            api_for("http://tracking.example/api", proxy=url, retries=0).files_md5sum_get("a")


def test_tls_handshake_ends_at_the_deadline():
    """A handshake that started its own timeout would end 5.5 seconds after the start."""
    with scripted_server(tunnel_after(2.5, lambda connection: connection.wait())) as proxy:
        start = time.monotonic()
        with pytest.raises(ApiTimeoutError):
            api_for("https://tracking.example", proxy=proxy_url(proxy)).files_md5sum_get("a", _request_timeout=3)
        assert time.monotonic() - start < 5


def test_tls_handshake_within_tls_ends_at_the_deadline(ca):
    """Each byte would start the timeout anew, for 5 seconds in all."""

    def send_record_slowly(connection):
        for byte in b"\x16\x03\x03\x01\x90" + b"\0" * 100:
            connection.send(bytes([byte]))
            time.sleep(0.05)

    with scripted_server(over_tls(server_context(ca, "localhost"), tunnel_after(0, send_record_slowly))) as proxy:
        url = f"https://localhost:{proxy.port}"
        api = api_for("https://tracking.example", proxy=url, ssl_ca_cert=ca_pem(ca))
        start = time.monotonic()
        with pytest.raises(ApiTimeoutError):
            api.files_md5sum_get("a", _request_timeout=1)
        assert time.monotonic() - start < 4


@pytest.fixture
def _collect_garbage() -> Iterator[None]:
    """Collect garbage after a test whose proxy opens no tunnel.

    `http.client` of Python 3.9 does not close the response to CONNECT then. Its socket is closed with the garbage.
    """
    yield
    gc.collect()


UNCLOSED_SOCKET = "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning"


@pytest.mark.filterwarnings(UNCLOSED_SOCKET)
@pytest.mark.usefixtures("_collect_garbage")
def test_connect_timeout_includes_opening_the_tunnel():
    with scripted_server(stall) as proxy:
        start = time.monotonic()
        api = api_for("https://tracking.example", proxy=proxy_url(proxy))
        with pytest.raises(ApiTimeoutError):
            api.files_md5sum_get("a", _request_timeout=(0.3, 30))
        assert time.monotonic() - start < 10


def test_read_timeout_does_not_apply_to_opening_the_tunnel():
    with scripted_server(tunnel_after(0.6)) as proxy:
        api = api_for("https://tracking.example", proxy=proxy_url(proxy), retries=0)
        with pytest.raises(ApiConnectionError):  # the tunnel is opened, and closed
            api.files_md5sum_get("a", _request_timeout=(30, 0.3))


@pytest.mark.filterwarnings(UNCLOSED_SOCKET)
@pytest.mark.usefixtures("_collect_garbage")
def test_post_was_not_sent_if_the_proxy_rejects_the_tunnel(delays):
    with scripted_server(respond(http_response(b"", "403 Forbidden"))) as proxy:
        with pytest.raises(ApiConnectionError) as caught:
            api_for("https://tracking.example/api", proxy=proxy_url(proxy)).samples_id_files_post(ID, GOOD)
        assert caught.value.outcome_unknown is False


def test_proxy_from_the_environment(monkeypatch, ca):
    with scripted_server(Proxy) as proxy, scripted_server(respond()) as direct, tls_server(ca, "localhost") as (tls, _):
        monkeypatch.setenv("HTTP_PROXY", proxy_url(proxy))
        monkeypatch.setenv("https_proxy", proxy_url(proxy).removeprefix("http://"))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1,.internal.example")
        for host in ("http://tracking.example/api", tls):
            api = api_for(host, ssl_ca_cert=ca_pem(ca))
            assert api.files_md5sum_get("a") == GOOD
            api.api_client.close()
        assert len(proxy.requests) == 2
        assert api_for(direct.host).files_md5sum_get("a") == GOOD
        assert api_for(tls, ssl_ca_cert=ca_pem(ca), trust_env=False).files_md5sum_get("a") == GOOD
        assert len(proxy.requests) == 2
        with scripted_server(Proxy) as configured:
            api_for("http://tracking.example/api", proxy=proxy_url(configured)).files_md5sum_get("a")
            assert (len(proxy.requests), len(configured.requests)) == (2, 1)


def test_environment_variables_select_the_proxy(monkeypatch):
    assert environment_proxy("http://tracking.example") is None
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "localhost,.internal.example,tracking.example:8080")
    assert environment_proxy("http://tracking.example") == "http://proxy.example:3128"
    assert environment_proxy("https://tracking.example") is None
    for origin in ("http://localhost:80", "http://a.internal.example", "http://tracking.example:8080"):
        assert environment_proxy(origin) is None
    monkeypatch.setenv("NO_PROXY", "*")
    assert environment_proxy("http://tracking.example") is None
