"""Code as a user writes it. mypy checks it; it is never run."""

from __future__ import annotations

from typing import Optional
from uuid import UUID

from typing_extensions import assert_type
from urllib3 import HTTPHeaderDict

import tracking_client
from tracking_client import ApiClient, ApiException, Configuration, Error, File, FileApi

configuration = Configuration(host="http://tracking-api-service/api/v1")
configuration.timeout = (2.5, 30)
configuration.timeout = 10
configuration.retries = 3
configuration.hots = "http://elsewhere"  # type: ignore[attr-defined]

with ApiClient(configuration, header_name="X-Token", header_value="token") as api_client:
    assert_type(api_client, ApiClient)
    api = FileApi(api_client)
    assert_type(api.files_md5sum_get("a"), File)
    assert_type(api.files_md5sum_get(md5sum="a", _request_timeout=0.5), File)
    assert_type(api.files_md5sum_get_with_http_info("a"), tuple[File, int, HTTPHeaderDict])
    assert_type(api.samples_id_files_get(UUID(int=0)), list[File])
    assert_type(api.samples_id_files_get_with_http_info("a"), tuple[list[File], int, HTTPHeaderDict])
    assert_type(api.samples_id_files_md5sum_get("a", "b"), File)
    assert_type(api.samples_id_files_post("a", File("a", "b", "vcf")), File)
    assert_type(api.samples_id_files_post("a", {"md5sum": "a", "filename": "b", "file_type": "vcf"}), File)
    api.samples_id_files_md5sum_delete("a", "b", _request_timeout=(1, 2))

    api.files_md5sum_get(7)  # type: ignore[arg-type]
    api.files_md5sum_get()  # type: ignore[call-arg]
    api.files_md5sum_get("a", nonesuch=True)  # type: ignore[call-arg]
    api.files_md5sum_get("a", _request_timeout="soon")  # type: ignore[arg-type]
    api.samples_id_files_post("a", "isolate.vcf")  # type: ignore[arg-type]

    file = api.files_md5sum_get("a")
    assert_type(file.file_type, str)
    file.filename = "b"
    file.file_size = 7  # type: ignore[attr-defined]

    try:
        api.files_md5sum_get("a")
    except tracking_client.NotFoundException as not_found:
        assert_type(not_found.error, Optional[Error])
    except ApiException as error:
        assert_type(error.status, Optional[int])
        assert_type(error.body, Optional[str])
