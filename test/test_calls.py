"""The endpoints over a real socket, against the embedded service."""

from __future__ import annotations

import uuid

import pytest
import urllib3
from conftest import add_sample, api_for
from scripted import FILE, answer, scripted

import tracking_client
from tracking_client import (
    ApiTypeError,
    ApiValueError,
    ConflictException,
    Error,
    File,
    NotFoundException,
)
from tracking_client.api_client import LONGEST_KEPT

FASTQ = File("9e107d9d372bb6826bd81d3542a419d6", "isolate_R1.fastq.gz", "fastq")
VCF = File("e4d909c290d0fb1ca068ffaddf22cbd0", "isolate.vcf", "vcf")
NO_SAMPLE = "00000000-0000-0000-0000-000000000000"

CALLS = {
    "files_md5sum_get": ("md5sum",),
    "samples_id_files_get": ("id",),
    "samples_id_files_md5sum_delete": ("id", "md5sum"),
    "samples_id_files_md5sum_get": ("id", "md5sum"),
    "samples_id_files_post": ("id", "file"),
}
RIGHT = {"id": NO_SAMPLE, "md5sum": FASTQ.md5sum, "file": FASTQ}


def test_a_files_life(api, sample_id):
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


def test_what_is_missing_or_taken(api, api_client, sample_id):
    api.samples_id_files_post(sample_id, FASTQ)
    other = add_sample(api_client)
    for id_ in (sample_id, other):
        with pytest.raises(ConflictException) as caught:
            api.samples_id_files_post(id_, FASTQ)
        assert caught.value.error == Error(409, "Already existed")
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
def test_a_file_may_be_a_dict_and_an_id_a_uuid(api, sample_id, key):
    file = {"md5sum": FASTQ.md5sum, "filename": FASTQ.filename, key: FASTQ.file_type}
    assert api.samples_id_files_post(uuid.UUID(sample_id), file) == FASTQ
    assert api.samples_id_files_get(id=sample_id.upper()) == [FASTQ]
    assert list(file) == ["md5sum", "filename", key]


def test_asynchronous_calls(api, api_client, sample_id):
    assert api_client._threads._started == {}
    posted = api.samples_id_files_post(sample_id, FASTQ, async_req=True)
    assert posted.get(10) == FASTQ
    calls = [api.files_md5sum_get_with_http_info(FASTQ.md5sum, async_req=True) for _ in range(20)]
    assert [call.get(10)[:2] for call in calls] == [(FASTQ, 200)] * 20
    with pytest.raises(NotFoundException):
        api.files_md5sum_get(VCF.md5sum, async_req=True).get(10)
    assert api.files_md5sum_get(FASTQ.md5sum, async_req=True, _preload_content=False).get(10).status == 200
    api_client.close()
    assert api.files_md5sum_get(FASTQ.md5sum, async_req=True).get(10) == FASTQ


@pytest.mark.parametrize("name", ["files_md5sum_get", "files_md5sum_get_with_http_info"])
def test_an_answer_that_is_not_read(api, sample_id, name):
    api.samples_id_files_post(sample_id, FASTQ)
    response = getattr(api, name)(FASTQ.md5sum, _preload_content=False)
    assert isinstance(response, urllib3.HTTPResponse)
    assert response.tell() == 0
    assert b"isolate_R1" in response.read()
    response.release_conn()
    with pytest.raises(NotFoundException) as caught:
        getattr(api, name)(VCF.md5sum, _preload_content=False)
    assert caught.value.error == Error(404, "Not found")


def test_data_only(api, sample_id):
    assert api.samples_id_files_get_with_http_info(sample_id, _return_http_data_only=True) == []


def test_last_response(api, api_client, sample_id):
    api.samples_id_files_get(sample_id)
    response = api_client.last_response
    assert (response.status, response.reason, response.data) == (200, "OK", "[]")
    assert response.getheader("content-type") == response.getheaders()["Content-Type"] == "application/json"
    assert response.getheader("x-none", "without") == "without"


def test_last_response_does_not_keep_a_long_body(api, api_client, sample_id):
    filename = "isolate" * (LONGEST_KEPT // 14)
    api.samples_id_files_post(sample_id, {"md5sum": "a", "filename": filename, "file-type": "vcf"})
    assert filename in api_client.last_response.data
    api.samples_id_files_post(sample_id, {"md5sum": "b", "filename": filename, "file-type": "vcf"})
    assert len(api.samples_id_files_get(sample_id)) == 2
    assert (api_client.last_response.status, api_client.last_response.data) == (200, None)
    with pytest.raises(ApiValueError, match="was not kept"):
        api_client.deserialize(api_client.last_response, "list[File]")
    api_client.call_api(f"/samples/{sample_id}/files", "GET")
    assert len(api_client.deserialize(api_client.last_response, "list[File]")) == 2


@pytest.mark.parametrize("suffix", ["", "_with_http_info"])
@pytest.mark.parametrize("name", CALLS)
def test_wrong_keywords_and_parameters(name, suffix):
    with tracking_client.ApiClient(tracking_client.Configuration(host="http://127.0.0.1:9")) as api_client:
        call = getattr(tracking_client.FileApi(api_client), name + suffix)
        right = {parameter: RIGHT[parameter] for parameter in CALLS[name]}
        with pytest.raises(ApiTypeError, match=f"unexpected keyword argument 'nonesuch' to method {name}{suffix}$"):
            call(**right, nonesuch=1)
        with pytest.raises(ApiTypeError):
            call(*right.values(), RIGHT["md5sum"])
        with pytest.raises(ApiTypeError):
            call(*right.values(), **right)
        for parameter in right:
            with pytest.raises(ApiValueError, match=f"`{parameter}` when calling `{name}{suffix}`"):
                call(**{**right, parameter: None})
            with pytest.raises(ApiValueError, match=f"`{parameter}` when calling `{name}{suffix}`"):
                call(**{key: value for key, value in right.items() if key != parameter})


@pytest.mark.parametrize(
    "bad", ["", "zz", NO_SAMPLE + "0", NO_SAMPLE + "\n", NO_SAMPLE.replace("-", ""), 7, "..", b"x"]
)
@pytest.mark.parametrize("name", [name for name, parameters in CALLS.items() if "id" in parameters])
def test_an_id_that_is_not_a_uuid_is_not_sent(name, bad):
    api_client = tracking_client.ApiClient(tracking_client.Configuration(host="http://127.0.0.1:9"))
    arguments = [bad if parameter == "id" else RIGHT[parameter] for parameter in CALLS[name]]
    with pytest.raises(ApiValueError, match="`id`"):
        getattr(tracking_client.FileApi(api_client), name)(*arguments)


@pytest.mark.parametrize(
    ("file", "error"),
    [
        ({}, ApiValueError),
        ({"md5sum": "a", "filename": "b"}, ApiValueError),
        ({"md5sum": "a", "filename": "b", "file-type": "bam"}, ApiValueError),
        ({"md5sum": 1, "filename": "b", "file-type": "vcf"}, ApiTypeError),
        ("isolate.vcf", ApiTypeError),
        ([], ApiTypeError),
        (7, ApiTypeError),
    ],
)
def test_a_file_that_breaks_the_schema_is_not_sent(file, error):
    configuration = tracking_client.Configuration(host="http://127.0.0.1:9")
    with pytest.raises(error):
        tracking_client.FileApi(tracking_client.ApiClient(configuration)).samples_id_files_post(NO_SAMPLE, file)


def test_without_validation_the_service_decides(api, api_client, sample_id):
    api_client.configuration.client_side_validation = False
    with pytest.raises(tracking_client.BadRequestException, match="'bam' is not one of"):
        api.samples_id_files_post(sample_id, {"md5sum": "a", "filename": "b", "file_type": "bam"})
    with pytest.raises(tracking_client.BadRequestException):
        api.samples_id_files_get("zz")


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("tracking-api-service/api/v1", "tracking-api-service"),
        ("ftp://tracking/api", "ftp://tracking/api"),
        ("//tracking/api", "//tracking/api"),
        ("http://", "http://"),
        ("http:///api/v1", "http:///api/v1"),
        ("http://tracking:port/api", "port"),
        ("http://tracking:99999/api", "99999"),
        ("http://tracking/api?x=1", "Invalid host"),
        ("http://tracking/api#x", "Invalid host"),
        ("http://track ing/api", "Invalid host"),
        ("http://tracking/api\r\n", "Invalid host"),
        ("", "''"),
        (None, "NoneType"),
    ],
)
def test_a_host_of_another_form_is_refused_when_used(host, shown):
    configuration = tracking_client.Configuration(host=host)
    api = tracking_client.FileApi(tracking_client.ApiClient(configuration))
    with pytest.raises((ApiValueError, ApiTypeError)) as caught:
        api.files_md5sum_get("a")
    assert shown in str(caught.value)
    assert "http://tracking-api-service/api/v1" in str(caught.value)


def test_a_slash_at_the_hosts_end_does_no_harm(host, api, api_client, sample_id):
    for slashes in ("/", "//"):
        api_client.configuration.host = host + slashes
        assert api.samples_id_files_get(sample_id) == []


def test_default_configuration(host, sample_id):
    try:
        tracking_client.Configuration.set_default(tracking_client.Configuration(host=host))
        assert tracking_client.FileApi().samples_id_files_get(sample_id) == []
    finally:
        tracking_client.Configuration.set_default(None)
    assert tracking_client.Configuration.get_default_copy().host == "http://tracking-api-service/api/v1"


def test_another_host_for_one_call(host, sample_id):
    with tracking_client.ApiClient(tracking_client.Configuration(host="http://127.0.0.1:9")) as api_client:
        files = api_client.call_api(
            "/samples/{id}/files", "GET", {"id": sample_id}, response_type="list[File]", _host=host
        )
    assert files[0] == []


def test_query_parameters(api_client):
    added = add_sample(api_client, **{"isolate-id": "a b&c=d/é"})
    for query in ({"isolate_id": "a b&c=d/é"}, [("isolate_id", "a b&c=d/é")]):
        found, _, _ = api_client.call_api("/samples", "GET", query_params=query, response_type="object")
        assert [sample["id"] for sample in found] == [added]


def test_query_parameters_of_a_host_without_a_path():
    with scripted(answer()) as server:
        client = api_for(server.host.replace("/api/v1", "")).api_client
        for query in ({"a": "1/2"}, {"a": 2}):
            client.call_api("", "GET", query_params=query)
        client.call_api("", "GET")
        client.call_api("/x", "GET", query_params={"a": 3})
        client.close()
    lines = [request.split(b" ")[1] for request in server.requests]
    assert lines == [b"/?a=1%2F2", b"/?a=2", b"/", b"/x?a=3"]
    assert server.connections == 1


@pytest.mark.parametrize(("response_type", "error"), [("Nonesuch", ApiValueError), (["File"], ApiTypeError)])
def test_an_unknown_response_type_is_refused_before_sending(response_type, error):
    with scripted(answer()) as server:
        with pytest.raises(error, match="type"):
            api_for(server.host).api_client.call_api("/x", "POST", body={}, response_type=response_type)
        assert server.connections == 0


def test_a_client_of_ones_own_knows_its_own_types():
    class Own(tracking_client.ApiClient):
        def deserialize(self, response, response_type):
            return response_type(response.data)

    with scripted(answer()) as server, Own(tracking_client.Configuration(host=server.host)) as client:
        data, _, _ = client.call_api("/x", "GET", response_type=len)
    assert data == len(FILE)


@pytest.mark.parametrize("name", ["post_params", "files", "collection_formats", "auth_settings"])
def test_what_a_json_api_never_reaches(api_client, name):
    api_client.call_api("/samples", "GET", **{name: {} if name == "files" else []})
    with pytest.raises(ApiTypeError, match=name):
        api_client.call_api("/samples", "GET", **{name: {"a": "b"}})


def test_another_method_is_refused(api_client):
    with pytest.raises(ApiValueError, match="TRACE"):
        api_client.call_api("/samples", "TRACE")


def test_a_body_without_a_form_in_json_is_refused(api_client):
    circle: list = []
    circle.append(circle)
    for body in (circle, float("nan")):
        with pytest.raises(ApiValueError):
            api_client.call_api("/samples", "POST", body=body)
    for body in (object(), {"a": b"bytes"}, {(1, 2): 3}):
        with pytest.raises(ApiTypeError):
            api_client.call_api("/samples", "POST", body=body)
