"""HTTP/1.1 on the side of the server (RFC 9112): reading requests, and writing responses."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable, Iterable
from email.utils import formatdate
from typing import Any, BinaryIO
from urllib.parse import unquote_to_bytes, urlsplit

MAX_LINE = 64 * 1024  # bytes
MAX_HEADERS = 256 * 1024  # bytes

_TRUNCATED = "The connection ended within the request"

_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_REQUEST_LINE = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([^\x00-\x20\x7f]+) HTTP/([0-9])\.([0-9])")
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(;[^\r\n]*)?\r\n")


class MalformedRequest(Exception):
    """The bytes are not an HTTP request that this server can read. The connection has to be closed.

    Args:
        status: The HTTP status of the response.
        detail: What is wrong.
    """

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail


class Request:
    """A request whose headers have been read.

    Attributes:
        environ: The WSGI environment, without ``wsgi.input``.
        keep_alive: Whether the connection can be used for another request.
    """

    def __init__(self, environ: dict[str, Any], keep_alive: bool) -> None:
        self.environ = environ
        self.keep_alive = keep_alive

    def read_body(self, stream: BinaryIO, limit: int, send_continue: Callable[[], None]) -> None:
        """Read the body into ``wsgi.input``.

        If the body is larger than the limit, the rest is not read, and the connection cannot be used for another
        request. CONTENT_LENGTH is then larger than the limit, too.

        Args:
            stream: The connection.
            limit: The maximum size, in bytes.
            send_continue: Sends the interim response for which the client waits before it sends the body.

        Raises:
            MalformedRequest: The framing of the body is invalid, or the connection ended within the body.
        """
        environ = self.environ
        body = b""
        coding = environ.pop("HTTP_TRANSFER_ENCODING", None)
        length = environ.get("CONTENT_LENGTH")
        if coding is not None:
            if length is not None or environ["SERVER_PROTOCOL"] == "HTTP/1.0":
                raise MalformedRequest(400, "Transfer-Encoding in HTTP/1.0, or beside Content-Length")
            if coding.strip().lower() != "chunked":
                raise MalformedRequest(501, "The only transfer coding that is supported is chunked")
        elif length is not None and not re.fullmatch("[0-9]{1,18}", length):
            raise MalformedRequest(400, "Content-Length is not a number")
        if coding is not None or (length and int(length) <= limit):
            if environ.get("HTTP_EXPECT", "").lower() == "100-continue" and environ["SERVER_PROTOCOL"] != "HTTP/1.0":
                send_continue()
            body = _read_chunked(stream, limit) if coding is not None else _read_exactly(stream, int(length or 0))
            environ["CONTENT_LENGTH"] = str(len(body))
            self.keep_alive = self.keep_alive and len(body) <= limit
        elif length:
            self.keep_alive = False
        environ["wsgi.input"] = io.BytesIO(body)


def read_request(stream: BinaryIO, base: dict[str, Any]) -> Request | None:
    """Read the request line and the headers of the next request on a connection.

    Args:
        stream: The connection.
        base: What is the same in the WSGI environments of all requests on this connection.

    Returns:
        The request, or None if the client has closed the connection.

    Raises:
        MalformedRequest: The request line or a header is invalid, or the connection ended within the headers.
    """
    line = b""
    for _ in range(3):  # some clients send an empty line after a body
        line = stream.readline(MAX_LINE)
        if line not in (b"\r\n", b"\n"):
            break
    if not line:
        return None
    if len(line) >= MAX_LINE:
        raise MalformedRequest(414, "The request line is too long")
    request_line = _REQUEST_LINE.fullmatch(_without_line_end(line))
    if not request_line:
        raise MalformedRequest(400, "The request line is invalid")
    method, target, major, minor = request_line.groups()
    if major != b"1":
        raise MalformedRequest(505, "The only version that is supported is HTTP/1")
    environ = dict(base)
    environ["REQUEST_METHOD"] = method.decode("ascii")
    environ["SERVER_PROTOCOL"] = "HTTP/1.0" if minor == b"0" else "HTTP/1.1"
    _read_headers(stream, environ)
    _add_target(environ, target)
    options = {option.strip().lower() for option in environ.get("HTTP_CONNECTION", "").split(",")}
    return Request(environ, "close" not in options if minor != b"0" else "keep-alive" in options)


def _read_headers(stream: BinaryIO, environ: dict[str, Any]) -> None:
    """Add the headers to a WSGI environment."""
    size = 0
    while (line := stream.readline(MAX_LINE)) not in (b"\r\n", b"\n"):
        size += len(line)
        if size > MAX_HEADERS or len(line) >= MAX_LINE:
            raise MalformedRequest(431, "The headers are too large")
        line = _without_line_end(line)
        name, colon, value = line.partition(b":")
        if not colon or not _TOKEN.fullmatch(name) or _CONTROL.search(value):
            raise MalformedRequest(400, "A header is invalid")
        if b"_" in name:
            continue  # it would be taken for the header with a hyphen
        key = name.decode("ascii").upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = f"HTTP_{key}"
        text = value.strip(b" \t").decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text


def _add_target(environ: dict[str, Any], target: bytes) -> None:
    """Add the path and the query of a request target to a WSGI environment."""
    if not target.startswith(b"/") and b"://" in target:
        try:
            parts = urlsplit(target)
        except ValueError:
            raise MalformedRequest(400, "The request target is invalid") from None
        # The host in the target takes precedence over the header (RFC 9112, section 3.2.2).
        environ["HTTP_HOST"] = parts.netloc.decode("latin-1")
        path, query = parts.path or b"/", parts.query
    else:
        path, _, query = target.partition(b"#")[0].partition(b"?")
    environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1")
    environ["QUERY_STRING"] = query.decode("latin-1")


def _without_line_end(line: bytes) -> bytes:
    """Return a line without its CRLF, or LF.

    Raises:
        MalformedRequest: The line has no end.
    """
    if not line.endswith(b"\n"):
        raise MalformedRequest(400, _TRUNCATED)
    return line[:-2] if line.endswith(b"\r\n") else line[:-1]


def _read_exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise MalformedRequest(400, _TRUNCATED)
    return data


def _read_chunked(stream: BinaryIO, limit: int) -> bytes:
    """Return a chunked body (RFC 9112, section 7.1), or the first bytes of one that is larger than the limit."""
    body = bytearray()
    while True:
        size_line = _CHUNK_SIZE.fullmatch(stream.readline(MAX_LINE))
        if not size_line:
            raise MalformedRequest(400, "The size of a chunk is invalid")
        size = int(size_line[1], 16)
        if not size:
            break
        body += _read_exactly(stream, min(size, limit + 1 - len(body)))
        if len(body) > limit:
            return bytes(body)
        if _read_exactly(stream, 2) != b"\r\n":
            raise MalformedRequest(400, "A chunk does not have the size that it states")
    _read_headers(stream, {})  # trailers, which are ignored
    return bytes(body)


def format_response(status: str, headers: Iterable[tuple[str, str]], body: bytes, close: bool) -> bytes:
    """Return the bytes of a response.

    Args:
        status: The status and the reason phrase.
        headers: The headers, which include Content-Length unless the status is 204 or 304.
        body: The body; empty for a response to HEAD.
        close: Whether the connection is closed after this response.
    """
    lines = [f"HTTP/1.1 {status}", f"Date: {formatdate(usegmt=True)}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if close:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def base_environ(address: tuple[str, int], client: tuple[str, int], multithread: bool = True) -> dict[str, Any]:
    """Return what the WSGI environments of all requests on a connection have in common."""
    return {
        "SERVER_NAME": address[0],
        "SERVER_PORT": str(address[1]),
        "SERVER_SOFTWARE": "tracking_client",
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "SCRIPT_NAME": "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": multithread,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }
