"""Whatever the response, the caller gets a correct result or an `ApiException`."""

from __future__ import annotations

import gzip
import json
import time
import zlib

import pytest
from clients import api_for
from scripted_server import (
    FILE,
    close,
    drip,
    http_response,
    refused_host,
    reset,
    respond,
    respond_and_close,
    scripted_server,
)
from urllib3.exceptions import ProtocolError

from tracking_client import (
    ApiConnectionError,
    ApiException,
    ApiResponseError,
    File,
    NotFoundException,
    ServiceException,
)

GOOD = File("a", "isolate.vcf", "vcf")
ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
CHUNKED = b"20\r\n" + FILE[:32] + b"\r\n" + f"{len(FILE) - 32:x}".encode() + b"\r\n" + FILE[32:] + b"\r\n0\r\n\r\n"
LATIN_1 = FILE.decode().replace("isolate", "é").encode("latin-1")
NEWER_VERSION = b'{"md5sum": "a", "filename": "isolate.vcf", "file-type": "bam", "size": 7, "tags": ["x"]}'


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(http_response(), GOOD, id="plain"),
        pytest.param(http_response(b"\xef\xbb\xbf" + FILE), GOOD, id="byte order mark"),
        pytest.param(http_response(FILE, "200 OK", "Content-Type: text/plain"), GOOD, id="text/plain"),
        pytest.param(
            http_response(FILE, "200 OK", "Content-Type: application/json; charset=utf-8"), GOOD, id="charset utf-8"
        ),
        pytest.param(
            http_response(FILE, "200 OK", "Content-Type: application/json; charset=x-klingon"),
            GOOD,
            id="unknown charset",
        ),
        pytest.param(
            http_response(LATIN_1, "200 OK", "Content-Type: a/b; charset=latin1"),
            File("a", "é.vcf", "vcf"),
            id="charset latin1",
        ),
        pytest.param(http_response(gzip.compress(FILE), "200 OK", "Content-Encoding: gzip"), GOOD, id="gzip"),
        pytest.param(http_response(zlib.compress(FILE), "200 OK", "Content-Encoding: deflate"), GOOD, id="deflate"),
        pytest.param(http_response(CHUNKED, "200 OK", "Transfer-Encoding: chunked"), GOOD, id="chunked"),
        pytest.param(http_response(FILE, "201 Created"), GOOD, id="another 2xx status"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" + http_response(), GOOD, id="100 Continue"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\n" + FILE, GOOD, id="HTTP/1.0"),
        pytest.param(
            http_response(NEWER_VERSION), File.from_json(json.loads(NEWER_VERSION)), id="newer version of the API"
        ),
    ],
)
def test_valid_responses(data, expected):
    with scripted_server(respond_and_close(data)) as server:
        assert api_for(server.host, retries=0).files_md5sum_get("a") == expected


def test_response_to_head_has_no_body():
    with scripted_server(respond(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")) as server:
        client = api_for(server.host, timeout=20).api_client
        for _ in range(2):
            _, status, headers = client.call_api("/samples", "HEAD")
            assert (status, headers["content-length"]) == (200, "5")
        assert server.connections == 1


def test_debuglevel_of_http_client_prints_response_headers(monkeypatch, capsys):
    monkeypatch.setattr("http.client.HTTPConnection.debuglevel", 1)
    with scripted_server(respond()) as server:
        assert api_for(server.host).files_md5sum_get("a") == GOOD
    assert "reply: 'HTTP/1.1 200 OK" in capsys.readouterr().out


@pytest.mark.parametrize("headers", [[], ["Content-Type: application/json"], ["Content-Length: 0"]])
def test_no_content(headers):
    response = "\r\n".join(["HTTP/1.1 204 No Content", *headers, "", ""]).encode()
    with scripted_server(respond(response)) as server:
        api = api_for(server.host)
        for _ in range(3):
            assert api.samples_id_files_md5sum_delete(ID, "a") is None
        assert server.connections == 1


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(http_response(b"<html>Sign in</html>", "200 OK", "Content-Type: text/html"), id="captive portal"),
        pytest.param(http_response(b""), id="empty body"),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", id="no content"),
        pytest.param(http_response(FILE[:-1]), id="invalid JSON"),
        pytest.param(http_response(b"null"), id="null"),
        pytest.param(http_response(b"7"), id="number"),
        pytest.param(http_response(b"[" + FILE + b"]"), id="list"),
        pytest.param(http_response(b'{"md5sum": "a", "filename": "b"}'), id="missing field"),
        pytest.param(http_response(b'{"md5sum": "a", "filename": ["b"], "file-type": "vcf"}'), id="wrong type"),
        pytest.param(http_response(b"NaN"), id="NaN"),
        pytest.param(http_response(b"[" * 200000), id="deeply nested"),
        pytest.param(http_response(b"\xff\xfe\x00\x01"), id="not text"),
        pytest.param(http_response(FILE, "200 OK", "Content-Encoding: gzip"), id="not gzip"),
        pytest.param(http_response(gzip.compress(FILE)[:20], "200 OK", "Content-Encoding: gzip"), id="truncated gzip"),
        pytest.param(http_response(b'{"md5sum": ' + b"9" * 100000 + b"}"), id="huge number"),
    ],
)
def test_response_that_does_not_match_the_api(data):
    with scripted_server(respond(data)) as server:
        with pytest.raises(ApiResponseError) as caught:
            api_for(server.host).files_md5sum_get("a")
        url = f"{server.host}/files/a"
        assert (caught.value.method, caught.value.url) == ("GET", url)
        assert caught.value.status in (200, 204)
        assert str(caught.value).startswith(f"({caught.value.status}) ")
        assert url in str(caught.value)
        assert len(str(caught.value)) < 1000
        assert caught.value.__cause__ is not None


@pytest.mark.parametrize("body", [b"{}", FILE, b"null", b'{"a": []}', b"[null]", b"[1]", b"[{}]"])
def test_response_that_is_not_a_list_of_files(body):
    with scripted_server(respond(http_response(body))) as server, pytest.raises(ApiResponseError):
        api_for(server.host).samples_id_files_get(ID)


def server_error(body: bytes, *headers: str) -> bytes:
    """Return the bytes of a response with status 500."""
    return http_response(body, "500 INTERNAL SERVER ERROR", *headers)


@pytest.mark.parametrize(
    "action",
    [
        pytest.param(respond(b"HTTP/1.1 500 INTERNAL SERVER ERROR\r\nContent-Length: 0\r\n\r\n"), id="no body"),
        pytest.param(respond(server_error(b"\x00\xff\xfe\x80" * 100)), id="binary"),
        pytest.param(respond(server_error(b"x" * 10_000_000)), id="huge"),
        pytest.param(respond_and_close(http_response(b"half", "500 x", length=1000)), id="truncated"),
        pytest.param(respond_and_close(server_error(b"5\r\nhel", "Transfer-Encoding: chunked")), id="truncated chunk"),
        pytest.param(respond(server_error(FILE, "Content-Encoding: gzip")), id="not gzip"),
        pytest.param(drip(http_response(b"slow " * 1000, "500 x"), 0.005), id="slow"),
        pytest.param(respond_and_close(server_error(b"zz\r\n", "Transfer-Encoding: chunked")), id="malformed chunk"),
        pytest.param(
            respond_and_close(http_response(b"x", "500 x", "Content-Length: 99999999999999999999")),
            id="false Content-Length",
        ),
    ],
)
def test_error_body_never_hides_the_status(action):
    with scripted_server(action) as server:
        with pytest.raises(ServiceException) as caught:
            api_for(server.host, retries=0).files_md5sum_get("a", _request_timeout=1)
        assert caught.value.status == 500
        assert isinstance(caught.value.body, str)
        assert len(caught.value.body) < 200_000


@pytest.mark.parametrize(
    "action",
    [
        pytest.param(close, id="closed"),
        pytest.param(reset, id="reset"),
        pytest.param(respond_and_close(b"garbage\r\n\r\n"), id="not HTTP"),
        pytest.param(respond_and_close(b"HTTP/1.1 two hundred\r\n\r\n"), id="status is no number"),
        pytest.param(respond_and_close(b"HTTP/1.1 99999 x\r\n\r\n"), id="status out of range"),
        pytest.param(respond_and_close(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n"), id="too many headers"),
        pytest.param(respond_and_close(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n"), id="long header"),
        pytest.param(respond_and_close(b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nab"), id="two lengths"),
        pytest.param(
            respond_and_close(http_response(FILE, "200 OK", "Content-Length: 99999999999999999")),
            id="false Content-Length",
        ),
        pytest.param(
            respond_and_close(http_response(b"ffffffffffffff\r\n{", "200 OK", "Transfer-Encoding: chunked")),
            id="false chunk length",
        ),
        pytest.param(
            respond_and_close(http_response(b"-5\r\n{", "200 OK", "Transfer-Encoding: chunked")),
            id="negative chunk length",
        ),
        pytest.param(
            respond_and_close(http_response(b"f" * 40 + b"\r\n{", "200 OK", "Transfer-Encoding: chunked")),
            id="chunk length that overflows",
        ),
        pytest.param(
            respond_and_close(http_response(b"-" + b"f" * 40 + b"\r\n{", "200 OK", "Transfer-Encoding: chunked")),
            id="negative chunk length that overflows",
        ),
        pytest.param(respond_and_close(b"\x16\x03\x01\x00\x01"), id="TLS record"),
        pytest.param(respond_and_close(b"\x00" * 1000), id="NUL bytes"),
    ],
)
def test_invalid_http_is_a_connection_error(action):
    with scripted_server(action) as server:
        with pytest.raises(ApiConnectionError) as caught:
            api_for(server.host, retries=0).files_md5sum_get("a", _request_timeout=20)
        assert caught.value.status == 0
        assert caught.value.__cause__ is not None
        assert caught.value.url == f"{server.host}/files/a"


def test_chunk_length_that_overflows_is_an_error_of_urllib3_for_an_unread_response():
    response = http_response(b"f" * 40 + b"\r\n{", "200 OK", "Transfer-Encoding: chunked")
    with scripted_server(respond_and_close(response)) as server:
        unread = api_for(server.host).files_md5sum_get("a", _preload_content=False)
        with pytest.raises(ProtocolError):
            unread.read()


@pytest.mark.parametrize("action", [respond, respond_and_close])
@pytest.mark.parametrize("length", ["5x", "x", "-5", "-0x5", "5.0", "5 5", "5, 6", ""])
def test_malformed_content_length_is_a_connection_error(action, length):
    """`http.client` would ignore the header: the body would end with the connection, or the call with a timeout."""
    data = http_response(FILE, "200 OK", f"Content-Length: {length}")
    with scripted_server(action(data)) as server:
        with pytest.raises(ApiConnectionError) as caught:
            api_for(server.host, retries=0).files_md5sum_get("a", _request_timeout=20)
        assert caught.value.status == 0
        assert caught.value.__cause__ is not None


def test_truncated_response_headers_are_a_connection_error():
    """`http.client` would accept them: a 204 would be a success, and a shorter Content-Length a shorter body."""
    headers = b"HTTP/1.1 204 No Content\r\nServer: x\r\nContent-Length: 12\r\n\r\n"
    for length in range(len(headers)):
        with scripted_server(respond_and_close(headers[:length])) as server:
            api = api_for(server.host, retries=0)
            with pytest.raises(ApiConnectionError):
                api.samples_id_files_md5sum_delete(ID, "a", _request_timeout=20)


@pytest.mark.usefixtures("_no_names")
def test_refused_connection_and_unknown_host_name():
    for host in (refused_host(), "http://name.invalid/api/v1", "https" + refused_host()[4:]):
        with pytest.raises(ApiConnectionError) as caught:
            api_for(host, retries=0).files_md5sum_get("a")
        assert (caught.value.status, caught.value.method) == (0, "GET")
        assert caught.value.__cause__ is not None


@pytest.mark.usefixtures("_no_names")
def test_unknown_host_name_is_not_retried(delays):
    with pytest.raises(ApiConnectionError):
        api_for("http://name.invalid").files_md5sum_get("a", _request_timeout=30)
    assert delays == []


def test_informational_responses_are_skipped():
    early_hints = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"

    def action(connection):
        while request := connection.request():
            connection.send(early_hints * 2)
            time.sleep(0.05)
            md5sum = request.split(b" ")[1].rpartition(b"/")[2]
            connection.send(http_response(FILE.replace(b'"a"', b'"' + md5sum + b'"')))

    with scripted_server(action) as server:
        api = api_for(server.host)
        for md5sum in ("one", "two", "three"):
            assert api.files_md5sum_get(md5sum).md5sum == md5sum


def test_switching_protocols_is_an_error_and_closes_the_connection():
    with scripted_server(respond(b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + http_response())) as server:
        api = api_for(server.host)
        for _ in range(2):
            with pytest.raises(ApiException) as caught:
                api.files_md5sum_get("a")
            assert caught.value.status == 101
        assert server.connections == 2


@pytest.mark.parametrize("status", ["200 OK", "202 Accepted"])
def test_delete_fails_on_html(status):
    with scripted_server(respond(http_response(b"<html>Sign in</html>", status, "Content-Type: text/html"))) as server:
        with pytest.raises(ApiResponseError) as caught:
            api_for(server.host).samples_id_files_md5sum_delete(ID, "a")
        assert caught.value.status == int(status[:3])


def test_delete_accepts_an_empty_body():
    with scripted_server(respond(http_response(b"", "200 OK"))) as server:
        assert api_for(server.host).samples_id_files_md5sum_delete(ID, "a") is None


def test_bytes_after_a_response_are_not_the_next_response():
    surplus = http_response(FILE.replace(b'"a"', b'"surplus"'))
    with scripted_server(respond(http_response() + surplus)) as server:
        api = api_for(server.host)
        for _ in range(5):
            assert api.files_md5sum_get("a") == GOOD


def test_compressed_error_body_is_decoded():
    body = b'{"code": 404, "message": "Not found", "trace": "x"}'
    data = http_response(gzip.compress(body), "404 NOT FOUND", "Content-Encoding: gzip")
    with scripted_server(respond(data)) as server, pytest.raises(NotFoundException) as caught:
        api_for(server.host).files_md5sum_get("a")
    assert caught.value.error.message == "Not found"
