"""Where a response ends: never a shortened body, and never a wait for a response that is complete."""

from __future__ import annotations

import contextlib
import gzip
import zlib

import pytest
from clients import api_for
from scripted_server import FILE, Connection, drip, http_response, respond, scripted_server

from tracking_client import ApiConnectionError, ApiException, ApiResponseError, ApiTimeoutError, File
from tracking_client._transport import response as response_module

GOOD = File("a", "isolate.vcf", "vcf")
ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
LENGTH = f"Content-Length: {len(FILE)}"
IN_CHUNKS = b"%x\r\n%b\r\n0\r\n\r\n" % (len(FILE), FILE)
GZIP = gzip.compress(FILE)


def raw(body: bytes, *lines: str) -> bytes:
    """Return the bytes of a response with these lines, and no other, after its status line."""
    return "\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""]).encode("latin-1") + body


LENIENT = {
    "blank before the colon": raw(FILE, "Server : x", LENGTH),
    "length with a blank before its colon": raw(FILE, f"Content-Length : {len(FILE)}"),
    "chunked with a blank before its colon": raw(IN_CHUNKS, "Transfer-Encoding\t: chunked"),
    "no colon": raw(FILE, "nonsense", LENGTH),
    "no colon before chunked": raw(IN_CHUNKS, "nonsense", "Transfer-Encoding: chunked"),
    "no name": raw(FILE, ": x", LENGTH),
    "continued value": raw(FILE, "X: a", " b", LENGTH),
    "continued chunked": raw(IN_CHUNKS, "Transfer-Encoding:", "\tchunked"),
    "continued length": raw(FILE, "Content-Length:", f"   {len(FILE)}"),
    "continued coding": raw(GZIP, "Content-Encoding:", " gzip", f"Content-Length: {len(GZIP)}"),
    "continued first line": raw(FILE, " X: a", LENGTH),
    "blank after chunked": raw(IN_CHUNKS, "Transfer-Encoding: chunked "),
    "chunked in upper case": raw(IN_CHUNKS, "Transfer-Encoding: \t CHUNKED\t"),
    "chunked twice": raw(IN_CHUNKS, "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
    "chunked and a length": raw(IN_CHUNKS, "Content-Length: 3", "Transfer-Encoding: chunked"),
    "chunked and identity": raw(FILE, "Transfer-Encoding: identity", LENGTH),
    "blank after gzip": raw(GZIP, "Content-Encoding: gzip ", f"Content-Length: {len(GZIP)}"),
    "gzip and identity": raw(GZIP, "Content-Encoding: identity , gzip", f"Content-Length: {len(GZIP)}"),
    "blank after the length": raw(FILE, f"{LENGTH} \t"),
    "two connection lines": raw(FILE, "Connection: keep-alive", "Connection: Upgrade, close", LENGTH),
    "extension and trailer": raw(
        b"%x;a=b \r\n%b\r\n000\r\nX: y\r\n\r\n" % (len(FILE), FILE), "Transfer-Encoding: chunked"
    ),
    "line feeds": raw(FILE, "X: y", LENGTH).replace(b"\r\n", b"\n"),
}


@pytest.mark.parametrize("in_pieces", [False, True])
@pytest.mark.parametrize("data", LENIENT.values(), ids=LENIENT)
def test_complete_response_is_read_without_waiting(data, in_pieces):
    def keep_open(connection: Connection) -> None:
        drip(data, 0.0005)(connection) if in_pieces else respond(data)(connection)
        connection.wait()

    with scripted_server(keep_open) as server:
        assert api_for(server.host, retries=0).files_md5sum_get("a", _request_timeout=20) == GOOD


CHUNK = b"%x\r\n%b" % (len(FILE), FILE)
INVALID = {
    "chunk ends with other bytes": raw(CHUNK + b"XY0\r\n\r\n", "Transfer-Encoding: chunked"),
    "chunk does not end": raw(CHUNK + b"0\r\n\r\n", "Transfer-Encoding: chunked"),
    "size is too small": raw(b"%x\r\n%b\r\n0\r\n\r\n" % (len(FILE) - 2, FILE), "Transfer-Encoding: chunked"),
    "size is negative": raw(b"-1\r\n" + FILE + b"\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
    "size is missing": raw(b"\r\n" + FILE + b"\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
    "bare CR": raw(FILE, "X: a\rContent-Length: 3", LENGTH),
    "bare CR before the length": raw(FILE, "X: a\rb", LENGTH),
    "NUL": raw(FILE, "X: a\0b", LENGTH),
    "another transfer coding": raw(b"", "Transfer-Encoding: gzip, chunked"),
    "chunked twice in a line": raw(IN_CHUNKS, "Transfer-Encoding: chunked, chunked"),
    "two lengths": raw(FILE, "Content-Length: 3", LENGTH),
    "size line without an end": raw(b"1" * 200_000, "Transfer-Encoding: chunked"),
}


@pytest.mark.parametrize("in_pieces", [False, True])
@pytest.mark.parametrize("data", INVALID.values(), ids=INVALID)
def test_invalid_framing_is_an_error_without_waiting(data, in_pieces):
    def keep_open(connection: Connection) -> None:
        connection.request()
        if in_pieces:
            connection.send(data[:30])
            connection.send(data[30:31])
        connection.send(data[31:] if in_pieces else data)
        connection.wait()

    with scripted_server(keep_open) as server, pytest.raises(ApiException) as caught:
        api_for(server.host, retries=0).files_md5sum_get("a", _request_timeout=20)
    assert not isinstance(caught.value, ApiTimeoutError)
    assert isinstance(caught.value, (ApiConnectionError, ApiResponseError))


def test_connection_with_several_connection_lines_is_closed():
    with scripted_server(respond(LENIENT["two connection lines"])) as server:
        api = api_for(server.host)
        for _ in range(2):
            assert api.files_md5sum_get("a") == GOOD
        assert server.connections == 2


@pytest.mark.parametrize("body", [b"", b"0\r\n\r\n"])
def test_delete_with_204_and_chunked_is_done(body):
    data = b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n" + body
    with scripted_server(respond(data)) as server:
        api = api_for(server.host, retries=0)
        for _ in range(2):
            assert api.samples_id_files_md5sum_delete(ID, "a", _request_timeout=20) is None


def test_connection_is_kept_after_chunks():
    with scripted_server(respond(raw(IN_CHUNKS, "Transfer-Encoding: chunked"))) as server:
        api = api_for(server.host)
        for _ in range(3):
            assert api.files_md5sum_get("a") == GOOD
        assert server.connections == 1


def test_stream_of_an_unread_response_in_chunks():
    with scripted_server(respond(raw(IN_CHUNKS, "Transfer-Encoding: chunked"))) as server:
        response = api_for(server.host).files_md5sum_get("a", _preload_content=False)
        assert b"".join(response.stream(10)) == FILE
        response.release_conn()


def test_endless_chunk_size_line_is_an_error():
    def endless(connection: Connection) -> None:
        connection.request()
        connection.send(raw(b"", "Transfer-Encoding: chunked"))
        with contextlib.suppress(OSError):
            while True:
                connection.send(b"1" * 65536)

    with scripted_server(endless) as server, pytest.raises(ApiConnectionError):
        api_for(server.host, retries=0).files_md5sum_get("a", _request_timeout=60)


def zeros(size: int, window: int) -> bytes:
    """Return compressed zeros, as gzip (window 31) or deflate (15)."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, window)
    block = bytes(1024 * 1024)
    return b"".join([*(compressor.compress(block) for _ in range(size // len(block))), compressor.flush()])


@pytest.mark.parametrize(("coding", "window"), [("gzip", 31), ("deflate", 15)])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_body_that_decodes_to_more_than_the_maximum_is_an_error(coding, window, method, monkeypatch):
    monkeypatch.setattr(response_module, "MAX_BODY", 10 * 1024 * 1024)
    data = http_response(zeros(11 * 1024 * 1024, window), "200 OK", f"Content-Encoding: {coding}")
    with scripted_server(respond(data)) as server:
        api = api_for(server.host)
        with pytest.raises(ApiResponseError, match="longer than 10,485,760 bytes") as caught:
            api.files_md5sum_get("a") if method == "GET" else api.samples_id_files_post(ID, GOOD)
        assert caught.value.status == 200
        assert server.connections == 1


def test_long_body_below_the_maximum_is_read(monkeypatch):
    monkeypatch.setattr(response_module, "MAX_BODY", 10 * 1024 * 1024)
    body = b" " * (9 * 1024 * 1024) + FILE
    for data in (
        http_response(gzip.compress(body), "200 OK", "Content-Encoding: gzip"),
        raw(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body), "Transfer-Encoding: chunked"),
    ):
        with scripted_server(respond(data)) as server:
            assert api_for(server.host).files_md5sum_get("a") == GOOD


@pytest.mark.parametrize("status", ["200 OK", "500 INTERNAL SERVER ERROR"])
def test_several_content_codings_are_not_removed(status):
    """Each could make a thousand bytes of one."""
    data = http_response(gzip.compress(zeros(2**27, 31)), status, "Content-Encoding: gzip, gzip")
    assert len(data) < 10_000
    with scripted_server(respond(data)) as server, pytest.raises(ApiException) as caught:
        api_for(server.host).files_md5sum_get("a")
    assert caught.value.status == int(status[:3])
