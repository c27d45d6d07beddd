"""A path parameter becomes exactly one path segment, so that a request never reaches another resource."""

from __future__ import annotations

import pytest
from clients import api_for
from scripted_server import http_response, respond, scripted_server

from tracking_client import ApiValueError, File

ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"


@pytest.mark.parametrize("validate", [True, False])
@pytest.mark.parametrize("value", ["", ".", "..", " ", "\t", "\u3000", None, "\udcff"])
def test_value_that_cannot_be_a_segment_is_rejected(value, validate):
    with scripted_server(respond()) as server:
        api = api_for(server.host, client_side_validation=validate)
        for call in (
            lambda: api.files_md5sum_get(value),
            lambda: api.samples_id_files_md5sum_get(ID, value),
            lambda: api.samples_id_files_md5sum_delete(ID, value),
            lambda: api.samples_id_files_md5sum_delete(value, "a"),
            lambda: api.samples_id_files_get(value),
            lambda: api.samples_id_files_post(value, File("a", "b", "vcf")),
            lambda: api.api_client.call_api("/files/{md5sum}", "DELETE", {"md5sum": value}),
        ):
            with pytest.raises(ApiValueError):
                call()
        assert server.connections == 0


@pytest.mark.parametrize("safe", ["", "/?#%. ", "/../"])
@pytest.mark.parametrize(
    ("md5sum", "segment"),
    [
        ("a?b=c", b"a%3Fb%3Dc"),
        ("a#b", b"a%23b"),
        ("%2e%2e", b"%252e%252e"),
        ("a b", b"a%20b"),
        ("é\u4e2d", b"%C3%A9%E4%B8%AD"),
        ("...", b"..."),
        ("{id}", b"%7Bid%7D"),
    ],
)
def test_path_parameter_is_encoded_as_one_segment(md5sum, segment, safe):
    with scripted_server(respond(http_response(b"", "204 No Content", "Content-Length: 0"))) as server:
        api = api_for(server.host, safe_chars_for_path_param=safe)
        api.samples_id_files_md5sum_delete(ID, md5sum)
        line = server.requests[0].split(b"\r\n")[0]
        assert line == b"DELETE /api/v1/samples/" + ID.encode() + b"/files/" + segment + b" HTTP/1.1"


@pytest.mark.parametrize("md5sum", ["", ".", "..", " "])
def test_file_with_unusable_md5sum_is_not_registered(md5sum):
    # Such a file could never be looked up or deleted again.
    with scripted_server(respond()) as server:
        for file in (File(md5sum, "b", "vcf"), {"md5sum": md5sum, "filename": "b", "file_type": "vcf"}):
            with pytest.raises(ApiValueError, match="md5sum"):
                api_for(server.host).samples_id_files_post(ID, file)
        assert server.connections == 0


def test_file_with_both_names_of_a_field_is_not_registered():
    file = {"md5sum": "a", "filename": "b", "file_type": "vcf", "file-type": "fastq"}
    with scripted_server(respond()) as server:
        with pytest.raises(ApiValueError, match="both names of one field"):
            api_for(server.host).samples_id_files_post(ID, file)
        assert server.connections == 0
