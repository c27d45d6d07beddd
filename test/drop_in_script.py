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
import tracking_client.api.event_api
import tracking_client.api.file_api
import tracking_client.api.qc_result_api
import tracking_client.api.sample_api
import tracking_client.api.sample_status_api
import tracking_client.api_client
import tracking_client.configuration
import tracking_client.exceptions
import tracking_client.models
import tracking_client.models.error
import tracking_client.models.event
import tracking_client.models.file
import tracking_client.models.qc_result
import tracking_client.models.sample
import tracking_client.models.status
import tracking_client.models.validated
import tracking_client.models.validated.event
import tracking_client.rest
from tracking_client import (
    ApiClient,
    ApiException,
    ApiKeyError,
    ApiTypeError,
    ApiValueError,
    Configuration,
    Error,
    Event,
    EventApi,
    File,
    FileApi,
    OpenApiException,
    QcResult,
    QcResultApi,
    Sample,
    SampleApi,
    SampleStatusApi,
    Status,
    ValidatedEvent,
)
from tracking_client.rest import ApiException as RestApiException

assert isinstance(tracking_client.__version__, str)
assert ApiException is RestApiException is tracking_client.exceptions.ApiException
assert FileApi is tracking_client.api.FileApi is tracking_client.api.file_api.FileApi
assert ApiClient is tracking_client.api_client.ApiClient
assert Configuration is tracking_client.configuration.Configuration
assert File is tracking_client.models.File is tracking_client.models.file.File
assert Error is tracking_client.models.Error is tracking_client.models.error.Error
assert EventApi is tracking_client.api.EventApi is tracking_client.api.event_api.EventApi
assert QcResultApi is tracking_client.api.QcResultApi is tracking_client.api.qc_result_api.QcResultApi
assert SampleApi is tracking_client.api.SampleApi is tracking_client.api.sample_api.SampleApi
assert SampleStatusApi is tracking_client.api.SampleStatusApi is tracking_client.api.sample_status_api.SampleStatusApi
assert Event is tracking_client.models.Event is tracking_client.models.event.Event
assert QcResult is tracking_client.models.QcResult is tracking_client.models.qc_result.QcResult
assert Sample is tracking_client.models.Sample is tracking_client.models.sample.Sample
assert Status is tracking_client.models.Status is tracking_client.models.status.Status
assert ValidatedEvent is tracking_client.models.validated.event.ValidatedEvent
assert issubclass(ValidatedEvent, Event)
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

new_sample = Sample(experiment_id="experiment 1", isolate_id="isolate 1")
assert new_sample == Sample("experiment 1", "isolate 1", None) != Sample()  # type: ignore[arg-type]
assert Sample.openapi_types == {"experiment_id": "str", "isolate_id": "str", "id": "str"}
assert Sample.attribute_map == {"experiment_id": "experiment-id", "isolate_id": "isolate-id", "id": "id"}
assert new_sample.to_dict() == {"experiment_id": "experiment 1", "isolate_id": "isolate 1", "id": None}
new_sample.id = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
new_sample.id = None  # type: ignore[assignment]
event = Event(None, "variant-calling", "clockwork", "0.12.4", 1589200000.25, 90000, "clockwork isolate.vcf")
validated = ValidatedEvent(
    name="variant-calling",
    software="clockwork",
    software_version="0.12.4",
    start_time=1589200000.25,
    duration=90000,
    command="clockwork isolate.vcf",
)
assert validated.to_dict() == event.to_dict()
assert event == Event(**event.to_dict())
assert Event.openapi_types == ValidatedEvent.openapi_types
assert Event.openapi_types["start_time"] == "float"
assert Event.attribute_map["software_version"] == "software-version"
qc_result = QcResult(coverage=35.5, number_of_het_snps=12, decision="passed")
assert qc_result == QcResult(35.5, 12, "passed")
assert QcResult.attribute_map == {name: name for name in ("coverage", "number_of_het_snps", "decision")}
sample_status = Status("complete", "complete", "started", "pending", "pending", "pending", "accepted")
assert sample_status == Status(**sample_status.to_dict())
assert list(Status.attribute_map.values()) == [
    "de-contamination",
    "qc",
    "variant-calling",
    "prediction",
    "bigsi-building",
    "distance-calculation",
    "stage",
]
invalid_model: object
invalid_value: object
for invalid_model, name, invalid_value in (
    (new_sample, "id", "not a uuid"),
    (event, "name", "qc"),
    (event, "name", None),
    (event, "duration", None),
    (validated, "duration", None),
    (validated, "duration", 1.5),
    (validated, "duration", "1"),
    (qc_result, "decision", "good"),
    (qc_result, "coverage", None),
    (sample_status, "qc", "done"),
    (sample_status, "prediction", None),
    (sample_status, "stage", "done"),
):
    try:
        setattr(invalid_model, name, invalid_value)
    except ValueError:
        assert getattr(invalid_model, name) != invalid_value
    else:
        raise AssertionError((invalid_model, name))


class StrictEvent(Event):
    """Overrides the setter of a field, as the hand-written class of the deployed client does."""

    @Event.duration.setter  # type: ignore[attr-defined,misc,untyped-decorator]
    def duration(self, duration: object) -> None:
        if not isinstance(duration, int):
            raise ValueError("duration must be an integer")
        Event.duration.fset(self, duration)  # type: ignore[attr-defined]


assert StrictEvent(*event.to_dict().values()).to_dict() == event.to_dict()

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

    assert api_client.sanitize_for_serialization([new_sample, event, qc_result, sample_status]) == [
        {"experiment-id": "experiment 1", "isolate-id": "isolate 1"},
        {
            "name": "variant-calling",
            "software": "clockwork",
            "software-version": "0.12.4",
            "start-time": 1589200000.25,
            "duration": 90000,
            "command": "clockwork isolate.vcf",
        },
        {"coverage": 35.5, "number_of_het_snps": 12, "decision": "passed"},
        {
            "de-contamination": "complete",
            "qc": "complete",
            "variant-calling": "started",
            "prediction": "pending",
            "bigsi-building": "pending",
            "distance-calculation": "pending",
            "stage": "accepted",
        },
    ]
    assert api_client.deserialize(Response('[{"id": "3fa85f64-5717-4562-b3fc-2c963f66afa6"}]'), "list[Sample]") == [
        Sample(id="3fa85f64-5717-4562-b3fc-2c963f66afa6")
    ]
    assert api_client.deserialize(
        Response('{"coverage": 1, "number_of_het_snps": 2, "decision": "failed"}'), "QcResult"
    ) == QcResult(1.0, 2, "failed")

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
for api_class in (EventApi, FileApi, QcResultApi, SampleApi, SampleStatusApi):
    assert api_class().api_client.configuration.host == configuration.host

# Samples, events, QC results and statuses.
with ApiClient(configuration) as api_client:
    sample_api = SampleApi(api_client)
    added_sample, status, headers = sample_api.samples_post_with_http_info(new_sample)
    sample_id = added_sample.id
    assert (added_sample, status) == (Sample("experiment 1", "isolate 1", sample_id), 201)
    assert headers["location"].endswith(f"/samples/{sample_id}")
    assert new_sample.id is None
    assert sample_api.samples_id_get(sample_id) == added_sample
    assert sample_api.samples_id_get_with_http_info(sample_id)[:2] == (added_sample, 200)
    assert sample_api.samples_id_head(sample_id) is None
    assert sample_api.samples_id_head_with_http_info(sample_id)[:2] == (None, 200)
    assert added_sample in sample_api.samples_get()
    assert sample_api.samples_get(isolate_id="isolate 1") == [added_sample]
    assert sample_api.samples_get(experiment_id="experiment 1", isolate_id="isolate 2") == []
    assert sample_api.samples_get_with_http_info(experiment_id="experiment 1")[:2] == ([added_sample], 200)
    patched = sample_api.samples_id_patch(sample_id, Sample(isolate_id="isolate 1b"))
    assert patched == Sample("experiment 1", "isolate 1b", sample_id)
    assert sample_api.samples_id_patch_with_http_info(sample_id, patched)[:2] == (patched, 200)
    try:
        sample_api.samples_post(new_sample)
    except ApiException as e:
        assert e.status == 409
    else:
        raise AssertionError("created a sample with the same name")

    event_api = EventApi(api_client)
    added_event, status, headers = event_api.samples_id_events_post_with_http_info(sample_id, validated)
    assert added_event.id is not None
    assert (added_event, status) == (Event(**{**event.to_dict(), "id": added_event.id}), 201)
    assert headers["location"].endswith(f"/samples/{sample_id}/events/{added_event.id}")
    assert event_api.samples_id_events_get(sample_id) == [added_event]
    assert event_api.samples_id_events_get_with_http_info(sample_id)[:2] == ([added_event], 200)
    event_id = str(added_event.id)
    assert event_api.samples_id_events_event_id_get(sample_id, event_id) == added_event
    found_event = event_api.samples_id_events_event_id_get_with_http_info(sample_id, event_id)
    assert found_event[:2] == (added_event, 200)
    second = event_api.samples_id_events_post(sample_id, event)
    assert second.id is not None
    assert second.id != added_event.id
    event_api.samples_id_events_event_id_delete(sample_id, str(second.id))
    deleted = event_api.samples_id_events_event_id_delete_with_http_info(sample_id, event_id)
    assert deleted[:2] == (None, 204)
    assert event_api.samples_id_events_get(sample_id) == []

    qc_result_api = QcResultApi(api_client)
    assert qc_result_api.samples_id_qc_result_put(sample_id, qc_result) == qc_result
    assert qc_result_api.samples_id_qc_result_put_with_http_info(sample_id, qc_result)[:2] == (qc_result, 200)
    assert qc_result_api.samples_id_qc_result_get(sample_id) == qc_result
    assert qc_result_api.samples_id_qc_result_get_with_http_info(sample_id)[:2] == (qc_result, 200)
    qc_result_api.samples_id_qc_result_delete(sample_id)
    try:
        qc_result_api.samples_id_qc_result_delete_with_http_info(sample_id)
    except ApiException as e:
        assert e.status == 404
    else:
        raise AssertionError("deleted a QC result twice")

    status_api = SampleStatusApi(api_client)
    assert status_api.samples_id_status_put(sample_id, sample_status) == sample_status
    assert status_api.samples_id_status_put_with_http_info(sample_id, sample_status)[:2] == (sample_status, 200)
    sample_status.qc = "failed"
    assert status_api.samples_id_status_patch(sample_id, sample_status) == sample_status
    assert status_api.samples_id_status_patch_with_http_info(sample_id, sample_status)[:2] == (sample_status, 200)
    assert status_api.samples_id_status_get(sample_id) == sample_status
    assert status_api.samples_id_status_get_with_http_info(sample_id)[:2] == (sample_status, 200)
    status_api.samples_id_status_delete(sample_id)
    try:
        status_api.samples_id_status_delete_with_http_info(sample_id)
    except ApiException as e:
        assert e.status == 404
    else:
        raise AssertionError("deleted a status twice")

    # The API of the deployed client has no operation for this.
    assert api_client.call_api("/samples/{id}", "DELETE", {"id": sample_id})[:2] == (None, 204)
    try:
        sample_api.samples_id_head(sample_id)
    except ApiException as e:
        assert e.status == 404
    else:
        raise AssertionError("found a deleted sample")
print("unchanged")
