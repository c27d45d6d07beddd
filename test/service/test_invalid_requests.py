"""How the embedded service rejects invalid requests, tested with `http.client`."""

from __future__ import annotations

import pytest
from service_connection import FILE, NO_SAMPLE, Connection


def send_invalid_request(
    connection: Connection, method: str, path: str, body: object = None, **headers: str
) -> tuple[int, str]:
    """Send an invalid request and return the status and the detail of its problem response (RFC 9457)."""
    status, response_headers, details = connection.request(method, path, body, **headers)
    assert response_headers["Content-Type"] == "application/problem+json"
    assert details["status"] == status
    return status, details["detail"]


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b"\xff", "not valid JSON"),
        (b"[" * 100000, "not valid JSON"),
        (b'{"md5sum": NaN}', "NaN is not JSON"),
        ([], "[] is not of type 'object'"),
        ("text", "'text' is not of type 'object'"),
        ({}, "'md5sum' is a required property"),
        ({"md5sum": "a", "filename": "b"}, "'file-type' is a required property"),
        ({**FILE, "file-type": "bam"}, "'bam' is not one of ['fastq', 'vcf'] - 'file-type'"),
        ({**FILE, "filename": 7}, "7 is not of type 'string' - 'filename'"),
        ({**FILE, "filename": None}, "None is not of type 'string' - 'filename'"),
        ({**FILE, "md5sum": ["x" * 1000]}, "is not of type 'string' - 'md5sum'"),
        ({**FILE, "md5sum": "\ud800"}, "is not Unicode text - 'md5sum'"),
    ],
)
def test_invalid_body_is_rejected(connection, body, detail):
    id_ = connection.add_sample()
    status, headers, problem = connection.request("POST", f"/samples/{id_}/files", body)
    assert (status, headers["Content-Type"]) == (400, "application/problem+json")
    assert (problem["type"], problem["title"], problem["status"]) == ("about:blank", "Bad Request", 400)
    assert detail in problem["detail"]
    assert len(problem["detail"]) < 300
    assert connection.request("GET", f"/samples/{id_}/files")[2] == []


def test_body_over_size_limit_is_413(connection):
    id_ = connection.add_sample()
    large = {**FILE, "filename": "x" * 2**20}
    assert send_invalid_request(connection, "POST", f"/samples/{id_}/files", large)[0] == 413
    assert connection.request("GET", f"/samples/{id_}/files")[2] == []


def test_other_content_type_is_400(connection):
    path = f"/samples/{connection.add_sample()}/files"
    assert send_invalid_request(connection, "POST", path, FILE, **{"Content-Type": "text/plain"})[0] == 400
    assert connection.request("GET", path)[2] == []


def test_invalid_sample_id_is_400(connection):
    for method, path in (("GET", ""), ("GET", "/files"), ("POST", "/files"), ("DELETE", ""), ("DELETE", "/files/a")):
        for id_ in ("zz", NO_SAMPLE + "0", "%00"):
            body = FILE if method == "POST" else None
            status, detail = send_invalid_request(connection, method, f"/samples/{id_}{path}", body)
            assert status == 400
            assert "does not match" in detail


def test_unknown_path_is_404(connection):
    assert send_invalid_request(connection, "GET", "/nonesuch")[0] == 404
    assert send_invalid_request(connection, "GET", "/files/")[0] == 404


def test_unsupported_method_is_405(connection):
    assert send_invalid_request(connection, "PUT", "/samples")[0] == 405
    assert sorted(connection.request("PUT", "/samples")[1]["Allow"].split(", ")) == ["GET", "HEAD", "POST"]
