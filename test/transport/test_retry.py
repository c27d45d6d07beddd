"""Retries: what is retried by default, under a custom policy, after which delay, and how it is logged."""

from __future__ import annotations

import email.utils
import gc
import io
import logging
import re
import time

import pytest
import urllib3
from clients import api_for, client_for
from endpoints import EVENT
from scripted_server import (
    FILE,
    close,
    http_response,
    refused_host,
    reset,
    respond,
    respond_and_close,
    scripted_server,
)

from tracking_client import (
    ApiConnectionError,
    ApiException,
    ApiTypeError,
    ApiValueError,
    EventApi,
    File,
    NotFoundException,
    ServiceException,
)
from tracking_client._transport.deadline import Call
from tracking_client._transport.prepared_request import PreparedRequest
from tracking_client._transport.retry_policy import BACKOFF, DEFAULT_RETRIES, MAX_BACKOFF, DefaultPolicy, within_limits
from tracking_client._transport.timeouts import parse_timeout

GOOD = File("a", "isolate.vcf", "vcf")
ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
UNAVAILABLE = http_response(b"<html>restarting</html>", "503 Service Unavailable", "Content-Type: text/html")

TRANSIENT_FAILURES = {
    "close": close,
    "reset": reset,
    "truncated headers": respond_and_close(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "truncated body": respond_and_close(http_response(FILE[:10], length=len(FILE))),
    "truncated chunks": respond_and_close(http_response(b"5\r\n{", "200 OK", "Transfer-Encoding: chunked")),
    "not http": respond_and_close(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "429": respond(http_response(b"", "429 Too Many Requests")),
    "500": respond(http_response(b"<html>", "500 Internal Server Error", "Content-Type: text/html")),
    "502": respond(http_response(b"", "502 Bad Gateway")),
    "503": respond(UNAVAILABLE),
    "504": respond(http_response(b"", "504 Gateway Timeout")),
}


def get(api):
    return api.files_md5sum_get("a")


def post(api):
    return api.samples_id_files_post(ID, GOOD)


def delete(api):
    return api.samples_id_files_md5sum_delete(ID, "a")


# Default policy


@pytest.mark.parametrize("failure", TRANSIENT_FAILURES)
def test_get_is_retried(delays, failure):
    with scripted_server(*[TRANSIENT_FAILURES[failure]] * DEFAULT_RETRIES, respond()) as server:
        assert get(api_for(server.host)) == GOOD
        assert server.methods() == ["GET"] * (DEFAULT_RETRIES + 1)
    assert len(delays) <= DEFAULT_RETRIES
    assert all(0 <= delay <= MAX_BACKOFF for delay in delays)


@pytest.mark.parametrize("failure", TRANSIENT_FAILURES)
def test_number_of_retries(delays, failure):
    with scripted_server(TRANSIENT_FAILURES[failure]) as server:
        for settings, call, methods in (
            ({}, get, ["GET"] * (DEFAULT_RETRIES + 1)),
            ({"retries": 0}, get, ["GET"]),
            ({"retries": 1}, delete, ["DELETE"] * 2),
        ):
            server.requests.clear()
            with pytest.raises(ApiException):
                call(api_for(server.host, **settings))
            assert server.methods() == methods


def test_different_failures_are_retried(delays):
    with scripted_server(respond_and_close(UNAVAILABLE), reset, respond()) as server:
        assert get(api_for(server.host)) == GOOD
        assert server.connections == 3


@pytest.mark.parametrize("call", [get, post, delete])
def test_refused_connection_is_retried_for_every_method(delays, call):
    with pytest.raises(ApiConnectionError) as caught:
        call(api_for(refused_host()))
    assert len(delays) == DEFAULT_RETRIES
    assert caught.value.outcome_unknown is False


@pytest.mark.parametrize(
    "status", ["429 Too Many Requests", "502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"]
)
def test_post_of_a_file_is_retried_after_a_response(delays, status):
    """Its md5sum is a key, so that sending it again cannot register it twice."""
    created = http_response(FILE, "201 CREATED")
    with scripted_server(respond_and_close(http_response(b"", status, "Retry-After: 1")), respond(created)) as server:
        assert post(api_for(server.host)).md5sum == "a"
        assert server.methods() == ["POST", "POST"]
    assert delays == [1]


@pytest.mark.parametrize(
    "status", ["429 Too Many Requests", "502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"]
)
def test_post_of_an_event_is_not_retried_after_a_response(delays, status):
    with scripted_server(respond(http_response(b"", status, "Retry-After: 1"))) as server:
        with pytest.raises(ApiException) as caught:
            EventApi(client_for(server.host)).samples_id_events_post(ID, EVENT)
        assert caught.value.status == int(status[:3])
        assert server.methods() == ["POST"]
    assert delays == []


def test_body_of_a_retried_response_is_not_read(delays):
    """An endless body does not use up the time for the retries, and does not hide the status."""

    def endless_body(connection):
        connection.request()
        connection.send(http_response(b"x", "503 Service Unavailable", length=10_000))
        connection.wait()

    with scripted_server(endless_body) as server:
        with pytest.raises(ServiceException):
            api_for(server.host, retries=2).files_md5sum_get("a", _request_timeout=2)
        assert server.methods() == ["GET"] * 3


@pytest.mark.parametrize(("retries", "error"), [(-1, ApiValueError), ("3", ApiTypeError), (True, ApiTypeError)])
def test_invalid_retries_are_rejected_before_sending(retries, error):
    with scripted_server(respond()) as server:
        with pytest.raises(error, match="retries"):
            get(api_for(server.host, retries=retries))
        assert server.connections == 0


# Backoff delay and Retry-After


def test_exponential_backoff_with_jitter():
    request = PreparedRequest("GET", "http://tracking.example/", {}, None, parse_timeout(None), retries=8)
    policy = DefaultPolicy(8)
    error = urllib3.exceptions.NewConnectionError(urllib3.connection.HTTPConnection("localhost"), "refused")
    call = Call(parse_timeout(None))
    for attempt in range(1, 9):
        delays = [policy.delay_after_error(request, error, False) for _ in range(300)]
        assert within_limits(0, policy, call) == 0
        longest = min(MAX_BACKOFF, BACKOFF * 2 ** (attempt - 1))
        assert longest * 0.8 < max(delays) <= longest
        assert 0 <= min(delays) < longest * 0.2
        policy.retries_made += 1
    assert within_limits(0, policy, call) is None


@pytest.mark.parametrize("failure", [close, reset, TRANSIENT_FAILURES["truncated body"]])
def test_first_retry_after_a_broken_connection_has_no_delay(delays, failure):
    with scripted_server(failure, respond()) as server:
        assert get(api_for(server.host)) == GOOD
    assert delays == []
    with scripted_server(failure, failure, respond()) as server:
        assert get(api_for(server.host)) == GOOD
    assert len(delays) == 1


def test_first_retry_after_a_response_or_a_refused_connection_has_a_delay(delays):
    for failure in ("429", "500", "502", "503", "504"):
        with scripted_server(TRANSIENT_FAILURES[failure], respond()) as server:
            assert get(api_for(server.host)) == GOOD
    assert len(delays) == 5
    with pytest.raises(ApiConnectionError):
        get(api_for(refused_host(), retries=1))
    assert len(delays) == 6


def test_retry_after_is_honoured(delays):
    in_20_seconds = email.utils.formatdate(time.time() + 20, usegmt=True)
    for header, least, most in (("7", 7, 7), (in_20_seconds, 15, 20), ("0", 0, 0), ("soon", 0, 0.5), ("-1", 0, 0.5)):
        delays.clear()
        unavailable = http_response(b"", "503 x", f"Retry-After: {header}")
        with scripted_server(respond_and_close(unavailable), respond()) as server:
            assert get(api_for(server.host)) == GOOD
        # A second delay is possible: the server may close the connection during the next request.
        assert least <= [*delays, 0][0] <= most


@pytest.mark.parametrize("header", ["31", "86400", "9" * 400, "Fri, 31 Dec 2999 23:59:59 GMT"])
@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_long_retry_after_is_raised_at_once(delays, header, status):
    with scripted_server(respond(http_response(b"", status, f"Retry-After: {header}"))) as server:
        with pytest.raises(ApiException) as caught:
            get(api_for(server.host))
        assert server.connections == len(server.requests) == 1
    assert caught.value.status == int(status[:3])
    assert caught.value.headers["retry-after"] == header
    assert delays == []


def test_retry_after_beyond_deadline_is_raised_at_once():
    with scripted_server(respond(http_response(b"", "503 x", "Retry-After: 25"))) as server:
        start = time.monotonic()
        with pytest.raises(ServiceException):
            api_for(server.host).files_md5sum_get("a", _request_timeout=20)
        assert time.monotonic() - start < 10
        assert len(server.requests) == 1


# Custom policy: a `urllib3.Retry`


class CustomRetry(urllib3.Retry):
    """A user's subclass. urllib3 makes a new instance for each attempt, so what it records is in the class."""

    is_retry_calls: list[tuple] = []
    increment_calls: list[tuple] = []

    def is_retry(self, method, status_code, *args, **kwargs):
        self.is_retry_calls.append((method, status_code))
        return status_code == 404 or super().is_retry(method, status_code, *args, **kwargs)

    def increment(self, method=None, url=None, response=None, error=None, **kwargs):
        self.increment_calls.append((method, url, response and response.status, type(error).__name__))
        return super().increment(method, url, response, error, **kwargs)

    def get_backoff_time(self):
        return 0.125 * len(self.history)


@pytest.fixture
def custom_retry():
    """Return the class `CustomRetry` with nothing recorded."""
    CustomRetry.is_retry_calls.clear()
    CustomRetry.increment_calls.clear()
    return CustomRetry


def test_custom_policy(delays):
    policy = urllib3.Retry(total=2, status_forcelist=[500], allowed_methods=None)
    with scripted_server(respond(http_response(b'{"code": 500, "message": "broken"}', "500 x"))) as server:
        with pytest.raises(ServiceException, match="broken"):
            post(api_for(server.host, retries=policy))
        assert server.methods() == ["POST"] * 3 + ["GET"] * 3  # the outcome of a 500 is looked up
    assert policy.history == ()


def test_subclass_of_retry_is_consulted(delays, custom_retry):
    """Its methods get the method and url of the request, and decide about retries and delays."""
    policy = custom_retry(5)
    not_found = http_response(b'{"code": 404, "message": "Not found"}', "404 NOT FOUND")
    with scripted_server(respond_and_close(not_found), close, respond(http_response(b"", "204 x"))) as server:
        url = f"{server.host}/samples/{ID}/files/a"
        assert delete(api_for(server.host, retries=policy)) is None
        assert server.methods() == ["DELETE"] * 3
    assert custom_retry.is_retry_calls == [("DELETE", 404), ("DELETE", 204)]
    assert custom_retry.increment_calls == [
        ("DELETE", url, 404, "NoneType"),
        ("DELETE", url, None, "ProtocolError"),
    ]
    assert delays == [0.125, 0.25]
    assert policy.history == ()


def test_subclass_of_retry_can_stop_retries(delays):
    class NoRetryAfterError(urllib3.Retry):
        def increment(self, method=None, url=None, response=None, error=None, **kwargs):
            if error is not None:
                raise urllib3.exceptions.MaxRetryError(None, url, error)
            return super().increment(method, url, response, error, **kwargs)

    with scripted_server(respond_and_close(UNAVAILABLE), reset, respond()) as server:
        with pytest.raises(ApiConnectionError):
            get(api_for(server.host, retries=NoRetryAfterError(9, status_forcelist=[503])))
        assert server.methods() == ["GET"] * 2


class FailingPool:
    """A pool of connections to a server that is always unavailable."""

    proxy = None
    requests = 0

    def urlopen(self, method, url, **options):
        self.requests += 1
        if self.requests % 2:
            raise urllib3.exceptions.ProtocolError("connection closed")
        return urllib3.HTTPResponse(io.BytesIO(b""), {"Content-Length": "0"}, 503, preload_content=False)

    def close(self):
        pass


def live_classes() -> list[type]:
    """Return all classes that are in memory once garbage has been collected."""
    gc.collect()
    return [value for value in gc.get_objects() if issubclass(type(value), type)]


@pytest.mark.slow
def test_custom_policy_creates_no_classes(delays, custom_retry):
    """A class for each call would fill the memory of a long job."""
    pool = FailingPool()
    policies = [urllib3.Retry(1, status_forcelist=[503]), custom_retry(1, status_forcelist=[503])]
    apis = [api_for("http://tracking.example/api/v1", retries=policy) for policy in policies]
    for api in apis:
        api.api_client.rest_client.connect = lambda origin: pool
        with pytest.raises(ServiceException):
            get(api)  # imports what the first call needs
    before = live_classes()
    subclasses_before = type.__subclasses__(urllib3.Retry)
    pool.requests = 0
    for _ in range(2_500):
        for api in apis:
            with pytest.raises(ServiceException):
                get(api)
    assert pool.requests == 2 * 5_000
    assert [subclass for subclass in type.__subclasses__(urllib3.Retry) if subclass not in subclasses_before] == []
    known = set(map(id, before))
    assert [class_ for class_ in live_classes() if id(class_) not in known] == []


@pytest.mark.parametrize("policy_class", [urllib3.Retry, CustomRetry])
@pytest.mark.parametrize("total", [None, 10**6])
def test_retries_are_limited_whatever_the_policy(delays, policy_class, total):
    with scripted_server(close) as server:
        with pytest.raises(ApiConnectionError):
            get(api_for(server.host, retries=policy_class(total=total)))
        assert server.methods() == ["GET"] * 101


def test_subclass_of_retry_respects_deadline(custom_retry):
    with scripted_server(respond(http_response(b"", "503 x", "Retry-After: 6"))) as server:
        api = api_for(server.host, retries=custom_retry(3, status_forcelist=[503]))
        start = time.monotonic()
        with pytest.raises(ServiceException):
            api.files_md5sum_get("a", _request_timeout=0.5)
        assert time.monotonic() - start < 5


SERVER_ERROR = respond(http_response(b"", "500 Internal Server Error"))
RETRY_AFTER = respond(http_response(b"", "503 Service Unavailable", "Retry-After: 7"))


@pytest.mark.parametrize(
    ("call", "action", "policy", "attempts"),
    [
        # status_forcelist: only these statuses are retried.
        (get, SERVER_ERROR, {"status_forcelist": [500]}, 4),
        (get, SERVER_ERROR, {"status_forcelist": [503]}, 1),
        (get, SERVER_ERROR, {}, 1),
        (get, respond(UNAVAILABLE), {}, 1),
        (get, SERVER_ERROR, {"status_forcelist": [500], "status": 1}, 2),
        # respect_retry_after_header: a response with Retry-After is retried even if its status is not listed.
        (get, RETRY_AFTER, {}, 4),
        (get, RETRY_AFTER, {"respect_retry_after_header": False}, 1),
        (get, RETRY_AFTER, {"respect_retry_after_header": False, "status_forcelist": [503]}, 4),
        # allowed_methods: None is every method, the default is the idempotent ones.
        (post, SERVER_ERROR, {"status_forcelist": [500], "allowed_methods": None}, 4),
        (post, SERVER_ERROR, {"status_forcelist": [500]}, 1),
        (delete, SERVER_ERROR, {"status_forcelist": [500]}, 4),
        (delete, SERVER_ERROR, {"status_forcelist": [500], "allowed_methods": ["GET"]}, 1),
        (delete, reset, {"allowed_methods": ["GET"]}, 1),
        (delete, reset, {"allowed_methods": None}, 4),
        # total: 0 and False are no retries, whatever the other counts say.
        (get, reset, {"total": 0, "read": 2}, 1),
        (get, reset, {"total": False}, 1),
        (get, SERVER_ERROR, {"total": 0, "status_forcelist": [500], "status": 2}, 1),
        (get, SERVER_ERROR, {"total": False, "status_forcelist": [500]}, 1),
        (get, RETRY_AFTER, {"total": 0}, 1),
        (get, RETRY_AFTER, {"total": False}, 1),
        # connect and read count separately.
        (get, reset, {"connect": 0}, 4),
        (get, reset, {"read": 0}, 1),
        (get, reset, {"read": 2}, 3),
        (get, reset, {"total": None, "read": 5}, 6),
    ],
)
def test_settings_of_a_custom_policy(delays, call, action, policy, attempts):
    with scripted_server(action) as server:
        with pytest.raises(ApiException):
            call(api_for(server.host, retries=urllib3.Retry(**{"total": 3, **policy})))
        assert server.methods().count(call.__name__.upper()) == attempts


@pytest.mark.parametrize(
    ("policy", "retries"),
    [({}, 3), ({"connect": 0}, 0), ({"connect": 1}, 1), ({"read": 0}, 3), ({"total": 0}, 0), ({"total": False}, 0)],
)
@pytest.mark.parametrize("call", [get, post])
def test_custom_policy_and_refused_connection(delays, caplog, call, policy, retries):
    caplog.set_level(logging.INFO, "tracking_client")
    with pytest.raises(ApiConnectionError) as caught:
        call(api_for(refused_host(), retries=urllib3.Retry(**{"total": 3, **policy})))
    assert len(caplog.records) == retries
    assert caught.value.outcome_unknown is False


@pytest.mark.parametrize(
    ("action", "policy", "expected"),
    [
        (respond(UNAVAILABLE), {}, []),
        # There is no delay before the first retry.
        (respond(UNAVAILABLE), {"backoff_factor": 0.25}, [0.5, 1.0, 2.0]),
        (reset, {"backoff_factor": 0.25}, [0.5, 1.0, 2.0]),
        # `MAX_BACKOFF` is for the default policy only.
        (respond(UNAVAILABLE), {"backoff_factor": 10}, [20.0, 40.0, 80.0]),
        (RETRY_AFTER, {"backoff_factor": 0.25}, [7, 7, 7, 7]),
        (RETRY_AFTER, {"backoff_factor": 0.25, "respect_retry_after_header": False}, [0.5, 1.0, 2.0]),
    ],
)
def test_delays_of_a_custom_policy(delays, action, policy, expected):
    with scripted_server(action) as server:
        with pytest.raises(ApiException):
            get(api_for(server.host, retries=urllib3.Retry(4, status_forcelist=[503], **policy)))
        assert len(server.requests) == 5
    assert delays == expected


def test_long_retry_after_is_raised_at_once_under_a_custom_policy(delays):
    with scripted_server(respond(http_response(b"", "503 x", "Retry-After: 31"))) as server:
        with pytest.raises(ServiceException):
            get(api_for(server.host, retries=urllib3.Retry(4, status_forcelist=[503])))
        assert len(server.requests) == 1
    assert delays == []


# Log


def logged(caplog) -> list[tuple[int, str]]:
    """Return the level and message of each record of this package."""
    return [(record.levelno, record.message) for record in caplog.records if record.name == "tracking_client"]


SECONDS = r"\d+\.\d{3} s"


def test_success_is_logged_at_debug(caplog):
    caplog.set_level(logging.DEBUG)
    with scripted_server(respond()) as server:
        get(api_for(server.host))
        url = re.escape(f"{server.host}/files/a")
    [(level, message)] = logged(caplog)
    assert level == logging.DEBUG
    assert re.fullmatch(f"GET {url}: 200 OK in {SECONDS}", message)
    assert [record for record in caplog.records if record.levelno >= logging.INFO] == []


def test_http_error_is_logged_at_debug(caplog):
    caplog.set_level(logging.DEBUG)
    not_found = http_response(b'{"code": 404, "message": "Not found"}', "404 NOT FOUND")
    with scripted_server(respond(not_found)) as server:
        with pytest.raises(NotFoundException):
            get(api_for(server.host))
        url = re.escape(f"{server.host}/files/a")
    [(level, message)] = logged(caplog)
    assert level == logging.DEBUG
    assert re.fullmatch(f"GET {url}: 404 NOT FOUND in {SECONDS}", message)
    assert [record for record in caplog.records if record.levelno >= logging.INFO] == []


def test_each_retry_is_logged_at_info(delays, caplog):
    """With its number, its backoff delay and the failure before it."""
    caplog.set_level(logging.DEBUG)
    with scripted_server(respond_and_close(UNAVAILABLE), close, respond()) as server:
        get(api_for(server.host))
        url = f"{server.host}/files/a"
    first, second, end = logged(caplog)
    assert first == (logging.INFO, f"GET {url}: retry 1 in {delays[0]:.3g} s: 503 Service Unavailable")
    assert second[0] == logging.INFO
    assert second[1].startswith(f"GET {url}: retry 2 in {delays[1]:.3g} s: ProtocolError: ")
    assert end[0] == logging.DEBUG
    assert re.fullmatch(f"GET {re.escape(url)}: 200 OK in {SECONDS}", end[1])


def test_failure_is_logged_at_debug(delays, caplog):
    caplog.set_level(logging.DEBUG)
    with scripted_server(close) as server:
        with pytest.raises(ApiConnectionError):
            get(api_for(server.host, retries=1))
        url = f"{server.host}/files/a"
    retry, end, chain = logged(caplog)
    assert retry[0] == logging.INFO
    assert retry[1].startswith(f"GET {url}: retry 1 in 0 s: ProtocolError: ")
    assert end[0] == logging.DEBUG
    assert re.fullmatch(f"GET {re.escape(url)}: ProtocolError: .* in {SECONDS}", end[1])
    assert chain[0] == logging.DEBUG
    assert "Traceback" in chain[1]


def test_logged_duration_is_that_of_the_whole_call(caplog):
    def late(connection):
        connection.request()
        time.sleep(0.2)
        connection.send(http_response())

    caplog.set_level(logging.DEBUG)
    start = time.monotonic()
    with scripted_server(close, late) as server:
        get(api_for(server.host, retries=urllib3.Retry(1)))
    elapsed = time.monotonic() - start
    duration = float(re.search(r"in (\S+) s$", logged(caplog)[-1][1])[1])
    assert 0.2 <= duration <= elapsed + 0.001


# Statuses


def test_status_is_retried_and_temporary_or_neither(delays):
    """A status that is in one of the tables only would be retried by the client and not by its user, or the reverse."""

    def respond_with_requested_status(connection):
        while request := connection.request():
            connection.send(http_response(b"", request.split(b" ")[1].rpartition(b"/")[2].decode() + " x"))

    temporary, retried, outcome_unknown = set(), set(), set()
    with scripted_server(respond_with_requested_status) as server:
        api = api_for(server.host)
        for status in range(400, 600):
            server.requests.clear()
            with pytest.raises(ApiException) as caught:
                api.files_md5sum_get(str(status))
            if caught.value.temporary:
                temporary.add(status)
            if len(server.requests) == 1 + DEFAULT_RETRIES:
                retried.add(status)
            with pytest.raises(ApiException) as caught:
                api.samples_id_files_md5sum_delete(ID, str(status))
            if caught.value.outcome_unknown:
                outcome_unknown.add(status)
    assert temporary == retried == {429, 500, 502, 503, 504}
    assert outcome_unknown == {500, 502, 504}
