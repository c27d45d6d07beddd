"""The file endpoints of the embedded service, tested with `http.client` rather than the client of this package."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from service_connection import ALREADY_EXISTED, FILE, NO_SAMPLE, NOT_FOUND, send_raw

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


def test_files_stay_when_their_sample_is_deleted(connection):
    names = {"isolate-id": "i1"}
    id_ = connection.add_sample(**names)
    assert connection.request("POST", f"/samples/{id_}/files", FILE)[0] == 201
    assert connection.request("DELETE", f"/samples/{id_}")[0] == 204
    same_id = connection.add_sample(id=id_, **names)
    assert same_id == id_
    assert connection.request("GET", f"/files/{MD5SUM}")[::2] == (200, FILE)
    for each in (id_, connection.add_sample()):
        assert connection.request("GET", f"/samples/{each}/files")[2] == []
        assert connection.request("POST", f"/samples/{each}/files", FILE)[::2] == (409, ALREADY_EXISTED)
        for method in ("GET", "DELETE"):
            assert connection.request(method, f"/samples/{each}/files/{MD5SUM}")[::2] == (404, NOT_FOUND)
    assert connection.request("GET", f"/files/{MD5SUM}")[0] == 200


TEXTS = ["%2F", "?x=1", "#", "é", "ß %", "..", "a+b", "a;b", "[", "a\tb", "\x01", "😀", "a" * 2700, "é" * 1350]


@pytest.mark.parametrize("md5sum", TEXTS)
def test_md5sum_can_be_nearly_any_text(connection, md5sum):
    id_ = connection.add_sample()
    status, headers, _ = connection.request("POST", f"/samples/{id_}/files", {**FILE, "md5sum": md5sum})
    assert status == 201
    assert headers["Location"].startswith(connection.url("/samples/"))
    path = f"/samples/{id_}/files/{quote(md5sum, safe='')}"
    assert connection.request("GET", path)[2]["md5sum"] == md5sum
    assert connection.request("GET", f"/files/{quote(md5sum, safe='')}")[2]["md5sum"] == md5sum
    assert connection.request("DELETE", path)[0] == 204


@pytest.mark.parametrize("md5sum", ["a/b", "a/", "/", "", "a//b"])
def test_md5sum_with_a_slash_is_stored_but_never_found(connection, md5sum):
    id_ = connection.add_sample()
    assert connection.request("POST", f"/samples/{id_}/files", {**FILE, "md5sum": md5sum})[0] == 201
    assert connection.request("GET", f"/samples/{id_}/files")[2] == [{**FILE, "md5sum": md5sum}]
    for base in ("/files", f"/samples/{id_}/files"):
        assert connection.request("GET", f"{base}/{quote(md5sum, safe='')}")[0] in (404, 308)
    assert connection.request("DELETE", f"/samples/{id_}/files/{quote(md5sum, safe='')}")[0] in (404, 308)
    assert len(connection.request("GET", f"/samples/{id_}/files")[2]) == 1


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/files/%2Fa", "/files/a"),
        ("/files//a", "/files/a"),
        ("/files/%2Fa%20b?x=1&y=%2F", "/files/a%20b?x=1&y=%2F"),
        ("//samples", "/samples"),
        ("/samples//{id}", "/samples/{id}"),
        ("/samples/{id}//files/%2Fa", "/samples/{id}/files/a"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_doubled_slash_is_redirected(connection, method, path, location):
    status, headers, _ = connection.request(method, path.replace("{id}", NO_SAMPLE))
    assert (status, headers["Location"]) == (308, connection.url(location.replace("{id}", NO_SAMPLE)))
    assert headers["Content-Type"].startswith("text/html")


def test_post_to_a_doubled_slash_stores_nothing(connection):
    path = f"/samples/{connection.add_sample()}"
    status, headers, _ = connection.request("POST", f"{path}//files", FILE)
    assert (status, headers["Location"]) == (308, connection.url(f"{path}/files"))
    assert connection.request("GET", f"{path}/files")[2] == []


@pytest.mark.parametrize("path", ["/files/a%2Fb", "/files/a/b", "/files/a/", "/files/", "/samples/", "/nonesuch", "/"])
def test_unknown_path_is_404(connection, path):
    status, headers, problem = connection.request("GET", path)
    assert (status, headers["Content-Type"], problem["title"]) == (404, "application/problem+json", "Not Found")


@pytest.mark.parametrize(
    ("md5sum", "location"),
    [
        ("a+b", "/files/a+b"),
        ("a;b", "/files/a;b"),
        ("a/b", "/files/a/b"),
        ("../x", "/x"),
        ("a b", "/files/a%20b"),
        ("é", "/files/%C3%A9"),
        ("a?b#c", "/files/a?b#c"),
    ],
)
def test_md5sum_is_not_escaped_in_location(connection, md5sum, location):
    path = f"/samples/{connection.add_sample().upper()}"
    headers = connection.request("POST", f"{path}/files", {**FILE, "md5sum": md5sum})[1]
    assert headers["Location"] == connection.url(path + location)


def test_md5sums_in_upper_and_lower_case_are_two_files(connection):
    path = f"/samples/{connection.add_sample()}/files"
    for md5sum in (MD5SUM, MD5SUM.upper()):
        assert connection.request("POST", path, {**FILE, "md5sum": md5sum})[0] == 201
    assert len(connection.request("GET", path)[2]) == 2


def test_json_is_written_as_by_the_real_service(host, connection):
    path = f"/samples/{connection.add_sample()}/files"
    connection.request("POST", path, {**FILE, "filename": "é"})
    response = send_raw(host, f"GET {BASE_PATH}/files/{MD5SUM} HTTP/1.0\r\n\r\n".encode())
    expected = f"""{{
  "file-type": "vcf",
  "filename": "\\u00e9",
  "md5sum": "{MD5SUM}"
}}
"""
    assert response.partition(b"\r\n\r\n")[2] == expected.encode()
