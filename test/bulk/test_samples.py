"""Samples by their names, on the embedded service."""

from __future__ import annotations

import io
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from clients import add_sample, client_for
from scripted_server import close, http_response, respond, scripted_server

from tracking_client import ApiTypeError, ApiValueError, ConflictException, SampleApi
from tracking_client.bulk import (
    DEFAULT_MISSING,
    Entry,
    find_or_create_sample,
    find_sample,
    iter_register,
    read_manifest,
    register,
)


def test_find_by_either_name_or_both(api_client):
    id_ = add_sample(api_client, **{"isolate-id": "i", "experiment-id": "e"})
    add_sample(api_client, **{"isolate-id": "other"})
    assert find_sample(api_client, isolate_id="i").id == id_
    assert find_sample(api_client, experiment_id="e").id == id_
    assert find_sample(api_client, isolate_id="i", experiment_id="e").id == id_
    assert find_sample(api_client, isolate_id="I") is None


def test_create_only_what_does_not_exist(api_client):
    created = find_or_create_sample(api_client, isolate_id="i", experiment_id="e")
    assert (created.isolate_id, created.experiment_id) == ("i", "e")
    assert find_or_create_sample(api_client, isolate_id="i") == created
    assert find_or_create_sample(api_client, experiment_id="e", isolate_id="i") == created
    assert SampleApi(api_client).samples_get() == [created]


def test_names_on_different_samples_are_an_error(api_client):
    first, second = add_sample(api_client, **{"isolate-id": "i"}), add_sample(api_client, **{"experiment-id": "e"})
    for function in (find_sample, find_or_create_sample):
        with pytest.raises(ApiValueError, match=f"different samples: .*{first}.* and .*{second}"):
            function(api_client, isolate_id="i", experiment_id="e")


@pytest.mark.parametrize(
    "names", [{"isolate_id": "i", "experiment_id": "f"}, {"isolate_id": "j", "experiment_id": "e"}]
)
def test_sample_with_another_name_is_an_error(api_client, names):
    add_sample(api_client, **{"isolate-id": "i", "experiment-id": "e"})
    with pytest.raises(ApiValueError, match=r"sample .* has another"):
        find_or_create_sample(api_client, **names)


@pytest.mark.parametrize("names", [{"isolate-id": "i"}, {"experiment-id": "e"}])
def test_sample_that_lacks_the_other_name_gets_it(api_client, names):
    id_ = add_sample(api_client, **names)
    assert find_sample(api_client, isolate_id="i", experiment_id="e").id == id_
    changed = find_or_create_sample(api_client, isolate_id="i", experiment_id="e")
    assert (changed.id, changed.isolate_id, changed.experiment_id) == (id_, "i", "e")
    assert SampleApi(api_client).samples_get() == [changed]
    assert find_or_create_sample(api_client, isolate_id="i") == changed


@pytest.mark.parametrize(("experiment", "requests"), [({"experiment-id": "e"}, 1), ({}, 2)])
def test_second_request_is_sent_only_if_the_sample_lacks_the_other_name(experiment, requests):
    sample = {"id": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "isolate-id": "i", **experiment}
    found = http_response(json.dumps([sample]).encode())
    with scripted_server(respond(found)) as server, client_for(server.host) as api_client:
        assert find_sample(api_client, isolate_id="i", experiment_id="e").id == sample["id"]
        assert len(server.requests) == requests


def test_16_at_once_make_one_sample(api_client):
    barrier = threading.Barrier(16)

    def find_or_create(_: int) -> str:
        barrier.wait()
        return find_or_create_sample(api_client, isolate_id="i", experiment_id="e").id

    with ThreadPoolExecutor(16) as threads:
        ids = set(threads.map(find_or_create, range(16)))
    assert len(ids) == len(SampleApi(api_client).samples_get()) == 1


def test_lost_response_is_resolved(delays):
    """The service creates the sample, but its response is lost. The client finds it by the id that it has sent."""

    def none(connection):
        connection.request()
        connection.send(http_response(b"[]", "200 OK", "Connection: close"))

    def created(connection):
        request = server.requests[-1] if connection.request() else b""
        body = next(each for each in server.requests if each.startswith(b"POST")).partition(b"\r\n\r\n")[2]
        connection.send(http_response(body, "200 OK", "Connection: close"))
        assert request

    with scripted_server(none, close, created) as server, client_for(server.host) as api_client:
        sample = find_or_create_sample(api_client, isolate_id="i")
        assert server.methods() == ["GET", "POST", "GET"]
        assert sample.id.encode() in server.requests[2].splitlines()[0]


def test_sample_that_another_has_created_in_the_meantime_is_found():
    def respond_in_turn(connection):
        conflict = http_response(b'{"code": 409, "message": "Already existed"}', "409 CONFLICT")
        for response in (http_response(b"[]"), conflict, http_response(json.dumps([sample]).encode())):
            connection.request()
            connection.send(response)

    sample = {"id": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "isolate-id": "i"}
    with scripted_server(respond_in_turn) as server, client_for(server.host) as api_client:
        assert find_or_create_sample(api_client, isolate_id="i").id == sample["id"]
        assert server.methods() == ["GET", "POST", "GET"]


def test_conflict_about_nothing_that_can_be_found_is_raised():
    def conflict(connection):
        while True:
            request = connection.request()
            if not request:
                return
            if request.startswith(b"POST"):
                connection.send(http_response(b'{"code": 409, "message": "Already existed"}', "409 CONFLICT"))
            else:
                connection.send(http_response(b"[]"))

    with scripted_server(conflict) as server, client_for(server.host) as api_client:
        with pytest.raises(ConflictException):
            find_or_create_sample(api_client, isolate_id="i")
        assert server.methods() == ["GET", "POST", "GET"]


@pytest.mark.parametrize(
    "names",
    [
        {},
        {"isolate_id": ""},
        {"isolate_id": " "},
        {"experiment_id": ""},
        {"isolate_id": 7},
        {"isolate_id": "py\r"},
        {"experiment_id": "a\nb"},
        {"isolate_id": "a\u2028b"},
        {"isolate_id": "a\udcfc"},
        {"isolate_id": " a"},
        {"isolate_id": "17.0"},
        {"isolate_id": "#NV"},
        {"experiment_id": "#12"},
        {"isolate_id": "1.23E+10"},
    ],
)
def test_invalid_names_are_rejected(api_client, names):
    for function in (find_sample, find_or_create_sample):
        with pytest.raises((ApiValueError, ApiTypeError)):
            function(api_client, **names)


@pytest.mark.parametrize("name", [*DEFAULT_MISSING, "na", "nan"])
def test_word_for_a_missing_value_is_no_name(api_client, name):
    for names in ({"isolate_id": name}, {"experiment_id": name}, {"isolate_id": "i", "experiment_id": name}):
        for function in (find_sample, find_or_create_sample):
            with pytest.raises(ApiValueError):
                function(api_client, **names)
        with pytest.raises(ApiValueError):
            register(api_client, [], create=True, **names)
        entry = Entry(md5sum="a" * 32, name="a.vcf", **names)
        assert register(api_client, entry, create=True).counts == {"failed": 1}
        assert [result.status for result in iter_register(api_client, [entry])] == ["failed"]
    assert SampleApi(api_client).samples_get() == []


def test_isolate_that_a_manifest_calls_na_is_registered_and_found_again(api_client):
    table = f"isolate,experiment,path,md5\nNA,-,a.vcf,{'a' * 32}\n"
    results = register(api_client, read_manifest(io.StringIO(table), missing=[]), create=True)
    assert results.counts == {"created": 1}
    assert register(api_client, results).counts == {"existing": 1}
    (sample,) = SampleApi(api_client).samples_get()
    assert (sample.isolate_id, sample.experiment_id) == ("NA", "-")
