"""What the client reads of a plain head is what `http.client` reads of it."""

from __future__ import annotations

import http.client
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking_client.plain_head import plain_head

USUAL = (
    b"HTTP/1.1 200 OK\r\nServer: Werkzeug/3.1.3 Python/3.11.7\r\nDate: Mon, 23 Nov 2026 10:00:00 GMT\r\n"
    b"Content-Type: application/json\r\nContent-Length: 112"
)


class Received:
    """What `http.client` takes for a socket."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def makefile(self, mode):
        return io.BytesIO(self.data)


def read_by_http_client(head: bytes) -> http.client.HTTPResponse:
    response = http.client.HTTPResponse(Received(head + b"\r\n\r\n"), method="GET")
    response.begin()
    return response


def assert_same(head: bytes) -> bool:
    """Whether the head is plain; if so, both have to read the same."""
    plain = plain_head(head)
    if plain is None:
        return False
    read = read_by_http_client(head)
    status, reason, headers, length = plain
    assert (read.status, read.reason, read.length) == (status, reason, length)
    assert read.headers.items() == headers.items()
    assert (read.version, read.chunked, read.will_close) == (11, False, False)
    assert not read.headers.defects
    assert not read.headers.is_multipart()
    return True


@pytest.mark.parametrize(
    "head",
    [
        USUAL,
        b"HTTP/1.1 204 NO CONTENT\r\nServer: Werkzeug",
        b"HTTP/1.1 204 NO CONTENT",
        b"HTTP/1.1 204 NO CONTENT\r\nContent-Length: 5",
        b"HTTP/1.1 200 \r\nContent-Length: 0",
        b"HTTP/1.1 404 NOT FOUND\r\ncontent-length:7\r\nConnection: keep-alive",
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX:\t \xe9 : \t\r\nContent-Length: 1",
    ],
)
def test_plain_heads(head):
    assert assert_same(head)


@pytest.mark.parametrize(
    "lines",
    [
        b"Transfer-Encoding: chunked",
        b"Content-Length: 1\r\ntransfer-encoding: chunked",
        b"Connection: close\r\nContent-Length: 1",
        b"Connection: keep-alive, close\r\nContent-Length: 1",
        b"Content-Length: 1\r\nContent-Length: 2",
        b"Content-Length: +1",
        b"Content-Length: 1 ",
        b"Content-Length: ",
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
def test_what_is_left_to_http_client(lines):
    assert plain_head(b"HTTP/1.1 200 OK\r\n" + lines) is None


@pytest.mark.parametrize(
    "status",
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
def test_statuses_that_are_left_to_http_client(status):
    assert plain_head(status + b"\r\nContent-Length: 1") is None


# Among them what is white space for some who read a head, and not for others.
PIECES = [
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
VALUES = st.lists(st.sampled_from(PIECES), max_size=6).map(
    lambda pieces: b"".join(piece if isinstance(piece, bytes) else bytes([piece]) for piece in pieces)
)
FIELDS = st.tuples(NAMES, st.sampled_from([b":", b": ", b" :", b""]), VALUES | st.sampled_from([b"5", b"keep-alive"]))
STATUS_LINES = st.sampled_from([b"HTTP/1.1 200 OK", b"HTTP/1.1 204 ", b"HTTP/1.1 500"]) | VALUES


@given(STATUS_LINES, st.lists(FIELDS.map(b"".join), max_size=5))
def test_any_head(status_line, fields):
    assert_same(b"\r\n".join([status_line, *fields]))


LINE = st.binary().map(lambda data: bytes(byte for byte in data if byte not in b"\0\r\n"))
TOKENS = st.from_regex(rb"[A-Za-z0-9-]*[A-Za-z][A-Za-z0-9-]*", fullmatch=True)
OWN = (b"content-length", b"transfer-encoding", b"connection", b"content-type")


@given(
    st.integers(200, 599).filter(lambda status: status != 304),
    LINE,
    st.lists(
        st.tuples(TOKENS.filter(lambda name: name.lower() not in OWN), st.sampled_from([b":", b":  \t"]), LINE),
        max_size=90,
    ),
    st.integers(0, 10**15 - 1),
)
def test_any_plain_head(status, reason, fields, length):
    lines = [b"HTTP/1.1 %d %b" % (status, reason), *map(b"".join, fields), b"Content-Length: %d" % length]
    assert assert_same(b"\r\n".join(lines))
