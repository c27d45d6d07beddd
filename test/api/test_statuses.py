"""What each method returns or raises for each status of its endpoint. The package `responses` mocks the responses."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import responses
from endpoints import ENDPOINTS, FILE, SUFFIX, Endpoint, endpoint_of
from session_pool import client_over_session

import tracking_client
from tracking_client import (
    ApiClient,
    ApiException,
    ApiResponseError,
    BadRequestException,
    ConflictException,
    Error,
    FileApi,
    ForbiddenException,
    NotFoundException,
    ServiceException,
    UnauthorizedException,
    UnprocessableEntityException,
)

HOST = "http://tracking.example/api/v1"
MD5SUM = FILE.md5sum

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


ENDPOINT_PARAMS = [pytest.param(endpoint, id=endpoint.name) for endpoint in ENDPOINTS]


@pytest.fixture
def api_client() -> Iterator[ApiClient]:
    with client_over_session(HOST) as api_client:
        api_client.configuration.retries = 0  # otherwise 502, 503 and 504 would be retried
        yield api_client


@pytest.fixture
def api(api_client) -> FileApi:
    return FileApi(api_client)


def mock(endpoint: Endpoint, status: int, body: object, headers: dict[str, str]) -> None:
    """Have `responses` respond to an endpoint. The body is JSON; None for no body."""
    path, _, query = endpoint.target.partition("?")
    match = [responses.matchers.query_string_matcher(query)]
    content = {} if body is None else {"json": body}
    responses.add(endpoint.method, HOST + path, status=status, headers=headers, match=match, **content)


@responses.activate
@pytest.mark.parametrize("endpoint", ENDPOINT_PARAMS)
def test_success_returns_the_result(api_client, endpoint):
    mock(endpoint, endpoint.status, endpoint.received, {"Location": f"{HOST}/somewhere"})
    api = endpoint.api_class(api_client)

    assert getattr(api, endpoint.name)(**endpoint.arguments) == endpoint.result

    data, status, headers = getattr(api, endpoint.name + SUFFIX)(**endpoint.arguments)
    assert (data, status) == (endpoint.result, endpoint.status)
    assert type(data) is type(endpoint.result)
    assert headers["location"] == headers["LOCATION"] == f"{HOST}/somewhere"

    assert len(responses.calls) == 2
    for call in responses.calls:
        assert call.request.url == HOST + endpoint.target
        assert call.request.headers["Accept"] == "application/json"
        assert call.request.headers["User-Agent"] == f"tracking_client/{tracking_client.__version__}/python"
        if endpoint.method in ("POST", "PUT", "PATCH"):
            assert call.request.headers["Content-Type"] == "application/json"
            assert json.loads(call.request.body) == endpoint.sent is not None
        else:
            assert call.request.body is None
            assert "Content-Type" not in call.request.headers


OF_EACH_METHOD = {endpoint.method: endpoint for endpoint in ENDPOINTS}.values()


@responses.activate
@pytest.mark.parametrize(
    ("endpoint", "suffix", "status"),
    [
        *((endpoint, suffix, 404) for endpoint in ENDPOINTS for suffix in ("", SUFFIX)),
        *((endpoint, "", status) for endpoint in OF_EACH_METHOD for status in ERRORS if status != 404),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_error_status_raises_its_exception(api_client, endpoint, suffix, status):
    has_body = endpoint.method != "HEAD"  # RFC 9110, section 9.3.2
    body = {"code": status, "message": "a message"} if has_body else None
    mock(endpoint, status, body, {"X-A": "b"} if has_body else {"X-A": "b", "Content-Type": "application/json"})

    with pytest.raises(ApiException) as caught:
        getattr(endpoint.api_class(api_client), endpoint.name + suffix)(**endpoint.arguments)

    error = caught.value
    url = HOST + endpoint.target
    assert type(error) is ERRORS[status]
    assert (error.status, error.method, error.url) == (status, endpoint.method, url)
    assert error.args == (status, error.reason)
    assert error.headers["x-a"] == "b"
    is_write = endpoint.method not in ("GET", "HEAD")
    lines = str(error).splitlines()
    if is_write and status in (500, 502, 504):
        assert lines.pop() == "outcome unknown: the request may have been processed"
    assert lines[0].startswith(f"({status})")
    if has_body:
        assert error.error == Error(status, "a message")
        assert json.loads(error.body) == body
        assert lines[1:] == [f"{endpoint.method} {url}", "a message"]
    else:
        assert (error.error, error.body) == (None, "")
        assert lines[1:] == [f"{endpoint.method} {url}"]


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
    endpoint = endpoint_of(name)
    responses.add(endpoint.method, HOST + endpoint.target, status=endpoint.status, body=body)
    with pytest.raises(ApiResponseError) as caught:
        getattr(api, name)(**endpoint.arguments)
    error = caught.value
    assert (error.status, error.method, error.url) == (endpoint.status, endpoint.method, HOST + endpoint.target)
    assert len(str(error)) < 1000
    assert error.__cause__ is not None


RETURNING = [pytest.param(endpoint, id=endpoint.name) for endpoint in ENDPOINTS if endpoint.result is not None]


@responses.activate
@pytest.mark.parametrize("endpoint", RETURNING)
def test_success_of_another_type_raises_response_error(api_client, endpoint):
    for wrong in ("null", "7", '"text"', "{", "", "[[]]", "[null]", '{"decision": 7, "id": 7.5}'):
        responses.upsert(endpoint.method, HOST + endpoint.target.partition("?")[0], status=endpoint.status, body=wrong)
        with pytest.raises(ApiResponseError) as caught:
            getattr(endpoint.api_class(api_client), endpoint.name)(**endpoint.arguments)
        assert caught.value.status == endpoint.status


@responses.activate
@pytest.mark.parametrize("endpoint", RETURNING)
def test_unknown_keys_are_ignored(api_client, endpoint):
    def newer(value):
        return [newer(each) for each in value] if isinstance(value, list) else {**value, "new": {"a": [1]}}

    mock(endpoint, endpoint.status, newer(endpoint.received), {})
    assert getattr(endpoint.api_class(api_client), endpoint.name)(**endpoint.arguments) == endpoint.result
