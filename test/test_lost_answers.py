"""A write whose answer is lost: what became of it is found out, or said to be unknown."""

from __future__ import annotations

import json

import pytest
import urllib3
from conftest import api_for
from scripted import FILE, answer, answer_and_close, close, http, reset, scripted, stall

from tracking_client import (
    ApiConnectionError,
    ApiException,
    ApiTimeoutError,
    ConflictException,
    File,
    NotFoundException,
)

GOOD = File("a", "isolate.vcf", "vcf")
OTHER = FILE.replace(b"isolate.vcf", b"other.vcf")
ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
NOT_FOUND = http(b'{"code": 404, "message": "Not found"}', "404 NOT FOUND")
CONFLICT = http(b'{"code": 409, "message": "Already existed"}', "409 CONFLICT")
CREATED = http(FILE, "201 CREATED", "Location: /elsewhere")

LOST = {
    "close": close,
    "reset": reset,
    "cut head": answer_and_close(b"HTTP/1.1 201 CREATED\r\nContent-"),
    "cut body": answer_and_close(http(FILE[:20], "201 CREATED", length=len(FILE))),
}


@pytest.mark.parametrize("lost", LOST)
def test_a_post_that_was_carried_out(waits, lost):
    with scripted(LOST[lost], answer(http(FILE))) as server:
        added, status, headers = api_for(server.host).samples_id_files_post_with_http_info(ID, GOOD)
        made = f"{server.host}/samples/{ID}/files/a"
        assert (added, status, headers["location"]) == (GOOD, 201, made)
        assert server.methods() == ["POST", "GET"]
        assert f"GET /api/v1/samples/{ID}/files/a HTTP/1.1".encode() in server.requests[1]


@pytest.mark.parametrize("lost", LOST)
def test_a_post_that_was_not_carried_out_is_sent_again(waits, lost):
    with scripted(LOST[lost], answer_and_close(NOT_FOUND), answer(CREATED)) as server:
        assert api_for(server.host).samples_id_files_post(ID, GOOD) == GOOD
        assert [method for method in server.methods() if method == "POST"] == ["POST", "POST"]


def test_a_first_post_that_comes_late_is_no_conflict(waits):
    script = [close, answer_and_close(NOT_FOUND), answer_and_close(CONFLICT), answer(http(FILE))]
    with scripted(*script) as server:
        added, status, _ = api_for(server.host).samples_id_files_post_with_http_info(ID, GOOD)
        assert (added, status) == (GOOD, 201)


def test_a_post_that_a_policy_of_ones_own_repeats_is_no_conflict(waits):
    for lost in (close, answer_and_close(http(b"", "502 x"))):
        policy = urllib3.Retry(3, allowed_methods=None, status_forcelist=[502])
        with scripted(lost, answer_and_close(CONFLICT), answer(http(FILE))) as server:
            assert api_for(server.host, retries=policy).samples_id_files_post(ID, GOOD) == GOOD


def test_a_delete_that_ran_out_of_time_and_is_repeated_has_succeeded():
    with scripted(stall, answer(NOT_FOUND)) as server:
        api = api_for(server.host, retries=urllib3.Retry(3))
        assert api.samples_id_files_md5sum_delete(ID, "a", _request_timeout=(1, 0.2)) is None


def test_a_conflict_with_another_sample_stays_one(waits):
    script = [close, answer_and_close(NOT_FOUND), answer_and_close(CONFLICT), answer(NOT_FOUND)]
    with scripted(*script) as server, pytest.raises(ConflictException):
        api_for(server.host).samples_id_files_post(ID, GOOD)


def test_first_attempts_stay_what_they_are(waits):
    with scripted(answer(CONFLICT)) as server:
        with pytest.raises(ConflictException):
            api_for(server.host).samples_id_files_post(ID, GOOD)
        assert server.methods() == ["POST"]
    with scripted(answer(NOT_FOUND)) as server:
        with pytest.raises(NotFoundException):
            api_for(server.host).samples_id_files_md5sum_delete(ID, "a")
        assert server.methods() == ["DELETE"]


@pytest.mark.parametrize(
    "then", [close, stall, answer(http(b"", "503 x")), answer(http(OTHER)), answer(http(b"[]")), answer(http(b"{"))]
)
def test_an_outcome_that_can_not_be_found_out_is_said_to_be_unknown(waits, then):
    with scripted(close, then) as server:
        with pytest.raises(ApiConnectionError, match="whether the request was carried out is not known") as caught:
            api_for(server.host).samples_id_files_post(ID, GOOD, _request_timeout=(1, 0.2))
        assert caught.value.outcome_unknown is True
        assert server.methods().count("POST") == 1


def test_a_service_that_always_cuts_ends(waits):
    with scripted(close) as server:
        with pytest.raises(ApiConnectionError) as caught:
            api_for(server.host).samples_id_files_post(ID, GOOD)
        assert caught.value.outcome_unknown is True
        assert len(server.requests) < 20
        with pytest.raises(ApiConnectionError) as caught:
            api_for(server.host, retries=0).samples_id_files_post(ID, GOOD)
        assert caught.value.outcome_unknown is True


def test_a_post_that_ran_out_of_time():
    with scripted(stall, answer(http(FILE))) as server:
        assert api_for(server.host).samples_id_files_post(ID, GOOD, _request_timeout=(1, 0.2)) == GOOD
    with scripted(stall, answer(NOT_FOUND)) as server:
        with pytest.raises(ApiTimeoutError) as caught:
            api_for(server.host).samples_id_files_post(ID, GOOD, _request_timeout=(1, 0.2))
        assert caught.value.outcome_unknown is True
        assert server.methods() == ["POST", "GET"]
    with scripted(stall) as server, pytest.raises(ApiTimeoutError, match="is not known"):
        api_for(server.host).samples_id_files_post(ID, GOOD, _request_timeout=0.3)


def test_a_dict_is_looked_for_as_a_file_is(waits):
    file = {"md5sum": "a/b", "filename": "isolate.vcf", "file_type": "vcf"}
    kept = json.dumps({"md5sum": "a/b", "filename": "isolate.vcf", "file-type": "vcf", "size": 7}).encode()
    with scripted(close, answer(http(kept))) as server:
        assert api_for(server.host).samples_id_files_post(ID, file).md5sum == "a/b"
        assert b"/files/a%2Fb HTTP" in server.requests[1]


@pytest.mark.parametrize("lost", [close, reset, answer_and_close(http(b"", "502 x")), answer_and_close(b"HTTP/1.1 20")])
def test_a_delete_whose_repetition_finds_nothing_has_succeeded(waits, lost):
    with scripted(lost, answer(NOT_FOUND)) as server:
        assert api_for(server.host).samples_id_files_md5sum_delete_with_http_info(ID, "a")[:2] == (None, 204)
        assert server.methods() == ["DELETE"] * 2


def test_a_delete_whose_repetition_is_cut_short_has_succeeded(waits):
    cut = answer_and_close(NOT_FOUND[:-30])
    with scripted(close, cut) as server:
        assert api_for(server.host).samples_id_files_md5sum_delete(ID, "a") is None


@pytest.mark.parametrize(
    "not_the_services_word",
    [
        http(b'{"message": "no route matched"}', "404 NOT FOUND"),
        http(b"<html>", "404 NOT FOUND", "Content-Type: text/html"),
        http(b'{"title": "Not Found", "status": 404}', "404 NOT FOUND", "Content-Type: application/problem+json"),
    ],
)
def test_a_delete_that_finds_no_service_has_not(waits, not_the_services_word):
    with scripted(close, answer(not_the_services_word)) as server, pytest.raises(NotFoundException):
        api_for(server.host).samples_id_files_md5sum_delete(ID, "a")


def test_a_delete_that_was_turned_away_before_is_not_found(waits):
    with scripted(answer_and_close(http(b"", "503 x")), answer(NOT_FOUND)) as server:
        with pytest.raises(NotFoundException):
            api_for(server.host).samples_id_files_md5sum_delete(ID, "a")
        assert len(server.requests) == 2


def test_a_delete_without_an_answer_is_unknown(waits):
    with scripted(close) as server, pytest.raises(ApiConnectionError) as caught:
        api_for(server.host).samples_id_files_md5sum_delete(ID, "a")
    assert caught.value.outcome_unknown is True
    with scripted(close) as server, pytest.raises(ApiException) as caught:
        api_for(server.host).files_md5sum_get("a")
    assert caught.value.outcome_unknown is False


def test_a_post_whose_answer_is_not_to_be_read_is_not_looked_after(waits):
    with scripted(close, answer(http(FILE))) as server:
        with pytest.raises(ApiConnectionError) as caught:
            api_for(server.host).samples_id_files_post(ID, GOOD, _preload_content=False)
        assert caught.value.outcome_unknown is True
        assert server.methods() == ["POST"]
