"""Requests through a proxy, and how the environment selects it."""

from __future__ import annotations

import base64
import gc
import time
from collections.abc import Iterator

import pytest
from clients import api_for
from proxy_server import Proxy, proxy_url, tunnel_after
from scripted_server import http_response, refused_host, respond, scripted_server, stall
from tls_server import ca_pem, over_tls, server_context, tls_server

from tracking_client import ApiConnectionError, ApiTimeoutError, ApiValueError, Configuration, File, ServiceException
from tracking_client._transport.proxies import select_proxy

pytestmark = pytest.mark.usefixtures("clean_environment")

GOOD = File("a", "isolate.vcf", "vcf")
NAME = "tracking.example"
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


def selected_proxy(origin: str) -> str | None:
    """Return the proxy that the environment names for a server."""
    return select_proxy(Configuration(), origin)[0]


@pytest.fixture
def _collect_garbage() -> Iterator[None]:
    """Collect garbage after a test whose proxy opens no tunnel.

    `http.client` of Python 3.10 does not close the response to CONNECT then. Its socket is closed with the garbage.
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


@pytest.mark.usefixtures("_no_names")
def test_proxy_from_the_environment(monkeypatch, ca):
    with scripted_server(Proxy) as proxy, scripted_server(respond()) as direct, tls_server(ca, NAME) as (tls, _):
        tls = tls.replace("localhost", NAME)  # a loopback address would not be sent to the proxy
        monkeypatch.setenv("HTTP_PROXY", proxy_url(proxy))
        monkeypatch.setenv("https_proxy", proxy_url(proxy).removeprefix("http://"))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1,.internal.example")
        for host in ("http://tracking.example/api", tls):
            api = api_for(host, ssl_ca_cert=ca_pem(ca))
            assert api.files_md5sum_get("a") == GOOD
            api.api_client.close()
        assert len(proxy.requests) == 2
        assert api_for(direct.host).files_md5sum_get("a") == GOOD
        with pytest.raises(ApiConnectionError):
            api_for("http://name.invalid/api", trust_env=False, retries=0).files_md5sum_get("a")
        assert len(proxy.requests) == 2
        with scripted_server(Proxy) as configured:
            api_for("http://tracking.example/api", proxy=proxy_url(configured)).files_md5sum_get("a")
            assert (len(proxy.requests), len(configured.requests)) == (2, 1)


def test_environment_variables_select_the_proxy(monkeypatch):
    assert selected_proxy("http://tracking.example") is None
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "localhost,.internal.example,tracking.example:8080")
    assert selected_proxy("http://tracking.example") == "http://proxy.example:3128"
    assert selected_proxy("https://tracking.example") is None
    for origin in ("http://localhost:80", "http://a.internal.example", "http://tracking.example:8080"):
        assert selected_proxy(origin) is None
    monkeypatch.setenv("NO_PROXY", "*")
    assert selected_proxy("http://tracking.example") is None


@pytest.mark.parametrize(
    "origin",
    ["http://localhost", "http://LOCALHOST:5000", "http://127.0.0.1:80", "http://127.3.2.1", "http://[::1]:5000"],
)
@pytest.mark.parametrize("no_proxy", [None, "", "tracking.example"])
def test_loopback_is_never_sent_to_a_proxy_of_the_environment(origin, no_proxy, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    if no_proxy is not None:
        monkeypatch.setenv("NO_PROXY", no_proxy)
    assert selected_proxy(origin) is None
    assert selected_proxy("http://localhost.example") == "http://proxy.example:3128"


def test_loopback_is_sent_to_a_configured_proxy():
    with scripted_server(Proxy) as proxy:
        assert api_for("http://127.0.0.1:9/api/v1", proxy=proxy_url(proxy)).files_md5sum_get("a") == GOOD
        assert len(proxy.requests) == 1


@pytest.mark.parametrize(
    ("no_proxy", "origin"),
    [
        ("10.0.0.0/8", "http://10.1.2.3"),
        ("a.example,10.0.0.0/8 ,192.168.0.0/16", "http://192.168.7.8:5000"),
        ("10.96.0.1/12", "http://10.96.0.7"),
        ("10.1.2.3", "http://10.1.2.3:5000"),
        ("10.0.0.0/8", "http://[::ffff:10.1.2.3]"),
        ("fd00::/8", "http://[fd00::7]:5000"),
        ("[fd00::]/8", "http://[fd00::7]"),
        ("fd00::7", "http://[fd00:0:0::7]"),
        ("[fd00::7]", "http://[fd00::7]:80"),
        ("fe80::/10", "http://[fe80::1%eth0]"),
        (".svc,.cluster.local", "http://tracking.default.svc.cluster.local"),
        ("*.cluster.local", "http://tracking.default.svc.cluster.local"),
        ("localhost .svc", "http://tracking.default.SVC:80"),
        ("localhost,*", "http://tracking.example"),
        ("tracking.example:8080", "http://tracking.example:8080"),
    ],
)
def test_no_proxy_as_clusters_write_it(no_proxy, origin, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert selected_proxy(origin) is None


@pytest.mark.parametrize("origin", ["http://11.1.2.3", "http://[fc00::1]", "http://10.1.2.other", "http://anexample"])
def test_no_proxy_does_not_name_others(origin, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "10.0.0.0/8,fd00::/8,*.example,.svc,nonsense/99,[")
    assert selected_proxy(origin) == "http://proxy.example:3128"


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy"])
def test_failure_names_the_proxy_and_its_variable(variable, monkeypatch):
    proxy = refused_host().removesuffix("/api/v1")
    monkeypatch.setenv(variable, proxy.replace("http://", "http://user:s3cr3t@"))
    with pytest.raises(ApiConnectionError) as caught:
        api_for("http://tracking.example/api/v1", retries=0).files_md5sum_get("a")
    assert f"through the proxy {proxy} of {variable}" in str(caught.value)
    assert "s3cr3t" not in str(caught.value)


def test_failure_names_a_configured_proxy():
    with scripted_server(respond(http_response(b"", "407 Proxy Authentication Required"))) as proxy:
        url = proxy_url(proxy, "user:s3cr3t@")
        with pytest.raises(ApiConnectionError) as caught:
            api_for("https://tracking.example/api/v1", proxy=url, retries=0).files_md5sum_get("a")
        assert caught.value.hint == f"sent through the proxy {proxy_url(proxy)} of Configuration.proxy"
        assert "407 Proxy Authentication Required" in str(caught.value)


def test_error_response_of_a_proxy_names_it():
    with scripted_server(respond(http_response(b"<html>", "503 Service Unavailable"))) as proxy:
        with pytest.raises(ServiceException) as caught:
            api_for("http://tracking.example/api", proxy=proxy_url(proxy), retries=0).files_md5sum_get("a")
        assert caught.value.hint == f"sent through the proxy {proxy_url(proxy)} of Configuration.proxy"


def test_timeout_names_the_proxy():
    with scripted_server(stall) as proxy, pytest.raises(ApiTimeoutError, match="through the proxy http://127"):
        api_for("http://tracking.example/api", proxy=proxy_url(proxy)).files_md5sum_get("a", _request_timeout=0.2)


@pytest.mark.parametrize("proxy", ["socks5h://user:s3cr3t@proxy.example:1080", "socks5://proxy.example", "ftp://x"])
def test_unsupported_scheme_in_the_environment_is_told_with_the_way_out(proxy, monkeypatch):
    monkeypatch.setenv("https_proxy", proxy)
    with pytest.raises(ApiValueError) as caught:
        api_for("https://tracking.example/api").files_md5sum_get("a")
    message = str(caught.value)
    scheme = proxy.partition(":")[0]
    assert message.startswith(f"Invalid proxy in https_proxy: {scheme}:// is not supported, only http:// and https://")
    assert "NO_PROXY" in message
    assert "trust_env" in message
    assert "s3cr3t" not in message


@pytest.mark.usefixtures("_no_names")
def test_error_of_a_direct_connection_says_that_all_proxy_is_not_used(monkeypatch):
    monkeypatch.setenv("ALL_PROXY", "socks5h://user:s3cr3t@proxy.example:1080")
    with pytest.raises(ApiConnectionError, match="ALL_PROXY is not supported"):
        api_for("http://name.invalid/api", retries=0).files_md5sum_get("a")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_error_names_an_inner_class(scheme):
    host = refused_host().replace("http", scheme)
    with pytest.raises(ApiConnectionError) as caught:
        api_for(host, retries=0).files_md5sum_get("a")
    assert "ConnectionCls" not in str(caught.value)
    assert "object at" not in str(caught.value)
    assert "Failed to establish a new connection" in str(caught.value)
