"""The endpoints of the API, one class per resource."""

import typing

from .. import _lazy
from .file_api import FileApi
from .operation import CallOptions

if typing.TYPE_CHECKING:
    from .event_api import EventApi
    from .qc_result_api import QcResultApi
    from .sample_api import SampleApi
    from .sample_status_api import SampleStatusApi

__all__ = ["CallOptions", "EventApi", "FileApi", "QcResultApi", "SampleApi", "SampleStatusApi"]

__getattr__ = _lazy.lazy_attributes(
    __name__,
    {
        "EventApi": ".event_api",
        "QcResultApi": ".qc_result_api",
        "SampleApi": ".sample_api",
        "SampleStatusApi": ".sample_status_api",
    },
)
