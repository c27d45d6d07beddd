"""`ApiClient`: hosts, query parameters, arguments of `call_api`, `last_response`, and subclasses that override it."""

from __future__ import annotations

import json
import time
from unittest import mock

import pytest
from clients import add_sample, api_for
from endpoints import ID
from scripted_server import FILE, close, http_response, refused_host, respond, scripted_server, stall

import tracking_client
from tracking_client import (
    ApiClient,
    ApiTimeoutError,
    ApiTypeError,
    ApiValueError,
    Configuration,
    File,
    FileApi,
    NotFoundException,
)
from tracking_client._transport.prepared_request import PreparedRequest
from tracking_client.api_client import MAX_KEPT_BODY

VCF = File("a", "isolate.vcf", "vcf")

# last_response


def test_last_response_is_none_before_the_first_call():
    assert ApiClient().last_response is None


def test_last_response_has_status_headers_and_text(api, api_client, sample_id):
    api.samples_id_files_get(sample_id)
    response = api_client.last_response
    assert (response.status, response.reason, response.data) == (200, "OK", "[]\n")
    assert response.getheader("content-type") == response.getheaders()["Content-Type"] == "application/json"
    assert response.getheader("x-none", "default") == "default"
    with pytest.raises(NotFoundException):
        api.files_md5sum_get("none")
    assert api_client.last_response is response


def test_last_response_does_not_keep_a_long_body(api, api_client, sample_id):
    filename = "isolate" * (MAX_KEPT_BODY // 14)
    api.samples_id_files_post(sample_id, {"md5sum": "a", "filename": filename, "file-type": "vcf"})
    assert filename in api_client.last_response.data
    api.samples_id_files_post(sample_id, {"md5sum": "b", "filename": filename, "file-type": "vcf"})
    assert len(api.samples_id_files_get(sample_id)) == 2
    assert (api_client.last_response.status, api_client.last_response.data) == (200, None)
    with pytest.raises(ApiValueError, match="was not kept"):
        api_client.deserialize(api_client.last_response, "list[File]")
    api_client.call_api(f"/samples/{sample_id}/files", "GET")
    assert len(api_client.deserialize(api_client.last_response, "list[File]")) == 2


# Hosts


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("tracking-api-service/api/v1", "tracking-api-service"),
        ("ftp://tracking/api", "ftp://tracking/api"),
        ("//tracking/api", "//tracking/api"),
        ("http://", "http://"),
        ("http:///api/v1", "http:///api/v1"),
        ("http://tracking:port/api", "port"),
        ("http://tracking:99999/api", "99999"),
        ("http://tracking/api?x=1", "Invalid host"),
        ("http://tracking/api#x", "Invalid host"),
        ("http://track ing/api", "Invalid host"),
        ("http://tracking/api\r\n", "Invalid host"),
        ("", "''"),
        (None, "NoneType"),
    ],
)
def test_invalid_host_is_rejected_by_the_call(host, shown):
    api = FileApi(ApiClient(Configuration(host=host)))
    with pytest.raises((ApiValueError, ApiTypeError)) as caught:
        api.files_md5sum_get("a")
    assert shown in str(caught.value)
    assert "http://tracking-api-service/api/v1" in str(caught.value)


@pytest.mark.parametrize("slashes", ["/", "//"])
def test_trailing_slashes_of_the_host_are_ignored(host, api, api_client, sample_id, slashes):
    api_client.configuration.host = host + slashes
    assert api.samples_id_files_get(sample_id) == []


def test_default_configuration_is_used_without_a_client(host, sample_id):
    try:
        Configuration.set_default(Configuration(host=host))
        assert FileApi().samples_id_files_get(sample_id) == []
    finally:
        Configuration.set_default(None)
    assert Configuration.get_default_copy().host == "http://tracking-api-service/api/v1"


def test_host_of_one_call_takes_precedence(host, sample_id):
    with ApiClient(Configuration(host="http://127.0.0.1:9")) as api_client:
        files = api_client.call_api(
            "/samples/{id}/files", "GET", {"id": sample_id}, response_type="list[File]", _host=host
        )
    assert files[0] == []


# Query parameters


@pytest.mark.parametrize("query", [{"isolate_id": "a b&c=d/é"}, [("isolate_id", "a b&c=d/é")]], ids=["dict", "pairs"])
def test_query_parameters_are_encoded(api_client, query):
    added = add_sample(api_client, **{"isolate-id": "a b&c=d/é"})
    add_sample(api_client, **{"isolate-id": "other"})
    found, _, _ = api_client.call_api("/samples", "GET", query_params=query, response_type="object")
    assert [sample["id"] for sample in found] == [added]


def test_query_parameters_with_a_host_without_a_path():
    with scripted_server(respond()) as server:
        client = api_for(server.host.replace("/api/v1", "")).api_client
        for query in ({"a": "1/2"}, {"a": 2}):
            client.call_api("", "GET", query_params=query)
        client.call_api("", "GET")
        client.call_api("/x", "GET", query_params={"a": 3})
        client.close()
    targets = [request.split(b" ")[1] for request in server.requests]
    assert targets == [b"/?a=1%2F2", b"/?a=2", b"/", b"/x?a=3"]
    assert server.connections == 1


# Other arguments of call_api


@pytest.mark.parametrize(("response_type", "error"), [("Nonesuch", ApiValueError), (["File"], ApiTypeError)])
def test_unknown_response_type_is_rejected_before_sending(response_type, error):
    with scripted_server(respond()) as server:
        with pytest.raises(error, match="type"):
            api_for(server.host).api_client.call_api("/x", "POST", body={}, response_type=response_type)
        assert server.connections == 0


@pytest.mark.parametrize("name", ["post_params", "files", "collection_formats", "auth_settings"])
def test_unsupported_argument_must_be_empty(api_client, name):
    api_client.call_api("/samples", "GET", **{name: {} if name == "files" else []})
    with pytest.raises(ApiTypeError, match=name):
        api_client.call_api("/samples", "GET", **{name: {"a": "b"}})


def test_unknown_http_method_is_rejected(api_client):
    with pytest.raises(ApiValueError, match="TRACE"):
        api_client.call_api("/samples", "TRACE")
    with pytest.raises(ApiValueError, match="TRACE"):
        api_client.request("TRACE", "http://127.0.0.1:9")


def test_body_that_cannot_be_json_is_rejected(api_client):
    circular: list = []
    circular.append(circular)
    for body in (circular, float("nan")):
        with pytest.raises(ApiValueError):
            api_client.call_api("/samples", "POST", body=body)
    for body in (object(), {"a": b"bytes"}, {(1, 2): 3}):
        with pytest.raises(ApiTypeError):
            api_client.call_api("/samples", "POST", body=body)


# The prepared request


@pytest.fixture
def prepared() -> PreparedRequest:
    """Return the request that a client passes to its REST client."""
    sent = []
    with scripted_server(respond()) as server, api_for(server.host).api_client as api_client:
        send = api_client.rest_client._send
        api_client.rest_client._send = lambda request: sent.append(request) or send(request)
        FileApi(api_client).files_md5sum_get("a")
    (request,) = sent
    return request


def test_request_is_sent_as_one_value(prepared):
    assert type(prepared) is PreparedRequest
    assert prepared.method == "GET"
    assert prepared.url.endswith("/api/v1/files/a")
    assert prepared.headers["Accept"] == "application/json"
    assert prepared.body is None


@pytest.mark.parametrize("name", [*PreparedRequest._fields, "is_safe", "look_up_url", "nonesuch"])
def test_prepared_request_is_immutable(prepared, name):
    before = repr(prepared)
    with pytest.raises(AttributeError):
        setattr(prepared, name, getattr(prepared, name, None))
    if hasattr(prepared, name):
        with pytest.raises(AttributeError):
            delattr(prepared, name)
    assert repr(prepared) == before


# Subclasses


class RequestRecorder(ApiClient):
    """Overrides `request` with the signature that code for a generated client uses."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.requests = []

    def request(self, method, url, **kwargs):
        self.requests.append((method, url, kwargs))
        return super().request(method, url, **kwargs)


class CallRecorder(ApiClient):
    """Overrides `call_api` with the signature that code for a generated client uses."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.calls = []

    def call_api(self, *args, **kwargs):
        self.calls.append((args, kwargs))
        return super().call_api(*args, **kwargs)


def test_overridden_request_sees_every_request(host, sample_id):
    with RequestRecorder(Configuration(host=host)) as client:
        api = FileApi(client)
        assert api.samples_id_files_post(sample_id, VCF) == VCF
        assert api.files_md5sum_get("a") == VCF
        assert api.samples_id_files_get_with_http_info(sample_id)[:2] == ([VCF], 200)
        assert api.files_md5sum_get("a", async_req=True).get(60) == VCF
        assert api.files_md5sum_get("a", _preload_content=False).status == 200
        assert api.samples_id_files_md5sum_delete(sample_id, "a") is None
        with pytest.raises(NotFoundException):
            api.files_md5sum_get("a")
    files = f"{host}/samples/{sample_id}/files"
    assert [(method, url) for method, url, _ in client.requests] == [
        ("POST", files),
        ("GET", f"{host}/files/a"),
        ("GET", files),
        ("GET", f"{host}/files/a"),
        ("GET", f"{host}/files/a"),
        ("DELETE", f"{files}/a"),
        ("GET", f"{host}/files/a"),
    ]
    assert b"isolate.vcf" in client.requests[0][2]["body"]
    for _, _, options in client.requests:
        assert options["headers"]["Accept"] == "application/json"
    assert [options["_preload_content"] for _, _, options in client.requests] == [True] * 4 + [False] + [True] * 2


def test_write_by_an_overridden_request_is_looked_up_if_its_response_is_lost():
    with scripted_server(close, respond()) as server, RequestRecorder(Configuration(host=server.host)) as client:
        assert FileApi(client).samples_id_files_post(ID, VCF) == VCF
        assert server.methods() == ["POST", "GET"]


@pytest.mark.parametrize("timeout", [0.5, (60, 0.5)])
def test_overridden_request_keeps_the_timeout(timeout):
    with scripted_server(stall) as server, RequestRecorder(Configuration(host=server.host)) as client:
        start = time.monotonic()
        with pytest.raises(ApiTimeoutError):
            FileApi(client).files_md5sum_get("a", _request_timeout=timeout)
        assert time.monotonic() - start < 30  # the default read timeout is 60 seconds
        assert len(server.requests) == 1


def test_overridden_request_can_change_the_request_and_the_response():
    class CustomClient(ApiClient):
        def request(self, method, url, **kwargs):
            kwargs["headers"] = {**kwargs["headers"], "X-Trace": "7"}
            response = super().request(method, f"{url}?changed=1", **kwargs)
            response.data = response.data.replace(b"isolate", b"changed")
            return response

    with scripted_server(respond()) as server, CustomClient(Configuration(host=server.host)) as client:
        assert FileApi(client).files_md5sum_get("a").filename == "changed.vcf"
    assert server.requests[0].startswith(b"GET /api/v1/files/a?changed=1 HTTP/1.1\r\n")
    assert b"\r\nX-Trace: 7\r\n" in server.requests[0]


def test_overridden_call_api_sees_every_call(host, sample_id):
    with CallRecorder(Configuration(host=host)) as client:
        api = FileApi(client)
        assert api.samples_id_files_post(sample_id, VCF) == VCF
        assert api.files_md5sum_get("a") == VCF
        assert api.samples_id_files_get_with_http_info(sample_id)[:2] == ([VCF], 200)
        assert api.files_md5sum_get("a", async_req=True).get(60) == VCF
        assert api.samples_id_files_md5sum_delete(sample_id, "a") is None
    paths = "/samples/{id}/files"
    assert [args[:2] for args, _ in client.calls] == [
        (paths, "POST"),
        ("/files/{md5sum}", "GET"),
        (paths, "GET"),
        ("/files/{md5sum}", "GET"),
        (f"{paths}/{{md5sum}}", "DELETE"),
    ]
    assert client.calls[1][1]["path_params"] == {"md5sum": "a"}


def test_overridden_deserialize_can_know_other_types():
    class CustomClient(ApiClient):
        def deserialize(self, response, response_type):
            return response_type(response.data)

    with scripted_server(respond()) as server, CustomClient(Configuration(host=server.host)) as client:
        data, _, _ = client.call_api("/x", "GET", response_type=len)
    assert data == len(FILE)


def test_user_agent_names_package_and_version():
    with scripted_server(respond(http_response())) as server, api_for(server.host).api_client as api_client:
        FileApi(api_client).files_md5sum_get("a")
    assert f"\r\nUser-Agent: tracking_client/{tracking_client.__version__}/python\r\n".encode() in server.requests[0]


def replaced_on_the_class(client, monkeypatch, replacement):
    monkeypatch.setattr(tracking_client.ApiClient, "request", replacement)


def replaced_on_the_client(client, monkeypatch, replacement):
    client.request = replacement


def replaced_on_the_rest_class(client, monkeypatch, replacement):
    monkeypatch.setattr("tracking_client.rest.RESTClientObject.request", replacement)


def replaced_on_the_rest_client(client, monkeypatch, replacement):
    client.rest_client.request = replacement


def whole_rest_client_replaced(client, monkeypatch, replacement):
    client.rest_client = mock.Mock(request=replacement)


@pytest.mark.parametrize(
    "replace",
    [
        whole_rest_client_replaced,
        replaced_on_the_class,
        replaced_on_the_client,
        replaced_on_the_rest_class,
        replaced_on_the_rest_client,
    ],
)
def test_request_can_be_replaced_in_a_test(monkeypatch, replace):
    replacement = mock.Mock(side_effect=tracking_client.NotFoundException(404, "replaced"))
    client = api_for(refused_host()).api_client
    replace(client, monkeypatch, replacement)
    with pytest.raises(tracking_client.NotFoundException, match="replaced"):
        tracking_client.FileApi(client).files_md5sum_get("a")
    assert replacement.call_count == 1


def test_missing_path_parameter_is_rejected():
    with pytest.raises(ApiValueError, match="`md5sum`"):
        api_for(refused_host()).api_client.call_api("/files/{md5sum}", "GET")


def test_query_parameters_are_added_to_a_query():
    with scripted_server(respond()) as server, api_for(server.host).api_client as client:
        client.rest_client.request("GET", f"{server.host}/x?a=1", query_params={"b": 2})
    assert server.requests[0].startswith(b"GET /api/v1/x?a=1&b=2 HTTP/1.1")


@pytest.mark.parametrize("headers", [{"X-A": None}, {"X-A": "b\r\nc"}, {"X A": "b"}])
def test_headers_of_request_are_validated(headers):
    client = api_for(refused_host()).api_client
    with pytest.raises((ApiTypeError, ApiValueError)):
        client.request("GET", f"{refused_host()}/x", headers=headers)


class GeneratedSubclass(ApiClient):
    """Overrides methods with the signatures of a generated client, and passes all arguments on as that does."""

    def call_api(
        self, resource_path, method, path_params=None, query_params=None, header_params=None, body=None,
        post_params=None, files=None, response_type=None, auth_settings=None, async_req=None,
        _return_http_data_only=None, collection_formats=None, _preload_content=True, _request_timeout=None, _host=None,
    ):  # fmt: skip
        return super().call_api(
            resource_path, method, path_params, query_params, header_params, body, post_params, files, response_type,
            auth_settings, async_req, _return_http_data_only, collection_formats, _preload_content, _request_timeout,
            _host,
        )  # fmt: skip

    def request(
        self, method, url, query_params=None, headers=None, post_params=None, body=None, _preload_content=True,
        _request_timeout=None,
    ):  # fmt: skip
        return super().request(
            method, url, query_params, headers, post_params, body, _preload_content, _request_timeout
        )  # fmt: skip

    def deserialize(self, response, response_type):
        return super().deserialize(response, response_type)


def test_subclass_with_signatures_of_a_generated_client(host, sample_id):
    with GeneratedSubclass(Configuration(host=host)) as client:
        api = FileApi(client)
        assert api.samples_id_files_post(sample_id, VCF) == VCF
        assert api.files_md5sum_get("a") == VCF
        assert api.samples_id_files_get(sample_id, async_req=True).get(60) == [VCF]
        assert api.samples_id_files_md5sum_delete(sample_id, "a") is None


def test_request_takes_the_arguments_of_a_generated_client():
    with scripted_server(respond()) as server, ApiClient(Configuration(host=server.host)) as client:
        url = f"{server.host}/x"
        client.request("POST", url, [("a", "b")], {"X-A": "b"}, [], {"c": [VCF]}, _request_timeout=20)
        client.rest_client.request("POST", url, None, {"X-A": "b"}, {"c": 1}, None, True, 20)
        client.request("POST", url, body="text")
        with pytest.raises(ApiTypeError, match="post_params"):
            client.request("POST", url, post_params=[("a", "b")])
    assert server.requests[0].startswith(b"POST /api/v1/x?a=b HTTP/1.1\r\n")
    bodies = [request.partition(b"\r\n\r\n")[2] for request in server.requests]
    assert json.loads(bodies[0]) == {"c": [{"md5sum": "a", "filename": "isolate.vcf", "file-type": "vcf"}]}
    assert (json.loads(bodies[1]), bodies[2]) == ({"c": 1}, b"text")
