"""A subclass of str, such as a member of a ``(str, Enum)``, is sent as the text that it holds."""

from __future__ import annotations

import enum
import json

import pytest
from clients import client_for
from scripted_server import FILE, http_response, respond, scripted_server

from tracking_client import ApiClient, Configuration, File, FileApi

ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
MD5SUM = "9e107d9d372bb6826bd81d3542a419d6"


class Loud(str):
    """A subclass of str whose text is not what it shows."""

    __slots__ = ()

    def __str__(self) -> str:
        return "shown"

    __repr__ = __str__

    def __format__(self, spec: str) -> str:
        return "formatted"


def member(text: str) -> str:
    return enum.Enum("Member", {"NAME": text}, type=str).NAME


pytestmark = pytest.mark.parametrize("wrapped", [member, Loud])


def test_text_of_a_request(wrapped):
    data = http_response(FILE.replace(b'"a"', f'"{MD5SUM}"'.encode()), "201 CREATED")
    with scripted_server(respond(data)) as server:
        client = client_for(wrapped(server.host))
        client.set_default_header(wrapped("X-Token"), wrapped("token"))
        client.cookie = wrapped("a=b")
        client.user_agent = wrapped("agent")
        file = File(wrapped(MD5SUM), wrapped("isolate.vcf"), wrapped("vcf"))
        FileApi(client).samples_id_files_post(wrapped(ID), file)
        FileApi(client).files_md5sum_get(wrapped(MD5SUM))
        client.call_api(
            "/x/{y}",
            wrapped("GET"),
            {"y": wrapped("z")},
            {wrapped("k"): wrapped("v"), "l": [wrapped("m"), "n"]},
            {"X-Other": wrapped("other")},
            response_type="object",
        )
        client.call_api("/x", "POST", body={wrapped("k"): [wrapped("v")]}, response_type="object")
    post, get, query, body = server.requests
    assert post.startswith(f"POST /api/v1/samples/{ID}/files HTTP/1.1\r\n".encode())
    assert json.loads(post.partition(b"\r\n\r\n")[2]) == {
        "md5sum": MD5SUM,
        "filename": "isolate.vcf",
        "file-type": "vcf",
    }
    assert get.startswith(f"GET /api/v1/files/{MD5SUM} HTTP/1.1\r\n".encode())
    assert query.startswith(b"GET /api/v1/x/z?k=v&l=m&l=n HTTP/1.1\r\n")
    for header in (b"X-Token: token", b"Cookie: a=b", b"User-Agent: agent", b"X-Other: other"):
        assert header + b"\r\n" in query
    assert body.partition(b"\r\n\r\n")[2].replace(b" ", b"") == b'{"k":["v"]}'


def test_text_of_credentials(wrapped):
    configuration = Configuration(
        username=wrapped("user"),
        password=wrapped("password"),
        api_key={"key": wrapped("secret")},
        api_key_prefix={"key": wrapped("Bearer")},
    )
    plain = Configuration(username="user", password="password")
    assert configuration.get_basic_auth_token() == plain.get_basic_auth_token()
    assert configuration.get_api_key_with_prefix("key") == "Bearer secret"


def test_text_of_a_host_for_one_call(wrapped):
    with scripted_server(respond()) as server:
        assert ApiClient().call_api("/x", "GET", response_type="object", _host=wrapped(server.host))[1] == 200
