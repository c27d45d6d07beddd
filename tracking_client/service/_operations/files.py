"""The operations on files."""

from __future__ import annotations

from .endpoint import Call, as_json
from .responses import NotFound, Response, json_response, no_content

_SELECT = "SELECT md5sum, filename, file_type AS 'file-type' FROM file"


def get_file(call: Call) -> Response:
    """Return the file with an md5sum, whichever sample it is registered with, or none."""
    return json_response(as_json(call.select_one(f"{_SELECT} WHERE md5sum = ?", call.md5sum)))


def list_files(call: Call) -> Response:
    """Return the files of a sample, oldest first."""
    rows = call.connection.execute(f"{_SELECT} WHERE sample_id = ? ORDER BY rowid", (call.sample_id,))
    return json_response([as_json(row) for row in rows])


def add_file(call: Call) -> Response:
    """Register a file with a sample."""
    md5sum = call.body["md5sum"]
    values = (md5sum, call.sample_id, call.body["filename"], call.body["file-type"])
    call.connection.execute("INSERT INTO file (md5sum, sample_id, filename, file_type) VALUES (?, ?, ?, ?)", values)
    location = call.location(f"/samples/{call.path['id']}/files/{md5sum}")
    return json_response(call.body, 201, location=location)


def get_file_of_sample(call: Call) -> Response:
    """Return the file with an md5sum, if it is registered with the sample."""
    row = call.select_one(f"{_SELECT} WHERE md5sum = ? AND sample_id = ?", call.md5sum, call.sample_id)
    return json_response(as_json(row))


def delete_file_of_sample(call: Call) -> Response:
    """Delete the record of a file of a sample."""
    deleted = call.connection.execute(
        "DELETE FROM file WHERE md5sum = ? AND sample_id = ?", (call.md5sum, call.sample_id)
    )
    if not deleted.rowcount:
        raise NotFound
    return no_content()
