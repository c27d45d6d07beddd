"""A fast parser for ordinary response headers, and a filter that makes others fit for `http.client`.

`http.client` parses all response headers with the parser for e-mail messages, which takes a tenth of a call's time.
"""

from __future__ import annotations

import io
from http.client import HTTPException, HTTPMessage
from typing import Any

_MAX_HEADERS = 100
"""The same limit as that of `http.client`."""


class _Headers(HTTPMessage):
    """Headers that are text as they are, so that the e-mail parser's policy has nothing to encode or to refold."""

    def items(self) -> list[tuple[str, str]]:
        """Return the names and values."""
        return list(self.raw_items())


def parse_response_headers(received: bytes) -> tuple[int, str, HTTPMessage, int] | None:
    """Parse what `http.client` would parse; return None for anything out of the ordinary.

    Args:
        received: the status line and the response headers, without the empty line at the end.

    Returns:
        The status, the reason phrase, the headers, and the length of the body in bytes. The connection stays open. (The
        response to a HEAD request has no body, whatever the length says.)
    """
    first, *lines = received.decode("latin-1").split("\r\n")
    code = first[9:12]
    if not (first.startswith("HTTP/1.1 ") and "200" <= code <= "599" and code.isdecimal() and first[12:13] == " "):
        return None
    if not received.count(b"\r") == received.count(b"\n") == len(lines) < _MAX_HEADERS or b"\0" in received:
        return None
    status = int(code)
    length = None
    headers = _Headers()
    for line in lines:
        name, colon, value = line.partition(":")
        if not (colon and name.isascii() and name.replace("-", "").isalnum()):
            return None
        value = value.strip(" \t")
        headers.set_raw(name, value)
        name = name.lower()
        if name == "content-length":
            if length is not None or not (value.isascii() and value.isdigit() and len(value) < 16):
                return None
            length = int(value)
        elif _changes_the_framing(name, value.lower()):
            return None
    if status == 204:
        length = 0  # RFC 9110, section 15.3.5
    if length is None or status == 304:
        return None
    return status, first[13:].strip(), headers, length


def _changes_the_framing(name: str, value: str) -> bool:
    """Return whether a header changes how the body is read; both are in lower case."""
    return (
        name in ("transfer-encoding", "content-encoding")
        or (name == "connection" and value != "keep-alive")
        or (name == "content-type" and value.strip().startswith(("multipart/", "message/")))
    )


class HeaderLines:
    """Reads the lines of response headers as `http.client` can parse them (RFC 9112, section 5).

    `http.client` stops at a line that is not a header and at a blank before a colon, ends a line at a bare CR, and
    keeps line breaks within values and blanks at their end. Here a line that is not a header is left out, values are on
    one line, and a bare CR or NUL is an error.

    Args:
        file: where to read from. It has all other methods.
    """

    def __init__(self, file: io.BufferedReader) -> None:
        self._file = file
        self._is_status_line = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def readline(self, limit: int) -> bytes:
        """Return the next line, at most as long as the limit. It is empty at the end of the file."""
        while True:
            line = self._file.readline(limit)
            if self._is_status_line or line in (b"\r\n", b"\n") or not line.endswith(b"\n"):
                self._is_status_line = line in (b"\r\n", b"\n")
                return line
            is_continued = line[:1] in (b" ", b"\t")
            while len(line) < limit and self._file.peek(1)[:1] in (b" ", b"\t"):
                line = line.rstrip(b"\r\n") + self._file.readline(limit)
            name, colon, value = line.rstrip(b"\r\n").partition(b":")
            if b"\r" in line.removesuffix(b"\r\n") or b"\0" in line:
                raise HTTPException("CR or NUL in the response headers")
            if colon and name.strip() and not is_continued:
                return (name.rstrip(b" \t") + b": " + value.strip(b" \t"))[: limit - 2] + b"\r\n"
