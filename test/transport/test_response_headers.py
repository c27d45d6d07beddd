"""The fast parser reads ordinary response headers as `http.client` does, and leaves all others to it."""

from __future__ import annotations

import http.client
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_client._transport.response_headers import parse_response_headers

USUAL = (
    b"HTTP/1.1 200 OK\r\nServer: Werkzeug/3.1.3 Python/3.11.7\r\nDate: Mon, 23 Nov 2026 10:00:00 GMT\r\n"
    b"Content-Type: application/json\r\nContent-Length: 112"
)


class FakeSocket:
    """What `http.client.HTTPResponse` needs of a socket.

    Args:
        data: The bytes to read.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self.data)


def parse_with_http_client(received: bytes) -> http.client.HTTPResponse:
    """Return the response as `http.client` reads it.

    Args:
        received: The status line and the response headers, without the empty line at the end.
    """
    response = http.client.HTTPResponse(FakeSocket(received + b"\r\n\r\n"), method="GET")
    response.begin()
    return response


def is_parsed_as_by_http_client(received: bytes) -> bool:
    """Return whether the fast parser accepts response headers. If so, assert that it reads what `http.client` reads.

    Except for blanks at the end of a value, which `http.client` keeps (RFC 9112, section 5.1).
    """
    parsed = parse_response_headers(received)
    if parsed is None:
        return False
    expected = parse_with_http_client(received)
    status, reason, headers, length = parsed
    assert (expected.status, expected.reason, expected.length) == (status, reason, length)
    assert [(name, value.rstrip(" \t")) for name, value in expected.headers.items()] == headers.items()
    assert (expected.version, expected.chunked, expected.will_close) == (11, False, False)
    assert not expected.headers.defects
    assert not expected.headers.is_multipart()
    return True


@pytest.mark.parametrize(
    "received",
    [
        USUAL,
        b"HTTP/1.1 204 NO CONTENT\r\nServer: Werkzeug",
        b"HTTP/1.1 204 NO CONTENT",
        b"HTTP/1.1 204 NO CONTENT\r\nContent-Length: 5",
        b"HTTP/1.1 200 \r\nContent-Length: 0",
        b"HTTP/1.1 404 NOT FOUND\r\ncontent-length:7\r\nConnection: keep-alive",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1 ",
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX:\t \xe9 : \t\r\nContent-Length: 1",
    ],
)
def test_ordinary_headers_are_parsed(received):
    assert is_parsed_as_by_http_client(received)


@pytest.mark.parametrize(
    "lines",
    [
        b"Transfer-Encoding: chunked",
        b"Content-Length: 1\r\ntransfer-encoding: chunked",
        b"Connection: close\r\nContent-Length: 1",
        b"Connection: keep-alive, close\r\nContent-Length: 1",
        b"Content-Length: 1\r\nContent-Length: 2",
        b"Content-Length: +1",
        b"Content-Length: -1",
        b"Content-Length: 5x",
        b"Content-Length: ",
        b"Content-Encoding: gzip\r\nContent-Length: 1",
        b"Content-Length: 1_0",
        b"Content-Length: \xb2",
        b"Content-Length: 99999999999999999999",
        b"Content-Type: text/html",
        b"Content-Type: multipart/mixed; boundary=x\r\nContent-Length: 1",
        b"Content-Type: Message/rfc822\r\nContent-Length: 1",
        b"Content-Type: \x0cmessage/rfc822\r\nContent-Length: 1",
        b"Folded: a\r\n b\r\nContent-Length: 1",
        b"Bare: a\rb\r\nContent-Length: 1",
        b"Bare: a\nb\r\nContent-Length: 1",
        b"Space : a\r\nContent-Length: 1",
        b"no colon\r\nContent-Length: 1",
        b": no name\r\nContent-Length: 1",
        b"Nul: \0\r\nContent-Length: 1",
        b"\r\n".join([b"Many: a"] * 100) + b"\r\nContent-Length: 1",
    ],
)
def test_other_headers_are_left_to_http_client(lines):
    assert parse_response_headers(b"HTTP/1.1 200 OK\r\n" + lines) is None


@pytest.mark.parametrize(
    "status_line",
    [
        b"HTTP/1.1 2\xb20 OK",
        b"HTTP/1.1 200\tOK",
        b"HTTP/1.1 600 X",
        b"HTTP/1.0 200 OK",
        b"HTTP/1.1 100 Continue",
        b"HTTP/1.1 304 Not Modified",
        b"HTTP/1.1 2000 OK",
        b"ICY 200 OK",
    ],
)
def test_other_status_lines_are_left_to_http_client(status_line):
    assert parse_response_headers(status_line + b"\r\nContent-Length: 1") is None


# Includes characters that only some parsers treat as white space.
FRAGMENTS = [
    *b"HTTP/1.1 20 OK:;=,abc\t\0\r\n\x0b\x0c\x1c\x85\xe9\xff",
    b"\r\n",
    b"Content-Length",
    b": ",
    b"close",
    b"message/rfc822",
    b"0",
]
NAMES = st.sampled_from(
    [b"Content-Length", b"connection", b"content-Type", b"Transfer-Encoding", b"X", b"keep-alive", b"X Y", b"From"]
)
VALUES = st.lists(st.sampled_from(FRAGMENTS), max_size=6).map(
    lambda fragments: b"".join(each if isinstance(each, bytes) else bytes([each]) for each in fragments)
)
HEADERS = st.tuples(NAMES, st.sampled_from([b":", b": ", b" :", b""]), VALUES | st.sampled_from([b"5", b"keep-alive"]))
STATUS_LINES = st.sampled_from([b"HTTP/1.1 200 OK", b"HTTP/1.1 204 ", b"HTTP/1.1 500"]) | VALUES


@given(STATUS_LINES, st.lists(HEADERS.map(b"".join), max_size=5))
def test_headers_are_parsed_as_http_client_does_or_not_at_all(status_line, headers):
    is_parsed_as_by_http_client(b"\r\n".join([status_line, *headers]))


ORDINARY_VALUES = st.binary().map(lambda data: bytes(byte for byte in data if byte not in b"\0\r\n"))
ORDINARY_NAMES = st.from_regex(rb"[A-Za-z0-9-]*[A-Za-z][A-Za-z0-9-]*", fullmatch=True)
INTERPRETED = (b"content-length", b"transfer-encoding", b"connection", b"content-type")


@given(
    st.integers(200, 599).filter(lambda status: status != 304),
    ORDINARY_VALUES,
    st.lists(
        st.tuples(
            ORDINARY_NAMES.filter(lambda name: name.lower() not in INTERPRETED),
            st.sampled_from([b":", b":  \t"]),
            ORDINARY_VALUES,
        ),
        max_size=90,
    ),
    st.integers(0, 10**15 - 1),
)
def test_any_ordinary_headers_are_parsed(status, reason, headers, length):
    lines = [b"HTTP/1.1 %d %b" % (status, reason), *map(b"".join, headers), b"Content-Length: %d" % length]
    assert is_parsed_as_by_http_client(b"\r\n".join(lines))
