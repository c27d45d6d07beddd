"""TLS: trusted CA certificates, host names, client certificates, versions, and failed handshakes."""

from __future__ import annotations

import contextlib
import datetime
import pathlib
import socket
import ssl
import warnings

import pytest
import trustme
import urllib3
from clients import api_for
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from scripted_server import Action, Connection, http_response, respond, scripted_server
from tls_server import ca_pem, https_host, over_tls, server_context, tls_server

from tracking_client import (
    ApiConnectionError,
    ApiValueError,
    Configuration,
    File,
    NotFoundException,
)
from tracking_client._transport.tls import ssl_context

pytestmark = pytest.mark.usefixtures("clean_environment")

GOOD = File("a", "isolate.vcf", "vcf")
ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"


def test_ca_certificates_are_a_file_or_text_or_from_the_environment(ca, tmp_path, monkeypatch):
    ca_file = str(tmp_path / "ca.pem")
    ca.cert_pem.write_to_path(ca_file)
    with tls_server(ca, "localhost") as (host, _):
        for ca_certificates in (ca_file, ca_pem(ca)):
            api = api_for(host, ssl_ca_cert=ca_certificates)
            assert api.files_md5sum_get("a") == GOOD
            assert api.files_md5sum_get("a", _request_timeout=20) == GOOD
            api.api_client.close()
        with pytest.raises(ApiConnectionError, match="certificate verify failed") as caught:
            api_for(host).files_md5sum_get("a")
        assert caught.value.outcome_unknown is False
        monkeypatch.setenv("SSL_CERT_FILE", ca_file)
        assert api_for(host).files_md5sum_get("a") == GOOD
        with pytest.raises(ApiConnectionError):
            api_for(host, trust_env=False).files_md5sum_get("a")


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda api: api.files_md5sum_get("a"), id="GET"),
        pytest.param(lambda api: api.samples_id_files_post(ID, GOOD), id="POST"),
    ],
)
def test_untrusted_certificate_is_not_retried(ca, delays, call):
    with tls_server(ca, "localhost") as (host, server):
        with pytest.raises(ApiConnectionError) as caught:
            call(api_for(host))
        assert caught.value.outcome_unknown is False
        assert server.connections == 1


def interrupt_handshake(connection: Connection) -> None:
    """Read the client's part of a handshake, and close the connection."""
    connection.socket.recv(3)
    connection.socket.recv(65536)


def reset_handshake(connection: Connection) -> None:
    """Read the start of a handshake, and reset the connection."""
    connection.socket.recv(3)
    connection.reset()


@pytest.mark.parametrize("interrupt", [interrupt_handshake, reset_handshake])
def test_interrupted_handshake_is_retried(ca, delays, interrupt):
    """No request was sent. So a POST is retried too, and a DELETE whose retry finds nothing is an error."""
    context = server_context(ca, "localhost")
    created = http_response(status="201 CREATED")
    not_found = http_response(b'{"code": 404, "message": "Not found"}', "404 NOT FOUND")
    with scripted_server(interrupt, over_tls(context, respond(created))) as server:
        api = api_for(https_host(server), ssl_ca_cert=ca_pem(ca))
        assert api.samples_id_files_post(ID, GOOD) == GOOD
        assert server.methods() == ["POST"]
        api.api_client.close()
    with scripted_server(interrupt, over_tls(context, respond(not_found))) as server:
        api = api_for(https_host(server), ssl_ca_cert=ca_pem(ca))
        with pytest.raises(NotFoundException):
            api.samples_id_files_md5sum_delete(ID, "a")
        api.api_client.close()


def test_host_name_has_to_match_the_certificate(ca):
    with tls_server(ca, "tracking.example") as (host, _):
        for host_of_url in (None, True):
            with pytest.raises(ApiConnectionError, match=r"match|certificate"):
                api_for(host, ssl_ca_cert=ca_pem(ca), assert_hostname=host_of_url).files_md5sum_get("a")
        for name in ("tracking.example", False):
            assert api_for(host, ssl_ca_cert=ca_pem(ca), assert_hostname=name).files_md5sum_get("a") == GOOD
        with pytest.raises(ApiConnectionError):
            api_for(host, ssl_ca_cert=ca_pem(ca), assert_hostname="other.example").files_md5sum_get("a")


def test_ip_address_has_to_match_the_certificate(ca):
    with tls_server(ca, "127.0.0.1") as (host, _):
        api = api_for(host.replace("localhost", "127.0.0.1"), ssl_ca_cert=ca_pem(ca))
        assert api.files_md5sum_get("a") == GOOD
        api.api_client.close()
        with pytest.raises(ApiConnectionError):
            api_for(host, ssl_ca_cert=ca_pem(ca)).files_md5sum_get("a")


def open_responses(api, count: int) -> list[urllib3.HTTPResponse]:
    """Return responses whose bodies are unread, each on a connection of its own."""
    return [api.files_md5sum_get("a", _preload_content=False) for _ in range(count)]


def test_disabled_verification_warns_once_per_client(ca):
    with tls_server(ca, "tracking.example") as (host, server), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for clients in (1, 2):
            api = api_for(host, verify_ssl=False)
            for _ in range(3):
                assert api.files_md5sum_get("a") == GOOD
            for response in open_responses(api, 3):
                assert response.data
                response.release_conn()
            api.api_client.close()
            assert server.connections == 3 * clients
            assert [warning.category for warning in caught] == [urllib3.exceptions.InsecureRequestWarning] * clients


@pytest.mark.parametrize("verify_ssl", [True, False])
def test_connection_is_verified_only_if_verification_is_enabled(ca, verify_ssl):
    with tls_server(ca, "localhost") as (host, server), warnings.catch_warnings():
        warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
        api = api_for(host, verify_ssl=verify_ssl, ssl_ca_cert=ca_pem(ca))
        responses = open_responses(api, 3)
        assert [response.connection.is_verified for response in responses] == [verify_ssl] * 3
        assert server.connections == 3
        for response in responses:
            response.close()
        api.api_client.close()


def test_client_certificate(ca, tmp_path):
    client_ca = trustme.CA()
    certificate = client_ca.issue_cert("client.example")
    certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "both.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    with tls_server(ca, "localhost", client_ca=client_ca) as (host, _):
        one_file = {"cert_file": str(tmp_path / "both.pem")}
        two_files = {"cert_file": str(tmp_path / "cert.pem"), "key_file": str(tmp_path / "key.pem")}
        for files in (one_file, two_files):
            assert api_for(host, ssl_ca_cert=ca_pem(ca), **files).files_md5sum_get("a") == GOOD
        with pytest.raises(ApiConnectionError):
            api_for(host, ssl_ca_cert=ca_pem(ca), retries=0).files_md5sum_get("a")


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
def test_unusable_certificate_files_are_value_errors(settings):
    with pytest.raises(ApiValueError, match="Cannot use"):
        api_for("https://localhost:9", **settings).files_md5sum_get("a")


def test_http_url_of_a_tls_server_is_a_connection_error(ca):
    with tls_server(ca, "localhost") as (host, _), pytest.raises(ApiConnectionError):
        api_for(host.replace("https", "http"), retries=0).files_md5sum_get("a")


def test_https_url_of_a_plain_http_server_is_a_connection_error():
    def respond_without_tls(connection):
        connection.socket.recv(1)
        connection.send(http_response())

    with scripted_server(respond_without_tls) as server, pytest.raises(ApiConnectionError):
        api_for(server.host.replace("http", "https"), retries=0).files_md5sum_get("a")


def use_only(context: ssl.SSLContext, version: ssl.TLSVersion) -> None:
    """Limit TLS settings to one version, which may be an obsolete one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
        if version < ssl.TLSVersion.TLSv1_2:
            context.set_ciphers("ALL:@SECLEVEL=0")  # OpenSSL 3 has disabled these versions by default


def accepts_tls_1_1(server_action: Action, ca: trustme.CA) -> bool:
    """Return whether a client that allows TLS 1.1 can connect to a server."""
    context = ssl.create_default_context(cadata=ca_pem(ca))
    use_only(context, ssl.TLSVersion.TLSv1_1)
    with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
        server = stack.enter_context(scripted_server(server_action))
        connected = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=20))
        tls_socket = stack.enter_context(context.wrap_socket(connected, server_hostname="localhost"))
        return tls_socket.version() == "TLSv1.1"
    return False


@pytest.fixture
def _obsolete_versions_by_default(monkeypatch):
    """Make new TLS settings allow obsolete versions, as those of an old Python or OpenSSL do."""
    create_default_context = ssl.create_default_context

    def create(**options):
        context = create_default_context(**options)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.set_ciphers("ALL:@SECLEVEL=0")
        return context

    monkeypatch.setattr(ssl, "create_default_context", create)


@pytest.mark.usefixtures("_obsolete_versions_by_default")
@pytest.mark.parametrize("verify_ssl", [True, False])
def test_minimum_version_is_tls_1_2(verify_ssl):
    configuration = Configuration()
    configuration.verify_ssl = verify_ssl
    assert ssl_context(configuration).minimum_version == ssl.TLSVersion.TLSv1_2


@pytest.mark.usefixtures("_obsolete_versions_by_default")
def test_server_that_supports_only_tls_1_1_is_rejected(ca):
    context = server_context(ca, "localhost")
    use_only(context, ssl.TLSVersion.TLSv1_1)
    action = over_tls(context, respond())
    if not accepts_tls_1_1(action, ca):
        pytest.skip("this OpenSSL cannot offer TLS 1.1")
    with scripted_server(action) as server:
        api = api_for(https_host(server), ssl_ca_cert=ca_pem(ca), retries=0)
        with pytest.raises(ApiConnectionError, match=r"(?i)version|protocol"):
            api.files_md5sum_get("a", _request_timeout=20)
        assert server.requests == []


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_server_that_supports_only_one_modern_version_is_accepted(ca, version):
    context = server_context(ca, "localhost")
    use_only(context, version)
    with scripted_server(over_tls(context, respond())) as server:
        assert api_for(https_host(server), ssl_ca_cert=ca_pem(ca)).files_md5sum_get("a") == GOOD


def test_paths_are_path_objects(ca, tmp_path):
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    certificate = ca.issue_cert("client@example.org")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    with tls_server(ca, "localhost", client_ca=ca) as (host, _):
        api = api_for(
            host,
            ssl_ca_cert=tmp_path / "ca.pem",
            cert_file=tmp_path / "cert.pem",
            key_file=tmp_path / "key.pem",
            logger_file=tmp_path / "log",
            debug=True,
        )
        assert api.files_md5sum_get("a") == GOOD
        api.api_client.close()
    assert "200 OK" in (tmp_path / "log").read_text()


@pytest.mark.parametrize("setting", ["ssl_ca_cert", "cert_file"])
def test_error_for_a_missing_file_tells_its_path(setting, monkeypatch):
    for path in ("/missing/ca.pem", pathlib.Path("/missing/ca.pem")):
        with pytest.raises(ApiValueError, match=r"/missing/ca\.pem"):
            api_for("https://localhost", **{setting: path}).files_md5sum_get("a")
    monkeypatch.setenv("SSL_CERT_FILE", "/missing/ca.pem")
    with pytest.raises(ApiValueError, match=r"SSL_CERT_FILE \('/missing/ca\.pem'\)"):
        api_for("https://localhost").files_md5sum_get("a")


@pytest.mark.filterwarnings("ignore:Certificate for .* has no `subjectAltName`")
def test_certificate_that_names_the_host_as_its_common_name_is_rejected(tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    ).public_bytes(serialization.Encoding.PEM)
    private_key = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "server.pem").write_bytes(certificate + private_key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    with scripted_server(over_tls(context, respond())) as server:
        for settings in ({}, {"assert_hostname": "localhost"}):
            with pytest.raises(ApiConnectionError, match=r"subjectAltName|[Hh]ostname"):
                api_for(https_host(server), ssl_ca_cert=certificate.decode(), retries=0, **settings).files_md5sum_get(
                    "a"
                )


def test_https_on_a_port_without_tls_asks_about_http(delays):
    bad_request = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

    def respond_without_tls(connection):
        connection.socket.recv(65536)
        connection.send(bad_request)

    with scripted_server(respond_without_tls) as server:
        api = api_for(server.host.replace("http://", "https://"), retries=0)
        with pytest.raises(ApiConnectionError, match="http:// in place of https://"):
            api.files_md5sum_get("a")
