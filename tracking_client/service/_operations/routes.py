"""The operations of the embedded service by path and method, as in ``docs/openapi.yaml``."""

from __future__ import annotations

from collections.abc import Mapping

from . import events, files, qc_results, samples, schemas, statuses
from .endpoint import Endpoint

ENDPOINTS: Mapping[str, Mapping[str, Endpoint]] = {
    "/files/{md5sum}": {"GET": Endpoint(files.get_file)},
    "/samples": {
        "GET": Endpoint(samples.list_samples),
        "POST": Endpoint(samples.add_sample, schemas.SAMPLE),
    },
    "/samples/{id}": {
        "GET": Endpoint(samples.get_sample),
        "PATCH": Endpoint(samples.update_sample, schemas.SAMPLE),
        "DELETE": Endpoint(samples.delete_sample),
    },
    "/samples/{id}/files": {
        "GET": Endpoint(files.list_files),
        "POST": Endpoint(files.add_file, schemas.FILE),
    },
    "/samples/{id}/files/{md5sum}": {
        "GET": Endpoint(files.get_file_of_sample),
        "DELETE": Endpoint(files.delete_file_of_sample),
    },
    "/samples/{id}/events": {
        "GET": Endpoint(events.list_events),
        "POST": Endpoint(events.add_event, schemas.EVENT),
    },
    "/samples/{id}/events/{event_id}": {
        "GET": Endpoint(events.get_event),
        "DELETE": Endpoint(events.delete_event),
    },
    "/samples/{id}/qc-result": {
        "GET": Endpoint(qc_results.get_qc_result),
        "PUT": Endpoint(qc_results.put_qc_result, schemas.QC_RESULT),
        "DELETE": Endpoint(qc_results.delete_qc_result),
    },
    "/samples/{id}/status": {
        "GET": Endpoint(statuses.get_status),
        "PUT": Endpoint(statuses.put_status, schemas.STATUS),
        "PATCH": Endpoint(statuses.patch_status, schemas.STATUS),
        "DELETE": Endpoint(statuses.delete_status),
    },
}
