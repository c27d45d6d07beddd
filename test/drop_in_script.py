"""Uses only what OpenAPI Generator 4.3.1 generates for this API; `test_drop_in.py` runs it.

Its argument is the URL of a service. A `type: ignore` marks what works but is not in the types.
"""

from __future__ import annotations

import copy
import datetime
import logging
import sys

import tracking_client
import tracking_client.api
import tracking_client.api.file_api
import tracking_client.api_client
import tracking_client.configuration
import tracking_client.exceptions
import tracking_client.models
import tracking_client.models.error
import tracking_client.models.file
import tracking_client.rest
from tracking_client import (
    ApiClient,
    ApiException,
    ApiKeyError,
    ApiTypeError,
    ApiValueError,
    Configuration,
    Error,
    File,
    FileApi,
    OpenApiException,
)
from tracking_client.rest import ApiException as RestApiException

assert isinstance(tracking_client.__version__, str)
assert ApiException is RestApiException is tracking_client.exceptions.ApiException
assert FileApi is tracking_client.api.FileApi is tracking_client.api.file_api.FileApi
assert ApiClient is tracking_client.api_client.ApiClient
assert Configuration is tracking_client.configuration.Configuration
assert File is tracking_client.models.File is tracking_client.models.file.File
assert Error is tracking_client.models.Error is tracking_client.models.error.Error
assert issubclass(ApiTypeError, (OpenApiException, TypeError))
assert issubclass(ApiTypeError, TypeError)
assert issubclass(ApiValueError, OpenApiException)
assert issubclass(ApiValueError, ValueError)
assert issubclass(ApiKeyError, OpenApiException)
assert issubclass(ApiKeyError, KeyError)
assert issubclass(ApiException, OpenApiException)
assert issubclass(OpenApiException, Exception)
assert str(ApiTypeError("wrong", path_to_item=["a", 0])) == "wrong at ['a'][0]"
assert ApiTypeError("wrong", valid_classes=(str,), key_type=True).valid_classes == (str,)
assert str(ApiValueError("wrong", path_to_item=["a"])) == "wrong at ['a']"
assert ApiException(status=0, reason="none").reason == "none"

# Configuration: every attribute and method of a generated one that this API can use.
configuration = Configuration(
    host=sys.argv[1],
    api_key={"key": "secret"},
    api_key_prefix={"key": "Bearer"},
    username="user",
    password="pass",
    discard_unknown_keys=False,
)
assert configuration.get_api_key_with_prefix("key") == "Bearer secret"
assert configuration.get_api_key_with_prefix("none") is None
configuration.refresh_api_key_hook = lambda conf: conf.api_key.update(key="fresh")
assert configuration.get_api_key_with_prefix("key") == "Bearer fresh"
configuration.refresh_api_key_hook = None
assert configuration.get_basic_auth_token() == "Basic dXNlcjpwYXNz"
assert configuration.auth_settings() == {}
assert "Version of the API: 1.0.0" in configuration.to_debug_report()
assert configuration.get_host_settings()[0]["url"] == "http://tracking-api-service/api/v1"
assert configuration.verify_ssl is True
assert configuration.debug is False
for name in (
    "ssl_ca_cert",
    "cert_file",
    "key_file",
    "assert_hostname",
    "proxy",
    "proxy_headers",
    "retries",
    "logger_file",
    "logger_stream_handler",
    "logger_file_handler",
):
    assert getattr(configuration, name) is None, name
    setattr(configuration, name, None)
assert configuration.connection_pool_maxsize > 0  # type: ignore[operator]
assert configuration.safe_chars_for_path_param == ""
assert configuration.client_side_validation is True
assert sorted(configuration.logger) == ["package_logger", "urllib3_logger"]
assert isinstance(configuration.logger_formatter, logging.Formatter)
assert configuration.logger_format == "%(asctime)s %(levelname)s %(message)s"
other = copy.deepcopy(configuration)
other.api_key["key"] = "other"
assert configuration.api_key["key"] == "fresh"
assert other.host == configuration.host
Configuration.set_default(configuration)
assert Configuration.get_default_copy().username == "user"

# Models.
file = File(md5sum="9e107d9d372bb6826bd81d3542a419d6", filename="isolate.vcf", file_type="vcf")
assert file == File("9e107d9d372bb6826bd81d3542a419d6", "isolate.vcf", "vcf")
assert (file != copy.deepcopy(file)) is False
assert File.openapi_types == {"md5sum": "str", "filename": "str", "file_type": "str"}
assert File.attribute_map == {"md5sum": "md5sum", "filename": "filename", "file_type": "file-type"}
assert file.to_dict() == {"md5sum": "9e107d9d372bb6826bd81d3542a419d6", "filename": "isolate.vcf", "file_type": "vcf"}
assert "'filename': 'isolate.vcf'" in file.to_str()
assert "isolate.vcf" in repr(file)
file.filename = "renamed.vcf"
invalid_values = [("md5sum", None), ("filename", None), ("file_type", None), ("file_type", "bam")]
for name, value in invalid_values:
    try:
        setattr(file, name, value)
    except ValueError as e:
        assert name in str(e)
    else:
        raise AssertionError(name)
unchecked = Configuration()
unchecked.client_side_validation = False
assert File(file_type="bam", local_vars_configuration=unchecked).md5sum is None  # type: ignore[call-arg]
error = Error(code=404, message="Not found")
assert (error.code, error.message, error.to_dict()) == (404, "Not found", {"code": 404, "message": "Not found"})

# Client and operations.
with ApiClient(configuration, header_name="X-Token", header_value="token", cookie="a=b", pool_threads=2) as api_client:
    assert api_client.configuration is configuration
    assert api_client.default_headers["X-Token"] == "token"
    api_client.set_default_header("X-Other", "other")
    api_client.user_agent = "script"
    assert api_client.user_agent == api_client.default_headers["User-Agent"] == "script"
    assert api_client.select_header_accept(["text/plain", "Application/JSON"]) == "application/json"
    assert api_client.select_header_accept(["text/plain", "text/html"]) == "text/plain, text/html"
    assert api_client.select_header_accept([]) is None
    assert api_client.select_header_content_type([]) == "application/json"
    assert api_client.select_header_content_type(["*/*"]) == "application/json"
    assert api_client.select_header_content_type(["text/plain", "text/html"]) == "text/plain"
    assert api_client.sanitize_for_serialization(
        {"file": file, "at": [datetime.date(2020, 2, 29), datetime.datetime(2020, 2, 29, 12)], "n": (1, None, True)}
    ) == {
        "file": {"md5sum": file.md5sum, "filename": "renamed.vcf", "file-type": "vcf"},
        "at": ["2020-02-29", "2020-02-29T12:00:00"],
        "n": api_client.sanitize_for_serialization((1, None, True)),
    }

    class Response:
        def __init__(self, data: str) -> None:
            self.data = data

    for text, type_, expected in (
        ('{"md5sum": "a", "filename": "b", "file-type": "vcf"}', "File", File("a", "b", "vcf")),
        ('{"md5sum": "a", "filename": "b", "file-type": "vcf"}', File, File("a", "b", "vcf")),
        ('[{"code": 1, "message": "b"}]', "list[Error]", [Error(1, "b")]),
        ('{"k": {"code": 1, "message": "b"}}', "dict(str, Error)", {"k": Error(1, "b")}),
        ('{"k": [1, 2]}', "dict(str, list[int])", {"k": [1, 2]}),
        ('"text"', "str", "text"),
        ("1", "int", 1),
        ("1.5", "float", 1.5),
        ("true", "bool", True),
        ('"2020-02-29"', "date", datetime.date(2020, 2, 29)),
        ('"2020-02-29T12:00:00"', "datetime", datetime.datetime(2020, 2, 29, 12)),
        ('{"any": [null]}', "object", {"any": [None]}),
    ):
        assert api_client.deserialize(Response(text), type_) == expected, type_

    api_instance = FileApi(api_client)
    sample = api_client.call_api(
        "/samples",
        "POST",
        {},
        [],
        {"Accept": "application/json"},
        body={"isolate-id": "drop-in"},
        post_params=[],
        files={},
        response_type="object",
        auth_settings=[],
        async_req=None,
        _return_http_data_only=True,
        collection_formats={},
        _preload_content=True,
        _request_timeout=None,
    )
    sample_id = sample["id"]
    added, status, headers = api_instance.samples_id_files_post_with_http_info(sample_id, file)
    assert (added, status) == (file, 201)
    assert headers["location"].endswith(file.md5sum)
    assert api_client.last_response.status == 201  # type: ignore[union-attr]
    assert api_instance.files_md5sum_get(file.md5sum, _request_timeout=10) == file
    assert api_instance.files_md5sum_get_with_http_info(file.md5sum, _request_timeout=(5, 10))[:2] == (file, 200)
    assert api_instance.samples_id_files_get(id=sample_id) == [file]
    assert api_instance.samples_id_files_get_with_http_info(sample_id)[:2] == ([file], 200)
    assert api_instance.samples_id_files_md5sum_get(sample_id, file.md5sum) == file
    found = api_instance.samples_id_files_md5sum_get_with_http_info(
        sample_id,
        file.md5sum,
        _return_http_data_only=True,  # type: ignore[arg-type]
    )
    assert found == file
    thread = api_instance.samples_id_files_get(sample_id, async_req=True)  # type: ignore[arg-type]
    assert thread.get() == [file]  # type: ignore[attr-defined]
    response = api_instance.samples_id_files_get(sample_id, _preload_content=False)  # type: ignore[arg-type]
    assert response.status == 200  # type: ignore[attr-defined]
    assert b"renamed.vcf" in response.data  # type: ignore[attr-defined]
    try:
        api_instance.samples_id_files_post(sample_id, file)
    except ApiException as e:
        assert e.status == 409
        assert "Already existed" in e.body  # type: ignore[operator]
        assert e.headers["content-type"] == "application/json"  # type: ignore[index]
        assert e.reason
        assert "409" in str(e)
    else:
        raise AssertionError("registered twice")
    try:
        api_instance.files_md5sum_get(file.md5sum, nonesuch=1)  # type: ignore[call-arg]
    except ApiTypeError:
        pass
    else:
        raise AssertionError("accepted an unknown keyword")
    try:
        api_instance.files_md5sum_get(None)  # type: ignore[arg-type]
    except ApiValueError:
        pass
    else:
        raise AssertionError("accepted None")
    assert api_instance.samples_id_files_md5sum_delete(sample_id, file.md5sum) is None  # type: ignore[func-returns-value]
    assert api_instance.samples_id_files_md5sum_delete_with_http_info.__name__
    try:
        api_instance.samples_id_files_md5sum_get(sample_id, file.md5sum)
    except ApiException as e:
        assert e.status == 404
    else:
        raise AssertionError("found a deleted file")
api_client.close()
assert FileApi().api_client.configuration.host == configuration.host
print("unchanged")
