"""The methods of `FileApi`: results, parameters, options and signatures, tested against the embedded service."""

from __future__ import annotations

import ast
import inspect
import pydoc
import sys
import textwrap
import uuid

import pytest
import urllib3
from clients import add_sample, api_for
from scripted_server import refused_host

import tracking_client
from tracking_client import (
    ApiTypeError,
    ApiValueError,
    BadRequestException,
    ConflictException,
    Error,
    File,
    FileApi,
    NotFoundException,
)
from tracking_client._transport.created_url import CREATED_PATHS
from tracking_client.api.operation import Operation

FASTQ = File("9e107d9d372bb6826bd81d3542a419d6", "isolate_R1.fastq.gz", "fastq")
VCF = File("e4d909c290d0fb1ca068ffaddf22cbd0", "isolate.vcf", "vcf")
NO_SAMPLE = "00000000-0000-0000-0000-000000000000"
"""A valid sample id that does not exist."""

VALID = {"id": NO_SAMPLE, "md5sum": FASTQ.md5sum, "file": FASTQ}
"""A valid value for each parameter."""

SUFFIX = "_with_http_info"

RESULTS = {
    "files_md5sum_get": (FASTQ, 200),
    "samples_id_files_get": ([FASTQ], 200),
    "samples_id_files_md5sum_delete": (None, 204),
    "samples_id_files_md5sum_get": (FASTQ, 200),
    "samples_id_files_post": (FASTQ, 201),
}
"""The data and status of each operation, where a sample has the file `FASTQ`, or gets it by POST."""


def methods_of(api_class: type) -> list[str]:
    """Return the names of the public methods of a class."""
    return [name for name, _ in inspect.getmembers(api_class, inspect.isfunction) if not name.startswith("_")]


def parameters_of(method) -> list[str]:
    """Return the names of the parameters of a method, without ``self`` and ``**options``."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = inspect.signature(method).parameters.values()
    return [parameter.name for parameter in parameters if parameter.kind in kinds and parameter.name != "self"]


METHODS = methods_of(FileApi)
WITH_ID = [name for name in METHODS if "id" in parameters_of(getattr(FileApi, name))]
ALL_METHODS = [
    pytest.param(api_class, name, id=f"{api_class.__name__}.{name}")
    for api_class in (getattr(tracking_client.api, name) for name in tracking_client.api.__all__)
    for name in methods_of(api_class)
]
"""Every public method of every class in `tracking_client.api`."""


def test_every_method_is_tested():
    tested = {name + suffix for name in RESULTS for suffix in ("", SUFFIX)}
    assert set(METHODS) == tested, "add a row to RESULTS in test/api/test_file_api.py"
    assert len(ALL_METHODS) >= len(METHODS)
    assert len(WITH_ID) == 8


# Results


def test_file_is_registered_looked_up_listed_and_deleted(api, sample_id):
    assert api.samples_id_files_get(sample_id) == []
    with pytest.raises(NotFoundException):
        api.files_md5sum_get(FASTQ.md5sum)

    added, status, headers = api.samples_id_files_post_with_http_info(sample_id, FASTQ)
    assert (added, status) == (FASTQ, 201)
    assert headers["location"].endswith(f"/samples/{sample_id}/files/{FASTQ.md5sum}")
    api.samples_id_files_post(sample_id, VCF)

    assert api.files_md5sum_get(FASTQ.md5sum) == FASTQ
    assert api.samples_id_files_md5sum_get(sample_id, VCF.md5sum) == VCF
    assert sorted(api.samples_id_files_get(sample_id), key=repr) == sorted([FASTQ, VCF], key=repr)

    assert api.samples_id_files_md5sum_delete_with_http_info(sample_id, FASTQ.md5sum)[:2] == (None, 204)
    assert api.samples_id_files_get(sample_id) == [VCF]
    with pytest.raises(NotFoundException) as caught:
        api.samples_id_files_md5sum_delete(sample_id, FASTQ.md5sum)
    assert caught.value.error == Error(404, "Not found")


def test_registering_a_file_twice_is_a_conflict(api, api_client, sample_id):
    api.samples_id_files_post(sample_id, FASTQ)
    for id_ in (sample_id, add_sample(api_client)):
        with pytest.raises(ConflictException) as caught:
            api.samples_id_files_post(id_, FASTQ)
        assert caught.value.error == Error(409, "Already existed")
    assert api.samples_id_files_get(sample_id) == [FASTQ]


def test_missing_sample_or_file_is_not_found(api, api_client, sample_id):
    api.samples_id_files_post(sample_id, FASTQ)
    other = add_sample(api_client)
    for call in (
        lambda: api.files_md5sum_get(VCF.md5sum),
        lambda: api.samples_id_files_get(NO_SAMPLE),
        lambda: api.samples_id_files_post(NO_SAMPLE, VCF),
        lambda: api.samples_id_files_md5sum_get(other, FASTQ.md5sum),
        lambda: api.samples_id_files_md5sum_delete(other, FASTQ.md5sum),
    ):
        with pytest.raises(NotFoundException):
            call()
    assert api.samples_id_files_get(sample_id) == [FASTQ]


@pytest.mark.parametrize("key", ["file_type", "file-type"])
def test_file_can_be_a_dict_and_id_a_uuid(api, sample_id, key):
    file = {"md5sum": FASTQ.md5sum, "filename": FASTQ.filename, key: FASTQ.file_type}
    assert api.samples_id_files_post(uuid.UUID(sample_id), file) == FASTQ
    assert api.samples_id_files_get(id=sample_id.upper()) == [FASTQ]
    assert list(file) == ["md5sum", "filename", key]


# Options of a call, on every method


@pytest.fixture
def call(api, sample_id):
    """Return a function that calls a method with valid arguments. It registers `FASTQ` first, unless the method does.

    The function returns what the method returns, and what data and status to expect.
    """

    def call(name, **options):
        method = getattr(api, name)
        parameters = parameters_of(method)
        if "file" not in parameters:
            api.samples_id_files_post(sample_id, FASTQ)
        arguments = {**VALID, "id": sample_id}
        result = method(*(arguments[parameter] for parameter in parameters), **options)
        return result, RESULTS[name.replace(SUFFIX, "")]

    return call


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize(
    "options", [{}, {"async_req": None, "_preload_content": True, "_return_http_data_only": None}], ids=["none", "null"]
)
def test_default_options(call, name, options):
    result, (data, status) = call(name, **options)
    if name.endswith(SUFFIX):
        assert result[:2] == (data, status)
        assert "date" in result[2]
    else:
        assert result == data


@pytest.mark.parametrize("name", METHODS)
def test_async_req_returns_at_once(call, name):
    started, (data, status) = call(name, async_req=True)
    result = started.get(60)
    assert started.successful()
    if name.endswith(SUFFIX):
        assert result[:2] == (data, status)
        assert "date" in result[2]
    else:
        assert result == data


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("name", METHODS)
def test_preload_content_false_returns_the_response_unread(call, name, asynchronous):
    response, (data, status) = call(name, _preload_content=False, async_req=asynchronous)
    if asynchronous:
        response = response.get(60)
    assert isinstance(response, urllib3.HTTPResponse)
    assert (response.status, response.tell()) == (status, 0)
    body = response.read()
    assert (b"isolate_R1" in body) == (data is not None)
    response.release_conn()


@pytest.mark.parametrize("name", ["files_md5sum_get", "files_md5sum_get_with_http_info"])
def test_preload_content_false_still_raises_for_an_error_status(api, name):
    with pytest.raises(NotFoundException) as caught:
        getattr(api, name)(VCF.md5sum, _preload_content=False)
    assert caught.value.error == Error(404, "Not found")


@pytest.mark.parametrize("name", METHODS)
def test_return_http_data_only_returns_the_data(call, name):
    result, (data, _) = call(name, _return_http_data_only=True)
    assert result == data


@pytest.mark.parametrize("name", METHODS)
def test_request_timeout_is_validated(call, name):
    with pytest.raises(ApiValueError, match="timeout"):
        call(name, _request_timeout=0)


def test_asynchronous_calls(api, api_client, sample_id):
    assert api_client._async_calls._started == {}
    posted = api.samples_id_files_post(sample_id, FASTQ, async_req=True)
    assert posted.get(60) == FASTQ
    calls = [api.files_md5sum_get_with_http_info(FASTQ.md5sum, async_req=True) for _ in range(20)]
    assert [call.get(60)[:2] for call in calls] == [(FASTQ, 200)] * 20
    with pytest.raises(NotFoundException):
        api.files_md5sum_get(VCF.md5sum, async_req=True).get(60)
    api_client.close()
    assert api.files_md5sum_get(FASTQ.md5sum, async_req=True).get(60) == FASTQ


# Parameters


@pytest.mark.parametrize("name", METHODS)
def test_wrong_arguments_raise_type_error(name):
    method = getattr(api_for(refused_host()), name)
    arguments = {parameter: VALID[parameter] for parameter in parameters_of(method)}
    with pytest.raises(ApiTypeError, match=f"^Got an unexpected keyword argument 'nonesuch' to method {name}$"):
        method(**arguments, nonesuch=1)
    with pytest.raises(TypeError, match="positional arguments but"):
        method(*arguments.values(), VALID["md5sum"])
    with pytest.raises(TypeError, match="multiple values for argument"):
        method(*arguments.values(), **arguments)
    for parameter in arguments:
        others = {key: value for key, value in arguments.items() if key != parameter}
        with pytest.raises(TypeError, match=f"missing 1 required positional argument: '{parameter}'"):
            method(**others)


@pytest.mark.parametrize("validate", [True, False])
@pytest.mark.parametrize("name", METHODS)
def test_none_for_a_required_parameter_is_rejected(name, validate):
    method = getattr(api_for(refused_host(), client_side_validation=validate), name)
    arguments = {parameter: VALID[parameter] for parameter in parameters_of(method)}
    for parameter in arguments:
        message = f"^Missing the required parameter `{parameter}` when calling `{name}`$"
        with pytest.raises(ApiValueError, match=message):
            method(**{**arguments, parameter: None})


@pytest.mark.parametrize("id", ["", "zz", NO_SAMPLE + "0", NO_SAMPLE + "\n", NO_SAMPLE.replace("-", ""), 7, "..", b"x"])
@pytest.mark.parametrize("name", WITH_ID)
def test_id_that_is_not_a_uuid_is_rejected(name, id):
    method = getattr(api_for(refused_host()), name)
    arguments = [id if parameter == "id" else VALID[parameter] for parameter in parameters_of(method)]
    with pytest.raises(ApiValueError, match="`id`"):
        method(*arguments)


@pytest.mark.parametrize(
    ("file", "error"),
    [
        ({}, ApiValueError),
        ({"md5sum": "a", "filename": "b"}, ApiValueError),
        ({"md5sum": "a", "filename": "b", "file-type": "bam"}, ApiValueError),
        ({"md5sum": 1, "filename": "b", "file-type": "vcf"}, ApiTypeError),
        ("isolate.vcf", ApiTypeError),
        ([], ApiTypeError),
        (7, ApiTypeError),
    ],
)
def test_invalid_file_is_rejected(file, error):
    with pytest.raises(error):
        api_for(refused_host()).samples_id_files_post(NO_SAMPLE, file)


def test_without_client_side_validation_the_service_validates(api, api_client, sample_id):
    api_client.configuration.client_side_validation = False
    with pytest.raises(BadRequestException, match="'bam' is not one of"):
        api.samples_id_files_post(sample_id, {"md5sum": "a", "filename": "b", "file_type": "bam"})
    with pytest.raises(BadRequestException):
        api.samples_id_files_get("zz")


# Signatures, source and help


@pytest.mark.parametrize(("api_class", "name"), ALL_METHODS)
def test_signature_names_each_parameter(api_class, name):
    parameters = inspect.signature(getattr(api_class, name)).parameters
    kinds = {parameter.name: parameter.kind for parameter in parameters.values()}
    assert inspect.Parameter.VAR_POSITIONAL not in kinds.values()
    assert [each for each, kind in kinds.items() if kind is inspect.Parameter.VAR_KEYWORD] == ["options"]
    assert parameters_of(getattr(api_class, name))
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


@pytest.mark.parametrize("name", ["files_md5sum_get", "files_md5sum_get_with_http_info"])
def test_traceback_shows_the_path_of_the_call(api, name):
    with pytest.raises(NotFoundException) as caught:
        getattr(api, name)("a")
    frames = [entry for entry in caught.traceback if entry.frame.f_globals["__name__"].startswith("tracking_client")]
    functions = [entry.frame.code.raw.co_name for entry in frames]
    steps = iter(functions)
    for step in (name, "response" if name.endswith(SUFFIX) else "call", "call_api", "send"):
        assert step in steps, functions  # each after the one before
    assert set(functions).isdisjoint(["decorate", "inner", "method", "twin", "wrapped", "wrapper", "<lambda>"])
    assert all(entry.path.is_file() for entry in frames)


def test_each_post_can_be_looked_up():
    """A new POST belongs into `CREATED_PATHS`, unless what it creates has no unique key."""
    without_unique_key: set[str] = set()
    posts = {
        operation.path
        for module in sys.modules.values()
        if getattr(module, "__name__", "").startswith("tracking_client.api.")
        for operation in vars(module).values()
        if isinstance(operation, Operation) and operation.method == "POST"
    }
    assert posts == CREATED_PATHS.keys() | without_unique_key
