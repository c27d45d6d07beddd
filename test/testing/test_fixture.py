"""The service of the fixture `tracking_service`: what it records, and faults on real connections."""

from __future__ import annotations

import http.client
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from clients import api_for, client_for
from service_connection import ALREADY_EXISTED, FILE, Connection, post_request, send_raw

import tracking_client
from tracking_client.testing.fixture import running_fixture

MD5SUM = FILE["md5sum"]

pytestmark = pytest.mark.once


@pytest.fixture
def service():
    with running_fixture() as service:
        yield service


@pytest.fixture
def connection(service):
    with Connection(service.host) as connection:
        yield connection


def asked(service) -> list[str]:
    return [str(request) for request in service.requests]


def test_client_gets_over_errors_that_end(service, delays):
    service.fail("GET /files/*", status=503, times=2)
    with pytest.raises(tracking_client.NotFoundException):
        api_for(service.host).files_md5sum_get(MD5SUM)
    assert asked(service) == [f"GET /files/{MD5SUM}"] * 3
    assert len(delays) == 2


def test_failed_request_is_not_processed(service, connection):
    service.fail("POST /samples", status=500)
    status, headers, error = connection.request("POST", "/samples", {})
    assert (status, error) == (500, {"code": 500, "message": "Internal Server Error"})
    assert headers["Retry-After"] is None
    assert connection.request("GET", "/samples")[2] == []


def test_error_can_say_when_to_retry(service, connection):
    service.fail("GET /samples", status=429, retry_after=7)
    status, headers, _ = connection.request("GET", "/samples")
    assert (status, headers["Retry-After"]) == (429, "7")


def test_failed_head_request_keeps_the_connection_in_sync(service, connection):
    id_ = service.sample()
    service.fail("HEAD /samples/*", status=404)
    assert connection.request("HEAD", f"/samples/{id_}")[0] == 404
    assert connection.request("HEAD", f"/samples/{id_}")[0] == 200


def test_request_whose_response_is_dropped_is_processed(service):
    service.drop_response("POST /samples")
    assert send_raw(service.host, post_request("/samples", b"{}")) == b""
    assert send_raw(service.host, post_request("/samples", b"{}")).startswith(b"HTTP/1.1 201")
    with Connection(service.host) as connection:
        assert len(connection.request("GET", "/samples")[2]) == 2


def test_dropped_response_closes_the_connection(service, connection):
    service.drop_response("GET /samples")
    with pytest.raises(http.client.RemoteDisconnected):
        connection.request("GET", "/samples")


def test_client_recovers_from_a_dropped_response(service, delays):
    id_ = service.sample()
    service.drop_response("POST /samples/*/files")
    file = api_for(service.host).samples_id_files_post(id_, tracking_client.File(MD5SUM, "isolate.vcf", "vcf"))
    assert file.md5sum == MD5SUM
    assert asked(service)[0] == f"POST /samples/{id_}/files"
    assert len(asked(service)) > 1


def test_client_without_retries_reports_a_dropped_response(service):
    service.drop_response("GET /files/*")
    with pytest.raises(tracking_client.ApiConnectionError):
        api_for(service.host, retries=0).files_md5sum_get(MD5SUM)


def test_delays_on_several_connections_pass_at_the_same_time(service):
    def get(_: int) -> float:
        started = time.monotonic()
        with Connection(service.host) as connection:
            assert connection.request("GET", "/samples")[0] == 200
        return time.monotonic() - started

    service.delay("GET /samples", seconds=1)
    started = time.monotonic()
    with ThreadPoolExecutor(20) as threads:
        durations = list(threads.map(get, range(20)))
    assert min(durations) >= 0.99
    assert time.monotonic() - started < 15


def test_delay_ends_after_its_times(service, connection):
    service.delay("GET /samples", seconds=0.5, times=1)
    durations = []
    for _ in range(2):
        started = time.monotonic()
        connection.request("GET", "/samples")
        durations.append(time.monotonic() - started)
    assert durations[0] >= 0.49
    assert durations[1] < durations[0]


def test_delayed_request_is_processed_although_the_client_gives_up(service):
    service.delay("POST /samples", seconds=0.5)
    with client_for(service.host, retries=0) as api_client, pytest.raises(tracking_client.ApiTimeoutError):
        tracking_client.SampleApi(api_client).samples_post({}, _request_timeout=0.1)
    service.recover()
    deadline = time.monotonic() + 20
    with Connection(service.host) as connection:
        while not connection.request("GET", "/samples")[2]:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_end_of_the_test_ends_delays():
    with running_fixture() as service:
        service.delay("GET /files/*", seconds=1000)
        with pytest.raises(tracking_client.ApiTimeoutError):
            api_for(service.host).files_md5sum_get(MD5SUM, _request_timeout=0.2)
        ended = time.monotonic()
    assert time.monotonic() - ended < 4
    with pytest.raises(ConnectionRefusedError):
        Connection(service.host).request("GET", "/samples")


def test_parallel_requests_share_the_times_of_a_fault(service):
    def status(_: int) -> int:
        with Connection(service.host) as connection:
            return connection.request("GET", "/samples")[0]

    service.fail("GET /samples", status=502, times=7)
    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(status, range(40)))
    assert sorted(statuses) == [200] * 33 + [502] * 7


def test_faults_happen_in_the_order_in_which_they_were_added(service, connection):
    service.fail("GET /samples", status=500, times=2)
    service.fail("GET *", status=503, times=None)
    service.delay("GET /samples", seconds=0.01, times=1)
    assert [connection.request("GET", "/samples")[0] for _ in range(4)] == [500, 500, 503, 503]
    service.recover()
    assert connection.request("GET", "/samples")[0] == 200


@pytest.mark.parametrize(
    ("pattern", "method", "path", "matches"),
    [
        ("POST /samples/*", "POST", "/samples/{id}/files", True),
        ("POST /samples/*", "POST", "/samples", False),
        ("POST /samples/*/files", "POST", "/samples/{id}/files", True),
        ("POST /samples/{id}/files", "POST", "/samples/{id}/files", True),
        ("GET /samples/{id}", "GET", "/samples/{id}", True),
        ("GET /samples/{id}", "GET", "/samples/{id}/files", False),
        ("GET /samples/*", "HEAD", "/samples/{id}", False),
        ("* /samples/*", "HEAD", "/samples/{id}", True),
        ("*", "GET", "/samples", True),
        ("GET /samples", "GET", "/samples?isolate_id=x", True),
        ("GET /files/9e10*", "GET", "/files/" + MD5SUM, True),
        ("GET /files/9e10*", "GET", "/files/a", False),
        ("GET /files/a.c", "GET", "/files/abc", False),
        ("GET /files/a b", "GET", "/files/a%20b", True),
        ("GET /files/*", "GET", "/files/a%0Ab", True),
    ],
)
def test_pattern_says_which_requests_fail(service, connection, pattern, method, path, matches):
    service.fail(pattern, status=418)
    body = {} if method == "POST" else None
    status = connection.request(method, path.format(id=service.sample()), body)[0]
    assert (status == 418) == matches


@pytest.mark.parametrize(
    "pattern",
    ["", "GET", "/samples", "POST /sample/*", "POST /samples/", "PUT /files/*", "get /samples", "GET /api/v1/samples"],
)
def test_pattern_that_no_operation_matches_is_rejected(service, pattern):
    for add in (service.fail, service.drop_response):
        with pytest.raises(tracking_client.ApiValueError, match=r"No operation matches .*GET /samples"):
            add(pattern)


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("fail", {"request": None}, tracking_client.ApiTypeError),
        ("fail", {"status": 200}, tracking_client.ApiValueError),
        ("fail", {"status": 599}, tracking_client.ApiValueError),
        ("fail", {"status": "503"}, tracking_client.ApiTypeError),
        ("fail", {"times": 0}, tracking_client.ApiValueError),
        ("fail", {"times": True}, tracking_client.ApiTypeError),
        ("fail", {"retry_after": -1}, tracking_client.ApiValueError),
        ("fail", {"retry_after": "1\r\nX: y"}, tracking_client.ApiTypeError),
        ("drop_response", {"times": 1.5}, tracking_client.ApiTypeError),
        ("delay", {"seconds": 0}, tracking_client.ApiValueError),
        ("delay", {"seconds": -1}, tracking_client.ApiValueError),
        ("delay", {"seconds": float("nan")}, tracking_client.ApiValueError),
        ("delay", {"seconds": float("inf")}, tracking_client.ApiValueError),
        ("delay", {"seconds": "1"}, tracking_client.ApiTypeError),
        ("delay", {"seconds": 1, "times": 0}, tracking_client.ApiValueError),
    ],
)
def test_invalid_argument_is_rejected(service, connection, method, arguments, error):
    with pytest.raises(error):
        getattr(service, method)(**{"request": "GET *", **arguments})
    assert connection.request("GET", "/samples")[0] == 200


def test_requests_are_recorded(service, connection):
    id_ = service.sample()
    connection.request("GET", "/samples?isolate_id=a%20b&experiment_id=")
    connection.request("POST", f"/samples/{id_}/files", FILE, **{"X-Request-Id": "7"})
    connection.request("POST", "/samples", b"{")
    first, second, third = service.requests
    assert (first.method, first.path, first.query) == ("GET", "/samples", {"isolate_id": "a b", "experiment_id": ""})
    assert (first.body, first.json) == (b"", None)
    assert (second.method, second.path, second.query) == ("POST", f"/samples/{id_}/files", {})
    assert second.headers["x-request-id"] == "7"
    assert second.headers["Content-Type"] == "application/json"
    assert (second.json, str(second)) == (FILE, f"POST /samples/{id_}/files")
    assert third.body == b"{"
    with pytest.raises(ValueError, match="line 1"):
        third.json  # noqa: B018
    service.requests.clear()
    connection.request("GET", "/files/%C3%A9")
    assert asked(service) == ["GET /files/é"]


def test_request_beside_the_base_path_is_recorded_with_its_whole_path(service):
    service.fail("* /samples*", times=None)
    parts = urlsplit(service.host)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    connection.request("GET", "/samples")
    assert connection.getresponse().status == 404
    connection.close()
    assert asked(service) == ["GET /samples"]


def test_sample_is_created_without_a_recorded_request_or_a_fault(service, connection):
    service.fail("*", times=1)
    id_ = service.sample(isolate_id="isolate 1", experiment_id="experiment 1")
    assert service.requests == []
    service.recover()
    expected = {"id": id_, "isolate-id": "isolate 1", "experiment-id": "experiment 1"}
    assert connection.request("GET", f"/samples/{id_}")[2] == expected
    assert service.sample() != service.sample()
    chosen = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
    assert service.sample(id=uuid.UUID(chosen)) == chosen


@pytest.mark.parametrize(
    ("fields", "error", "message"),
    [
        ({"isolate_id": "taken"}, tracking_client.ApiValueError, ALREADY_EXISTED["message"]),
        ({"isolate_id": "a\0"}, tracking_client.ApiValueError, "NUL"),
        ({"isolate_id": 5}, tracking_client.ApiTypeError, "isolate_id"),
        ({"experiment_id": object()}, tracking_client.ApiTypeError, "experiment_id"),
        ({"id": "x"}, tracking_client.ApiValueError, "UUID"),
    ],
)
def test_invalid_sample_is_an_error(service, fields, error, message):
    service.sample(isolate_id="taken")
    with pytest.raises(error, match=message):
        service.sample(**fields)


def test_services_share_nothing():
    with running_fixture() as first, running_fixture() as second:
        first.sample()
        first.fail("*", times=None)
        with Connection(second.host) as connection:
            assert connection.request("GET", "/samples")[2] == []
        assert first.requests == []
