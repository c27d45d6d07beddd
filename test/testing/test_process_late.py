"""Requests that the service of the fixture processes after their response, and PUTs that overlap."""

from __future__ import annotations

import http.client
import threading
import time

import pytest
from service_connection import EVENT, FILE, NOT_FOUND, QC_RESULT, STATUS, Connection, post_request, send_raw

import tracking_client
from tracking_client.testing.fixture import running_fixture

pytestmark = pytest.mark.once

RESOURCES = {
    "qc-result": [{**QC_RESULT, "coverage": float(number)} for number in range(4)],
    "status": [{**STATUS, "stage": stage} for stage in ("accepted", "qc-failed", "live", "deprecated")],
}


@pytest.fixture
def service():
    with running_fixture() as service:
        yield service


@pytest.fixture
def connection(service):
    with Connection(service.host) as connection:
        yield connection


@pytest.fixture(params=RESOURCES)
def resource(request, service):
    """Return the path of a QC result or a status that does not exist, and values for it."""
    return f"/samples/{service.sample()}/{request.param}", RESOURCES[request.param]


def wait_until(condition) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def get(connection, path):
    return connection.request("GET", path)[2]


def wait_for_late_requests() -> None:
    for thread in threading.enumerate():
        if thread.name == "tracking-late":
            thread.join(20)


def overlap(service, connection, path, late, in_time):
    """Send two PUTs that overlap, and wait until the service has processed both."""
    service.process_late("PUT *", seconds=1)
    assert connection.request("PUT", path, late)[0] == 504
    assert connection.request("PUT", path, in_time)[::2] == (200, in_time)
    assert get(connection, path) == in_time
    wait_for_late_requests()


def test_late_request_is_processed_after_its_response(service, connection):
    id_ = service.sample()
    service.process_late("POST /samples/*/files", seconds=0.3)
    assert connection.request("POST", f"/samples/{id_}/files", FILE)[::2] == (
        504,
        {"code": 504, "message": "Gateway Timeout"},
    )
    assert get(connection, f"/samples/{id_}/files") == []
    wait_until(lambda: get(connection, f"/samples/{id_}/files") == [FILE])


def test_response_of_a_late_request_can_be_lost(service, connection):
    service.process_late("POST /samples", seconds=0.01, status=None)
    assert send_raw(service.host, post_request("/samples", b"{}")) == b""
    wait_until(lambda: len(get(connection, "/samples")) == 1)


def test_requests_are_late_only_so_many_times(service, connection):
    service.process_late("POST /samples/*/events", seconds=0.01, status=502, times=2)
    path = f"/samples/{service.sample()}/events"
    assert [connection.request("POST", path, EVENT)[0] for _ in range(3)] == [502, 502, 201]
    wait_until(lambda: len(get(connection, path)) == 3)


def test_puts_that_overlap_store_two_rows(service, connection, resource):
    path, (first, second, third, fourth) = resource
    overlap(service, connection, path, first, second)
    assert get(connection, path) == second
    for value in (third, fourth):
        assert connection.request("PUT", path, value)[::2] == (200, value)
        assert get(connection, path) == second
    assert connection.request("DELETE", path)[0] == 204
    assert get(connection, path) == fourth
    assert connection.request("DELETE", path)[0] == 204
    for method in ("GET", "DELETE"):
        assert connection.request(method, path)[::2] == (404, NOT_FOUND)


def test_puts_that_overlap_store_two_rows_in_place_of_one_from_before(service, connection, resource):
    path, (before, first, second, _) = resource
    connection.request("PUT", path, before)
    overlap(service, connection, path, first, second)
    assert [connection.request("DELETE", path)[0] for _ in range(3)] == [204, 204, 404]


def test_late_put_that_overlaps_with_none_replaces_the_row(service, connection, resource):
    path, (first, second, third, _) = resource
    connection.request("PUT", path, first)
    service.process_late("PUT *", seconds=0.05)
    assert connection.request("PUT", path, second)[0] == 504
    wait_until(lambda: get(connection, path) == second)
    assert connection.request("PUT", path, third)[0] == 200
    assert get(connection, path) == third
    assert [connection.request("DELETE", path)[0] for _ in range(2)] == [204, 404]


@pytest.mark.slow
def test_late_puts_overlap_with_each_other(service, connection, resource):
    path, (first, second, _, _) = resource
    for seconds, value in ((1, first), (3, second)):
        service.process_late("PUT *", seconds=seconds)
        assert connection.request("PUT", path, value)[0] == 504
    wait_for_late_requests()
    assert get(connection, path) == first
    assert [connection.request("DELETE", path)[0] for _ in range(3)] == [204, 204, 404]


def test_late_put_does_not_overlap_with_a_rejected_put_or_that_of_another_sample(service, connection, resource):
    path, (first, second, _, _) = resource
    other = path.replace(path.split("/")[2], service.sample())
    connection.request("PUT", path, first)
    service.process_late("PUT *", seconds=0.3)
    assert connection.request("PUT", path, second)[0] == 504
    assert connection.request("PUT", path, {})[0] == 400
    assert connection.request("PUT", other, first)[0] == 200
    wait_until(lambda: get(connection, path) == second)
    assert [connection.request("DELETE", path)[0] for _ in range(2)] == [204, 404]


def test_rows_of_a_deleted_sample_are_deleted(service, connection, resource):
    path, (first, second, _, _) = resource
    overlap(service, connection, path, first, second)
    id_ = path.split("/")[2]
    assert connection.request("DELETE", f"/samples/{id_}")[0] == 204
    service.sample(id=id_)
    assert connection.request("GET", path)[0] == 404


def test_values_from_before_the_fault_are_kept(service, connection, resource):
    path, (first, *_) = resource
    connection.request("PUT", path, first)
    service.process_late("GET *", seconds=1)
    service.recover()
    assert get(connection, path) == first


def test_end_of_the_test_ends_late_requests(caplog):
    with running_fixture() as service, Connection(service.host) as connection:
        service.process_late("POST /samples", seconds=1000, times=None)
        assert connection.request("POST", "/samples", {})[0] == 504
        ended = time.monotonic()
    assert time.monotonic() - ended < 100
    assert caplog.text == ""


def test_late_request_with_a_dropped_response_closes_the_connection(service, connection):
    service.process_late("GET /samples", seconds=0.01, status=None)
    with pytest.raises(http.client.RemoteDisconnected):
        connection.request("GET", "/samples")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"request": "PUT /sample"}, tracking_client.ApiValueError),
        ({"seconds": 0}, tracking_client.ApiValueError),
        ({"seconds": "1"}, tracking_client.ApiTypeError),
        ({"status": 200}, tracking_client.ApiValueError),
        ({"status": "504"}, tracking_client.ApiTypeError),
        ({"times": 0}, tracking_client.ApiValueError),
    ],
)
def test_invalid_argument_is_rejected(service, connection, arguments, error):
    with pytest.raises(error):
        service.process_late(**{"request": "GET *", "seconds": 1, **arguments})
    assert connection.request("GET", "/samples")[0] == 200
