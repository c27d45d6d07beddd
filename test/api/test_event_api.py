"""The methods of `EventApi`: the requests they send, and what they do against the embedded service."""

from __future__ import annotations

import json
import math

import pytest
from clients import add_sample, client_for
from endpoints import EVENT, EVENT_JSON, ID
from scripted_server import http_response, refused_host, respond, scripted_server

from tracking_client import (
    ApiTypeError,
    ApiValueError,
    BadRequestException,
    Error,
    Event,
    EventApi,
    NotFoundException,
    ValidatedEvent,
)

NO_SAMPLE = "00000000-0000-0000-0000-000000000000"
"""A valid sample id that does not exist."""


def new_event(**changed) -> Event:
    """Return an event without an id."""
    return Event(**{**EVENT.to_dict(), "id": None, **changed})


@pytest.fixture
def api(api_client) -> EventApi:
    return EventApi(api_client)


# Requests


def posted(event, response=EVENT_JSON) -> tuple[dict, Event]:
    """Add an event, and return the JSON object that was sent, and the event that was returned."""
    body = response if isinstance(response, bytes) else json.dumps(response).encode()
    with scripted_server(respond(http_response(body, "201 x"))) as server, client_for(server.host) as client:
        added = EventApi(client).samples_id_events_post(ID, event)
        (request,) = server.requests
        return json.loads(request.partition(b"\r\n\r\n")[2]), added


def test_id_is_sent_only_if_it_was_given():
    assert posted(EVENT)[0] == EVENT_JSON
    without_id = {key: value for key, value in EVENT_JSON.items() if key != "id"}
    assert posted(new_event())[0] == without_id
    assert posted({**without_id, "id": None})[0] == without_id
    assert posted(ValidatedEvent(**new_event().to_dict()))[0] == without_id


def test_int_as_start_time_is_sent_as_it_is():
    sent, added = posted(new_event(start_time=12), {**EVENT_JSON, "start-time": 12})
    assert (sent["start-time"], type(sent["start-time"])) == (12, int)
    assert (added.start_time, type(added.start_time)) == (12.0, float)


@pytest.mark.parametrize("start_time", [math.nan, math.inf, -math.inf])
def test_start_time_that_is_not_finite_is_rejected_before_it_is_sent(start_time):
    api = EventApi(client_for(refused_host()))
    for event in (new_event(start_time=start_time), {**new_event().to_dict(), "start_time": start_time}):
        with pytest.raises(ApiValueError, match="JSON"):
            api.samples_id_events_post(ID, event)


def test_start_time_that_is_not_finite_is_read():
    """The service keeps such a value, and returns it as Python's `json` writes it."""
    body = json.dumps({**EVENT_JSON, "start-time": math.nan}).encode()
    assert math.isnan(posted(new_event(), body)[1].start_time)
    body = json.dumps({**EVENT_JSON, "start-time": -math.inf}).encode()
    assert posted(new_event(), body)[1].start_time == -math.inf


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"name": "qc"}, ApiValueError),
        ({"name": None}, ApiValueError),
        ({"software": None}, ApiValueError),
        ({"duration": 1.0}, ApiTypeError),
        ({"duration": True}, ApiTypeError),
        ({"start_time": "1"}, ApiTypeError),
        ({"start_time": True}, ApiTypeError),
        ({"id": "7"}, ApiTypeError),
        ({"command": 7}, ApiTypeError),
    ],
    ids=str,
)
def test_invalid_event_is_rejected(changed, error):
    with pytest.raises(error, match=f"`{next(iter(changed))}`"):
        EventApi(client_for(refused_host())).samples_id_events_post(ID, {**new_event().to_dict(), **changed})


# Against the embedded service


def test_event_is_added_looked_up_listed_and_deleted(api, host, sample_id):
    assert api.samples_id_events_get(sample_id) == []
    added, status, headers = api.samples_id_events_post_with_http_info(sample_id, new_event())
    assert (added, status) == (new_event(id=added.id), 201)
    assert type(added.id) is int
    assert type(added.start_time) is float
    assert headers["location"] == f"{host}/samples/{sample_id}/events/{added.id}"

    assert api.samples_id_events_event_id_get(sample_id, added.id) == added
    assert api.samples_id_events_event_id_get(sample_id.upper(), str(added.id)) == added
    assert api.samples_id_events_get(sample_id) == [added]

    assert api.samples_id_events_event_id_delete_with_http_info(sample_id, added.id)[:2] == (None, 204)
    assert api.samples_id_events_get(sample_id) == []
    for method in (api.samples_id_events_event_id_get, api.samples_id_events_event_id_delete):
        with pytest.raises(NotFoundException) as caught:
            method(sample_id, added.id)
        assert caught.value.error == Error(404, "Not found")


def test_the_same_event_twice_is_two_events(api, sample_id):
    first = api.samples_id_events_post(sample_id, new_event())
    second = api.samples_id_events_post(sample_id, new_event())
    assert first.id != second.id
    listed = api.samples_id_events_get(sample_id)
    assert sorted(listed, key=lambda event: event.id) == sorted([first, second], key=lambda event: event.id)


def test_event_can_be_a_dict_or_a_validated_event(api, sample_id):
    fields = {key: value for key, value in new_event().to_dict().items() if key != "id"}
    added = api.samples_id_events_post(sample_id, fields)
    assert added == new_event(id=added.id)
    validated = api.samples_id_events_post(sample_id, ValidatedEvent(**fields))
    assert type(validated) is Event
    assert validated == new_event(id=validated.id)


@pytest.mark.parametrize(
    "changed",
    [
        *({"name": name} for name in Event.allowed_values["name"]),
        {"software": "", "software_version": "", "command": ""},
        {"software": "é\n\t\U0001f9a0", "command": "x" * 100_000},
        {"start_time": 0},
        {"start_time": -1.5},
        {"start_time": 1589200000.123456},
        {"duration": 0},
        {"duration": -1},
        {"duration": 2**31 - 1},
        {"duration": -(2**31)},
    ],
    ids=lambda changed: str(changed)[:40],
)
def test_event_is_kept_unchanged(api, sample_id, changed):
    added = api.samples_id_events_post(sample_id, new_event(**changed))
    assert added == new_event(**changed, id=added.id)
    assert api.samples_id_events_get(sample_id) == [added]


def test_event_of_another_sample_is_not_found(api, api_client, sample_id):
    added = api.samples_id_events_post(sample_id, new_event())
    other = add_sample(api_client)
    assert api.samples_id_events_get(other) == []
    for method in (api.samples_id_events_event_id_get, api.samples_id_events_event_id_delete):
        with pytest.raises(NotFoundException):
            method(other, added.id)
    assert api.samples_id_events_get(sample_id) == [added]


@pytest.mark.parametrize(
    "call",
    [
        lambda api: api.samples_id_events_get(NO_SAMPLE),
        lambda api: api.samples_id_events_post(NO_SAMPLE, new_event()),
        lambda api: api.samples_id_events_event_id_get(NO_SAMPLE, 1),
        lambda api: api.samples_id_events_event_id_delete(NO_SAMPLE, 1),
    ],
    ids=["list", "post", "get", "delete"],
)
def test_missing_sample_is_not_found(api, call):
    with pytest.raises(NotFoundException) as caught:
        call(api)
    assert caught.value.error == Error(404, "Not found")


def test_without_client_side_validation_the_service_validates(api, api_client, sample_id):
    api_client.configuration.client_side_validation = False
    fields = {key: value for key, value in new_event().to_dict().items() if key != "id"}
    for changed, detail in (
        ({"name": "qc"}, "'qc' is not one of"),
        ({"duration": 1.5}, "1.5 is not of type 'integer' - 'duration'"),
        ({"start_time": "1"}, "'1' is not of type 'number' - 'start-time'"),
    ):
        with pytest.raises(BadRequestException, match=detail):
            api.samples_id_events_post(sample_id, {**fields, **changed})
    del fields["command"]
    with pytest.raises(BadRequestException, match="'command' is a required property"):
        api.samples_id_events_post(sample_id, fields)
