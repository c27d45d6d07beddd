"""No secret is shown: not in a repr, an error message or a log line, nor on standard output or standard error."""

from __future__ import annotations

import copy
import logging

import pytest
from clients import api_for
from endpoints import API_CLASSES
from scripted_server import close, http_response, refused_host, respond, scripted_server

from tracking_client import ApiClient, ApiException, ApiTypeError, ApiValueError, Configuration, FileApi

HOSTS = ["http://tracking.example/api", "https://tracking.example/api"]
AUTHORIZATION = "dXNlcjpzM2NyM3QtaG9zdA=="
"""The base64 of ``user:s3cr3t-host``."""


def client_with_secrets(host: str) -> ApiClient:
    configuration = Configuration(
        host=host.replace("//", "//user:s3cr3t-host@"),
        username="user",
        password="s3cr3t-password",
        api_key={"k": "s3cr3t-key"},
    )
    configuration.debug = True
    return ApiClient(configuration, header_name="X-Token", header_value="s3cr3t-header", cookie="s3cr3t-cookie")


def shown(*objects: object) -> str:
    """Return the repr and the text of objects."""
    return "\n".join(f"{each!r}\n{each}" for each in objects)


def shown_by_traceback(error: BaseException) -> str:
    """Return the texts of an error and of the errors chained to it."""
    lines = []
    next_error = error
    while next_error is not None:
        lines.append(shown(next_error, *next_error.args))
        next_error = next_error.__cause__ or next_error.__context__
    return "\n".join(lines)


@pytest.mark.parametrize(
    "action",
    [respond(), respond(http_response(b"x", "500 x")), respond(http_response(b"x")), close],
    ids=["success", "error status", "malformed body", "no response"],
)
def test_call_shows_no_secret(action, caplog, capsys, delays):
    caplog.set_level(logging.DEBUG)
    with scripted_server(action) as server, client_with_secrets(server.host) as api_client:
        api = FileApi(api_client)
        seen = []
        for call in (lambda: api.files_md5sum_get("a"), lambda: api.samples_id_files_get("a", x=1)):
            try:
                seen.append(shown(call()))
            except Exception as error:
                seen.append(shown_by_traceback(error))
        rest_client = api_client.rest_client
        seen.append(shown(api_client, api_client.configuration, api_client.default_headers, api, rest_client))
        seen.append(shown(*rest_client._pools.values(), *rest_client._pools.keys()))
        seen += [api_client.configuration.to_debug_report(), caplog.text, *capsys.readouterr()]
        sent = b"".join(server.requests)
    assert "files/a" in "".join(seen)
    assert b"s3cr3t-header" in sent
    assert f"Authorization: Basic {AUTHORIZATION}".encode() in sent
    assert [text for text in seen if "s3cr3t" in text or AUTHORIZATION in text] == []


@pytest.mark.parametrize(
    "host",
    [
        "ftp://user:s3cr3t-host@tracking.example/api",
        "http://user:s3cr3t-host@tracking.example:port/api",
        "http://user:s3cr3t-host@/api",
        "http://user:s3cr3t-host@tracking.example/api?x",
        "http://user:s3cr3t-host@[::1/api",
        "http://user:s3cr3t-host@track\u2100ing/api",
    ],
)
def test_error_for_invalid_host_shows_no_secret(host):
    with pytest.raises(ApiValueError) as caught:
        api_for(host).files_md5sum_get("a")
    assert "s3cr3t" not in shown_by_traceback(caught.value)


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize(
    "proxy",
    [
        "ftp://user:s3cr3t-proxy@proxy.example",
        "http://user:s3cr3t-proxy@proxy.example:port",
        "http://user:s3cr3t-proxy@",
        "http://user:s3cr3t-proxy@[::1",
        "socks5://user:s3cr3t-proxy@proxy.example:1080",
        "http://user:s3cr3t\r\n-proxy@proxy.example",
    ],
)
def test_error_for_invalid_proxy_shows_no_secret(proxy, host):
    with pytest.raises(ApiValueError, match="proxy") as caught:
        api_for(host, proxy=proxy).files_md5sum_get("a", _request_timeout=1)
    assert "s3cr3t" not in shown_by_traceback(caught.value)


@pytest.mark.parametrize("host", HOSTS)
def test_error_for_unreachable_proxy_shows_no_secret(host, caplog, capsys):
    proxy = refused_host().replace("//", "//user:s3cr3t-proxy@").removesuffix("/api/v1")
    with caplog.at_level(logging.DEBUG), pytest.raises(ApiException) as caught:
        api_for(host, proxy=proxy, retries=1, debug=True).files_md5sum_get("a")
    assert "s3cr3t" not in shown_by_traceback(caught.value)
    assert "s3cr3t" not in caplog.text
    assert "s3cr3t" not in "".join(capsys.readouterr())


HEADERS = [
    "Authorization Bearer s3cr3t: x",
    "Authorization: x\nAuthorization Bearer s3cr3t: x",
    "s3cr3t",
    "Authorization Bearer s3cr3t",
    ": s3cr3t",
    "Authorization: s3cr3t\0",
    "Authorization: s3cr3t\u2026",
    "Content-Length: s3cr3t",
]
"""Headers that are malformed."""


@pytest.mark.parametrize("text", HEADERS, ids=repr)
def test_error_for_a_malformed_header_in_the_environment_shows_no_secret(text, tmp_path):
    path = tmp_path / "headers"
    path.write_text(text, encoding="utf-8")
    for variable, value in {"TRACKING_CLIENT_HEADER": text, "TRACKING_CLIENT_HEADER_FILE": str(path)}.items():
        with pytest.raises(ApiValueError, match=f"^{variable}: line [12]") as caught:
            Configuration.from_env({variable: value})
        assert "s3cr3t" not in shown_by_traceback(caught.value)


@pytest.mark.parametrize("text", ["Authorization: Bearer s3cr3t", "s3cr3t\0", "s3cr3t" * 1000])
def test_error_for_a_header_in_place_of_a_path_shows_no_secret(text):
    with pytest.raises(ApiValueError, match=r"^TRACKING_CLIENT_HEADER_FILE: ") as caught:
        Configuration.from_env({"TRACKING_CLIENT_HEADER_FILE": text})
    assert "s3cr3t" not in shown_by_traceback(caught.value)


@pytest.mark.parametrize(
    "headers", [{"Authorization Bearer s3cr3t": "x"}, {"X": "s3cr3t\n"}, {"X": [b"s3cr3t"]}], ids=str
)
def test_error_for_malformed_headers_shows_no_secret(headers):
    configuration = Configuration()
    configuration.headers = headers
    (name, value), *_ = headers.items()
    for call in (
        lambda: ApiClient(configuration),
        lambda: ApiClient(header_name=name, header_value=value),
        lambda: ApiClient().set_default_header(name, value),
    ):
        with pytest.raises((ApiTypeError, ApiValueError), match="header") as caught:
            call()
        assert "s3cr3t" not in shown_by_traceback(caught.value)


def test_error_for_malformed_proxy_headers_shows_no_secret():
    api = api_for(HOSTS[0], proxy="http://proxy.example", proxy_headers={"Proxy-Authorization Basic s3cr3t": "x"})
    with pytest.raises(ApiValueError, match="header") as caught:
        api.files_md5sum_get("a", _request_timeout=1)
    assert "s3cr3t" not in shown_by_traceback(caught.value)


def test_copy_of_a_client_keeps_its_secrets():
    api_client = client_with_secrets("http://tracking.example")
    copied = copy.deepcopy(api_client)
    assert dict(copied.default_headers) == dict(api_client.default_headers)
    assert copied.default_headers["X-Token"] == "s3cr3t-header"
    assert copied.cookie == "s3cr3t-cookie"


def test_repr_of_clients_shows_the_host_without_credentials():
    api_client = ApiClient(Configuration(host="http://user:secret@tracking.example/api/v1"))
    assert repr(api_client) == "ApiClient(host='http://***@tracking.example/api/v1')"
    for api_class in API_CLASSES:
        assert repr(api_class(api_client)) == f"{api_class.__name__}({api_client!r})"


def test_repr_of_a_configuration_shows_the_host_and_what_differs_from_the_defaults():
    assert repr(Configuration()) == "Configuration(host='http://tracking-api-service/api/v1')"
    configuration = Configuration(host="http://user:secret@tracking.example", password="secret", username="me")
    configuration.api_key = {"key": "secret"}
    configuration.proxy = "http://user:sec@ret@proxy.example:3128"
    configuration.proxy_headers = {"Proxy-Authorization": "secret"}
    configuration.timeout = 5
    configuration.retries = 0
    assert repr(configuration) == (
        "Configuration(api_key='***', host='http://***@tracking.example', password='***', "
        "proxy='http://***@proxy.example:3128', proxy_headers='***', retries=0, timeout=5, username='me')"
    )


@pytest.mark.parametrize("proxy", ["user:s3cr3t://proxy.example:3128", "user:s3cr3t@http://proxy.example:3128"])
def test_malformed_proxy_shows_no_password(proxy):
    with pytest.raises(ApiValueError, match=r"Configuration\.proxy") as caught:
        api_for(HOSTS[0], proxy=proxy).files_md5sum_get("a", _request_timeout=1)
    assert "s3cr3t" not in shown_by_traceback(caught.value)


@pytest.mark.parametrize("host", ["user:s3cr3t://x@tracking.example", "user:s3cr3t@http://tracking.example"])
def test_malformed_host_shows_no_password(host):
    configuration = Configuration(host=host)
    assert "s3cr3t" not in repr(configuration)
    with pytest.raises(ApiValueError, match="host") as caught:
        api_for(host).files_md5sum_get("a", _request_timeout=1)
    assert "s3cr3t" not in str(caught.value)


def test_invalid_host_shows_no_query():
    with pytest.raises(ApiValueError, match="host") as caught:
        api_for("http://tracking.example/api/v1?token=s3cr3t").files_md5sum_get("a")
    assert "s3cr3t" not in str(caught.value)
