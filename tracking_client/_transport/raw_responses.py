"""Raw responses: they respect a call's deadline, and reject truncated headers and malformed chunks.

Only this module, `connections` and `tls` rely on undocumented behaviour of `http.client` and urllib3. What this
one relies on, and what happens if that changes:

- `http.client.HTTPResponse` reads through ``sock.makefile()``, and ``begin()`` reads the response headers into the
  attributes ``status``, ``reason``, ``headers``, ``msg``, ``version``, ``length``, ``chunked`` and ``will_close``.
  Otherwise the read timeout would no longer be capped at the remaining time (`RawResponse`, `_Reader`).
- It closes its file with ``_close_conn()`` once the response is complete. Otherwise what follows a response might be
  taken for the next one (`RawResponse`).
- ``http.client.HTTPResponse`` reads a chunk's size with ``_read_next_chunk_size()``, and what ends it with
  ``_safe_read()`` while ``chunk_left`` is 0. Otherwise a malformed chunk might shorten a body (`RawResponse`).
- ``urllib3.HTTPResponse`` has ``length_remaining``, ``chunked``, ``_original_response`` and ``enforce_content_length``:
  see the functions that use them.

Every override takes arguments that it does not know, and passes them on where it calls what it overrides.
"""

from __future__ import annotations

import io
import math
import socket
import sys
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import TYPE_CHECKING, Any

from .deadline import current
from .response_headers import HeaderLines, parse_response_headers

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

_BUFFER_SIZE = 8192
"""Bytes that are read ahead; `http.client` limits a header line to 65,536."""


class _Reader(io.RawIOBase):
    """Reads from a socket, with each read capped at the remaining time of the call.

    Attributes:
        at_end: whether the server has closed the connection.
        is_complete: whether the response is complete, so that nothing more is to be read. Then a read only tells
            whether TLS has decrypted more.
    """

    at_end = False
    is_complete = False

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        read_timeout = current.get().read_timeout
        self._timeout = connected.gettimeout() if read_timeout == math.inf else read_timeout
        # Keeps the socket open while a response is read, even if its connection is closed meanwhile.
        self._file = connected.makefile("rb", buffering=0)

    def makefile(self, *args: Any, **kwargs: Any) -> io.BufferedReader:
        """Return what `http.client.HTTPResponse` reads from: it takes this for the socket."""
        return io.BufferedReader(self, _BUFFER_SIZE)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.is_complete:
            pending = getattr(self._socket, "pending", None)
            return min(1, pending()) if pending else 0
        current.get().limit(self._socket, self._timeout)
        size: int = self._socket.recv_into(buffer)
        self.at_end = size == 0
        return size

    def close(self) -> None:
        super().close()
        self._file.close()


class RawResponse(HTTPResponse):
    """A response whose headers are complete, and whose end is certain.

    `http.client` accepts truncated headers, ignores a malformed length, and does not look at what ends a chunk.
    """

    fp: Any  # an `io.BufferedReader`, or None once the response is complete

    is_coded = False
    """Whether the body has a content coding, so that it may be longer than its Content-Length."""

    has_surplus = False
    """Whether something followed the response: then its connection cannot be used again."""

    def __init__(self, sock: Any, *args: Any, **kwargs: Any) -> None:
        self._reader = _Reader(sock)
        super().__init__(self._reader, *args, **kwargs)  # type: ignore[arg-type]

    def begin(self, *args: Any, **kwargs: Any) -> None:
        received, end, _ = self.fp.peek().partition(b"\r\n\r\n")
        parsed = parse_response_headers(received) if end and not self.debuglevel else None
        if parsed is None:
            self._begin(*args, **kwargs)
            return
        self.fp.read(len(received) + len(end))
        self.status, self.reason, self.headers, self.length = parsed
        self.code = self.status
        self.msg = self.headers
        self.version = 11
        self.chunked = self.will_close = False

    def _begin(self, *args: Any, **kwargs: Any) -> None:
        file = self.fp
        self.fp = HeaderLines(file)
        super().begin(*args, **kwargs)
        while 100 <= self.status < 200 and self.status != 101:
            # Not every Python skips informational responses other than 100 (RFC 9110, section 15.2).
            self.headers = self.msg = None  # type: ignore[assignment]
            super().begin(*args, **kwargs)
        self.fp = file
        problem = self._correct_framing()
        if self._reader.at_end or problem:
            self.close()
            raise HTTPException(problem) if problem and not self._reader.at_end else IncompleteRead(b"")

    def _correct_framing(self) -> str:
        """Correct what `http.client` makes of the headers; return what is wrong with them, or empty text."""
        headers = self.headers
        transfer_codings = {value.lower() for value in headers.get_all("Transfer-Encoding", ())} - {"identity"}
        if self.status in (204, 304):
            self.chunked = False  # there is no body (RFC 9112, section 6.3)
            del headers["Transfer-Encoding"]
        elif transfer_codings - {"chunked"}:
            return "unsupported Transfer-Encoding"
        elif self.length is None and not self.chunked and "Content-Length" in headers:
            return "malformed Content-Length"
        if any("close" in value.lower() for value in headers.get_all("Connection", ())):
            self.will_close = True
        codings = [each.strip().lower() for each in ",".join(headers.get_all("Content-Encoding", ())).split(",")]
        codings = [each for each in codings if each not in ("", "identity")]
        self.is_coded = bool(codings)
        del headers["Content-Encoding"]
        if codings:
            # urllib3 would remove several codings one by one, and a few bytes could become gigabytes. It does not know
            # this name.
            headers["Content-Encoding"] = "+".join(codings)
        return ""

    def _read_next_chunk_size(self, *args: Any, **kwargs: Any) -> int:
        size: int = super()._read_next_chunk_size(*args, **kwargs)  # type: ignore[misc]
        if not 0 <= size <= sys.maxsize:
            raise ValueError("chunk size out of range")  # `http.client` expects this of a malformed one
        return size

    def _safe_read(self, *args: Any, **kwargs: Any) -> bytes:
        data: bytes = super()._safe_read(*args, **kwargs)  # type: ignore[misc]
        if self.chunked and self.chunk_left == 0 and data != b"\r\n":
            raise HTTPException("a chunk is longer than its size")
        return data

    def _close_conn(self, *args: Any, **kwargs: Any) -> None:
        fp, self.fp = self.fp, None
        if fp is not None:
            self._reader.is_complete = True
            self.has_surplus = fp.peek() != b""
            fp.close()


def read_chunks_by_http_client(response: BaseHTTPResponse) -> None:
    """Have chunks read by `http.client`, whose lines have a maximum length and whose ends are validated above."""
    response.chunked = False


def decoded_length(response: BaseHTTPResponse) -> int | None:
    """Return the length of an unread body without its content coding; None if that is not known in advance."""
    original = response._original_response  # type: ignore[attr-defined]
    return response.length_remaining if type(original) is RawResponse and not original.is_coded else None


def allow_truncated_body(response: BaseHTTPResponse) -> None:
    """Have what was received of a body returned even if it is shorter than its Content-Length."""
    response.enforce_content_length = False  # type: ignore[attr-defined]
