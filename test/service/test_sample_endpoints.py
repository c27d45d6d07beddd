"""The sample endpoints of the embedded service, tested with `http.client` rather than the client of this package."""

from __future__ import annotations

import pytest
from service_connection import FILE, send_raw

from tracking_client.service import BASE_PATH

NAMES = {"experiment-id": "e1", "isolate-id": "i1"}


def test_post_adds_sample(connection):
    status, headers, sample = connection.request("POST", "/samples", NAMES)
    assert status == 201
    assert sample == {**NAMES, "id": sample["id"]}
    assert headers["Location"].endswith(f"{BASE_PATH}/samples/{sample['id']}")


def test_names_of_samples_are_unique(connection):
    assert connection.request("POST", "/samples", NAMES)[0] == 201
    for names in ({"experiment-id": "e1"}, {"isolate-id": "i1"}, NAMES):
        assert connection.request("POST", "/samples", names)[0] == 409
    assert len(connection.request("GET", "/samples")[2]) == 1


def test_names_of_samples_are_optional(connection):
    status, _, unnamed = connection.request("POST", "/samples", {})
    assert status == 201
    assert list(unnamed) == ["id"]
    assert connection.request("POST", "/samples", {})[0] == 201
    assert len(connection.request("GET", "/samples")[2]) == 2


def test_samples_are_filtered_by_name(connection):
    sample = connection.request("POST", "/samples", NAMES)[2]
    for _ in range(2):
        connection.add_sample()
    assert len(connection.request("GET", "/samples")[2]) == 3
    for query in ("isolate_id=i1", "experiment_id=e1", "isolate_id=i1&experiment_id=e1"):
        assert connection.request("GET", f"/samples?{query}")[2] == [sample]
    assert connection.request("GET", "/samples?isolate_id=i1&experiment_id=e2")[2] == []


def test_get_and_head_return_sample(connection):
    sample = connection.request("POST", "/samples", NAMES)[2]
    assert connection.request("GET", f"/samples/{sample['id']}")[2] == sample
    assert connection.request("GET", f"/samples/{sample['id'].upper()}")[2] == sample
    status, headers, body = connection.request("HEAD", f"/samples/{sample['id']}")
    assert (status, body) == (200, b"")
    assert int(headers["Content-Length"]) > 0


def test_delete_removes_sample_and_its_files(connection):
    path = f"/samples/{connection.add_sample(**NAMES)}"
    assert connection.request("POST", f"{path}/files", FILE)[0] == 201
    assert connection.request("DELETE", path)[0] == 204
    assert [connection.request(method, path)[0] for method in ("GET", "HEAD", "DELETE")] == [404, 404, 404]
    assert connection.request("GET", f"/files/{FILE['md5sum']}")[0] == 404


@pytest.mark.parametrize(
    ("host_header", "location"),
    [
        ("tracking.example:8080", "http://tracking.example:8080/api/v1/samples/"),
        ("[::1]:8080", "http://[::1]:8080/api/v1/samples/"),
        ("xn--a", "/api/v1/samples/"),
        ("a" * 64 + ".example", "/api/v1/samples/"),
        ("a b", "/api/v1/samples/"),
        ("evil/@x", "/api/v1/samples/"),
    ],
)
def test_location_contains_host_header_if_valid(host, host_header, location):
    request = f"POST {BASE_PATH}/samples HTTP/1.1\r\nHost: {host_header}\r\nContent-Type: application/json\r\n"
    response = send_raw(host, request.encode() + b"Content-Length: 2\r\n\r\n{}")
    assert response.startswith(b"HTTP/1.1 201")
    assert b"\r\nLocation: " + location.encode() in response
