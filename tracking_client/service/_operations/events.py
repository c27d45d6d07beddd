"""The operations on the events of samples."""

from __future__ import annotations

import math
import sqlite3
from typing import Any

from . import schemas
from .endpoint import Call
from .responses import NotFound, Response, json_response, no_content

_SELECT = """
SELECT id, name, software, software_version AS 'software-version', start_time AS 'start-time', duration, command
FROM event
"""


def list_events(call: Call) -> Response:
    """Return the events of a sample, oldest first."""
    rows = call.connection.execute(f"{_SELECT} WHERE sample_id = ? ORDER BY number", (call.sample_id,))
    return json_response([_event(row) for row in rows])


def add_event(call: Call) -> Response:
    """Add an event to a sample, with the id in the request or the next one of the counter."""
    event = dict(call.body)
    if event["id"] is None:
        event["id"] = _next_id(call.connection)
    call.connection.execute(
        "INSERT INTO event (sample_id, id, name, software, software_version, start_time, duration, command)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (call.sample_id, *(event[name] for name in schemas.EVENT)),
    )
    return json_response(event, 201, location=call.location(f"/samples/{call.path['id']}/events/{event['id']}"))


def get_event(call: Call) -> Response:
    """Return an event of a sample."""
    id_ = schemas.event_id(call.path["event_id"])
    return json_response(_event(call.select_one(f"{_SELECT} WHERE id = ? AND sample_id = ?", id_, call.sample_id)))


def delete_event(call: Call) -> Response:
    """Delete an event of a sample."""
    id_ = schemas.event_id(call.path["event_id"])
    if not call.connection.execute("DELETE FROM event WHERE id = ? AND sample_id = ?", (id_, call.sample_id)).rowcount:
        raise NotFound
    return no_content()


def _next_id(connection: sqlite3.Connection) -> int:
    """Advance the counter to the next id that no event has, and return it. Ids of deleted events are not reused."""
    (last,) = connection.execute("SELECT last FROM event_counter").fetchone()
    id_: int = last + 1
    while connection.execute("SELECT 1 FROM event WHERE id = ?", (id_,)).fetchone():
        id_ += 1
    connection.execute("UPDATE event_counter SET last = ?", (id_,))
    return id_


def _event(row: sqlite3.Row) -> dict[str, Any]:
    event = dict(row)
    if event["start-time"] is None:
        event["start-time"] = math.nan
    return event
