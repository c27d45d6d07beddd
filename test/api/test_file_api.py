"""The methods of `FileApi` against the embedded service."""

from __future__ import annotations

import gzip
import hashlib
import re
import uuid
from pathlib import Path

import pytest
import urllib3
from clients import add_sample, api_for
from scripted_server import refused_host

from tracking_client import (
    ApiFileError,
    ApiFileNotFoundError,
    ApiTypeError,
    ApiValueError,
    BadRequestException,
    ConflictException,
    Error,
    File,
    NotFoundException,
)

FASTQ = File("9e107d9d372bb6826bd81d3542a419d6", "isolate_R1.fastq.gz", "fastq")
VCF = File("e4d909c290d0fb1ca068ffaddf22cbd0", "isolate.vcf", "vcf")
NO_SAMPLE = "00000000-0000-0000-0000-000000000000"
"""A valid sample id that does not exist."""


# Results


def test_file_is_registered_looked_up_listed_and_deleted(api, sample_id):
    assert api.samples_id_files_get(sample_id) == []
    with pytest.raises(NotFoundException):
        api.files_md5sum_get(FASTQ.md5sum)

    added, status, headers = api.samples_id_files_post_with_http_info(sample_id, FASTQ)
    assert (added, status) == (FASTQ, 201)
    assert headers["location"].endswith(f"/samples/{sample_id}/files/{FASTQ.md5sum}")
    api.samples_id_files_post(sample_id, VCF)

    assert api.files_md5sum_get(FASTQ.md5sum) == FASTQ
    assert api.samples_id_files_md5sum_get(sample_id, VCF.md5sum) == VCF
    assert sorted(api.samples_id_files_get(sample_id), key=repr) == sorted([FASTQ, VCF], key=repr)

    assert api.samples_id_files_md5sum_delete_with_http_info(sample_id, FASTQ.md5sum)[:2] == (None, 204)
    assert api.samples_id_files_get(sample_id) == [VCF]
    with pytest.raises(NotFoundException) as caught:
        api.samples_id_files_md5sum_delete(sample_id, FASTQ.md5sum)
    assert caught.value.error == Error(404, "Not found")


def test_registering_a_file_twice_is_a_conflict(api, api_client, sample_id):
    api.samples_id_files_post(sample_id, FASTQ)
    for id_ in (sample_id, add_sample(api_client)):
        with pytest.raises(ConflictException) as caught:
            api.samples_id_files_post(id_, FASTQ)
        assert caught.value.error == Error(409, "Already existed")
    assert api.samples_id_files_get(sample_id) == [FASTQ]


def test_missing_sample_or_file_is_not_found(api, api_client, sample_id):
    api.samples_id_files_post(sample_id, FASTQ)
    other = add_sample(api_client)
    for call in (
        lambda: api.files_md5sum_get(VCF.md5sum),
        lambda: api.samples_id_files_get(NO_SAMPLE),
        lambda: api.samples_id_files_post(NO_SAMPLE, VCF),
        lambda: api.samples_id_files_md5sum_get(other, FASTQ.md5sum),
        lambda: api.samples_id_files_md5sum_delete(other, FASTQ.md5sum),
    ):
        with pytest.raises(NotFoundException):
            call()
    assert api.samples_id_files_get(sample_id) == [FASTQ]


@pytest.mark.parametrize("key", ["file_type", "file-type"])
def test_file_can_be_a_dict_and_id_a_uuid(api, sample_id, key):
    file = {"md5sum": FASTQ.md5sum, "filename": FASTQ.filename, key: FASTQ.file_type}
    assert api.samples_id_files_post(uuid.UUID(sample_id), file) == FASTQ
    assert api.samples_id_files_get(id=sample_id.upper()) == [FASTQ]
    assert list(file) == ["md5sum", "filename", key]


@pytest.mark.parametrize("kind", [str, Path])
def test_file_can_be_a_path(api, sample_id, tmp_path, kind):
    path = tmp_path / "isolate_R1.fastq.gz"
    path.write_bytes(gzip.compress(b"@r1\nACGT\n+\nIIII\n"))
    file = File(hashlib.md5(path.read_bytes()).hexdigest(), path.name, "fastq")
    assert api.samples_id_files_post(sample_id, kind(path)) == file
    assert api.files_md5sum_get(file.md5sum) == file


def test_path_is_hashed_when_the_call_is_made(api, api_client, sample_id, tmp_path):
    path = tmp_path / "isolate.vcf"
    path.write_text("##fileformat=VCFv4.2\n")
    call = api.samples_id_files_post(sample_id, path, async_req=True)
    path.unlink()
    assert call.get(60).filename == "isolate.vcf"
    api_client.configuration.client_side_validation = False
    with pytest.raises(FileNotFoundError):
        api.samples_id_files_post(sample_id, path)


# Options of a call; test_methods.py tests them on every method


@pytest.mark.parametrize("asynchronous", [False, True])
def test_preload_content_false_returns_the_response_unread(api, sample_id, asynchronous):
    api.samples_id_files_post(sample_id, FASTQ)
    response = api.samples_id_files_get(sample_id, _preload_content=False, async_req=asynchronous)
    if asynchronous:
        response = response.get(60)
    assert isinstance(response, urllib3.HTTPResponse)
    assert (response.status, response.tell()) == (200, 0)
    assert b"isolate_R1" in response.read()
    response.release_conn()


@pytest.mark.parametrize("name", ["files_md5sum_get", "files_md5sum_get_with_http_info"])
def test_preload_content_false_still_raises_for_an_error_status(api, name):
    with pytest.raises(NotFoundException) as caught:
        getattr(api, name)(VCF.md5sum, _preload_content=False)
    assert caught.value.error == Error(404, "Not found")


def test_asynchronous_calls(api, api_client, sample_id):
    assert api_client._async_calls._started == {}
    posted = api.samples_id_files_post(sample_id, FASTQ, async_req=True)
    assert posted.get(60) == FASTQ
    calls = [api.files_md5sum_get_with_http_info(FASTQ.md5sum, async_req=True) for _ in range(20)]
    assert [call.get(60)[:2] for call in calls] == [(FASTQ, 200)] * 20
    with pytest.raises(NotFoundException):
        api.files_md5sum_get(VCF.md5sum, async_req=True).get(60)
    api_client.close()
    assert api.files_md5sum_get(FASTQ.md5sum, async_req=True).get(60) == FASTQ


# Parameters


@pytest.mark.parametrize(
    ("file", "error"),
    [
        ({}, ApiValueError),
        ({"md5sum": "a", "filename": "b"}, ApiValueError),
        ({"md5sum": "a", "filename": "b", "file-type": "bam"}, ApiValueError),
        ({"md5sum": 1, "filename": "b", "file-type": "vcf"}, ApiTypeError),
        (b"isolate.vcf", ApiTypeError),
        ([], ApiTypeError),
        (7, ApiTypeError),
    ],
)
def test_invalid_file_is_rejected(file, error):
    with pytest.raises(error):
        api_for(refused_host()).samples_id_files_post(NO_SAMPLE, file)


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("isolate.bam", b"x", ApiValueError),
        ("isolate.vcf", b"", ApiFileError),
        ("isolate.vcf", None, ApiFileNotFoundError),
    ],
    ids=["type", "empty", "missing"],
)
def test_file_on_disk_that_cannot_be_used_is_rejected(tmp_path, name, content, error):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(error, match=re.escape(name)):
        api_for(refused_host()).samples_id_files_post(NO_SAMPLE, path)


def test_without_client_side_validation_the_service_validates(api, api_client, sample_id):
    api_client.configuration.client_side_validation = False
    with pytest.raises(BadRequestException, match="'bam' is not one of"):
        api.samples_id_files_post(sample_id, {"md5sum": "a", "filename": "b", "file_type": "bam"})
    with pytest.raises(BadRequestException):
        api.samples_id_files_get("zz")
