"""Responses of the embedded service, and the exceptions that become error responses."""

from __future__ import annotations

import json
from typing import NamedTuple
from urllib.parse import quote, urljoin

from werkzeug.http import HTTP_STATUS_CODES

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"
HTML = "text/html; charset=utf-8"

_PRINTABLE = "!#$%&'()*+,/:;=?@[]~"
"""The characters of a URL that are kept, besides letters, digits and ``-._~``."""


class Response(NamedTuple):
    """A complete response, which can be sent without any further step that can fail."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes = b""
    problem: str | None = None  # what is logged


class NotFound(Exception):
    """The sample does not exist, or it has no such file, event, QC result or status."""


class AlreadyExists(Exception):
    """A value that must be unique is taken."""


class Problem(Exception):
    """The request is invalid. The response has the media type ``application/problem+json`` (RFC 9457).

    Args:
        status: The HTTP status.
        detail: What is wrong.
        title: A summary; None for the reason phrase of the status.
        allow: The value of the header Allow.
    """

    def __init__(self, status: int, detail: str | None, title: str | None = None, allow: str | None = None) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.title = title or HTTP_STATUS_CODES[status]
        self.allow = allow

    def response(self) -> Response:
        """Return the response that describes the problem."""
        members = {"type": "about:blank", "title": self.title, "status": self.status, "detail": self.detail}
        response = json_response(members, self.status, PROBLEM_JSON)
        if self.allow is not None:
            response.headers.append(("Allow", self.allow))
        return response._replace(problem=self.detail or self.title)


def status_line(status: int) -> str:
    """Return a status with its reason phrase, in capitals as the framework of the real service writes it."""
    return f"{status} {HTTP_STATUS_CODES[status].upper()}"


def bad_request(detail: str) -> Problem:
    """Return the exception for a request that is not valid."""
    return Problem(400, detail)


def json_response(value: object, status: int = 200, media_type: str = JSON, location: str | None = None) -> Response:
    """Return a response with a JSON body, written as the real service writes it: sorted, indented and in ASCII."""
    body = (json.dumps(value, indent=2, sort_keys=True) + "\n").encode("ascii")
    headers = [("Content-Type", media_type), ("Content-Length", str(len(body)))]
    if location is not None:
        headers.append(("Location", location))
    return Response(status, headers, body)


def no_content() -> Response:
    """Return the response to a DELETE."""
    # The framework of the real service sends a content type here too, although the response has no body.
    return Response(204, [("Content-Type", JSON)])


def error_response(status: int, message: str) -> Response:
    """Return a response with an `Error`."""
    return json_response({"code": status, "message": message}, status)


def html_response(status: int, text: str) -> Response:
    """Return an HTML page."""
    phrase = HTTP_STATUS_CODES[status]
    page = f"<!doctype html>\n<html lang=en>\n<title>{status} {phrase}</title>\n<h1>{phrase}</h1>\n<p>{text}</p>\n"
    body = page.encode("ascii")
    return Response(status, [("Content-Type", HTML), ("Content-Length", str(len(body)))], body)


def redirect(location: str) -> Response:
    """Return a permanent redirect that keeps the method (RFC 9110, section 15.4.9)."""
    response = html_response(308, "Two slashes in a row: use the path in the header Location.")
    response.headers.append(("Location", quote(location, safe=_PRINTABLE, encoding="latin-1")))
    return response


def options(allow: str) -> Response:
    """Return the response to OPTIONS."""
    return Response(200, [("Content-Type", HTML), ("Allow", allow), ("Content-Length", "0")])


def location_path(path: str) -> str:
    """Return a path as the real service writes it in Location: dots are resolved, and reserved characters kept.

    A slash, question mark or plus sign within an md5sum is therefore not escaped.
    """
    # urljoin gets no host, because it raises ValueError for some.
    return urljoin("/", quote(path, safe=_PRINTABLE))
