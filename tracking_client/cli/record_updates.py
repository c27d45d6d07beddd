"""What is recorded of a sample besides files: single steps of its status, and its events."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ..api.event_api import EventApi
from ..api.sample_status_api import SampleStatusApi
from ..api_client import ApiClient
from ..exceptions import NotFoundException
from ..models.event import Event
from ..models.status import Status, StepStatus

SETTLING = 0.5
"""Seconds after which steps that were set are looked at again, at least."""

ROUNDS = 5
"""How often steps are set that others undo."""

Steps = Mapping[str, str | None]
"""Of a status: values by JSON key."""


def set_steps(
    api_client: ApiClient, sample_id: str, steps: Steps, call: Callable[[Callable[[], Any]], Any]
) -> Steps | None:
    """Set steps of the status of a sample, and leave the others as they are. Return the status that it has then.

    A PATCH of the service replaces all steps. So another process that has read the status before may undo what this one
    has set. Therefore the status is read again after a while, and the steps are set again if they are lost. That is
    enough if no process takes longer than `SETTLING`, or than twice the time that this one needs, from its GET to the
    end of its PATCH. The service keeps both of two PUTs that overlap. Therefore a process that finds no status waits
    for a random time and looks again before its PUT.

    Args:
        api_client: the client.
        sample_id: the id of the sample.
        steps: the steps that are to be set, perhaps with the stage.
        call: calls a function that reads and writes once.

    Returns:
        The status; None if the steps are still lost after `ROUNDS`. The service may keep several statuses then.

    Raises:
        ApiException: a request failed.
    """
    api = SampleStatusApi(api_client)
    for _ in range(ROUNDS):
        start = time.monotonic()
        status = call(partial(_set_once, api, sample_id, steps))
        if status is not None:
            return dict(status)
        time.sleep(max(SETTLING, 2 * (time.monotonic() - start)))
    return None


def _set_once(api: SampleStatusApi, sample_id: str, steps: Steps) -> Steps | None:
    """Return the status of a sample if it has these steps already; else set them, and return None."""
    current = _status(api, sample_id)
    if current is None:
        time.sleep(random.uniform(0, SETTLING))  # noqa: S311
        current = _status(api, sample_id)
    if current is None:
        pending = {key: StepStatus.PENDING for key in Status.attribute_map.values() if key != "stage"}
        api.samples_id_status_put(sample_id, {**pending, **steps})
    elif steps.items() <= current.items():
        return current
    else:
        others = {key: value for key, value in current.items() if key != "stage"}  # which the service keeps
        api.samples_id_status_patch(sample_id, {**others, **steps})
    return None


def _status(api: SampleStatusApi, sample_id: str) -> Steps | None:
    """Return the status of a sample, or None if it has none, or if there is no such sample."""
    try:
        status = api.samples_id_status_get(sample_id)
    except NotFoundException:
        return None
    return {key: getattr(status, name) for name, key in status.attribute_map.items()}


def find_or_add_event(api_client: ApiClient, sample_id: str, event: Event) -> tuple[Event, bool]:
    """Return the event of a sample that is equal but for its id, or add it; and whether it was added.

    Of two processes that do this at the same time, each may add it.

    Raises:
        ApiException: a request failed.
    """
    api = EventApi(api_client)
    for each in api.samples_id_events_get(sample_id):
        if {**each.to_dict(), "id": None} == event.to_dict():
            return each, False
    return api.samples_id_events_post(sample_id, event), True
