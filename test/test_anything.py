"""Whatever is given and whatever comes, the outcome is a right answer or an error of the family.

``pytest -m long`` does it with 10,000 examples of each; the ordinary run with some.
"""

from __future__ import annotations

import json
import threading
from urllib.parse import unquote_to_bytes

import pytest
from conftest import api_for
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scripted import http, scripted

from tracking_client import ApiClient, ApiException, Configuration, File, OpenApiException
from tracking_client.service import running_service

ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
ANYTHING = st.text() | st.none() | st.integers() | st.binary() | st.sampled_from(["..", ".", "a/../b", "%2e%2e", "//"])
FIELDS = {"md5sum": st.text(), "filename": st.text(), "file-type": st.sampled_from(["vcf", "fastq", "bam"]) | st.text()}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def many(count: int):
    health_checks = list(HealthCheck)
    return settings(max_examples=count, derandomize=count <= 100, suppress_health_check=health_checks)


COUNTS = [pytest.param(100, id="some"), pytest.param(10_000, id="many", marks=pytest.mark.long)]


class Mirror:
    """A service that answers with what it is told to, and keeps the request lines."""

    def __init__(self) -> None:
        self.data = http()

    def __call__(self, connection) -> None:
        while connection.request():
            connection.send(self.data)
            if b"Connection: close" in self.data:
                return


@pytest.mark.parametrize("count", COUNTS)
def test_any_parameter(count):
    mirror = Mirror()
    mirror.data = b"HTTP/1.1 204 No Content\r\n\r\n"
    with scripted(mirror) as server:
        api = api_for(server.host, retries=0)

        @many(count)
        @given(ANYTHING, ANYTHING)
        def check(id_, md5sum):
            server.requests.clear()
            try:
                api.samples_id_files_md5sum_delete(ID, md5sum)
            except OpenApiException:
                assert server.requests == []
            else:
                path = server.requests[0].split(b" ")[1]
                assert path.startswith(f"/api/v1/samples/{ID}/files/".encode())
                segment = path.split(b"/")[6:]
                assert len(segment) == 1
                assert unquote_to_bytes(segment[0]) == str(md5sum).encode()
            server.requests.clear()
            try:
                api.samples_id_files_md5sum_delete(id_, "a")
            except OpenApiException:
                assert server.requests == []
            else:
                assert server.requests[0].split(b" ")[1] == f"/api/v1/samples/{id_}/files/a".encode()

        check()
        api.api_client.close()


@pytest.mark.parametrize("count", COUNTS)
def test_any_header(count):
    mirror = Mirror()
    with scripted(mirror) as server:

        @many(count)
        @given(ANYTHING, ANYTHING)
        def check(name, value):
            server.requests.clear()
            api = clients[0]
            before = dict(api.api_client.default_headers)
            try:
                api.api_client.set_default_header(name, value)
            except OpenApiException:
                assert dict(api.api_client.default_headers) == before
                return
            try:
                api.files_md5sum_get("a")
            except ApiException as error:
                # A header of the client's own that says otherwise than the request is (a length, say).
                assert error.status == 0
            else:
                head = server.requests[0].decode("latin-1").partition("\r\n\r\n")[0].split("\r\n")[1:]
                sent = [line for line in head if line.partition(":")[0] == name]
                assert sent == [f"{name}: {value}"]
            finally:
                del api.api_client.default_headers[name]
                api.api_client.user_agent = "test"

        clients = [api_for(server.host, retries=0, timeout=5)]
        check()
        clients[0].api_client.close()


@pytest.mark.parametrize("count", COUNTS)
def test_any_body(count):
    mirror = Mirror()
    file = st.fixed_dictionaries(FIELDS, optional={"other": JSON})
    bodies = (
        st.binary() | JSON.map(lambda value: json.dumps(value).encode()) | file.map(lambda f: json.dumps(f).encode())
    )
    headers = st.sampled_from(
        [
            [],
            ["Content-Encoding: gzip"],
            ["Content-Encoding: deflate"],
            ["Transfer-Encoding: chunked", "Connection: close"],
        ]
    )
    types = st.sampled_from(
        ["application/json", "text/html", "a/b; charset=utf-16", "a/b; charset=latin1", "x; charset=y"]
    )
    with scripted(mirror) as server:
        api = api_for(server.host, retries=0, timeout=5)

        @many(count)
        @given(bodies, headers, types, st.sampled_from(["200 OK", "201 Created", "404 Not Found", "500 x"]))
        def check(body, extra, content_type, status):
            mirror.data = http(body, status, f"Content-Type: {content_type}", *extra)
            try:
                got = api.files_md5sum_get("a")
            except ApiException as error:
                assert error.status in (0, int(status[:3]))
                assert error.status or extra
                assert len(str(error)) < 2000
            else:
                assert isinstance(got, File)
                assert all(type(value) is str for value in got.to_dict().values())
                if content_type == "application/json" and not extra:
                    kept = json.loads(body)
                    assert got.to_dict() == {
                        "md5sum": kept["md5sum"],
                        "filename": kept["filename"],
                        "file_type": kept["file-type"],
                    }

        check()
        api.api_client.close()


@pytest.mark.parametrize("count", COUNTS)
def test_any_bytes_for_an_answer(count):
    mirror = Mirror()
    heads = st.sampled_from(
        [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"HTTP/1.1 "]
    )
    with scripted(mirror) as server:
        api = api_for(server.host, retries=0, timeout=5)

        @many(count)
        @given(heads, st.binary())
        def check(head, rest):
            mirror.data = head + rest + b"\r\nConnection: close"
            try:
                assert isinstance(api.files_md5sum_get("a"), File)
            except ApiException as error:
                assert str(error)

        check()
        api.api_client.close()


@pytest.mark.parametrize("count", COUNTS)
def test_files_round_trip(count):
    """Any file that is taken is found again by its md5sum, listed, and deleted."""
    lock = threading.Lock()
    with running_service() as host, ApiClient(Configuration(host=host)) as api_client:
        api = api_for(host)
        sample, _, _ = api_client.call_api("/samples", "POST", body={}, response_type="object")

        @many(count // 10)
        @given(st.text(), st.text(), st.sampled_from(["vcf", "fastq"]))
        def check(md5sum, filename, file_type):
            with lock:
                file = File(md5sum, filename, file_type)
                try:
                    assert api.samples_id_files_post(sample["id"], file) == file
                except OpenApiException as error:
                    assert getattr(error, "status", 400) == 400
                    return
                assert api.files_md5sum_get(md5sum) == file
                assert api.samples_id_files_md5sum_get(sample["id"], md5sum) == file
                assert api.samples_id_files_get(sample["id"]) == [file]
                assert api.samples_id_files_md5sum_delete(sample["id"], md5sum) is None

        check()
        api.api_client.close()
