"""The operations on the status of a sample.

A sample may have several rows, as in `qc_results`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import schemas
from .endpoint import Call, as_json
from .responses import NotFound, Response, json_response, no_content

_SELECT = """
SELECT
    de_contamination AS 'de-contamination',
    qc,
    variant_calling AS 'variant-calling',
    prediction,
    bigsi_building AS 'bigsi-building',
    distance_calculation AS 'distance-calculation',
    stage
FROM status WHERE sample_id = ? ORDER BY rowid
"""
_INSERT = """
INSERT INTO status
    (sample_id, de_contamination, qc, variant_calling, prediction, bigsi_building, distance_calculation, stage)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_DELETE_OLDEST = "DELETE FROM status WHERE rowid = (SELECT min(rowid) FROM status WHERE sample_id = ?)"
_DELETE_NEWEST = "DELETE FROM status WHERE rowid = (SELECT max(rowid) FROM status WHERE sample_id = ?)"


def get_status(call: Call) -> Response:
    """Return the status of a sample."""
    return json_response(as_json(call.select_one(_SELECT, call.sample_id)))


def put_status(call: Call) -> Response:
    """Add or replace the status of a sample."""
    return _store(call, call.body)


def patch_status(call: Call) -> Response:
    """Replace the status of a sample, but keep its stage if none is given."""
    row = call.select_one(_SELECT, call.sample_id)
    return _store(call, {**call.body, "stage": call.body["stage"] or row["stage"]})


def delete_status(call: Call) -> Response:
    """Delete the status of a sample."""
    if not call.connection.execute(_DELETE_OLDEST, (call.sample_id,)).rowcount:
        raise NotFound
    return no_content()


def _store(call: Call, status: Mapping[str, Any]) -> Response:
    if not call.overlaps:
        call.connection.execute(_DELETE_NEWEST, (call.sample_id,))
    call.connection.execute(_INSERT, (call.sample_id, *(status[name] for name in schemas.STATUS)))
    given = {name: value for name, value in status.items() if value is not None}
    return json_response(given, location=call.location(f"/samples/{call.path['id']}/status"))
