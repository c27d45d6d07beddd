"""The operations on the QC result of a sample.

The real service stores several rows of a sample if PUTs overlap, and so can a database of `tracking_client.testing`.
Any other has one row. Of several: GET returns the oldest, PUT replaces the newest, and DELETE deletes the oldest.
"""

from __future__ import annotations

import math

from . import schemas
from .endpoint import Call
from .responses import NotFound, Response, json_response, no_content

_DELETE_OLDEST = "DELETE FROM qc_result WHERE rowid = (SELECT min(rowid) FROM qc_result WHERE sample_id = ?)"
_DELETE_NEWEST = "DELETE FROM qc_result WHERE rowid = (SELECT max(rowid) FROM qc_result WHERE sample_id = ?)"


def get_qc_result(call: Call) -> Response:
    """Return the QC result of a sample."""
    query = "SELECT coverage, number_of_het_snps, decision FROM qc_result WHERE sample_id = ? ORDER BY rowid"
    result = dict(call.select_one(query, call.sample_id))
    if result["coverage"] is None:
        result["coverage"] = math.nan
    return json_response(result)


def put_qc_result(call: Call) -> Response:
    """Add or replace the QC result of a sample."""
    if not call.overlaps:
        call.connection.execute(_DELETE_NEWEST, (call.sample_id,))
    call.connection.execute(
        "INSERT INTO qc_result (sample_id, coverage, number_of_het_snps, decision) VALUES (?, ?, ?, ?)",
        (call.sample_id, *(call.body[name] for name in schemas.QC_RESULT)),
    )
    return json_response(call.body, location=call.location(f"/samples/{call.path['id']}/qc-result"))


def delete_qc_result(call: Call) -> Response:
    """Delete the QC result of a sample."""
    if not call.connection.execute(_DELETE_OLDEST, (call.sample_id,)).rowcount:
        raise NotFound
    return no_content()
