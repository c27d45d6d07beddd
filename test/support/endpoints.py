"""A table of the operations: how each is called, what it sends, and what a successful response returns."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, NamedTuple

import tracking_client.api
from tracking_client import (
    Event,
    EventApi,
    File,
    FileApi,
    QcResult,
    QcResultApi,
    Sample,
    SampleApi,
    SampleStatusApi,
    Status,
)

SUFFIX = "_with_http_info"

ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
MD5SUM = "9e107d9d372bb6826bd81d3542a419d6"

FILE = File(MD5SUM, "isolate_R1.fastq.gz", "fastq")
FILE_JSON = {"md5sum": MD5SUM, "filename": "isolate_R1.fastq.gz", "file-type": "fastq"}
SAMPLE = Sample("experiment 1", "isolate 1", ID)
SAMPLE_JSON = {"experiment-id": "experiment 1", "isolate-id": "isolate 1", "id": ID}
EVENT = Event(7, "variant-calling", "caller", "1.2.0", 1589200000.25, 90000, "caller isolate.vcf")
EVENT_JSON = {
    "id": 7,
    "name": "variant-calling",
    "software": "caller",
    "software-version": "1.2.0",
    "start-time": 1589200000.25,
    "duration": 90000,
    "command": "caller isolate.vcf",
}
QC_RESULT = QcResult(35.5, 12, "passed")
QC_RESULT_JSON = {"coverage": 35.5, "number_of_het_snps": 12, "decision": "passed"}
STATUS = Status("complete", "complete", "started", "pending", "pending", "failed", "live")
STATUS_JSON = {
    "de-contamination": "complete",
    "qc": "complete",
    "variant-calling": "started",
    "prediction": "pending",
    "bigsi-building": "pending",
    "distance-calculation": "failed",
    "stage": "live",
}


_JSON = [
    (FILE, FILE_JSON),
    (SAMPLE, SAMPLE_JSON),
    (EVENT, EVENT_JSON),
    (QC_RESULT, QC_RESULT_JSON),
    (STATUS, STATUS_JSON),
]


def as_json(value: Any) -> Any:
    """Return the JSON value of one of the models above, or of a list of one."""
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return next((data for model, data in _JSON if model == value), None)


class Endpoint(NamedTuple):
    """A row of the table.

    Attributes:
        api_class: The API class.
        name: The name of the method.
        arguments: Valid arguments, by parameter, in the order of the signature.
        request: The HTTP method, and the path below the host, with the query.
        status: The status of a successful response.
        result: What the method returns.
    """

    api_class: type
    name: str
    arguments: Mapping[str, Any]
    request: str
    status: int
    result: Any

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.request.split(" ")[0]

    @property
    def target(self) -> str:
        """The path below the host, with the query."""
        return self.request.split(" ")[1]

    @property
    def sent(self) -> Any:
        """The JSON value of the request body; None for no body."""
        return as_json([*self.arguments.values()][-1])

    @property
    def received(self) -> Any:
        """The JSON value of the body of a successful response; None for no body."""
        return as_json(self.result)


_AT = f"/samples/{ID}"
_FILE_ARGUMENTS = {"id": ID, "md5sum": MD5SUM}
_EVENT_ARGUMENTS = {"id": ID, "event_id": 7}
_FILTERS = {"experiment_id": "experiment 1", "isolate_id": "a&b"}
_FILTERED = "/samples?experiment_id=experiment+1&isolate_id=a%26b"

ENDPOINTS = [
    Endpoint(FileApi, "files_md5sum_get", {"md5sum": MD5SUM}, f"GET /files/{MD5SUM}", 200, FILE),
    Endpoint(FileApi, "samples_id_files_get", {"id": ID}, f"GET {_AT}/files", 200, [FILE]),
    Endpoint(FileApi, "samples_id_files_md5sum_delete", _FILE_ARGUMENTS, f"DELETE {_AT}/files/{MD5SUM}", 204, None),
    Endpoint(FileApi, "samples_id_files_md5sum_get", _FILE_ARGUMENTS, f"GET {_AT}/files/{MD5SUM}", 200, FILE),
    Endpoint(FileApi, "samples_id_files_post", {"id": ID, "file": FILE}, f"POST {_AT}/files", 201, FILE),
    Endpoint(SampleApi, "samples_get", _FILTERS, f"GET {_FILTERED}", 200, [SAMPLE]),
    Endpoint(SampleApi, "samples_post", {"sample": SAMPLE}, "POST /samples", 201, SAMPLE),
    Endpoint(SampleApi, "samples_id_get", {"id": ID}, f"GET {_AT}", 200, SAMPLE),
    Endpoint(SampleApi, "samples_id_head", {"id": ID}, f"HEAD {_AT}", 200, None),
    Endpoint(SampleApi, "samples_id_patch", {"id": ID, "sample": SAMPLE}, f"PATCH {_AT}", 200, SAMPLE),
    Endpoint(SampleApi, "samples_id_delete", {"id": ID}, f"DELETE {_AT}", 204, None),
    Endpoint(EventApi, "samples_id_events_get", {"id": ID}, f"GET {_AT}/events", 200, [EVENT]),
    Endpoint(EventApi, "samples_id_events_post", {"id": ID, "event": EVENT}, f"POST {_AT}/events", 201, EVENT),
    Endpoint(EventApi, "samples_id_events_event_id_get", _EVENT_ARGUMENTS, f"GET {_AT}/events/7", 200, EVENT),
    Endpoint(EventApi, "samples_id_events_event_id_delete", _EVENT_ARGUMENTS, f"DELETE {_AT}/events/7", 204, None),
    Endpoint(QcResultApi, "samples_id_qc_result_get", {"id": ID}, f"GET {_AT}/qc-result", 200, QC_RESULT),
    Endpoint(
        QcResultApi,
        "samples_id_qc_result_put",
        {"id": ID, "qc_result": QC_RESULT},
        f"PUT {_AT}/qc-result",
        200,
        QC_RESULT,
    ),
    Endpoint(QcResultApi, "samples_id_qc_result_delete", {"id": ID}, f"DELETE {_AT}/qc-result", 204, None),
    Endpoint(SampleStatusApi, "samples_id_status_get", {"id": ID}, f"GET {_AT}/status", 200, STATUS),
    Endpoint(SampleStatusApi, "samples_id_status_put", {"id": ID, "status": STATUS}, f"PUT {_AT}/status", 200, STATUS),
    Endpoint(
        SampleStatusApi, "samples_id_status_patch", {"id": ID, "status": STATUS}, f"PATCH {_AT}/status", 200, STATUS
    ),
    Endpoint(SampleStatusApi, "samples_id_status_delete", {"id": ID}, f"DELETE {_AT}/status", 204, None),
]
"""A row for each operation."""

API_CLASSES = [getattr(tracking_client.api, name) for name in tracking_client.api.__all__ if name.endswith("Api")]


def methods_of(api_class: type) -> list[str]:
    """Return the names of the public methods of a class."""
    return [name for name, _ in inspect.getmembers(api_class, inspect.isfunction) if not name.startswith("_")]


def parameters_of(method: Any) -> list[str]:
    """Return the names of the parameters of a method, without ``self`` and ``**options``."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    parameters = inspect.signature(method).parameters.values()
    return [parameter.name for parameter in parameters if parameter.kind in kinds and parameter.name != "self"]


def endpoint_of(name: str) -> Endpoint:
    """Return the row of a method or of its ``_with_http_info`` variant."""
    name = name.replace(SUFFIX, "")
    for endpoint in ENDPOINTS:
        if endpoint.name == name:
            return endpoint
    raise AssertionError(f"add a row for {name} to ENDPOINTS in test/support/endpoints.py")
