"""How the embedded service rejects invalid requests, tested with `http.client`."""

from __future__ import annotations

import json

import pytest
from service_connection import EVENT, FILE, NO_SAMPLE, STATUS


def send_invalid_request(connection, method, path, body=None, **headers):
    """Send an invalid request and return the status and the problem of its response (RFC 9457)."""
    status, response_headers, problem = connection.request(method, path, body, **headers)
    assert response_headers["Content-Type"] == "application/problem+json"
    assert (problem["status"], problem["type"]) == (status, "about:blank")
    return status, problem


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "None is not of type 'object'"),
        (b"{", "Request body is not valid JSON"),
        (b"\xff", "Request body is not valid JSON"),
        (b"null", "Request body is not valid JSON"),
        (b"[" * 100000, "Request body is not valid JSON"),
        (b'{"md5sum": %s}' % (b"9" * 5000), "Request body is not valid JSON"),
        (b'{"md5sum": NaN, "filename": "a", "file-type": "vcf"}', "nan is not of type 'string' - 'md5sum'"),
        (b'{"md5sum": "a", "md5sum": 1, "filename": "a", "file-type": "vcf"}', "1 is not of type 'string' - 'md5sum'"),
        ([], "[] is not of type 'object'"),
        ("text", "'text' is not of type 'object'"),
        (b"false", "False is not of type 'object'"),
        (b"[" * 500 + b"]" * 500, "is not of type 'object'"),
        ({}, "'md5sum' is a required property"),
        ({"md5sum": "a", "filename": "b"}, "'file-type' is a required property"),
        ({**FILE, "file-type": "bam"}, "'bam' is not one of ['fastq', 'vcf'] - 'file-type'"),
        ({**FILE, "file-type": None}, "None is not one of ['fastq', 'vcf'] - 'file-type'"),
        ({**FILE, "filename": 7}, "7 is not of type 'string' - 'filename'"),
        ({**FILE, "filename": None}, "None is not of type 'string' - 'filename'"),
        ({**FILE, "filename": "\0"}, "contains a NUL character - 'filename'"),
        ({**FILE, "md5sum": ["x" * 1000]}, "is not of type 'string' - 'md5sum'"),
        ({**FILE, "md5sum": "\ud800"}, "contains a lone surrogate - 'md5sum'"),
        ({**FILE, "md5sum": "a\n"}, "contains a line break - 'md5sum'"),
        ({**FILE, "md5sum": "\ra"}, "contains a line break - 'md5sum'"),
        ({**FILE, "md5sum": "a" * 2701}, "is longer than 2700 bytes - 'md5sum'"),
        ({**FILE, "md5sum": "é" * 1351}, "is longer than 2700 bytes - 'md5sum'"),
    ],
)
def test_invalid_body_is_rejected(connection, body, detail):
    id_ = connection.add_sample()
    status, problem = send_invalid_request(connection, "POST", f"/samples/{id_}/files", body)
    assert (status, problem["title"]) == (400, "Bad Request")
    assert problem["detail"].endswith(detail)
    assert len(problem["detail"]) < 300
    assert connection.request("GET", f"/samples/{id_}/files")[2] == []


@pytest.mark.parametrize("name", ["isolate-id", "experiment-id"])
def test_name_that_cannot_be_indexed_is_400(connection, name):
    assert send_invalid_request(connection, "POST", "/samples", {name: "é" * 1351})[0] == 400
    assert connection.request("POST", "/samples", {name: "é" * 1350})[0] == 201


def test_large_body_is_accepted(connection):
    path = f"/samples/{connection.add_sample()}/files"
    large = {**FILE, "filename": "x" * 3 * 2**19}
    assert connection.request("POST", path, large)[::2] == (201, large)
    assert connection.request("GET", path)[2] == [large]


ACCEPTED_TYPES = [
    "application/json",
    "Application/JSON",
    "application/json; charset=latin-1; x=y",
    "application/json;",
    "application/vnd.api+json",
    "application/problem+json",
    "application/json, text/plain",
]
REJECTED_TYPES = ["text/plain", "text/json", "application/xml", "json", "", "text/plain, application/json", "a/b+json"]


@pytest.mark.parametrize("content_type", ACCEPTED_TYPES)
def test_media_type_of_json_is_accepted(connection, content_type):
    assert connection.request("POST", "/samples", {}, **{"Content-Type": content_type})[0] == 201


@pytest.mark.parametrize("content_type", REJECTED_TYPES)
def test_other_media_type_is_415(connection, content_type):
    status, problem = send_invalid_request(connection, "POST", "/samples", {}, **{"Content-Type": content_type})
    title = f"Invalid Content-type ({content_type}), expected JSON data"
    assert (status, problem["title"], problem["detail"]) == (415, title, None)
    assert connection.request("GET", "/samples")[2] == []


@pytest.mark.parametrize("content_type", ["application/json", "text/plain"])
def test_no_body_is_400_whatever_the_media_type(connection, content_type):
    status, problem = send_invalid_request(connection, "POST", "/samples", b"", **{"Content-Type": content_type})
    assert (status, problem["detail"]) == (400, "None is not of type 'object'")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_unicode_encodings_of_json_are_accepted(connection, encoding):
    body = json.dumps({"isolate-id": "é"}, ensure_ascii=False).encode(encoding)
    assert connection.request("POST", "/samples", body)[2]["isolate-id"] == "é"


def test_invalid_sample_id_is_400(connection):
    for method, path in (("GET", ""), ("GET", "/files"), ("POST", "/files"), ("DELETE", ""), ("DELETE", "/files/a")):
        for id_ in ("zz", NO_SAMPLE + "0", "%00", NO_SAMPLE + "%0A"):
            body = FILE if method == "POST" else None
            status, problem = send_invalid_request(connection, method, f"/samples/{id_}{path}", body)
            assert status == 400
            assert "does not match" in problem["detail"]


@pytest.mark.parametrize("path", ["/files/%00", "/samples/{id}/files/a%00"])
def test_nul_in_md5sum_is_400(connection, path):
    path = path.replace("{id}", connection.add_sample())
    status, problem = send_invalid_request(connection, "GET", path)
    assert (status, problem["detail"].endswith("contains a NUL character - 'md5sum'")) == (400, True)


INVALID_STATUS = {**STATUS, "qc": "done"}


@pytest.mark.parametrize(
    ("method", "path", "body", "content_type", "expected"),
    [
        # Each request also has every fault that is checked later.
        ("PUT", "/samples/zz/status", b"{", "text/plain", "expected JSON data"),
        ("PUT", "/samples/zz/status", b"{", "application/json", "Request body is not valid JSON"),
        ("PUT", "/samples/zz/status", {}, "application/json", "'de-contamination' is a required property"),
        ("PUT", "/samples/zz/status", INVALID_STATUS, "application/json", "'done' is not one of"),
        ("POST", "/samples/zz/events", {**EVENT, "command": "\0"}, "application/json", "'zz' does not match"),
        ("POST", f"/samples/{NO_SAMPLE}/events", {**EVENT, "command": "\0"}, "application/json", "Not found"),
        ("POST", f"/samples/{NO_SAMPLE}/files", {}, "application/json", "'md5sum' is a required property"),
        ("GET", "/samples/zz/events/abc", None, "", "'zz' does not match"),
        ("GET", f"/samples/{NO_SAMPLE}/events/abc", None, "", "Not found"),
        ("GET", f"/samples/{NO_SAMPLE}/files/%00", None, "", "Not found"),
        ("POST", "/samples/zz", b"{", "text/plain", "Method Not Allowed"),
    ],
)
def test_order_of_checks(connection, method, path, body, content_type, expected):
    headers = {"Content-Type": content_type} if content_type else {}
    assert expected in json.dumps(connection.request(method, path, body, **headers)[2])
