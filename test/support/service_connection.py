"""Helpers that send requests to the embedded service without the client of this package."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any
from urllib.parse import urlsplit

from tracking_client.service import BASE_PATH

FILE = {"md5sum": "9e107d9d372bb6826bd81d3542a419d6", "filename": "isolate.vcf", "file-type": "vcf"}
EVENT = {
    "name": "variant-calling",
    "software": "clockwork",
    "software-version": "0.8.3",
    "start-time": 1577836800.5,
    "duration": 90000,
    "command": "clockwork variant_call",
}
QC_RESULT = {"coverage": 47.5, "number_of_het_snps": 3, "decision": "passed"}
STATUS = {
    "de-contamination": "complete",
    "qc": "complete",
    "variant-calling": "started",
    "prediction": "pending",
    "bigsi-building": "pending",
    "distance-calculation": "failed",
}
NOT_FOUND = {"code": 404, "message": "Not found"}
ALREADY_EXISTED = {"code": 409, "message": "Already existed"}
NO_SAMPLE = "00000000-0000-0000-0000-000000000000"
"""A valid sample id that does not exist."""


class Connection:
    """A persistent HTTP connection to a service, as a context manager.

    Args:
        host: The base URL of the service. Its path is ignored.
    """

    def __init__(self, host: str) -> None:
        parts = urlsplit(host)
        self.http = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *exc: object) -> None:
        self.http.close()

    def request(
        self, method: str, path: str, body: object = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, Any]:
        """Send a request and return the status, headers and body of the response.

        Args:
            method: The HTTP method.
            path: The path below the base path.
            body: The request body: bytes that are sent unchanged, or a value that is sent as JSON.
            headers: Request headers. With a body, Content-Type is ``application/json`` by default.

        Returns:
            The status, the headers and the body. A JSON body is decoded; any other is returned as bytes.
        """
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        self.http.request(method, BASE_PATH + path, body, headers)
        response = self.http.getresponse()
        data = response.read()
        if data and "json" in response.headers["Content-Type"]:
            data = json.loads(data)
        return response.status, response.headers, data

    def add_sample(self, **names: str) -> str:
        """Add a sample and return its id."""
        return self.request("POST", "/samples", names)[2]["id"]

    def url(self, path: str) -> str:
        """Return the absolute URL of a path below the base path."""
        return f"http://{self.http.host}:{self.http.port}{BASE_PATH}{path}"


def post_request(path: str, body: bytes, host_header: bytes = b"localhost", method: bytes = b"POST") -> bytes:
    """Return the bytes of a request with a JSON body, to a path below the base path."""
    lines = [
        b"%s %s HTTP/1.1" % (method, (BASE_PATH + path).encode()),
        b"Host: " + host_header,
        b"Content-Type: application/json",
        b"Content-Length: %d" % len(body),
    ]
    return b"\r\n".join([*lines, b"", b""]) + body


def send_raw(host: str, request: bytes) -> bytes:
    """Send bytes on a new connection, and return everything received until the server closes it."""
    parts = urlsplit(host)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))
