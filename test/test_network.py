"""TLS and proxies, with real certificates and a real proxy."""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import threading
import time
import warnings

import pytest
import trustme
import urllib3
from conftest import api_for
from scripted import answer, http, scripted, stall

from tracking_client import (
    ApiConnectionError,
    ApiTimeoutError,
    ApiValueError,
    Configuration,
    File,
    NotFoundException,
)
from tracking_client.pools import environment_proxy, pool_for

GOOD = File("a", "isolate.vcf", "vcf")
VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE"]


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    ("origin", "name", "port"),
    [
        ("http://[::1]", "::1", 80),
        ("https://[2001:db8::2]", "2001:db8::2", 443),
        ("http://[::1]:8080", "::1", 8080),
        ("http://tracking.example", "tracking.example", 80),
        ("https://127.0.0.1:8443", "127.0.0.1", 8443),
    ],
)
def test_where_connections_lead(origin, name, port):
    pool = pool_for(Configuration(), origin)
    connection = pool.ConnectionCls(host=pool.host, port=pool.port)
    assert (connection.host, connection.port) == (name, port)


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


def over_tls(context, action):
    """What a server does, over TLS."""

    def serve(connection):
        with context.wrap_socket(connection.socket, server_side=True) as secure:
            connection.socket = secure
            action(connection)

    return serve


def server_context(authority, *names: str):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


@contextlib.contextmanager
def tls_server(authority, *names: str, client_authority=None):
    """A service over TLS; it answers every request with the same file. Yields its url."""
    context = server_context(authority, *names)
    if client_authority is not None:
        client_authority.configure_trust(context)
        context.verify_mode = ssl.CERT_REQUIRED

    with scripted(over_tls(context, answer())) as server:
        yield server.host.replace("http://127.0.0.1", "https://localhost"), server


def test_a_private_authority(authority, tmp_path, monkeypatch):
    pem = authority.cert_pem.bytes()
    (tmp_path / "ca.pem").write_bytes(pem)
    with tls_server(authority, "localhost") as (host, _):
        for trusted in (str(tmp_path / "ca.pem"), pem.decode()):
            api = api_for(host, ssl_ca_cert=trusted)
            assert api.files_md5sum_get("a") == GOOD
            assert api.files_md5sum_get("a", _request_timeout=5) == GOOD
            api.api_client.close()
        with pytest.raises(ApiConnectionError, match="certificate verify failed") as caught:
            api_for(host).files_md5sum_get("a")
        assert caught.value.outcome_unknown is False
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert api_for(host).files_md5sum_get("a") == GOOD
        with pytest.raises(ApiConnectionError):
            api_for(host, trust_env=False).files_md5sum_get("a")


def test_a_certificate_that_is_not_trusted_is_not_asked_for_again(authority, waits):
    with tls_server(authority, "localhost") as (host, server):
        for call in (
            lambda api: api.files_md5sum_get("a"),
            lambda api: api.samples_id_files_post("3fa85f64-5717-4562-b3fc-2c963f66afa6", GOOD),
        ):
            server.connections = 0
            with pytest.raises(ApiConnectionError) as caught:
                call(api_for(host))
            assert caught.value.outcome_unknown is False
            assert server.connections == 1


@pytest.mark.parametrize("end", ["FIN", "RST"])
def test_a_handshake_that_is_cut_is_begun_again(authority, waits, end):
    """Nothing was sent, so that a POST may be repeated, and a DELETE that then finds nothing has found nothing."""

    def cut(connection):
        connection.socket.recv(3)
        if end == "RST":
            connection.reset()
        else:
            connection.socket.recv(65536)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)

    def serve(data):
        def action(connection):
            with context.wrap_socket(connection.socket, server_side=True) as secure:
                connection.socket = secure
                answer(data)(connection)

        return action

    pem = authority.cert_pem.bytes().decode()
    sample = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
    not_found = http(b'{"code": 404, "message": "Not found"}', "404 NOT FOUND")
    with scripted(cut, serve(http(status="201 CREATED"))) as server:
        api = api_for(server.host.replace("http://127.0.0.1", "https://localhost"), ssl_ca_cert=pem)
        assert api.samples_id_files_post(sample, GOOD) == GOOD
        assert server.methods() == ["POST"]
        api.api_client.close()
    with scripted(cut, serve(not_found)) as server:
        api = api_for(server.host.replace("http://127.0.0.1", "https://localhost"), ssl_ca_cert=pem)
        with pytest.raises(NotFoundException):
            api.samples_id_files_md5sum_delete(sample, "a")
        api.api_client.close()


def test_the_name_in_the_certificate(authority):
    pem = authority.cert_pem.bytes().decode()
    with tls_server(authority, "tracking.example") as (host, _):
        for own_name in (None, True):
            with pytest.raises(ApiConnectionError, match=r"match|certificate"):
                api_for(host, ssl_ca_cert=pem, assert_hostname=own_name).files_md5sum_get("a")
        for name in ("tracking.example", False):
            assert api_for(host, ssl_ca_cert=pem, assert_hostname=name).files_md5sum_get("a") == GOOD
        with pytest.raises(ApiConnectionError):
            api_for(host, ssl_ca_cert=pem, assert_hostname="other.example").files_md5sum_get("a")


def test_an_address_in_the_certificate(authority):
    pem = authority.cert_pem.bytes().decode()
    with tls_server(authority, "127.0.0.1") as (host, _):
        api = api_for(host.replace("localhost", "127.0.0.1"), ssl_ca_cert=pem)
        assert api.files_md5sum_get("a") == GOOD
        api.api_client.close()
        with pytest.raises(ApiConnectionError):
            api_for(host, ssl_ca_cert=pem).files_md5sum_get("a")


def test_no_verification_warns_once(authority):
    with tls_server(authority, "tracking.example") as (host, _), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        api = api_for(host, verify_ssl=False)
        for _ in range(3):
            assert api.files_md5sum_get("a") == GOOD
        api.api_client.close()
    assert [warning.category for warning in caught] == [urllib3.exceptions.InsecureRequestWarning]


def test_a_certificate_of_the_clients(authority, tmp_path):
    clients = trustme.CA()
    certificate = clients.issue_cert("client.example")
    certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    pem = authority.cert_pem.bytes().decode()
    with tls_server(authority, "localhost", client_authority=clients) as (host, _):
        both = {"cert_file": str(tmp_path / "both.pem")}
        apart = {"cert_file": str(tmp_path / "cert.pem"), "key_file": str(tmp_path / "key.pem")}
        for files in (both, apart):
            assert api_for(host, ssl_ca_cert=pem, **files).files_md5sum_get("a") == GOOD
        with pytest.raises(ApiConnectionError):
            api_for(host, ssl_ca_cert=pem, retries=0).files_md5sum_get("a")


@pytest.mark.parametrize(
    "settings",
    [
        {"ssl_ca_cert": "/nonexistent/ca.pem"},
        {"ssl_ca_cert": "a\0b"},
        {"ssl_ca_cert": "-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----"},
        {"cert_file": "/nonexistent/client.pem"},
        {"cert_file": __file__},
    ],
)
def test_certificates_that_can_not_be_used(settings):
    with pytest.raises(ApiValueError, match="Can't use"):
        api_for("https://localhost:9", **settings).files_md5sum_get("a")


def test_plain_http_where_tls_is_spoken(authority):
    with tls_server(authority, "localhost") as (host, _), pytest.raises(ApiConnectionError):
        api_for(host.replace("https", "http"), retries=0).files_md5sum_get("a")

    def plain(connection):
        connection.socket.recv(1)
        connection.send(http())

    with scripted(plain) as server, pytest.raises(ApiConnectionError):
        api_for(server.host.replace("http", "https"), retries=0).files_md5sum_get("a")


class Proxy:
    """A proxy: answers plain requests itself, and tunnels others to the port of this machine that they name."""

    def __init__(self, connection) -> None:
        head = connection.request()
        while head and not head.startswith(b"CONNECT"):
            connection.send(http())
            head = connection.request()
        if not head:
            return
        port = int(head.split(b" ")[1].rpartition(b":")[2])
        with socket.create_connection(("127.0.0.1", port)) as target:
            connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=self.copy, args=(target, connection.socket))
            back.start()
            self.copy(connection.socket, target)
            back.join()

    @staticmethod
    def copy(source, target) -> None:
        with contextlib.suppress(OSError):
            while block := source.recv(65536):
                target.sendall(block)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)


def url(proxy, credentials: str = "") -> str:
    return f"http://{credentials}127.0.0.1:{proxy.port}"


def test_a_proxy_for_http():
    with scripted(Proxy) as proxy:
        api = api_for("http://tracking.example/api/v1", proxy=url(proxy, "us%40er:pa%3Ass@"))
        api.api_client.set_default_header("X-Token", "token")
        assert api.files_md5sum_get("a") == GOOD
        assert api.files_md5sum_get("a b") == GOOD
        api.api_client.close()
    first, second = proxy.requests
    assert first.startswith(b"GET http://tracking.example/api/v1/files/a HTTP/1.1\r\n")
    assert second.startswith(b"GET http://tracking.example/api/v1/files/a%20b HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic " + base64.b64encode(b"us@er:pa:ss") in first
    assert b"X-Token: token" in first
    assert proxy.connections == 1


def test_a_proxy_for_https(authority):
    pem = authority.cert_pem.bytes().decode()
    with scripted(Proxy) as proxy, tls_server(authority, "localhost") as (host, server):
        api = api_for(host, proxy=url(proxy), proxy_headers={"Proxy-Authorization": "token"}, ssl_ca_cert=pem)
        api.api_client.set_default_header("X-Token", "s3cr3t")
        for _ in range(2):
            assert api.files_md5sum_get("a", _request_timeout=10) == GOOD
        api.api_client.close()
    assert [request.split(b" ")[0] for request in proxy.requests] == [b"CONNECT"]
    assert b"Proxy-Authorization: token" in proxy.requests[0]
    assert b"s3cr3t" not in proxy.requests[0]
    assert b"s3cr3t" in server.requests[0]
    assert b"Proxy-Authorization" not in server.requests[0]


def test_a_proxy_over_tls(authority):
    with scripted(over_tls(server_context(authority, "localhost"), Proxy)) as proxy:
        secure = f"https://localhost:{proxy.port}"
        api = api_for("http://tracking.example/api", proxy=secure, ssl_ca_cert=authority.cert_pem.bytes().decode())
        assert api.files_md5sum_get("a") == GOOD
        assert proxy.requests[0].startswith(b"GET http://tracking.example/api/files/a HTTP/1.1")
        api.api_client.close()
        with pytest.raises(ApiConnectionError, match="certificate"):
            api_for("http://tracking.example/api", proxy=secure, retries=0).files_md5sum_get("a")


def tunnel_after(seconds: float, *then):
    """A proxy that takes its time for a tunnel, which leads nowhere."""

    def action(connection):
        connection.request()
        time.sleep(seconds)
        connection.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        for each in then:
            each(connection)

    return action


def test_a_handshake_ends_with_its_call():
    with scripted(tunnel_after(1.5, lambda connection: connection.wait())) as proxy:
        start = time.monotonic()
        with pytest.raises(ApiTimeoutError):
            api_for("https://tracking.example", proxy=url(proxy)).files_md5sum_get("a", _request_timeout=2)
        assert time.monotonic() - start < 3.2


def test_a_handshake_within_another_ends_with_its_call(authority):
    def record(connection):
        """A record of TLS, byte by byte."""
        for byte in b"\x16\x03\x03\x01\x90" + b"\0" * 100:
            connection.send(bytes([byte]))
            time.sleep(0.05)

    with scripted(over_tls(server_context(authority, "localhost"), tunnel_after(0, record))) as proxy:
        secure = f"https://localhost:{proxy.port}"
        api = api_for("https://tracking.example", proxy=secure, ssl_ca_cert=authority.cert_pem.bytes().decode())
        start = time.monotonic()
        with pytest.raises(ApiTimeoutError):
            api.files_md5sum_get("a", _request_timeout=1)
        assert time.monotonic() - start < 4


def test_a_proxy_opens_its_tunnel_within_the_limit_to_connect():
    with scripted(stall) as proxy:
        start = time.monotonic()
        with pytest.raises(ApiTimeoutError):
            api_for("https://tracking.example", proxy=url(proxy)).files_md5sum_get("a", _request_timeout=(0.3, 30))
        assert time.monotonic() - start < 10
    with scripted(tunnel_after(0.6)) as proxy:
        api = api_for("https://tracking.example", proxy=url(proxy), retries=0)
        with pytest.raises(ApiConnectionError):
            api.files_md5sum_get("a", _request_timeout=(30, 0.3))


def test_connections_that_are_used_without_a_call_keep_their_own_limit():
    def late(connection):
        connection.request()
        time.sleep(3)

    with scripted(late) as server:
        pool = api_for(server.host).api_client.rest_client.pool(f"http://127.0.0.1:{server.port}")
        with pytest.raises(urllib3.exceptions.ReadTimeoutError):
            pool.request("GET", "/", timeout=0.3, retries=False)


def test_a_proxy_that_refuses(waits):
    refused = http(b"", "403 Forbidden")
    with scripted(answer(refused)) as proxy:
        with pytest.raises(ApiConnectionError) as caught:
            api_for("https://tracking.example/api", proxy=url(proxy)).samples_id_files_post(
                "3fa85f64-5717-4562-b3fc-2c963f66afa6", GOOD
            )
        assert caught.value.outcome_unknown is False


def test_proxies_of_the_environment(monkeypatch, authority):
    pem = authority.cert_pem.bytes().decode()
    with scripted(Proxy) as proxy, tls_server(authority, "localhost") as (secure, _), scripted(answer()) as direct:
        monkeypatch.setenv("HTTP_PROXY", url(proxy))
        monkeypatch.setenv("https_proxy", url(proxy).removeprefix("http://"))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1,.internal.example")
        for host in ("http://tracking.example/api", secure):
            api = api_for(host, ssl_ca_cert=pem)
            assert api.files_md5sum_get("a") == GOOD
            api.api_client.close()
        assert len(proxy.requests) == 2
        assert api_for(direct.host).files_md5sum_get("a") == GOOD
        assert api_for(secure, ssl_ca_cert=pem, trust_env=False).files_md5sum_get("a") == GOOD
        assert len(proxy.requests) == 2
        with scripted(Proxy) as other:
            api_for("http://tracking.example/api", proxy=url(other)).files_md5sum_get("a")
            assert (len(proxy.requests), len(other.requests)) == (2, 1)


def test_rules_of_the_environment(monkeypatch):
    assert environment_proxy("http://tracking.example") is None
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "localhost,.internal.example,tracking.example:8080")
    assert environment_proxy("http://tracking.example") == "http://proxy.example:3128"
    assert environment_proxy("https://tracking.example") is None
    for direct in ("http://localhost:80", "http://a.internal.example", "http://tracking.example:8080"):
        assert environment_proxy(direct) is None
    monkeypatch.setenv("NO_PROXY", "*")
    assert environment_proxy("http://tracking.example") is None
