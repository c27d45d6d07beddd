"""The event endpoints of the embedded service, tested with `http.client` rather than the client of this package."""

from __future__ import annotations

import math

import pytest
from service_connection import ALREADY_EXISTED, EVENT, NOT_FOUND


@pytest.fixture
def path(connection):
    """Return the path of the events of a sample."""
    return f"/samples/{connection.add_sample()}/events"


def test_post_adds_event(connection, path):
    status, headers, event = connection.request("POST", path, EVENT)
    assert (status, event) == (201, {**EVENT, "id": 1})
    assert headers["Location"] == connection.url(f"{path}/1")
    assert connection.request("GET", path)[2] == [event]
    assert connection.request("GET", f"{path}/1")[::2] == (200, event)


def test_same_event_twice_is_two_events(connection, path):
    assert [connection.request("POST", path, EVENT)[2]["id"] for _ in range(2)] == [1, 2]


def test_ids_are_counted_over_all_samples_and_not_reused(connection, path):
    other = f"/samples/{connection.add_sample()}/events"
    assert [connection.request("POST", each, EVENT)[2]["id"] for each in (path, other, path)] == [1, 2, 3]
    assert connection.request("DELETE", f"{path}/3")[0] == 204
    assert connection.request("POST", path, EVENT)[2]["id"] == 4


@pytest.mark.parametrize("id_", [0, -5, 2**31 - 1, -(2**31)])
def test_event_gets_the_id_of_the_request(connection, path, id_):
    assert connection.request("POST", path, {**EVENT, "id": id_})[2]["id"] == id_
    assert connection.request("GET", f"{path}/{id_}")[2]["id"] == id_
    assert connection.request("POST", path, EVENT)[2]["id"] == 1


def test_taken_id_is_409(connection, path):
    assert connection.request("POST", path, {**EVENT, "id": 7})[0] == 201
    for each in (path, f"/samples/{connection.add_sample()}/events"):
        assert connection.request("POST", each, {**EVENT, "id": 7})[::2] == (409, ALREADY_EXISTED)


def test_counter_skips_taken_ids(connection, path):
    for id_ in (1, 2):
        assert connection.request("POST", path, {**EVENT, "id": id_})[0] == 201
    assert connection.request("POST", path, EVENT)[2]["id"] == 3


def test_events_are_listed_in_order_of_insertion(connection, path):
    for id_ in (5, 1, 3):
        connection.request("POST", path, {**EVENT, "id": id_})
    assert [event["id"] for event in connection.request("GET", path)[2]] == [5, 1, 3]


@pytest.mark.parametrize("spelling", ["1", "01", "+1", "%201", "1%0A"])
def test_id_in_path_is_read_as_an_integer(connection, path, spelling):
    connection.request("POST", path, EVENT)
    assert connection.request("GET", f"{path}/{spelling}")[2]["id"] == 1


@pytest.mark.parametrize("spelling", ["abc", "1.0", "1e0", "%20", "2147483648", "9" * 2000, "1_0", "%D9%A1", "0x1"])
def test_id_in_path_that_is_not_an_integer_is_400(connection, path, spelling):
    for method in ("GET", "DELETE"):
        status, headers, problem = connection.request(method, f"{path}/{spelling}")
        assert (status, headers["Content-Type"]) == (400, "application/problem+json")
        assert "'eventId'" in problem["detail"]


def test_event_of_another_sample_is_404(connection, path):
    connection.request("POST", path, EVENT)
    other = f"/samples/{connection.add_sample()}/events/1"
    for method in ("GET", "DELETE"):
        assert connection.request(method, other)[::2] == (404, NOT_FOUND)
    assert connection.request("GET", f"{path}/1")[0] == 200


def test_delete_removes_event(connection, path):
    connection.request("POST", path, EVENT)
    assert connection.request("DELETE", f"{path}/1")[::2] == (204, b"")
    assert connection.request("DELETE", f"{path}/1")[0] == 404
    assert connection.request("GET", path)[2] == []


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("start-time", 12, 12.0),
        ("start-time", -0.5, -0.5),
        ("start-time", math.inf, math.inf),
        ("start-time", -math.inf, -math.inf),
        ("duration", 0, 0),
        ("duration", -1, -1),
        ("duration", 2**31 - 1, 2**31 - 1),
        ("software", "", ""),
        ("software-version", "", ""),
        ("command", "x" * 100_000, "x" * 100_000),
        ("command", "é\n\x01😀", "é\n\x01😀"),
        *(
            ("name", name, name)
            for name in ("de-contamination", "QC", "prediction", "bigsi-building", "distance-calculation")
        ),
    ],
)
def test_accepted_values(connection, path, name, value, stored):
    status, _, event = connection.request("POST", path, {**EVENT, name: value})
    assert (status, event[name]) == (201, stored)
    assert type(event[name]) is type(stored)
    assert connection.request("GET", f"{path}/1")[2] == event
    assert connection.request("GET", path)[2] == [event]


def test_nan_is_kept(connection, path):
    assert math.isnan(connection.request("POST", path, {**EVENT, "start-time": math.nan})[2]["start-time"])
    assert math.isnan(connection.request("GET", f"{path}/1")[2]["start-time"])
    assert math.isnan(connection.request("GET", path)[2][0]["start-time"])


@pytest.mark.parametrize(
    ("name", "value", "detail"),
    [
        ("id", None, "None is not of type 'integer' - 'id'"),
        ("id", "1", "'1' is not of type 'integer' - 'id'"),
        ("id", 1.5, "1.5 is not of type 'integer' - 'id'"),
        ("id", 2**31, "2147483648 is not between -2147483648 and 2147483647 - 'id'"),
        ("duration", 2**31, "2147483648 is not between -2147483648 and 2147483647 - 'duration'"),
        ("duration", 1.0, "1.0 is not of type 'integer' - 'duration'"),
        ("duration", True, "True is not of type 'integer' - 'duration'"),
        ("duration", "1", "'1' is not of type 'integer' - 'duration'"),
        ("start-time", "1", "'1' is not of type 'number' - 'start-time'"),
        ("start-time", False, "False is not of type 'number' - 'start-time'"),
        ("start-time", 10**400, "too large for a number of double precision - 'start-time'"),
        ("name", "qc", "'qc' is not one of ['de-contamination', 'QC', 'variant-calling', 'prediction', "),
        ("name", [], "[] is not one of ['de-contamination', "),
        ("software", "a\0", "'a\\x00' contains a NUL character - 'software'"),
        ("command", "\ud800", "'\\ud800' contains a lone surrogate - 'command'"),
    ],
)
def test_rejected_values(connection, path, name, value, detail):
    status, headers, problem = connection.request("POST", path, {**EVENT, name: value})
    assert (status, headers["Content-Type"]) == (400, "application/problem+json")
    assert detail in problem["detail"]
    assert connection.request("GET", path)[2] == []


@pytest.mark.parametrize("name", EVENT)
def test_missing_property_is_400(connection, path, name):
    event = {key: value for key, value in EVENT.items() if key != name}
    assert connection.request("POST", path, event)[2]["detail"] == f"{name!r} is a required property"
