"""`ValidatedEvent`: an `Event` whose duration is always validated."""

from __future__ import annotations

import copy
import inspect
import math
import pickle

import pytest
from endpoints import EVENT, EVENT_JSON
from hypothesis import given
from hypothesis import strategies as st

import tracking_client
from tracking_client import ApiTypeError, ApiValueError, Configuration, Event
from tracking_client.models.event import EventName
from tracking_client.models.validated.event import ValidatedEvent

FIELDS = EVENT.to_dict()


@given(
    st.integers(),
    st.sampled_from(Event.allowed_values["name"]),
    st.text(),
    st.text(),
    st.floats(),
    st.integers(),
    st.text(),
)
def test_any_valid_values_as_positional_arguments(id, name, software, software_version, start_time, duration, command):
    event = ValidatedEvent(id, name, software, software_version, start_time, duration, command)
    assert (event.id, event.name, event.software) == (id, name, software)
    assert (event.software_version, event.duration, event.command) == (software_version, duration, command)
    assert event.start_time == start_time or math.isnan(start_time)


@pytest.mark.parametrize("validate", [True, False])
@pytest.mark.parametrize("duration", [None, True, False, 1.0, 1.5, math.nan, "1", "", b"1", [], object()])
def test_duration_that_is_not_an_int_is_rejected(duration, validate):
    configuration = Configuration()
    configuration.client_side_validation = validate
    event = ValidatedEvent(**FIELDS, local_vars_configuration=configuration)
    for change in (
        lambda: ValidatedEvent(**{**FIELDS, "duration": duration}, local_vars_configuration=configuration),
        lambda: setattr(event, "duration", duration),
    ):
        with pytest.raises(ValueError, match=r"^duration must be an integer$") as caught:
            change()
        assert type(caught.value) is ApiValueError
    assert event.duration == FIELDS["duration"]
    event.duration = -3
    assert event.duration == -3


def test_missing_duration_is_rejected():
    with pytest.raises(ValueError, match=r"^duration must be an integer$"):
        ValidatedEvent(7, EventName.QC, "a", "b", 1.5, command="c")


def test_other_fields_are_validated_as_those_of_an_event():
    for name, value, error in (
        ("name", "qc", ApiValueError),
        ("software", None, ApiValueError),
        ("start_time", "1", ApiTypeError),
        ("id", "7", ApiTypeError),
    ):
        with pytest.raises(error, match=f"`{name}`"):
            ValidatedEvent(**{**FIELDS, name: value})


def test_it_is_an_event():
    event = ValidatedEvent(**FIELDS)
    assert isinstance(event, Event)
    assert ValidatedEvent.openapi_types == Event.openapi_types
    assert ValidatedEvent.attribute_map == Event.attribute_map
    assert inspect.signature(ValidatedEvent) == inspect.signature(Event)
    assert event.to_dict() == FIELDS
    assert event == EVENT
    assert tracking_client.ApiClient().sanitize_for_serialization(event) == EVENT_JSON
    assert ValidatedEvent.from_json(EVENT_JSON) == event
    assert repr(event).startswith("ValidatedEvent(id=7, ")
    for other in (copy.copy(event), copy.deepcopy(event), pickle.loads(pickle.dumps(event))):
        assert type(other) is ValidatedEvent
        assert other == event
    with pytest.raises(AttributeError):
        event.nonesuch = 7


def test_it_can_be_imported_from_each_place():
    assert tracking_client.ValidatedEvent is tracking_client.models.ValidatedEvent is ValidatedEvent
    assert tracking_client.models.validated.event.ValidatedEvent is ValidatedEvent


def test_subclass_may_override_the_duration_again():
    class Positive(ValidatedEvent):
        @ValidatedEvent.duration.setter
        def duration(self, duration):
            if duration == 0:
                raise ValueError("duration must not be 0")
            ValidatedEvent.duration.fset(self, duration)

    assert Positive(**FIELDS).duration == FIELDS["duration"]
    with pytest.raises(ValueError, match="must not be 0"):
        Positive(**{**FIELDS, "duration": 0})
    with pytest.raises(ValueError, match="must be an integer"):
        Positive(**{**FIELDS, "duration": 1.5})


def test_subclass_of_event_may_override_the_duration():
    """Written as the hand-written class of the deployed client is."""

    class Validated(Event):
        @Event.duration.setter
        def duration(self, duration):
            if not isinstance(duration, int):
                raise ValueError("duration must be an integer")
            Event.duration.fset(self, duration)

    assert Validated(*FIELDS.values()).to_dict() == FIELDS
    for duration in (1.5, "1", None):
        with pytest.raises(ValueError, match="duration must be an integer"):
            Validated(**{**FIELDS, "duration": duration})
