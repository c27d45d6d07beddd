"""Writes whose response was lost: the client finds out what became of them, or says that the outcome is unknown."""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import trustme
import urllib3
from clients import api_for, client_for
from endpoints import ENDPOINTS, EVENT, EVENT_JSON, ID, QC_RESULT, SAMPLE, SAMPLE_JSON, Endpoint
from scripted_server import (
    FILE,
    ScriptedServer,
    close,
    http_response,
    refused_host,
    reset,
    respond,
    respond_and_close,
    scripted_server,
    stall,
)

from tracking_client import (
    ApiConnectionError,
    ApiException,
    ApiResponseError,
    ApiTimeoutError,
    ConflictException,
    EventApi,
    File,
    NotFoundException,
    QcResultApi,
    Sample,
    SampleApi,
    SampleStatusApi,
    ServiceException,
)
from tracking_client._transport.retry_policy import DEFAULT_RETRIES

GOOD = File("a", "isolate.vcf", "vcf")
OTHER = FILE.replace(b"isolate.vcf", b"other.vcf")
NOT_FOUND = http_response(b'{"code": 404, "message": "Not found"}', "404 NOT FOUND")
CONFLICT = http_response(b'{"code": 409, "message": "Already existed"}', "409 CONFLICT")
CREATED = http_response(FILE, "201 CREATED", "Location: /elsewhere")
UNAVAILABLE = http_response(b"", "503 Service Unavailable")

LOST_RESPONSES = {
    "close": close,
    "reset": reset,
    "truncated headers": respond_and_close(b"HTTP/1.1 201 CREATED\r\nContent-"),
    "truncated body": respond_and_close(http_response(FILE[:20], "201 CREATED", length=len(FILE))),
}

READ_TIMEOUT = (5, 1)
"""For a server that does not respond. The other responses of the same test have this long to arrive."""


def post(api):
    return api.samples_id_files_post(ID, GOOD)


def delete(api):
    return api.samples_id_files_md5sum_delete(ID, "a")


def samples(host, **settings):
    return SampleApi(client_for(host, **settings))


def number_of_posts(server: ScriptedServer) -> int:
    return server.methods().count("POST")


@contextlib.contextmanager
def refused_connections(monkeypatch: pytest.MonkeyPatch, server: ScriptedServer, *refused: int) -> Iterator[str]:
    """Refuse some of a client's connections to a server. The other connections have to end after one response.

    Args:
        monkeypatch: the fixture.
        server: the server.
        refused: the connections to refuse, counted from 1.

    Yields:
        The base URL to use for the server.
    """
    numbers = itertools.count(1)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # a port of its own, on which nothing listens

        def getaddrinfo(*args, **kwargs):
            address = closed.getsockname() if next(numbers) in refused else ("127.0.0.1", server.port)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address)]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        yield "http://tracking.example/api/v1"


# POST


@pytest.mark.parametrize("lost", LOST_RESPONSES)
def test_processed_post_returns_the_file(delays, lost):
    with scripted_server(LOST_RESPONSES[lost], respond(http_response(FILE))) as server:
        file, status, headers = api_for(server.host).samples_id_files_post_with_http_info(ID, GOOD)
        assert (file, status, headers["location"]) == (GOOD, 201, f"{server.host}/samples/{ID}/files/a")
        assert server.methods() == ["POST", "GET"]
        assert f"GET /api/v1/samples/{ID}/files/a HTTP/1.1".encode() in server.requests[1]


@pytest.mark.parametrize("response_type", [None, "File"])
@pytest.mark.parametrize("lost", LOST_RESPONSES)
def test_processed_post_by_call_api_is_recognized(delays, lost, response_type):
    with scripted_server(LOST_RESPONSES[lost], respond(http_response(FILE))) as server:
        client = api_for(server.host).api_client
        data, status, headers = client.call_api(
            "/samples/{id}/files", "POST", {"id": ID}, body=GOOD, response_type=response_type
        )
        assert data == (GOOD if response_type else None)
        assert (status, headers["location"]) == (201, f"{server.host}/samples/{ID}/files/a")
        assert server.methods() == ["POST", "GET"]
        assert f"GET /api/v1/samples/{ID}/files/a HTTP/1.1".encode() in server.requests[1]


@pytest.mark.parametrize("lost", LOST_RESPONSES)
def test_unprocessed_post_is_sent_again(delays, lost):
    with scripted_server(LOST_RESPONSES[lost], respond_and_close(NOT_FOUND), respond(CREATED)) as server:
        assert post(api_for(server.host)) == GOOD
        assert number_of_posts(server) == 2


def test_post_that_is_sent_again_waits_and_is_logged(delays, caplog):
    lost = [close, respond_and_close(NOT_FOUND)]
    with caplog.at_level(logging.INFO, "tracking_client"), scripted_server(*lost * 3, respond(CREATED)) as server:
        assert api_for(server.host).samples_id_files_post(ID, GOOD) == GOOD
    assert server.methods() == ["POST", "GET"] * 3 + ["POST"]
    assert len(delays) == 2  # none before the first retry after a broken connection
    url = f"{server.host}/samples/{ID}/files"
    messages = [record.getMessage() for record in caplog.records]
    assert [message.split(" in ")[0] for message in messages] == [f"POST {url}: retry {number}" for number in (1, 2, 3)]


@pytest.mark.parametrize(("total", "posts"), [(3, 4), (None, 101), (10**6, 101)])
def test_retries_of_a_post_are_limited_whatever_the_policy(delays, total, posts):
    with scripted_server(close) as server:
        api = api_for(server.host, retries=urllib3.Retry(total, allowed_methods=None))
        with pytest.raises(ApiConnectionError):
            api.samples_id_files_post(ID, GOOD)
        assert server.methods().count("POST") == posts


def test_post_of_a_dict_is_looked_up(delays):
    file = {"md5sum": "a b", "filename": "isolate.vcf", "file_type": "vcf"}
    registered = {"md5sum": "a b", "filename": "isolate.vcf", "file-type": "vcf", "size": 7}
    with scripted_server(close, respond(http_response(json.dumps(registered).encode()))) as server:
        assert api_for(server.host).samples_id_files_post(ID, file).md5sum == "a b"
        assert server.methods() == ["POST", "GET"]  # other members of what is stored do not matter
        assert b"/files/a%20b HTTP" in server.requests[1]


def test_conflict_with_the_first_post_is_success(delays):
    """The look-up found nothing, but then the first POST was processed, before the second."""
    script = [close, respond_and_close(NOT_FOUND), respond_and_close(CONFLICT), respond(http_response(FILE))]
    with scripted_server(*script) as server:
        file, status, _ = api_for(server.host).samples_id_files_post_with_http_info(ID, GOOD)
        assert (file, status) == (GOOD, 201)


@pytest.mark.parametrize("lost", [close, respond_and_close(http_response(b"", "502 x"))])
def test_conflict_with_a_post_retried_by_a_custom_policy_is_success(delays, lost):
    policy = urllib3.Retry(3, allowed_methods=None, status_forcelist=[502])
    with scripted_server(lost, respond_and_close(CONFLICT), respond(http_response(FILE))) as server:
        assert post(api_for(server.host, retries=policy)) == GOOD


def test_conflict_with_another_sample_is_raised(delays):
    script = [close, respond_and_close(NOT_FOUND), respond_and_close(CONFLICT), respond(NOT_FOUND)]
    with scripted_server(*script) as server, pytest.raises(ConflictException):
        post(api_for(server.host))


def test_conflict_on_first_attempt_is_raised(delays):
    with scripted_server(respond(CONFLICT)) as server:
        with pytest.raises(ConflictException):
            post(api_for(server.host))
        assert server.methods() == ["POST"]


def test_post_that_failed_with_500_after_a_lost_one_has_an_unknown_outcome(delays):
    """The look-up tells of the second POST only: the first may still be in process."""
    failed = respond_and_close(http_response(b"", "500 x"))
    script = [respond_and_close(http_response(b"", "502 x")), failed, respond(NOT_FOUND)]
    with scripted_server(*script) as server, pytest.raises(ServiceException) as caught:
        post(api_for(server.host, retries=1))
    assert server.methods() == ["POST", "POST", "GET"]
    assert caught.value.outcome_unknown is True


@pytest.mark.parametrize("response", [CONFLICT, NOT_FOUND], ids=["409", "404"])
@pytest.mark.parametrize("lost", [close, respond_and_close(http_response(b"", "502 x"))], ids=["close", "502"])
def test_response_that_was_not_looked_up_does_not_tell_the_outcome(delays, lost, response):
    """A user's policy sends again what cannot be looked up: the first may have caused the response to the second."""
    policy = urllib3.Retry(3, allowed_methods=None, status_forcelist=[502])
    for path, method in [("/samples", "POST"), (f"/samples/{ID}/events", "POST"), (f"/samples/{ID}/status", "PATCH")]:
        with scripted_server(lost, respond(response)) as server:
            with pytest.raises((ConflictException, NotFoundException)) as caught:
                api_for(server.host, retries=policy).api_client.call_api(path, method, body={"isolate-id": "isolate 1"})
            assert server.methods() == [method] * 2
        assert caught.value.outcome_unknown is True


@pytest.mark.parametrize(
    "look_up",
    [
        close,
        stall,
        respond(http_response(b"", "503 x")),
        respond(http_response(b"[]")),
        respond(http_response(b"{")),
    ],
    ids=["close", "stall", "503", "not-an-object", "not-json"],
)
def test_outcome_is_unknown_if_look_up_fails(delays, look_up):
    with scripted_server(close, look_up) as server:
        with pytest.raises(ApiConnectionError, match="outcome unknown") as caught:
            api_for(server.host).samples_id_files_post(ID, GOOD, _request_timeout=READ_TIMEOUT)
        assert caught.value.outcome_unknown is True
        assert number_of_posts(server) == 1


def test_outcome_is_unknown_if_second_post_is_refused(delays, monkeypatch):
    """The second POST was not sent, but the first may still be processed."""
    with scripted_server(close, respond_and_close(NOT_FOUND)) as server:
        refused = refused_connections(monkeypatch, server, *range(3, 100))
        with refused as host, pytest.raises(ApiConnectionError, match="outcome unknown") as caught:
            post(api_for(host, trust_env=False))
        assert isinstance(caught.value.__cause__, urllib3.exceptions.NewConnectionError)
        assert caught.value.outcome_unknown is True
        assert server.methods() == ["POST", "GET"]


def test_outcome_is_known_if_every_post_is_refused(delays, monkeypatch):
    with scripted_server(respond(CREATED)) as server:
        refused = refused_connections(monkeypatch, server, *range(1, 100))
        with refused as host, pytest.raises(ApiConnectionError) as caught:
            post(api_for(host, trust_env=False))
        assert isinstance(caught.value.__cause__, urllib3.exceptions.NewConnectionError)
        assert "outcome unknown" not in str(caught.value)
        assert caught.value.outcome_unknown is False
        assert server.connections == 0


@pytest.mark.parametrize("retries", [DEFAULT_RETRIES, 0])
def test_lost_responses_end(delays, retries):
    with scripted_server(close) as server:
        with pytest.raises(ApiConnectionError) as caught:
            post(api_for(server.host, retries=retries))
        assert caught.value.outcome_unknown is True
        assert len(server.requests) < 20


def test_post_is_looked_up_after_a_timeout():
    with scripted_server(stall, respond(http_response(FILE))) as server:
        assert api_for(server.host).samples_id_files_post(ID, GOOD, _request_timeout=READ_TIMEOUT) == GOOD


def test_post_is_not_sent_again_after_a_timeout():
    with scripted_server(stall, respond(NOT_FOUND)) as server:
        with pytest.raises(ApiTimeoutError) as caught:
            api_for(server.host).samples_id_files_post(ID, GOOD, _request_timeout=READ_TIMEOUT)
        assert caught.value.outcome_unknown is True
        assert server.methods() == ["POST", "GET"]


def test_outcome_is_unknown_at_the_deadline():
    with scripted_server(stall) as server, pytest.raises(ApiTimeoutError, match="outcome unknown"):
        api_for(server.host).samples_id_files_post(ID, GOOD, _request_timeout=0.3)


def test_post_by_a_pool_of_urllib3_is_not_sent_twice(delays):
    """It does not note whether a request was sent."""
    with scripted_server(close) as server:
        rest_client = api_for(server.host).api_client.rest_client
        rest_client.connect = lambda origin: urllib3.HTTPConnectionPool("127.0.0.1", server.port)
        with pytest.raises(ApiConnectionError) as caught:
            rest_client.request("POST", server.host, body=b"{}")
        assert server.methods() == ["POST"]
    assert caught.value.outcome_unknown


def test_post_without_preloaded_content_is_not_looked_up(delays):
    with scripted_server(close, respond(http_response(FILE))) as server:
        with pytest.raises(ApiConnectionError) as caught:
            api_for(server.host).samples_id_files_post(ID, GOOD, _preload_content=False)
        assert caught.value.outcome_unknown is True
        assert server.methods() == ["POST"]


# POST of a sample, whose id the client chooses


def created_sample(**changed) -> bytes:
    return http_response(json.dumps({**SAMPLE_JSON, **changed}).encode(), "201 CREATED", "Location: /elsewhere")


def found_sample(**changed) -> bytes:
    return http_response(json.dumps({**SAMPLE_JSON, **changed}).encode())


def bodies(server: ScriptedServer) -> list[dict]:
    """Return the JSON objects of the requests that have one."""
    contents = [request.partition(b"\r\n\r\n")[2] for request in server.requests]
    return [json.loads(content) for content in contents if content]


def echo_sample(connection):
    """Respond to the look-up of the sample that the first request of the server created."""
    connection.request()
    connection.send(http_response(connection.server.requests[0].partition(b"\r\n\r\n")[2]))


@pytest.mark.parametrize("sample", [SAMPLE, Sample("experiment 1", "isolate 1", ID.upper()), SAMPLE_JSON], ids=repr)
@pytest.mark.parametrize("lost", LOST_RESPONSES)
def test_processed_post_returns_the_sample(delays, lost, sample):
    with scripted_server(LOST_RESPONSES[lost], respond(found_sample())) as server:
        data, status, headers = samples(server.host).samples_post_with_http_info(sample)
        assert (data, status, headers["location"]) == (SAMPLE, 201, f"{server.host}/samples/{ID}")
        assert server.methods() == ["POST", "GET"]
        assert f"GET /api/v1/samples/{ID} HTTP/1.1".encode() in server.requests[1]


@pytest.mark.parametrize("sample", [Sample(), Sample("experiment 1"), {"isolate_id": "isolate 1"}], ids=repr)
def test_processed_post_returns_the_sample_with_the_id_that_the_client_chose(delays, sample):
    before = repr(sample)
    with scripted_server(close, echo_sample) as server:
        created = samples(server.host).samples_post(sample)
        (sent,) = bodies(server)
        assert created == Sample.from_json(sent)
        assert f"GET /api/v1/samples/{sent['id']} HTTP/1.1".encode() in server.requests[1]
    assert repr(sample) == before


@pytest.mark.parametrize("lost", LOST_RESPONSES)
def test_unprocessed_post_of_a_sample_is_sent_again_with_the_same_id(delays, lost):
    with scripted_server(LOST_RESPONSES[lost], respond_and_close(NOT_FOUND), respond(created_sample())) as server:
        assert samples(server.host).samples_post(Sample("experiment 1", "isolate 1")) == SAMPLE
        assert server.methods() == ["POST", "GET", "POST"]
        first, second = bodies(server)
        assert first == second
        assert f"GET /api/v1/samples/{first['id']} HTTP/1.1".encode() in server.requests[1]


def test_conflict_with_the_first_post_of_a_sample_is_success(delays):
    """The look-up found nothing, but then the first POST was processed, before the second."""
    script = [close, respond_and_close(NOT_FOUND), respond_and_close(CONFLICT), respond(found_sample())]
    with scripted_server(*script) as server:
        assert samples(server.host).samples_post_with_http_info(SAMPLE)[:2] == (SAMPLE, 201)
        assert server.methods() == ["POST", "GET", "POST", "GET"]


@pytest.mark.parametrize("lost", [close, respond_and_close(http_response(b"", "502 x"))], ids=["close", "502"])
def test_conflict_with_a_post_of_a_sample_retried_by_a_custom_policy_is_success(delays, lost):
    policy = urllib3.Retry(3, allowed_methods=None, status_forcelist=[502])
    with scripted_server(lost, respond_and_close(CONFLICT), respond(found_sample())) as server:
        assert samples(server.host, retries=policy).samples_post(SAMPLE) == SAMPLE


def test_name_taken_by_another_sample_is_a_conflict_after_a_lost_response(delays):
    script = [close, respond_and_close(NOT_FOUND), respond_and_close(CONFLICT), respond(NOT_FOUND)]
    with scripted_server(*script) as server, pytest.raises(ConflictException) as caught:
        samples(server.host).samples_post(Sample("experiment 1"))
    assert caught.value.outcome_unknown is False


def test_conflict_on_the_first_post_of_a_sample_is_raised(delays):
    with scripted_server(respond(CONFLICT)) as server:
        with pytest.raises(ConflictException):
            samples(server.host).samples_post(SAMPLE)
        assert server.methods() == ["POST"]


@pytest.mark.parametrize(
    "look_up",
    [close, stall, respond(http_response(b"", "503 x"))],
    ids=["close", "stall", "503"],
)
def test_outcome_of_a_sample_is_unknown_if_look_up_fails(delays, look_up):
    with scripted_server(close, look_up) as server:
        with pytest.raises(ApiConnectionError, match="outcome unknown") as caught:
            samples(server.host).samples_post(SAMPLE, _request_timeout=READ_TIMEOUT)
        assert caught.value.outcome_unknown is True
        assert number_of_posts(server) == 1


def test_post_of_a_sample_is_not_sent_again_after_a_timeout():
    with scripted_server(stall, respond(NOT_FOUND)) as server:
        with pytest.raises(ApiTimeoutError) as caught:
            samples(server.host).samples_post(SAMPLE, _request_timeout=READ_TIMEOUT)
        assert caught.value.outcome_unknown is True
        assert server.methods() == ["POST", "GET"]


def test_sample_without_an_id_by_call_api_is_not_looked_up(delays):
    with scripted_server(close, respond(found_sample())) as server:
        with pytest.raises(ApiConnectionError, match="outcome unknown") as caught:
            api_for(server.host).api_client.call_api("/samples", "POST", body={"isolate-id": "isolate 1"})
        assert caught.value.outcome_unknown is True
        assert server.methods() == ["POST"]


# POST of an event, which has no unique key


@pytest.mark.parametrize("event", [EVENT, {**EVENT_JSON, "id": None}], ids=["with id", "without id"])
@pytest.mark.parametrize("lost", LOST_RESPONSES)
def test_post_of_an_event_is_not_sent_twice(delays, lost, event):
    with scripted_server(LOST_RESPONSES[lost], respond(http_response(json.dumps(EVENT_JSON).encode()))) as server:
        with pytest.raises(ApiConnectionError, match="outcome unknown") as caught:
            EventApi(client_for(server.host)).samples_id_events_post(ID, event)
        assert caught.value.outcome_unknown is True
        assert server.methods() == ["POST"]
        assert delays == []


@pytest.mark.parametrize("status", [502, 504])
def test_outcome_of_an_event_is_unknown_after_the_error_of_a_proxy(delays, status):
    with scripted_server(respond(http_response(b"", f"{status} x"))) as server:
        with pytest.raises(ServiceException) as caught:
            EventApi(client_for(server.host)).samples_id_events_post(ID, EVENT)
        assert (caught.value.status, caught.value.outcome_unknown) == (status, True)
        assert server.methods() == ["POST"]


def test_post_of_an_event_is_not_sent_again_after_a_timeout():
    with scripted_server(stall) as server:
        with pytest.raises(ApiTimeoutError, match="outcome unknown") as caught:
            EventApi(client_for(server.host)).samples_id_events_post(ID, EVENT, _request_timeout=(5, 0.3))
        assert caught.value.outcome_unknown is True
        assert server.methods() == ["POST"]


def test_post_of_an_event_is_retried_while_connections_are_refused(delays, monkeypatch):
    with scripted_server(respond(http_response(json.dumps(EVENT_JSON).encode(), "201 x"))) as server:
        with refused_connections(monkeypatch, server, 1, 2) as host:
            assert EventApi(client_for(host, trust_env=False)).samples_id_events_post(ID, EVENT) == EVENT
        assert server.methods() == ["POST"]
        assert len(delays) == 2


# PUT and PATCH


PUTS = [endpoint for endpoint in ENDPOINTS if endpoint.method == "PUT"]
PATCHES = [endpoint for endpoint in ENDPOINTS if endpoint.method == "PATCH"]


def call(endpoint: Endpoint, host: str, **settings):
    return getattr(endpoint.api_class(client_for(host, **settings)), endpoint.name)(**endpoint.arguments)


LOST_PUTS = {
    **LOST_RESPONSES,
    **{status: respond_and_close(http_response(b"", f"{status} x")) for status in ("500", "502", "504")},
}


def stored(endpoint: Endpoint, **changed) -> bytes:
    return http_response(json.dumps({**endpoint.sent, **changed}).encode())


@pytest.mark.parametrize("lost", LOST_PUTS)
@pytest.mark.parametrize("endpoint", PUTS, ids=lambda endpoint: endpoint.name)
def test_lost_put_is_looked_up(delays, endpoint, lost):
    with scripted_server(LOST_PUTS[lost], respond(stored(endpoint))) as server:
        assert call(endpoint, server.host) == endpoint.result
        assert server.methods() == ["PUT", "GET"]
        assert delays == []


@pytest.mark.parametrize("retries", [DEFAULT_RETRIES, urllib3.Retry(3, status_forcelist=[500, 502, 504])])
@pytest.mark.parametrize("lost", LOST_PUTS)
@pytest.mark.parametrize("endpoint", PUTS, ids=lambda endpoint: endpoint.name)
def test_lost_put_is_not_sent_again(delays, endpoint, lost, retries):
    """While the first one is still in process, the service would store both."""
    for found in (NOT_FOUND, stored(endpoint, coverage=1, stage="live", **{"de-contamination": "failed"})):
        with scripted_server(LOST_PUTS[lost], respond(found)) as server:
            with pytest.raises(ApiException, match="outcome unknown") as caught:
                call(endpoint, server.host, retries=retries)
            assert caught.value.outcome_unknown is True
            assert caught.value.status == (int(lost) if lost.isdecimal() else 0)
            assert server.methods() == ["PUT", "GET"]


@pytest.mark.parametrize("status", ["429 x", "503 x"])
@pytest.mark.parametrize("endpoint", PUTS, ids=lambda endpoint: endpoint.name)
def test_put_that_was_turned_away_is_retried(delays, endpoint, status):
    with scripted_server(respond_and_close(http_response(b"", status)), respond(stored(endpoint))) as server:
        assert call(endpoint, server.host) == endpoint.result
        assert bodies(server) == [endpoint.sent] * 2


def test_put_without_preloaded_content_is_retried_if_it_was_turned_away(delays):
    with scripted_server(respond_and_close(UNAVAILABLE), respond(http_response())) as server:
        api = QcResultApi(client_for(server.host))
        api.samples_id_qc_result_put(ID, QC_RESULT, _preload_content=False).release_conn()
        assert server.methods() == ["PUT"] * 2


@pytest.mark.parametrize("endpoint", PUTS, ids=lambda endpoint: endpoint.name)
def test_put_is_retried_while_connections_are_refused(delays, monkeypatch, endpoint):
    with scripted_server(respond(stored(endpoint))) as server:
        with refused_connections(monkeypatch, server, 1, 2) as host:
            assert call(endpoint, host, trust_env=False) == endpoint.result
        assert server.methods() == ["PUT"]


def test_put_of_a_status_replaces_its_stage(delays):
    """What is found must be what was sent: a stage that was not sent is the old one."""
    (endpoint,) = (each for each in PUTS if each.name == "samples_id_status_put")
    without_stage = {key: value for key, value in endpoint.sent.items() if key != "stage"}
    found = http_response(json.dumps({**without_stage, "stage": "live"}).encode())
    with scripted_server(close, respond(found)) as server, pytest.raises(ApiConnectionError, match="outcome unknown"):
        SampleStatusApi(client_for(server.host)).samples_id_status_put(ID, without_stage)


@pytest.mark.parametrize("endpoint", PUTS, ids=lambda endpoint: endpoint.name)
@pytest.mark.parametrize("settings", [{"retries": 0}, {}])
def test_outcome_of_put_is_unknown_without_a_look_up(delays, endpoint, settings):
    """With no retries, nothing is looked up; otherwise the look-up fails too."""
    with scripted_server(close) as server:
        with pytest.raises(ApiConnectionError, match="outcome unknown") as caught:
            call(endpoint, server.host, **settings)
        assert caught.value.outcome_unknown is True
        assert server.methods() == ["PUT"] + ["GET"] * (0 if settings else DEFAULT_RETRIES + 1)


@pytest.mark.parametrize("lost", LOST_RESPONSES)
@pytest.mark.parametrize("endpoint", PATCHES, ids=lambda endpoint: endpoint.name)
def test_patch_is_not_retried_once_sent(delays, endpoint, lost):
    with scripted_server(LOST_RESPONSES[lost]) as server:
        with pytest.raises(ApiConnectionError, match="outcome unknown") as caught:
            call(endpoint, server.host)
        assert caught.value.outcome_unknown is True
        assert server.methods() == ["PATCH"]
        assert delays == []


@pytest.mark.parametrize("endpoint", PATCHES, ids=lambda endpoint: endpoint.name)
def test_patch_is_not_retried_after_a_503(delays, endpoint):
    with scripted_server(respond(UNAVAILABLE)) as server:
        with pytest.raises(ServiceException) as caught:
            call(endpoint, server.host)
        assert caught.value.outcome_unknown is False
        assert server.methods() == ["PATCH"]


@pytest.mark.parametrize("endpoint", PATCHES, ids=lambda endpoint: endpoint.name)
def test_patch_is_retried_while_connections_are_refused(delays, monkeypatch, endpoint):
    with scripted_server(respond(http_response(json.dumps(endpoint.received).encode()))) as server:
        with refused_connections(monkeypatch, server, 1) as host:
            assert call(endpoint, host, trust_env=False) == endpoint.result
        assert server.methods() == ["PATCH"]


# DELETE


@pytest.mark.parametrize(
    "endpoint", [each for each in ENDPOINTS if each.method == "DELETE"], ids=lambda endpoint: endpoint.name
)
def test_each_delete_succeeds_if_its_retry_finds_nothing(delays, endpoint):
    with scripted_server(close, respond(NOT_FOUND)) as server:
        assert call(endpoint, server.host) is None
        assert server.methods() == ["DELETE"] * 2


@pytest.mark.parametrize(
    "lost",
    [close, reset, respond_and_close(http_response(b"", "502 x")), respond_and_close(b"HTTP/1.1 20")],
    ids=["close", "reset", "502", "truncated headers"],
)
def test_delete_succeeds_if_its_retry_finds_nothing(delays, lost):
    with scripted_server(lost, respond(NOT_FOUND)) as server:
        assert api_for(server.host).samples_id_files_md5sum_delete_with_http_info(ID, "a")[:2] == (None, 204)
        assert server.methods() == ["DELETE"] * 2


def test_content_type_of_a_404_is_case_insensitive(delays):
    body = NOT_FOUND.partition(b"\r\n\r\n")[2]
    not_found = http_response(body, "404 NOT FOUND", "Content-Type: Application/JSON")
    with scripted_server(close, respond(not_found)) as server:
        assert api_for(server.host).samples_id_files_md5sum_delete(ID, "a") is None


def test_truncated_404_is_retried(delays):
    """Its body tells the service from a gateway."""
    truncated = respond_and_close(NOT_FOUND[:-30])
    with scripted_server(close, truncated, respond(NOT_FOUND)) as server:
        assert delete(api_for(server.host)) is None
        assert server.methods() == ["DELETE"] * 3
    with scripted_server(truncated, respond()) as server:
        assert api_for(server.host).files_md5sum_get("a") == GOOD


def test_truncated_404_that_stays_is_a_connection_error(delays):
    with scripted_server(respond_and_close(NOT_FOUND[:-30])) as server:
        with pytest.raises(ApiConnectionError) as caught:
            delete(api_for(server.host))
        assert caught.value.outcome_unknown is True
        assert server.methods() == ["DELETE"] * (DEFAULT_RETRIES + 1)
        with pytest.raises(ApiConnectionError) as caught:
            api_for(server.host, retries=0).files_md5sum_get("a")
        assert (caught.value.outcome_unknown, caught.value.temporary) == (False, True)


@pytest.mark.parametrize("status", ["302 x", "400 x", "401 x", "403 x", "404 x", "409 x", "413 x", "429 x"])
def test_only_the_service_says_what_became_of_a_lost_delete(delays, status):
    """A gateway in front of it may respond to the retry."""
    response = http_response(b"<html>", status, "Content-Type: text/html", "Retry-After: 60")
    with scripted_server(close, respond(response)) as server, pytest.raises(ApiException) as caught:
        delete(api_for(server.host))
    assert caught.value.outcome_unknown is True


def test_outcome_of_a_lost_delete_without_preloaded_content_is_unknown(delays):
    with scripted_server(close, respond(NOT_FOUND)) as server, pytest.raises(NotFoundException) as caught:
        api_for(server.host).samples_id_files_md5sum_delete(ID, "a", _preload_content=False)
    assert caught.value.outcome_unknown is True


@pytest.mark.parametrize("endpoint", PATCHES, ids=lambda endpoint: endpoint.name)
def test_outcome_of_patch_is_unknown_after_an_internal_error(delays, endpoint):
    with scripted_server(respond(http_response(b"", "500 x"))) as server:
        with pytest.raises(ServiceException, match="outcome unknown"):
            call(endpoint, server.host)
        assert server.methods() == ["PATCH"]


def test_delete_is_retried_after_an_internal_error(delays):
    """It may have been carried out: the service reads the row again after the commit."""
    with scripted_server(respond_and_close(http_response(b"", "500 x")), respond(NOT_FOUND)) as server:
        assert delete(api_for(server.host)) is None
        assert server.methods() == ["DELETE"] * 2


def test_delete_succeeds_if_a_custom_policy_retries_its_timeout():
    with scripted_server(stall, respond(NOT_FOUND)) as server:
        api = api_for(server.host, retries=urllib3.Retry(3))
        assert api.samples_id_files_md5sum_delete(ID, "a", _request_timeout=READ_TIMEOUT) is None


def test_delete_succeeds_if_its_response_was_lost_before_a_refused_connection(delays, monkeypatch):
    with scripted_server(close, respond(NOT_FOUND)) as server:
        with refused_connections(monkeypatch, server, 2) as host:
            assert delete(api_for(host, trust_env=False)) is None
        assert server.methods() == ["DELETE"] * 2


@pytest.mark.parametrize(
    "not_from_the_service",
    [
        http_response(b'{"message": "no route matched"}', "404 NOT FOUND"),
        http_response(b"<html>", "404 NOT FOUND", "Content-Type: text/html"),
        http_response(
            b'{"title": "Not Found", "status": 404}', "404 NOT FOUND", "Content-Type: application/problem+json"
        ),
    ],
    ids=["other json", "html", "problem details"],
)
def test_404_of_a_proxy_after_a_lost_delete_is_raised(delays, not_from_the_service):
    with scripted_server(close, respond(not_from_the_service)) as server:
        with pytest.raises(ApiResponseError) as caught:
            delete(api_for(server.host))
        assert (caught.value.status, caught.value.outcome_unknown) == (404, True)


def test_404_on_first_delete_is_raised(delays):
    with scripted_server(respond(NOT_FOUND)) as server:
        with pytest.raises(NotFoundException):
            delete(api_for(server.host))
        assert server.methods() == ["DELETE"]


def test_404_after_a_503_is_raised(delays):
    """A 503 says that the first DELETE was not processed."""
    with scripted_server(respond_and_close(UNAVAILABLE), respond(NOT_FOUND)) as server:
        with pytest.raises(NotFoundException):
            delete(api_for(server.host))
        assert len(server.requests) == 2


def test_404_after_a_503_and_a_refused_connection_is_raised(delays, monkeypatch):
    with scripted_server(respond_and_close(UNAVAILABLE), respond(NOT_FOUND)) as server:
        with refused_connections(monkeypatch, server, 2) as host, pytest.raises(NotFoundException):
            delete(api_for(host, trust_env=False))
        assert len(delays) == 2
        assert server.methods() == ["DELETE"] * 2


def test_404_after_a_503_and_a_failed_handshake_is_raised(delays):
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)

    def over_tls(action):
        def handshake_first(connection):
            with context.wrap_socket(connection.socket, server_side=True) as connection.socket:
                action(connection)

        return handshake_first

    def failed_handshake(connection):
        connection.socket.recv(65536)

    script = [over_tls(respond_and_close(UNAVAILABLE)), failed_handshake, over_tls(respond(NOT_FOUND))]
    with scripted_server(*script) as server:
        host = server.host.replace("http://127.0.0.1", "https://localhost")
        api = api_for(host, ssl_ca_cert=authority.cert_pem.bytes().decode())
        with api.api_client, pytest.raises(NotFoundException):
            delete(api)
        assert server.connections == 3
        assert server.methods() == ["DELETE"] * 2


def test_outcome_of_delete_is_unknown_without_a_response(delays):
    with scripted_server(close) as server, pytest.raises(ApiConnectionError) as caught:
        delete(api_for(server.host))
    assert caught.value.outcome_unknown is True


# GET and HEAD


@pytest.mark.parametrize(
    "endpoint", [each for each in ENDPOINTS if each.method in ("GET", "HEAD")], ids=lambda endpoint: endpoint.name
)
def test_each_safe_request_is_retried(delays, endpoint):
    content = b"" if endpoint.received is None else json.dumps(endpoint.received).encode()
    with scripted_server(close, respond(http_response(content))) as server:
        assert call(endpoint, server.host) == endpoint.result
        assert server.methods() == [endpoint.method] * 2


@pytest.mark.parametrize("status", ["429 x", "500 x", "503 x"])
def test_outcome_of_delete_is_unknown_if_its_retry_finds_no_service(delays, status):
    with scripted_server(reset, respond(http_response(b"", status))) as server, pytest.raises(ApiException) as caught:
        api_for(server.host).samples_id_files_md5sum_delete(ID, "a")
    assert (caught.value.status, caught.value.outcome_unknown) == (int(status[:3]), True)


@pytest.mark.parametrize("status", ["400 x", "404 x", "409 x", "503 x"])
def test_outcome_of_delete_is_known_if_no_response_was_lost(delays, status):
    with scripted_server(respond(http_response(b"", status))) as server, pytest.raises(ApiException) as caught:
        api_for(server.host).samples_id_files_md5sum_delete(ID, "a")
    assert (caught.value.status, caught.value.outcome_unknown) == (int(status[:3]), False)


def test_empty_404_after_a_lost_delete_is_raised(delays):
    with scripted_server(reset, respond(http_response(b"", "404 x"))) as server, pytest.raises(ApiResponseError):
        api_for(server.host).samples_id_files_md5sum_delete(ID, "a")


def test_outcome_of_get_is_never_unknown(delays):
    with scripted_server(close) as server, pytest.raises(ApiException) as caught:
        api_for(server.host).files_md5sum_get("a")
    assert caught.value.outcome_unknown is False


# A POST with an error status

INTERNAL_ERROR = http_response(b"<html>", "500 INTERNAL SERVER ERROR", "Content-Type: text/html")


@pytest.mark.parametrize("status", ["429 x", "502 x", "503 x", "504 x"])
def test_conflict_of_a_retry_is_success_if_the_sample_has_the_file(delays, status):
    script = [respond_and_close(http_response(b"", status)), respond_and_close(CONFLICT), respond(http_response(FILE))]
    with scripted_server(*script) as server:
        assert post(api_for(server.host)) == GOOD
        assert server.methods() == ["POST", "POST", "GET"]


@pytest.mark.parametrize("lost", [close, respond_and_close(http_response(b"", "502 x"))], ids=["close", "502"])
def test_conflict_with_another_name_in_this_sample_is_the_services_own(delays, lost):
    """The md5sum is registered with this sample, but under another name."""
    other = respond_and_close(http_response(OTHER))
    script = [lost, *([other] if lost is close else []), respond_and_close(CONFLICT), other]
    with scripted_server(*script) as server:
        with pytest.raises(ConflictException) as caught:
            post(api_for(server.host))
        assert caught.value.outcome_unknown is False


def test_conflict_with_another_sample_of_this_id_is_the_services_own(delays):
    other = respond_and_close(found_sample(**{"isolate-id": "other"}))
    with scripted_server(close, other, respond_and_close(CONFLICT), other) as server:
        with pytest.raises(ConflictException) as caught:
            samples(server.host).samples_post(SAMPLE)
        assert caught.value.outcome_unknown is False


@pytest.mark.parametrize("later", ["503 x", "429 x", "403 x", "404 x"])
def test_lost_post_is_looked_up_whatever_the_later_responses_are(delays, later):
    script = [
        respond_and_close(http_response(b"", "502 x")),
        respond_and_close(http_response(b"<html>", later, "Content-Type: text/html", "Retry-After: 60")),
        respond(http_response(FILE)),
    ]
    with scripted_server(*script) as server:
        assert post(api_for(server.host)) == GOOD
        assert server.methods() == ["POST", "POST", "GET"]


def test_outcome_is_known_if_the_md5sum_has_another_name(delays):
    """It is unique, so that what was sent cannot be there."""
    lost = respond_and_close(http_response(b"", "502 x"))
    with scripted_server(lost, lost, respond(http_response(OTHER))) as server:
        with pytest.raises(ServiceException) as caught:
            post(api_for(server.host, retries=1))
        assert (caught.value.status, caught.value.outcome_unknown) == (502, False)


@pytest.mark.parametrize("status", ["429 x", "503 x"])
def test_conflict_after_a_post_was_turned_away_stays_if_the_look_up_fails(delays, status):
    script = [respond_and_close(http_response(b"", status)), respond_and_close(CONFLICT), close]
    with scripted_server(*script) as server, pytest.raises(ConflictException) as caught:
        post(api_for(server.host))
    assert caught.value.outcome_unknown is False


def redirect_to_itself(connection):
    while request := connection.request():
        connection.send(http_response(b"", "302 Found", f"Location: {request.split(b' ')[1].decode()}"))


@pytest.mark.parametrize(
    "look_up", [redirect_to_itself, respond(http_response(b"no gzip", "200 OK", "Content-Encoding: gzip"))]
)
def test_error_of_the_look_up_is_not_that_of_the_call(delays, look_up):
    with scripted_server(close, look_up) as server:
        with pytest.raises(ApiConnectionError, match="outcome unknown") as caught:
            post(api_for(server.host))
        assert caught.value.method == "POST"


def test_outcome_is_unknown_if_the_response_to_a_retry_is_malformed(delays):
    malformed = respond(http_response(b"no gzip", "200 OK", "Content-Encoding: gzip"))
    with scripted_server(close, malformed) as server, pytest.raises(ApiResponseError, match="outcome unknown"):
        delete(api_for(server.host))


@pytest.mark.parametrize("lost", [close, respond_and_close(http_response(b"", "500 x"))], ids=["close", "500"])
def test_custom_policy_decides_whether_a_post_is_sent_again(delays, lost):
    """It does not retry a POST by default."""
    with scripted_server(lost, respond_and_close(NOT_FOUND), respond(CREATED)) as server:
        with pytest.raises(ApiException):
            post(api_for(server.host, retries=urllib3.Retry(3, status_forcelist=[500])))
        assert server.methods() == ["POST", "GET"]


@pytest.mark.parametrize(
    "call", [post, lambda api: QcResultApi(api.api_client).samples_id_qc_result_put(ID, QC_RESULT)]
)
def test_refused_connection_of_a_pool_of_urllib3_was_not_sent(delays, call):
    api = api_for(refused_host())
    port = urlsplit(api.api_client.configuration.host).port
    api.api_client.rest_client.connect = lambda origin: urllib3.HTTPConnectionPool("127.0.0.1", port)
    with pytest.raises(ApiConnectionError) as caught:
        call(api)
    assert caught.value.outcome_unknown is False
    assert len(delays) == DEFAULT_RETRIES


def test_conflict_after_refused_connections_is_not_looked_up(delays, monkeypatch):
    """No earlier attempt reached the service."""
    with scripted_server(respond(CONFLICT)) as server:
        with refused_connections(monkeypatch, server, 1) as host, pytest.raises(ConflictException):
            post(api_for(host, trust_env=False))
        assert server.methods() == ["POST"]


def test_conflict_of_a_retry_is_a_connection_error_if_the_look_up_fails(delays):
    script = [respond_and_close(http_response(b"", "502 x")), respond_and_close(CONFLICT), close]
    with scripted_server(*script) as server:
        with pytest.raises(ApiConnectionError, match="outcome unknown"):
            post(api_for(server.host))
        assert number_of_posts(server) == 2


@pytest.mark.parametrize("status", ["429 x", "502 x", "503 x", "504 x"])
def test_conflict_of_a_retry_is_raised_if_another_sample_has_the_file(delays, status):
    script = [respond_and_close(http_response(b"", status)), respond_and_close(CONFLICT), respond(NOT_FOUND)]
    with scripted_server(*script) as server:
        with pytest.raises(ConflictException) as caught:
            post(api_for(server.host))
        assert caught.value.outcome_unknown is False
        assert server.methods() == ["POST", "POST", "GET"]


@pytest.mark.parametrize("status", ["500 x", "502 x", "504 x"])
@pytest.mark.parametrize("retries", [1, urllib3.Retry(1)], ids=["int", "Retry"])
def test_post_that_the_service_stored_is_success(delays, status, retries):
    script = [respond_and_close(http_response(b"", status))] * (1 if status[:3] == "500" or retries != 1 else 2)
    with scripted_server(*script, respond(http_response(FILE))) as server:
        file, status, headers = api_for(server.host, retries=retries).samples_id_files_post_with_http_info(ID, GOOD)
        assert (file, status) == (GOOD, 201)
        assert headers["Location"] == f"{server.host}/samples/{ID}/files/a"
        assert server.methods() == ["POST"] * len(script) + ["GET"]


def test_post_is_sent_again_after_an_internal_error_if_nothing_was_stored(delays):
    """After its database restarts, the service responds once with 500 on each of its connections."""
    with scripted_server(respond_and_close(INTERNAL_ERROR), respond_and_close(NOT_FOUND), respond(CREATED)) as server:
        assert post(api_for(server.host)) == GOOD
        assert server.methods() == ["POST", "GET", "POST"]
    assert len(delays) == 1


def test_internal_error_is_raised_if_it_stays_and_nothing_was_stored(delays):
    script = [respond_and_close(INTERNAL_ERROR), respond_and_close(NOT_FOUND)]
    with scripted_server(*script * 2) as server:
        with pytest.raises(ServiceException) as caught:
            post(api_for(server.host, retries=1))
        assert (caught.value.status, caught.value.outcome_unknown, caught.value.temporary) == (500, False, True)
        assert server.methods() == ["POST", "GET"] * 2


OTHER_404 = http_response(b"default backend - 404", "404 x", "Content-Type: text/plain")


@pytest.mark.parametrize("look_up", [respond(INTERNAL_ERROR), close, respond(OTHER_404)])
def test_outcome_of_an_internal_error_is_unknown_if_the_look_up_fails(delays, look_up):
    with scripted_server(respond_and_close(INTERNAL_ERROR), look_up) as server:
        with pytest.raises(ServiceException, match="outcome unknown") as caught:
            post(api_for(server.host))
        assert caught.value.outcome_unknown is True
        assert number_of_posts(server) == 1


def test_outcome_of_an_internal_error_is_unknown_without_retries(delays):
    with scripted_server(respond(INTERNAL_ERROR)) as server:
        with pytest.raises(ServiceException, match="outcome unknown"):
            post(api_for(server.host, retries=0))
        assert server.methods() == ["POST"]


def test_404_of_a_gateway_does_not_deny_a_lost_post(delays):
    with scripted_server(close, respond(OTHER_404)) as server:
        with pytest.raises(ApiConnectionError, match="outcome unknown"):
            post(api_for(server.host))
        assert number_of_posts(server) == 1


def test_internal_error_of_an_event_is_not_looked_up(delays):
    with scripted_server(respond(INTERNAL_ERROR)) as server:
        with pytest.raises(ServiceException, match="outcome unknown"):
            EventApi(client_for(server.host)).samples_id_events_post(ID, EVENT)
        assert server.methods() == ["POST"]


@pytest.mark.parametrize("body", [b"{}", b'{"code": 200, "message": "deleted"}', b"null"])
def test_delete_with_a_json_body_has_succeeded(body):
    with scripted_server(respond(http_response(body))) as server:
        assert delete(api_for(server.host)) is None


@pytest.mark.parametrize("body", [b"<html>log in</html>", b"deleted", b"{"])
def test_delete_with_another_body_is_an_error(body):
    with scripted_server(respond(http_response(body))) as server, pytest.raises(ApiResponseError):
        delete(api_for(server.host))
