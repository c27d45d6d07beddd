"""An `Operation` validates its parameters and sends the request that the OpenAPI document describes."""

from __future__ import annotations

import pytest
from clients import api_for
from scripted_server import respond, scripted_server

from tracking_client import ApiTypeError, ApiValueError, File
from tracking_client.api._operation import Operation


def accept(name, value, validate):
    return value


def upper(name, value, validate):
    return value.upper()


def positive(name, value, validate):
    if validate and value <= 0:
        raise ApiValueError(f"Invalid value for `{name}`, must be positive")
    return value


OPERATION = Operation(
    "things_id_put",
    "PUT",
    "/things/{id}/{part}",
    File,
    path_validators={"id": accept, "part": upper},
    query_validators={"limit": positive, "name": upper, "tags": accept},
    body_validator=("thing", accept),
)
PATH = {"id": "1", "part": "a"}
BODY = {"a": 1}


@pytest.fixture
def server():
    with scripted_server(respond()) as server:
        yield server


@pytest.fixture
def api_client(server):
    with api_for(server.host).api_client as api_client:
        yield api_client


def target(server) -> str:
    """Return the target of the only request."""
    (request,) = server.requests
    return request.split(b" ")[1].decode()


def test_request_is_built_from_the_parameters(api_client, server):
    query = {"limit": 5, "name": "a b", "tags": ["x", "y"]}
    assert OPERATION.call(api_client, {}, path_params=PATH, query_params=query, body=BODY).md5sum == "a"
    assert target(server) == "/api/v1/things/1/A?limit=5&name=A+B&tags=x&tags=y"
    assert server.methods() == ["PUT"]
    assert server.requests[0].endswith(b'\r\n\r\n{"a": 1}')


def test_response_returns_data_status_and_headers(api_client):
    data, status, headers = OPERATION.response(api_client, {}, path_params=PATH, body=BODY)
    assert (data.md5sum, status, headers["content-type"]) == ("a", 200, "application/json")


@pytest.mark.parametrize("name", PATH)
@pytest.mark.parametrize("is_null", [False, True])
def test_omitted_path_parameter_is_rejected(api_client, server, name, is_null):
    path = {key: value for key, value in PATH.items() if key != name}
    if is_null:
        path[name] = None
    with pytest.raises(ApiValueError, match=f"^Missing the required parameter `{name}` when calling `things_id_put`$"):
        OPERATION.call(api_client, {}, path_params=path, body=BODY)
    with pytest.raises(ApiValueError, match=f"`{name}` when calling `things_id_put`$"):
        OPERATION.response(api_client, {}, path_params=path, body=BODY)
    assert server.connections == 0


def test_omitted_path_is_rejected(api_client, server):
    with pytest.raises(ApiValueError, match=r"`id` when calling `things_id_put`$"):
        OPERATION.call(api_client, {}, body=BODY)
    assert server.connections == 0


def test_omitted_body_is_rejected(api_client, server):
    with pytest.raises(ApiValueError, match=r"^Missing the required parameter `thing` when calling `things_id_put`$"):
        OPERATION.call(api_client, {}, path_params=PATH)
    assert server.connections == 0


@pytest.mark.parametrize("query", [None, {}, {"limit": None, "name": None, "tags": None}])
def test_query_parameter_that_is_none_is_left_out(api_client, server, query):
    OPERATION.call(api_client, {}, path_params=PATH, query_params=query, body=BODY)
    assert target(server) == "/api/v1/things/1/A"


def test_empty_text_is_sent_as_a_query_parameter(api_client, server):
    OPERATION.call(api_client, {}, path_params=PATH, query_params={"name": "", "limit": None}, body=BODY)
    assert target(server) == "/api/v1/things/1/A?name="


@pytest.mark.parametrize("limit", [0, -1])
def test_query_parameter_is_validated(api_client, server, limit):
    with pytest.raises(ApiValueError, match=r"^Invalid value for `limit`, must be positive$"):
        OPERATION.call(api_client, {}, path_params=PATH, query_params={"limit": limit}, body=BODY)
    assert server.connections == 0
    api_client.configuration.client_side_validation = False
    OPERATION.call(api_client, {}, path_params=PATH, query_params={"limit": limit}, body=BODY)
    assert target(server) == f"/api/v1/things/1/A?limit={limit}"


def test_unknown_option_is_rejected(api_client, server):
    with pytest.raises(ApiTypeError, match=r"^Got an unexpected keyword argument 'nonesuch' to method things_id_put$"):
        OPERATION.call(api_client, {"nonesuch": 1}, path_params=PATH, body=BODY)
    assert server.connections == 0


@pytest.mark.parametrize("validators", [None, {}, {"id": accept}, {"id": accept, "part": accept, "other": accept}])
def test_path_needs_exactly_one_validator_per_parameter(validators):
    with pytest.raises(ValueError, match="needs a validator for each of its parameters"):
        Operation("things", "GET", "/things/{id}/{part}", File, path_validators=validators)


@pytest.mark.parametrize("parameters", [{"path_params": {**PATH, "other": 1}}, {"query_params": {"limt": 5}}])
def test_undeclared_parameter_is_rejected(api_client, parameters):
    with pytest.raises(ApiTypeError, match="does not declare"):
        OPERATION.call(api_client, {}, **{"path_params": PATH, "body": BODY, **parameters})
