"""The sample endpoints of the embedded service, tested with `http.client` rather than the client of this package."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from service_connection import ALREADY_EXISTED, EVENT, NO_SAMPLE, QC_RESULT, STATUS, post_request, send_raw

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


def test_delete_removes_sample(connection):
    path = f"/samples/{connection.add_sample(**NAMES)}"
    assert connection.request("DELETE", path)[0] == 204
    assert [connection.request(method, path)[0] for method in ("GET", "HEAD", "DELETE")] == [404, 404, 404]
    assert connection.request("POST", "/samples", NAMES)[0] == 201


def test_delete_leaves_nothing_for_a_new_sample_with_the_same_id(connection):
    id_ = connection.add_sample()
    path = f"/samples/{id_}"
    assert connection.request("POST", f"{path}/events", EVENT)[0] == 201
    assert connection.request("PUT", f"{path}/qc-result", QC_RESULT)[0] == 200
    assert connection.request("PUT", f"{path}/status", STATUS)[0] == 200
    assert connection.request("DELETE", path)[0] == 204
    assert connection.add_sample(id=id_) == id_
    assert connection.request("GET", f"{path}/events")[2] == []
    assert [connection.request("GET", f"{path}/{name}")[0] for name in ("qc-result", "status")] == [404, 404]
    # The event still has its id.
    assert connection.request("POST", f"{path}/events", {**EVENT, "id": 1})[0] == 409


def test_sample_gets_the_id_of_the_request(connection):
    id_ = "3FA85F64-5717-4562-B3FC-2C963F66AFA6"
    status, headers, sample = connection.request("POST", "/samples", {"id": id_})
    assert (status, sample) == (201, {"id": id_.lower()})
    assert headers["Location"] == connection.url(f"/samples/{id_.lower()}")
    assert connection.request("POST", "/samples", {"id": id_.lower()})[::2] == (409, ALREADY_EXISTED)
    for invalid in ("x", "", f"{id_}\n", id_.replace("-", "")):
        status, _, problem = connection.request("POST", "/samples", {"id": invalid})
        assert status == 400
        assert "does not match '^[0-9a-fA-F]{8}" in problem["detail"]


def test_names_are_compared_by_the_letter(connection):
    for name in ("a", "A", "a ", " a", "", "é", "e\u0301", "x\n"):
        assert connection.request("POST", "/samples", {"isolate-id": name})[0] == 201
        assert connection.request("POST", "/samples", {"isolate-id": name})[0] == 409
        assert connection.request("POST", "/samples", {"experiment-id": name})[0] == 201
        found = connection.request("GET", f"/samples?isolate_id={quote(name)}")[2]
        assert [sample["isolate-id"] for sample in found] == [name]


def test_unknown_properties_are_ignored(connection):
    body = b'{"isolate_id": "a", "x": NaN, "y": {"z": [1e999]}}'
    status, _, sample = connection.request("POST", "/samples", body)
    assert (status, list(sample)) == (201, ["id"])


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("isolate_id=i2&isolate_id=i1", 1),
        ("isolate_id=i1&isolate_id=none", 0),
        ("isolate_id=", 0),
        ("isolate-id=none", 3),
        ("other=none&other[a]=b", 3),
        ("isolate_id=i1%0A", 0),
        ("isolate_id=i1&x=y", 1),
        ("experiment_id=e%2B1", 0),
        ("isolate_id=i%31", 1),
    ],
)
def test_query_parameters(connection, query, number):
    for names in (NAMES, {"isolate-id": "i2"}, {}):
        connection.add_sample(**names)
    assert len(connection.request("GET", f"/samples?{query}")[2]) == number


@pytest.mark.parametrize("query", ["isolate_id=%00", "experiment_id=a%00", "isolate_id[]=x", "experiment_id%5Ba%5D=x"])
def test_invalid_query_parameter_is_400(connection, query):
    status, headers, _ = connection.request("GET", f"/samples?{query}")
    assert (status, headers["Content-Type"]) == (400, "application/problem+json")


def test_patch_changes_names(connection):
    path = f"/samples/{connection.add_sample(**NAMES)}"
    id_ = path.rpartition("/")[2]
    for body, expected in (
        ({"isolate-id": "i2"}, {**NAMES, "isolate-id": "i2"}),
        ({"experiment-id": "e2", "isolate-id": "i2"}, {"experiment-id": "e2", "isolate-id": "i2"}),
        ({"experiment-id": "", "x": 1}, {"experiment-id": "e2", "isolate-id": "i2"}),
        ({"id": NO_SAMPLE}, {"experiment-id": "e2", "isolate-id": "i2"}),
        ({}, {"experiment-id": "e2", "isolate-id": "i2"}),
    ):
        status, headers, sample = connection.request("PATCH", path.upper().replace("SAMPLES", "samples"), body)
        assert (status, sample) == (200, {**expected, "id": id_})
        assert "Location" not in headers
        assert connection.request("GET", path)[2] == sample


def test_invalid_patch_is_rejected(connection):
    path = f"/samples/{connection.add_sample(**NAMES)}"
    connection.add_sample(**{"isolate-id": "i2", "experiment-id": "e2"})
    for body, expected in (
        ({"isolate-id": "i2"}, 409),
        ({"isolate-id": "i3", "experiment-id": "e2"}, 409),
        ({"isolate-id": None}, 400),
        ({"isolate-id": "\0"}, 400),
        ({"id": "x"}, 400),
        (None, 400),
    ):
        assert connection.request("PATCH", path, body)[0] == expected
        assert connection.request("GET", path)[2] == {**NAMES, "id": path.rpartition("/")[2]}


@pytest.mark.parametrize(
    ("host_header", "location"),
    [
        ("tracking.example:8080", "http://tracking.example:8080/api/v1/samples/"),
        ("[::1]:8080", "http://[::1]:8080/api/v1/samples/"),
        ("x:99999", "http://x:99999/api/v1/samples/"),
        ("xn--a", "http://xn--a/api/v1/samples/"),
        ("a" * 64 + ".example", "http://" + "a" * 64 + ".example/api/v1/samples/"),
        ("a b", "/api/v1/samples/"),
        ("evil/@x", "/api/v1/samples/"),
        ("evil@x", "/api/v1/samples/"),
        ("é", "/api/v1/samples/"),
        ("", "/api/v1/samples/"),
    ],
)
def test_location_contains_host_header_if_valid(host, host_header, location):
    response = send_raw(host, post_request("/samples", b"{}", host_header.encode()))
    assert response.startswith(b"HTTP/1.1 201")
    assert b"\r\nLocation: " + location.encode() in response


def test_location_contains_the_address_without_a_host_header(host, connection):
    request = post_request("/samples", b"{}").replace(b"Host: localhost\r\n", b"")
    assert b"\r\nLocation: " + connection.url("/samples/").encode() in send_raw(host, request)


def test_location_ignores_forwarded_headers(host):
    request = post_request("/samples", b"{}").replace(b"Host", b"X-Forwarded-Host: y\r\nHost")
    assert b"\r\nLocation: http://localhost/" in send_raw(host, request)
