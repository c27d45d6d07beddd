"""A call always ends, and is repeated where that does no harm."""

from __future__ import annotations

import contextlib
import email.utils
import socket
import time

import pytest
import urllib3
from conftest import api_for
from scripted import (
    FILE,
    answer,
    answer_and_close,
    close,
    drip,
    http,
    refused_host,
    reset,
    scripted,
    stall,
)

from tracking_client import (
    ApiConnectionError,
    ApiException,
    ApiTimeoutError,
    ApiTypeError,
    ApiValueError,
    Configuration,
    File,
    ServiceException,
)
from tracking_client.deadline import limits_of
from tracking_client.retry import LONGEST_BACKOFF, RETRIES

GOOD = File("a", "isolate.vcf", "vcf")
ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
UNAVAILABLE = http(b"<html>restarting</html>", "503 Service Unavailable", "Content-Type: text/html")


@contextlib.contextmanager
def silent_address():
    """An address that answers no connection: a backlog that is full lets it wait."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(8):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        time.sleep(0.1)
        yield listener.getsockname()


def seconds(call) -> float:
    start = time.monotonic()
    with pytest.raises(ApiException):
        call()
    return time.monotonic() - start


def test_the_default_is_finite():
    limits = limits_of(Configuration().timeout)
    assert limits == (10, 60, 300)


def test_a_timeout_that_is_changed_counts_from_then_on_and_for_itself():
    configuration = Configuration()
    assert limits_of(configuration.timeout) == (10, 60, 300)
    configuration.timeout.total = 7
    assert limits_of(configuration.timeout) == (7, 60, 7)
    for wrong, error in (("7", ApiTypeError), ([7], ApiTypeError), (True, ApiTypeError), (-7, ApiValueError)):
        configuration.timeout.total = wrong
        with pytest.raises(error, match="timeout"):
            limits_of(configuration.timeout)
    assert limits_of(Configuration().timeout) == (10, 60, 300)


def test_what_was_left_of_a_call_does_not_limit_what_is_read_after_it():
    def slow(connection):
        connection.request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Le")
        time.sleep(0.1)
        connection.send(b"ngth: 2\r\n\r\n")
        time.sleep(1.5)
        connection.send(b"ok")

    with scripted(slow) as server:
        timeout = urllib3.Timeout(connect=30, read=30, total=1)
        client = api_for(server.host).api_client
        response = client.call_api("/x", "GET", _preload_content=False, _request_timeout=timeout)
        assert response.read() == b"ok"
        response.close()


def test_a_limit_for_the_whole_is_also_one_for_what_is_read_after_it():
    def slow(connection):
        connection.request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
        connection.wait()

    with scripted(slow) as server:
        client = api_for(server.host).api_client
        timeout = urllib3.Timeout(total=1.5)
        response = client.call_api("/x", "GET", _preload_content=False, _request_timeout=timeout)
        with pytest.raises(urllib3.exceptions.ReadTimeoutError):
            response.read()


@pytest.mark.parametrize(
    ("timeout", "limits"),
    [
        (1, (1, 1, 1)),
        (0.5, (0.5, 0.5, 0.5)),
        ((2, 3), (2, 3, None)),
        ((2, None), (2, None, None)),
        (urllib3.Timeout(total=4), (4, None, 4)),
        (urllib3.Timeout(total=urllib3.Timeout.DEFAULT_TIMEOUT), (None, None, None)),
        (urllib3.Timeout(connect=1, read=2), (1, 2, None)),
        (urllib3.Timeout(connect=1, read=2, total=3), (1, 2, 3)),
        (1e300, (31536000.0,) * 3),
    ],
)
def test_forms_of_a_timeout(timeout, limits):
    assert limits_of(timeout) == limits
    with scripted(answer()) as server:
        assert api_for(server.host).files_md5sum_get("a", _request_timeout=timeout) == GOOD
        assert api_for(server.host, timeout=timeout).files_md5sum_get("a") == GOOD


@pytest.mark.parametrize(
    "timeout", ["1", [1, 2], (1,), (1, 2, 3), (1, "2"), True, (True, 1), {}, 0, -1, (0, 1), float("nan"), float("inf")]
)
def test_another_timeout_is_refused_before_sending(timeout):
    with scripted(answer()) as server:
        with pytest.raises((ApiTypeError, ApiValueError), match="timeout"):
            api_for(server.host).files_md5sum_get("a", _request_timeout=timeout)
        with pytest.raises((ApiTypeError, ApiValueError), match="timeout"):
            api_for(server.host, timeout=timeout).files_md5sum_get("a")
        assert server.connections == 0


@pytest.mark.parametrize(
    "action",
    [
        stall,
        drip(http()),
        drip(b"HTTP/1.1 200 OK\r\n" + b"X-Long: x\r\n" * 90),
        drip(http(status="503 Service Unavailable")),
        drip(http(b"5\r\nhello\r\n" * 1000, "200 OK", "Transfer-Encoding: chunked")),
        answer(UNAVAILABLE),
        close,
        reset,
    ],
    ids=["stall", "drip", "drip-head", "drip-error", "drip-chunks", "unavailable", "close", "reset"],
)
def test_a_number_is_the_whole_calls_deadline(action):
    with scripted(action) as server:
        assert seconds(lambda: api_for(server.host).files_md5sum_get("a", _request_timeout=0.3)) < 1.5
        assert seconds(lambda: api_for(server.host, retries=50).files_md5sum_get("a", _request_timeout=0.3)) < 1.5
        patient = urllib3.Retry(total=50, backoff_factor=3, status_forcelist=[503])
        assert seconds(lambda: api_for(server.host, retries=patient).files_md5sum_get("a", _request_timeout=0.3)) < 1.5


def test_a_deadline_is_over_when_its_call_is():
    with scripted(drip(http(), 0.01)) as server:
        api = api_for(server.host)
        with pytest.raises(ApiTimeoutError):
            api.files_md5sum_get("a", _request_timeout=0.2)
        assert api.files_md5sum_get("a", _request_timeout=20) == GOOD


def test_an_answer_may_be_read_after_the_calls_deadline():
    def slow(connection):
        connection.request()
        connection.send(http()[: -len(FILE)])
        time.sleep(0.3)
        connection.send(FILE)

    with scripted(slow) as server:
        response = api_for(server.host).files_md5sum_get("a", _preload_content=False, _request_timeout=1)
        time.sleep(1.2)
        assert response.read() == FILE


def test_the_read_limit_is_for_each_part():
    with scripted(stall) as server:
        assert seconds(lambda: api_for(server.host).files_md5sum_get("a", _request_timeout=(5, 0.3))) < 1.5
    with scripted(drip(http(), 0.01)) as server:
        start = time.monotonic()
        assert api_for(server.host).files_md5sum_get("a", _request_timeout=(5, 1)) == GOOD
        assert time.monotonic() - start > 1


def test_no_answer_in_time_is_not_asked_for_again():
    with scripted(stall) as server:
        with pytest.raises(ApiTimeoutError) as caught:
            api_for(server.host).files_md5sum_get("a", _request_timeout=(5, 0.2))
        assert server.connections == 1
    assert isinstance(caught.value, TimeoutError)
    assert caught.value.status == 0
    assert caught.value.__cause__ is not None


def test_no_connection_in_time():
    with silent_address() as silent:
        api = api_for(f"http://127.0.0.1:{silent[1]}")
        with pytest.raises(ApiTimeoutError) as caught:
            api.samples_id_files_post(ID, GOOD, _request_timeout=(0.3, 5))
        assert caught.value.outcome_unknown is False


BROKEN = {
    "close": close,
    "reset": reset,
    "cut head": answer_and_close(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "cut body": answer_and_close(http(FILE[:10], length=len(FILE))),
    "cut chunks": answer_and_close(http(b"5\r\n{", "200 OK", "Transfer-Encoding: chunked")),
    "not http": answer_and_close(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "429": answer(http(b"", "429 Too Many Requests")),
    "502": answer(http(b"", "502 Bad Gateway")),
    "503": answer(UNAVAILABLE),
    "504": answer(http(b"", "504 Gateway Timeout")),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_what_is_safe_is_repeated(waits, broken):
    with scripted(*[BROKEN[broken]] * RETRIES, answer()) as server:
        assert api_for(server.host).files_md5sum_get("a") == GOOD
        assert server.methods() == ["GET"] * (RETRIES + 1)
    assert len(waits) <= RETRIES
    assert all(0 <= wait <= LONGEST_BACKOFF for wait in waits)


@pytest.mark.parametrize("broken", BROKEN)
def test_repetitions_end(waits, broken):
    with scripted(BROKEN[broken]) as server:
        with pytest.raises(ApiException):
            api_for(server.host).files_md5sum_get("a")
        assert server.methods() == ["GET"] * (RETRIES + 1)
        with pytest.raises(ApiException):
            api_for(server.host, retries=0).files_md5sum_get("a")
        assert server.methods() == ["GET"] * (RETRIES + 2)
        with pytest.raises(ApiException):
            api_for(server.host, retries=1).samples_id_files_md5sum_delete(ID, "a")
        assert server.methods()[RETRIES + 2 :] == ["DELETE"] * 2


def test_an_answer_after_errors(waits):
    with scripted(answer_and_close(UNAVAILABLE), reset, answer()) as server:
        assert api_for(server.host).files_md5sum_get("a") == GOOD
        assert server.connections == 3


def test_refused_is_repeated_whatever_the_method(waits):
    for call in (
        lambda api: api.files_md5sum_get("a"),
        lambda api: api.samples_id_files_post(ID, GOOD),
        lambda api: api.samples_id_files_md5sum_delete(ID, "a"),
    ):
        with pytest.raises(ApiConnectionError) as caught:
            call(api_for(refused_host()))
        assert len(waits) == RETRIES
        assert caught.value.outcome_unknown is False
        waits.clear()


def test_a_post_that_was_answered_is_not_repeated(waits):
    for status in ("429 Too Many Requests", "502 Bad Gateway", "503 Unavailable", "504 Gateway Timeout"):
        with scripted(answer(http(b"", status, "Retry-After: 1"))) as server:
            with pytest.raises(ApiException) as caught:
                api_for(server.host).samples_id_files_post(ID, GOOD)
            assert caught.value.status == int(status[:3])
            assert server.methods() == ["POST"]
    assert waits == []


def test_many_silent_addresses_take_no_longer_than_one(monkeypatch):
    with silent_address() as silent:
        address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", silent)
        monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: [address] * 5)
        api = api_for("http://many.example/api")
        assert seconds(lambda: api.files_md5sum_get("a", _request_timeout=0.5)) < 1.5


def test_a_request_that_is_not_taken_ends():
    """A peer that answers the connection, and reads nothing of a large request."""
    with scripted(lambda connection: time.sleep(2)) as server:
        large = File("a", "x" * 30_000_000, "vcf")
        start = time.monotonic()
        with pytest.raises(ApiTimeoutError) as caught:
            api_for(server.host).samples_id_files_post(ID, large, _request_timeout=0.5)
        assert time.monotonic() - start < 1.5
        assert caught.value.outcome_unknown is True


def test_a_slow_body_of_an_answer_that_is_repeated_hides_nothing(waits):
    def slow(connection):
        connection.request()
        connection.send(http(b"x", "503 Service Unavailable", length=10_000))
        connection.wait()

    with scripted(slow) as server:
        with pytest.raises(ServiceException):
            api_for(server.host, retries=2).files_md5sum_get("a", _request_timeout=4)
        assert server.methods() == ["GET"] * 3


def test_waits_double_and_are_random():
    from tracking_client.retry import BACKOFF, retry_policy

    longest, shortest = [0.0] * 8, [99.0] * 8
    for _ in range(300):
        policy = retry_policy(8)
        for number in range(8):
            policy = policy.increment("GET", "/", error=urllib3.exceptions.ProtocolError("x"))
            wait = policy.get_backoff_time()
            longest[number], shortest[number] = max(longest[number], wait), min(shortest[number], wait)
    for number, wait in enumerate(longest):
        expected = min(LONGEST_BACKOFF, BACKOFF * 2**number)
        assert expected * 0.8 < wait <= expected
        assert shortest[number] < expected * 0.2


def test_retry_after_is_obeyed(waits):
    in_a_while = email.utils.formatdate(time.time() + 20, usegmt=True)
    for header, least, most in (("7", 7, 7), (in_a_while, 15, 20), ("0", 0, 0), ("soon", 0, 0.5), ("-1", 0, 0.5)):
        waits.clear()
        with scripted(answer_and_close(http(b"", "503 x", f"Retry-After: {header}")), answer()) as server:
            assert api_for(server.host).files_md5sum_get("a") == GOOD
        # The connection may end within the next request, which is repeated then.
        assert least <= [*waits, 0][0] <= most


@pytest.mark.parametrize("header", ["31", "86400", "9" * 400, "Fri, 31 Dec 2999 23:59:59 GMT"])
@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_a_retry_after_past_the_cap_is_raised_at_once(waits, header, status):
    with scripted(answer(http(b"", status, f"Retry-After: {header}"))) as server:
        with pytest.raises(ApiException) as caught:
            api_for(server.host).files_md5sum_get("a")
        assert server.connections == len(server.requests) == 1
    assert caught.value.status == int(status[:3])
    assert caught.value.headers["retry-after"] == header
    assert waits == []


def test_a_retry_after_past_the_deadline_is_raised_at_once():
    with scripted(answer(http(b"", "503 x", "Retry-After: 5"))) as server:
        start = time.monotonic()
        with pytest.raises(ServiceException):
            api_for(server.host).files_md5sum_get("a", _request_timeout=2)
        assert time.monotonic() - start < 1.5
        assert len(server.requests) == 1


def test_a_policy_of_ones_own(waits):
    policy = urllib3.Retry(total=2, status_forcelist=[500], allowed_methods=None)
    with scripted(answer(http(b'{"code": 500, "message": "broken"}', "500 x"))) as server:
        with pytest.raises(ServiceException, match="broken"):
            api_for(server.host, retries=policy).samples_id_files_post(ID, GOOD)
        assert server.methods() == ["POST"] * 3
    assert policy.history == ()


class OnesOwn(urllib3.Retry):
    """A policy of a class of one's own."""


@pytest.mark.parametrize("total", [None, 10**6])
def test_repetitions_end_whatever_the_policy(waits, total):
    with scripted(close) as server:
        for policy in (urllib3.Retry(total=total), OnesOwn(total=total)):
            with pytest.raises(ApiConnectionError):
                api_for(server.host, retries=policy).files_md5sum_get("a")
        assert len(server.requests) <= 202


def test_a_policy_of_a_class_of_ones_own_ends_with_the_call():
    with scripted(answer(http(b"", "503 x", "Retry-After: 6"))) as server:
        api = api_for(server.host, retries=OnesOwn(3, status_forcelist=[503]))
        assert seconds(lambda: api.files_md5sum_get("a", _request_timeout=0.5)) < 1.5


def test_a_call_within_a_call_does_not_undo_its_limits():
    import logging

    def late(connection):
        connection.request()
        time.sleep(2)
        connection.send(http())

    class Nested(logging.Handler):
        def emit(self, record):
            with scripted(answer()) as inner:
                api_for(inner.host).files_md5sum_get("a")

    logger, handler = logging.getLogger("urllib3.connectionpool"), Nested()
    before = logger.level
    with scripted(close, drip(http(), 0.05)) as server:
        logger.addHandler(handler)
        try:
            api = api_for(server.host, retries=urllib3.Retry(3))
            assert seconds(lambda: api.files_md5sum_get("a", _request_timeout=0.8)) < 2
            with scripted(close, late) as server, pytest.raises(ApiTimeoutError):
                api_for(server.host, retries=urllib3.Retry(3)).files_md5sum_get("a", _request_timeout=(5, 0.5))
        finally:
            logger.removeHandler(handler)
            logger.setLevel(before)


@pytest.mark.parametrize(("retries", "error"), [(-1, ApiValueError), ("3", ApiTypeError), (True, ApiTypeError)])
def test_another_policy_is_refused(retries, error):
    with scripted(answer()) as server:
        with pytest.raises(error, match="retries"):
            api_for(server.host, retries=retries).files_md5sum_get("a")
        assert server.connections == 0
