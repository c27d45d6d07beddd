"""The head of a plain answer, read at once.

`http.client` reads every head with the parser of e-mails, which does all that mail asks for, and takes a tenth of a
call's time for it.
"""

from __future__ import annotations

from http.client import HTTPMessage
from typing import Optional

_MOST_HEADERS = 100
"""As many as `http.client` takes."""


def plain_head(head: bytes) -> Optional[tuple[int, str, HTTPMessage, int]]:
    """What `http.client` would read from a head; None where the head asks for more than is done here.

    Args:
        head: the head of an answer, without the empty line at its end.

    Returns:
        Status, reason phrase, headers, and the length of the body in bytes, after which the connection stays open. (An
        answer to HEAD has none, whatever length its head names: that is for who knows the method.)
    """
    first, *lines = head.decode("latin-1").split("\r\n")
    code = first[9:12]
    if not (first.startswith("HTTP/1.1 ") and "200" <= code <= "599" and code.isdecimal() and first[12:13] == " "):
        return None
    if not head.count(b"\r") == head.count(b"\n") == len(lines) < _MOST_HEADERS or b"\0" in head:
        return None
    status = int(code)
    length = None
    headers = HTTPMessage()
    for line in lines:
        name, colon, value = line.partition(":")
        if not (colon and name.isascii() and name.replace("-", "").isalnum()):
            return None
        value = value.lstrip(" \t")
        headers[name] = value
        name = name.lower()
        if name == "content-length":
            if length is not None or not (value.isascii() and value.isdigit() and len(value) < 16):
                return None
            length = int(value)
        elif (
            name == "transfer-encoding"
            or (name == "connection" and value.lower() != "keep-alive")
            or (name == "content-type" and value.strip().lower().startswith(("multipart/", "message/")))
        ):
            return None
    if status == 204:
        length = 0  # RFC 9110, section 15.3.5
    if length is None or status == 304:
        return None
    return status, first[13:].strip(), headers, length
