"""Nothing lands on another resource, no header becomes two, and no secret shows."""

from __future__ import annotations

import copy
import logging

import pytest
from conftest import api_for
from scripted import answer, close, http, refused_host, scripted

from tracking_client import ApiClient, ApiException, ApiTypeError, ApiValueError, Configuration, File
from tracking_client.headers import Headers

ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
FORGED = ["a\r\nX-Forged: 1", "a\nb", "a\rb", "a\x00b"]


@pytest.mark.parametrize("validate", [True, False])
@pytest.mark.parametrize("md5sum", ["", ".", "..", " ", "\t", "\u3000", None, "\udcff"])
def test_a_segment_that_is_another_path_is_never_sent(md5sum, validate):
    with scripted(answer()) as server:
        api = api_for(server.host, client_side_validation=validate)
        for call in (
            lambda: api.files_md5sum_get(md5sum),
            lambda: api.samples_id_files_md5sum_get(ID, md5sum),
            lambda: api.samples_id_files_md5sum_delete(ID, md5sum),
            lambda: api.samples_id_files_md5sum_delete(md5sum, "a"),
            lambda: api.samples_id_files_get(md5sum),
            lambda: api.samples_id_files_post(md5sum, File("a", "b", "vcf")),
            lambda: api.api_client.call_api("/files/{md5sum}", "DELETE", {"md5sum": md5sum}),
        ):
            with pytest.raises(ApiValueError):
                call()
        assert server.connections == 0


@pytest.mark.parametrize("safe", ["", "/?#%. ", "/../"])
@pytest.mark.parametrize(
    ("md5sum", "segment"),
    [
        ("a/b", b"a%2Fb"),
        ("../x", b"..%2Fx"),
        ("a?b=c", b"a%3Fb%3Dc"),
        ("a#b", b"a%23b"),
        ("%2e%2e", b"%252e%252e"),
        ("a b", b"a%20b"),
        ("é\u4e2d", b"%C3%A9%E4%B8%AD"),
        ("a\r\nb\x00\x7f", b"a%0D%0Ab%00%7F"),
        ("...", b"..."),
        ("{id}", b"%7Bid%7D"),
    ],
)
def test_a_parameter_is_one_segment(md5sum, segment, safe):
    with scripted(answer(http(b"", "204 No Content", "Content-Length: 0"))) as server:
        api = api_for(server.host, safe_chars_for_path_param=safe)
        api.samples_id_files_md5sum_delete(ID, md5sum)
        line = server.requests[0].split(b"\r\n")[0]
        assert line == b"DELETE /api/v1/samples/" + ID.encode() + b"/files/" + segment + b" HTTP/1.1"


def test_a_file_that_could_not_be_found_again_is_not_registered():
    with scripted(answer()) as server:
        for md5sum in ("", ".", "..", " "):
            for file in (File(md5sum, "b", "vcf"), {"md5sum": md5sum, "filename": "b", "file_type": "vcf"}):
                with pytest.raises(ApiValueError, match="md5sum"):
                    api_for(server.host).samples_id_files_post(ID, file)
        both = {"md5sum": "a", "filename": "b", "file_type": "vcf", "file-type": "fastq"}
        with pytest.raises(ApiValueError, match="both spellings"):
            api_for(server.host).samples_id_files_post(ID, both)
        assert server.connections == 0


@pytest.mark.parametrize("value", FORGED)
def test_forged_headers_are_refused_when_set(value):
    api_client = ApiClient(Configuration(host=refused_host()))
    api_client.user_agent = "before"
    for set_it in (
        lambda: ApiClient(header_name="X-Token", header_value=value),
        lambda: ApiClient(header_name=value, header_value="x"),
        lambda: ApiClient(cookie=value),
        lambda: api_client.set_default_header("X-Token", value),
        lambda: api_client.set_default_header(value, "x"),
        lambda: api_client.default_headers.update({"X-Token": value}),
        lambda: api_client.default_headers.setdefault("X-Token", value),
        lambda: setattr(api_client, "default_headers", {"X-Token": value}),
        lambda: setattr(api_client, "user_agent", value),
        lambda: setattr(api_client, "cookie", value),
        lambda: api_client.call_api("/files/a", "GET", header_params={"X-Token": value}),
    ):
        with pytest.raises(ApiValueError) as caught:
            set_it()
        assert "Forged" not in str(caught.value) or "name" in str(caught.value)
    assert dict(api_client.default_headers) == {"User-Agent": "before"}
    assert api_client.cookie is None


def test_other_headers():
    headers = Headers({"X-Number": 7, "X-Text": "é"})
    assert dict(headers) == {"X-Number": "7", "X-Text": "é"}
    for bad, error in ((None, ApiTypeError), (b"x", ApiTypeError), (True, ApiTypeError), ("\u20ac", ApiValueError)):
        with pytest.raises(error):
            headers["X-Bad"] = bad
    for name in ("", "a b", "a:", "é", 7, "Content-Length", "transfer-encoding"):
        with pytest.raises(ApiValueError):
            headers[name] = "x"
    del headers["x-text"]
    assert "X-Text" not in headers
    assert 7 not in headers
    assert headers.pop("x-number") == "7"


def test_a_header_in_another_case_is_the_same_header():
    with scripted(answer(http(status="201 CREATED"))) as server:
        api = api_for(server.host.replace("//", "//name:s3cr3t@"))
        for name in ("content-type", "ACCEPT", "authorization", "cookie", "user-Agent"):
            api.api_client.set_default_header(name, "mine")
        api.api_client.cookie = "a=1"
        api.api_client.set_default_header("Accept", "mine/too")
        api.samples_id_files_post(ID, File("a", "isolate.vcf", "vcf"))
    head = server.requests[0].partition(b"\r\n\r\n")[0].decode().lower()
    sent = [line.split(": ") for line in head.split("\r\n")[1:]]
    assert len(sent) == len(dict(sent))
    assert (
        dict(sent).items()
        >= {
            "accept": "mine/too",
            "authorization": "mine",
            "content-type": "mine",
            "cookie": "a=1",
            "user-agent": "mine",
        }.items()
    )


SECRETS = ["s3cr3t-header", "s3cr3t-cookie", "s3cr3t-pass", "s3cr3t-key", "s3cr3t-host", "s3cr3t-proxy"]


def secretive(host: str) -> ApiClient:
    configuration = Configuration(
        host=host.replace("//", "//user:s3cr3t-host@"), username="user", password=SECRETS[2], api_key={"k": SECRETS[3]}
    )
    configuration.debug = True
    return ApiClient(configuration, header_name="X-Token", header_value=SECRETS[0], cookie=SECRETS[1])


def shown(*objects: object) -> str:
    return "\n".join(f"{each!r}\n{each}" for each in objects)


def everything(error: BaseException) -> str:
    """An error with all that is chained to it, as a traceback shows them."""
    lines = []
    while error is not None:
        lines.append(shown(error, *error.args))
        error = error.__cause__ or error.__context__
    return "\n".join(lines)


@pytest.mark.parametrize("action", [answer(), answer(http(b"x", "500 x")), answer(http(b"x")), close])
def test_no_secret_shows(action, caplog, capsys, waits):
    with caplog.at_level(logging.DEBUG), scripted(action) as server, secretive(server.host) as api_client:
        api = api_for(server.host)
        api.api_client = api_client
        seen = []
        for call in (lambda: api.files_md5sum_get("a"), lambda: api.samples_id_files_get("a", x=1)):
            try:
                seen.append(shown(call()))
            except Exception as error:
                seen.append(everything(error))
        rest_client = api_client.rest_client
        for each in (api_client, api_client.configuration, api_client.default_headers, api, rest_client):
            seen.append(shown(each))
        seen += [api_client.configuration.to_debug_report(), caplog.text, *capsys.readouterr()]
        seen += [shown(*rest_client._pools.values()), shown(*rest_client._pools.keys())]
        sent = b"".join(server.requests)
    assert "files/a" in "".join(seen)
    assert b"s3cr3t-header" in sent
    assert b"Authorization: Basic dXNlcjpzM2NyM3QtaG9zdA==" in sent
    assert [secret for secret in SECRETS if any(secret in text for text in seen)] == []


@pytest.mark.parametrize(
    "host",
    [
        "ftp://user:s3cr3t-host@tracking.example/api",
        "http://user:s3cr3t-host@tracking.example:port/api",
        "http://user:s3cr3t-host@/api",
        "http://user:s3cr3t-host@tracking.example/api?x",
        "http://user:s3cr3t-host@[::1/api",
        "http://user:s3cr3t-host@track\u2100ing/api",
    ],
)
def test_a_bad_host_shows_no_secret(host):
    with pytest.raises(ApiValueError) as caught:
        api_for(host).files_md5sum_get("a")
    assert "s3cr3t" not in everything(caught.value)


@pytest.mark.parametrize(
    "proxy",
    [
        "ftp://user:s3cr3t-proxy@proxy.example",
        "http://user:s3cr3t-proxy@proxy.example:port",
        "http://user:s3cr3t-proxy@",
        "http://user:s3cr3t-proxy@[::1",
        "socks5://user:s3cr3t-proxy@proxy.example:1080",
        "http://user:s3cr3t\r\n-proxy@proxy.example",
    ],
)
def test_a_bad_proxy_is_refused_and_shows_no_secret(proxy):
    for host in ("http://tracking.example/api", "https://tracking.example/api"):
        with pytest.raises(ApiValueError, match="proxy") as caught:
            api_for(host, proxy=proxy).files_md5sum_get("a", _request_timeout=1)
        assert "s3cr3t" not in everything(caught.value)


def test_a_proxy_that_can_not_be_reached_shows_no_secret(caplog):
    proxy = refused_host().replace("//", "//user:s3cr3t-proxy@").removesuffix("/api/v1")
    with caplog.at_level(logging.DEBUG):
        for host in ("http://tracking.example/api", "https://tracking.example/api"):
            with pytest.raises(ApiException) as caught:
                api_for(host, proxy=proxy, retries=1, debug=True).files_md5sum_get("a")
            assert "s3cr3t" not in everything(caught.value)
    assert "s3cr3t" not in caplog.text


def test_a_copy_keeps_its_secrets():
    api_client = secretive("http://tracking.example")
    assert dict(copy.deepcopy(api_client).default_headers) == dict(api_client.default_headers)
