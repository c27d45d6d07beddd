"""The methods of `SampleApi`: the requests they send, and what they do against the embedded service."""

from __future__ import annotations

import json
import uuid

import pytest
from clients import client_for
from endpoints import ID, SAMPLE, SAMPLE_JSON
from scripted_server import http_response, refused_host, respond, scripted_server

from tracking_client import (
    ApiTypeError,
    ApiValueError,
    BadRequestException,
    ConflictException,
    Error,
    File,
    FileApi,
    NotFoundException,
    Sample,
    SampleApi,
)

NO_SAMPLE = "00000000-0000-0000-0000-000000000000"
"""A valid sample id that does not exist."""


@pytest.fixture
def api(api_client) -> SampleApi:
    return SampleApi(api_client)


# The request of samples_get


@pytest.mark.parametrize(
    ("filters", "query"),
    [
        ({}, ""),
        ({"experiment_id": None, "isolate_id": None}, ""),
        ({"isolate_id": "a"}, "?isolate_id=a"),
        ({"isolate_id": ""}, "?isolate_id="),
        ({"experiment_id": "", "isolate_id": None}, "?experiment_id="),
        ({"isolate_id": "b", "experiment_id": "a"}, "?experiment_id=a&isolate_id=b"),
        ({"isolate_id": "a\n"}, "?isolate_id=a%0A"),
        ({"isolate_id": "\r\nHost: x"}, "?isolate_id=%0D%0AHost%3A+x"),
        ({"isolate_id": "a&b=c#d?e/f+g%"}, "?isolate_id=a%26b%3Dc%23d%3Fe%2Ff%2Bg%25"),
        ({"isolate_id": "é\0"}, "?isolate_id=%C3%A9%00"),
    ],
)
def test_filters_are_sent_in_the_query(filters, query):
    with scripted_server(respond(http_response(b"[]"))) as server, client_for(server.host) as client:
        assert SampleApi(client).samples_get(**filters) == []
        assert SampleApi(client).samples_get_with_http_info(**filters)[:2] == ([], 200)
        assert [request.split(b" ")[1].decode() for request in server.requests] == [f"/api/v1/samples{query}"] * 2


@pytest.mark.parametrize("name", ["samples_get", "samples_get_with_http_info"])
def test_filters_are_keywords(name):
    method = getattr(SampleApi(client_for(refused_host())), name)
    with pytest.raises(TypeError, match="positional argument"):
        method("experiment 1")
    with pytest.raises(ApiTypeError, match=r"^Got an unexpected keyword argument 'isolate' to method samples_get$"):
        method(isolate="x")
    with pytest.raises(ApiTypeError, match="'isolate-id'"):
        method(**{"isolate-id": "x"})


@pytest.mark.parametrize("value", [7, True, b"x", ["a"], {"a": "b"}, uuid.UUID(ID)])
@pytest.mark.parametrize("name", ["experiment_id", "isolate_id"])
def test_filter_that_is_not_a_str_is_rejected(name, value):
    with pytest.raises(ApiTypeError, match=f"Invalid type for `{name}` .*, must be str"):
        SampleApi(client_for(refused_host())).samples_get(**{name: value})


def test_filter_that_is_not_unicode_text_is_rejected():
    with pytest.raises(ApiValueError):
        SampleApi(client_for(refused_host())).samples_get(isolate_id="\ud800")


# The request of samples_post


def posted(sample) -> dict:
    """Create a sample, and return the JSON object that was sent."""
    response = http_response(json.dumps(SAMPLE_JSON).encode(), "201 x")
    with scripted_server(respond(response)) as server, client_for(server.host) as client:
        assert SampleApi(client).samples_post(sample) == SAMPLE
        (request,) = server.requests
        return json.loads(request.partition(b"\r\n\r\n")[2])


@pytest.mark.parametrize("sample", [Sample(), {}, {"id": None}, Sample("a"), {"isolate-id": "b"}], ids=repr)
def test_id_is_chosen_if_there_is_none(sample):
    before = repr(sample)
    ids = {posted(sample)["id"] for _ in range(3)}
    assert len(ids) == 3
    assert [str(uuid.UUID(each)) for each in ids] == list(ids)
    assert {uuid.UUID(each).version for each in ids} == {4}
    assert repr(sample) == before


@pytest.mark.parametrize("given", [ID, ID.upper()])
def test_id_that_is_given_is_sent_in_lower_case(given):
    model, fields = Sample(id=given), {"id": given, "isolate_id": "a"}
    assert posted(model) == {"id": ID}
    assert posted(fields) == {"id": ID, "isolate-id": "a"}
    assert (model.id, fields) == (given, {"id": given, "isolate_id": "a"})


def test_names_are_sent_with_the_id():
    sent = posted(Sample("experiment 1", ""))
    assert uuid.UUID(sent.pop("id"))
    assert sent == {"experiment-id": "experiment 1", "isolate-id": ""}


def test_fields_of_a_subclass_are_sent():
    class Newer(Sample):
        @property
        def attribute_map(self):
            return {"experiment_id": "experiment-id", "isolate_id": "isolate-id", "id": "id", "site": "site-name"}

        site = "a"

    assert posted(Newer(id=ID)) == {"id": ID, "site-name": "a"}


@pytest.mark.parametrize(
    ("sample", "error"),
    [
        ({"id": "zz"}, ApiValueError),
        ({"id": ""}, ApiValueError),
        ({"id": ID + "\n"}, ApiValueError),
        ({"id": uuid.UUID(ID)}, ApiTypeError),
        ({"isolate-id": 7}, ApiTypeError),
        ({"experiment_id": b"a"}, ApiTypeError),
    ],
)
def test_invalid_sample_is_rejected(sample, error):
    api = SampleApi(client_for(refused_host()))
    with pytest.raises(error):
        api.samples_post(sample)
    with pytest.raises(error):
        api.samples_id_patch(ID, sample)


def test_patch_sends_no_other_id():
    with scripted_server(respond(http_response(json.dumps(SAMPLE_JSON).encode()))) as server:
        with client_for(server.host) as client:
            SampleApi(client).samples_id_patch(ID, Sample(isolate_id="a"))
            SampleApi(client).samples_id_patch(ID, {"isolate_id": "a", "experiment-id": None})
        assert [request.partition(b"\r\n\r\n")[2] for request in server.requests] == [b'{"isolate-id": "a"}'] * 2


# Against the embedded service


def test_sample_is_created_looked_up_listed_and_deleted(api, host):
    assert api.samples_get() == []
    created, status, headers = api.samples_post_with_http_info(Sample("experiment 1", "isolate 1"))
    assert (created.experiment_id, created.isolate_id, status) == ("experiment 1", "isolate 1", 201)
    assert headers["location"] == f"{host}/samples/{created.id}"
    assert api.samples_id_get(created.id) == created
    assert api.samples_get() == [created]

    assert api.samples_id_delete_with_http_info(created.id)[:2] == (None, 204)
    assert api.samples_get() == []
    with pytest.raises(NotFoundException) as caught:
        api.samples_id_delete(created.id)
    assert caught.value.error == Error(404, "Not found")


def test_sample_without_names(api):
    created = api.samples_post(Sample())
    assert created == Sample(id=created.id)
    assert uuid.UUID(created.id)


def test_sample_gets_the_id_that_was_sent(api):
    assert api.samples_post(Sample("a", "b", ID.upper())) == Sample("a", "b", ID)
    assert api.samples_id_get(ID.upper()) == Sample("a", "b", ID)
    with pytest.raises(ConflictException) as caught:
        api.samples_post(Sample(id=ID))
    assert caught.value.error == Error(409, "Already existed")


@pytest.mark.parametrize("field", ["experiment_id", "isolate_id"])
def test_name_of_another_sample_is_a_conflict(api, field):
    first = api.samples_post({field: "taken"})
    with pytest.raises(ConflictException):
        api.samples_post({field: "taken"})
    second = api.samples_post({field: "free"})
    with pytest.raises(ConflictException):
        api.samples_id_patch(second.id, {field: "taken"})
    assert sorted(api.samples_get(), key=repr) == sorted([first, second], key=repr)


def test_filters_match_exactly(api):
    names = [("a", "x"), ("b", "y"), ("A", "x\n"), ("", ""), (None, None), ("x", "a")]
    samples = {each: api.samples_post(Sample(*each)) for each in names}
    assert len(api.samples_get()) == len(names)
    assert api.samples_get(experiment_id="a") == [samples["a", "x"]]
    assert api.samples_get(isolate_id="x") == [samples["a", "x"]]
    assert api.samples_get(isolate_id="x\n") == [samples["A", "x\n"]]
    assert api.samples_get(experiment_id="b", isolate_id="y") == [samples["b", "y"]]
    assert api.samples_get(experiment_id="a", isolate_id="y") == []
    assert api.samples_get(isolate_id="") == [samples["", ""]]
    assert api.samples_get(isolate_id="nonesuch") == []


def test_head_tells_whether_a_sample_exists(api):
    created = api.samples_post(Sample())
    assert api.samples_id_head(created.id) is None
    data, status, headers = api.samples_id_head_with_http_info(created.id)
    assert (data, status, headers["content-type"]) == (None, 200, "application/json")
    with pytest.raises(NotFoundException) as caught:
        api.samples_id_head(NO_SAMPLE)
    assert (caught.value.body, caught.value.error) == ("", None)


def test_patch_changes_the_names_that_it_has(api):
    created = api.samples_post(Sample("a", "b"))
    assert api.samples_id_patch(created.id, Sample(isolate_id="c")) == Sample("a", "c", created.id)
    assert api.samples_id_patch(created.id, {"experiment-id": "d", "id": NO_SAMPLE}) == Sample("d", "c", created.id)
    assert api.samples_id_patch(created.id, Sample("", "")) == Sample("d", "c", created.id)
    data, status, headers = api.samples_id_patch_with_http_info(created.id, {})
    assert (data, status, "location" in headers) == (Sample("d", "c", created.id), 200, False)
    assert api.samples_get() == [data]


@pytest.mark.parametrize(
    "call",
    [
        lambda api: api.samples_id_get(NO_SAMPLE),
        lambda api: api.samples_id_head(NO_SAMPLE),
        lambda api: api.samples_id_patch(NO_SAMPLE, {"isolate_id": "a"}),
        lambda api: api.samples_id_delete(NO_SAMPLE),
    ],
    ids=["get", "head", "patch", "delete"],
)
def test_missing_sample_is_not_found(api, call):
    with pytest.raises(NotFoundException):
        call(api)


def test_without_client_side_validation_the_service_validates(api, api_client):
    api_client.configuration.client_side_validation = False
    with pytest.raises(BadRequestException, match="7 is not of type 'string' - 'isolate-id'"):
        api.samples_post({"isolate_id": 7})
    with pytest.raises(BadRequestException):
        api.samples_id_get("zz")


def test_file_is_registered_with_the_sample(api, api_client):
    created = api.samples_post({"isolate_id": "isolate 1"})
    file = File("9e107d9d372bb6826bd81d3542a419d6", "isolate.vcf", "vcf")
    assert FileApi(api_client).samples_id_files_post(created.id, file) == file
    assert FileApi(api_client).samples_id_files_get(created.id) == [file]


def test_name_in_place_of_an_id_is_told_to_be_found_first():
    api = FileApi(client_for(refused_host()))
    with pytest.raises(ApiValueError, match="find_sample"):
        api.samples_id_files_get("isolate 17")


@pytest.mark.parametrize("name", ["samples_post", "samples_id_patch"])
def test_dict_with_a_mistyped_key_is_rejected(name):
    """Otherwise a sample without a name would be created, and an update would change nothing."""
    method = getattr(SampleApi(client_for(refused_host())), name)
    with pytest.raises(ApiTypeError, match="Sample has no field `isolate`"):
        method(*([ID] if "patch" in name else []), {"isolate": "iso 8"})
