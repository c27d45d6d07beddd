"""Every method of every API class: its options, parameters, signature, source and help."""

from __future__ import annotations

import ast
import inspect
import json
import math
import pydoc
import sys
import textwrap
import uuid

import pytest
import urllib3
from clients import client_for
from endpoints import API_CLASSES, ENDPOINTS, ID, SUFFIX, Endpoint, endpoint_of, methods_of, parameters_of
from scripted_server import Action, http_response, refused_host, respond, scripted_server

from tracking_client import ApiTypeError, ApiValueError, Configuration, Error, FileApi, SampleApi
from tracking_client._wire.resources import CREATED_KEYS
from tracking_client.api._operation import Operation

ALL_METHODS = [
    pytest.param(api_class, name, id=f"{api_class.__name__}.{name}")
    for api_class in API_CLASSES
    for name in methods_of(api_class)
]
"""Every public method of every class in `tracking_client.api`."""

WITH_ID = [each for each in ALL_METHODS if "id" in parameters_of(getattr(*each.values))]
WITH_EVENT_ID = [each for each in ALL_METHODS if "event_id" in parameters_of(getattr(*each.values))]
WITH_BODY = [each for each in ALL_METHODS if endpoint_of(each.values[1]).sent is not None]


ITSELF = "itself"
"""Stands for a value that contains itself."""


def required_of(method) -> list[str]:
    """Return the names of the required parameters of a method."""
    parameters = inspect.signature(method).parameters.values()
    return [each.name for each in parameters if each.default is each.empty and each.name not in ("self", "options")]


def request_of(api_class, name, arguments, **settings) -> bytes:
    """Call a method, to which the server responds with success, and return the request."""
    endpoint = endpoint_of(name)
    with scripted_server(success(endpoint)) as server, client_for(server.host, **settings) as client:
        getattr(api_class(client), name)(**{**endpoint.arguments, **arguments})
        (request,) = server.requests
    return request


def body_of(request: bytes) -> object:
    return json.loads(request.partition(b"\r\n\r\n")[2])


def content_of(endpoint: Endpoint) -> bytes:
    """Return the body of a successful response."""
    return b"" if endpoint.received is None else json.dumps(endpoint.received).encode()


def success(endpoint: Endpoint) -> Action:
    return respond(http_response(content_of(endpoint), f"{endpoint.status} x", "Date: now"))


def test_every_method_is_tested():
    assert [api_class.__name__ for api_class in API_CLASSES] == [
        "EventApi",
        "FileApi",
        "QcResultApi",
        "SampleApi",
        "SampleStatusApi",
    ]
    named = {(endpoint.api_class, endpoint.name + suffix) for endpoint in ENDPOINTS for suffix in ("", SUFFIX)}
    assert named == {each.values for each in ALL_METHODS}, "ENDPOINTS in test/support/endpoints.py"
    assert len(ALL_METHODS) == 2 * len(ENDPOINTS) >= 44
    assert len(WITH_ID) >= 38
    assert len(WITH_EVENT_ID) >= 4
    assert len(WITH_BODY) >= 14


@pytest.mark.parametrize("api_class", API_CLASSES)
def test_class_creates_a_client_if_none_is_given(api_class):
    assert api_class().api_client.configuration.host == "http://tracking-api-service/api/v1"
    client = client_for(refused_host())
    assert api_class(client).api_client is api_class(api_client=client).api_client is client


@pytest.mark.parametrize("api_class", API_CLASSES)
def test_something_else_in_place_of_a_client_is_rejected(api_class):
    for value in ("http://localhost:8080/api/v1", Configuration(), 7):
        with pytest.raises(ApiTypeError, match=r"^Invalid api_client of type \w+: must be an ApiClient, such as"):
            api_class(value)


# Options of a call


@pytest.fixture
def call():
    """Return a function that calls a method with valid arguments. The server responds with success.

    The function returns what the method returns, and its row in `ENDPOINTS`.
    """
    with scripted_server() as server, client_for(server.host) as client:

        def call(api_class, name, **options):
            endpoint = endpoint_of(name)
            server.actions.append(success(endpoint))
            return getattr(api_class(client), name)(**endpoint.arguments, **options), endpoint

        yield call


@pytest.mark.parametrize(("api_class", "name"), ALL_METHODS)
def test_default_options(call, api_class, name):
    for options in ({}, {"async_req": None, "_preload_content": True, "_return_http_data_only": None}):
        result, endpoint = call(api_class, name, **options)
        if name.endswith(SUFFIX):
            assert result[:2] == (endpoint.result, endpoint.status)
            assert "date" in result[2]
        else:
            assert result == endpoint.result


@pytest.mark.parametrize(("api_class", "name"), ALL_METHODS)
def test_async_req_returns_at_once(call, api_class, name):
    started, endpoint = call(api_class, name, async_req=True)
    result = started.get(60)
    assert started.successful()
    if name.endswith(SUFFIX):
        assert result[:2] == (endpoint.result, endpoint.status)
        assert "date" in result[2]
    else:
        assert result == endpoint.result


@pytest.mark.parametrize(("api_class", "name"), ALL_METHODS)
def test_preload_content_false_returns_the_response_unread(call, api_class, name):
    response, endpoint = call(api_class, name, _preload_content=False)
    assert_unread(response, endpoint)


def test_preload_content_false_of_an_asynchronous_call(call):
    started, endpoint = call(FileApi, "files_md5sum_get", _preload_content=False, async_req=True)
    assert_unread(started.get(60), endpoint)


def assert_unread(response, endpoint):
    assert isinstance(response, urllib3.HTTPResponse)
    assert (response.status, response.tell()) == (endpoint.status, 0)
    assert response.read() == content_of(endpoint)
    response.release_conn()


@pytest.mark.parametrize(("api_class", "name"), ALL_METHODS)
def test_return_http_data_only_returns_the_data(call, api_class, name):
    result, endpoint = call(api_class, name, _return_http_data_only=True)
    assert result == endpoint.result


@pytest.mark.parametrize(("api_class", "name"), ALL_METHODS)
def test_request_timeout_is_validated(call, api_class, name):
    with pytest.raises(ApiValueError, match="timeout"):
        call(api_class, name, _request_timeout=0)


# Parameters


@pytest.mark.parametrize(("api_class", "name"), ALL_METHODS)
def test_wrong_arguments_raise_type_error(api_class, name):
    method = getattr(api_class(client_for(refused_host())), name)
    arguments = endpoint_of(name).arguments
    required = {key: arguments[key] for key in required_of(method)}
    operation = name.removesuffix("_with_http_info")  # as in a generated client
    with pytest.raises(ApiTypeError, match=f"^Got an unexpected keyword argument 'nonesuch' to method {operation}$"):
        method(**arguments, nonesuch=1)
    with pytest.raises(TypeError, match=r"positional arguments? but"):
        method(*required.values(), "a")
    if required:
        with pytest.raises(TypeError, match="multiple values for argument"):
            method(*required.values(), **required)
    for parameter in required:
        others = {key: value for key, value in required.items() if key != parameter}
        with pytest.raises(TypeError, match=f"missing 1 required positional argument: '{parameter}'"):
            method(**others)


@pytest.mark.parametrize(("api_class", "name"), ALL_METHODS)
def test_none_for_a_required_parameter_is_rejected(api_class, name):
    arguments = endpoint_of(name).arguments
    for validate in (True, False):
        method = getattr(api_class(client_for(refused_host(), client_side_validation=validate)), name)
        for parameter in required_of(method):
            operation = name.removesuffix("_with_http_info")
            message = f"^Missing the required parameter `{parameter}` when calling `{operation}`$"
            with pytest.raises(ApiValueError, match=message):
                method(**{**arguments, parameter: None})


@pytest.mark.parametrize(("api_class", "name"), WITH_ID)
def test_id_that_is_not_a_uuid_is_rejected(api_class, name):
    method = getattr(api_class(client_for(refused_host())), name)
    for value in ("", "zz", ID + "0", ID + "\n", ID.replace("-", ""), 7, "..", b"x"):
        with pytest.raises(ApiValueError, match="`id`"):
            method(**{**endpoint_of(name).arguments, "id": value})


@pytest.mark.parametrize("id", [uuid.UUID(ID), ID.upper()])
@pytest.mark.parametrize(("api_class", "name"), [each for each in WITH_ID if not each.id.endswith(SUFFIX)])
def test_id_is_a_uuid_or_text_in_any_case(api_class, name, id):
    endpoint = endpoint_of(name)
    target = f"/api/v1{endpoint.target}".replace(ID, str(id))
    request = request_of(api_class, name, {"id": id})
    assert request.startswith(f"{endpoint.method} {target} HTTP/1.1\r\n".encode())


@pytest.mark.parametrize(
    ("event_id", "segment"),
    [(7, "7"), ("7", "7"), ("07", "07"), (" 7", "%207"), ("+7", "%2B7")],
)
@pytest.mark.parametrize(("api_class", "name"), WITH_EVENT_ID)
def test_event_id_is_an_int_or_text(api_class, name, event_id, segment):
    request = request_of(api_class, name, {"event_id": event_id})
    assert request.split(b" ")[1] == f"/api/v1/samples/{ID}/events/{segment}".encode()


@pytest.mark.parametrize("event_id", [True, 1.0, b"1", uuid.UUID(ID), [1], {}])
@pytest.mark.parametrize(("api_class", "name"), WITH_EVENT_ID)
def test_event_id_of_another_type_is_rejected(api_class, name, event_id):
    with pytest.raises(ApiTypeError, match="`event_id`") as caught:
        getattr(api_class(client_for(refused_host())), name)(ID, event_id)
    assert caught.value.path_to_item == ["event_id"]


@pytest.mark.parametrize("event_id", ["", " ", ".", "..", "\ud800"])
@pytest.mark.parametrize(("api_class", "name"), WITH_EVENT_ID)
def test_event_id_that_cannot_be_a_segment_is_rejected(api_class, name, event_id):
    for validate in (True, False):
        client = client_for(refused_host(), client_side_validation=validate)
        with pytest.raises(ApiValueError, match="`event_id`"):
            getattr(api_class(client), name)(ID, event_id)


@pytest.mark.parametrize(("api_class", "name"), WITH_BODY)
def test_body_of_another_type_is_rejected(api_class, name):
    arguments = endpoint_of(name).arguments
    parameter, model = [*arguments.items()][-1]
    others = ", a dict or a path" if parameter == "file" else " or a dict"
    message = f"Invalid type for `{parameter}` .*, must be a {type(model).__name__}{others}"
    for body in (7, [], b"x", Error(1, "a"), object()):
        with pytest.raises(ApiTypeError, match=message) as caught:
            getattr(api_class(client_for(refused_host())), name)(**{**arguments, parameter: body})
        assert caught.value.valid_classes == (type(model), dict)


@pytest.mark.parametrize(("api_class", "name"), WITH_BODY)
def test_body_with_both_names_of_a_field_is_rejected(api_class, name):
    arguments = endpoint_of(name).arguments
    parameter, model = [*arguments.items()][-1]
    both = {**model.to_dict(), **endpoint_of(name).sent}
    if len(both) == len(model.attribute_map):
        return  # no field has two names
    with pytest.raises(ApiValueError, match=f"`{parameter}`: it has both names of one field"):
        getattr(api_class(client_for(refused_host())), name)(**{**arguments, parameter: both})


@pytest.mark.parametrize("validate", [True, False])
@pytest.mark.parametrize(("api_class", "name"), WITH_BODY)
def test_body_that_is_no_object_is_rejected(api_class, name, validate):
    method = getattr(api_class(client_for(refused_host(), client_side_validation=validate)), name)
    text = [] if api_class is FileApi else ["text"]  # the path of a file
    for body in [*text, 7, [], object()]:
        with pytest.raises(ApiTypeError, match="must be a"):
            method(**{**endpoint_of(name).arguments, [*endpoint_of(name).arguments][-1]: body})


@pytest.mark.parametrize("body", [{}, {"id": 7}, {"a": None}], ids=str)
@pytest.mark.parametrize(("api_class", "name"), WITH_BODY)
def test_without_client_side_validation_any_object_is_sent(api_class, name, body):
    parameter = [*endpoint_of(name).arguments][-1]
    if parameter == "file" and isinstance(body, str):
        pytest.skip("text is the path of a file")
    sent = body_of(request_of(api_class, name, {parameter: body}, client_side_validation=False))
    if api_class is SampleApi and "post" in name and isinstance(body, dict) and "id" not in body:
        assert uuid.UUID(sent.pop("id"))
    assert sent == body


@pytest.mark.parametrize("validate", [True, False])
@pytest.mark.parametrize(("api_class", "name"), WITH_BODY)
def test_value_that_json_cannot_represent_is_rejected(api_class, name, validate):
    endpoint = endpoint_of(name)
    parameter = [*endpoint.arguments][-1]
    method = getattr(api_class(client_for(refused_host(), client_side_validation=validate)), name)
    # Of a sample, another key is rejected before that.
    message = "no field `other`" if validate and parameter == "sample" else "JSON"
    for value in (object(), {1}, b"x", math.nan, math.inf, ITSELF):
        body = {**endpoint.sent, "other": value}
        if value is ITSELF:
            body["other"] = body
        with pytest.raises((ApiTypeError, ApiValueError), match=message):
            method(**{**endpoint.arguments, parameter: body})


@pytest.mark.parametrize(("api_class", "name"), WITH_BODY)
def test_body_is_a_dict_by_names_in_python_or_in_json(api_class, name):
    endpoint = endpoint_of(name)
    parameter = [*endpoint.arguments][-1]
    model = endpoint.arguments[parameter]
    for body in (model.to_dict(), dict(endpoint.sent)):
        before = dict(body)
        assert body_of(request_of(api_class, name, {parameter: body})) == endpoint.sent
        assert body == before


@pytest.mark.parametrize(
    ("api_class", "name", "field"),
    [
        pytest.param(*each.values, field, id=f"{each.id}-{field}")
        for each in WITH_BODY
        for field in ("experiment_id", "isolate_id", "id", "stage")
        if field in [*endpoint_of(each.values[1]).arguments.values()][-1].openapi_types
    ],
)
def test_optional_field_that_is_none_is_left_out(api_class, name, field):
    endpoint = endpoint_of(name)
    parameter, model = [*endpoint.arguments.items()][-1]
    key = model.attribute_map[field]
    absent = {each: value for each, value in endpoint.sent.items() if each != key}
    absent_model = type(model)(**{**model.to_dict(), field: None})
    for body in (absent_model, absent_model.to_dict(), {**absent, key: None}, absent):
        sent = body_of(request_of(api_class, name, {parameter: body}))
        if field == "id" and api_class is SampleApi and "post" in name:
            assert uuid.UUID(sent.pop("id"))
        assert sent == absent


# Signatures, source and help


@pytest.mark.parametrize(("api_class", "name"), ALL_METHODS)
def test_signature_names_each_parameter(api_class, name):
    parameters = inspect.signature(getattr(api_class, name)).parameters
    kinds = {parameter.name: parameter.kind for parameter in parameters.values()}
    assert inspect.Parameter.VAR_POSITIONAL not in kinds.values()
    assert [each for each, kind in kinds.items() if kind is inspect.Parameter.VAR_KEYWORD] == ["options"]
    assert parameters_of(getattr(api_class, name)) == list(endpoint_of(name).arguments)
    for parameter in parameters.values():
        assert parameter.name == "self" or parameter.annotation is not inspect.Parameter.empty


@pytest.mark.parametrize(("api_class", "name"), ALL_METHODS)
def test_source_passes_on_each_parameter(api_class, name):
    method = getattr(api_class, name)
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(method))).body
    assert definition.name == name
    used = {node.id for statement in definition.body for node in ast.walk(statement) if isinstance(node, ast.Name)}
    assert used >= set(inspect.signature(method).parameters)


@pytest.mark.parametrize(("api_class", "name"), ALL_METHODS)
def test_help_shows_parameters_and_docstring(api_class, name):
    method = getattr(api_class, name)
    shown = pydoc.render_doc(method, renderer=pydoc.plaintext)
    # Python 3.13 writes a long signature on several lines.
    heading = " ".join(shown.split("\n", 2)[2].partition(") ->")[0].split())
    assert heading.replace("( ", "(").startswith(f"{name}(self, ")
    for parameter in parameters_of(method):
        assert f" {parameter}: " in heading
    assert method.__doc__
    assert method.__doc__.splitlines()[0] in shown
    if not name.endswith(SUFFIX):
        for parameter in parameters_of(method):
            assert f"    {parameter}: " in inspect.getdoc(method)


@pytest.mark.parametrize(("api_class", "name"), [each for each in ALL_METHODS if each.id.endswith(SUFFIX)])
def test_with_http_info_variant_has_the_same_parameters(api_class, name):
    method = inspect.signature(getattr(api_class, name.replace(SUFFIX, "")))
    variant = inspect.signature(getattr(api_class, name))
    assert list(variant.parameters.values()) == list(method.parameters.values())
    assert variant.return_annotation == f"tuple[{method.return_annotation}, int, HTTPHeaderDict]"


@pytest.mark.parametrize(("api_class", "name"), [each for each in ALL_METHODS if not each.id.endswith(SUFFIX)])
def test_each_method_has_a_with_http_info_variant(api_class, name):
    assert hasattr(api_class, name + SUFFIX)


def test_each_post_can_be_looked_up():
    """A new POST belongs into `CREATED_KEYS`, unless what it creates has no unique key."""
    without_unique_key = {"/samples/{id}/events"}
    posts = {
        operation.path
        for module in sys.modules.values()
        if getattr(module, "__name__", "").startswith("tracking_client.api.")
        for operation in vars(module).values()
        if isinstance(operation, Operation) and operation.method == "POST"
    }
    assert posts == CREATED_KEYS.keys() | without_unique_key
