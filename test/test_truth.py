"""What comes back is a right answer or an error of the family, whatever comes over the wire."""

from __future__ import annotations

import gzip
import json
import time
import zlib

import pytest
from conftest import api_for
from scripted import FILE, answer, answer_and_close, close, drip, http, refused_host, reset, scripted

from tracking_client import (
    ApiConnectionError,
    ApiException,
    ApiResponseError,
    File,
    NotFoundException,
    ServiceException,
)

GOOD = File("a", "isolate.vcf", "vcf")
ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
CHUNKED = b"20\r\n" + FILE[:32] + b"\r\n" + f"{len(FILE) - 32:x}".encode() + b"\r\n" + FILE[32:] + b"\r\n0\r\n\r\n"
NEWER = b'{"md5sum": "a", "filename": "isolate.vcf", "file-type": "bam", "size": 7, "tags": ["x"]}'


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (http(), GOOD),
        (http(b"\xef\xbb\xbf" + FILE), GOOD),
        (http(FILE, "200 OK", "Content-Type: text/plain"), GOOD),
        (http(FILE, "200 OK", "Content-Type: application/json; charset=utf-8"), GOOD),
        (http(FILE, "200 OK", "Content-Type: application/json; charset=x-klingon"), GOOD),
        (
            http(
                FILE.decode().replace("isolate", "é").encode("latin-1"), "200 OK", "Content-Type: a/b; charset=latin1"
            ),
            File("a", "é.vcf", "vcf"),
        ),
        (http(gzip.compress(FILE), "200 OK", "Content-Encoding: gzip"), GOOD),
        (http(zlib.compress(FILE), "200 OK", "Content-Encoding: deflate"), GOOD),
        (http(CHUNKED, "200 OK", "Transfer-Encoding: chunked"), GOOD),
        (http(FILE, "201 Created"), GOOD),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + http(), GOOD),
        (b"HTTP/1.0 200 OK\r\n\r\n" + FILE, GOOD),
        (http(NEWER), File.from_json(json.loads(NEWER))),
    ],
)
def test_right_answers(data, expected):
    with scripted(answer_and_close(data)) as server:
        assert api_for(server.host, retries=0).files_md5sum_get("a") == expected


def test_the_answer_to_head_has_no_body():
    with scripted(answer(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")) as server:
        client = api_for(server.host, timeout=5).api_client
        for _ in range(2):
            _, status, headers = client.call_api("/samples", "HEAD")
            assert (status, headers["content-length"]) == (200, "5")
        assert server.connections == 1


def test_http_clients_own_tracing_shows_the_head(monkeypatch, capsys):
    monkeypatch.setattr("http.client.HTTPConnection.debuglevel", 1)
    with scripted(answer()) as server:
        assert api_for(server.host).files_md5sum_get("a") == GOOD
    assert "reply: 'HTTP/1.1 200 OK" in capsys.readouterr().out


@pytest.mark.parametrize("headers", [[], ["Content-Type: application/json"], ["Content-Length: 0"]])
def test_no_content(headers):
    head = "\r\n".join(["HTTP/1.1 204 No Content", *headers, "", ""]).encode()
    with scripted(answer(head)) as server:
        api = api_for(server.host)
        for _ in range(3):
            assert api.samples_id_files_md5sum_delete(ID, "a") is None
        assert server.connections == 1


NOT_THE_APIS = {
    "captive portal": http(b"<html>Sign in</html>", "200 OK", "Content-Type: text/html"),
    "empty": http(b""),
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "broken": http(FILE[:-1]),
    "null": http(b"null"),
    "number": http(b"7"),
    "list": http(b"[" + FILE + b"]"),
    "missing": http(b'{"md5sum": "a", "filename": "b"}'),
    "typed": http(b'{"md5sum": "a", "filename": ["b"], "file-type": "vcf"}'),
    "nan": http(b"NaN"),
    "deep": http(b"[" * 200000),
    "not text": http(b"\xff\xfe\x00\x01"),
    "not gzip": http(FILE, "200 OK", "Content-Encoding: gzip"),
    "half a gzip": http(gzip.compress(FILE)[:20], "200 OK", "Content-Encoding: gzip"),
    "huge number": http(b'{"md5sum": ' + b"9" * 100000 + b"}"),
}


@pytest.mark.parametrize("name", NOT_THE_APIS)
def test_an_answer_that_is_not_the_apis(name):
    with scripted(answer(NOT_THE_APIS[name])) as server:
        with pytest.raises(ApiResponseError) as caught:
            api_for(server.host).files_md5sum_get("a")
        url = f"{server.host}/files/a"
        assert (caught.value.method, caught.value.url) == ("GET", url)
        assert caught.value.status in (200, 204)
        assert str(caught.value).startswith(f"({caught.value.status}) ")
        assert url in str(caught.value)
        assert len(str(caught.value)) < 1000
        assert caught.value.__cause__ is not None


@pytest.mark.parametrize("body", [b"{}", FILE, b"null", b'{"a": []}', b"[null]", b"[1]", b"[{}]"])
def test_a_list_that_is_none(body):
    with scripted(answer(http(body))) as server, pytest.raises(ApiResponseError):
        api_for(server.host).samples_id_files_get(ID)


def broken_error(body: bytes, *headers: str) -> bytes:
    return http(body, "500 INTERNAL SERVER ERROR", *headers)


@pytest.mark.parametrize(
    "action",
    [
        answer(b"HTTP/1.1 500 INTERNAL SERVER ERROR\r\nContent-Length: 0\r\n\r\n"),
        answer(broken_error(b"\x00\xff\xfe\x80" * 100)),
        answer(broken_error(b"x" * 10_000_000)),
        answer_and_close(http(b"half", "500 x", length=1000)),
        answer_and_close(broken_error(b"5\r\nhel", "Transfer-Encoding: chunked")),
        answer(broken_error(FILE, "Content-Encoding: gzip")),
        drip(http(b"slow " * 1000, "500 x"), 0.005),
        answer_and_close(broken_error(b"zz\r\n", "Transfer-Encoding: chunked")),
        answer_and_close(http(b"x", "500 x", "Content-Length: 99999999999999999999")),
    ],
    ids=["none", "binary", "huge", "cut", "cut chunks", "not gzip", "slow", "bad chunks", "length that is a lie"],
)
def test_an_error_body_never_hides_its_status(action):
    with scripted(action) as server:
        with pytest.raises(ServiceException) as caught:
            api_for(server.host, retries=0).files_md5sum_get("a", _request_timeout=1)
        assert caught.value.status == 500
        assert isinstance(caught.value.body, str)
        assert len(caught.value.body) < 200_000


@pytest.mark.parametrize(
    "action",
    [
        close,
        reset,
        answer_and_close(b"garbage\r\n\r\n"),
        answer_and_close(b"HTTP/1.1 two hundred\r\n\r\n"),
        answer_and_close(b"HTTP/1.1 99999 x\r\n\r\n"),
        answer_and_close(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n"),
        answer_and_close(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n"),
        answer_and_close(b"HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nab"),
        answer_and_close(http(FILE, "200 OK", "Content-Length: 99999999999999999")),
        answer_and_close(http(b"ffffffffffffff\r\n{", "200 OK", "Transfer-Encoding: chunked")),
        answer_and_close(http(b"-5\r\n{", "200 OK", "Transfer-Encoding: chunked")),
        answer_and_close(http(b"-" + b"f" * 40 + b"\r\n{", "200 OK", "Transfer-Encoding: chunked")),
        answer_and_close(b"\x16\x03\x01\x00\x01"),
        answer_and_close(b"\x00" * 1000),
    ],
)
def test_failures_of_the_wire(action):
    with scripted(action) as server:
        with pytest.raises(ApiConnectionError) as caught:
            api_for(server.host, retries=0).files_md5sum_get("a", _request_timeout=5)
        assert caught.value.status == 0
        assert caught.value.__cause__ is not None
        assert caught.value.url == f"{server.host}/files/a"


def test_refused_and_unknown_names():
    for host in (refused_host(), "http://name.invalid/api/v1", "https" + refused_host()[4:]):
        with pytest.raises(ApiConnectionError) as caught:
            api_for(host, retries=0).files_md5sum_get("a")
        assert (caught.value.status, caught.value.method) == (0, "GET")
        assert caught.value.__cause__ is not None


def test_an_unknown_name_is_not_asked_for_again(waits):
    with pytest.raises(ApiConnectionError):
        api_for("http://name.invalid").files_md5sum_get("a", _request_timeout=30)
    # A resolver that can't tell now may be asked again; one that says there is none, not.
    assert len(waits) in (0, 3)


def test_early_hints_are_not_the_answer():
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"

    def script(connection):
        while head := connection.request():
            connection.send(hints * 2)
            time.sleep(0.05)
            md5sum = head.split(b" ")[1].rpartition(b"/")[2]
            connection.send(http(FILE.replace(b'"a"', b'"' + md5sum + b'"')))

    with scripted(script) as server:
        api = api_for(server.host)
        for md5sum in ("one", "two", "three"):
            assert api.files_md5sum_get(md5sum).md5sum == md5sum
    with scripted(answer(b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + http())) as server:
        api = api_for(server.host)
        for _ in range(2):
            with pytest.raises(ApiException) as caught:
                api.files_md5sum_get("a")
            assert caught.value.status == 101
        assert server.connections == 2


def test_a_delete_that_a_portal_answers_has_not_succeeded():
    for status in ("200 OK", "202 Accepted"):
        with scripted(answer(http(b"<html>Sign in</html>", status, "Content-Type: text/html"))) as server:
            with pytest.raises(ApiResponseError) as caught:
                api_for(server.host).samples_id_files_md5sum_delete(ID, "a")
            assert caught.value.status == int(status[:3])
    with scripted(answer(http(b"", "200 OK"))) as server:
        assert api_for(server.host).samples_id_files_md5sum_delete(ID, "a") is None


def redirect(location: str, status: str = "302 Found") -> bytes:
    return http(b"", status, f"Location: {location}")


@pytest.mark.parametrize("status", ["301 x", "302 x", "303 x", "307 x", "308 x"])
def test_a_get_is_redirected_within_its_origin(status):
    def script(connection):
        connection.request()
        connection.send(redirect("/elsewhere?x=1", status))
        connection.request()
        connection.send(redirect(f"http://127.0.0.1:{connection.server.port}/api/v1/again", status))
        connection.request()
        connection.send(redirect("again/../there", status))
        connection.request()
        connection.send(redirect(f"http://user:secret@127.0.0.1:{connection.server.port}?x=2", status))
        connection.request()
        connection.send(http())

    with scripted(script) as server:
        api = api_for(server.host)
        assert api.files_md5sum_get("a") == GOOD
        paths = [request.split(b" ")[1] for request in server.requests]
        assert paths == [b"/api/v1/files/a", b"/elsewhere?x=1", b"/api/v1/again", b"/api/v1/there", b"/?x=2"]
        assert list(api.api_client.rest_client._pools) == [server.host.removesuffix("/api/v1")]


def test_redirects_are_bounded():
    with scripted(answer(redirect("/round"))) as server:
        with pytest.raises(ApiConnectionError, match="redirects"):
            api_for(server.host).files_md5sum_get("a")
        assert len(server.requests) < 10


@pytest.mark.parametrize("status", ["301 x", "302 x", "303 x", "307 x", "308 x"])
def test_a_post_or_delete_is_not_redirected(status):
    with scripted(answer(redirect("/elsewhere", status))) as server:
        for call in (
            lambda: api_for(server.host).samples_id_files_post(ID, GOOD),
            lambda: api_for(server.host).samples_id_files_md5sum_delete(ID, "a"),
        ):
            with pytest.raises(ApiException) as caught:
                call()
            assert caught.value.status == int(status[:3])
            assert caught.value.headers["location"] == "/elsewhere"
        assert server.methods() == ["POST", "DELETE"]


def test_nothing_goes_to_another_origin():
    with scripted(answer()) as other:
        for location in (
            other.host,
            other.host.replace("http", "https"),
            f"//127.0.0.1:{other.port}/x",
            "http://[x/",
            "",
        ):
            with scripted(answer(redirect(location))) as server:
                api = api_for(server.host, retries=0)
                api.api_client.set_default_header("Authorization", "secret")
                api.api_client.cookie = "session=secret"
                with pytest.raises(ApiException) as caught:
                    api.files_md5sum_get("a")
            assert caught.value.status == 302
        assert other.connections == 0


def test_each_call_gets_its_own_answer():
    """Bytes behind an answer are not the next one's."""
    extra = http() + http(FILE.replace(b'"a"', b'"extra"'))

    with scripted(answer(extra)) as server:
        api = api_for(server.host)
        for _ in range(5):
            assert api.files_md5sum_get("a") == GOOD


def test_error_of_the_service_itself():
    body = b'{"code": 404, "message": "Not found", "trace": "x"}'
    zipped = http(gzip.compress(body), "404 NOT FOUND", "Content-Encoding: gzip")
    with scripted(answer(zipped)) as server, pytest.raises(NotFoundException) as caught:
        api_for(server.host).files_md5sum_get("a")
    assert caught.value.error.message == "Not found"
