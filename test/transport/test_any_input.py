"""Whatever the input or the response, the caller gets a correct result or an `OpenApiException`.

Each test runs with 30 generated examples; ``pytest -m long`` runs it with 10,000.
"""

from __future__ import annotations

import json
from urllib.parse import parse_qs, unquote_to_bytes, urlsplit

import pytest
from clients import add_sample, api_for, client_for
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from scripted_server import Connection, http_response, scripted_server

from tracking_client import (
    ApiClient,
    ApiException,
    Configuration,
    Event,
    EventApi,
    File,
    OpenApiException,
    QcResult,
    QcResultApi,
    Sample,
    SampleApi,
)
from tracking_client.service import running_service

ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
ANY_VALUE = st.text() | st.none() | st.integers() | st.binary() | st.sampled_from(["..", ".", "a/../b", "%2e%2e", "//"])
FIELDS = {"md5sum": st.text(), "filename": st.text(), "file-type": st.sampled_from(["vcf", "fastq", "bam"]) | st.text()}
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def examples(count: int) -> settings:
    """Return settings for a number of examples: the same ones in each ordinary run, new ones in each long run."""
    return settings(max_examples=count, derandomize=count <= 30, suppress_health_check=list(HealthCheck))


COUNTS = [pytest.param(30, id="short"), pytest.param(10_000, id="long", marks=pytest.mark.long)]


class Responder:
    """An action that responds with the bytes in its attribute ``data``, and closes the connection if they say so."""

    def __init__(self, data: bytes = b"") -> None:
        self.data = data or http_response()

    def __call__(self, connection: Connection) -> None:
        while connection.request():
            connection.send(self.data)
            if b"Connection: close" in self.data:
                return


@pytest.mark.parametrize("count", COUNTS)
def test_any_path_parameter_is_rejected_or_one_path_segment(count):
    with scripted_server(Responder(b"HTTP/1.1 204 No Content\r\n\r\n")) as server:
        api = api_for(server.host, retries=0)

        @examples(count)
        @given(ANY_VALUE, ANY_VALUE)
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
def test_any_event_id_is_rejected_or_one_path_segment(count):
    with scripted_server(Responder(b"HTTP/1.1 204 No Content\r\n\r\n")) as server, client_for(server.host) as client:
        api = EventApi(client)

        @examples(count)
        @given(ANY_VALUE)
        def check(event_id):
            server.requests.clear()
            try:
                api.samples_id_events_event_id_delete(ID, event_id)
            except OpenApiException:
                assert server.requests == []
            else:
                segments = server.requests[0].split(b" ")[1].split(b"/")
                assert segments[:-1] == f"/api/v1/samples/{ID}/events".encode().split(b"/")
                assert unquote_to_bytes(segments[-1]) == str(event_id).encode()

        check()


@pytest.mark.parametrize("count", COUNTS)
def test_any_filter_is_rejected_or_sent_unchanged(count):
    with scripted_server(Responder(http_response(b"[]"))) as server, client_for(server.host) as client:
        api = SampleApi(client)

        @examples(count)
        @given(ANY_VALUE, ANY_VALUE)
        def check(experiment_id, isolate_id):
            server.requests.clear()
            try:
                api.samples_get(experiment_id=experiment_id, isolate_id=isolate_id)
            except OpenApiException:
                assert server.requests == []
            else:
                target = urlsplit(server.requests[0].split(b" ")[1].decode())
                assert target.path == "/api/v1/samples"
                filters = {"experiment_id": experiment_id, "isolate_id": isolate_id}
                expected = {name: [value] for name, value in filters.items() if value is not None}
                assert parse_qs(target.query, keep_blank_values=True) == expected

        check()


@pytest.mark.parametrize("count", COUNTS)
def test_any_request_header_is_rejected_or_sent_unchanged(count):
    with scripted_server(Responder()) as server:
        api = api_for(server.host, retries=0, timeout=5)

        @examples(count)
        @given(ANY_VALUE, ANY_VALUE)
        def check(name, value):
            server.requests.clear()
            before = dict(api.api_client.default_headers)
            try:
                api.api_client.set_default_header(name, value)
            except OpenApiException:
                assert dict(api.api_client.default_headers) == before
                return
            try:
                api.files_md5sum_get("a")
            except ApiException as error:
                # The header contradicts the request, for example Content-Length.
                assert error.status == 0
            else:
                lines = server.requests[0].decode("latin-1").partition("\r\n\r\n")[0].split("\r\n")[1:]
                sent = [line for line in lines if line.partition(":")[0] == name]
                assert sent == [f"{name}: {value}"]
            finally:
                del api.api_client.default_headers[name]
                api.api_client.user_agent = "test"

        check()
        api.api_client.close()


@pytest.mark.parametrize("count", COUNTS)
def test_any_response_body_is_a_file_or_an_error(count):
    responder = Responder()
    file = st.fixed_dictionaries(FIELDS, optional={"other": ANY_JSON})
    bodies = (
        st.binary()
        | ANY_JSON.map(lambda value: json.dumps(value).encode())
        | file.map(lambda fields: json.dumps(fields).encode())
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
    with scripted_server(responder) as server:
        api = api_for(server.host, retries=0, timeout=20)

        @examples(count)
        @given(bodies, headers, types, st.sampled_from(["200 OK", "201 Created", "404 Not Found", "500 x"]))
        def check(body, extra, content_type, status):
            responder.data = http_response(body, status, f"Content-Type: {content_type}", *extra)
            try:
                file = api.files_md5sum_get("a")
            except ApiException as error:
                assert error.status in (0, int(status[:3]))
                assert error.status or extra
                assert len(str(error)) < 2000
            else:
                assert isinstance(file, File)
                assert all(type(value) is str for value in file.to_dict().values())
                if content_type == "application/json" and not extra:
                    sent = json.loads(body)
                    assert file.to_dict() == {
                        "md5sum": sent["md5sum"],
                        "filename": sent["filename"],
                        "file_type": sent["file-type"],
                    }

        check()
        api.api_client.close()


@pytest.mark.parametrize("count", COUNTS)
def test_any_bytes_in_response_are_a_file_or_an_error(count):
    responder = Responder()
    starts = st.sampled_from(
        [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"HTTP/1.1 "]
    )
    with scripted_server(responder) as server:
        api = api_for(server.host, retries=0, timeout=20)

        @examples(count)
        @given(starts, st.binary())
        def check(start, rest):
            responder.data = start + rest + b"\r\nConnection: close"
            try:
                assert isinstance(api.files_md5sum_get("a"), File)
            except ApiException as error:
                assert str(error)

        check()
        api.api_client.close()


@pytest.mark.parametrize("count", COUNTS)
def test_any_accepted_file_is_returned_unchanged(count):
    """Any file that is accepted is then found by its md5sum, listed, and deleted."""
    with running_service() as host, ApiClient(Configuration(host=host)) as api_client:
        api = api_for(host)
        sample_id = add_sample(api_client)

        @examples(count // 10)
        @given(st.text(), st.text(), st.sampled_from(["vcf", "fastq"]))
        def check(md5sum, filename, file_type):
            # The service stores such a file, but cannot find it: its paths contain no slash, even an escaped one.
            assume(md5sum and "/" not in md5sum)
            file = File(md5sum, filename, file_type)
            try:
                assert api.samples_id_files_post(sample_id, file) == file
            except OpenApiException as error:
                assert getattr(error, "status", 400) == 400
                return
            assert api.files_md5sum_get(md5sum) == file
            assert api.samples_id_files_md5sum_get(sample_id, md5sum) == file
            assert api.samples_id_files_get(sample_id) == [file]
            assert api.samples_id_files_md5sum_delete(sample_id, md5sum) is None

        check()
        api.api_client.close()


@pytest.mark.parametrize("count", COUNTS)
def test_any_accepted_sample_is_returned_unchanged(count):
    with running_service() as host, client_for(host) as client:
        api = SampleApi(client)

        @examples(count // 10)
        @given(st.none() | st.text(), st.none() | st.text(), st.none() | st.uuids().map(str))
        def check(experiment_id, isolate_id, id_):
            try:
                created = api.samples_post(Sample(experiment_id, isolate_id, id_))
            except OpenApiException as error:
                assert getattr(error, "status", 400) in (400, 500)
                return
            assert created == Sample(experiment_id, isolate_id, id_ or created.id)
            assert api.samples_id_get(created.id) == created
            assert api.samples_get(experiment_id=experiment_id, isolate_id=isolate_id) == [created]
            assert api.samples_id_delete(created.id) is None

        check()


@pytest.mark.parametrize("count", COUNTS)
def test_any_accepted_event_and_qc_result_are_returned_unchanged(count):
    with running_service() as host, client_for(host) as client:
        sample_id = add_sample(client)
        numbers = st.integers(-(2**31), 2**31 - 1)

        @examples(count // 10)
        @given(st.text(), st.text(), st.floats(), numbers, numbers)
        def check(software, command, number, duration, snps):
            qc_result = QcResult(number, snps, "passed")
            event = Event(None, "QC", software, "", number, duration, command)
            try:
                added = EventApi(client).samples_id_events_post(sample_id, event)
                assert QcResultApi(client).samples_id_qc_result_put(sample_id, qc_result) == qc_result
            except OpenApiException as error:
                assert getattr(error, "status", 400) in (400, 500)
                return
            assert added == Event(**{**event.to_dict(), "id": added.id})
            assert EventApi(client).samples_id_events_event_id_get(sample_id, added.id) == added
            assert EventApi(client).samples_id_events_event_id_delete(sample_id, added.id) is None
            assert QcResultApi(client).samples_id_qc_result_get(sample_id) == qc_result

        check()
