"""Request headers are validated when they are set, and their names are case-insensitive."""

from __future__ import annotations

import pytest
from clients import api_for
from scripted_server import http_response, refused_host, respond, scripted_server

from tracking_client import ApiClient, ApiTypeError, ApiValueError, Configuration, File
from tracking_client._wire.headers import Headers

ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"


@pytest.mark.parametrize("value", ["a\r\nX-Forged: 1", "a\nb", "a\rb", "a\x00b"])
def test_header_injection_is_rejected_when_set(value):
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
        # The message shows an invalid name, but never a value, which may be secret.
        assert "Forged" not in str(caught.value) or "name" in str(caught.value)
    assert dict(api_client.default_headers) == {"User-Agent": "before"}
    assert api_client.cookie is None


def test_numbers_and_latin_1_text_are_valid_values():
    assert dict(Headers({"X-Number": 7, "X-Text": "é"})) == {"X-Number": "7", "X-Text": "é"}


@pytest.mark.parametrize(
    ("value", "error"), [(None, ApiTypeError), (b"x", ApiTypeError), (True, ApiTypeError), ("\u20ac", ApiValueError)]
)
def test_invalid_value_is_rejected(value, error):
    headers = Headers()
    with pytest.raises(error):
        headers["X-Bad"] = value
    assert dict(headers) == {}


@pytest.mark.parametrize("name", ["", "a b", "a:", "é", 7, "Content-Length", "transfer-encoding"])
def test_invalid_name_is_rejected(name):
    headers = Headers()
    with pytest.raises(ApiValueError):
        headers[name] = "x"
    assert dict(headers) == {}


def test_names_are_case_insensitive():
    headers = Headers({"X-Number": 7, "X-Text": "é"})
    del headers["x-text"]
    assert "X-Text" not in headers
    assert 7 not in headers
    assert headers.pop("x-number") == "7"


def test_default_header_replaces_the_clients_own_in_any_case():
    with scripted_server(respond(http_response(status="201 CREATED"))) as server:
        api = api_for(server.host.replace("//", "//name:s3cr3t@"))
        for name in ("content-type", "ACCEPT", "authorization", "cookie", "user-Agent"):
            api.api_client.set_default_header(name, "mine")
        api.api_client.cookie = "a=1"
        api.api_client.set_default_header("Accept", "mine/too")
        api.samples_id_files_post(ID, File("a", "isolate.vcf", "vcf"))
    lines = server.requests[0].partition(b"\r\n\r\n")[0].decode().lower().split("\r\n")[1:]
    sent = [line.split(": ") for line in lines]
    assert len(sent) == len(dict(sent))
    expected = {
        "accept": "mine/too",
        "authorization": "mine",
        "content-type": "mine",
        "cookie": "a=1",
        "user-agent": "mine",
    }
    assert dict(sent).items() >= expected.items()
