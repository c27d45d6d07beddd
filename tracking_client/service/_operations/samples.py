"""The operations on samples."""

from __future__ import annotations

import uuid

from . import schemas
from .endpoint import Call, as_json
from .responses import Response, bad_request, json_response, no_content

_SELECT = "SELECT id, experiment_id AS 'experiment-id', isolate_id AS 'isolate-id' FROM sample"
_SELECT_ONE = f"{_SELECT} WHERE id = ?"


def require_sample(call: Call) -> None:
    """Raise `NotFound` unless the sample in the path exists."""
    call.select_one("SELECT 1 FROM sample WHERE id = ?", call.sample_id)


def list_samples(call: Call) -> Response:
    """Return the samples that match every given parameter, or all samples, oldest first."""
    given = {}
    for name in ("experiment_id", "isolate_id"):
        if any(key.startswith(f"{name}[") for key in call.query):
            raise bad_request(f"Wrong type, expected 'string' for query parameter {name!r}")
        if name in call.query:
            given[name] = schemas.text(call.query[name], name)
    where = " AND ".join(f"{column} = :{column}" for column in given) or "TRUE"
    rows = call.connection.execute(f"{_SELECT} WHERE {where} ORDER BY rowid", given)
    return json_response([as_json(row) for row in rows])


def add_sample(call: Call) -> Response:
    """Add a sample, with the id in the request or a new one."""
    id_ = call.body["id"] or str(uuid.uuid4())
    values = (id_, call.body["experiment-id"], call.body["isolate-id"])
    call.connection.execute("INSERT INTO sample (id, experiment_id, isolate_id) VALUES (?, ?, ?)", values)
    return json_response(as_json(call.select_one(_SELECT_ONE, id_)), 201, location=call.location(f"/samples/{id_}"))


def get_sample(call: Call) -> Response:
    """Return a sample."""
    return json_response(as_json(call.select_one(_SELECT_ONE, call.sample_id)))


def update_sample(call: Call) -> Response:
    """Change the names of a sample that are given and not empty. A name can therefore not be taken away."""
    names = (call.body["experiment-id"] or None, call.body["isolate-id"] or None)
    call.connection.execute(
        "UPDATE sample SET experiment_id = ifnull(?, experiment_id), isolate_id = ifnull(?, isolate_id) WHERE id = ?",
        (*names, call.sample_id),
    )
    return get_sample(call)


def delete_sample(call: Call) -> Response:
    """Delete a sample. Its files and events stay, without a sample; see `migrations`."""
    call.connection.execute("DELETE FROM sample WHERE id = ?", (call.sample_id,))
    return no_content()
