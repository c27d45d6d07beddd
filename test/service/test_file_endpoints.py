"""The file endpoints of the embedded service, tested with `http.client` rather than the client of this package."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from service_connection import FILE, NO_SAMPLE

from tracking_client.service import BASE_PATH

MD5SUM = FILE["md5sum"]


def test_post_registers_file(connection):
    id_ = connection.add_sample()
    location = f"http://{connection.http.host}:{connection.http.port}{BASE_PATH}/samples/{id_}/files/{MD5SUM}"
    status, headers, body = connection.request("POST", f"/samples/{id_}/files", FILE)
    assert (status, headers["Location"], headers["Content-Type"], body) == (201, location, "application/json", FILE)
    for path, expected in (
        (f"/files/{MD5SUM}", FILE),
        (f"/samples/{id_}/files", [FILE]),
        (f"/samples/{id_}/files/{MD5SUM}", FILE),
    ):
        status, headers, body = connection.request("GET", path)
        assert (status, headers["Content-Type"], body) == (200, "application/json", expected)


def test_md5sum_is_unique_over_all_samples(connection):
    id_ = connection.add_sample()
    assert connection.request("POST", f"/samples/{id_}/files", FILE)[0] == 201
    for id_of_post in (id_, connection.add_sample()):
        status, headers, body = connection.request("POST", f"/samples/{id_of_post}/files", FILE)
        assert (status, headers["Content-Type"]) == (409, "application/json")
        assert body == {"code": 409, "message": "Already existed"}


def test_missing_file_or_sample_is_404(connection):
    id_ = connection.add_sample()
    assert connection.request("POST", f"/samples/{id_}/files", FILE)[0] == 201
    for method, path in (
        ("GET", "/files/none"),
        ("GET", f"/samples/{NO_SAMPLE}/files"),
        ("POST", f"/samples/{NO_SAMPLE}/files"),
        ("GET", f"/samples/{connection.add_sample()}/files/{MD5SUM}"),
        ("DELETE", f"/samples/{NO_SAMPLE}/files/{MD5SUM}"),
    ):
        posted = {**FILE, "md5sum": "new"} if method == "POST" else None
        status, headers, body = connection.request(method, path, posted)
        assert (status, headers["Content-Type"]) == (404, "application/json")
        assert body == {"code": 404, "message": "Not found"}


def test_delete_removes_file(connection):
    id_ = connection.add_sample()
    assert connection.request("POST", f"/samples/{id_}/files", FILE)[0] == 201
    status, _, body = connection.request("DELETE", f"/samples/{id_}/files/{MD5SUM}")
    assert (status, body) == (204, b"")
    assert connection.request("DELETE", f"/samples/{id_}/files/{MD5SUM}")[0] == 404
    assert connection.request("GET", f"/samples/{id_}/files")[2] == []


@pytest.mark.parametrize("md5sum", ["a/b", "/", "%2F", "?x=1", "#", "é", "ß %", "a\nb", "..", "\x00", "a" * 10000])
def test_md5sum_can_be_any_text(connection, md5sum):
    id_ = connection.add_sample()
    status, headers, _ = connection.request("POST", f"/samples/{id_}/files", {**FILE, "md5sum": md5sum})
    assert status == 201
    assert headers["Location"].endswith(quote(md5sum, safe=""))
    path = f"/samples/{id_}/files/{quote(md5sum, safe='')}"
    assert connection.request("GET", path)[2]["md5sum"] == md5sum
    assert connection.request("GET", f"/files/{quote(md5sum, safe='')}")[2]["md5sum"] == md5sum
    assert connection.request("DELETE", path)[0] == 204
