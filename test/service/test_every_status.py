"""Each operation of the document, with each status that the document lists for it."""

from __future__ import annotations

import pytest
from openapi_document import DOCUMENT
from service_connection import ALREADY_EXISTED, EVENT, FILE, NO_SAMPLE, NOT_FOUND, QC_RESULT, STATUS, Connection

from tracking_client.service.application import MAX_BODY

pytestmark = pytest.mark.once

BODIES = {
    ("POST", "/samples"): {"isolate-id": "new"},
    ("PATCH", "/samples/{id}"): {"isolate-id": "changed"},
    ("POST", "/samples/{id}/files"): {**FILE, "md5sum": "new"},
    ("POST", "/samples/{id}/events"): EVENT,
    ("PUT", "/samples/{id}/qc-result"): QC_RESULT,
    ("PUT", "/samples/{id}/status"): STATUS,
    ("PATCH", "/samples/{id}/status"): STATUS,
}
CONFLICTING_BODIES = {
    ("POST", "/samples"): {"isolate-id": "taken"},
    ("PATCH", "/samples/{id}"): {"isolate-id": "taken"},
    ("POST", "/samples/{id}/files"): FILE,
    ("POST", "/samples/{id}/events"): {**EVENT, "id": 1},
}
INVALID_WITHOUT_ID = {
    ("GET", "/files/{md5sum}"): "/files/%00",
    ("GET", "/samples"): "/samples?isolate_id=%00",
}

CASES = [
    (method.upper(), path, status)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
    if method != "parameters"
    for status in operation["responses"]
    if status != "default"
]


@pytest.fixture
def populated(connection: Connection) -> tuple[Connection, str]:
    """A service with a sample that has everything, and another with a name. Return it and the id of the first."""
    id_ = connection.add_sample(**{"isolate-id": "i1"})
    connection.add_sample(**{"isolate-id": "taken"})
    for method, path, body in (
        ("POST", "files", FILE),
        ("POST", "events", EVENT),
        ("PUT", "qc-result", QC_RESULT),
        ("PUT", "status", STATUS),
    ):
        assert connection.request(method, f"/samples/{id_}/{path}", body)[0] in (200, 201)
    return connection, id_


def test_all_operations_are_tested():
    assert len({case[:2] for case in CASES}) == 22
    assert len(CASES) > 80


@pytest.mark.parametrize(("method", "path", "status"), CASES)
def test_operation_has_each_documented_status(populated, method, path, status):
    connection, id_ = populated
    body = BODIES.get((method, path))
    headers = {}
    values = {"id": id_, "md5sum": FILE["md5sum"], "event_id": "1"}
    concrete = path
    if status == "400" and "{id}" in path:
        values["id"] = "not-a-uuid"
    elif status == "400" and body is None:
        concrete = INVALID_WITHOUT_ID[method, path]
    elif status == "400":
        body = {"isolate-id": 1}
    elif status == "404":
        values.update(id=NO_SAMPLE, md5sum="none")
    elif status == "409":
        body = CONFLICTING_BODIES[method, path]
    elif status == "413":
        body = b" " * (MAX_BODY + 1)
    elif status == "415":
        headers["Content-Type"] = "text/plain"
    concrete = concrete.format(**values)
    before = stored(connection, id_)

    actual, response_headers, response = connection.request(method, concrete, body, **headers)

    assert str(actual) == status
    if method == "HEAD" or status == "204":
        assert response == b""
    elif status in ("404", "409"):
        assert response == (NOT_FOUND if status == "404" else ALREADY_EXISTED)
    elif actual >= 400:
        assert response_headers["Content-Type"] == "application/problem+json"
        assert response["status"] == actual
        assert set(response) == {"type", "title", "status", "detail"}
    if actual < 400:
        assert response_headers["Content-Type"] == "application/json"
    else:
        assert stored(connection, id_) == before


@pytest.mark.parametrize("path", ["files/none", "events/2", "qc-result", "status"])
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_what_a_sample_does_not_have_is_404(connection, method, path):
    assert connection.request(method, f"/samples/{connection.add_sample()}/{path}")[::2] == (404, NOT_FOUND)


@pytest.mark.parametrize("path", DOCUMENT["paths"])
def test_other_methods_are_405_and_options_lists_the_methods(connection, path):
    documented = {method.upper() for method in DOCUMENT["paths"][path]} - {"PARAMETERS"}
    allowed = ", ".join(sorted(documented | {"HEAD", "OPTIONS"}))
    concrete = path.format(id=NO_SAMPLE, md5sum="a", event_id="1")
    status, headers, body = connection.request("OPTIONS", concrete)
    assert (status, headers["Allow"], body) == (200, allowed, b"")
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - documented:
        status, headers, problem = connection.request(method, concrete)
        assert (status, headers["Allow"], problem["title"]) == (405, allowed, "Method Not Allowed")
        assert headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", [path for path in DOCUMENT["paths"] if path != "/samples"])
def test_head_has_the_headers_of_get(populated, path):
    connection, id_ = populated
    for values in ({"id": id_, "md5sum": FILE["md5sum"]}, {"id": NO_SAMPLE, "md5sum": "none"}):
        concrete = path.format(**values, event_id="1")
        status, headers, _ = connection.request("GET", concrete)
        head_status, head_headers, body = connection.request("HEAD", concrete)
        assert (head_status, body) == (status, b"")
        for name in ("Content-Type", "Content-Length"):
            assert head_headers[name] == headers[name]


def stored(connection: Connection, id_: str) -> list[object]:
    """Return all that the service has stored."""
    paths = ("/samples", *(f"/samples/{id_}/{name}" for name in ("files", "events", "qc-result", "status")))
    return [connection.request("GET", path)[2] for path in paths]
