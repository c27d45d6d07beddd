"""What each method returns or raises for each status of its endpoint. The package `responses` mocks the responses."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import responses
from session_pool import client_over_session

import tracking_client
from tracking_client import (
    ApiException,
    BadRequestException,
    ConflictException,
    Error,
    File,
    FileApi,
    ForbiddenException,
    NotFoundException,
    ServiceException,
    UnauthorizedException,
    UnprocessableEntityException,
)

HOST = "http://tracking.example/api/v1"
ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
MD5SUM = "9e107d9d372bb6826bd81d3542a419d6"
FILE = File(MD5SUM, "isolate.vcf", "vcf")
FILE_JSON = {"md5sum": MD5SUM, "filename": "isolate.vcf", "file-type": "vcf"}

# method name, arguments, HTTP method, path, status of a success, its JSON body, the result
ENDPOINTS = [
    ("files_md5sum_get", (MD5SUM,), "GET", f"/files/{MD5SUM}", 200, FILE_JSON, FILE),
    ("samples_id_files_get", (ID,), "GET", f"/samples/{ID}/files", 200, [FILE_JSON], [FILE]),
    ("samples_id_files_md5sum_delete", (ID, MD5SUM), "DELETE", f"/samples/{ID}/files/{MD5SUM}", 204, None, None),
    ("samples_id_files_md5sum_get", (ID, MD5SUM), "GET", f"/samples/{ID}/files/{MD5SUM}", 200, FILE_JSON, FILE),
    ("samples_id_files_post", (ID, FILE), "POST", f"/samples/{ID}/files", 201, FILE_JSON, FILE),
]
NAMES = [endpoint[0] for endpoint in ENDPOINTS]

ERRORS = {
    400: BadRequestException,
    401: UnauthorizedException,
    403: ForbiddenException,
    404: NotFoundException,
    409: ConflictException,
    418: ApiException,
    422: UnprocessableEntityException,
    500: ServiceException,
    502: ServiceException,
    503: ServiceException,
    504: ServiceException,
}


@pytest.fixture
def api() -> Iterator[FileApi]:
    with client_over_session(HOST) as api_client:
        api_client.configuration.retries = 0  # otherwise 502, 503 and 504 would be retried
        yield FileApi(api_client)


@responses.activate
@pytest.mark.parametrize(("name", "arguments", "method", "path", "status", "body", "expected"), ENDPOINTS, ids=NAMES)
def test_success_returns_the_result(api, name, arguments, method, path, status, body, expected):
    location = {"Location": f"{HOST}/somewhere"}
    if body is None:
        responses.add(method, HOST + path, status=status, headers=location)
    else:
        responses.add(method, HOST + path, status=status, json=body, headers=location)

    assert getattr(api, name)(*arguments) == expected

    data, got_status, headers = getattr(api, f"{name}_with_http_info")(*arguments)
    assert (data, got_status) == (expected, status)
    assert headers["location"] == headers["LOCATION"] == f"{HOST}/somewhere"

    for call in responses.calls:
        assert call.request.headers["Accept"] == "application/json"
        assert call.request.headers["User-Agent"] == f"tracking_client/{tracking_client.__version__}/python"
        if method == "POST":
            assert call.request.headers["Content-Type"] == "application/json"
            assert json.loads(call.request.body) == FILE_JSON
        else:
            assert call.request.body is None
            assert "Content-Type" not in call.request.headers


@responses.activate
@pytest.mark.parametrize("status", ERRORS)
@pytest.mark.parametrize(("name", "arguments", "method", "path"), [row[:4] for row in ENDPOINTS], ids=NAMES)
def test_error_status_raises_its_exception(api, name, arguments, method, path, status):
    responses.add(
        method, HOST + path, status=status, json={"code": status, "message": "a message"}, headers={"X-A": "b"}
    )

    with pytest.raises(ApiException) as caught:
        getattr(api, name)(*arguments)

    error = caught.value
    assert type(error) is ERRORS[status]
    assert (error.status, error.method, error.url) == (status, method, HOST + path)
    assert error.error == Error(status, "a message")
    assert json.loads(error.body) == {"code": status, "message": "a message"}
    assert error.headers["x-a"] == "b"
    is_write = method in ("POST", "DELETE")
    lines = str(error).splitlines()
    if is_write and status in (502, 504):
        assert lines.pop() == "outcome unknown: the request may have been processed"
    assert lines[0].startswith(f"({status})")
    assert lines[1:] == [f"{method} {HOST}{path}", "a message"]


@responses.activate
def test_problem_details_are_parsed_as_an_error(api):
    detail = "'bam' is not one of ['fastq', 'vcf'] - 'file-type'"
    problem = {"type": "about:blank", "title": "Bad Request", "status": 400, "detail": detail}
    responses.add(
        "GET", f"{HOST}/files/{MD5SUM}", status=400, body=json.dumps(problem), content_type="application/problem+json"
    )
    with pytest.raises(BadRequestException) as caught:
        api.files_md5sum_get(MD5SUM)
    assert caught.value.error == Error(400, detail)
    assert str(caught.value).endswith(detail)


@responses.activate
@pytest.mark.parametrize(
    "body", ["", "<html>Bad Gateway</html>", b"\xff\xfe\x00", "[]", "null", '{"a": 1}', "[" * 100000]
)
def test_error_status_with_another_body_raises_without_an_error_model(api, body):
    responses.add("GET", f"{HOST}/files/{MD5SUM}", status=502, body=body, content_type="text/html")
    with pytest.raises(ServiceException) as caught:
        api.files_md5sum_get(MD5SUM)
    assert caught.value.status == 502
    assert caught.value.error is None
    assert isinstance(caught.value.body, str)
    assert str(caught.value).startswith("(502)")
    assert len(str(caught.value)) < 1000


@responses.activate
@pytest.mark.parametrize(
    "body",
    [
        "<html>Sign in to the network</html>",
        "",
        "{",
        "null",
        "[]",
        '"text"',
        "{}",
        '{"md5sum": "a", "filename": "b"}',
        '{"md5sum": 1, "filename": "b", "file-type": "vcf"}',
        '{"md5sum": null, "filename": "b", "file-type": "vcf"}',
        b'{"md5sum": "\xff", "filename": "b", "file-type": "vcf"}',
        "[" * 100000,
    ],
)
@pytest.mark.parametrize("name", ["files_md5sum_get", "samples_id_files_post"])
def test_success_with_invalid_body_raises_response_error(api, name, body):
    _, arguments, method, path, status, _, _ = ENDPOINTS[NAMES.index(name)]
    responses.add(method, HOST + path, status=status, body=body)
    with pytest.raises(tracking_client.ApiResponseError) as caught:
        getattr(api, name)(*arguments)
    assert (caught.value.status, caught.value.method, caught.value.url) == (status, method, HOST + path)
    assert len(str(caught.value)) < 1000
    assert caught.value.__cause__ is not None
