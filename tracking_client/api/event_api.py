"""The endpoints of events."""

from __future__ import annotations

from urllib3 import HTTPHeaderDict

from .._annotations import Unpack
from ..models.event import Event
from . import _parameters
from ._operation import ApiBase, CallOptions, Operation
from ._parameters import Fields, SampleId

_SAMPLE = {"id": _parameters.sample_id}
_EVENT = {**_SAMPLE, "event_id": _parameters.event_id}

GET_EVENTS = Operation("samples_id_events_get", "GET", "/samples/{id}/events", list[Event], path_validators=_SAMPLE)
ADD_EVENT = Operation(
    "samples_id_events_post",
    "POST",
    "/samples/{id}/events",
    Event,
    path_validators=_SAMPLE,
    body_validator=("event", _parameters.body(Event)),
)
GET_EVENT = Operation(
    "samples_id_events_event_id_get", "GET", "/samples/{id}/events/{event_id}", Event, path_validators=_EVENT
)
DELETE_EVENT = Operation(
    "samples_id_events_event_id_delete", "DELETE", "/samples/{id}/events/{event_id}", type(None), path_validators=_EVENT
)


class EventApi(ApiBase):
    """Lists, adds, looks up and deletes the events of a sample.

    Every method also accepts the keyword arguments of `CallOptions`. Every method raises `ApiTypeError` for an unknown
    keyword argument, `ApiValueError` for a required parameter that is None, and the `ApiException` for its status if
    the response is not a success.

    Args:
        api_client: the client to use; None for a new one with the default configuration.
    """

    def samples_id_events_get(self, id: SampleId, **options: Unpack[CallOptions]) -> list[Event]:
        """Return the events of a sample, in no particular order.

        Args:
            id: the id of the sample, a UUID.

        Raises:
            NotFoundException: there is no such sample.
            ApiValueError: the id is not a UUID.
        """
        __tracebackhide__ = True
        return GET_EVENTS.call(self.api_client, options, path_params={"id": id})

    def samples_id_events_get_with_http_info(
        self, id: SampleId, **options: Unpack[CallOptions]
    ) -> tuple[list[Event], int, HTTPHeaderDict]:
        """Like `samples_id_events_get`, but return ``(data, status, headers)``."""
        __tracebackhide__ = True
        return GET_EVENTS.response(self.api_client, options, path_params={"id": id})

    def samples_id_events_post(self, id: SampleId, event: Event | Fields, **options: Unpack[CallOptions]) -> Event:
        """Add an event to a sample. The ``Location`` header of the response is its uri.

        An event has no unique key, so this request is not sent again once it was sent: if its response is lost, the
        exception has ``outcome_unknown``.

        Args:
            id: the id of the sample, a UUID.
            event: the event, or a dict of its fields by their names in Python or in JSON.

        Raises:
            NotFoundException: there is no such sample.
            ApiValueError: the id is not a UUID, or a field of the event is missing or invalid.
            ApiTypeError: the event is neither an `Event` nor a dict, or a field has another type.
        """
        __tracebackhide__ = True
        return ADD_EVENT.call(self.api_client, options, path_params={"id": id}, body=event)

    def samples_id_events_post_with_http_info(
        self, id: SampleId, event: Event | Fields, **options: Unpack[CallOptions]
    ) -> tuple[Event, int, HTTPHeaderDict]:
        """Like `samples_id_events_post`, but return ``(data, status, headers)``."""
        __tracebackhide__ = True
        return ADD_EVENT.response(self.api_client, options, path_params={"id": id}, body=event)

    def samples_id_events_event_id_get(
        self, id: SampleId, event_id: int | str, **options: Unpack[CallOptions]
    ) -> Event:
        """Return an event of a sample.

        Args:
            id: the id of the sample, a UUID.
            event_id: the id of the event, an int or a str.

        Raises:
            NotFoundException: there is no such sample, or it has no such event.
            ApiValueError: the id of the sample is not a UUID.
            ApiTypeError: the id of the event is neither an int nor a str.
        """
        __tracebackhide__ = True
        return GET_EVENT.call(self.api_client, options, path_params={"id": id, "event_id": event_id})

    def samples_id_events_event_id_get_with_http_info(
        self, id: SampleId, event_id: int | str, **options: Unpack[CallOptions]
    ) -> tuple[Event, int, HTTPHeaderDict]:
        """Like `samples_id_events_event_id_get`, but return ``(data, status, headers)``."""
        __tracebackhide__ = True
        return GET_EVENT.response(self.api_client, options, path_params={"id": id, "event_id": event_id})

    def samples_id_events_event_id_delete(
        self, id: SampleId, event_id: int | str, **options: Unpack[CallOptions]
    ) -> None:
        """Delete an event of a sample.

        Args:
            id: the id of the sample, a UUID.
            event_id: the id of the event, an int or a str.

        Raises:
            NotFoundException: there is no such sample, or it has no such event.
            ApiValueError: the id of the sample is not a UUID.
            ApiTypeError: the id of the event is neither an int nor a str.
        """
        __tracebackhide__ = True
        return DELETE_EVENT.call(self.api_client, options, path_params={"id": id, "event_id": event_id})

    def samples_id_events_event_id_delete_with_http_info(
        self, id: SampleId, event_id: int | str, **options: Unpack[CallOptions]
    ) -> tuple[None, int, HTTPHeaderDict]:
        """Like `samples_id_events_event_id_delete`, but return ``(data, status, headers)``."""
        __tracebackhide__ = True
        return DELETE_EVENT.response(self.api_client, options, path_params={"id": id, "event_id": event_id})
