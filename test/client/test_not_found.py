"""`NotFoundException` means that the service itself says so, and a success is about what was asked."""

from __future__ import annotations

import enum
import hashlib
import json
import uuid

import pytest
from clients import api_for, client_for
from endpoints import (
    ENDPOINTS,
    EVENT,
    EVENT_JSON,
    FILE,
    FILE_JSON,
    ID,
    MD5SUM,
    SAMPLE,
    SAMPLE_JSON,
    Endpoint,
    endpoint_of,
)
from scripted_server import http_response, respond, scripted_server

from tracking_client import (
    ApiResponseError,
    ApiTypeError,
    ApiValueError,
    EventApi,
    File,
    NotFoundException,
    SampleApi,
)


def json_of(value):
    return json.dumps(value).encode()


OWN = b'{"code": 404, "message": "Not found"}'

OTHER_404 = {
    "unknown path": http_response(
        b'{"title": "Not Found", "status": 404, "detail": "The requested URL was not found", "type": "about:blank"}',
        "404 NOT FOUND",
        "Content-Type: application/problem+json",
    ),
    "problem as JSON": http_response(b'{"title": "Not Found", "status": 404}', "404 NOT FOUND"),
    "default backend": http_response(b"default backend - 404", "404 Not Found", "Content-Type: text/plain"),
    "empty": http_response(b"", "404 Not Found"),
    "html": http_response(b"<html>404</html>", "404 Not Found", "Content-Type: text/html"),
    "other JSON": http_response(b'{"message": "no Route matched with those values"}', "404 Not Found"),
    "other code": http_response(b'{"code": 5, "message": "not found"}', "404 Not Found"),
    "list": http_response(b"[]", "404 Not Found"),
    "text": http_response(b'"Not found"', "404 Not Found"),
    "service's body as html": http_response(OWN, "404 Not Found", "Content-Type: text/html"),
    "truncated": http_response(OWN[:20], "404 Not Found"),
}


@pytest.mark.parametrize(
    ("endpoint", "response"),
    [
        *(pytest.param(endpoint_of("files_md5sum_get"), each, id=name) for name, each in OTHER_404.items()),
        *(pytest.param(each, OTHER_404["html"], id=each.name) for each in ENDPOINTS if each.method != "HEAD"),
    ],
)
def test_404_of_another_server_is_a_response_error(endpoint: Endpoint, response: bytes):
    with scripted_server(respond(response)) as server, client_for(server.host) as api_client:
        with pytest.raises(ApiResponseError) as caught:
            getattr(endpoint.api_class(api_client), endpoint.name)(**endpoint.arguments)
        assert caught.value.status == 404
        assert not caught.value.temporary
        assert "/api/v1" in str(caught.value)
        assert "gateway" in str(caught.value)


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON ;charset=utf-8"]
)
def test_404_of_the_service_is_not_found(content_type):
    response = http_response(OWN, "404 NOT FOUND", f"Content-Type: {content_type}")
    with scripted_server(respond(response)) as server, pytest.raises(NotFoundException) as caught:
        api_for(server.host).files_md5sum_get(MD5SUM)
    assert caught.value.hint is None


@pytest.mark.parametrize(
    ("content_type", "error"),
    [("application/json", NotFoundException), ("text/html", ApiResponseError), ("text/plain", ApiResponseError)],
)
def test_content_type_decides_for_head(content_type, error):
    response = http_response(b"", "404 NOT FOUND", f"Content-Type: {content_type}")
    with scripted_server(respond(response)) as server, pytest.raises(error):
        SampleApi(client_for(server.host)).samples_id_head(ID)


def test_host_without_the_path_of_the_api_is_not_not_found(host):
    with pytest.raises(ApiResponseError, match="check the path of the host") as caught:
        api_for(host.removesuffix("/api/v1")).files_md5sum_get(MD5SUM)
    assert caught.value.status == 404


# What is no md5sum


class Column:
    """Stands for a value of a data frame that is not text."""

    def __str__(self):
        return MD5SUM


NO_TEXT = [float("nan"), 7, True, b"a", FILE, Column(), hashlib.md5(b"").hexdigest, [MD5SUM], uuid.uuid4()]


@pytest.mark.parametrize("validate", [True, False])
@pytest.mark.parametrize("value", NO_TEXT, ids=lambda value: type(value).__name__)
def test_md5sum_must_be_text(value, validate):
    with scripted_server(respond()) as server:
        api = api_for(server.host, client_side_validation=validate)
        calls = [
            lambda: api.files_md5sum_get(value),
            lambda: api.samples_id_files_md5sum_get(ID, value),
            lambda: api.samples_id_files_md5sum_delete(ID, value),
            lambda: api.samples_id_files_md5sum_delete_with_http_info(ID, value, async_req=True),
            lambda: api.samples_id_files_post(ID, {"md5sum": value, "filename": "a.vcf", "file_type": "vcf"}),
        ]
        for call in calls:
            with pytest.raises(ApiTypeError, match="md5sum"):
                call()
        assert server.connections == 0


@pytest.mark.parametrize("validate", [True, False])
@pytest.mark.parametrize(
    "value",
    ["/x", "a/b", "a/", "a\nb", "a\n", "\x00", "a\x7f", "a\x80", "a\x9fb", "\x85", "\ud800", "", " ", ".", ".."],
)
def test_md5sum_that_leads_elsewhere_is_rejected(value, validate):
    with scripted_server(respond()) as server:
        api = api_for(server.host, client_side_validation=validate)
        calls = [
            lambda: api.files_md5sum_get(value),
            lambda: api.samples_id_files_md5sum_get(ID, value),
            lambda: api.samples_id_files_md5sum_delete(ID, value),
            lambda: api.samples_id_files_post(ID, {"md5sum": value, "filename": "a.vcf", "file_type": "vcf"}),
        ]
        for call in calls:
            with pytest.raises(ApiValueError, match="md5sum"):
                call()
        assert server.connections == 0


@pytest.mark.parametrize("value", ["/x", "a/b", "a\n", "\x00"])
def test_id_that_leads_elsewhere_is_rejected_without_validation(value):
    with scripted_server(respond()) as server:
        api_client = client_for(server.host, client_side_validation=False)
        for call in (SampleApi(api_client).samples_id_get, SampleApi(api_client).samples_id_delete):
            with pytest.raises(ApiValueError, match="id"):
                call(value)
        assert server.connections == 0


class Text(str):
    """A subclass whose text differs from what `str` returns."""

    def __str__(self):
        return "other"


class Known(str, enum.Enum):
    ISOLATE = MD5SUM


@pytest.mark.parametrize("value", [Text(MD5SUM), Known.ISOLATE])
def test_md5sum_of_a_subclass_of_str_is_the_text_that_it_holds(value):
    with scripted_server(respond(http_response(json_of(FILE_JSON)))) as server:
        assert api_for(server.host).files_md5sum_get(value) == FILE
        assert f"/files/{MD5SUM} HTTP".encode() in server.requests[0]


@pytest.mark.parametrize(
    "value",
    [
        MD5SUM.upper(),
        "\ufeff" + MD5SUM,
        MD5SUM + " ",
        MD5SUM[:31],
        hashlib.sha256(b"").hexdigest(),
        f"{MD5SUM}  isolate.vcf",
        f"{MD5SUM};{MD5SUM}",
        "nan",
    ],
)
def test_not_found_says_that_a_text_is_no_md5sum(value):
    with scripted_server(respond(http_response(OWN, "404 NOT FOUND"))) as server:
        api = api_for(server.host)
        calls = [
            lambda: api.files_md5sum_get(value),
            lambda: api.files_md5sum_get(value, async_req=True).get(),
            lambda: api.samples_id_files_md5sum_delete(ID, value),
        ]
        for call in calls:
            with pytest.raises(NotFoundException, match="is not an md5sum") as caught:
                call()
            assert ascii(value) in str(caught.value)


# A success about another resource


OTHER_FILES = [
    {**FILE_JSON, "md5sum": "0" * 32},
    {**FILE_JSON, "md5sum": MD5SUM.upper()},
    {**FILE_JSON, "md5sum": MD5SUM + " "},
]


@pytest.mark.parametrize("other", OTHER_FILES, ids=lambda other: other["md5sum"])
def test_success_about_another_file_is_an_error(other):
    with scripted_server(respond(http_response(json_of(other)))) as server:
        api = api_for(server.host)
        calls = [
            lambda: api.files_md5sum_get(MD5SUM),
            lambda: api.files_md5sum_get_with_http_info(MD5SUM),
            lambda: api.files_md5sum_get(MD5SUM, async_req=True).get(),
            lambda: api.samples_id_files_md5sum_get(ID, MD5SUM),
            lambda: api.samples_id_files_post(ID, FILE),
            lambda: api.samples_id_files_post(ID, FILE_JSON),
        ]
        for call in calls:
            with pytest.raises(ApiResponseError, match=f"md5sum is {other['md5sum']!r}, not {MD5SUM!r}") as caught:
                call()
            assert caught.value.method in ("GET", "POST")
            assert not caught.value.temporary


def test_success_about_another_sample_is_an_error():
    other = {**SAMPLE_JSON, "id": str(uuid.uuid4())}
    with scripted_server(respond(http_response(json_of(other)))) as server:
        api = SampleApi(client_for(server.host))
        for call in (lambda: api.samples_id_get(ID), lambda: api.samples_id_patch(ID, SAMPLE)):
            with pytest.raises(ApiResponseError, match=f"id is {other['id']!r}"):
                call()
        assert api.samples_post(SAMPLE).id == other["id"]  # a service may choose the id itself


def test_case_of_the_id_of_a_sample_has_no_meaning():
    with scripted_server(respond(http_response(json_of(SAMPLE_JSON)))) as server:
        assert SampleApi(client_for(server.host)).samples_id_get(ID.upper()) == SAMPLE
    with scripted_server(respond(http_response(json_of({**SAMPLE_JSON, "id": ID.upper()})))) as server:
        assert SampleApi(client_for(server.host)).samples_id_get(ID).id == ID.upper()


def test_md5sums_in_upper_and_lower_case_are_two_files(api, sample_id):
    lower, upper = (File(md5sum, "isolate.vcf", "vcf") for md5sum in (MD5SUM, MD5SUM.upper()))
    for file in (lower, upper):
        assert api.samples_id_files_post(sample_id, file) == file
    assert api.files_md5sum_get(MD5SUM.upper()) == upper


def test_success_about_another_event_is_an_error():
    with scripted_server(respond(http_response(json_of(EVENT_JSON)))) as server:
        api = EventApi(client_for(server.host))
        for same in (7, "7", "07", "+7", " 7"):
            assert api.samples_id_events_event_id_get(ID, same) == EVENT
        for other in (8, "70", "77"):
            with pytest.raises(ApiResponseError, match="event_id is 7"):
                api.samples_id_events_event_id_get(ID, other)
